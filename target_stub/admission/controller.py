"""Admission: every arrival gets a ticket or a refusal, and every ticket ends once: served, ignored or dropped.

Four parts that any combination of works, each with a switch: the door says who may come in, the limit how many may be in
flight, the discipline who of those that wait is served next, and the voice how a no is said. Each decision and each
ending is told to the truth log; endings are the limit's samples.

An arrival passes door, limit and queue in this order, so that a place in a waiting room outlasts a no of the limit.
Under another discipline than FIFO the decision about an arrival falls when its work starts or is sent away, and the
truth counts it then.
"""

import asyncio
import random
from typing import Final

from target_stub.admission.arrival import SOON_S, Arrival, Cause, No, RoomPlace
from target_stub.admission.doors import Door, Entrance
from target_stub.admission.limit_window import Window, gathered
from target_stub.admission.limits import Limit, NoLimit, Sample, State, carried, update
from target_stub.admission.queue_discipline import Fifo, QueueDiscipline
from target_stub.admission.sayings import Saying
from target_stub.admission.service_line import Event, Started
from target_stub.admission.ticket import Ending, Refusal, Ticket
from target_stub.admission.voice import Voice, saying_of, sayings_of
from target_stub.admission.work_floor import WorkFloor
from target_stub.capacity.service_time import ServiceTime
from target_stub.capacity.station import Placement, Station
from target_stub.clock import Clock
from target_stub.truth_log import TruthLog

_ANYBODY: Final = Arrival()
_NO_LIMIT: Final = NoLimit()
_FIFO: Final = Fifo()


