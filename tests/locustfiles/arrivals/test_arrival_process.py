"""Intended start times over a curve."""

import math
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from locustfiles.arrivals.arrival_process import PROCESSES, Schedule
from locustfiles.arrivals.rate_curve import RateCurve
from tests.helpers.curves import curves

SECOND_NS = 1_000_000_000


def all_ns(schedule: Schedule) -> np.ndarray:
    """Every intended time of a schedule."""
    return np.concatenate([chunk.intended_ns for chunk in schedule.chunks()])


EVEN = [
    pytest.param(RateCurve.constant(2, 2), [0.25, 0.75, 1.25, 1.75], id="2/s for 2 s => in the middle of each half"),
    pytest.param(RateCurve.constant(0.5, 4), [1, 3], id="one every 2 s => after 1 s and 3 s"),
    pytest.param(RateCurve.constant(0, 3), [], id="a rate of 0 => nobody"),
    pytest.param(RateCurve.constant(1, 0.4), [], id="0.4 expected => nobody, since half is not reached"),
    pytest.param(RateCurve.ramp(0, 4, 2), [0.707107, 1.224745, 1.581139, 1.870829], id="a ramp => square roots"),
    pytest.param(
        RateCurve.steps([(1, 2), (3, 0), (1, 2)]), [0.25, 0.75, 4.25, 4.75], id="a pause => nobody in between"
    ),
    pytest.param(
        RateCurve.steps([(1, 1.5), (2, 0), (1, 1)]),
        [0.333333, 0.999999999, 4 - 1e-9],
        id="reached at a second's very edge => still in that second, not after the pause",
    ),
]


@pytest.mark.parametrize(("curve", "times_s"), EVEN)
def test_even_arrivals(curve: RateCurve, times_s: list[float]) -> None:
    """Even arrival k starts where k + 1/2 arrivals are expected."""
    assert all_ns(Schedule(curve, "even")) / SECOND_NS == pytest.approx(times_s, abs=1e-6)


def test_an_arrival_at_the_edge_of_a_second_stays_in_it() -> None:
    """An arrival that falls on the very end of a second is the last nanosecond of that second, not the next one's."""
    first, second = Schedule(RateCurve.constant(1.5, 2), "even").chunks()
    assert first.intended_ns.tolist() == [333_333_333, 999_999_999]
    assert second.intended_ns.tolist() == [1_666_666_666]


@given(curves())
def test_even_counts_follow_the_integral(curve: RateCurve) -> None:
    """After every second the even count is within one arrival of the expected number."""
    count = 0
    for chunk in Schedule(curve, "even").chunks():
        count += len(chunk.intended_ns)
        assert abs(count - curve.expected(chunk.second + 1)) <= 0.5 + 1e-6


@given(st.floats(0.5, 5000), st.integers(1, 20))
def test_even_gaps_are_equal_on_a_flat_curve(rate_per_s: float, duration_s: int) -> None:
    """On a constant rate any two neighbours are 1/rate apart, to within the clock's nanoseconds."""
    gaps_ns = np.diff(all_ns(Schedule(RateCurve.constant(rate_per_s, duration_s), "even")))
    assert np.all(np.abs(gaps_ns - SECOND_NS / rate_per_s) <= 100)


@settings(derandomize=True)
@given(curves(), st.integers(0, 2**64))
def test_poisson_counts_are_within_the_bound(curve: RateCurve, seed: int) -> None:
    """A random schedule has its expected number of arrivals to within four standard deviations."""
    expected = curve.expected_total
    assert abs(len(all_ns(Schedule(curve, "poisson", seed))) - expected) <= 4 * math.sqrt(expected) + 4


def test_poisson_seconds_vary_as_poisson_does() -> None:
    """The counts of many seconds have a variance equal to their mean."""
    counts = [len(chunk.intended_ns) for chunk in Schedule(RateCurve.constant(20, 4000), "poisson", 7).chunks()]
    # The variance/mean of n Poisson counts has a standard deviation of sqrt(2/n).
    assert np.var(counts) / np.mean(counts) == pytest.approx(1, abs=4 * math.sqrt(2 / 4000))


