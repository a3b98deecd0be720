"""Bounds of a worker's wall clock hold whatever a message's way takes."""

from hypothesis import given
from hypothesis import strategies as st

from locustfiles.recording.clock_bounds import QUESTIONS, ClockBounds

NS = st.integers(0, 10**12)
OFFSETS = st.integers(-(10**18), 10**18)


@given(OFFSETS, st.lists(st.tuples(NS, NS, NS), min_size=1, max_size=8))
def test_the_truth_lies_within(offset_ns: int, ways: list[tuple[int, int, int]]) -> None:
    """However long each way takes, the true offset is within bounds that never widen, and the correction within them of it."""
    bounds, now_ns, width_ns = ClockBounds(), 0, None
    for pause_ns, out_ns, back_ns in ways:
        sent_ns = now_ns + pause_ns
        now_ns = sent_ns + out_ns + back_ns
        bounds.add(sent_ns, sent_ns + out_ns + offset_ns, now_ns)

        assert bounds.low_ns <= offset_ns <= bounds.high_ns
        assert width_ns is None or bounds.high_ns - bounds.low_ns <= width_ns
        width_ns = bounds.high_ns - bounds.low_ns
    if bounds.offset_ns:
        assert abs(bounds.offset_ns - offset_ns) <= bounds.uncertain_ns


@given(st.lists(st.tuples(NS, NS, NS), max_size=8))
def test_equal_clocks_are_left_alone(ways: list[tuple[int, int, int]]) -> None:
    """A worker on the master's own clock is never corrected, however slow the machine is."""
    bounds = ClockBounds()
    for sent_ns, out_ns, back_ns in ways:
        bounds.add(sent_ns, sent_ns + out_ns, sent_ns + out_ns + back_ns)

    assert bounds.offset_ns == 0
    assert bounds.is_settled == (len(ways) >= QUESTIONS)


def test_a_clock_that_jumps() -> None:
    """A clock that is set between two questions leaves the bounds of the later one."""
    bounds = ClockBounds()
    bounds.add(0, 1_000, 10)
    bounds.add(100, 101, 110)

    assert (bounds.low_ns, bounds.high_ns) == (-9, 1)
