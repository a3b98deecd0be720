"""Rows that are equal in some columns, as one kind: ten million purchases are of a few dozen kinds.

What depends on those columns only is computed once for each kind, and looked up for each row. This module must not know
which tables a run has (``run_directory``).
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from reports.run_record.projection import Columns, Growing, Scan, Words, smallest

if TYPE_CHECKING:
    import pyarrow as pa

_TABLE_KEYS = 1 << 18
"""Up to so many possible keys are renumbered by a table instead of by sorting."""
_MOST_KEYS = 1 << 40
"""A key is a product of places; beyond this it is made small again."""


KIND = "kind"
"""The column that stands for those that a kind is made of."""


def read_alike(
    path: Path, columns: Sequence[str], alike: Sequence[str], absent: Mapping[str, Any] | None = None
) -> tuple[Columns, Columns, str]:
    """Whole columns of a stream and ``kind``, then the columns ``alike`` with a row for each kind; the rest as of ``read_columns``.

    ``absent`` says what every row has in a column of ``alike`` that the stream was written without.
    """
    given = absent or {}
    held = set(Scan(path).schema.names) if given else set(alike)
    read = [name for name in alike if name in held or name not in given]
    scan, kinds = Scan(path, [*columns, *read]), Alike(read)
    whole = {name: Growing() for name in [*columns, KIND]}
    for part in scan:
        for name in columns:
            whole[name].add(smallest(part[name].to_numpy()), scan.rows_expected)
        whole[KIND].add(smallest(kinds.add([_values(part[name]) for name in read])), scan.rows_expected)
    rows: Columns = {name: growing.values() for name, growing in whole.items()}
    found, count = kinds.columns(), len(kinds)
    return rows, {name: found[name] if name in found else np.full(count, given[name]) for name in alike}, scan.cut


class Alike:
    """Gives each row the number of its kind; kinds are numbered as they come, over any number of parts."""

    def __init__(self, names: Sequence[str]) -> None:
        """Begin with no kind; ``names`` are the columns that a kind is made of."""
        self._names = list(names)
        self._known: dict[tuple[Any, ...], int] = {}

    def add(self, columns: Sequence[NDArray[Any] | Words]) -> NDArray[np.int32]:
        """The kind of each row of a part, whose columns are in the order of the names."""
        key, size = np.zeros(_length(columns[0]), dtype=np.int64), 1
        for column in columns:
            codes, places = (column.codes, len(column.words)) if isinstance(column, Words) else (column, 2)
            if size * places > _MOST_KEYS:
                key, size = _numbered(key, size)
            key *= places
            key += codes
            size *= places
        key, found = _numbered(key, size)
        first = np.empty(found, dtype=np.int64)
        first[key[::-1]] = np.arange(len(key))[::-1]
        values = zip(*(_at(column, first) for column in columns), strict=True)
        kinds = [self._known.setdefault(one, len(self._known)) for one in values]
        return np.array(kinds, dtype=np.int32)[key]

    def __len__(self) -> int:
        """How many kinds there are."""
        return len(self._known)

    def columns(self) -> Columns:
        """The columns, a row for each kind in the order of its number."""
        rows = list(self._known)
        return {name: np.array([row[place] for row in rows]) for place, name in enumerate(self._names)}


def _length(column: NDArray[Any] | Words) -> int:
    return len(column.codes if isinstance(column, Words) else column)


def _values(column: "pa.ChunkedArray") -> NDArray[Any] | Words:
    """A part of a column of words or flags."""
    if str(column.type) != "string":
        flags: NDArray[Any] = column.to_numpy()
        return flags
    encoded = column.combine_chunks().dictionary_encode()
    return Words(encoded.indices.to_numpy(), encoded.dictionary.to_pylist())


def _numbered(key: NDArray[np.int64], size: int) -> tuple[NDArray[np.int64], int]:
    """Keys below ``size`` renumbered from 0 without a gap, and how many different ones there are."""
    if size > _TABLE_KEYS:
        found, renumbered = np.unique(key, return_inverse=True)
        return renumbered.astype(np.int64), len(found)
    present = np.bincount(key, minlength=size) > 0
    return (np.cumsum(present) - 1)[key], int(present.sum())


def _at(column: NDArray[Any] | Words, rows: NDArray[np.int64]) -> list[Any]:
    """The values of some rows."""
    if isinstance(column, Words):
        return [column.words[code] for code in column.codes[rows].tolist()]
    values: list[Any] = column[rows].tolist()
    return values
