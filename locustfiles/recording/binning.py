"""A second's samples as rows of the record: counts and sparse histograms, binned with numpy.

This module must not know what a sample measures, nor who sums the rows.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from reports.run_record.histogram import BUCKETS, buckets_of
from reports.run_record.schema import HistogramRow, OutcomeRow

Int64s = NDArray[np.int64]
Kind = tuple[str, str, str]
"""Step, outcome and reason; members of an enum become plain text in the rows."""


def outcome_rows(seconds: Int64s, kind_of: Int64s, kinds: Sequence[Kind]) -> list[OutcomeRow]:
    """How many samples each (second, kind) has; ``kind_of`` are indexes into ``kinds``."""
    if not seconds.size:
        return []
    first = int(seconds.min())
    by_key = np.bincount((seconds - first) * len(kinds) + kind_of)
    keys = np.flatnonzero(by_key)
    counts = by_key[keys]
    rows = []
    for key, n in zip(keys.tolist(), counts.tolist(), strict=True):
        step, outcome, reason = kinds[key % len(kinds)]
        rows.append(OutcomeRow(first + key // len(kinds), str(step), str(outcome), str(reason), n))
    return rows


def histogram_rows(
    seconds: Int64s, group_of: Int64s, groups: Sequence[tuple[str, str]], clock: str, values_us: Int64s
) -> list[HistogramRow]:
    """One sparse histogram of ``values_us`` for each (second, group); a group is a step and an outcome.

    A negative value is left out: it is no duration, and the missing count shows it.
    """
    told = values_us >= 0
    if not told.all():
        seconds, group_of, values_us = seconds[told], group_of[told], values_us[told]
    if not values_us.size:
        return []
    first = int(seconds.min())
    cell_of = (seconds - first) * len(groups) + group_of
    cells = np.flatnonzero(np.bincount(cell_of))  # counting is many times as fast as sorting, and the cells are few
    place_of = np.zeros(int(cells[-1]) + 1, np.int64)
    place_of[cells] = np.arange(cells.size)
    placed = place_of[cell_of]
    sums, highest = np.zeros(cells.size, np.int64), np.zeros(cells.size, np.int64)
    np.add.at(sums, placed, values_us)
    np.maximum.at(highest, placed, values_us)
    by_key = np.bincount(placed * BUCKETS + buckets_of(values_us))
    keys = np.flatnonzero(by_key)
    counts = by_key[keys]
    edges = np.searchsorted(keys, np.arange(cells.size + 1) * BUCKETS).tolist()
    rows = []
    for place, cell in enumerate(cells.tolist()):
        part = slice(edges[place], edges[place + 1])
        step, outcome = groups[cell % len(groups)]
        rows.append(
            HistogramRow(
                second=first + cell // len(groups),
                step=str(step),
                outcome=str(outcome),
                clock=clock,
                n=int(counts[part].sum()),
                sum_us=int(sums[place]),
                max_us=int(highest[place]),
                buckets=(keys[part] - place * BUCKETS).tolist(),
                counts=counts[part].tolist(),
            )
        )
    return rows


def zero_rows(
    seconds: Int64s, group_of: Int64s, groups: Sequence[tuple[str, str]], clock: str, counts: Int64s
) -> list[HistogramRow]:
    """So many values of 0 in each sample's second and group, as one histogram of one bucket for each."""
    if not counts.any():
        return []
    first = int(seconds.min())
    cells = np.zeros(int(seconds.max() - first + 1) * len(groups), np.int64)
    np.add.at(cells, (seconds - first) * len(groups) + group_of, counts)
    rows = []
    for cell in np.flatnonzero(cells).tolist():
        step, outcome = groups[cell % len(groups)]
        second, n = first + cell // len(groups), int(cells[cell])
        rows.append(HistogramRow(second, str(step), str(outcome), clock, n, 0, 0, [0], [n]))
    return rows
