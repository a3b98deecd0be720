"""The goodput that a target holds is found where more load brings no more of it."""

import numpy as np
import pytest

from reports.saturation import best_split, capacity_of, plateau, settled_capacity

LAMBDA = np.arange(10.0, 101.0, 10.0)
GOODPUT = np.array([10.0, 20, 30, 40, 50, 52, 49, 51, 50, 48])


def test_the_reference_example_is_split_at_fifty() -> None:
    """Goodput that follows the load to 50 and stays there has capacity 50 with a squared error of 10."""
    assert best_split(LAMBDA, GOODPUT) == (50.0, 10.0)


def test_order_does_not_matter() -> None:
    """Seconds are sorted by load before they are split."""
    order = np.random.default_rng(1).permutation(len(LAMBDA))

    assert best_split(LAMBDA[order], GOODPUT[order]) == (50.0, 10.0)


def test_weights_count_seconds_several_times() -> None:
    """A second with weight 2 counts as two, one with weight 0 not at all."""
    weights = np.array([1.0, 1, 1, 1, 1, 2, 0, 1, 1, 1])
    repeated = np.repeat(np.arange(10), weights.astype(int))

    assert best_split(LAMBDA, GOODPUT, weights) == pytest.approx(best_split(LAMBDA[repeated], GOODPUT[repeated]))


def run_of(capacity: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A ramp of ten minutes past the capacity: random arrivals at a token bucket that keeps one second's tokens."""
    offered = np.linspace(20, 180, 600)
    served, tokens = [], capacity
    for arriving in np.random.default_rng(seed).poisson(offered).tolist():
        served.append(min(arriving, tokens + capacity))
        tokens = min(capacity, tokens + capacity - served[-1])
    return offered, np.array(served, dtype=np.float64)


def test_the_interval_holds_the_capacity() -> None:
    """On random arrivals the estimate is within 1 % and its interval covers the truth in most of twelve runs."""
    found = [capacity_of(*run_of(100, seed), seed=seed) for seed in range(12)]

    assert all(one is not None and abs(one.per_s - 100) < 1 for one in found)
    assert sum(one is not None and one.low <= 100 <= one.high for one in found) >= 9


def test_the_interval_is_the_same_for_the_same_seed() -> None:
    """The bootstrap draws from the run's seed, so a report says the same twice."""
    assert capacity_of(*run_of(100, 1), seed=7) == capacity_of(*run_of(100, 1), seed=7)


@pytest.mark.parametrize(
    ("offered", "goodput"),
    [
        pytest.param(np.full(60, 50.0), np.full(60, 50.0), id="never offered more than was served"),
        pytest.param(LAMBDA, GOODPUT, id="ten seconds are one block"),
    ],
)
def test_a_run_that_cannot_tell_has_no_capacity(offered: np.ndarray, goodput: np.ndarray) -> None:
    """Without overload, or with too few seconds, there is no number rather than a guess."""
    assert capacity_of(offered, goodput, seed=1) is None


def test_overload_of_a_few_seconds_keeps_its_interval() -> None:
    """Resamples hold overload always, so three overloaded blocks of nine give an interval near the capacity."""
    offered = np.repeat([44.4, 133.3, 400.0, 166.7, 44.4], [11, 4, 4, 15, 56])
    found = capacity_of(offered, np.minimum(offered, 133.3), seed=1)

    assert found is not None
    assert (found.per_s, found.low, found.high) == pytest.approx((133.3, 133.3, 133.3))


def test_what_comes_out_of_a_standing_queue_is_the_capacity() -> None:
    """Thirty seconds of about forty orders each are a capacity of 40 with an interval; fourteen seconds are too few."""
    finished = np.random.default_rng(1).poisson(40.0, 30).astype(np.float64)
    found = plateau(finished)

    assert found is not None
    assert found.low < 40 < found.high
    assert found.per_s == pytest.approx(finished.mean())
    assert plateau(finished[:14]) is None


def test_the_seconds_after_a_rise_are_left_out_where_enough_remain() -> None:
    """A bucket that gives twice as much at first holds 50/s; of a run of 21 s too few seconds remain, so all count and it says so."""
    offered, good = np.repeat([20.0, 100.0], [20, 20]), np.repeat([20.0, 100.0, 50.0], [20, 3, 17])
    is_settled = ~np.isin(np.arange(40), (20, 21, 22))
    long = settled_capacity(offered, good, np.ones(40, dtype=bool), is_settled, seed=1)
    short = settled_capacity(offered, good, np.arange(40) >= 19, is_settled, seed=1)

    assert (long and (long.per_s, long.is_settled)) == (50.0, True)
    assert short is not None
    assert (short.per_s, short.is_settled) == (pytest.approx(57.5), False)


def test_without_a_rise_nothing_is_left_out() -> None:
    """Where every second is settled there is nothing more to try: too few seconds have no capacity."""
    everything = np.ones(10, dtype=bool)

    assert settled_capacity(LAMBDA, GOODPUT, everything, everything, seed=1) is None
