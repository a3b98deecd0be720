"""A warm-up that is too short is told, and never cut after the results have been seen."""

from pathlib import Path

import msgspec
import numpy as np
import pytest

from reports.run_record.outcome import ORDER, Clock
from reports.run_record.run_directory import open_run
from reports.run_record.schema import CurveSegment
from reports.timeline import Timeline
from reports.validity import warnings
from reports.warm_up import level_from_start_s, settled_after, warm_up_warning
from tests.helpers.synthetic_run import Wishes, batch_of, changed, write_run

CONSTANT = Wishes(rates=((150, 4.0),))


def test_the_reference_series_is_cut_after_two_batches() -> None:
    """70 and 26 before six times 10: ten seconds are not yet like the rest."""
    assert settled_after(np.array([70.0, 26.0, 10.0, 10.0, 10.0, 10.0, 10.0, 10.0])) == 2


@pytest.mark.parametrize(
    ("batches", "expected"),
    [
        pytest.param(np.full(30, 10.0), 0, id="steady from the start"),
        pytest.param(np.where(np.arange(30) < 4, 30.0, 10.0), 4, id="twenty seconds of slow answers"),
        pytest.param(np.where(np.arange(30) < 4, 3.0, 10.0), 4, id="or of quick ones, before the queue stands"),
        pytest.param(np.where(np.arange(30) < 20, 30.0, 10.0), None, id="settled in the second half"),
        pytest.param(np.linspace(10.0, 100.0, 30), None, id="growing without end"),
    ],
)
def test_where_a_series_settles(batches: np.ndarray, expected: int | None) -> None:
    """The leading batches that are unlike the rest; None where the rest is shorter than they are."""
    assert settled_after(batches) == expected


def test_mere_scatter_seldom_warns() -> None:
    """Of 200 steady series whose seconds depend on each other, one in ten at most looks unsettled."""
    rng = np.random.default_rng(4)
    unsettled = 0
    for _ in range(200):
        seconds = rng.normal(size=350)
        for place in range(1, 350):
            seconds[place] += 0.5 * seconds[place - 1]
        unsettled += settled_after(seconds[50:].reshape(-1, 5).mean(axis=1)) != 0

    assert unsettled <= 20


@pytest.mark.parametrize(
    ("slow_s", "warm_up_s", "said"),
    [
        pytest.param(0, 0.0, "", id="steady"),
        pytest.param(20, 0.0, "settled after 20 s, and no warm-up was declared", id="no warm-up"),
        pytest.param(20, 10.0, "settled after 20 s, and a warm-up of 10 s was declared", id="too short a warm-up"),
        pytest.param(20, 20.0, "", id="long enough"),
        pytest.param(120, 0.0, "did not settle in 150 s (no warm-up was declared)", id="no steady state"),
    ],
)
def test_a_warm_up_that_is_too_short_warns(tmp_path: Path, slow_s: int, warm_up_s: float, said: str) -> None:
    """The first ``slow_s`` seconds of a run at constant load take five times as long; the sentence is among the run's warnings."""
    batch = batch_of(CONSTANT)
    batch.histograms = [
        msgspec.structs.replace(row, sum_us=5 * row.sum_us)
        if (row.step, row.clock) == (ORDER, Clock.INTENT) and row.second < slow_s
        else row
        for row in batch.histograms
    ]
    truth = changed(CONSTANT, manifest={"warm_up_s": warm_up_s})
    timeline = Timeline(open_run(write_run(tmp_path / "run", truth, batch=batch)))

    told = warm_up_warning(timeline)
    assert said in told
    assert bool(said) == bool(told)
    assert warnings(timeline) == ([told] if told else [])


@pytest.mark.parametrize(
    "rates",
    [
        pytest.param(((60, 4.0),), id="a minute is too short"),
        pytest.param(((60, 4.0), (60, 12.0)), id="the load rises after a minute"),
    ],
)
def test_without_two_minutes_of_constant_load_nothing_is_said(
    tmp_path: Path, rates: tuple[tuple[int, float], ...]
) -> None:
    """Times change with the load, so a run that has no long level at its start is not looked at."""
    assert warm_up_warning(Timeline(open_run(write_run(tmp_path / "run", Wishes(rates=rates))))) == ""


@pytest.mark.parametrize(
    ("segments", "expected"),
    [
        pytest.param([], 0, id="no curve"),
        pytest.param(
            [CurveSegment(0, 300, 0.0, 0.0), CurveSegment(300, 400, 5.0, 5.0)], 0, id="nothing offered at first"
        ),
        pytest.param([CurveSegment(0, 60, 5.0, 9.0)], 0, id="a ramp"),
        pytest.param(
            [CurveSegment(0, 60, 5.0, 5.0), CurveSegment(60, 90, 5.0, 5.0), CurveSegment(90, 99, 5.0, 8.0)],
            90,
            id="two level pieces",
        ),
    ],
)
def test_how_long_the_load_is_level(segments: list[CurveSegment], expected: int) -> None:
    """Whole seconds from the start in which the offered rate does not change."""
    assert level_from_start_s(segments) == expected
