"""Verdicts stand on intervals: the worked values of the share test, and the lattice."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.verdict import (
    Interval,
    Verdict,
    clopper_pearson,
    dispersion,
    events_needed,
    quantile_ranks,
    ratio_interval,
    share_interval,
    share_test,
    t_interval,
    tail_probability,
    threshold_verdict,
    worst,
)

BAD = np.array([1, 0, 2, 1, 0, 3, 1, 0, 1, 2, 0, 1, 4, 6, 3, 1, 0, 1, 2, 1])
N = np.full(20, 300)


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        pytest.param(["PASS", "PASS"], "PASS", id="all pass"),
        pytest.param(["PASS", "INCONCLUSIVE"], "INCONCLUSIVE", id="one is unknown"),
        pytest.param(["INCONCLUSIVE", "FAIL", "PASS"], "FAIL", id="one fails"),
        pytest.param([], "INCONCLUSIVE", id="nothing was judged"),
    ],
)
def test_verdicts_compose_to_the_worst(verdicts: list[str], expected: str) -> None:
    """PASS < INCONCLUSIVE < FAIL, and no verdict at all is not a pass."""
    assert worst(Verdict(one) for one in verdicts) is Verdict(expected)


@pytest.mark.parametrize(
    ("target", "expected"), [(0.99, Verdict.PASS), (0.995, Verdict.INCONCLUSIVE), (0.998, Verdict.FAIL)]
)
def test_the_worked_example_of_the_share_test(target: float, expected: Verdict) -> None:
    """30 bad of 6,000 in scattered batches are [.2902 %, .8010 %]: within 1 %, undecided at .5 %, above .2 %."""
    judged = share_test(BAD, BAD, N, target)

    assert judged.verdict is expected
    assert (round(judged.phi, 4), round(judged.low, 6), round(judged.high, 6)) == (1.5869, 0.002902, 0.00801)
    assert round(judged.bad_max / judged.phi, 3) == 18.905
    assert round(judged.n / judged.phi) == 3781


def test_the_tail_of_twenty_batches() -> None:
    """Twenty batches give the tail probability .018174 of the t distribution with 19 degrees of freedom."""
    assert round(tail_probability(20), 6) == 0.018174


@pytest.mark.parametrize(("target", "events"), [(0.99, 399), (0.999, 4006), (0.9999, 40076)])
def test_events_that_a_pass_needs(target: float, events: int) -> None:
    """Without one bad event a pass takes 399 events at 99 %, 4,006 at 99.9 % and 40,076 at 99.99 %."""
    assert math.ceil(events_needed(target)) == events


def test_no_bad_event_passes_only_with_enough_events() -> None:
    """420 clean events pass 99 %, 380 are too few and say so."""
    clean = np.zeros(20, dtype=int)

    assert share_test(clean, clean, np.full(20, 21), 0.99).verdict is Verdict.PASS
    few = share_test(clean, clean, np.full(20, 19), 0.99)
    assert (few.verdict, few.too_few) == (Verdict.INCONCLUSIVE, True)


def test_no_events_are_inconclusive() -> None:
    """Zero events give no verdict."""
    nothing = np.zeros(20, dtype=int)

    assert share_test(nothing, nothing, nothing, 0.5).verdict is Verdict.INCONCLUSIVE


def test_a_straddled_bucket_blocks_both_verdicts() -> None:
    """Events that may be good or bad count as bad for a pass and as good for a fail."""
    none, all_of_them = np.zeros(20, dtype=int), np.full(20, 30)

    assert share_test(none, all_of_them, N, 0.95).verdict is Verdict.INCONCLUSIVE
    assert share_test(none, none, N, 0.95).verdict is Verdict.PASS
    assert share_test(all_of_them, all_of_them, N, 0.95).verdict is Verdict.FAIL


def test_slow_answers_that_come_together_widen_the_interval() -> None:
    """The dispersion of slow answers keeps few bad events from looking independent."""
    assert share_test(BAD, BAD, N, 0.99, slow_phi=20.0).verdict is Verdict.INCONCLUSIVE


def test_dispersion_of_independent_and_clustered_events() -> None:
    """Even batches scatter no more than chance, events in one batch scatter as much as there are of them."""
    assert dispersion(np.full(20, 3), N) == 1.0
    assert dispersion(np.array([60] + [0] * 19), N) > 50
    assert dispersion(np.zeros(20, dtype=int), N) == 1.0


def test_dispersion_around_each_stages_own_share() -> None:
    """Two stages with different shares do not scatter when each batch keeps its stage's share."""
    bad = np.array([30] * 10 + [90] * 10)
    expected = np.array([0.1] * 10 + [0.3] * 10)

    assert dispersion(bad, N) > 15
    assert dispersion(bad, N, expected, fitted=2) == 1.0


