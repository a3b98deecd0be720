"""Counts that are made some rows at a time are those of all rows at once."""

import numpy as np
import pytest

from reports.counting import among, counted


@pytest.mark.parametrize("rows", [0, 5, 600_000])
def test_counts_are_those_of_all_rows(rows: int) -> None:
    """With and without a mask and weights, also beyond the length that was asked for and over several stretches of rows."""
    rng = np.random.default_rng(1)
    places, weights, mask = rng.integers(0, 30, rows), rng.integers(0, 9, rows), rng.random(rows) < 0.5

    assert counted(places, 40).tolist() == np.bincount(places, minlength=40).tolist()
    assert counted(places, 3, mask).tolist() == np.bincount(places[mask], minlength=3).tolist()
    assert counted(places, 3, mask, weights).tolist() == np.bincount(places[mask], weights[mask], 3).tolist()


def test_members_are_found_by_a_table() -> None:
    """Of either side the larger numbers may be."""
    assert among(np.array([0, 5, 9]), np.array([9, 2])).tolist() == [False, False, True]
    assert among(np.array([1]), np.array([50])).tolist() == [False]
    assert among(np.zeros(0, dtype=int), np.zeros(0, dtype=int)).tolist() == []
