"""Behaviour of admission: door, station and voice together, and the ends of a ticket."""

import msgspec

from target_stub.admission.controller import Controller
from target_stub.admission.doors import Door, OpenDoor
from target_stub.admission.ticket import Refusal, Ticket
from target_stub.admission.token_bucket import TokenBucket
from target_stub.admission.voice import Voice
from target_stub.capacity.station import Station
from target_stub.clock import NS_PER_S
from target_stub.truth_log import TruthLog
from tests.helpers.clocks import VirtualClock

SERVICE_NS = NS_PER_S // 4


class Hall:
    """A controller in virtual time in front of two servers of 250 ms."""

    def __init__(self, door: Door, *, queue_limit: int | None = None, voice: Voice = "hard") -> None:
        """Put the parts together."""
        self.clock = VirtualClock()
        station = Station(2, queue_limit)
        self.truth = TruthLog(self.clock, station.in_system, lambda _line: None)
        self.controller = Controller(
            clock=self.clock, station=station, service_time=lambda: SERVICE_NS, door=door, voice=voice, truth=self.truth
        )

    def totals(self) -> dict[str, int]:
        """Return the counts that are not zero."""
        return {name: count for name, count in msgspec.to_builtins(self.truth.totals).items() if count}


def test_who_gets_in_is_told_when_its_work_starts_and_ends() -> None:
    """An admitted shopper gets a ticket with its place in the station's time."""
    hall = Hall(OpenDoor())

    tickets = [hall.controller.admit() for _ in range(3)]

    placements = [(t.placement.start_ns, t.placement.end_ns) for t in tickets if isinstance(t, Ticket)]
    assert placements == [(0, SERVICE_NS), (0, SERVICE_NS), (SERVICE_NS, 2 * SERVICE_NS)]
    assert hall.controller.gauges() == {"servers": 2, "busy": 2, "waiting": 1}


def test_the_door_refuses_before_the_queue_is_asked() -> None:
    """A shopper without a token is refused for the rate and takes no place in the station."""
    hall = Hall(TokenBucket(2.0, burst_s=0.5))

    first, second = hall.controller.admit(), hall.controller.admit()

    assert isinstance(first, Ticket)
    assert second == Refusal("rate", "hard", retry_after_s=1)
    assert hall.totals() == {"arrived": 2, "admitted": 1, "refused_hard": 1}


def test_a_full_queue_is_an_overflow() -> None:
    """A shopper for whom the queue has no place is counted apart from those the door refused."""
    hall = Hall(OpenDoor(), queue_limit=0)

    answers = [hall.controller.admit() for _ in range(3)]

    assert answers[2] == Refusal("queue_full", "hard")
    assert hall.totals() == {"arrived": 3, "admitted": 2, "overflowed": 1}


def test_the_mixed_voice_counts_all_refusals() -> None:
    """Refusals of the door and of the queue alternate together between hard and soft."""
    hall = Hall(TokenBucket(3.0, burst_s=1.0), queue_limit=0, voice="mixed")

    answers = [hall.controller.admit() for _ in range(6)]

    said = [(answer.cause, answer.manner) for answer in answers if isinstance(answer, Refusal)]
    assert said == [("queue_full", "hard"), ("rate", "soft"), ("rate", "hard"), ("rate", "soft")]


def test_a_ticket_ends_once() -> None:
    """The first ending of a ticket counts, later ones change nothing."""
    hall = Hall(OpenDoor())
    tickets = [ticket for _ in range(3) if isinstance(ticket := hall.controller.admit(), Ticket)]

    tickets[0].served()
    tickets[1].ignored()
    tickets[2].dropped()
    for ticket in tickets:
        ticket.served()
        ticket.ignored()
        ticket.dropped()

    assert hall.totals() == {"arrived": 3, "admitted": 3, "served": 1, "abandoned": 1, "dropped": 1}


def test_work_of_a_shopper_who_left_is_done_all_the_same() -> None:
    """An ignored ticket frees no server: who comes next waits as if nobody had left."""
    hall = Hall(OpenDoor())
    for _ in range(4):
        ticket = hall.controller.admit()
        assert isinstance(ticket, Ticket)
        ticket.ignored()

    late = hall.controller.admit()

    assert isinstance(late, Ticket)
    assert late.placement.wait_ns == 2 * SERVICE_NS


def test_a_switched_bucket_fills_at_its_new_rate() -> None:
    """After a switch the tokens earned so far stay and new ones come at the new rate."""
    hall = Hall(TokenBucket(4.0, burst_s=0.25))
    assert isinstance(hall.controller.admit(), Ticket)
    hall.clock.set_to(NS_PER_S // 8)

    hall.controller.switch(TokenBucket(100.0, burst_s=0.25))
    hall.clock.set_to(NS_PER_S // 8 + 5_000_000)

    assert [isinstance(hall.controller.admit(), Ticket) for _ in range(2)] == [True, False]
    assert hall.controller.door == TokenBucket(100.0, burst_s=0.25)


def test_a_door_can_be_opened_and_closed_again() -> None:
    """An open door lets everybody in; a bucket put in its place begins full."""
    hall = Hall(TokenBucket(1.0, burst_s=1.0))
    hall.controller.switch(OpenDoor())
    assert all(isinstance(hall.controller.admit(), Ticket) for _ in range(5))

    hall.controller.switch(TokenBucket(1.0, burst_s=1.0))

    assert [isinstance(hall.controller.admit(), Ticket) for _ in range(2)] == [True, False]
