"""Station and line as one floor."""

from target_stub.admission.queue_discipline import Codel, Fifo, Lifo
from target_stub.admission.service_line import Dropped, Started
from target_stub.admission.work_floor import WorkFloor
from target_stub.capacity.station import Placement, Station


def floor(rule: Fifo | Lifo | Codel, queue_limit: int | None = None) -> WorkFloor[str]:
    """A floor of one server."""
    return WorkFloor(Station(1, queue_limit), rule)


def test_fifo_knows_the_place_at_once() -> None:
    """Without another discipline a job's start and end are known when it comes."""
    fifo = floor(Fifo())
    fifo.enter("a", 0, 100, keeps_waits=True)

    assert fifo.enter("b", 10, 100, keeps_waits=True) == Placement(10, 100, 200)
    assert (fifo.waiting(20), fifo.busy(20), fifo.in_system(20), fifo.next_ns) == (1, 1, 2, None)
    assert fifo.events_until(99) == []


def test_waits_are_told_when_they_are_over() -> None:
    """DAGOR hears of a wait at the start of the work and not before, and of each once."""
    fifo = floor(Fifo())
    for owner in ("a", "b"):
        fifo.enter(owner, 0, 100, keeps_waits=True)
    fifo.enter("c", 0, 100, keeps_waits=False)

    assert fifo.waits_until(99) == [(0, 0)]
    assert fifo.waits_until(500) == [(100, 100)]


def test_a_full_queue_drops_the_newcomer() -> None:
    """The overflow is an event of the newcomer."""
    fifo = floor(Fifo(), queue_limit=0)
    fifo.enter("a", 0, 100, keeps_waits=False)

    told = fifo.enter("b", 1, 100, keeps_waits=False)

    assert isinstance(told, list)
    event = told[0]
    assert isinstance(event, Dropped)
    assert (event.job.owner, event.cause) == ("b", "queue_full")


def test_a_switch_keeps_placements_and_serves_the_rest_anew() -> None:
    """Who was placed is served as told; those who come after the switch are served by the new rule."""
    both = floor(Fifo())
    for owner in ("a", "b"):
        both.enter(owner, 0, 100, keeps_waits=False)
    both.switch(Lifo(), 10)
    for owner in ("c", "d"):
        assert both.enter(owner, 20, 100, keeps_waits=False) == []

    assert (both.rule, both.servers, both.waiting(50), both.next_ns) == (Lifo(), 1, 3, 200)
    events = both.events_until(400)
    assert [(e.job.owner, e.start_ns) for e in events if isinstance(e, Started)] == [("d", 200), ("c", 300)]


def test_a_line_may_go_back_to_fifo() -> None:
    """After a second switch the oldest is served first again, still told by events."""
    lifo = floor(Lifo())
    for owner in ("a", "b", "c"):
        lifo.enter(owner, 0, 100, keeps_waits=False)
    lifo.switch(Fifo(), 10)

    events = lifo.events_until(100)

    assert [e.job.owner for e in events] == ["b"]
