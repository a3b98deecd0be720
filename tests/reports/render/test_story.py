"""The verdict in words that need no statistics, for every way in which a run can end."""

from typing import Any

import msgspec
import pytest

from reports.gate import Report, judge_run
from reports.ledger_audit import Check
from reports.objectives import ObjectiveResult
from reports.onset_groups import GroupsReport
from reports.render.story import Tile, clock, headline, lasting, many, share, story, tiles, violations
from reports.run_record.run_directory import open_run
from reports.saturation_report import NOTHING as NO_SATURATION
from reports.slo import load_objectives
from reports.validity import Breach
from reports.verdict import Verdict
from tests.helpers.sample_report import GROUPS
from tests.helpers.source_tree import ROOT
from tests.helpers.synthetic_run import Wishes, batch_of, write_ledger, write_run

THROTTLED = Wishes(rates=((25, 20.0), (30, 60.0)), capacity_per_s=25)
LOST = Check(id="lost", statement="s", state="violated", violations=2, rows=[], why_not="")


@pytest.fixture(scope="module")
def passed(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """1,250 of 2,300 are served, the others are turned away from second 25 on; the ledger agrees."""
    path, batch = tmp_path_factory.mktemp("runs") / "run", batch_of(THROTTLED)
    write_run(path, THROTTLED, batch=batch)
    objectives = load_objectives(ROOT / "reports" / "slos" / "festival.yaml")
    return judge_run(open_run(path), objectives, write_ledger(path / "ledger.sqlite", batch))


def result(name: str, verdict: Verdict) -> ObjectiveResult:
    """An objective that ended so."""
    return ObjectiveResult(name, name.title(), ">= 99 %", verdict, "s", "share")


def changed(report: Report, **fields: Any) -> Report:
    """The report with some fields changed."""
    return msgspec.structs.replace(report, **fields)


def test_a_pass_in_words(passed: Report) -> None:
    """A pass says that the objectives were met, and what that proves."""
    head = headline(passed)

    assert (head.word, head.tone, head.sentence) == ("Passed", "pass", "The service met all 7 objectives.")


@pytest.mark.parametrize(
    ("fields", "word", "says"),
    [
        pytest.param(
            {"verdict": Verdict.FAIL, "objectives": [result("a", Verdict.FAIL), result("b", Verdict.PASS)]},
            "Failed", "missed 1 of 2 objectives: “A”.", id="an objective was missed",
        ),
        pytest.param(
            {"verdict": Verdict.INCONCLUSIVE, "objectives": [result("a", Verdict.INCONCLUSIVE)]},
            "Not decided", "1 of 1 objective could be neither proven nor disproven: “A”.", id="nothing is proven",
        ),
        pytest.param(
            {"verdict": Verdict.FAIL, "objectives": [result(name, Verdict.FAIL) for name in "abcde"]},
            "Failed", "missed 5 of 5 objectives: “A”; “B”; “C”; and 2 more.", id="many were missed",
        ),
        pytest.param(
            {"verdict": Verdict.INCONCLUSIVE, "valid": False, "breaches": [Breach("late", "The generator was late.")]},
            "Not judged", "This run cannot be judged. The generator was late.", id="an invalid run",
        ),
        pytest.param(
            {"verdict": Verdict.INCONCLUSIVE, "objectives": []},
            "Not judged", "No objective was given", id="nothing was asked",
        ),
        pytest.param(
            {"verdict": Verdict.FAIL, "exit_code": 98, "valid": False, "breaches": [Breach("late", "Late.")]},
            "Failed", "The order ledger contradicts what shoppers were told", id="a lost order, even in an invalid run",
        ),
    ],
)  # fmt: skip
def test_every_other_verdict_in_words(passed: Report, fields: dict[str, Any], word: str, says: str) -> None:
    """Only a proven pass is called one."""
    head = headline(changed(passed, **fields))

    assert head.word == word
    assert says in head.sentence
    assert head.tone != "pass"


def test_the_run_in_sentences(passed: Report) -> None:
    """How many came, who was turned away in which voice, since when and at which load, and what the books say."""
    told = " ".join(story(passed, {"shed": 3, "unknown": 0}))

    for words in (
        "In 55 s, 2,300 shoppers wanted to buy, up to 60 a second. 1,250 of them (54.3 %) got what they wanted.",
        "turned away 1,050 (45.7 % of those who came) because of load: 510 openly, with an error, and 540 politely",
        "Turning away began in second 25 (",
        "when 60 shoppers a second wanted to buy. Until then it had borne up to 20 a second.",
        "It was last seen in second 54.",
        "completed about 25 orders a second",
        "Of the others, 3 got no answer, or none in time.",
        "The order ledger agrees",
    ):
        assert words in told


def test_what_is_not_known_is_said(passed: Report) -> None:
    """Without an onset that could be looked for, or without a ledger, the story does not say that all was well."""
    blind = changed(
        passed,
        onset=msgspec.structs.replace(passed.onset, ran=False, why_not="the record covers 5 s", episodes=[]),
        audit=None,
        audit_why_not="the run names no ledger",
        refusals=[],
    )
    told = " ".join(story(blind, {}))

    assert "When turning away began is not known: the record covers 5 s." in told
    assert "Whether an order was lost or doubled is not known: the run names no ledger." in told
    assert [(tile.value, tile.tone) for tile in tiles(blind)[3:]] == [("not known", ""), ("not known", "")]


def test_an_onset_that_is_not_sharp(passed: Report) -> None:
    """A band of several seconds and an end that is certain are told as such."""
    episode = msgspec.structs.replace(
        passed.onset.episodes[0], set_first=23, set_last=26, end=40, capacity_low=24.9, capacity_high=25.2
    )
    told = " ".join(story(changed(passed, onset=msgspec.structs.replace(passed.onset, episodes=[episode])), {}))

    assert "began between seconds 23 and 26, most likely in 25" in told
    assert "It was over in second 40." in told
    assert "completed about 25 orders a second." in told
    assert clock(episode).endswith(" UTC")


def test_a_collapse_that_refuses_nobody(passed: Report) -> None:
    """Where shoppers are left without an answer, the story and the tiles say since when, though nobody was turned away."""
    shed = msgspec.structs.replace(passed.onset.episodes[0], signal="shed", capacity_per_s=None)
    collapsed = changed(passed, refusals=[], onset=msgspec.structs.replace(passed.onset, episodes=[shed]))

    assert "Leaving shoppers without an answer began in second 25 (" in " ".join(story(collapsed, {}))
    assert [(tile.label, tile.value) for tile in tiles(collapsed)[3:5]] == [
        ("Turning away began", "never"),
        ("Leaving shoppers without an answer began", "second 25"),
    ]


def test_a_waiting_room_is_not_a_service_that_let_everybody_in(passed: Report) -> None:
    """Where shoppers are told to wait and nobody is refused, no tile says never, and the story says how many and since when."""
    queued = msgspec.structs.replace(passed.onset.episodes[0], signal="queued", capacity_per_s=None)
    waiting = changed(passed, refusals=[], onset=msgspec.structs.replace(passed.onset, episodes=[queued]))
    told = " ".join(story(waiting, {"queued": 540}))

    assert "turned nobody away because of load, but it made 540 wait in line." in told
    assert "Making shoppers wait in line began in second 25 (" in told
    assert [(tile.label, tile.value) for tile in tiles(waiting)[3:4]] == [
        ("Making shoppers wait in line began", "second 25")
    ]


def test_a_group_that_was_turned_away_alone(passed: Report) -> None:
    """It is told in a sentence, and the big number does not say that turning away never began."""
    alone = changed(passed, onset=msgspec.structs.replace(passed.onset, episodes=[], groups=GROUPS))
    calm = changed(passed, onset=msgspec.structs.replace(passed.onset, episodes=[], groups=GroupsReport()))

    assert "Shoppers of vertical gifts were turned away." in story(alone, {})
    assert Tile("Turning away began", "second 12", "for a group of shoppers only", "warn") in tiles(alone)
    assert Tile("Turning away began", "never", "or in too few to tell") in tiles(calm)


@pytest.mark.parametrize(
    ("outcomes", "says"),
    [
        pytest.param({}, "turned nobody away because of load.", id="nobody"),
        pytest.param({"shed": 681}, "because of load, but it left 681 without an answer.", id="faults"),
        pytest.param({"shed": 1, "unknown": 2}, "but it left 3 without an answer.", id="also after they had paid"),
        pytest.param({"queued": 5, "shed": 6}, "but it made 5 wait in line and left 6 without an answer.", id="both"),
        pytest.param({"shed": 681}, "Of the others, 681 got no answer, or none in time.", id="a connection that is cut at once"),
    ],
)  # fmt: skip
def test_nobody_turned_away_is_not_everybody_served(passed: Report, outcomes: dict[str, int], says: str) -> None:
    """Who was left without an answer is counted in the same breath as the refusals that there were not."""
    assert says in " ".join(story(changed(passed, refusals=[]), outcomes))


@pytest.mark.parametrize(("signal", "by"), [("queued", "waiting room"), ("shed", "faults")])
def test_what_a_full_service_completed_without_refusing(passed: Report, signal: str, by: str) -> None:
    """The capacity of the first full step stands beside a waiting room and faults, too, and with another episode it does not."""
    episode = msgspec.structs.replace(passed.onset.episodes[0], signal=signal, capacity_per_s=None)
    full = msgspec.structs.replace(
        NO_SATURATION, ran=True, first_station="chat", first_by=by, first_second=25, capacity_per_s=40.2, capacity_low=38.0,
        capacity_high=42.0,
    )  # fmt: skip
    run = changed(passed, saturation=full, onset=msgspec.structs.replace(passed.onset, episodes=[episode]))
    later = changed(run, saturation=msgspec.structs.replace(full, first_second=3))

    assert "completed about 40 orders a second (between 38 and 42)." in " ".join(story(run, {}))
    assert ("Held under overload", "40/s") in [(tile.label, tile.value) for tile in tiles(run)]
    assert "completed about" not in " ".join(story(later, {}))


def test_a_run_without_a_schedule(passed: Report) -> None:
    """Where nothing was scheduled, requests are counted and no shopper is made up."""
    recorded = changed(passed, run=msgspec.structs.replace(passed.run, scheduled=0, requests=12))

    assert list(story(recorded, {})) == [
        "12 requests were recorded in 55 s; nothing was scheduled, so there are no wishes to follow."
    ]
    assert [tile.label for tile in tiles(recorded)] == ["Requests"]


def test_the_big_numbers(passed: Report) -> None:
    """The tiles hold what a review asks for first."""
    assert [(tile.label, tile.value) for tile in tiles(passed)] == [
        ("Wanted to buy", "2,300"),
        ("Got their order", "1,250"),
        ("Turned away", "1,050"),
        ("Turning away began", "second 25"),
        ("Held under overload", "25/s"),
        ("Lost or doubled", "0"),
    ]


def test_a_violation_is_counted(passed: Report) -> None:
    """Every row that contradicts the books counts, in the tile and in the story."""
    assert passed.audit is not None
    broken = changed(passed, audit=msgspec.structs.replace(passed.audit, checks=[LOST]), exit_code=98)

    assert violations(broken) == 2
    assert tiles(broken)[-1].tone == "fail"
    assert "contradicts what shoppers were told in 2 places." in " ".join(story(broken, {}))


@pytest.mark.parametrize(
    ("part", "whole", "words"),
    [
        (0, 10, "0 %"),
        (10, 10, "100 %"),
        (1, 3, "33.3 %"),
        (1, 10**7, "under 0.1 %"),
        (10**7 - 1, 10**7, "over 99.9 %"),
        (0, 0, "none"),
    ],
)
def test_a_share_is_never_all_or_nothing_by_rounding(part: int, whole: int, words: str) -> None:
    """One lost order in ten million is not 0 %."""
    assert share(part, whole) == words


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0 s"), (55, "55 s"), (90, "1 min 30 s"), (3600, "1 h"), (32_461, "9 h 1 min 1 s")]
)
def test_how_long_it_lasted(seconds: float, words: str) -> None:
    """Lengths of time are said in hours, minutes and seconds."""
    assert lasting(seconds) == words
    assert (many(1, "check"), many(2, "check")) == ("1 check", "2 checks")
