"""A stopwatch around functions."""

from collections.abc import Generator

import pytest

from benchmarks.generator.stopwatch import RECORDING, WRITE_AHEAD, Stopwatch


def test_time_adds_up_by_kind() -> None:
    """Each call adds its time to its kind, also one that raises, and results pass through."""
    instants = iter([0, 5, 10, 12, 20, 50])
    stopwatch, clock = Stopwatch(), instants.__next__
    double = stopwatch.timed(RECORDING, lambda value: 2 * value, clock)

    assert (double(4), double(value=5)) == (8, 10)
    with pytest.raises(ZeroDivisionError):
        stopwatch.timed(WRITE_AHEAD, lambda: 1 / 0, clock)()

    assert stopwatch.spent_ns == {RECORDING: 7, WRITE_AHEAD: 30}


def test_parts_add_up_and_pauses_do_not() -> None:
    """Of a work that yields between its parts the parts are counted, and its value passes through."""
    instants = iter([0, 5, 100, 107, 300, 301])
    stopwatch = Stopwatch()

    def work(value: int) -> Generator[None, None, int]:
        yield
        yield
        return 2 * value

    parts = stopwatch.timed_parts(RECORDING, work, instants.__next__)(4)
    next(parts)
    next(parts)
    with pytest.raises(StopIteration) as end:
        next(parts)

    assert end.value.value == 8
    assert stopwatch.spent_ns[RECORDING] == 5 + 7 + 1
