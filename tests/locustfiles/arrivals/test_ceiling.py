"""The ceiling in virtual time: in no second, wherever it begins, do all workers together release more."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locustfiles.arrivals.ceiling import Ceiling

NS = 1_000_000_000
calls = st.lists(st.tuples(st.integers(0, 10), st.integers(0, 400_000_000)), max_size=150)
"""(which worker, modulo their number; nanoseconds since the call before)."""


def released_ns(most_per_s: float, workers: int, asked: list[tuple[int, int]]) -> list[int]:
    """The instants of the releases when workers ask one after another."""
    parts = [Ceiling(most_per_s, (worker, workers)) for worker in range(workers)]
    now_ns, released = 0, []
    for worker, later_ns in asked:
        now_ns += later_ns
        part = parts[worker % workers]
        if part.admits(now_ns):
            part.take(now_ns)
            released.append(now_ns)
    return released


def most_within(instants: list[int], span_ns: int) -> int:
    """The most instants in any half-open span of that length."""
    return max((sum(start <= at < start + span_ns for at in instants) for start in instants), default=0)


@given(st.integers(1, 30), st.floats(0, 0.999), st.integers(1, 7), calls)
def test_no_second_has_more(whole: int, part: float, workers: int, asked: list[tuple[int, int]]) -> None:
    """However many workers ask whenever, no second of any beginning has more releases than the ceiling."""
    assert most_within(released_ns(whole + part, workers, asked), NS) <= whole + part


@given(st.floats(0.05, 0.999), st.integers(1, 4), calls)
def test_less_than_one_a_second(most_per_s: float, workers: int, asked: list[tuple[int, int]]) -> None:
    """Below 1/s no span of 1/ceiling seconds has more than one release."""
    assert most_within(released_ns(most_per_s, workers, asked), int(NS / most_per_s)) <= 1


@given(st.floats(0.05, 1000), st.integers(1, 40))
def test_the_parts_are_the_whole(most_per_s: float, workers: int) -> None:
    """The workers' places are the whole ceiling's, and differ by one at most."""
    places = [Ceiling(most_per_s, (worker, workers)).places for worker in range(workers)]
    assert sum(places) == max(1, int(most_per_s))
    assert max(places) - min(places) <= 1


def test_what_is_asked_evenly_below_the_ceiling_is_all_released() -> None:
    """A load that stays at the ceiling loses nothing to it, on one worker or on four."""
    asked = [(number, NS // 40) for number in range(400)]
    for workers in (1, 4):
        assert len(released_ns(40, workers, asked)) == 400


def test_what_is_asked_above_the_ceiling_gets_the_ceiling() -> None:
    """Ten seconds at ten times the ceiling release ten seconds' worth of it."""
    assert len(released_ns(20, 2, [(number, NS // 200) for number in range(1, 2001)])) == 200


def test_a_place_is_free_again_after_a_second() -> None:
    """A release holds its place for one whole second."""
    ceiling = Ceiling(1)
    ceiling.take(0)
    assert [ceiling.admits(at_ns) for at_ns in (0, NS - 1, NS)] == [False, False, True]


def test_a_place_of_less_than_one_a_second() -> None:
    """Below 1/s the only place is held for as long as the ceiling asks for."""
    ceiling = Ceiling(0.4)
    ceiling.take(0)
    assert [ceiling.admits(at_ns) for at_ns in (NS, 5 * NS // 2 - 1, 5 * NS // 2)] == [False, False, True]


@pytest.mark.parametrize(
    ("most_per_s", "share"), [(0, (0, 1)), (-1, (0, 1)), (float("inf"), (0, 1)), (float("nan"), (0, 1)), (5, (2, 2)), (5, (-1, 2))]
)  # fmt: skip
def test_impossible(most_per_s: float, share: tuple[int, int]) -> None:
    """A ceiling of nothing or of everything, and a share that is none, are refused."""
    with pytest.raises(ValueError, match=r"ceiling is a number|share is"):
        Ceiling(most_per_s, share)
