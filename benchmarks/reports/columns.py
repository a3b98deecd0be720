"""Many values at once as columns of the run record: histograms of every second, and strings made of numbers."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from reports.run_record.histogram import BUCKETS, buckets_of

Int64s = NDArray[np.int64]


class Block(NamedTuple):
    """Values of one step, outcome and clock in microseconds, each with its second; each counts ``times`` times."""

    step: str
    outcome: str
    clock: str
    second: Int64s
    values_us: Int64s
    times: int = 1


def blocks_of(blocks: Sequence[Block], seconds: int) -> dict[str, Any]:
    """The columns of ``HistogramRow``, a row for each second of each block that has a value there, sorted by second."""
    parts = [_rows(block, seconds) for block in blocks]
    second = np.concatenate([part["second"] for part in parts])
    order = np.argsort(second, kind="stable")
    sizes = [len(part["second"]) for part in parts]
    columns: dict[str, Any] = {"second": second[order]}
    for name in ("step", "outcome", "clock"):
        codes = np.repeat(np.arange(len(blocks)), sizes)[order]
        columns[name] = pc.take(pa.array([getattr(block, name) for block in blocks]), pa.array(codes))
    for name in ("n", "sum_us", "max_us"):
        columns[name] = np.concatenate([part[name] for part in parts])[order]
    for name in ("buckets", "counts"):
        columns[name] = pc.take(pa.concat_arrays([part[name] for part in parts]), pa.array(order))
    return columns


def _rows(block: Block, seconds: int) -> dict[str, Any]:
    cells = np.bincount(block.second * BUCKETS + buckets_of(block.values_us), minlength=seconds * BUCKETS)
    filled = np.flatnonzero(cells)
    second, starts = np.unique(filled // BUCKETS, return_index=True)
    offsets = pa.array(np.append(starts, len(filled)).astype(np.int32))
    order = np.argsort(block.second, kind="stable")
    begins = np.flatnonzero(np.diff(block.second[order], prepend=-1))
    n = np.bincount(block.second, minlength=seconds)[second] * block.times
    return {
        "second": second,
        "n": n,
        "sum_us": np.add.reduceat(block.values_us[order], begins) * block.times,
        "max_us": np.maximum.reduceat(block.values_us[order], begins),
        "buckets": pa.ListArray.from_arrays(offsets, pa.array(filled % BUCKETS)),
        "counts": pa.ListArray.from_arrays(offsets, pa.array(cells[filled] * block.times)),
    }


def joined(*parts: Any) -> Any:
    """Strings put together element by element of arrays and fixed text."""
    return pc.binary_join_element_wise(*parts, "")
