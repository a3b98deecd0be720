"""What is due when, and how it was counted, in virtual time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locustfiles.arrivals.arrival import Arrival
from locustfiles.arrivals.arrival_process import Schedule
from locustfiles.arrivals.rate_curve import RateCurve
from locustfiles.arrivals.timetable import Tally, Timetable
from reports.run_record.schema import SecondRow
from tests.helpers.curves import curves

MS = 1_000_000
SECOND_NS = 1_000_000_000
TWO_A_SECOND = Schedule(RateCurve.constant(2, 3), "even")
"""Arrivals at 0.25, 0.75, 1.25, 1.75, 2.25 and 2.75 s."""

DUE = [
    pytest.param(0, [], id="at the start => nothing yet"),
    pytest.param(249, [], id="a millisecond early => nothing"),
    pytest.param(250, [250], id="in time => the first"),
    pytest.param(1000, [250, 750], id="after the first second => both of it"),
    pytest.param(1300, [250, 750, 1250], id="a late look => all that is due, with its intended times"),
    pytest.param(99_000, [250, 750, 1250, 1750, 2250, 2750], id="long after the end => all of the run"),
    pytest.param(-5000, [], id="before the run => nothing"),
]


@pytest.mark.parametrize(("now_ms", "due_ms"), DUE)
def test_what_is_due(now_ms: int, due_ms: list[int]) -> None:
    """Everything with an intended time until now is due, in order, its intended time unchanged."""
    arrivals = Timetable(TWO_A_SECOND).take_due(now_ms * MS, limit=100)
    assert [arrival.intended_ns // MS for arrival in arrivals] == due_ms
    assert [arrival.index for arrival in arrivals] == list(range(len(due_ms)))


def test_what_was_taken_is_not_due_again() -> None:
    """Each look takes what became due since the last."""
    timetable = Timetable(TWO_A_SECOND)
    looks = [timetable.take_due(at * MS, limit=100) for at in (300, 300, 800, 2300)]
    assert [len(look) for look in looks] == [1, 0, 1, 3]


def test_a_limit_leaves_the_rest_for_the_next_look() -> None:
    """A backlog is taken in portions, nothing skipped and nothing twice."""
    timetable = Timetable(TWO_A_SECOND)
    portions = [timetable.take_due(99 * SECOND_NS, limit=4) for _ in range(3)]
    assert [[arrival.index for arrival in portion] for portion in portions] == [[0, 1, 2, 3], [4, 5], []]


def test_next_is_the_first_arrival_that_was_not_taken() -> None:
    """The time to wake up at follows what was taken, and is None after the last."""
    timetable = Timetable(TWO_A_SECOND)
    assert timetable.next_ns == 250 * MS
    timetable.take_due(2300 * MS, limit=100)
    assert timetable.next_ns == 2750 * MS
    timetable.take_due(2750 * MS, limit=100)
    assert timetable.next_ns is None


def test_an_empty_schedule_has_nothing_due() -> None:
    """A curve without arrivals is over before it begins."""
    timetable = Timetable(Schedule(RateCurve.constant(0, 5), "even"))
    assert timetable.next_ns is None
    assert timetable.take_due(99 * SECOND_NS, limit=10) == []


@given(curves(max_rate_per_s=60), st.sampled_from(["even", "poisson"]), st.integers(1, 5), st.integers(0, 1000))
def test_shares_add_up_to_the_schedule(curve: RateCurve, process: str, workers: int, seed: int) -> None:
    """All workers' shares together are every arrival once, and each worker has the indexes of its own remainder."""
    schedule = Schedule(curve, process, seed)
    end_ns = 1000 * SECOND_NS
    shares = [Timetable(schedule, (worker, workers)).take_due(end_ns, limit=10**9) for worker in range(workers)]
    for worker, share in enumerate(shares):
        assert {arrival.index % workers for arrival in share} <= {worker}
        assert share == sorted(share)
    assert sorted(a for share in shares for a in share) == Timetable(schedule).take_due(end_ns, limit=10**9)


