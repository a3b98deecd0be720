"""The goodput that a target holds, read off a run that offered less and more than it: g = min(lambda, C).

It is another number than the load at which refusals begin: a target may refuse early and still carry more. Seconds are sorted
by offered rate; for every split, what lies above it is flat at C; the split with the least squared error wins.

Pure functions of rates by second; this module must not know what makes an order good.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from reports.verdict import t_interval

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

BLOCK_S = 10
"""Neighbouring seconds share their fate; blocks of ten are resampled whole."""
SHORTER_BLOCKS_S, FEW_BLOCKS = (5, 2), 3
"""With fewer overloaded blocks than three they are of five seconds, then of two."""
RESAMPLES = 1000
TAILS = (0.025, 0.975)


@dataclass(frozen=True, slots=True)
class Capacity:
    """Goodput per second at saturation with its 95 % interval."""

    per_s: float
    low: float
    high: float
    is_settled: bool = True
    """Whether the seconds just after a rise of the load were left out; with them it reads high."""


def best_split(offered: Floats, goodput: Floats, weight: Floats | None = None) -> tuple[float, float]:
    """C and the squared error of g = min(lambda, C), for rates by second; at least one second.

    ``weight`` counts a second several times or not at all. C of a split is the mean goodput above it, held between the rates
    at its two sides.
    """
    order = np.argsort(offered, kind="stable")
    splitter = _Splitter(offered[order], goodput[order])
    return splitter.best(np.ones(len(order)) if weight is None else weight[order])


class _Splitter:
    """``best_split`` of seconds that are sorted by rate, for many weights: what no weight changes is computed once.

    Place i of an array has i seconds below the split.
    """

    def __init__(self, rate: Floats, good: Floats) -> None:
        self._rate, self._good, self._squares = rate, good, good * good
        self._off = (good - rate) ** 2
        self._before = np.concatenate(([0.0], rate[:-1]))

    def best(self, weight: Floats) -> tuple[float, float]:
        """C and the squared error of the best split."""
        error = np.zeros_like(weight)
        np.cumsum((weight * self._off)[:-1], out=error[1:])
        count, total = _from_here(weight), _from_here(weight * self._good)
        # weights are not negative, so seconds that count come first
        some = slice(0, int(np.count_nonzero(count)))
        capacity = np.zeros_like(total)
        np.divide(total[some], count[some], out=capacity[some])
        np.maximum(capacity, self._before, out=capacity)
        np.minimum(capacity, self._rate, out=capacity)
        error += _from_here(weight * self._squares)
        error -= 2 * capacity * total
        error += capacity**2 * count
        best = int(error[some].argmin())
        return float(capacity[best]), max(0.0, float(error[best]))


def _from_here(values: Floats) -> Floats:
    sums: Floats = np.cumsum(values[::-1])[::-1]
    return sums


def capacity_of(offered: Floats, goodput: Floats, seed: int) -> Capacity | None:
    """C with the 95 % interval of 1,000 block bootstraps, reproducible by ``seed``.

    Blocks with overload and blocks without are drawn apart, since a resample without overload knows no capacity. B overloaded
    blocks vary too little when they are resampled: each end is moved away from C by t_{.975, B-1} / 1.96 sqrt(B / (B - 1)), which
    is 2.7 for three blocks and 1.1 for twenty. None when the run never offered more than C, or for fewer than two blocks.
    """
    if len(offered) < 2 * BLOCK_S:
        return None
    per_s, _ = best_split(offered, goodput)
    block, is_over = _blocks(offered > per_s)
    if not is_over.any():
        return None
    order = np.argsort(offered, kind="stable")
    splitter, block = _Splitter(offered[order], goodput[order]), block[order]
    rng = np.random.default_rng(seed)
    found = [splitter.best(_times_drawn(is_over, rng)[block])[0] for _ in range(RESAMPLES)]
    low, high = np.quantile(found, TAILS)
    wider = _widening(int(is_over.sum()))
    below, above = (wider * max(0.0, off) for off in (per_s - float(low), float(high) - per_s))
    # more than was ever offered cannot have been seen
    return Capacity(per_s, max(0.0, per_s - below), min(per_s + above, max(per_s, float(offered.max()))))


def settled_capacity(offered: Floats, goodput: Floats, keep: Bools, is_settled: Bools, seed: int) -> Capacity | None:
    """``capacity_of`` the seconds to ``keep`` that are settled; where too few are, of all seconds to keep, which it then says."""
    quiet = keep & is_settled
    found = capacity_of(offered[quiet], goodput[quiet], seed)
    if found is not None or bool(is_settled[keep].all()):
        return found
    hasty = capacity_of(offered[keep], goodput[keep], seed)
    return None if hasty is None else replace(hasty, is_settled=False)


def _blocks(over: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The block of each second, and which blocks hold overload."""
    for length in (BLOCK_S, *SHORTER_BLOCKS_S):
        block = np.arange(len(over), dtype=np.int64) // length
        is_over = np.bincount(block, over) > 0
        if int(is_over.sum()) >= FEW_BLOCKS:
            break
    return block, is_over


def _widening(blocks: int) -> float:
    if blocks < 2:  # noqa: PLR2004 - one block has no scatter that could be widened
        return 1.0
    return float(stats.t.ppf(TAILS[1], blocks - 1) / stats.norm.ppf(TAILS[1])) * math.sqrt(blocks / (blocks - 1))


def _times_drawn(is_over: NDArray[np.bool_], rng: np.random.Generator) -> Floats:
    drawn = np.zeros(len(is_over))
    for stratum in (np.flatnonzero(is_over), np.flatnonzero(~is_over)):
        if len(stratum):
            drawn += np.bincount(rng.choice(stratum, len(stratum)), minlength=len(is_over))
    return drawn


def plateau(finished: Floats) -> Capacity | None:
    """What comes out per second while a queue stands, with the 95 % t interval over blocks of 5 s; None for fewer than three.

    ``finished``: good orders by the second in which they *ended*. By the second in which they were wished, a target that queues seems to
    serve all that is offered, until everybody has waited too long.
    """
    blocks = len(finished) // SHORTER_BLOCKS_S[0]
    if blocks < FEW_BLOCKS:
        return None
    interval = t_interval([float(part.mean()) for part in np.array_split(finished, blocks)])
    return Capacity(float(finished.mean()), max(0.0, interval.low), interval.high)
