"""The one-screen verdict says everything that matters, and shows hostile text without obeying it."""

import io
import math

import msgspec
import pytest

from reports.evidence import RefusalWords
from reports.gate import Refusals, Report
from reports.onset_cohorts import FirstSignal
from reports.recovery_report import NOTHING as NO_RECOVERY
from reports.render.console import (
    audit_line,
    figure,
    labelled,
    measured,
    onset_line,
    overload_lines,
    print_report,
    refusal_line,
    whole_sentences,
    wish_count,
    words_lines,
)
from reports.render.plain import console_on
from reports.saturation_report import NOTHING as NO_SATURATION
from reports.validity import Breach
from reports.verdict import Verdict
from tests.helpers.sample_report import AUDIT, EPISODE, FIRST_WORDS, GROUPS, LOST, ONSET, REPORT


def screen(report: Report) -> str:
    """What a pipe gets."""
    stream = io.StringIO()
    print_report(report, console_on(stream, {}))
    return stream.getvalue()


def test_everything_that_matters_is_on_the_screen() -> None:
    """Verdict, exit code, curve, objective, onset, refusals, ledger, validity and directory are there."""
    shown = " ".join(screen(REPORT).split())

    for part in (
        "FAIL festival 2026-02-06T07:30:00Z exit code 98",
        "declared capacity 133 orders/s",
        "qwen-day1, up to 400 wishes/s: served x demand 3 x scale 0.16",
        "First words within 1.5 s 95 % <= 1500 ms 1,890 ms [1,700, never] 12,345 FAIL",
        "first-words: 30 of 100 are bad",
        "Throttle onset second 42 (2026-02-06T07:30:42Z), 95 % certain within 41 to 43; offered 133.4 wishes/s",
        "[131.0, 136.0]; first throttle at 132.6 wishes/s (hinge model)",
        "Refused hard 900 wishes (10.0% of the released); 1,000 requests at chat: rate_limited 1,000",
        "Refused soft none",
        'In which words "Busy, 12 ahead": 890 shoppers from second 42, refused hard at chat, rate_limited',
        "Ledger VIOLATED: lost 2; 900 confirmed, 898 orders in the ledger, 1 of 3 unknown recovered",
        "lost: key-7 is not in the ledger",
        "Validity valid: the generator was on time",
        "Warning The generator used 97% of a core.",
        "Run runs/x",
    ):
        assert part in shown


def test_the_words_that_most_shoppers_saw() -> None:
    """Three texts are shown and the others counted; one that was not kept says so, and hostile text is not obeyed."""
    said = [
        RefusalWords("t", text, "chat", "refused_soft", "", 7, 9, 9)
        for text in ("\x1b[2J忙" + "x" * 300, "", "b", "c", "d")
    ]
    lines = list(words_lines(said))

    assert lines[0].startswith(r'"\x1b[2J忙xxx')
    assert len(lines[0]) < 220
    assert lines[1:] == [
        "texts of which only the number was kept: 9 shoppers from second 7, refused soft at chat, no reason",
        '"b": 9 shoppers from second 7, refused soft at chat, no reason',
        "and 2 more, see --json",
    ]
    assert list(words_lines([])) == []


def test_an_invalid_run_says_so_first_and_why() -> None:
    """The headline says INVALID, and five of seven reasons are told with the number of the others."""
    breaches = [Breach("late", f"reason {number}") for number in range(7)]
    shown = screen(msgspec.structs.replace(REPORT, valid=False, verdict=Verdict.INCONCLUSIVE, breaches=breaches))

    assert shown.startswith("INCONCLUSIVE (the run is INVALID)")
    assert "reason 4" in shown
    assert "reason 5" not in shown
    assert "and 2 more, see --json" in shown
    assert "Validity" not in shown


