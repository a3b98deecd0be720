"""The error budget of an event: how much of the allowed bad share is spent, and how fast.

    burn rate = bad share / (1 - target)                 spent = bad / ((1 - target) x planned events)

A pair of windows alerts when the burn rate exceeds fraction x period / long window in both the long one and a short one of
a twelfth of it. For a period of days the fractions and windows are those of the workbook: 2 % in an hour, 5 % in six, 10 % in
three days of thirty (14.4, 6, 1). A shorter event takes 5 % in period/108 and 10 % in period/18 (5.4, 1.8: of nine hours
5 and 30 minutes). The limits assume an even load: in the busiest hour of a festival a window spends more than its fraction.

Source: Google SRE workbook, alerting on SLOs. Pure functions of counts by second; this module must not know runs.
"""

import msgspec
import numpy as np
from numpy.typing import NDArray

Int64s = NDArray[np.int64]
_SECONDS = {"m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
_DAY_S = 86400
_SHORT_SHARE = 12
"""The short window is so many times shorter than the long one."""
_OF_DAYS = ((0.02, 720), (0.05, 120), (0.10, 10))
_OF_AN_EVENT = ((0.05, 108), (0.10, 18))
"""Fraction of the budget, and how many long windows make a period."""


class BurnWindow(msgspec.Struct, frozen=True):
    """One pair of windows. Burn rates are multiples of the rate that spends the budget in exactly the period."""

    long_s: int
    short_s: int
    fraction: float
    """Share of the budget that the long window may spend."""
    limit: float
    worst: float | None
    """The highest burn rate that both windows reached in one second; None when the run is shorter than the long window."""
    worst_second: int | None
    """The last second of those windows."""
    alerts: bool


class Budget(msgspec.Struct, frozen=True):
    """What a share objective may spend, and has spent."""

    allowed_share: float
    planned_events: float
    """Events that the event was to have: those judged, plus those of the planned seconds that the record does not reach."""
    bad: int
    spent: float
    """Share of the budget of the planned events; above 1 = more than all of it."""
    burn_rate: float
    """Over all seconds judged."""
    period_s: float
    """The objective's time window, else the run's planned length."""
    period_is_window: bool
    windows: list[BurnWindow]


def period_of(window: str, planned_s: float) -> tuple[float, bool]:
    """The burn period in seconds: the time window of the objective (``9h``) when it has one, else the run's planned length."""
    return (float(window[:-1]) * _SECONDS[window[-1]], True) if window else (planned_s, False)


def budget_of(
    bad: Int64s, n: Int64s, target: float, *, planned_events: float, period: tuple[float, bool]
) -> Budget | None:
    """The budget of a share objective; ``bad`` and ``n`` are counts of every second, 0 where a second is not judged.

    None when there is no event or when the target allows nothing.
    """
    allowed, total, lost = 1 - target, int(n.sum()), int(bad.sum())
    if not total or allowed <= 0:
        return None
    period_s, is_window = period
    return Budget(
        allowed_share=allowed,
        planned_events=planned_events,
        bad=lost,
        spent=lost / (allowed * planned_events),
        burn_rate=lost / total / allowed,
        period_s=period_s,
        period_is_window=is_window,
        windows=_windows(bad, n, allowed, period_s),
    )


def _windows(bad: Int64s, n: Int64s, allowed: float, period_s: float) -> list[BurnWindow]:
    found = []
    for fraction, parts in _OF_DAYS if period_s >= _DAY_S else _OF_AN_EVENT:
        long_s = round(period_s / parts)
        if long_s < _SHORT_SHARE:  # the short window would be less than a second, the finest that the record knows
            continue
        short_s, limit = round(long_s / _SHORT_SHARE), fraction * parts
        worst, second = _worst(bad, n, allowed, long_s, short_s)
        found.append(BurnWindow(long_s, short_s, fraction, limit, worst, second, worst is not None and worst > limit))
    return found


def _worst(bad: Int64s, n: Int64s, allowed: float, long_s: int, short_s: int) -> tuple[float | None, int | None]:
    """The highest of the lower of both windows' burn rates, and the second in which they end."""
    if len(n) < long_s:
        return None, None
    rates, ends = [], np.arange(long_s, len(n) + 1)
    for length in (long_s, short_s):
        sums = [np.concatenate(([0], np.cumsum(counts))) for counts in (bad, n)]
        lost, total = (one[ends] - one[ends - length] for one in sums)
        rates.append(np.divide(lost, total * allowed, out=np.zeros(len(total)), where=total > 0))
    lower = np.minimum(*rates)
    place = int(lower.argmax())
    return float(lower[place]), place + long_s - 1
