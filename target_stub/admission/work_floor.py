"""The station and whatever line stands before it: FIFO is arithmetic, any other discipline a line that is told of events."""

from collections import deque
from typing import Generic

from target_stub.admission.queue_discipline import Fifo, Job, Owner, QueueDiscipline
from target_stub.admission.service_line import Dropped, Event, ServiceLine
from target_stub.capacity.station import Placement, Station


class WorkFloor(Generic[Owner]):
    """Takes jobs in. As long as no other discipline than FIFO was asked for, each gets its place at once.

    After a first switch every job goes through the line, which begins with the servers as busy as the station has them.
    """

    def __init__(self, station: Station, rule: QueueDiscipline) -> None:
        self._station = station
        self._rule: QueueDiscipline = Fifo()
        self._line: ServiceLine[Owner] | None = None
        self._starts: deque[tuple[int, int]] = deque()
        self.switch(rule, 0)

    @property
    def rule(self) -> QueueDiscipline:
        """The discipline in force."""
        return self._rule

    @property
    def servers(self) -> int:
        """How many servers there are."""
        return self._station.servers

    def switch(self, rule: QueueDiscipline, now_ns: int) -> None:
        """Serve by another discipline; who has a placement keeps it, who waits without one is served by the new rule."""
        self._rule = rule
        if self._line is not None:
            self._line.switch(rule)
        elif not isinstance(rule, Fifo):
            station = self._station
            self._line = ServiceLine(
                station.servers,
                station.queue_limit,
                rule,
                busy_until_ns=station.busy_until_ns(now_ns),
                slowdown=station.slowdown,
            )

    def enter(self, owner: Owner, now_ns: int, service_ns: int, *, keeps_waits: bool) -> Placement | list[Event[Owner]]:
        """Take a job in: its placement where that is known, otherwise all that happened up to now.

        `keeps_waits`: `waits_until` will ask for this one.
        """
        if self._line is not None:
            return self._line.arrive(Job(owner, now_ns, service_ns), now_ns)
        placement = self._station.place(now_ns, service_ns)
        if placement is None:
            return [Dropped(Job(owner, now_ns, service_ns), now_ns, "queue_full")]
        if keeps_waits:
            self._starts.append((placement.start_ns, placement.wait_ns))
        return placement

    def events_until(self, now_ns: int) -> list[Event[Owner]]:
        """Return what has happened in the line; placements were told before."""
        return [] if self._line is None else self._line.finish(now_ns)

    def waits_until(self, now_ns: int) -> list[tuple[int, int]]:
        """Return start and wait of the placed jobs that have started by now and were not yet asked for."""
        started = []
        while self._starts and self._starts[0][0] <= now_ns:
            started.append(self._starts.popleft())
        return started

    @property
    def next_ns(self) -> int | None:
        """When the line has something to tell at the earliest; None when nobody waits for it."""
        return None if self._line is None else self._line.next_ns

    def waiting(self, now_ns: int) -> int:
        """Return how many jobs have not started."""
        in_line = 0 if self._line is None else self._line.waiting(now_ns)
        return self._station.waiting(now_ns) + in_line

    def busy(self, now_ns: int) -> int:
        """Return how many servers are at work."""
        return self._station.busy(now_ns) if self._line is None else self._line.busy(now_ns)

    def in_system(self, now_ns: int) -> int:
        """Return how many jobs have not ended."""
        return self.waiting(now_ns) + self.busy(now_ns)
