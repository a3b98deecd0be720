"""Dates the second in which a share rose above the tolerated one, or fell back: a step between two binomial shares.

Every candidate second tau gets the likelihood of the counts before it under the known lower share, times the marginal
likelihood of the counts from it on under a share of which nothing is known (Jeffreys' prior, Beta(1/2, 1/2)). Normalised over
all tau this is the posterior of the step; the date is its mode, its certainty the central 95 %.

Pure functions of counts by second; this module must not know why an episode was looked for (``cusum``).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaln

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]

AFTER_ALARM_S = 30
"""Seconds after the alarm that a date may look at: later ones tell of the episode's course, not of its start."""
BASE_S = 60
"""Longest baseline; its share only has to be placed between a fifth and the whole of the tolerated one."""
LOWEST_BASE = 0.2
PRIOR = 0.5
SET_LOW, SET_HIGH = 0.025, 0.975


@dataclass(frozen=True, slots=True)
class Dated:
    """A dated step; seconds from the run's start."""

    second: int
    first: int
    """First second of the 95 % set."""
    last: int
    weight: float
    """Posterior probability of ``second``."""
    log_likelihood: float
    """Of the best second, for a comparison with another model of the same counts."""


def base_share(bad: Counts, n: Counts, *, tolerated_share: float, warm_up_s: int, alarm: int) -> float:
    """The share before the first episode: (K + 1/2) / (N + 1), held between .2 and 1 of the tolerated share.

    K and N are those of the first 60 s after warm-up, but at most of half of the seconds from the warm-up to the run's first
    alarm: an alarm comes four seconds after its onset at the earliest and may come much later, so a baseline that ran up
    to it would learn the episode as its own normal. Half keeps clear of every onset that lies in the second half; where one
    does not, the clip bounds the harm to a baseline at the tolerated share.
    """
    end = warm_up_s + min(BASE_S, max(0, alarm - warm_up_s) // 2)
    share = (float(bad[warm_up_s:end].sum()) + 0.5) / (float(n[warm_up_s:end].sum()) + 1)
    return min(max(share, LOWEST_BASE * tolerated_share), tolerated_share)


def date_onset(
    bad: Counts, n: Counts, *, floor: int, alarm: int, base: float, phi: float = 1.0, after_s: int = AFTER_ALARM_S
) -> Dated:
    """The second in [floor, alarm] from which the share is higher; ``base`` is the share before it.

        ll(tau) = (K0 ln base + (N0 - K0) ln(1 - base) + lnB(1/2 + K1, 1/2 + N1 - K1)) / phi

    with K0, N0 over [floor, tau) and K1, N1 over [tau, alarm + after_s], cut at the record's end.
    """
    end = min(alarm + after_s, len(bad) - 1) + 1
    taus = np.arange(floor, alarm + 1)
    sums_bad, sums_good = _prefix_sums(bad, n)
    before = _known(sums_bad[taus] - sums_bad[floor], sums_good[taus] - sums_good[floor], base)
    after = _unknown(sums_bad[end] - sums_bad[taus], sums_good[end] - sums_good[taus])
    return _mode(taus, (before + after) / phi)


def date_end(bad: Counts, n: Counts, *, onset: int, closed: int, base: float, phi: float = 1.0) -> Dated:
    """The first second in (onset, closed] from which the share is back at ``base``: the roles exchanged."""
    taus = np.arange(onset + 1, closed + 1)
    sums_bad, sums_good = _prefix_sums(bad, n)
    before = _unknown(sums_bad[taus] - sums_bad[onset], sums_good[taus] - sums_good[onset])
    after = _known(sums_bad[closed + 1] - sums_bad[taus], sums_good[closed + 1] - sums_good[taus], base)
    return _mode(taus, (before + after) / phi)


def _prefix_sums(bad: Counts, n: Counts) -> tuple[Counts, Counts]:
    return np.concatenate(([0], np.cumsum(bad))), np.concatenate(([0], np.cumsum(n - bad)))


def _known(bad: Counts, good: Counts, share: float) -> Floats:
    known: Floats = bad * np.log(share) + good * np.log1p(-share)
    return known


def _unknown(bad: Counts, good: Counts) -> Floats:
    return np.asarray(betaln(PRIOR + bad, PRIOR + good), dtype=np.float64)


def _mode(taus: Counts, log_likelihood: Floats) -> Dated:
    best = int(log_likelihood.argmax())
    weights = np.exp(log_likelihood - log_likelihood[best])
    weights /= weights.sum()
    cumulative = np.cumsum(weights)
    first, last = (min(int(np.searchsorted(cumulative, level)), len(taus) - 1) for level in (SET_LOW, SET_HIGH))
    return Dated(int(taus[best]), int(taus[first]), int(taus[last]), float(weights[best]), float(log_likelihood[best]))