@given(n=st.integers(1, 10_000), share=st.floats(0, 1), phi=st.floats(1, 50), batches=st.integers(2, 20))
def test_an_interval_holds_its_estimate(n: int, share: float, phi: float, batches: int) -> None:
    """Whatever the counts, low <= share <= high, all within 0 and 1."""
    bad = round(n * share)
    found = share_interval(bad, n, phi, batches)

    assert 0 <= found.low <= bad / n + 1e-9
    assert bad / n - 1e-9 <= found.high <= 1


@pytest.mark.parametrize(
    ("bad", "n", "low", "high"),
    [
        pytest.param(0, 59, 0.0, 0.0495, id="none of 59: at most 5 %"),
        pytest.param(1, 93, 0.00055, 0.04998, id="one of 93: at most 5 %"),
        pytest.param(0, 2995, 0.0, 0.001, id="none of 2,995: at most .1 %"),
        pytest.param(4, 4, 0.4729, 1.0, id="all"),
    ],
)
def test_one_sided_bounds_of_a_share(bad: int, n: int, low: float, high: float) -> None:
    """With a twentieth beyond each end, the bounds are those of the published tables."""
    assert clopper_pearson(bad, n, 0.05) == pytest.approx((low, high), rel=0.005)


def test_t_interval_of_a_textbook_sample() -> None:
    """The mean of 1 to 5 is 3 +- 2.776 * sqrt(2.5 / 5)."""
    found = t_interval([1, 2, 3, 4, 5])

    assert (found.value, round(found.low, 3), round(found.high, 3)) == (3.0, 1.037, 4.963)


@pytest.mark.parametrize(
    ("low", "high", "op", "expected"),
    [
        pytest.param(0.91, 0.99, "gte", Verdict.PASS, id="all of it is above"),
        pytest.param(0.80, 0.89, "gte", Verdict.FAIL, id="all of it is below"),
        pytest.param(0.85, 0.95, "gte", Verdict.INCONCLUSIVE, id="the limit lies inside"),
        pytest.param(0.80, 0.90, "lte", Verdict.PASS, id="the limit itself is good for lte"),
        pytest.param(0.80, 0.90, "lt", Verdict.INCONCLUSIVE, id="and not for lt"),
        pytest.param(0.91, 0.92, "gt", Verdict.PASS, id="gt"),
    ],
)
def test_an_interval_against_a_limit(low: float, high: float, op: str, expected: Verdict) -> None:
    """A verdict needs the whole interval on one side of the limit."""
    assert threshold_verdict(Interval((low + high) / 2, low, high), op, 0.9) is expected


def test_ranks_of_a_quantile() -> None:
    """The 99th percentile of 1,000 is rank 990, and its upper end exists only where the sample reaches."""
    assert quantile_ranks(1000, 0.99, 1.0) == (990, 983, 998)
    assert quantile_ranks(1000, 0.99, 9.0)[2] is None


def test_a_mean_over_batches_of_equal_size_is_that_of_their_means() -> None:
    """Batches of 10 events with means 1 to 5 give the textbook's interval."""
    found = ratio_interval(np.array([10, 20, 30, 40, 50]), np.full(5, 10))

    assert (found.value, round(found.low, 3), round(found.high, 3)) == (3.0, 1.037, 4.963)


def test_a_batch_weighs_as_its_events_do() -> None:
    """Of one batch with 90 events of 1 and one with 10 of 2 the mean is 1.1, and not 1.5."""
    assert ratio_interval(np.array([90.0, 20.0]), np.array([90, 10])).value == pytest.approx(1.1)


@given(st.lists(st.integers(1, 500), min_size=2, max_size=20), st.integers(-1000, 1000))
def test_equal_values_leave_no_doubt(counts: list[int], value: int) -> None:
    """Where every event has the same value, the interval is that value."""
    found = ratio_interval(np.array(counts) * float(value), np.array(counts))

    assert (found.low, found.high) == (pytest.approx(value), pytest.approx(value))
