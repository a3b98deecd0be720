"""A synthetic run is one that the gate takes for a generator's, and its onset is where the door closed."""

from pathlib import Path

import pytest

from benchmarks.reports.synthetic import Day, published_day, write_day
from reports.gate import judge_run
from reports.run_record.outcome import Outcome
from reports.run_record.run_directory import open_run
from reports.slo import load_objectives
from tests.helpers.source_tree import ROOT

FESTIVAL = load_objectives(ROOT / "reports" / "slos" / "festival.yaml")


def test_the_gate_finds_what_was_written(tmp_path: Path) -> None:
    """The run is valid, whole and refused from the second in which more was offered than the door lets in."""
    run = open_run(write_day(tmp_path / "run", Day(((60, 50.0), (60, 150.0)), capacity_per_s=100)))
    report = judge_run(run, FESTIVAL, None)

    assert report.breaches == []
    assert run.truncated == []
    assert [one.name for one in report.objectives if one.verdict != "PASS"] == ["nothing-lost"]
    assert (report.onset.episodes[0].signal, report.onset.episodes[0].second) == ("refused", 60)
    assert run.finished is not None
    assert len(run.intents()) == run.finished.released
    assert run.table("purchases").num_rows == sum(run.finished.outcomes.values())
    assert run.finished.outcomes[Outcome.REFUSED_HARD] == pytest.approx(
        run.finished.outcomes[Outcome.REFUSED_SOFT], rel=0.1
    )


def test_the_published_day_has_ten_million_orders() -> None:
    """Nine hours whose served rate adds up to the published count, with more offered in the busiest hour only."""
    day = published_day()
    served = sum(seconds * min(rate, day.capacity_per_s) for seconds, rate in day.stretches)

    assert day.seconds == 9 * 3600
    assert served == pytest.approx(10_000_000, rel=1e-3)
    assert [rate > day.capacity_per_s for _, rate in day.stretches] == [False, False, True, False]
