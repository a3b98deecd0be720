"""When an overload is over, and when it is not although its cause is gone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.recovery import (
    Aftermath,
    amplification_bound,
    drained,
    hysteresis,
    hysteresis_of,
    is_metastable,
    is_over,
    low_load_s,
    recovered,
    trigger_removed,
)

CAPACITY = 100.0
SURGE = np.repeat([50.0, 150.0, 50.0], [20, 20, 400])
"""Offered per second: the cause is gone in second 40."""


def aftermath(good_after: np.ndarray, in_flight_after: np.ndarray) -> Aftermath:
    """A surge to 1.5 C and what comes after it."""
    good = np.concatenate([np.full(20, 50.0), np.full(20, 30.0), good_after])
    in_flight = np.concatenate([np.full(20, 10.0), np.linspace(10, 500, 20), in_flight_after])
    return Aftermath(SURGE, good, in_flight, 10.0)


DRAINS = aftermath(np.repeat([0.0, 50.0], [12, 388]), np.concatenate([np.linspace(500, 10, 15), np.full(385, 10.0)]))
STUCK = aftermath(np.full(400, 5.0), np.full(400, 500.0))


@pytest.mark.parametrize(
    ("offered", "removed"),
    [
        pytest.param(SURGE, 40, id="the load came back"),
        pytest.param(SURGE[:40], None, id="it did not, to the end"),
        pytest.param(np.full(60, 90.0), None, id="it never exceeded the capacity"),
        pytest.param(np.repeat([50.0, 150.0, 50.0, 150.0, 50.0], 10), 40, id="the last time counts"),
    ],
)
def test_when_the_cause_is_gone(offered: np.ndarray, removed: int | None) -> None:
    """The cause is gone when the load is back at the capacity for good."""
    assert trigger_removed(offered, CAPACITY, 5) == removed


@pytest.mark.parametrize(
    ("offered", "over"),
    [
        pytest.param(SURGE, True, id="a surge"),
        pytest.param(np.full(60, 90.0), False, id="never"),
        pytest.param(np.full(60, np.nextafter(CAPACITY, 200.0)), False, id="rounding is no overload"),
        pytest.param(np.repeat([150.0, 50.0], [4, 56]), False, id="before it began does not count"),
    ],
)
def test_whether_the_load_was_too_high_at_all(offered: np.ndarray, over: bool) -> None:
    """A load that never exceeded the capacity is told apart from one that never came back."""
    assert is_over(offered, CAPACITY, 5) is over


def test_recovery_is_thirty_whole_seconds() -> None:
    """It is over at the first of thirty seconds that are calm and lack no order; wishes in flight are usual a little later."""
    assert recovered(DRAINS, 40) == 54
    assert drained(DRAINS, 40) == 14


@pytest.mark.parametrize(
    ("mean", "found"),
    [
        pytest.param(6.0, 100, id="as usual, and single seconds above ten"),
        pytest.param(20.0, 0, id="a queue that stands"),
    ],
)
def test_chance_does_not_put_off_a_recovery(mean: float, found: int) -> None:
    """Of a hundred runs whose load is back and whose orders all come, 95 are over within five seconds, and none where a queue stands."""
    rng = np.random.default_rng(1)
    offered = np.full(70, 12.0)
    runs = [Aftermath(offered, offered, rng.poisson(mean, 70).astype(np.float64), 5.0) for _ in range(100)]
    ended = [recovered(run, 10) for run in runs]

    assert sum(second is not None and second <= 15 for second in ended) >= 0.95 * found
    assert sum(second is not None for second in ended) <= found


def test_thirty_seconds_must_be_seen() -> None:
    """A run that ends too soon has no recovery, whatever its last seconds look like."""
    short = Aftermath(SURGE[:80], DRAINS.good[:80], DRAINS.in_flight[:80], 10.0)

    assert recovered(short, 40) is None
    assert drained(Aftermath(SURGE[:43], DRAINS.good[:43], DRAINS.in_flight[:43], 10.0), 40) is None


def test_what_is_stuck_never_recovers() -> None:
    """Neither the queue nor the goodput comes back."""
    assert recovered(STUCK, 40) is None
    assert drained(STUCK, 40) is None


@pytest.mark.parametrize(
    ("run", "amplification", "found"),
    [
        pytest.param(STUCK, 1.0, True, id="the queue does not fall"),
        pytest.param(STUCK, 3.0, True, id="retries keep it up"),
        pytest.param(DRAINS, 3.0, False, id="all orders came again"),
        pytest.param(aftermath(np.full(400, 5.0), np.linspace(5000, 10, 400)), 1.0, False, id="it still drains"),
        pytest.param(aftermath(np.full(400, 5.0), np.linspace(5000, 10, 400)), 1.3, True, id="it drains, but is fed"),
    ],
)
def test_metastable(run: Aftermath, amplification: float, found: bool) -> None:
    """Down without the cause, and either fed by retries or not getting emptier."""
    assert is_metastable(run, 40, CAPACITY, timeout_s=8.0, amplification=amplification) is found


def test_metastable_is_not_decided_too_soon() -> None:
    """It takes five minutes of low load, or ten timeouts if they are longer."""
    assert is_metastable(STUCK, 40, CAPACITY, timeout_s=60.0, amplification=3.0) is None
    assert low_load_s(STUCK, 40, CAPACITY) == 400
    assert low_load_s(STUCK, 40, 55.0) == 0


def test_hysteresis() -> None:
    """Refusals that end at 80 of a load of 100 at which they began: 20 %; repeats that straddle 0 are 0, and so is one run."""
    assert hysteresis(100.0, 80.0) == pytest.approx(0.2)
    assert hysteresis_of([0.2, 0.22, 0.18]) == pytest.approx(0.2)
    assert hysteresis_of([0.1, -0.1, 0.05]) == 0.0
    assert hysteresis_of([0.2]) == 0.0


@pytest.mark.parametrize(
    ("failed", "attempts", "bound"), [(0.5, 3, 1.75), (0.5, 4, 1.875), (0.0, 9, 1.0), (1.0, 3, 3.0), (0.3, 1, 1.0)]
)
def test_amplification_of_retries(failed: float, attempts: int, bound: float) -> None:
    """(1 - f^r) / (1 - f), and r where everything fails."""
    assert amplification_bound(failed, attempts) == pytest.approx(bound)


@given(failed=st.floats(0, 1), attempts=st.integers(1, 20))
def test_the_bound_is_the_sum_of_the_attempts(failed: float, attempts: int) -> None:
    """Each attempt is made by those whose earlier ones all failed."""
    assert amplification_bound(failed, attempts) == pytest.approx(sum(failed**k for k in range(attempts)), rel=1e-6)


def test_a_share_outside_0_and_1_is_refused() -> None:
    """Nonsense is a ValueError that says what is needed."""
    with pytest.raises(ValueError, match="a share of 0 to 1 and at least one attempt are needed, got"):
        amplification_bound(1.5, 3)