@given(curves(max_rate_per_s=60), st.lists(st.integers(0, 61_000), max_size=15), st.integers(1, 50))
def test_any_rhythm_of_wake_ups_takes_the_same_arrivals(curve: RateCurve, looks_ms: list[int], limit: int) -> None:
    """However late and however often the pacer wakes up, the arrivals and their intended times are the same."""
    schedule = Schedule(curve, "poisson", 3)
    timetable = Timetable(schedule)
    taken = [arrival for at in sorted(looks_ms) for arrival in timetable.take_due(at * MS, limit)]
    taken += timetable.take_due(1000 * SECOND_NS, limit=10**9)
    assert taken == Timetable(schedule).take_due(1000 * SECOND_NS, limit=10**9)


@given(
    curves(max_rate_per_s=60),
    st.lists(st.tuples(st.integers(0, 61_000), st.booleans()), max_size=15),
    st.integers(1, 3),
)
def test_looking_ahead_changes_nothing(curve: RateCurve, looks: list[tuple[int, bool]], workers: int) -> None:
    """Whenever the next second's arrivals are made, the arrivals are the same."""
    schedule, share = Schedule(curve, "poisson", 3), (workers - 1, workers)
    timetable, taken = Timetable(schedule, share), []
    for at_ms, is_ahead in sorted(looks):
        taken += timetable.take_due(at_ms * MS, limit=10**9)
        if is_ahead:
            timetable.look_ahead()
    taken += timetable.take_due(1000 * SECOND_NS, limit=10**9)
    assert taken == Timetable(schedule, share).take_due(1000 * SECOND_NS, limit=10**9)


def test_the_time_to_look_ahead() -> None:
    """It comes once a second, when more than half of the second's arrivals are taken, and no more after the last."""
    timetable = Timetable(Schedule(RateCurve.constant(4, 2), "even"))
    told = []
    for _ in range(8):
        timetable.take_due(99 * SECOND_NS, limit=1)
        told.append(timetable.is_half_taken)
        if told[-1]:
            timetable.look_ahead()
    assert told == [False, False, True, False] * 2


@pytest.mark.parametrize("share", [(1, 1), (-1, 2), (0, 0), (5, 3)])
def test_an_impossible_share_is_refused(share: tuple[int, int]) -> None:
    """A worker's number is at least 0 and less than the number of workers."""
    with pytest.raises(ValueError, match="0 <= worker < workers, but it is"):
        Timetable(TWO_A_SECOND, share)


def test_a_tally_counts_by_intended_second() -> None:
    """Rows hold the arrivals of their second; scheduled is released and dropped together."""
    tally = Tally()
    for intended_ms, released in ((100, True), (900, False), (1500, True), (1600, True), (4000, False)):
        tally.count(Arrival(0, intended_ms * MS), released)
    assert tally.take_rows() == [
        SecondRow(0, scheduled=2, released=1, dropped=1),
        SecondRow(1, scheduled=2, released=2, dropped=0),
        SecondRow(4, scheduled=1, released=0, dropped=1),
    ]


def test_rows_are_increments() -> None:
    """A row that was taken is not told again, and a late count of the same second is a row of its own."""
    tally = Tally()
    tally.count(Arrival(0, 100), True)
    assert tally.take_rows() == [SecondRow(0, scheduled=1, released=1, dropped=0)]
    assert tally.take_rows() == []
    tally.count(Arrival(1, 200), False)
    assert tally.take_rows() == [SecondRow(0, scheduled=1, released=0, dropped=1)]


@given(st.lists(st.tuples(st.integers(0, 5 * SECOND_NS), st.booleans(), st.booleans())))
def test_rows_add_up_to_the_totals(counts: list[tuple[int, bool, bool]]) -> None:
    """Whenever rows are taken, their sums are the totals, and no increment is negative."""
    tally, rows = Tally(), []
    for intended_ns, released, take in counts:
        tally.count(Arrival(0, intended_ns), released)
        if take:
            rows += tally.take_rows()
    rows += tally.take_rows()
    assert all(row.released >= 0 and row.dropped >= 0 and row.scheduled == row.released + row.dropped for row in rows)
    assert sum(row.released for row in rows) == tally.released
    assert sum(row.dropped for row in rows) == tally.dropped
    assert sum(row.scheduled for row in rows) == tally.scheduled == len(counts)
