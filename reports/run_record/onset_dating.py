"""Dates the second in which a share rose above the tolerated one, or fell back: a step between two binomial shares.

Every candidate second tau gets the likelihood of the counts before it under the known lower share, times the marginal
likelihood of the counts from it on under a share of which nothing is known (Jeffreys' prior, Beta(1/2, 1/2)). Normalised over
all tau this is the posterior of the step; the date is its mode, its certainty the central 95 %.

Pure functions of counts by second, in plain Python, since the generator dates with them too. This module must not know why an
episode was looked for.
"""

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from reports.run_record.cusum import Rule, is_alarming

AFTER_ALARM_S = 30
"""Seconds after the alarm that a date may look at: later ones tell of the episode's course, not of its start."""
BASE_S = 60
"""Longest baseline; its share only has to be placed between a fifth and the whole of the tolerated one."""
LOWEST_BASE = 0.2
PRIOR = 0.5
SET_LOW, SET_HIGH = 0.025, 0.975
GROWS = 3.0
"""Log likelihood by which two shares after the onset must beat one."""


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
    """Of the best second with one share after it, for a comparison with another model of the same counts."""


def base_share(bad: Sequence[int], n: Sequence[int], *, tolerated_share: float, warm_up_s: int, alarm: int) -> float:
    """The share before the first episode: (K + 1/2) / (N + 1), held between .2 and 1 of the tolerated share.

    K and N are those of the first 60 s after warm-up, but at most of half of the seconds from the warm-up to the run's first
    alarm: an alarm comes four seconds after its onset at the earliest and may come much later, so a baseline that ran up
    to it would learn the episode as its own normal. Half keeps clear of every onset that lies in the second half; where one
    does not, the clip bounds the harm to a baseline at the tolerated share.
    """
    end = warm_up_s + min(BASE_S, max(0, alarm - warm_up_s) // 2)
    share = (sum(bad[warm_up_s:end]) + 0.5) / (sum(n[warm_up_s:end]) + 1)
    return min(max(share, LOWEST_BASE * tolerated_share), tolerated_share)


def date_onset(
    bad: Sequence[int], n: Sequence[int], *,
    floor: int, alarm: int, base: float, phi: float = 1.0, after_s: int = AFTER_ALARM_S,
) -> Dated:  # fmt: skip
    """The second in [floor, alarm] from which the share is higher; ``base`` is the share before it.

        ll(tau) = (K0 ln base + (N0 - K0) ln(1 - base) + lnB(1/2 + K1, 1/2 + N1 - K1)) / phi

    with K0, N0 over [floor, tau) and K1, N1 over [tau, alarm + after_s], cut at the record's end. Where refusals begin with a few
    and become many, one share for all of them gives the few to the calm before: when two shares, that until the alarm and that
    after it, are e^3 times as likely over all tau, the date is theirs.
    """
    end = min(alarm + after_s, len(bad) - 1) + 1
    bads, goods = _prefix_sums(bad[floor:end], n[floor:end])
    taus, at_alarm = range(alarm + 1 - floor), alarm + 1 - floor
    before = [_known(bads[tau], goods[tau], base) for tau in taus]
    one = [(before[tau] + _unknown(bads[-1] - bads[tau], goods[-1] - goods[tau])) / phi for tau in taus]
    later = _unknown(bads[-1] - bads[at_alarm], goods[-1] - goods[at_alarm])
    two = [
        (before[tau] + _unknown(bads[at_alarm] - bads[tau], goods[at_alarm] - goods[tau]) + later) / phi for tau in taus
    ]
    if end > alarm + 1 and _evidence(two) > _evidence(one) + GROWS:
        return replace(_mode(floor, two), log_likelihood=max(one))
    return _mode(floor, one)


def date_end(
    bad: Sequence[int], n: Sequence[int], *, onset: int, closed: int, base: float, phi: float = 1.0
) -> Dated:  # fmt: skip
    """The first second in (onset, closed] from which the share is back at ``base``: the roles exchanged."""
    bads, goods = _prefix_sums(bad[onset : closed + 1], n[onset : closed + 1])
    likelihoods = [
        (_unknown(k, g) + _known(bads[-1] - k, goods[-1] - g, base)) / phi
        for k, g in zip(bads[1:-1], goods[1:-1], strict=True)
    ]
    return _mode(onset + 1, likelihoods)


def with_part_second(
    dated: Dated, bad: Sequence[int], n: Sequence[int], *, floor: int, rule: Rule, phi: float
) -> Dated:
    """The date, moved back over seconds that alone hold more evidence than an alarm needs.

    An onset in the middle of a second leaves it a share between the two, which the step model gives to the calm side.
    """
    second = dated.second
    while second > floor and is_alarming(rule, bad[second - 1], n[second - 1], phi):
        second -= 1
    return replace(dated, second=second, first=min(dated.first, second), last=max(dated.last, second))


def _prefix_sums(bad: Sequence[int], n: Sequence[int]) -> tuple[list[int], list[int]]:
    """Bad and good events before each second, and in all."""
    goods = (m - k for k, m in zip(bad, n, strict=True))
    return list(accumulate(bad, initial=0)), list(accumulate(goods, initial=0))


def _known(bad: int, good: int, share: float) -> float:
    return bad * math.log(share) + good * math.log1p(-share)


def _unknown(bad: int, good: int) -> float:
    """ln B(1/2 + bad, 1/2 + good)."""
    return math.lgamma(PRIOR + bad) + math.lgamma(PRIOR + good) - math.lgamma(2 * PRIOR + bad + good)


def _evidence(log_likelihood: list[float]) -> float:
    """The logarithm of the sum of likelihoods."""
    highest = max(log_likelihood)
    return highest + math.log(sum(math.exp(one - highest) for one in log_likelihood))


def _mode(start: int, log_likelihood: list[float]) -> Dated:
    """``log_likelihood`` is that of ``start`` and the seconds after it."""
    highest = max(log_likelihood)
    weights = [math.exp(one - highest) for one in log_likelihood]
    total = sum(weights)
    cumulative = list(accumulate(weight / total for weight in weights))
    best = log_likelihood.index(highest)
    first, last = (min(bisect_left(cumulative, level), len(weights) - 1) for level in (SET_LOW, SET_HIGH))
    return Dated(start + best, start + first, start + last, weights[best] / total, highest)
