"""A run is ended early on proof only, and what was ended early never passes."""

from pathlib import Path

import msgspec
import numpy as np
import pytest

from reports.abort_line import parse_abort_line
from reports.early_end import first_miss, is_proven, with_aborting
from reports.exit_codes import ExitCode
from reports.gate import Report, judge_run
from reports.objectives import judge
from reports.one_liner import parse_line
from reports.render.html import page
from reports.render.junit import junit
from reports.render.markdown import markdown
from reports.run_record.outcome import Outcome
from reports.run_record.run_directory import open_run
from reports.run_record.schema import Aborted, Finished, PurchaseRow, to_json
from reports.timeline import Timeline
from reports.verdict import CONFIDENCE_TAIL, share_interval
from tests.helpers.synthetic_run import Wishes, batch_of, finished_of, write_run

CONFIRMED = "order.confirmed: rate > 50%"
OVERRUN = Wishes(rates=((20, 100.0), (40, 100.0)), capacity_per_s=25)
"""A quarter is let in."""
CALM = Wishes(rates=((20, 50.0),))


def looked_at(path: Path, line: str, look: int = 1) -> Aborted | None:
    """What an open record proves missed."""
    return first_miss(Timeline(open_run(path), is_open=True), [parse_abort_line(line)], look)


def aborted(path: Path, truth: Wishes, line: str, **changes: object) -> Path:
    """A run that this line has ended."""
    write_run(path, truth)
    told = Aborted(line, 12, "358 of 486 are bad")
    finished = finished_of(truth, batch_of(truth))
    ended = {"ended_by": "aborted early", "complete": False, "aborted": told, **changes}
    (path / "finished.json").write_bytes(to_json(msgspec.structs.replace(finished, **ended)))
    return path


def judged(path: Path, *lines: str) -> Report:
    """The gate's report by these lines."""
    return judge_run(open_run(path), [parse_line(line) for line in lines], None)


def test_a_hopeless_run_is_proven(tmp_path: Path) -> None:
    """The first line that is missed is told, with the second up to which the record is closed and the figures."""
    found = looked_at(write_run(tmp_path / "run", OVERRUN, end=False), CONFIRMED)

    assert found is not None
    assert (found.line, found.second) == (CONFIRMED, 59)
    assert found.sentence.startswith("4425 of 5900 are bad: ")


@pytest.mark.parametrize(
    ("truth", "line"),
    [
        pytest.param(CALM, CONFIRMED, id="it is kept"),
        pytest.param(Wishes(rates=((4, 100.0),), capacity_per_s=25), CONFIRMED, id="too few seconds"),
        pytest.param(Wishes(rates=((20, 4.0),), capacity_per_s=1), CONFIRMED, id="too few events"),
        pytest.param(OVERRUN, "order.confirmed: rate > 25%", id="chance alone may do that"),
        pytest.param(CALM, "mail.step_ms: p(99) < 1ms", id="a step that has not run"),
        pytest.param(OVERRUN, "order.dropped: count < 10", id="nothing was dropped"),
    ],
)
def test_nothing_is_proven(tmp_path: Path, truth: Wishes, line: str) -> None:
    """Without proof a run goes on."""
    assert looked_at(write_run(tmp_path / "run", truth, end=False), line) is None


def test_what_has_not_ended_may_still_end_well(tmp_path: Path) -> None:
    """Wishes in flight are no misses, however many they are: a second counts when all but a few of its wishes have ended."""
    batch = batch_of(CALM)
    ended = [row for row in batch.purchases if row.second < 10]
    batch.purchases = ended
    batch.outcomes = [row for row in batch.outcomes if row.second < 10]
    path = write_run(tmp_path / "run", CALM, batch=batch, end=False)

    assert looked_at(path, "order.confirmed: rate > 99%") is None
    assert Timeline(open_run(path), is_open=True).covered_s == 10
    assert looked_at(path, "order.intent_ms: max < 10s") is None
    assert looked_at(path, "order.intent_ms: max < 100ms") is not None


def test_a_maximum_is_exact(tmp_path: Path) -> None:
    """One value beyond the limit is enough, since no later one can mend it."""
    batch = batch_of(CALM)
    slow: PurchaseRow = msgspec.structs.replace(batch.purchases[7], intent_us=9_000_000)
    batch.purchases[7] = slow
    path = write_run(tmp_path / "run", CALM, batch=batch, end=False)

    assert looked_at(path, "order.intent_ms: max < 5s") is not None
    assert looked_at(path, "order.intent_ms: max < 10s") is None


