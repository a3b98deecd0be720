"""Runs at the limit: their truth is the limit, and the gate's own path judges them."""

import numpy as np
import pytest

from benchmarks.calibration.runs import BAD_SHARE, LIMIT_MS, SECONDS, judged, objective, run_at_the_limit, times_us
from reports.objectives import judge
from reports.timeline import Timeline


@pytest.mark.parametrize("autocorrelation", [0.0, 0.8])
def test_one_in_a_hundred_is_slower_than_the_limit(autocorrelation: float) -> None:
    """Over many runs, whatever neighbours share."""
    rng = np.random.default_rng(1)
    second = np.repeat(np.arange(SECONDS), 30)
    slow = [float((times_us(second, autocorrelation, rng) > LIMIT_MS * 1000).mean()) for _ in range(60)]

    assert float(np.mean(slow)) == pytest.approx(BAD_SHARE, rel=0.1)


def test_the_judged_run_is_the_drawn_one() -> None:
    """Every wish is an event, and the slow ones are the bad ones; the same seed gives the same verdict."""
    run = run_at_the_limit(0.5, 7)
    result = judge(objective(), Timeline(run), None)
    times = np.asarray(run.columns("purchases", ["intent_us"])["intent_us"])

    assert (result.n, result.bad) == (len(times), int((times > LIMIT_MS * 1000).sum()))
    assert judged(0.5, 7) == judged(0.5, 7)
    assert judged(0.5, 7).verdict == result.verdict
