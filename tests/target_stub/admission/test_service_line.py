"""The event-driven line, against the arithmetic station and by hand."""

import random

import pytest

from target_stub.admission.queue_discipline import Codel, Fifo, Job, Lifo
from target_stub.admission.service_line import Dropped, Event, ServiceLine, Started
from target_stub.capacity.station import Station


def told(events: list[Event[int]]) -> list[tuple[int, int, str]]:
    """Who, when and what of each event."""
    return [
        (event.job.owner, event.start_ns, "start")
        if isinstance(event, Started)
        else (event.job.owner, event.at_ns, event.cause)
        for event in events
    ]


@pytest.mark.parametrize("queue_limit", [None, 5])
def test_under_fifo_it_does_what_the_station_computes(queue_limit: int | None) -> None:
    """Start, end and overflow of thousands of random jobs equal those of the Kiefer-Wolfowitz recursion."""
    rng = random.Random(1)
    station, line = Station(3, queue_limit), ServiceLine[int](3, queue_limit, Fifo())
    now_ns, computed, happened = 0, {}, {}
    for number in range(5000):
        now_ns += round(rng.expovariate(1) * 100)
        service_ns = 1 + round(rng.expovariate(1) * 310)
        placement = station.place(now_ns, service_ns)
        computed[number] = placement and (placement.start_ns, placement.end_ns)
        events = line.arrive(Job(number, now_ns, service_ns), now_ns)
        happened.update({e.job.owner: (e.start_ns, e.end_ns) if isinstance(e, Started) else None for e in events})
        assert (line.waiting(now_ns), line.busy(now_ns)) == (station.waiting(now_ns), station.busy(now_ns))
    happened.update({e.job.owner: (e.start_ns, e.end_ns) for e in line.finish(10**12) if isinstance(e, Started)})

    assert happened == computed


def test_lifo_serves_the_newest_at_each_end() -> None:
    """Of three that wait for one server the last to come is the next to be served."""
    line = ServiceLine[int](1, None, Lifo())
    events = [event for number in range(4) for event in line.arrive(Job(number, number, 100), number)]

    assert told(events) == [(0, 0, "start")]
    assert line.next_ns == 100
    assert told(line.finish(350)) == [(3, 100, "start"), (2, 200, "start"), (1, 300, "start")]
    assert line.next_ns is None


def test_in_a_full_lifo_line_the_oldest_has_to_go() -> None:
    """An arrival at a full line is told together with who lost the place."""
    line = ServiceLine[int](1, 1, Lifo())
    for number in (0, 1):
        line.arrive(Job(number, number, 100), number)

    assert told(line.arrive(Job(2, 5, 100), 5)) == [(1, 5, "queue_full")]


def test_a_late_driver_changes_no_instant() -> None:
    """What was due is computed at the instant at which it was due, however late somebody asks."""
    line = ServiceLine[int](1, None, Fifo())
    for number in range(3):
        line.arrive(Job(number, 0, 100), 0)

    assert told(line.finish(10**9)) == [(1, 100, "start"), (2, 200, "start")]


def test_looking_loses_no_event() -> None:
    """Whoever asks how many wait moves the line on, and the events are told by the next call."""
    line = ServiceLine[int](1, None, Fifo())
    for number in range(2):
        line.arrive(Job(number, 0, 100), 0)

    assert (line.waiting(150), line.busy(150), line.next_ns) == (0, 1, 150)
    assert told(line.finish(150)) == [(1, 100, "start")]


def test_servers_may_be_at_work_already() -> None:
    """A line that takes a station over begins its first job when a server is free."""
    line = ServiceLine[int](2, None, Fifo(), busy_until_ns=[70, 30])

    assert told(line.arrive(Job(1, 0, 100), 0)) == []
    assert told(line.finish(99)) == [(1, 30, "start")]


def test_a_codel_line_sends_away_who_waited_too_long() -> None:
    """At twice its capacity a CoDel line drops from the queue, and tells who."""
    ms = 1_000_000
    line = ServiceLine[int](1, None, Codel())
    events = [event for n in range(200) for event in line.arrive(Job(n, n * 5 * ms, 10 * ms), n * 5 * ms)]

    assert any(isinstance(event, Dropped) and event.cause == "queue_delay" for event in events)


def test_a_line_without_servers_is_refused() -> None:
    """There has to be somebody who serves."""
    with pytest.raises(ValueError, match="at least 1 server"):
        ServiceLine[int](0, None, Fifo())