def test_hostile_text_is_shown_not_obeyed() -> None:
    """Escapes, markup and line ends from outside arrive as visible text."""
    evil = "\x1b[2J[bold]x[/bold]\n\u202e"
    objective = msgspec.structs.replace(FIRST_WORDS, display_name=evil, sentence=evil)
    check = msgspec.structs.replace(LOST, rows=[evil])
    facts = msgspec.structs.replace(REPORT.run, curve_note=evil, target_url=evil, path=evil, scenario=evil)
    report = msgspec.structs.replace(
        REPORT, objectives=[objective], run=facts, warnings=[evil], audit=msgspec.structs.replace(AUDIT, checks=[check])
    )
    shown = screen(report)

    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert shown.count(r"\x1b[2J[bold]x[/bold]\x0a\u202e") >= 6


@pytest.mark.parametrize(
    ("onset", "line"),
    [
        pytest.param({"ran": False, "why_not": "only 3 seconds"}, "not known: only 3 seconds", id="not run"),
        pytest.param(
            {"episodes": [msgspec.structs.replace(EPISODE, signal="shed", second=23)]},
            "none: refusals never exceeded 0.10% of the answers for long enough; but shoppers were left without an answer (shed) from "
            "second 23, when 133.4 wishes/s were offered",
            id="another signal",
        ),
        pytest.param(
            {"episodes": [msgspec.structs.replace(EPISODE, signal="queued", second=23, last_seen=60)]},
            "none: refusals never exceeded 0.10% of the answers for long enough; but shoppers were told to wait (queued) from second "
            "23, when 133.4 wishes/s were offered, last seen in second 60",
            id="a waiting room",
        ),
        pytest.param({"episodes": []}, "none: refusals never exceeded 0.10% of the answers for long enough", id="none"),
    ],
)
def test_no_onset_is_told_apart_from_no_data(onset: dict[str, object], line: str) -> None:
    """An onset that could not be looked for is never called none."""
    assert onset_line(msgspec.structs.replace(ONSET, **onset)) == line


def test_the_ledgers_line() -> None:
    """A clean audit counts its checks, a missing one says why."""
    clean = msgspec.structs.replace(LOST, state="clean", violations=0)
    skipped = msgspec.structs.replace(LOST, id="stock", state="not_run", violations=0)

    line = audit_line(msgspec.structs.replace(AUDIT, checks=[clean, skipped]), "")
    assert line.startswith("clean in 1 checks (1 not run); 900 confirmed")
    assert audit_line(None, "no ledger") == "not audited: no ledger"
    assert audit_line(msgspec.structs.replace(AUDIT, ran=False, why_not="locked"), "") == "not audited: locked"


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        pytest.param(1234.6, "ms", "1,235", id="whole milliseconds"),
        pytest.param(4.26, "ms", "4.3", id="small ones with a decimal"),
        pytest.param(math.inf, "ms", "never", id="not answered"),
        pytest.param(0.873, "share", "87.3%", id="a share"),
        pytest.param(0.99917, "share", "99.92%", id="nines"),
        pytest.param(1.0357, "of capacity", "103.6%", id="more than all"),
        pytest.param(300.44, "per s", "300.4", id="a rate"),
        pytest.param(1200.0, "count", "1,200", id="a count"),
        pytest.param(1.2345, "count", "1.23", id="a mean"),
        pytest.param(61.0, "s", "61", id="a second"),
        pytest.param(None, "share", "?", id="not known"),
    ],
)
def test_figures_are_short(value: float | None, unit: str, shown: str) -> None:
    """A number has as many digits as tell something."""
    assert figure(value, unit) == shown


def test_a_value_that_is_not_there() -> None:
    """An objective without data says no data, and violations are whole numbers."""
    assert measured(msgspec.structs.replace(FIRST_WORDS, value=None)) == "no data"
    assert measured(msgspec.structs.replace(FIRST_WORDS, value=2.0, unit="violations")) == "2"
    assert (
        measured(msgspec.structs.replace(FIRST_WORDS, value=300.0, low=290.0, high=310.0, unit="per s"))
        == "300.0/s [290.0, 310.0]"
    )
    assert measured(msgspec.structs.replace(FIRST_WORDS, value=math.inf)) == "never [1,700, never]"