class Controller:
    """Decides on arrivals one after another; not for use from several threads."""

    def __init__(
        self,
        *,
        clock: Clock,
        station: Station,
        service_time: ServiceTime,
        door: Door,
        voice: Voice,
        truth: TruthLog,
        limit: Limit = _NO_LIMIT,
        discipline: QueueDiscipline = _FIFO,
        seed: int = 1,
    ) -> None:
        """`seed` draws the tokens of a waiting room."""
        tokens = random.Random(f"{seed}/room-tokens")
        self._clock = clock
        self._service_time = service_time
        self._ways = sayings_of(voice)
        self._truth = truth
        self._refusals = 0
        self._in_flight = 0
        self._floor: WorkFloor[Ticket] = WorkFloor(station, discipline)
        self._entrance = Entrance(door, clock.monotonic_ns(), lambda: f"{tokens.getrandbits(128):032x}")
        self._limit: Limit = _NO_LIMIT
        self._limit_state: State | None = None
        self._window = Window()
        self._mover: asyncio.Task[None] | None = None
        self.switch_limit(limit)
        truth.ask_for_work(self._floor.in_system)

    @property
    def door(self) -> Door:
        """The door in force."""
        return self._entrance.door

    @property
    def limit(self) -> Limit:
        """The limit in force."""
        return self._limit

    @property
    def discipline(self) -> QueueDiscipline:
        """The discipline in force."""
        return self._floor.rule

    def switch(self, door: Door) -> None:
        """Put another door in place; what it holds outlasts a switch to the same kind."""
        self._entrance.switch(door, self._clock.monotonic_ns())

    def switch_limit(self, limit: Limit) -> None:
        """Put another limit in place; one of the same kind goes on from where it was."""
        self._limit_state = carried(self._limit, self._limit_state, limit)
        self._limit = limit

    def switch_discipline(self, discipline: QueueDiscipline) -> None:
        """Serve those that wait by another discipline."""
        self.advance()
        self._floor.switch(discipline, self._clock.monotonic_ns())

    def admit(self, arrival: Arrival = _ANYBODY, work: float = 1.0) -> Ticket | Refusal:
        """Decide on one arrival at the clock's present instant; it takes `work` times a service time of the station's law."""
        # The seconds that are over are closed first: the log asks about the work at their last instant.
        self._truth.roll()
        now_ns = self._clock.monotonic_ns()
        self._listen(now_ns)
        load = self._in_flight / self._floor.servers
        verdict = self._entrance.ask(arrival, now_ns=now_ns, unix_ns=self._clock.unix_ns(), load=load)
        if isinstance(verdict, No):
            return self._turned_away(verdict.cause, verdict.retry_after_s, verdict.place)
        if self._limit_state is not None and self._in_flight >= self._limit_state.limit:
            return self._turned_away("concurrency")
        self._in_flight += 1
        ticket = Ticket(self, now_ns, self._in_flight, verdict.room_token)
        service_ns = max(1, round(self._service_time() * work))
        entered = self._floor.enter(ticket, now_ns, service_ns, keeps_waits=self._entrance.dagor is not None)
        if isinstance(entered, Placement):
            self._truth.admitted(entered.wait_ns)
            ticket.place(entered)
            return ticket
        self._tell(entered)
        return ticket.outcome if isinstance(ticket.outcome, Refusal) else ticket

    def _turned_away(self, cause: Cause, retry_after_s: int = SOON_S, place: RoomPlace | None = None) -> Refusal:
        refusal = Refusal(cause, self._next_saying(), retry_after_s, place)
        if cause == "queue_full":
            self._truth.overflowed()
        else:
            self._truth.refused(refusal.manner)
        return refusal

    def _next_saying(self) -> Saying:
        saying = saying_of(self._ways, self._refusals)
        self._refusals += 1
        return saying

    def advance(self) -> None:
        """Let the queue move on to the clock's present instant, and tell the tickets that this concerns."""
        self._listen(self._clock.monotonic_ns())

    def _listen(self, now_ns: int) -> None:
        self._tell(self._floor.events_until(now_ns))
        dagor = self._entrance.dagor
        if dagor is not None:
            for start_ns, wait_ns in self._floor.waits_until(now_ns):
                dagor.queued(wait_ns, start_ns)

    def _tell(self, events: list[Event[Ticket]]) -> None:
        dagor = self._entrance.dagor
        for event in events:
            ticket, arrival_ns = event.job.owner, event.job.arrival_ns
            at_ns = event.start_ns if isinstance(event, Started) else event.at_ns
            if dagor is not None:
                dagor.queued(at_ns - arrival_ns, at_ns)
            if isinstance(event, Started):
                self._truth.admitted(at_ns - arrival_ns)
                ticket.place(Placement(arrival_ns, event.start_ns, event.end_ns))
            elif ticket.is_open:
                ticket.is_open = False
                self._in_flight -= 1
                self._sample(Sample(at_ns - arrival_ns, ticket.in_flight, dropped=True))
                ticket.place(self._turned_away(event.cause))
            else:
                # Its shopper left while it waited and was counted as gone: nobody hears of a refusal.
                self._truth.admitted(at_ns - arrival_ns)

    def ended(self, ticket: Ticket, ending: Ending) -> None:
        """Count the end of a ticket; only an answer or a cut is a sample."""
        self._in_flight -= 1
        match ending:
            case "served":
                self._truth.served()
            case "ignored":
                self._truth.abandoned()
            case "dropped":
                self._truth.dropped()
        if ending != "ignored":
            rtt_ns = self._clock.monotonic_ns() - ticket.arrival_ns
            self._sample(Sample(rtt_ns, ticket.in_flight, ending == "dropped"))

    def _sample(self, sample: Sample) -> None:
        if self._limit_state is None:
            return
        self._window, seen = gathered(self._limit, self._window, sample, self._clock.monotonic_ns())
        if seen is not None:
            self._limit_state = update(self._limit, self._limit_state, seen)

    @property
    def next_ns(self) -> int | None:
        """When `advance` has something to tell at the earliest; None when nobody waits without a placement."""
        return self._floor.next_ns

    def keep_moving(self) -> None:
        """Advance by the clock, in a task of the running event loop, until nobody waits without a placement."""
        if self._mover is None or self._mover.done():
            self._mover = asyncio.ensure_future(self._move())

    async def _move(self) -> None:
        while (next_ns := self.next_ns) is not None:
            await self._clock.sleep_until(next_ns)
            self.advance()

    def queue_length(self) -> int:
        """Return how many wait for a server at the present instant."""
        return self._floor.waiting(self._clock.monotonic_ns())

    def gauges(self) -> dict[str, int]:
        """Return what the station holds at the present instant."""
        self._truth.roll()
        return {
            "servers": self._floor.servers,
            "busy": self._floor.busy(self._clock.monotonic_ns()),
            "waiting": self.queue_length(),
        }

    def limit_now(self) -> int | None:
        """Return how many may be in flight at the present instant; None without a limit."""
        return None if self._limit_state is None else self._limit_state.limit
