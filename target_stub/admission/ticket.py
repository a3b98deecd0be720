"""What admission answers: a ticket, whose work has its place now or later, or a refusal."""

import asyncio
from collections.abc import Callable
from typing import Literal, Protocol

import msgspec

from target_stub.admission.arrival import SOON_S, Cause, RoomPlace
from target_stub.admission.sayings import Manner, Saying
from target_stub.capacity.station import Placement

Ending = Literal["served", "ignored", "dropped"]


class Refusal(msgspec.Struct, frozen=True, gc=False):
    """A no: of the door (`rate`, `priority`, `waiting_room`), the limit (`concurrency`) or the queue, and how it is said."""

    cause: Cause
    saying: Saying
    retry_after_s: int = SOON_S
    place: RoomPlace | None = None
    """Of the cause `waiting_room` only: its token is to be sent back."""

    @property
    def manner(self) -> Manner:
        """What the way amounts to."""
        return self.saying.manner


Outcome = Placement | Refusal


class Desk(Protocol):
    """What a ticket asks of the controller that gave it."""

    def ended(self, ticket: "Ticket", ending: Ending) -> None:
        """Count the end of a ticket."""
        ...

    def keep_moving(self) -> None:
        """See to it that the queue moves on by itself while somebody waits for a ticket's placement."""
        ...


class Ticket:
    """The right to one placement in the station. The first ending counts; the ones after it change nothing.

    Under FIFO the placement is known from the start. Under another discipline it is told later, or the queue sends the
    work away, which ends the ticket: `await ticket.placed()` returns whichever comes.
    """

    __slots__ = ("_desk", "_listeners", "arrival_ns", "in_flight", "is_open", "outcome", "room_token")

    def __init__(self, desk: Desk, arrival_ns: int, in_flight: int, room_token: str | None) -> None:
        """`in_flight` counts this ticket; `room_token` is for the client to send with its further requests."""
        self._desk = desk
        self._listeners: list[Callable[[Outcome], None]] = []
        self.outcome: Outcome | None = None
        self.arrival_ns = arrival_ns
        self.in_flight = in_flight
        self.room_token = room_token
        self.is_open = True

    @property
    def placement(self) -> Placement:
        """When the work starts and ends; raises RuntimeError while that is not known, or when the queue sent it away."""
        if not isinstance(self.outcome, Placement):
            raise RuntimeError("the work of this ticket has no place: await placed(), which says when or why not")
        return self.outcome

    async def placed(self) -> Outcome:
        """Return the placement, at the latest when the work starts, or the refusal of a queue that sent it away."""
        if self.outcome is None:
            told: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
            self.when_placed(lambda outcome: None if told.done() else told.set_result(outcome))
            self._desk.keep_moving()
            return await told
        return self.outcome

    def when_placed(self, listener: Callable[[Outcome], None]) -> None:
        """Call the listener with what `placed` returns: at once when that is known."""
        if self.outcome is None:
            self._listeners.append(listener)
        else:
            listener(self.outcome)

    def place(self, outcome: Outcome) -> None:
        """Tell the ticket its outcome; the controller's to call, once."""
        self.outcome = outcome
        listeners, self._listeners = self._listeners, []
        for listener in listeners:
            listener(outcome)

    def served(self) -> None:
        """The whole answer was written: a sample of its round-trip time for the limit."""
        self._end("served")

    def ignored(self) -> None:
        """The client left before the end, which says nothing of the service; the station does the work all the same."""
        self._end("ignored")

    def dropped(self) -> None:
        """The stub cut the answer off: a drop for the limit."""
        self._end("dropped")

    def _end(self, ending: Ending) -> None:
        if self.is_open:
            self.is_open = False
            self._desk.ended(self, ending)
