"""Equal stretches of a run, so that a long one fits on a screen: at most 2,000 points a line, made honestly.

A stretch of counts or rates shows its mean, with the lowest and the highest second beside it; a stretch of latencies shows
quantiles of all its values, which is not the mean of the seconds' quantiles. Where a stretch is one second, nothing is
aggregated. This module must not know charts.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reports.run_record.histogram import BUCKETS, OVERFLOW, PPM, bounds
from reports.run_record.outcome import Clock
from reports.run_record.run_directory import Run

Floats = NDArray[np.float64]
Int64s = NDArray[np.int64]
MOST_POINTS = 2_000
HOUR_MS = 3_600_000.0
"""Where latencies beyond the histogram's range are drawn."""
_LAST_MS = np.array([(bounds(index)[1] - 1) / 1000 for index in range(OVERFLOW)] + [HOUR_MS])


@dataclass(frozen=True, slots=True)
class Bins:
    """A run of ``length_s`` seconds in stretches of ``width_s``; the last may be shorter."""

    length_s: int
    width_s: int

    @property
    def starts(self) -> Int64s:
        """The first second of each stretch."""
        return np.arange(0, self.length_s, self.width_s, dtype=np.int64)

    def mean(self, by_second: Floats) -> Floats:
        """The mean second of each stretch; NaN where no second has a value."""
        known = ~np.isnan(by_second)
        sums: Floats = np.add.reduceat(np.where(known, by_second, 0.0), self.starts)
        sizes = np.add.reduceat(known.astype(np.float64), self.starts)
        means: Floats = np.divide(sums, sizes, out=np.full(len(sums), np.nan), where=sizes > 0)
        return means

    def low(self, by_second: Floats) -> Floats:
        """The lowest second of each stretch."""
        lowest: Floats = np.fmin.reduceat(by_second, self.starts)
        return lowest

    def high(self, by_second: Floats) -> Floats:
        """The highest second of each stretch."""
        highest: Floats = np.fmax.reduceat(by_second, self.starts)
        return highest


def bins_of(length_s: int, most: int = MOST_POINTS) -> Bins:
    """The narrowest stretches of whole seconds that are at most ``most``; a run without a second has one, empty."""
    length_s = max(1, length_s)
    return Bins(length_s, math.ceil(length_s / most))


def bucket_counts(run: Run, step: str, clock: Clock, outcomes: list[str] | None, bins: Bins) -> Int64s:
    """How many values of a step's clock lie in each stretch and bucket: shape (stretches, BUCKETS); ``outcomes`` None = all."""
    import pyarrow as pa  # noqa: PLC0415 - only who asks for a histogram pays for it
    import pyarrow.compute as pc  # noqa: PLC0415 - only who asks for a histogram pays for it

    table = run.table("histograms")
    which = pc.and_(pc.equal(table["step"], step), pc.equal(table["clock"], clock.value))
    if outcomes is not None:
        which = pc.and_(which, pc.is_in(table["outcome"], pa.array(outcomes, pa.string())))
    chosen = table.select(["second", "buckets", "counts"]).filter(which).combine_chunks()
    shape = (len(bins.starts), BUCKETS)
    if not len(chosen):
        return np.zeros(shape, dtype=np.int64)
    rows = pc.list_parent_indices(chosen["buckets"]).to_numpy()
    stretch = np.clip(chosen["second"].to_numpy(), 0, bins.length_s - 1) // bins.width_s
    place = stretch[rows] * BUCKETS + pc.list_flatten(chosen["buckets"]).to_numpy()
    counts = np.bincount(place, pc.list_flatten(chosen["counts"]).to_numpy(), shape[0] * shape[1])
    return counts.astype(np.int64).reshape(shape)


def quantiles_ms(counts: Int64s, ppm: list[int]) -> Floats:
    """Nearest-rank quantiles of rows of bucket counts, in ms: shape (quantiles, rows), NaN in a row without a value.

    The answer is the last value of its bucket, so never optimistic; beyond an hour it is an hour.
    """
    cumulative = np.cumsum(counts, axis=1)
    total = cumulative[:, -1]
    found = []
    for one in ppm:
        rank = np.maximum(1, -(-total * one // PPM))
        bucket = np.minimum((cumulative < rank[:, None]).sum(axis=1), OVERFLOW)
        found.append(np.where(total > 0, _LAST_MS[bucket], np.nan))
    return np.array(found)
