"""Budget and burn rates of an event: the sheet's numbers, and where windows do not fit."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from reports.error_budget import Budget, budget_of, period_of

HOUR = 3600


def budget(bad: NDArray[np.int64], n: NDArray[np.int64], window: str = "", planned: float | None = None) -> Budget:
    """The budget at a target of 99 %."""
    found = budget_of(bad, n, 0.99, planned_events=planned or float(n.sum()), period=period_of(window, float(len(n))))
    assert found is not None
    return found


def even(seconds: int, a_second: int) -> NDArray[np.int64]:
    """So many events in each second."""
    return np.full(seconds, a_second, dtype=np.int64)


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        pytest.param("", [(300, 25, 5.4), (1800, 150, 1.8)], id="the nine hours of the run"),
        pytest.param("30d", [(3600, 300, 14.4), (21600, 1800, 6.0), (259200, 21600, 1.0)], id="thirty days"),
    ],
)
def test_the_windows_of_the_sheet(window: str, expected: list[tuple[int, int, float]]) -> None:
    """Nine hours take 5.4 in 5 min and 1.8 in 30 min; thirty days 14.4, 6 and 1."""
    found = budget(even(9 * HOUR, 0) * 0, even(9 * HOUR, 10), window).windows

    assert [(one.long_s, one.short_s, pytest.approx(one.limit)) for one in found] == expected
    assert [one.worst is None for one in found] == [one.long_s > 9 * HOUR for one in found]
    assert not any(one.alerts for one in found)


def test_spent_and_burn_rate() -> None:
    """2 % bad against 1 % allowed burn twice as fast and spend twice the budget; half of it when half is still to come."""
    whole = budget(even(200, 2), even(200, 100))
    half = budget(even(200, 2), even(200, 100), planned=40_000.0)

    assert (whole.burn_rate, whole.spent, whole.bad) == (pytest.approx(2.0), pytest.approx(2.0), 400)
    assert (half.burn_rate, half.spent) == (pytest.approx(2.0), pytest.approx(1.0))


def test_a_burst_alerts_in_both_windows_only() -> None:
    """Ten minutes at 8 % alert; a burst shorter than the short window's share of the long one does not."""
    n = even(9 * HOUR, 100)
    long_burst, blip = np.zeros_like(n), np.zeros_like(n)
    long_burst[HOUR : HOUR + 600] = 8
    blip[HOUR : HOUR + 5] = 100

    burning = budget(long_burst, n).windows[0]
    assert (burning.alerts, burning.worst) == (True, pytest.approx(8.0))
    assert burning.worst_second is not None
    assert HOUR + 299 <= burning.worst_second < HOUR + 600
    assert not budget(blip, n).windows[0].alerts


def test_a_short_run_has_no_windows() -> None:
    """Below twelve seconds a long window would have a short one of less than a second."""
    assert budget(even(60, 1), even(60, 100)).windows == []


def test_nothing_to_spend() -> None:
    """No event, or a target that allows nothing, has no budget."""
    nothing = even(10, 0)

    assert budget_of(nothing, nothing, 0.99, planned_events=0.0, period=(10.0, False)) is None
    assert budget_of(nothing, even(10, 1), 1.0, planned_events=10.0, period=(10.0, False)) is None


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        pytest.param("", (600.0, False), id="the run"),
        pytest.param("9h", (32400.0, True), id="hours"),
        pytest.param("30m", (1800.0, True), id="minutes"),
        pytest.param("4w", (2419200.0, True), id="weeks"),
    ],
)
def test_the_period(window: str, expected: tuple[float, bool]) -> None:
    """The time window of the objective, else the run's planned length."""
    assert period_of(window, 600.0) == expected


@given(st.integers(0, 2**32), st.floats(0, 1), st.integers(1300, 1400))
def test_no_window_burns_faster_than_all_bad(seed: int, share: float, seconds: int) -> None:
    """A burn rate lies between 0 and 1 / (1 - target), the rate at which everything is bad."""
    rng = np.random.default_rng(seed)
    n = rng.integers(1, 50, seconds)

    for window in budget(rng.binomial(n, share), n).windows:
        assert window.worst is not None
        assert 0 <= window.worst <= 100 + 1e-9