def test_poisson_times_follow_the_slope_inside_a_second() -> None:
    """Within one second of a ramp from 0, a quarter of the arrivals lies in the first half."""
    times_ns = all_ns(Schedule(RateCurve.ramp(0, 20_000, 1), "poisson", 3))
    share = np.mean(times_ns < SECOND_NS // 2)
    assert share == pytest.approx(0.25, abs=4 * math.sqrt(0.25 * 0.75 / len(times_ns)))


@pytest.mark.parametrize("process", PROCESSES)
@given(curve=curves())
def test_chunks_are_seconds_in_order(process: str, curve: RateCurve) -> None:
    """Chunks number all seconds of the curve, indexes run on, and times are sorted inside their second."""
    next_index = 0
    seconds = []
    for chunk in Schedule(curve, process, 5).chunks():
        seconds.append(chunk.second)
        assert chunk.first_index == next_index
        next_index += len(chunk.intended_ns)
        assert chunk.intended_ns.dtype == np.int64
        assert np.all(np.diff(chunk.intended_ns) >= 0)
        assert np.all(chunk.intended_ns // SECOND_NS == chunk.second)
        assert np.all(chunk.intended_ns < curve.duration_s * SECOND_NS)
    assert seconds == list(range(math.ceil(curve.duration_s)))


@pytest.mark.parametrize("process", PROCESSES)
def test_no_arrival_lies_where_the_rate_is_zero(process: str) -> None:
    """A pause of the curve is a pause of the schedule."""
    times_ns = all_ns(Schedule(RateCurve.steps([(1.5, 50), (2, 0), (1.5, 50)]), process, 2))
    inside = (times_ns > 1.5 * SECOND_NS) & (times_ns < 3.5 * SECOND_NS)
    assert not inside.any()


@settings(derandomize=True)
@given(curves(), st.integers(0, 2**64), st.floats(0.01, 30))
def test_gamma_counts_are_within_the_bound(curve: RateCurve, seed: int, burstiness: float) -> None:
    """Gamma arrivals have their expected number to within four standard deviations and a few bursts."""
    expected = curve.expected_total
    count = len(all_ns(Schedule(curve, "gamma", seed, burstiness)))
    assert abs(count - expected) <= 4 * (math.sqrt(expected * burstiness) + 1 + burstiness)


@pytest.mark.parametrize("burstiness", [0.25, 1.0, 3.0, 10.0])
def test_gamma_counts_vary_as_told(burstiness: float) -> None:
    """The counts of windows with 100 expected arrivals have the variance b r + (1 - b^2) / 6."""
    schedule = Schedule(RateCurve.constant(100, 6000), "gamma", 7, burstiness)
    counts = [len(chunk.intended_ns) for chunk in schedule.chunks()]
    variance = burstiness * 100 + (1 - burstiness**2) / 6
    assert np.mean(counts) == pytest.approx(100, abs=4 * math.sqrt(burstiness * 100 / 6000))
    # The variance of n nearly normal counts has a relative standard deviation of sqrt(2/n).
    assert np.var(counts) / variance == pytest.approx(1, abs=5 * math.sqrt(2 / 6000))


def test_gamma_gaps() -> None:
    """On a flat curve the gaps between gamma arrivals have the mean 1/rate and the squared variation b."""
    gaps_ns = np.diff(all_ns(Schedule(RateCurve.constant(100, 2000), "gamma", 5, 4.0)))
    assert np.mean(gaps_ns) == pytest.approx(SECOND_NS / 100, rel=0.03)
    assert np.var(gaps_ns) / np.mean(gaps_ns) ** 2 == pytest.approx(4, rel=0.05)


def test_a_bursty_run_begins_like_any_other_second() -> None:
    """Over many seeds the first second has as many gamma arrivals as are expected, not half a burst more."""
    curve = RateCurve.constant(10, 1)
    counts = [len(all_ns(Schedule(curve, "gamma", seed, 9.0))) for seed in range(1500)]
    assert np.mean(counts) == pytest.approx(10, abs=4 * math.sqrt((9 * 10 + (1 - 81) / 6) / 1500))


def test_gamma_memory_is_constant() -> None:
    """An hour of gamma arrivals takes no more memory than a second's arrivals and a block of gaps."""
    chunks = Schedule(RateCurve.constant(200, 3600), "gamma", 1, 3.0).chunks()
    next(chunks)
    tracemalloc.start()
    count = sum(len(chunk.intended_ns) for chunk in chunks)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count > 700_000
    assert peak_bytes < 200_000


@pytest.mark.parametrize("process", PROCESSES)
def test_same_seed_same_arrivals(process: str) -> None:
    """A schedule is a function of curve, process, seed and burstiness."""
    curve = RateCurve.ramp(10, 200, 10)
    assert np.array_equal(all_ns(Schedule(curve, process, 9, 3.0)), all_ns(Schedule(curve, process, 9, 3.0)))


@pytest.mark.parametrize("process", ["poisson", "gamma"])
def test_other_seed_other_arrivals(process: str) -> None:
    """Another seed moves the arrivals."""
    curve = RateCurve.constant(100, 2)
    assert not np.array_equal(all_ns(Schedule(curve, process, 9)), all_ns(Schedule(curve, process, 10)))


def test_other_burstiness_other_arrivals() -> None:
    """Another burstiness moves gamma arrivals."""
    curve = RateCurve.constant(100, 2)
    assert not np.array_equal(all_ns(Schedule(curve, "gamma", 9, 2.0)), all_ns(Schedule(curve, "gamma", 9, 3.0)))


def test_a_second_does_not_depend_on_the_seconds_before_it() -> None:
    """Two curves that agree in one second have the same arrivals in it, whatever came before."""
    low, high = RateCurve.steps([(3, 1), (1, 80)]), RateCurve.steps([(3, 500), (1, 80)])
    last_of_low, last_of_high = (list(Schedule(curve, "poisson", 4).chunks())[3].intended_ns for curve in (low, high))
    # The two curves add up to different areas before, so the same draws differ by rounding at most.
    assert last_of_low == pytest.approx(last_of_high, abs=10)


def test_chunks_start_anew_at_every_call() -> None:
    """Every caller of chunks gets the whole run."""
    schedule = Schedule(RateCurve.constant(5, 3), "poisson", 1)
    assert [len(c.intended_ns) for c in schedule.chunks()] == [len(c.intended_ns) for c in schedule.chunks()]


def test_a_schedule_tells_its_length_and_expected_number() -> None:
    """Length and expected total are those of the curve."""
    schedule = Schedule(RateCurve.ramp(0, 10, 10), "even")
    assert (schedule.duration_s, schedule.expected_total) == (10, 50)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        pytest.param(
            lambda: Schedule(RateCurve.constant(1, 1), "pareto"), "'pareto'", id="a process that is not there"
        ),
        pytest.param(lambda: Schedule(RateCurve.constant(1, 1), "even", -1), "it is -1", id="a negative seed"),
        pytest.param(lambda: Schedule(RateCurve.constant(1, 1), "gamma", 1, 0), "it is 0", id="no burstiness"),
        pytest.param(lambda: Schedule(RateCurve.constant(1, 1), "gamma", 1, math.nan), "it is nan", id="no number"),
        pytest.param(lambda: Schedule(RateCurve.constant(1, 1e9)), "1000000000.0 s", id="thirty years"),
        pytest.param(lambda: Schedule(RateCurve.constant(1e8, 1)), "100000000.0; lower", id="more than memory holds"),
    ],
)
def test_impossible_schedules_are_refused(make, told: str) -> None:
    """A schedule that cannot be is refused in a sentence that names the value."""
    with pytest.raises(ValueError, match=told):
        make()
