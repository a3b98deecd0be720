"""A ticket's placement and its one ending."""

import asyncio

import pytest

from target_stub.admission.sayings import SAYINGS
from target_stub.admission.ticket import Ending, Outcome, Refusal, Ticket
from target_stub.capacity.station import Placement

PLACEMENT = Placement(0, 5, 9)


class Desk:
    """Writes down what tickets ask for."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.endings: list[Ending] = []
        self.moves = 0

    def ended(self, ticket: Ticket, ending: Ending) -> None:
        """Note an ending."""
        self.endings.append(ending)

    def keep_moving(self) -> None:
        """Note that somebody waits."""
        self.moves += 1


def test_the_first_ending_counts() -> None:
    """Whatever is said after it changes nothing."""
    desk = Desk()
    ticket = Ticket(desk, 0, 1, None)

    ticket.ignored()
    ticket.served()
    ticket.dropped()

    assert (desk.endings, ticket.is_open) == (["ignored"], False)


def test_a_known_placement_is_had_without_waiting() -> None:
    """Under FIFO nobody has to move the queue."""
    desk = Desk()
    ticket = Ticket(desk, 0, 1, None)
    ticket.place(PLACEMENT)

    assert asyncio.run(ticket.placed()) == ticket.placement == PLACEMENT
    assert desk.moves == 0


@pytest.mark.parametrize("outcome", [PLACEMENT, Refusal("queue_delay", SAYINGS["dashscope-rate"])])
def test_a_later_outcome_is_waited_for(outcome: Outcome) -> None:
    """A placement or a refusal reaches all that wait, one of whom has given up."""

    async def scenario() -> Outcome:
        desk = Desk()
        ticket = Ticket(desk, 0, 1, None)
        gone, waits = asyncio.ensure_future(ticket.placed()), asyncio.ensure_future(ticket.placed())
        await asyncio.sleep(0)
        gone.cancel()
        await asyncio.sleep(0)
        ticket.place(outcome)
        assert desk.moves == 2
        return await waits

    assert asyncio.run(scenario()) == outcome


def test_a_placement_that_is_not_known_is_not_made_up() -> None:
    """Whoever reads the placement too early is told to wait for it."""
    with pytest.raises(RuntimeError, match="await placed"):
        _ = Ticket(Desk(), 0, 1, None).placement


def test_a_listener_hears_the_outcome_early_or_late() -> None:
    """A listener is called when the outcome comes, or at once when it has come."""
    ticket = Ticket(Desk(), 0, 1, None)
    heard: list[Outcome] = []
    ticket.when_placed(heard.append)
    ticket.place(PLACEMENT)
    ticket.when_placed(heard.append)

    assert heard == [PLACEMENT, PLACEMENT]
