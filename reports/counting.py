"""Counts over millions of rows, some rows at a time: what is computed on the way stays in a core's cache and takes no memory."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Bools = NDArray[np.bool_]
_ROWS_AT_ONCE = 1 << 18


def counted(
    places: NDArray[Any], length: int, mask: Bools | None = None, weights: NDArray[Any] | None = None
) -> NDArray[np.int64]:
    """How many rows, or the sum of whole ``weights``, belong to each place; as ``numpy.bincount``, of the rows of ``mask``."""
    total = np.zeros(length, dtype=np.int64)
    for begin in range(0, len(places), _ROWS_AT_ONCE):
        some = slice(begin, begin + _ROWS_AT_ONCE)
        where, each = places[some], None if weights is None else weights[some]
        if mask is not None:
            keep = mask[some]
            where, each = where[keep], None if each is None else each[keep]
        found = np.bincount(where, each, len(total)).astype(np.int64, copy=False)
        if len(found) > len(total):
            total = np.pad(total, (0, len(found) - len(total)))
        total += found
    return total


def among(values: NDArray[Any], wanted: NDArray[Any]) -> Bools:
    """Which of ``values``, whole numbers from 0, are among ``wanted``; by a table, so both are to be small numbers."""
    table = np.zeros(int(max(values.max(initial=0), wanted.max(initial=0))) + 1, dtype=bool)
    table[wanted] = True
    found: Bools = table[values]
    return found
