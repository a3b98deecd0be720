"""Finds the offered load at which a rate limit begins to refuse, while the load rises gradually.

A limit of C per second refuses what exceeds it, so the refused share bends upwards at C:

    p_t = base + v (1 - base) max(0, 1 - C / lambda_t)

with v the share of refusals that the series counts (1 when it counts all). A step between two shares cannot describe that:
its date and load come out late. The hinge has no place where load jumps or is flat: there the step model dates the onset.

Pure functions of counts and rates by second; this module must not know how an alarm was raised (``cusum``).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]

BEFORE_S, AFTER_S = 10, 30
"""The curve is looked at from 10 s before the onset to 30 s after it."""
RISE = 0.02
"""A curve that rises by less, as a share of its highest rate, is flat: no alarm can place the load finer."""
LARGEST_STEP = 0.25
"""A rise of which one second brings more than a quarter is a jump: which load refuses first is then not seen."""
DATA_AFTER_ALARM_S = 60
DATA_BEFORE_ALARM_S = 900
"""Earlier seconds were calmer still: they move no estimate, and the search costs the square of the seconds."""
INTERVAL = 1.92
"""Half the 95 % quantile of chi-squared with one degree of freedom: how far the log likelihood may fall."""


@dataclass(frozen=True, slots=True)
class Hinge:
    """A fitted hinge; rates in the unit of the offered rate, seconds from the run's start."""

    first_throttle_per_s: float
    """C."""
    low: float
    high: float
    """Ends of the 95 % likelihood interval of C."""
    second: int
    """The first second whose share of refusals by the hinge exceeds the tolerated one."""
    first: int
    last: int
    """The same second for ``low`` and for ``high``."""
    log_likelihood: float


def rises_gradually(offered: Floats, onset: int) -> bool:
    """Whether the offered rate rises around the onset, and without a jump; ``offered`` is by second."""
    around = offered[max(0, onset - BEFORE_S) : onset + AFTER_S + 1]
    rise = float(around.max() - around[0])
    return rise > RISE * float(around.max()) and float(np.diff(around).max()) <= LARGEST_STEP * rise


def hinge_window(floor: int, alarm: int, length: int) -> slice:
    """The seconds that a hinge is fitted to."""
    return slice(max(floor, alarm - DATA_BEFORE_ALARM_S), min(alarm + DATA_AFTER_ALARM_S, length - 1) + 1)


def fit_hinge(
    bad: Counts, n: Counts, offered: Floats, *, window: slice, base: float, tolerated_share: float,
    voice: float = 1.0, phi: float = 1.0,
) -> Hinge | None:  # fmt: skip
    """The most likely C among the rates of the window's seconds, with its interval and its onset.

    ``base`` is the share before the onset, in (0, 1). The onset is not the first second with a rate of C or more: a plateau that
    equals the limit refuses nobody. None when by the hinge no second exceeds the tolerated share.
    """
    k, m, rate = bad[window].astype(np.float64), n[window].astype(np.float64), offered[window]
    candidates = np.unique(rate[rate > 0])
    if not len(candidates):
        return None
    over = np.maximum(0.0, 1 - candidates[:, None] / np.maximum(rate, candidates[0])[None, :])
    share = np.minimum(base + voice * (1 - base) * over, 1 - 1e-12)
    likelihood = (k * np.log(share) + (m - k) * np.log1p(-share)).sum(axis=1) / phi
    inside = np.flatnonzero(likelihood >= likelihood.max() - INTERVAL)
    # C was not looked for between two candidates, so the interval reaches to the next ones that are ruled out.
    ends = max(int(inside[0]) - 1, 0), min(int(inside[-1]) + 1, len(candidates) - 1)
    best, low, high = (float(candidates[place]) for place in (int(likelihood.argmax()), *ends))
    onsets = [_first_refusing(rate, limit, voice, tolerated_share) for limit in (best, low, high)]
    if onsets[0] is None or onsets[1] is None:
        return None
    last = onsets[2] if onsets[2] is not None else len(rate) - 1
    second, first, last = (window.start + place for place in (onsets[0], onsets[1], last))
    return Hinge(best, low, high, second, first, last, float(likelihood.max()))


def _first_refusing(rate: Floats, limit: float, voice: float, tolerated_share: float) -> int | None:
    refusing = np.flatnonzero(voice * (rate - limit) > tolerated_share * rate)
    return int(refusing[0]) if len(refusing) else None
