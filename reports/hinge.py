"""Finds the offered load at which a rate limit begins to refuse, while the load rises gradually.

A limit of C per second refuses what exceeds it, so the refused share bends upwards at C:

    p_t = base + v (1 - base) max(0, 1 - C / lambda_t)

with v the share of refusals that the series counts (1 when it counts all). A step between two shares cannot describe that:
its date and load come out late. The hinge has no place where load jumps or is flat: there the step model dates the onset.

A bucket that has saved tokens up hides the bend: it refuses nobody until they are spent, and then at once the share of the
hinge. Where the counts prove such a delay, the hinge holds from the second in which refusals begin.

Pure functions of counts and rates by second; this module must not know how an alarm was raised (``cusum``).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]

DATA_AFTER_ALARM_S = 60
DATA_BEFORE_ALARM_S = 900
"""Earlier seconds were calmer still: they move no estimate, and the search costs the square of the seconds."""
INTERVAL = 1.92
"""Half the 95 % quantile of chi-squared with one degree of freedom: how far the log likelihood may fall."""
DELAY = 3.0
"""Log likelihood by which a delayed hinge must win: as many refusals were due and not seen, of which e^-3 is the chance."""
SCATTER_SECONDS = 10
"""Fewest seconds above the limit that say how much the counts scatter about the hinge."""
TAILS = (0.025, 0.975)
ALMOST_ALL = 1 - 1e-12


@dataclass(frozen=True, slots=True)
class Hinge:
    """A fitted hinge; rates in the unit of the offered rate, seconds from the run's start."""

    first_throttle_per_s: float
    """C."""
    low: float
    high: float
    """Ends of the 95 % likelihood interval of C."""
    second: int
    """The onset: the first second whose share by the hinge exceeds the tolerated one, or the end of a proven delay."""
    first: int
    last: int
    """The onset for ``low`` and for ``high``, or the 95 % set of a delay's end."""
    log_likelihood: float
    """For a comparison with another model of the same counts."""


def hinge_window(floor: int, alarm: int, length: int) -> slice:
    """The seconds that a hinge is fitted to."""
    return slice(max(floor, alarm - DATA_BEFORE_ALARM_S), min(alarm + DATA_AFTER_ALARM_S, length - 1) + 1)


def fit_hinge(
    bad: Counts | Floats, n: Counts, offered: Floats, *, window: slice, alarm: int, base: float, tolerated_share: float,
    voice: float = 1.0, phi: float = 1.0,
) -> Hinge | None:  # fmt: skip
    """The most likely C among the rates of the window's seconds, with its interval and its onset.

    ``base`` is the share before the onset, in (0, 1). The onset is not the first second with a rate of C or more: a plateau that
    equals the limit refuses nobody. Likelihoods are divided by the scatter of the counts about the hinge where that is
    above ``phi``: a limit that lets exactly C through refuses all the scatter of the arrivals. None when by the hinge no
    second exceeds the tolerated share.
    """
    k, m, rate = bad[window].astype(np.float64), n[window].astype(np.float64), offered[window]
    limits = np.unique(rate[rate > 0])
    if not len(limits):
        return None
    over = np.maximum(0.0, 1 - limits[:, None] / np.maximum(rate, limits[0])[None, :])
    share = np.minimum(base + voice * (1 - base) * over, ALMOST_ALL)
    calm = k * np.log(base) + (m - k) * np.log1p(-base)
    gain = np.cumsum((k * np.log(share) + (m - k) * np.log1p(-share) - calm)[:, ::-1], axis=1)[:, ::-1]
    # Row: a limit. Column: the second from which it holds; from the first one on is the hinge without a delay.
    gain = gain[:, : alarm + 1 - window.start]
    plain, delayed = gain[:, 0], gain.max(axis=1)
    best = int(delayed.argmax())
    scale = max(phi, _scatter(k, m, share[best], base))
    is_delayed = float(delayed.max() - plain.max()) > DELAY
    profile = delayed if is_delayed else plain
    best = int(profile.argmax())
    inside = np.flatnonzero(profile >= profile[best] - INTERVAL * scale)
    # C was not looked for between two candidates, so the interval reaches to the next ones that are ruled out.
    low, high = max(int(inside[0]) - 1, 0), min(int(inside[-1]) + 1, len(limits) - 1)
    bends = _bends(rate, limits[[best, low, high]], voice, tolerated_share)
    onsets = _delay_end(gain[best] / scale) if is_delayed else bends
    if onsets is None:
        return None
    second, first, last = (window.start + place for place in onsets)
    likelihood = float(calm.sum() + profile[best]) / phi
    return Hinge(float(limits[best]), float(limits[low]), float(limits[high]), second, first, last, likelihood)


def _scatter(k: Floats, m: Floats, share: Floats, base: float) -> float:
    """Pearson's chi-squared of the seconds above the limit, over their number: 1 for independent events."""
    above = (share > base) & (k > 0)
    if int(above.sum()) < SCATTER_SECONDS:
        return 1.0
    expected, p = m[above] * share[above], share[above]
    return float(np.sum((k[above] - expected) ** 2 / (expected * (1 - p))) / (int(above.sum()) - 1))


def _bends(rate: Floats, limits: Floats, voice: float, tolerated_share: float) -> tuple[int, int, int] | None:
    """The first second in which each limit refuses more than is tolerated; None when the first or second never does."""
    refusing = voice * (rate[None, :] - limits[:, None]) > tolerated_share * rate[None, :]
    second, first, last = refusing.argmax(axis=1).tolist()
    if not refusing[:2].any(axis=1).all():
        return None
    return second, first, last if refusing[2].any() else len(rate) - 1


def _delay_end(gain: Floats) -> tuple[int, int, int]:
    """The likeliest second from which the hinge holds, and the central 95 % of its posterior."""
    weights = np.exp(gain - gain.max())
    cumulative = np.cumsum(weights / weights.sum())
    first, last = (min(int(np.searchsorted(cumulative, tail)), len(gain) - 1) for tail in TAILS)
    second = int(gain.argmax())
    return second, min(first, second), max(last, second)
