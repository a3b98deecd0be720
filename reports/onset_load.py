"""The load at an onset: what the curve offered and what was released in the last seconds before refusals began.

The load is averaged over ten seconds, since a target answers to a load and not to an instant; but never across a jump of the
curve: where the load jumps and refusals follow, the level after the jump is what was not borne. Where it rises gradually, the mean
of the seconds before would be that of five seconds earlier, so they lie evenly about the onset. This module must not know
how an onset is dated (``onset_dating``, ``hinge``).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reports.run_record.schema import CurveSegment

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

WINDOW_S = 10
HALF_WINDOW_S = 5
BEFORE_S, AFTER_S = 10, 30
"""The curve is looked at from 10 s before the onset to 30 s after it."""
RISE = 0.02
"""A curve that rises by less, as a share of its highest rate, is flat: no alarm can place the load finer."""
LARGEST_STEP = 0.25
"""A rise of which one second brings more than a quarter is a jump: which load refuses first is then not seen."""
JUMP = 0.01
"""A change of the rate from one instant to the next, as a share of the higher rate, below which it is no jump."""
CHANCE = 4.0
"""Standard deviations by which two counts of the same load may differ."""
TWO_SIDED_95 = 1.96
SETTLE_S = 3
"""Seconds after a rise of the load that say nothing of the capacity, at most a third of the time to the next jump."""
_THIRD = 3
SCATTER_SECONDS = 20
"""Fewest seconds that say how regular the arrivals were; of fewer, arrivals are taken for random (IDC 1)."""


@dataclass(frozen=True, slots=True)
class Jump:
    """A discontinuity of the offered rate."""

    at_s: float
    rises: bool


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate per second with its 95 % interval."""

    per_s: float
    low: float
    high: float


def jumps_of(segments: Sequence[CurveSegment], *, is_counted: bool = False) -> list[Jump]:
    """Where the curve jumps, in order; before its first and after its last segment, and in gaps, it offers nothing.

    Where the segments are counts of each second's arrivals (``is_counted``), only what chance does not explain is a jump.
    """
    chance = CHANCE if is_counted else 0.0
    found: list[Jump] = []
    at_s, rate = 0.0, 0.0
    for segment in [*segments, CurveSegment(math.inf, math.inf, 0.0, 0.0)]:
        if segment.start_s > at_s:
            found += _jump(at_s, rate, 0.0, chance)
            rate = 0.0
        if math.isfinite(segment.start_s):
            found += _jump(segment.start_s, rate, segment.start_per_s, chance)
        at_s, rate = segment.end_s, segment.end_per_s
    return found


def _jump(at_s: float, before: float, after: float, chance: float) -> list[Jump]:
    floor = max(JUMP * max(before, after), chance * math.sqrt(before + after))
    return [Jump(at_s, after > before)] if abs(after - before) > floor else []


def rises_gradually(offered: Floats, onset: int) -> bool:
    """Whether the offered rate rises around the onset, and without a jump; ``offered`` is by second."""
    around = offered[max(0, onset - BEFORE_S) : onset + AFTER_S + 1]
    rise = float(around.max() - around[0])
    return rise > RISE * float(around.max()) and float(np.diff(around).max()) <= LARGEST_STEP * rise


def load_window(onset: int, jumps: Sequence[Jump], *, rising_until: int = 0) -> tuple[float, float]:
    """The span (from, to) in seconds whose mean is the load at the onset in second ``onset``.

    The ten seconds before the onset, from the last jump among them on. When the curve jumps up in the onset's own second, that
    jump is what brought the refusals: the span begins there and reaches to the end of the first whole second after it,
    or to the next jump. On a gradual rise, of which the first ``rising_until`` seconds of the run are known: the onset's own second
    and up to five on either side, as many before as after, and none beyond a jump.
    """
    if rising := [jump.at_s for jump in jumps if jump.rises and onset <= jump.at_s < onset + 1]:
        start = rising[-1]
        return start, min([math.ceil(start) + 1.0, *(jump.at_s for jump in jumps if jump.at_s > start)])
    if rising_until:
        edges = [0.0, float(rising_until), *(jump.at_s for jump in jumps)]
        half = min([float(HALF_WINDOW_S), *(onset - at_s if at_s <= onset else at_s - onset - 1 for at_s in edges)])
        return onset - max(0, math.floor(half)), onset + 1 + max(0, math.floor(half))
    within = [jump.at_s for jump in jumps if onset - WINDOW_S < jump.at_s < onset]
    start = max([0.0, float(onset - WINDOW_S), *within])
    return (start, float(onset)) if onset > start else (0.0, 1.0)


def settled(jumps: Sequence[Jump], length_s: int) -> Bools:
    """Which seconds are not just after a rise of the load, where a bucket still gives what it has saved and a queue still fills."""
    keep = np.ones(length_s, dtype=bool)
    ends = [jump.at_s for jump in jumps] + [float(length_s)]
    for place, jump in enumerate(jumps):
        if jump.rises:
            until = jump.at_s + min(SETTLE_S, (ends[place + 1] - jump.at_s) / _THIRD)
            keep[int(jump.at_s) : math.ceil(until)] = False
    return keep


def borne_per_s(offered: Floats, jumps: Sequence[Jump], began: int, since: int = 0) -> float:
    """The highest load of the seconds from ``since`` to the one in which an overload ``began``, which was therefore borne; 0 without any.

    The level after the last jump in the ten seconds before it is what was not borne: a queue takes its time until it shows.
    """
    risen = [int(jump.at_s) for jump in jumps if jump.rises and began - WINDOW_S < jump.at_s < began + 1]
    return float(offered[since : min(began, *risen[-1:], len(offered))].max(initial=0.0))


def whole_seconds(span: tuple[float, float]) -> slice:
    """The whole seconds of a span; where it holds none, the second in which it begins."""
    first, end = math.ceil(span[0]), math.floor(span[1])
    return slice(first, end) if end > first else slice(int(span[0]), int(span[0]) + 1)


def counted_rate(counts: Counts, scatter: float) -> Rate:
    """N/s with N/s +- 1.96 sqrt(IDC N)/s, of the counts of s >= 1 seconds; ``scatter`` is the index of dispersion (IDC)."""
    n, seconds = float(counts.sum()), len(counts)
    half = TWO_SIDED_95 * math.sqrt(scatter * n) / seconds
    return Rate(n / seconds, max(0.0, n / seconds - half), n / seconds + half)


def scatter_of_arrivals(scheduled: Counts, offered: Floats) -> float:
    """The index of dispersion of the arrivals about the curve, mean((x - lambda)^2 / lambda): 0 even, 1 random."""
    known = offered > 1
    if int(known.sum()) < SCATTER_SECONDS:
        return 1.0
    return float(np.mean((scheduled[known] - offered[known]) ** 2 / offered[known]))
