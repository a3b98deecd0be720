"""Behaviour of admission: door, station and voice together, and the ends of a ticket."""

import asyncio
import itertools

import msgspec
import pytest

from target_stub.admission.arrival import Arrival
from target_stub.admission.controller import Controller
from target_stub.admission.dagor import Dagor
from target_stub.admission.doors import Door, OpenDoor
from target_stub.admission.limits import Aimd, FixedLimit, Gradient2, Limit, NoLimit, Vegas
from target_stub.admission.queue_discipline import Codel, Fifo, FollyCodel, Lifo, QueueDiscipline
from target_stub.admission.sayings import SAYINGS
from target_stub.admission.ticket import Outcome, Refusal, Ticket
from target_stub.admission.token_bucket import TokenBucket
from target_stub.admission.voice import Voice
from target_stub.admission.waiting_room import WaitingRoom
from target_stub.capacity.station import Placement, Station
from target_stub.clock import NS_PER_S
from target_stub.truth_log import TruthLog
from tests.helpers.clocks import VirtualClock

SERVICE_NS = NS_PER_S // 4
NO_LIMIT = NoLimit()
FIFO = Fifo()


class Hall:
    """A controller in virtual time in front of two servers of 250 ms."""

    def __init__(
        self,
        door: Door,
        *,
        queue_limit: int | None = None,
        voice: Voice = "hard",
        limit: Limit = NO_LIMIT,
        discipline: QueueDiscipline = FIFO,
    ) -> None:
        """Put the parts together."""
        self.clock = VirtualClock()
        station = Station(2, queue_limit)
        self.truth = TruthLog(self.clock, station.in_system, lambda _line: None)
        self.controller = Controller(
            clock=self.clock,
            station=station,
            service_time=lambda: SERVICE_NS,
            door=door,
            voice=voice,
            truth=self.truth,
            limit=limit,
            discipline=discipline,
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
    assert second == Refusal("rate", SAYINGS["dashscope-rate"], retry_after_s=1)
    assert hall.totals() == {"arrived": 2, "admitted": 1, "refused_hard": 1}


def test_a_full_queue_is_an_overflow() -> None:
    """A shopper for whom the queue has no place is counted apart from those the door refused."""
    hall = Hall(OpenDoor(), queue_limit=0)

    answers = [hall.controller.admit() for _ in range(3)]

    assert answers[2] == Refusal("queue_full", SAYINGS["dashscope-rate"])
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


def test_a_limit_refuses_past_its_number() -> None:
    """With two allowed in flight the third is refused until one of them has ended."""
    hall = Hall(OpenDoor(), limit=FixedLimit(2))
    first = hall.controller.admit()
    hall.controller.admit()

    assert hall.controller.admit() == Refusal("concurrency", SAYINGS["dashscope-rate"])
    assert isinstance(first, Ticket)
    first.served()
    assert isinstance(hall.controller.admit(), Ticket)


def test_endings_are_samples() -> None:
    """An answer and a cut move an AIMD limit, a shopper who left does not, and a full queue is a drop."""
    hall = Hall(OpenDoor(), limit=Aimd(initial=2, minimum=1), queue_limit=0)
    seen = [hall.controller.limit_now()]
    for end in (Ticket.served, Ticket.dropped, Ticket.ignored):
        ticket = hall.controller.admit()
        assert isinstance(ticket, Ticket)
        end(ticket)
        hall.clock.set_to(hall.clock.monotonic_ns() + SERVICE_NS)
        seen.append(hall.controller.limit_now())
    hall.controller.switch_limit(Aimd(initial=10, minimum=1, backoff=0.5))
    tickets = [hall.controller.admit() for _ in range(2)]

    assert seen == [2, 3, 2, 2]
    assert all(isinstance(ticket, Ticket) for ticket in tickets)
    assert isinstance(hall.controller.admit(), Ticket | Refusal)
    assert hall.controller.limit == Aimd(initial=10, minimum=1, backoff=0.5)


def test_a_line_tells_the_start_or_the_refusal_later() -> None:
    """Under LIFO whoever waits hears of the start when it comes, and who lost the place in a full queue of a refusal."""

    async def scenario() -> None:
        hall = Hall(OpenDoor(), discipline=Lifo(), queue_limit=1)
        tickets = [hall.controller.admit() for _ in range(4)]
        waits = [asyncio.ensure_future(ticket.placed()) for ticket in tickets if isinstance(ticket, Ticket)]
        await hall.clock.advance_to(SERVICE_NS)

        told = [wait.result() for wait in waits]
        assert told[2] == Refusal("queue_full", SAYINGS["dashscope-rate"])
        assert told[3].start_ns == SERVICE_NS  # type: ignore[union-attr]  # the line says that it is a placement
        assert hall.totals() == {"arrived": 4, "admitted": 3, "overflowed": 1}
        assert hall.controller.queue_length() == 0

    asyncio.run(scenario())


def test_who_left_the_line_hears_of_no_refusal() -> None:
    """A shopper who left while waiting is gone, admitted and not refused, when the queue sends the work away."""
    hall = Hall(OpenDoor(), discipline=Lifo(), queue_limit=1)
    tickets = [hall.controller.admit() for _ in range(3)]
    assert isinstance(tickets[2], Ticket)
    tickets[2].ignored()
    hall.controller.admit()

    assert hall.totals() == {"arrived": 3, "admitted": 3, "abandoned": 1}


def test_dagor_hears_how_long_work_waited() -> None:
    """The waits of a window that were too long cut the next one, by priority."""
    hall = Hall(Dagor())
    for _ in range(10):
        hall.controller.admit(Arrival("chat"))
    hall.clock.set_to(5 * NS_PER_S)

    assert hall.controller.admit(Arrival("chat")) == Refusal("priority", SAYINGS["dashscope-rate"])
    assert isinstance(hall.controller.admit(Arrival("payment")), Ticket)


def test_a_waiting_room_gives_tokens() -> None:
    """Who gets in has a token for the session, who waits one for the place."""
    hall = Hall(WaitingRoom(sessions=1, entries_per_s=1.0))
    inside, outside = hall.controller.admit(), hall.controller.admit()

    assert isinstance(inside, Ticket)
    assert isinstance(outside, Refusal)
    assert outside.place is not None
    assert len({inside.room_token, outside.place.token}) == 2
    assert isinstance(hall.controller.admit(Arrival(room_token=inside.room_token)), Ticket)


def ends(served: list[tuple[int, Ticket]], told: Outcome, ticket: Ticket) -> None:
    """Note when the work of a ticket ends, if it has a place."""
    if isinstance(told, Placement):
        served.append((told.end_ns, ticket))


DOORS = (OpenDoor(), TokenBucket(20.0), Dagor(), WaitingRoom(sessions=30, entries_per_s=20.0))
LIMITS = (NoLimit(), FixedLimit(4), Aimd(4, 2), Gradient2(4, 2), Vegas(4))
DISCIPLINES = (Fifo(), Lifo(), Codel(), FollyCodel())


@pytest.mark.parametrize(("door", "limit", "discipline"), list(itertools.product(DOORS, LIMITS, DISCIPLINES)))
def test_every_combination_conserves_shoppers(door: Door, limit: Limit, discipline: QueueDiscipline) -> None:
    """Whatever door, limit and discipline, each arrival has one decision, and each that got in one end."""
    hall = Hall(door, limit=limit, discipline=discipline, queue_limit=9, voice="mixed")
    served: list[tuple[int, Ticket]] = []
    tokens: dict[str, str | None] = {}
    for number in range(400):
        now_ns = number * NS_PER_S // 40
        hall.clock.set_to(now_ns)
        hall.controller.advance()
        for end_ns, ticket in [pair for pair in served if pair[0] <= now_ns]:
            served.remove((end_ns, ticket))
            ticket.served()
        shopper = f"user-{number % 50}"
        answer = hall.controller.admit(Arrival("chat", shopper, tokens.get(shopper)))
        if isinstance(answer, Refusal):
            tokens[shopper] = answer.place.token if answer.place else tokens.get(shopper)
        else:
            tokens[shopper] = answer.room_token
            answer.when_placed(lambda told, ticket=answer: ends(served, told, ticket))  # type: ignore[misc]  # mypy infers no default of a lambda
    hall.clock.set_to(100 * NS_PER_S)
    hall.controller.advance()
    for _, ticket in served:
        ticket.served()

    total = msgspec.to_builtins(hall.truth.totals)
    turned_away = total["refused_hard"] + total["refused_soft"] + total["overflowed"]
    assert total["arrived"] == 400 == total["admitted"] + turned_away
    assert total["admitted"] == total["served"]
    assert total["served"] > 50
    assert turned_away > 50
    assert hall.controller.discipline == discipline
    assert hall.controller.gauges() == {"servers": 2, "busy": 0, "waiting": 0}
