"""A log-linear histogram of whole microseconds: 128 sub-buckets an octave, so no value is off by more than 1/128.

A value v lies in the bucket whose index is made of its octave and its leading eight bits:

    e = max(0, bit_length(v) - 8)         index = (e << 7) + (v >> e)

    index < 256:   low = index,                                    width = 1
    otherwise:     e = (index >> 7) - 1,  low = ((index & 127) + 128) << e,  width = 1 << e

The range is 0 us to one hour (indexes 0 to 3286); index 3287 is the overflow, counted in n and read as +inf. Merging is
the addition of counts: exact, associative and commutative. Negative values are a caller's error: a duration below zero
belongs to the validity rules, not in a histogram.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

BUCKETS = 3288
OVERFLOW = BUCKETS - 1
PPM = 1_000_000
_LINEAR = 256

Int64s = NDArray[np.int64]


def bucket_of(value_us: int) -> int:
    """The bucket index of one value in microseconds, ValueError when it is negative."""
    if value_us < 0:
        msg = f"a histogram takes no negative duration, got {value_us} us"
        raise ValueError(msg)
    exponent = max(0, value_us.bit_length() - 8)
    return min((exponent << 7) + (value_us >> exponent), OVERFLOW)


def buckets_of(values_us: Int64s) -> Int64s:
    """The bucket indexes of many values in microseconds, ValueError when one is negative."""
    if values_us.size and int(values_us.min()) < 0:
        msg = f"a histogram takes no negative duration, got {int(values_us.min())} us"
        raise ValueError(msg)
    exponents = np.maximum(np.frexp(values_us.astype(np.float64))[1].astype(np.int64) - 8, 0)
    indexes: Int64s = np.minimum((exponents << 7) + (values_us >> exponents), OVERFLOW)
    return indexes


def bounds(index: int) -> tuple[int, float]:
    """The bucket's half-open range [low, up) in microseconds; up is inf for the overflow."""
    if index < _LINEAR:
        return index, index + 1
    exponent = (index >> 7) - 1
    low = ((index & 127) + 128) << exponent
    return low, math.inf if index == OVERFLOW else low + (1 << exponent)


_UPS = np.array([bounds(index)[1] for index in range(BUCKETS)], dtype=np.float64)


@dataclass(slots=True)
class Histogram:
    """Counts by bucket with the exact sum and maximum, in microseconds."""

    counts: Int64s = field(default_factory=lambda: np.zeros(BUCKETS, dtype=np.int64))
    sum_us: int = 0
    max_us: int = 0

    @property
    def n(self) -> int:
        """How many values it holds, overflow included."""
        return int(self.counts.sum())

    def add_values(self, values_us: Int64s) -> None:
        """Record values in microseconds."""
        if values_us.size:
            self.counts += np.bincount(buckets_of(values_us), minlength=BUCKETS)
            self.sum_us += int(values_us.sum())
            self.max_us = max(self.max_us, int(values_us.max()))

    def add_sparse(
        self, buckets: Sequence[int] | NDArray[Any], counts: Sequence[int] | NDArray[Any], sum_us: int, max_us: int
    ) -> None:
        """Add a sparse histogram, as ``HistogramRow`` stores it; buckets may repeat."""
        np.add.at(self.counts, np.asarray(buckets, dtype=np.int64), np.asarray(counts, dtype=np.int64))
        self.sum_us += sum_us
        self.max_us = max(self.max_us, max_us)

    def merge(self, other: "Histogram") -> None:
        """Add another histogram's counts to this one."""
        self.counts += other.counts
        self.sum_us += other.sum_us
        self.max_us = max(self.max_us, other.max_us)

    def sparse(self) -> tuple[list[int], list[int]]:
        """The non-empty buckets and their counts."""
        filled = np.flatnonzero(self.counts)
        return filled.tolist(), self.counts[filled].tolist()

    def quantile_us(self, ppm: int) -> float | None:
        """The nearest-rank quantile, ``ppm`` millionths: never optimistic, inf in the overflow, None when empty.

        The rank is max(1, ceil(n q)); the answer is the last value of its bucket, or the exact maximum when that is lower.
        """
        n = self.n
        if n == 0:
            return None
        rank = max(1, -(-n * ppm // PPM))
        index = int(np.searchsorted(np.cumsum(self.counts), rank))
        return math.inf if index == OVERFLOW else min(float(_UPS[index]) - 1, float(self.max_us))
