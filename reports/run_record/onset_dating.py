"""Dates the second in which a share rose above the tolerated one, or fell back: a step between two binomial shares.

Every candidate second tau gets the likelihood of the counts before it under the known lower share, times the marginal
likelihood of the counts from it on under a share of which nothing is known (Jeffreys' prior, Beta(1/2, 1/2)). Normalised over
all tau this is the posterior of the step; the date is its mode, its certainty the central 95 %.

A target may refuse a few before it refuses many, and a few after them, as a cap on concurrency does while the load rises and
falls (Erlang's B formula). One share for all of them gives the few to the calm, so seconds beyond a step are looked at once more.

Pure functions of counts by second, in plain Python, since the generator dates with them too. This module must not know why an
episode was looked for.
"""

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

AFTER_ALARM_S = 30
"""Seconds after the alarm that a date may look at: later ones tell of the episode's course, not of its start."""
BASE_S = 60
"""Longest baseline; its share only has to be placed between a fifth and the whole of the tolerated one."""
LOWEST_BASE = 0.2
PRIOR = 0.5
SET_LOW, SET_HIGH = 0.025, 0.975
BEYOND_S = 60
"""Seconds beyond an edge that may be of the episode: as many as the baseline has, which tells no smaller share apart."""


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
    """Of ``second``, for a comparison with another model of the same counts."""


@dataclass(frozen=True, slots=True)
class Few:
    """How many seconds beyond the edge of an episode are of the episode; 0 = none."""

    seconds: int
    fewest: int
    most: int
    """Ends of the 95 % set."""


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


def date_step(
    bad: Sequence[int], n: Sequence[int], *,
    floor: int, alarm: int, base: float, phi: float = 1.0, after_s: int = AFTER_ALARM_S,
) -> Dated:  # fmt: skip
    """The second in [floor, alarm] from which the share is higher; ``base`` is the share before it.

        ll(tau) = (K0 ln base + (N0 - K0) ln(1 - base) + lnB(1/2 + K1, 1/2 + N1 - K1)) / phi

    with K0, N0 over [floor, tau) and K1, N1 over [tau, alarm + after_s], cut at the record's end.
    """
    end = min(alarm + after_s, len(bad) - 1) + 1
    bads, goods = _prefix_sums(bad[floor:end], n[floor:end])
    likelihoods = [
        (_known(k, g, base) + _unknown(bads[-1] - k, goods[-1] - g)) / phi
        for k, g in zip(bads[: alarm + 1 - floor], goods[: alarm + 1 - floor], strict=True)
    ]
    return _mode(floor, likelihoods)


def date_onset(
    bad: Sequence[int], n: Sequence[int], *,
    floor: int, alarm: int, base: float, tolerated_share: float, phi: float = 1.0,
) -> int:  # fmt: skip
    """The first second of an episode: that of the step, or of the few that lead up to it."""
    step = date_step(bad, n, floor=floor, alarm=alarm, base=base, phi=phi).second
    few = few_before(bad, n, floor=floor, second=step, base=base, tolerated_share=tolerated_share, phi=phi)
    return step - few.seconds


def date_end(
    bad: Sequence[int], n: Sequence[int], *,
    onset: int, closed: int, base: float, tolerated_share: float, phi: float = 1.0,
) -> int:  # fmt: skip
    """The first second in (onset, closed] from which the share is back at ``base``: the roles exchanged."""
    bads, goods = _prefix_sums(bad[onset : closed + 1], n[onset : closed + 1])
    likelihoods = [
        (_unknown(k, g) + _known(bads[-1] - k, goods[-1] - g, base)) / phi
        for k, g in zip(bads[1:-1], goods[1:-1], strict=True)
    ]
    end = _mode(onset + 1, likelihoods).second
    few = few_beyond(bad[end:closed], n[end:closed], base=base, tolerated_share=tolerated_share, phi=phi)
    return end + few.seconds


def few_before(
    bad: Sequence[int], n: Sequence[int], *,
    floor: int, second: int, base: float, tolerated_share: float, phi: float = 1.0,
) -> Few:  # fmt: skip
    """The few in [floor, second) that lead up to an onset dated ``second``."""
    bads, ns = bad[floor:second][::-1], n[floor:second][::-1]
    return few_beyond(bads, ns, base=base, tolerated_share=tolerated_share, phi=phi)


def few_beyond(
    bad: Sequence[int], n: Sequence[int], *, base: float, tolerated_share: float, phi: float = 1.0
) -> Few:  # fmt: skip
    """The few beyond an edge of an episode, whose seconds come nearest first.

    The l nearest seconds are of the episode when more than the tolerated share of them is bad and, the mean over all l, that is
    likelier by a share of which nothing is known than by ``base``; and so on beyond them, until it is not.
    """
    seconds = fewest = most = 0
    while seconds < len(bad):
        beyond = slice(seconds, seconds + BEYOND_S)
        gains = _gains(bad[beyond], n[beyond], base, tolerated_share, phi)
        # none at all, with a prior of one half, and each number of seconds
        step = _mode(0, [math.log(len(gains)), *gains])
        most = max(most, seconds + step.last)
        if _log_mean(gains) <= 0:
            break
        fewest, seconds = seconds + step.first, seconds + 1 + gains.index(max(gains))
    return Few(seconds, fewest, max(seconds, most))


def _gains(bad: Sequence[int], n: Sequence[int], base: float, tolerated_share: float, phi: float) -> list[float]:
    """By how much the first 1, 2, .. seconds are likelier by a share of which nothing is known than by ``base``, in logarithms."""
    bads, goods = _prefix_sums(bad, n)
    return [
        (_unknown(k, g) - _known(k, g, base)) / phi if k > tolerated_share * (k + g) else -math.inf
        for k, g in zip(bads[1:], goods[1:], strict=True)
    ]


def _log_mean(logs: list[float]) -> float:
    """The logarithm of the mean of what the logarithms are of."""
    highest = max(logs)
    if highest == -math.inf:
        return highest
    return highest + math.log(sum(math.exp(one - highest) for one in logs) / len(logs))


def _prefix_sums(bad: Sequence[int], n: Sequence[int]) -> tuple[list[int], list[int]]:
    """Bad and good events before each second, and in all."""
    goods = (m - k for k, m in zip(bad, n, strict=True))
    return list(accumulate(bad, initial=0)), list(accumulate(goods, initial=0))


def _known(bad: int, good: int, share: float) -> float:
    return bad * math.log(share) + good * math.log1p(-share)


def _unknown(bad: int, good: int) -> float:
    """ln B(1/2 + bad, 1/2 + good)."""
    return math.lgamma(PRIOR + bad) + math.lgamma(PRIOR + good) - math.lgamma(2 * PRIOR + bad + good)


def _mode(start: int, log_likelihood: list[float]) -> Dated:
    """``log_likelihood`` is that of ``start`` and the seconds after it."""
    highest = max(log_likelihood)
    weights = [math.exp(one - highest) for one in log_likelihood]
    total = sum(weights)
    cumulative = list(accumulate(weight / total for weight in weights))
    best = log_likelihood.index(highest)
    first, last = (min(bisect_left(cumulative, level), len(weights) - 1) for level in (SET_LOW, SET_HIGH))
    return Dated(start + best, start + first, start + last, weights[best] / total, highest)
