"""Counts and look-ups over millions of rows, some rows at a time: what is computed on the way stays in a core's cache and takes no memory."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Bools = NDArray[np.bool_]
_SPARSE = 4
"""A list to tick numbers off on takes at most the memory of the numbers in 32 bits."""
ROWS_AT_ONCE = 1 << 18
"""Rows that are worked on together where the arithmetic takes many times the memory of its result."""


def counted(
    places: NDArray[Any], length: int, mask: Bools | None = None, weights: NDArray[Any] | None = None
) -> NDArray[np.int64]:
    """How many rows, or the sum of whole ``weights``, belong to each place; as ``numpy.bincount``, of the rows of ``mask``."""
    total = np.zeros(length, dtype=np.int64)
    for begin in range(0, len(places), ROWS_AT_ONCE):
        some = slice(begin, begin + ROWS_AT_ONCE)
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


def is_rising(values: NDArray[Any]) -> bool:
    """Whether each value is above the one before, so that they are sorted and none is twice."""
    return bool((values[1:] > values[:-1]).all())


def has_repeats(values: NDArray[Any]) -> bool:
    """Whether a whole number is there twice: where they lie close they are ticked off on a list, else they are sorted."""
    if not len(values):
        return False
    first, last = int(values.min()), int(values.max())
    if last - first >= _SPARSE * len(values):
        return not is_rising(np.sort(values))
    is_there = np.zeros(last - first + 1, dtype=bool)
    for begin in range(0, len(values), ROWS_AT_ONCE):
        is_there[values[begin : begin + ROWS_AT_ONCE].astype(np.int64) - first] = True
    return int(np.count_nonzero(is_there)) < len(values)


def places_of(values: NDArray[Any]) -> Callable[[NDArray[Any]], NDArray[np.int64]]:
    """What finds the places of others among ``values`` (at least one); of one that is not there it gives any place."""
    last = len(values) - 1
    if not is_rising(values):
        order = np.argsort(values, kind="stable")
        in_order = values[order]
        return lambda others: order[np.searchsorted(in_order, others).clip(max=last)]
    first = int(values[0])
    if int(values[-1]) - first == last:
        # every number from the first to the last: what is looked for tells its own place
        return lambda others: (others.astype(np.int64) - first).clip(0, last)
    return lambda others: np.searchsorted(values, others).clip(max=last)


def are_among(others: NDArray[Any], values: NDArray[Any]) -> NDArray[np.bool_]:
    """Which of ``others`` are among ``values``, some at a time."""
    found = np.zeros(len(others), dtype=bool)
    if not len(values):
        return found
    place_of = places_of(values)
    for begin in range(0, len(others), ROWS_AT_ONCE):
        some = others[begin : begin + ROWS_AT_ONCE]
        found[begin : begin + ROWS_AT_ONCE] = values[place_of(some)] == some
    return found
