"""Histogram cells of a run as flat arrays, so that any subset of seconds and outcomes can be summed without a dense matrix.

A run of hours has a hundred million of them: those of several steps and clocks are read in one pass over the record, and no
others. This module must not know what is good or bad.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from reports.run_record.histogram import BUCKETS, OVERFLOW
from reports.run_record.projection import Growing, small
from reports.run_record.run_directory import Run

if TYPE_CHECKING:
    import pyarrow as pa

Wanted = tuple[str, str]
"""A step (``any`` = all requests) and a clock."""


@dataclass(frozen=True, slots=True)
class Cells:
    """Histogram cells as equally long arrays: ``count`` values of one outcome in one bucket of one second."""

    second: NDArray[Any]
    outcome: NDArray[Any]
    """Places in ``outcomes``."""
    bucket: NDArray[Any]
    count: NDArray[Any]
    outcomes: tuple[str, ...]

    @classmethod
    def none(cls) -> "Cells":
        """No cell at all."""
        none = np.zeros(0, dtype=np.int64)
        return cls(none, none, none, none, ())

    def of(self, outcomes: Iterable[str]) -> "Cells":
        """The cells of some outcomes."""
        wanted = set(outcomes)
        which = np.array([name in wanted for name in self.outcomes], dtype=bool)
        if which.all():
            return self
        keep = which[self.outcome]
        return Cells(self.second[keep], self.outcome[keep], self.bucket[keep], self.count[keep], self.outcomes)


def read_cells(run: Run, wanted: Mapping[Wanted, Iterable[str]]) -> dict[Wanted, Cells]:
    """The cells of each wanted step and clock in one pass; the values are the steps that are summed under that name."""
    names: dict[str, int] = {}
    columns = {key: (Growing(), Growing(), Growing(), Growing()) for key in wanted}
    for part in run.scan("histograms", ["second", "step", "outcome", "clock", "buckets", "counts"]):
        step, clock, outcome = (
            part[name].combine_chunks().dictionary_encode() for name in ("step", "clock", "outcome")
        )
        places = {key: _rows_of(step, set(steps)) & _rows_of(clock, {key[1]}) for key, steps in wanted.items()}
        if not any(rows.any() for rows in places.values()):
            continue
        second = np.maximum(part["second"].to_numpy(), 0).astype(np.int32)
        known = [names.setdefault(word, len(names)) for word in outcome.dictionary.to_pylist()]
        codes = np.array(known, dtype=np.int16)[outcome.indices.to_numpy()]
        buckets, counts = (part[name].combine_chunks() for name in ("buckets", "counts"))
        offsets, flat_buckets, flat_counts = (
            buckets.offsets.to_numpy(),
            buckets.values.to_numpy(),
            counts.values.to_numpy(),
        )
        for key, mask in places.items():
            rows = np.flatnonzero(mask)
            starts, sizes = offsets[rows], np.diff(offsets)[rows]
            begun = np.cumsum(sizes) - sizes
            index = np.repeat(starts - begun, sizes) + np.arange(int(sizes.sum()))
            found = (
                np.repeat(second[rows], sizes),
                np.repeat(codes[rows], sizes),
                _known_buckets(flat_buckets[index]),
                small(flat_counts[index]),
            )
            for growing, piece in zip(columns[key], found, strict=True):
                growing.add(piece)
    names_found = tuple(names)
    return {
        key: Cells(second.values(), outcome.values(), bucket.values(), count.values(), names_found)
        for key, (second, outcome, bucket, count) in columns.items()
    }


def _rows_of(words: "pa.DictionaryArray", wanted: set[str]) -> NDArray[np.bool_]:
    known = np.array([word in wanted for word in words.dictionary.to_pylist()], dtype=bool)
    rows: NDArray[np.bool_] = known[words.indices.to_numpy()]
    return rows


def _known_buckets(buckets: NDArray[np.int64]) -> NDArray[np.int16]:
    """Bucket indexes in 16 bits; one that no histogram has is read as the overflow, which is never good."""
    known = (buckets >= 0) & (buckets < BUCKETS)
    return np.where(known, buckets, OVERFLOW).astype(np.int16)
