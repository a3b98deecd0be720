"""Equal stretches of a run, so that a long one fits on a screen: at most 2,000 points a line, made honestly.

A stretch of counts or rates shows its mean, with the lowest and the highest second beside it; a stretch of latencies shows
quantiles of all its values, which is not the mean of the seconds' quantiles. Where a stretch is one second, nothing is
aggregated. This module must not know charts.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reports.population import GOOD_OUTCOMES
from reports.run_record.histogram import BUCKETS, OVERFLOW, PPM, bounds
from reports.run_record.outcome import Clock
from reports.run_record.projection import Columns, Words
from reports.run_record.run_directory import Run

Floats = NDArray[np.float64]
Int64s = NDArray[np.int64]
Counts = NDArray[Any]
"""Counts of any integer type."""
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


@dataclass(frozen=True, slots=True)
class Key:
    """Which latencies: a step's clock, of those that went well or of the others."""

    step: str
    clock: Clock
    is_good: bool


def latencies_of(run: Run, clocks: frozenset[Clock], bins: Bins) -> dict[Key, Counts]:
    """How many values lie in each stretch and bucket, shape (stretches, BUCKETS), for every step and outcome that has any.

    One pass over the histograms, some rows at a time: those of nine hours hold a hundred million cells. A bucket that no
    histogram has is read as the overflow.
    """
    heads = run.columns("histograms", ["second", "step", "outcome", "clock"])
    keys, starts = _cells_of_rows(heads, clocks, bins)
    cells = np.zeros(len(keys) * len(bins.starts) * BUCKETS, dtype=np.uint32)
    first = 0
    for part in run.scan("histograms", ["buckets", "counts"]) if keys else ():
        buckets, counts = (part[name].combine_chunks() for name in ("buckets", "counts"))
        lengths = buckets.value_lengths().to_numpy(zero_copy_only=False)
        at = np.repeat(starts[first : first + len(part)], lengths)
        first += len(part)
        places = buckets.flatten().to_numpy()
        drawn = at >= 0
        known = np.where((places >= 0) & (places < BUCKETS), places, OVERFLOW)
        np.add.at(cells, (at + known)[drawn], counts.flatten().to_numpy()[drawn].astype(np.uint32))
    whole = cells.reshape(len(keys), len(bins.starts), BUCKETS)
    return {key: whole[place] for place, key in enumerate(keys)}


def _cells_of_rows(heads: Columns, clocks: frozenset[Clock], bins: Bins) -> tuple[list[Key], Int64s]:
    """The keys that have rows, and for each row of the histograms its first cell among theirs; -1 = not asked for."""
    steps, outcomes, names = (_words(heads, name) for name in ("step", "outcome", "clock"))
    second = np.asarray(heads["second"], dtype=np.int64)
    good = np.array([name in GOOD_OUTCOMES for name in outcomes.words], dtype=np.int64)
    asked = np.array([name in clocks for name in names.words], dtype=bool)
    starts = np.full(len(second), -1, dtype=np.int64)
    if not asked.any():
        return [], starts
    wanted = asked[names.codes]
    combined = (steps.codes.astype(np.int64) * len(asked) + names.codes) * 2 + good[outcomes.codes]
    found, place = np.unique(combined[wanted], return_inverse=True)
    stretch = np.clip(second, 0, bins.length_s - 1) // bins.width_s
    starts[wanted] = (place * len(bins.starts) + stretch[wanted]) * BUCKETS
    keys = [
        Key(steps.words[code // 2 // len(asked)], Clock(names.words[code // 2 % len(asked)]), bool(code % 2))
        for code in found.tolist()
    ]
    return keys, starts


def _words(columns: Columns, name: str) -> Words:
    """A column of strings; TypeError for any other, which the record's schema does not have here."""
    found = columns[name]
    if not isinstance(found, Words):
        raise TypeError(name)
    return found


def quantiles_ms(counts: Counts, ppm: list[int]) -> Floats:
    """Nearest-rank quantiles of rows of bucket counts, in ms: shape (quantiles, rows), NaN in a row without a value.

    The answer is the last value of its bucket, so never optimistic; beyond an hour it is an hour.
    """
    cumulative = np.cumsum(counts, axis=1, dtype=np.int64)
    total = cumulative[:, -1]
    found = []
    for one in ppm:
        rank = np.maximum(1, -(-total * one // PPM))
        bucket = np.minimum((cumulative < rank[:, None]).sum(axis=1), OVERFLOW)
        found.append(np.where(total > 0, _LAST_MS[bucket], np.nan))
    return np.array(found)
