"""Counts that are made some rows at a time are those of all rows at once."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.counting import among, are_among, counted, has_repeats, is_rising, places_of


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


NUMBERS = st.lists(st.integers(-50, 50), max_size=30)


@given(
    NUMBERS, st.sampled_from([sorted, list, lambda values: list(range(min(values, default=0), max(values, default=0)))])
)
def test_places_are_found_in_any_order(values: list[int], arranged: object) -> None:
    """Of sorted numbers, of numbers without a gap and of any others: each finds itself, and none finds what is not there."""
    assert callable(arranged)
    known, others = np.array(arranged(values), dtype=np.int64), np.arange(-60, 60)

    assert are_among(others, known).tolist() == np.isin(others, known).tolist()
    if len(known):
        assert known[places_of(known)(known)].tolist() == known.tolist()
    assert is_rising(known) == (sorted(set(known.tolist())) == known.tolist())


@given(st.lists(st.one_of(st.integers(-50, 50), st.integers(-(2**31), 2**31 - 1)), max_size=40))
def test_repeats_are_found(values: list[int]) -> None:
    """Whether the numbers lie close together or far apart, in any order and of any sign."""
    assert has_repeats(np.array(values, dtype=np.int32)) == (len(set(values)) < len(values))


@pytest.mark.parametrize("twice", [False, True])
def test_one_repeat_among_many_numbers(twice: bool) -> None:
    """Over several stretches of rows the last number is seen to be the first one again."""
    values = np.arange(700_000, dtype=np.int32)
    values[-1] = 0 if twice else -1

    assert has_repeats(values) is twice
