"""A stopwatch around functions."""

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
