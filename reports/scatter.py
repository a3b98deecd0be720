"""How far neighbouring events share their fate: the scatter of slow answers over equal time batches.

A run that happens to see few bad events shows a small scatter of bad ones too; whether answers are slower than their
own p90 is seen often enough to tell. Slow must also mean something: a millisecond's jitter that comes in clusters says
nothing about a limit of 200 ms. So slow is beyond the p90 and beyond a quarter of the limit, or four medians where there
is no limit; in a queue near its limit (exponential waits: p90 = limit / 2 = 3.3 medians) that changes nothing, or little.
Pure functions of histogram cells and seconds; this module must not know objectives.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from reports.cells import Cells
from reports.run_record.histogram import BUCKETS, PPM, bounds, bucket_of
from reports.run_record.schema import CurveSegment
from reports.verdict import dispersion

Int64s = NDArray[np.int64]
BATCHES_PER_STAGE = 3
"""Of B batches, at most B/3 stages are told apart, so that enough batches are left to scatter."""
SLOW_PPM = 900_000
"""Slow is beyond the p90,"""
SLOW_SHARE_OF_LIMIT = 0.25
"""and beyond this share of the limit,"""
_CELLS_AT_ONCE = 1 << 18
SLOW_MEDIANS = 4
"""or beyond so many medians where there is no limit."""


def stages(segments: Sequence[CurveSegment], seconds: Int64s, batches: int) -> Int64s:
    """The stage of each of ``seconds``: a segment of the curve, or several where segments are short or many.

    Latency changes with the offered load by design; only its scatter within a load says how far events depend on each
    other. A stage lasts a batch at least, and as long as it takes to have no more than B/3 of them.
    """
    starts = np.array([segment.start_s for segment in segments] or [0.0])
    segment_of = np.searchsorted(starts, seconds + 0.5, side="right")
    shortest = max(1, len(seconds) // batches)
    while True:
        found = np.zeros(len(seconds), dtype=np.int64)
        begun = 0
        for place in (np.flatnonzero(np.diff(segment_of)) + 1).tolist():
            if place - begun >= shortest and len(seconds) - place >= shortest:
                found[place:] += 1
                begun = place
        if not len(found) or found[-1] < max(1, batches // BATCHES_PER_STAGE):
            return found
        shortest *= 2


def _slow_edge(by_bucket: NDArray[Any], limit_us: float | None) -> int:
    """The last bucket that is not slow."""
    cumulative = np.cumsum(by_bucket)
    total = int(cumulative[-1])
    median, p90 = (int(np.searchsorted(cumulative, -(-total * ppm // PPM))) for ppm in (PPM // 2, SLOW_PPM))
    floor_us = SLOW_MEDIANS * bounds(median)[0] if limit_us is None else SLOW_SHARE_OF_LIMIT * limit_us
    return max(p90, bucket_of(int(floor_us)))


def slow_dispersion(latency: Cells, parts: list[Int64s], stage_of: Int64s, limit_us: float | None = None) -> float:
    """The phi of "slow for its own stage": how far neighbouring events share their fate.

    ``parts`` are the seconds of each batch, ``stage_of`` the stage of each second, in the same order; ``limit_us`` is the
    latency limit that is judged, None when there is none.
    """
    seconds = np.concatenate(parts)
    length = int(max(seconds.max(initial=0), latency.second.max(initial=0))) + 1
    stage_at = np.full(length, -1)
    stage_at[seconds] = stage_of
    by_bucket = np.zeros((int(stage_of.max(initial=0)) + 1, BUCKETS))
    for piece in _pieces(latency, stage_at):
        flat = np.bincount(piece.stage * BUCKETS + piece.bucket, piece.n, by_bucket.size)
        by_bucket += flat.reshape(by_bucket.shape)
    filled = by_bucket.sum(axis=1) > 0
    edges = np.array(
        [_slow_edge(one, limit_us) if any_there else 0 for one, any_there in zip(by_bucket, filled, strict=True)]
    )
    n, slow = np.zeros(length), np.zeros(length)
    for piece in _pieces(latency, stage_at):
        n += np.bincount(piece.second, piece.n, length)
        is_slow = piece.bucket > edges[piece.stage]
        slow += np.bincount(piece.second[is_slow], piece.n[is_slow], length)
    shares = [one[edge + 1 :].sum() / max(one.sum(), 1) for one, edge in zip(by_bucket, edges, strict=True)]
    expected = n * np.array(shares)[stage_at]
    sums = [np.array([values[part].sum() for part in parts]) for values in (slow, n, expected)]
    share = np.divide(sums[2], sums[1], out=np.zeros(len(parts)), where=sums[1] > 0)
    return dispersion(sums[0].astype(np.int64), sums[1].astype(np.int64), share, fitted=len(np.unique(stage_of)))


class _Piece(NamedTuple):
    """Some cells of seconds that are judged, with the stage of each; ``n`` is their count."""

    second: NDArray[Any]
    stage: NDArray[np.int64]
    bucket: NDArray[Any]
    n: NDArray[Any]


def _pieces(cells: Cells, stage_at: Int64s) -> Iterator[_Piece]:
    """The cells of judged seconds, so many at a time that the arithmetic on them takes little memory."""
    for begin in range(0, len(cells.second), _CELLS_AT_ONCE):
        some = slice(begin, begin + _CELLS_AT_ONCE)
        second, bucket, count = cells.second[some], cells.bucket[some], cells.count[some]
        stage = stage_at[second]
        inside = stage >= 0
        if inside.all():
            yield _Piece(second, stage, bucket, count)
        else:
            yield _Piece(second[inside], stage[inside], bucket[inside], count[inside])
