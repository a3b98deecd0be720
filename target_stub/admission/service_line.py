"""c servers behind one queue whose discipline may change its mind: the event-driven sibling of the FIFO station.

Under LIFO or CoDel the start of a job depends on who comes later, so it is told when it happens. The line is driven from
outside, by a simulation or by a clock: every call says what time it is, first does all that was due before, at the
instants at which it was due, and returns what came of it. A driver that is late therefore tells late and computes
exactly. Work that has begun is finished, whether or not its client is still there.
"""

import heapq
from collections.abc import Callable, Iterable
from typing import Generic, Literal

import msgspec

from target_stub.admission.queue_discipline import Job, Owner, QueueDiscipline, WaitingJobs


class Started(msgspec.Struct, Generic[Owner], frozen=True, eq=False):
    """A server took the job."""

    job: Job[Owner]
    start_ns: int
    end_ns: int


class Dropped(msgspec.Struct, Generic[Owner], frozen=True, eq=False):
    """The queue sent the job away: it had no place for it, or its discipline would not serve it."""

    job: Job[Owner]
    at_ns: int
    cause: Literal["queue_full", "queue_delay"]


Event = Started[Owner] | Dropped[Owner]


class ServiceLine(Generic[Owner]):
    """`servers` servers and at most `queue_limit` waiting jobs (None: no limit)."""

    def __init__(
        self,
        servers: int,
        queue_limit: int | None,
        rule: QueueDiscipline,
        *,
        busy_until_ns: Iterable[int] = (),
        slowdown: Callable[[int], float] | None = None,
    ) -> None:
        """`busy_until_ns`: when each server that works already will be free; `slowdown`: as the station's.

        Raises ValueError for no server.
        """
        if servers < 1:
            raise ValueError(f"a line needs at least 1 server, not {servers}")
        self.servers = servers
        self.queue_limit = queue_limit
        self._slowdown = slowdown
        self._ends_ns = sorted(busy_until_ns)  # heap: one end for each server at work
        self._queue: WaitingJobs[Owner] = WaitingJobs(rule)
        self._told: list[Event[Owner]] = []
        self._latest_ns = 0

    def switch(self, rule: QueueDiscipline) -> None:
        """Serve those that wait by another discipline from here on."""
        self._queue.switch(rule)

    def arrive(self, job: Job[Owner], now_ns: int) -> list[Event[Owner]]:
        """Take a job in; returns all that happened up to and at `now_ns`, in order, the newcomer's own start included."""
        self._run_to(now_ns)
        has_server = len(self._ends_ns) < self.servers
        if has_server or self.queue_limit is None or len(self._queue) < self.queue_limit:
            self._queue.push(job)
            if has_server:
                self._fill(now_ns)
        else:
            self._told.append(Dropped(self._queue.push_into_full(job), now_ns, "queue_full"))
        return self._tell()

    def finish(self, now_ns: int) -> list[Event[Owner]]:
        """Return all that happened up to `now_ns`, in order."""
        self._run_to(now_ns)
        return self._tell()

    @property
    def next_ns(self) -> int | None:
        """The earliest instant at which something can happen to one that waits; None when nobody waits."""
        if self._told:
            return self._latest_ns
        return self._ends_ns[0] if len(self._queue) else None

    def waiting(self, now_ns: int) -> int:
        """Return how many wait; what happens until then is told by the next `arrive` or `finish`."""
        self._run_to(now_ns)
        return len(self._queue)

    def busy(self, now_ns: int) -> int:
        """Return how many servers are at work; otherwise as `waiting`."""
        self._run_to(now_ns)
        return len(self._ends_ns)

    def _run_to(self, now_ns: int) -> None:
        while self._ends_ns and self._ends_ns[0] <= now_ns:
            at_ns = heapq.heappop(self._ends_ns)
            self._fill(at_ns)
        self._latest_ns = max(self._latest_ns, now_ns)

    def _fill(self, now_ns: int) -> None:
        while len(self._ends_ns) < self.servers and len(self._queue):
            job, dropped = self._queue.take(now_ns)
            self._told.extend(Dropped(gone, now_ns, "queue_delay") for gone in dropped)
            if job is not None:
                service_ns = job.service_ns
                if self._slowdown is not None:
                    service_ns = round(service_ns * self._slowdown(1 + len(self._ends_ns)))
                end_ns = now_ns + service_ns
                heapq.heappush(self._ends_ns, end_ns)
                self._told.append(Started(job, now_ns, end_ns))

    def _tell(self) -> list[Event[Owner]]:
        told, self._told = self._told, []
        return told
