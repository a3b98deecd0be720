"""The stub's admission and station in virtual time: the real controller, driven from event to event without a loop.

Knows neither shoppers nor tables: whoever uses it schedules what happens and when.
"""

import heapq
import random
from collections.abc import Callable
from typing import Final

from target_stub.admission.arrival import Arrival
from target_stub.admission.controller import Controller
from target_stub.admission.doors import Door, OpenDoor
from target_stub.admission.limits import Limit, NoLimit
from target_stub.admission.queue_discipline import Fifo, QueueDiscipline
from target_stub.admission.ticket import Outcome, Refusal, Ticket
from target_stub.capacity.service_time import ServiceTime
from target_stub.capacity.station import Placement, Station
from target_stub.clock import NS_PER_S
from target_stub.truth_log import TruthLog

_OPEN: Final = OpenDoor()
_NO_LIMIT: Final = NoLimit()
_FIFO: Final = Fifo()
_START_UNIX_NS: Final = 1_770_336_000 * NS_PER_S  # 6 Feb 2026, midnight UTC


class EventClock:
    """Stands still between events."""

    def __init__(self) -> None:
        self.now_ns = 0

    def unix_ns(self) -> int:
        """Nanoseconds since the Unix epoch."""
        return _START_UNIX_NS + self.now_ns

    def monotonic_ns(self) -> int:
        """Nanoseconds of virtual time."""
        return self.now_ns

    async def sleep_until(self, monotonic_ns: int) -> None:
        """Let the time be that instant; there is nobody to wait for."""
        self.now_ns = max(self.now_ns, monotonic_ns)


class VirtualService:
    """One station with its admission, and a list of what is to happen."""

    def __init__(
        self,
        servers: int,
        service_time: ServiceTime,
        *,
        door: Door = _OPEN,
        limit: Limit = _NO_LIMIT,
        discipline: QueueDiscipline = _FIFO,
        queue_limit: int | None = None,
    ) -> None:
        station = Station(servers, queue_limit)
        self.clock = EventClock()
        self.truth = TruthLog(self.clock, station.in_system, lambda _line: None)
        self.controller = Controller(
            clock=self.clock,
            station=station,
            service_time=service_time,
            door=door,
            voice="hard",
            truth=self.truth,
            limit=limit,
            discipline=discipline,
        )
        self._events: list[tuple[int, int, Callable[[], None]]] = []
        self._scheduled = 0

    @property
    def now_s(self) -> float:
        """Virtual time in seconds."""
        return self.clock.now_ns / NS_PER_S

    def at(self, at_ns: int, happens: Callable[[], None]) -> None:
        """Let something happen at an instant, after all that was scheduled for it before."""
        self._scheduled += 1
        heapq.heappush(self._events, (at_ns, self._scheduled, happens))

    def run(self, until_s: float = float("inf")) -> None:
        """Let time pass until then, or until nothing is scheduled any more."""
        until_ns = until_s * NS_PER_S
        while self._events and self._events[0][0] <= until_ns:
            line_ns = self.controller.next_ns
            if line_ns is not None and line_ns < self._events[0][0]:
                self.clock.now_ns = max(self.clock.now_ns, line_ns)
                self.controller.advance()
                continue
            at_ns, _, happens = heapq.heappop(self._events)
            self.clock.now_ns = max(self.clock.now_ns, at_ns)
            happens()

    def ask(self, arrival: Arrival, told: Callable[[Outcome], None]) -> Ticket | None:
        """Ask to come in, to stay until the work is done; `told` hears of the placement or the refusal, now or later."""
        answer = self.controller.admit(arrival)
        if isinstance(answer, Refusal):
            told(answer)
            return None
        ticket = answer

        def placed(outcome: Outcome) -> None:
            if isinstance(outcome, Placement):
                self.at(outcome.end_ns, ticket.served)
            told(outcome)

        ticket.when_placed(placed)
        return ticket


def poisson_ns(rate_per_s: float, duration_s: float, seed: int) -> list[int]:
    """Return arrival instants at a constant rate, in nanoseconds."""
    rng = random.Random(seed)
    instants: list[int] = []
    at_s = rng.expovariate(rate_per_s)
    while at_s < duration_s:
        instants.append(round(at_s * NS_PER_S))
        at_s += rng.expovariate(rate_per_s)
    return instants