def test_all_looks_together_err_as_seldom_as_one_test() -> None:
    """Of 160 runs exactly at their limit, looked at 24 times each, at most four (2.5 %) are called missed: the k-th look asks for more proof."""
    rng = np.random.default_rng(7)
    limit, batches, ended = 0.2, 20, 0
    for _ in range(160):
        bad = np.cumsum(rng.binomial(200, limit, size=24))
        looks = (
            share_interval(int(bad[k - 1]), 200 * k, 1.0, batches, 1 - (1 - CONFIDENCE_TAIL) / (k * (k + 1))).low
            > limit
            for k in range(1, 25)
        )
        ended += any(looks)

    assert ended <= 4


@pytest.mark.parametrize(
    ("rate", "looks"),
    [
        pytest.param("31%", [True, False], id="barely"),
        pytest.param("80%", [True, True], id="overwhelmingly"),
    ],
)
def test_a_later_look_asks_for_more(tmp_path: Path, rate: str, looks: list[bool]) -> None:
    """What barely proves a line missed at the first look is not enough at the ten-thousandth."""
    objective = parse_abort_line(f"order.confirmed: rate > {rate}")
    path = write_run(tmp_path / "run", Wishes(rates=((20, 100.0),), capacity_per_s=25), end=False)
    result = judge(objective, Timeline(open_run(path), is_open=True), None)

    assert [is_proven(result, objective, look) for look in (1, 10_000)] == looks


@pytest.mark.parametrize(
    ("truth", "line", "code", "verdicts"),
    [
        pytest.param(OVERRUN, CONFIRMED, ExitCode.SLO_FAILED, ["FAIL", "INCONCLUSIVE"], id="the proof holds"),
        pytest.param(CALM, CONFIRMED, ExitCode.INCONCLUSIVE, ["INCONCLUSIVE"] * 2, id="the record says otherwise"),
    ],
)
def test_an_aborted_run_never_passes(
    tmp_path: Path, truth: Wishes, line: str, code: ExitCode, verdicts: list[str]
) -> None:
    """The line that ended it is judged, asked for or not; of all others the rest of the run is missing."""
    report = judged(aborted(tmp_path / "run", truth, line), "pay.step_ms: p(99) < 2s")

    assert (report.exit_code, [one.verdict for one in report.objectives]) == (code, verdicts)
    assert report.objectives[0].name == line
    assert report.objectives[1].sentence.startswith("the run was aborted early; what it recorded says ")
    assert report.aborted == f"{line}, second 12: 358 of 486 are bad"
    assert (report.valid, report.breaches) == (True, [])


def test_an_aborted_run_can_be_invalid(tmp_path: Path) -> None:
    """A generator that lost something proves nothing, however the run ended."""
    report = judged(aborted(tmp_path / "run", OVERRUN, CONFIRMED, problems=["A batch is missing."]))

    assert (report.exit_code, report.valid) == (ExitCode.INCONCLUSIVE, False)


def test_every_form_of_the_report_says_it(tmp_path: Path) -> None:
    """Markdown, JUnit and the page tell a reader that the run was aborted, by what and when."""
    path = aborted(tmp_path / "run", OVERRUN, CONFIRMED)
    report, run = judged(path), open_run(path)
    words = f"{CONFIRMED}, second 12"

    assert "FAIL: synthetic, aborted early" in markdown(report)
    assert words.replace(">", "&gt;") in junit(report).decode()
    assert "Aborted early: order.confirmed" in page(report, Timeline(run), with_aborting([], run), judged_by="")


def test_the_same_line_is_judged_once(tmp_path: Path) -> None:
    """A line that is asked for and ended the run stands in the report once, as what ended it."""
    report = judged(aborted(tmp_path / "run", OVERRUN, CONFIRMED), CONFIRMED)

    assert [(one.name, one.verdict) for one in report.objectives] == [(CONFIRMED, "FAIL")]


def test_an_old_record_knows_no_abort() -> None:
    """The field may be missing, as in records from before it."""
    old = {
        "ended_by": "completed",
        "complete": True,
        "ended_unix_ns": 1,
        "elapsed_s": 1.0,
        "scheduled": 0,
        "released": 0,
    }
    known = msgspec.convert({**old, "dropped": 0, "in_flight": 0, "outcomes": {Outcome.DONE: 0}}, Finished)

    assert known.aborted is None
