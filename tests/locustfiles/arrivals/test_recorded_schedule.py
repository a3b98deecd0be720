"""Recorded arrivals are replayed to the microsecond, by any number of workers, and become a curve of the same area."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from locustfiles.arrivals.recorded_schedule import MOST_ARRIVALS, MOST_PIECES, RecordedSchedule
from locustfiles.arrivals.timetable import Timetable

FOREVER_NS = 10**18


def schedule(*arrivals_s: float) -> RecordedSchedule:
    """Arrivals at these seconds."""
    return RecordedSchedule(np.array([round(s * 1e6) for s in arrivals_s], dtype=np.int64))


recordings = st.lists(st.integers(0, 40_000_000), min_size=1, max_size=60).map(
    lambda us: RecordedSchedule(np.array(sorted(us), dtype=np.int64))
)


@given(recordings, st.integers(1, 5))
def test_workers_share_the_recording(recorded: RecordedSchedule, workers: int) -> None:
    """Every arrival is some worker's, at its recorded time and under its own index, whatever the number of workers."""
    sent = RecordedSchedule.unpacked(recorded.packed())
    taken = [
        arrival
        for worker in range(workers)
        for arrival in Timetable(sent, (worker, workers)).take_due(FOREVER_NS, MOST_ARRIVALS)
    ]

    assert sorted(taken) == [(index, us * 1000) for index, us in enumerate(recorded.intended_us.tolist())]


@given(recordings)
def test_chunks_are_whole_seconds(recorded: RecordedSchedule) -> None:
    """There is a chunk for every second up to the last arrival's, and each holds its own arrivals only."""
    chunks = list(recorded.chunks())

    assert [chunk.second for chunk in chunks] == list(range(int(recorded.duration_s)))
    for chunk in chunks:
        assert all(second == chunk.second for second in (chunk.intended_ns // 10**9).tolist())


@given(recordings)
def test_the_curve_counts_each_second(recorded: RecordedSchedule) -> None:
    """The curve offers in each second what was recorded in it, and lasts as long."""
    curve = recorded.curve()

    assert curve.duration_s == recorded.duration_s
    for chunk in recorded.chunks():
        offered = curve.expected(chunk.second + 1) - curve.expected(chunk.second)
        assert offered == pytest.approx(len(chunk.intended_ns))


def test_equal_seconds_are_one_piece() -> None:
    """Seconds with as many arrivals are one piece of the curve, silence too."""
    curve = schedule(0.0, 0.5, 1.0, 1.9, 8.25).curve()

    assert [(s.start_s, s.end_s, s.start_per_s) for s in curve.segments] == [(0, 2, 2), (2, 8, 0), (8, 9, 1)]


def test_a_long_recording_stays_small() -> None:
    """A day whose every second differs from the next is counted by longer spans; no arrival is lost from the area."""
    seconds = np.arange(86_400, dtype=np.int64) * 1_000_000
    recorded = RecordedSchedule(np.sort(np.concatenate((seconds, seconds[::2], seconds[::3]))))
    curve = recorded.curve()

    assert len(curve.segments) <= MOST_PIECES
    assert curve.expected_total == pytest.approx(len(recorded.intended_us))
    assert curve.duration_s == 86_400
    assert len(recorded.packed()) < len(recorded.intended_us)


def test_faster() -> None:
    """At twice the speed every arrival comes in half the time."""
    assert schedule(0.0, 1.0, 4.5).faster(2).intended_us.tolist() == [0, 500_000, 2_250_000]


@pytest.mark.parametrize(
    ("us", "sentence"),
    [
        pytest.param([], "holds 1 to 5,000,000 arrivals, but this one holds 0", id="none"),
        pytest.param([2, 1], "are sorted and begin at 0 s or later", id="unsorted"),
        pytest.param([-1, 1], "are sorted and begin at 0 s or later", id="before the start"),
        pytest.param([1_770_000_000_000_000], "lasts at most 31622400 s", id="times of day, since 1970"),
        pytest.param([0] * (MOST_ARRIVALS + 1), "but this one holds 5,000,001", id="too many"),
    ],
)
def test_what_cannot_be_replayed(us: list[int], sentence: str) -> None:
    """A recording that no run can replay is refused."""
    with pytest.raises(ValueError, match=sentence):
        RecordedSchedule(np.array(us, dtype=np.int64))


@given(recordings, st.floats(0.001, 50.0))
def test_the_most_within_a_span(recorded: RecordedSchedule, span_s: float) -> None:
    """No span holds more arrivals than that, and one does hold them."""
    times_us = recorded.intended_us.tolist()
    counts = [sum(start <= us <= start + int(span_s * 1e6) for us in times_us) for start in times_us]

    assert recorded.most_within(span_s) == max(counts)
