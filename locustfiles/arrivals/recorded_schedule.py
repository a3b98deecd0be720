"""Recorded arrivals as a schedule: every intended time as it was recorded, to the microsecond, on any number of workers.

The times travel to workers as bytes, since a worker elsewhere does not have the file. This module must not know files, clocks or
workers.
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from locustfiles.arrivals.arrival_process import LONGEST_S, Chunk
from locustfiles.arrivals.rate_curve import RateCurve

MOST_ARRIVALS = 5_000_000
"""40 MB of intended times in every process of the run."""
MOST_PIECES = 7_200
"""Pieces of the curve that a recording becomes, in the manifest and in every process."""
_US_PER_S = 1_000_000
_NS_PER_US = 1_000
_FAST = 1
"""zlib's level: gaps are small numbers in wide fields, which any level packs to a few bytes each."""


@dataclass(frozen=True, eq=False)
class RecordedSchedule:
    """Arrivals at ``intended_us`` from the run's start; ValueError when they are none, too many, unsorted or too long."""

    intended_us: NDArray[np.int64]

    def __post_init__(self) -> None:
        """Refuse what no run can replay."""
        n = len(self.intended_us)
        if not 0 < n <= MOST_ARRIVALS:
            raise ValueError(f"A recording holds 1 to {MOST_ARRIVALS:,} arrivals, but this one holds {n:,}.")
        if self.intended_us[0] < 0 or bool((np.diff(self.intended_us) < 0).any()):
            raise ValueError("The arrivals of a recording are sorted and begin at 0 s or later.")
        if self.duration_s > LONGEST_S:
            raise ValueError(f"A recording lasts at most {LONGEST_S:.0f} s, but this one has {self.duration_s} s.")

    @property
    def duration_s(self) -> float:
        """Whole seconds up to and with that of the last arrival."""
        return float(self.intended_us[-1] // _US_PER_S + 1)

    def chunks(self) -> Iterator[Chunk]:
        """One chunk for every second, in order, empty ones included."""
        first = 0
        for second in range(int(self.duration_s)):
            end = int(np.searchsorted(self.intended_us, (second + 1) * _US_PER_S))
            yield Chunk(second, first, self.intended_us[first:end] * _NS_PER_US)
            first = end

    def curve(self) -> RateCurve:
        """How many arrivals each second holds, as a rate; equal neighbours are one piece.

        A recording of too many pieces is counted by two seconds, or four, and so on: the area stays the number of arrivals.
        """
        seconds = int(self.duration_s)
        by_second = np.bincount(self.intended_us // _US_PER_S, minlength=seconds)
        width = 1
        while True:
            starts = np.arange(0, seconds, width)
            spans = np.minimum(starts + width, seconds) - starts
            rates = np.add.reduceat(by_second, starts) / spans
            begins = np.flatnonzero(np.concatenate(([True], np.diff(rates) != 0)))
            if len(begins) <= MOST_PIECES:
                break
            width *= 2
        lasts_s = np.add.reduceat(spans, begins).tolist()
        return RateCurve.steps(zip(map(float, lasts_s), rates[begins].tolist(), strict=True))

    def most_within(self, span_s: float) -> int:
        """The most arrivals that any span so long holds."""
        ends = np.searchsorted(self.intended_us, self.intended_us + int(span_s * _US_PER_S), side="right")
        return int((ends - np.arange(len(ends))).max())

    def faster(self, speed: float) -> "RecordedSchedule":
        """The same arrivals ``speed`` times as fast."""
        return RecordedSchedule(np.floor(self.intended_us / speed).astype(np.int64))

    def packed(self) -> bytes:
        """The times as bytes: compressed gaps, little-endian int64 microseconds."""
        return zlib.compress(np.diff(self.intended_us, prepend=np.int64(0)).astype("<i8").tobytes(), _FAST)

    @classmethod
    def unpacked(cls, packed: bytes) -> "RecordedSchedule":
        """The schedule that ``packed`` made."""
        return cls(np.cumsum(np.frombuffer(zlib.decompress(packed), dtype="<i8"), dtype=np.int64))
