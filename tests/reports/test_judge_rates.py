"""Ends per second: of orders by their end, of requests by intended second and duration, and when nobody offered enough."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from reports.finding import Finding
from reports.judge_rates import ends_by_second, judge_rate
from reports.one_liner import parse_line
from reports.run_record.run_directory import open_run
from reports.run_record.schema import Batch, OutcomeRow
from reports.selection import selected_seconds
from reports.slo import Objective
from reports.slo_source import EventSource
from reports.slo_where import Flag
from reports.timeline import Timeline
from tests.helpers.other_runs import unscheduled_of
from tests.helpers.synthetic_run import Wishes, changed, histogram_row, write_run

STAIRS = Wishes(rates=((20, 50.0), (30, 150.0)), capacity_per_s=100)


@pytest.fixture(scope="module")
def stairs(tmp_path_factory: pytest.TempPathFactory) -> Timeline:
    """The run of STAIRS."""
    return Timeline(open_run(write_run(tmp_path_factory.mktemp("runs") / "run", STAIRS)))


def judged_on(timeline: Timeline, objective: Objective) -> Finding:
    """Judge the objective on the seconds that it picks."""
    return judge_rate(objective, timeline, selected_seconds(objective.indicator.total, timeline)[0])


@pytest.mark.parametrize(
    ("line", "verdict", "value"),
    [
        pytest.param(
            "order.confirmed: rate >= 95/s while offered > 100/s", "PASS", 100, id="what is borne in overload"
        ),
        pytest.param("order.confirmed: rate >= 110/s while offered > 100/s", "FAIL", 100, id="more than is borne"),
        pytest.param(
            "order.confirmed: rate >= 95/s while offered <= 50/s", "INCONCLUSIVE", 50, id="more than was offered"
        ),
        pytest.param("order.refused: rate <= 60/s", "PASS", 30, id="at most so many refusals a second"),
        pytest.param("pay.done: rate >= 95/s while offered > 100/s", "PASS", 100, id="a step's ends"),
    ],
)
def test_ends_per_second(stairs: Timeline, line: str, verdict: str, value: float) -> None:
    """100 of 150 wishes/s are confirmed, all of 50."""
    found = judged_on(stairs, parse_line(line))

    assert (found.verdict, found.unit) == (verdict, "per s")
    assert found.value == pytest.approx(value, rel=0.03)
    assert found.explain.lines[-1].endswith(f": {verdict}.")


def test_what_was_not_offered_is_no_fault_of_the_target(stairs: Timeline) -> None:
    """The sentence says how much was offered, and what to do."""
    found = judged_on(stairs, parse_line("order.confirmed: rate >= 95/s while offered <= 50/s"))

    assert found.sentence.endswith("only 50.0 wishes/s were offered, so the run cannot show more: offer more")


def test_a_collapse_is_seen_by_the_ends(tmp_path: Path) -> None:
    """A queue that grows ends fewer and fewer in time; by intended second the first ones would look served at once."""
    truth = changed(STAIRS, rates=((10, 50.0), (30, 400.0)), collapses=True)
    timeline = Timeline(open_run(write_run(tmp_path / "run", truth)))

    assert judged_on(timeline, parse_line("order.confirmed: rate >= 95/s while offered > 100/s")).verdict == "FAIL"


@pytest.mark.parametrize(
    ("line", "change", "sentence"),
    [
        pytest.param(
            "order.confirmed: rate > 1/s while offered > 100/s",
            {"rates": ((20, 50.0), (5, 150.0))},
            "the run has 4",
            id="short",
        ),
        pytest.param("search.done: rate > 1/s", {}, "step search never ran", id="a step that is not there"),
    ],
)
def test_absent_data_never_passes(tmp_path: Path, line: str, change: dict[str, object], sentence: str) -> None:
    """Too few seconds, or no such step: INCONCLUSIVE."""
    timeline = Timeline(open_run(write_run(tmp_path / "run", changed(STAIRS, **change))))
    found = judged_on(timeline, parse_line(line))

    assert found.verdict == "INCONCLUSIVE"
    assert sentence in found.sentence


def test_a_vertical_counts_its_own(stairs: Timeline) -> None:
    """Every wish of the run is of one vertical; another one is not on record."""
    objective = parse_line("order.confirmed: rate >= 95/s while offered > 100/s")
    for vertical, verdict in (("milk_tea", "PASS"), ("flowers", "INCONCLUSIVE")):
        total = replace(objective.indicator.total, vertical=vertical)
        scoped = replace(objective, indicator=replace(objective.indicator, total=total))
        assert judged_on(stairs, scoped).verdict == verdict


def test_a_request_ends_later_than_it_began(tmp_path: Path) -> None:
    """A request of second 1 that took 3 s ended in second 4, one of 20 ms in second 1."""
    batch = Batch("synthetic", "worker-1", 0)
    batch.outcomes = [OutcomeRow(1, "chat", "done", "", 2), OutcomeRow(1, "chat", "shed", "timed_out", 1)]
    batch.histograms = [
        histogram_row(1, "chat", "done", "response", [20_000, 3_000_000]),
        histogram_row(1, "chat", "shed", "response", [2_000_000]),
    ]
    timeline = Timeline(open_run(write_run(tmp_path / "run", Wishes(rates=((6, 1.0),)), batch=batch)))
    ends = ends_by_second(timeline, EventSource("step", "chat", where=Flag("done")))

    assert ends.tolist() == [0, 1, 0, 0, 1, 0]


def test_requests_that_nobody_scheduled_have_a_rate_too(tmp_path: Path) -> None:
    """A recorded locustfile has no offered load to be blamed; its requests per second are judged as they are."""
    truth, batch = unscheduled_of(STAIRS)
    timeline = Timeline(open_run(write_run(tmp_path / "run", truth, batch=batch)))

    assert judge_rate(parse_line("any.done: rate >= 700/s"), timeline, np.arange(50)).verdict == "FAIL"