def test_refusals_without_a_release() -> None:
    """Requests that were refused are told even where no share can be."""
    assert refusal_line(Refusals("hard", 0, None, 3, {"pay": 3}, {"overloaded": 3})) == (
        "0 wishes; 3 requests at pay: overloaded 3"
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("One. Two.", "One. Two.", id="what fits stays whole"),
        pytest.param(
            "One is short. The second is longer.", "One is short.", id="a sentence that does not fit is left out"
        ),
        pytest.param("no sentence ends in time here", "no sentence ends in t", id="what has no end is cut"),
    ],
)
def test_a_note_ends_with_a_sentence(text: str, shown: str) -> None:
    """A long note is cut where a sentence ends."""
    assert whole_sentences(text, 21) == shown


@pytest.mark.parametrize(
    ("counts", "line"),
    [
        ({}, "Wishes          11,000 scheduled, 8,700 confirmed"),
        ({"confirmed": 0, "done": 9}, "Wishes          11,000 scheduled, 0 confirmed, 9 done"),
        ({"scheduled": 0, "requests": 12}, "Requests        12; none was scheduled, so there are no wishes"),
    ],
)
def test_what_was_counted(counts: dict[str, int], line: str) -> None:
    """Purchases are confirmed, other journeys are done, and where nothing was scheduled requests are counted."""
    assert str(labelled(*wish_count(msgspec.structs.replace(REPORT.run, **counts)))) == line


def test_an_overload_is_told_in_sentences() -> None:
    """Groups that differ from all, which step was full first and what came after stand on the screen; of other runs nothing does."""
    full = msgspec.structs.replace(
        NO_SATURATION,
        first_station="chat",
        first_by="refusals",
        sentences=["chat was full first", "at most 50 came out"],
    )
    over = msgspec.structs.replace(NO_RECOVERY, began=3, sentences=["over in second 9"])
    report = msgspec.structs.replace(REPORT, saturation=full, recovery=over)

    assert list(overload_lines(report)) == [
        ("Saturation", "chat was full first; at most 50 came out"),
        ("Recovery", "over in second 9"),
    ]
    assert "Saturation      chat was full first; at most 50 came out" in screen(report)
    apart = msgspec.structs.replace(REPORT, onset=msgspec.structs.replace(ONSET, groups=GROUPS))
    assert list(overload_lines(apart)) == [("Groups", "Shoppers of vertical gifts were turned away")]
    assert list(overload_lines(msgspec.structs.replace(REPORT, saturation=NO_SATURATION, recovery=NO_RECOVERY))) == []
    assert list(overload_lines(REPORT)) == []


@pytest.mark.parametrize(
    ("signal", "line"),
    [
        pytest.param("queued", "First signal    queued: step chat in second 42, waiting_room", id="a waiting room"),
        pytest.param("shed", "First signal    shed: step chat in second 42, waiting_room", id="faults"),
        pytest.param("no_progress", "", id="a signal that is no overload"),
    ],
)
def test_who_said_so_first_stands_on_the_screen(signal: str, line: str) -> None:
    """Of a run that refused nobody the first request is named, too, that told a shopper to wait or left one without an answer."""
    said = FirstSignal(42, "chat", "queued", "waiting_room")
    onset = msgspec.structs.replace(
        ONSET, episodes=[msgspec.structs.replace(EPISODE, signal=signal, first_signal=said)]
    )
    shown = screen(msgspec.structs.replace(REPORT, onset=onset))

    assert line in shown
    assert ("First signal" in shown) is bool(line)


def test_a_station_that_nobody_named_is_no_calm_run() -> None:
    """Where the record names no step, the sentence that says so stands on the screen."""
    full = msgspec.structs.replace(
        NO_SATURATION, first_by="faults", sentences=["which step was full first is not known"]
    )

    assert list(overload_lines(msgspec.structs.replace(REPORT, saturation=full))) == [
        ("Saturation", "which step was full first is not known")
    ]
