"""When an overload was over: recovery, drain, hysteresis, metastable failure and retry amplification, from rates by second.

Sources: Bronson et al., HotOS 2021, and Huang et al., OSDI 2022 (metastable failures). Pure functions of arrays and numbers; a target
that stays down after the cause is gone must not be taken for one that is still overloaded, nor the other way round.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reports.queueing import FEW, TWICE
from reports.verdict import t_interval

Floats = NDArray[np.float64]

HELD_S = 30
"""Recovery must hold for so long."""
WHOLE = 0.99
"""Goodput as a share of what is wished, from which nothing is missing."""
DRAINED_S = 5
ROOM = 0.9
"""Load below this share of the capacity has room."""
METASTABLE_S, TIMEOUTS = 300.0, 10.0
AMPLIFIED = 1.2
_TINY = 1e-12
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Aftermath:
    """The run by second, as far as it is recorded: offered and good wishes per second, wishes in flight at the second's end."""

    offered: Floats
    good: Floats
    in_flight: Floats
    usual_in_flight: float
    """Its median while nothing was wrong."""

    @property
    def few(self) -> NDArray[np.bool_]:
        """Which seconds hold at most twice the usual wishes in flight, or ten."""
        few: NDArray[np.bool_] = self.in_flight <= self._limit
        return few

    @property
    def few_on_average(self) -> NDArray[np.bool_]:
        """Which seconds begin five that hold no more than that on average; chance brings a single one above it in every half minute."""
        if len(self.in_flight) < DRAINED_S:
            return np.zeros(0, dtype=np.bool_)
        mean = np.convolve(self.in_flight, np.full(DRAINED_S, 1 / DRAINED_S), "valid")
        few: NDArray[np.bool_] = mean <= self._limit
        return few

    @property
    def _limit(self) -> float:
        return max(TWICE * self.usual_in_flight, FEW)


def is_over(offered: Floats, capacity_per_s: float, onset: int) -> bool:
    """Whether the load exceeded the capacity at all, from the onset on."""
    return bool(_exceeds(offered[onset:], capacity_per_s).any())


def trigger_removed(offered: Floats, capacity_per_s: float, onset: int) -> int | None:
    """The second in which the load came back to the capacity for good; None when it never exceeded it, or never came back."""
    over = np.flatnonzero(_exceeds(offered[onset:], capacity_per_s))
    if not len(over):
        return None
    removed = onset + int(over[-1]) + 1
    return removed if removed < len(offered) else None


def _exceeds(offered: Floats, capacity_per_s: float) -> NDArray[np.bool_]:
    """By more than rounding: two seconds of the same load differ in their last digits."""
    exceeds: NDArray[np.bool_] = offered > capacity_per_s * (1 + _ROUNDING)
    return exceeds


def recovered(run: Aftermath, since: int) -> int | None:
    """The first second, not before ``since``, with few wishes in flight, of 30 that have few on average and whose goodput is 99 % of
    what was wished; None = not seen."""
    few, calm, total_good, total = run.few, run.few_on_average, _sums(run.good), _sums(run.offered)
    for second in range(since, len(run.offered) - HELD_S + 1):
        end = second + HELD_S
        whole = total_good[end] - total_good[second] >= WHOLE * (total[end] - total[second])
        if whole and few[second] and bool(calm[second : end - DRAINED_S + 1].all()):
            return second
    return None


def drained(run: Aftermath, removed: int) -> int | None:
    """Seconds from the removal of the cause until wishes in flight were usual for five seconds; None = not seen."""
    calm = run.few_on_average[removed:]
    usual = calm & run.few[removed : removed + len(calm)]
    return int(usual.argmax()) if usual.any() else None


def _sums(values: Floats) -> Floats:
    return np.concatenate(([0.0], np.cumsum(values)))


def hysteresis(load_on: float, load_off: float) -> float:
    """1 - load_off / load_on: how much lower the load must fall before refusals end than it was when they began."""
    return 1 - load_off / load_on


def hysteresis_of(repeats: Sequence[float]) -> float:
    """The mean over repeated runs; 0 when its 95 % interval covers 0, and for fewer than two runs."""
    if len(repeats) < 2:  # noqa: PLR2004 - one run has no interval
        return 0.0
    interval = t_interval(list(repeats))
    return 0.0 if interval.low <= 0 <= interval.high else interval.value


def low_load_s(run: Aftermath, removed: int, capacity_per_s: float) -> int:
    """How many seconds from the removal on the load stayed below nine tenths of the capacity."""
    high = np.flatnonzero(run.offered[removed:] > ROOM * capacity_per_s)
    return int(high[0]) if len(high) else len(run.offered) - removed


def is_metastable(
    run: Aftermath, removed: int, capacity_per_s: float, *, timeout_s: float, amplification: float
) -> bool | None:
    """Whether the target stays down without its cause; None when the load was not low for long enough to say.

    Yes when load <= .9 C for max(5 min, 10 client timeouts) after the removal, and at the end of it goodput is below .9 of the
    load, and either A > 1.2 or the wishes in flight do not fall. The end is its last fifth; falling is against the fifth before.
    """
    lasts = low_load_s(run, removed, capacity_per_s)
    if lasts < max(METASTABLE_S, TIMEOUTS * timeout_s):
        return None
    fifth, end = lasts // 5, removed + lasts
    last, before = slice(end - fifth, end), slice(end - 2 * fifth, end - fifth)
    if float(run.good[last].sum()) >= ROOM * float(run.offered[last].sum()):
        return False
    is_falling = float(run.in_flight[last].mean()) < ROOM * float(run.in_flight[before].mean())
    return amplification > AMPLIFIED or not is_falling


def amplification_bound(failed: float, attempts: int) -> float:
    """The most that retries multiply the load: A <= (1 - f^r) / (1 - f) with failure share f and r attempts in all.

    Layers that each retry multiply their bounds; a budget of b retries a first attempt gives A <= 1 + b. ValueError unless 0 <= f <= 1 and r >= 1.
    """
    if not (0 <= failed <= 1 and attempts >= 1):
        msg = f"a share of 0 to 1 and at least one attempt are needed, got {failed} and {attempts}"
        raise ValueError(msg)
    return float(attempts) if 1 - failed < _TINY else (1 - failed**attempts) / (1 - failed)
