"""A service station with a real queue, in virtual time: G/G/c/K, first come first served.

Under FIFO the start and the end of a job are known when it arrives: it starts at the later of its arrival and the
first instant at which one of the `c` servers is free (the Kiefer-Wolfowitz recursion; for c = 1 Lindley's). So the
station is arithmetic: no thread works, nothing waits, and whoever asks sleeps until the instants it is told.
Work that was accepted is done, whether or not its client is still there.

A station whose servers hinder each other has a `slowdown`: a job takes `slowdown(n)` times its service, n being the jobs in
service at its start, itself among them. Under FIFO that n is known at the arrival too: 1 + the servers that are still taken
when the job starts. The factor is fixed at the start and not revised while the job runs, so that the station stays
arithmetic; with n customers who come back as soon as they are served, every job starts beside n - 1 others and the
throughput is n / (mean service * slowdown(n)), exactly the Universal Scalability Law when `slowdown` is its denominator.
"""

import heapq
from collections import deque
from collections.abc import Callable
from typing import Literal

import msgspec

StationName = Literal["chat", "card", "checkout", "payment"]


class Placement(msgspec.Struct, frozen=True, gc=False):
    """When a job starts and ends, in nanoseconds of the caller's monotonic clock; start >= arrival, end > start."""

    arrival_ns: int
    start_ns: int
    end_ns: int

    @property
    def wait_ns(self) -> int:
        """Time spent in the queue."""
        return self.start_ns - self.arrival_ns


class Station:
    """`servers` servers behind one queue of at most `queue_limit` waiting jobs (None: no limit)."""

    def __init__(
        self, servers: int, queue_limit: int | None = None, *, slowdown: Callable[[int], float] | None = None
    ) -> None:
        """Raise ValueError for a station that could never work."""
        if servers < 1:
            raise ValueError(f"a station needs at least 1 server, not {servers}")
        if queue_limit is not None and queue_limit < 0:
            raise ValueError(f"a queue holds at least 0 jobs, not {queue_limit}")
        self.servers = servers
        self.queue_limit = queue_limit
        self.slowdown = slowdown
        self._free_ns = [0] * servers  # heap: when each server has done all the work given to it
        self._waiting_starts_ns: deque[int] = deque()  # FIFO gives starts in order, so the head starts first
        self._latest_ns = 0

    def place(self, now_ns: int, service_ns: int) -> Placement | None:
        """Accept a job that takes `service_ns` of one server, stretched by the slowdown; None when the queue is full.

        Raises ValueError for a service time below 1 ns or an arrival before the one before it.
        """
        if service_ns < 1:
            raise ValueError(f"a service takes at least 1 ns, not {service_ns}")
        if now_ns < self._latest_ns:
            raise ValueError(f"arrivals come in order: {now_ns} ns is before {self._latest_ns} ns")
        self._latest_ns = now_ns
        free_ns = self._free_ns[0]
        if free_ns <= now_ns:
            start_ns = now_ns
        elif self.queue_limit is not None and self.waiting(now_ns) >= self.queue_limit:
            return None
        else:
            start_ns = free_ns
            self._waiting_starts_ns.append(start_ns)
        if self.slowdown is not None:
            service_ns = round(service_ns * self.slowdown(1 + self.busy(start_ns)))
        end_ns = start_ns + service_ns
        heapq.heapreplace(self._free_ns, end_ns)
        return Placement(now_ns, start_ns, end_ns)

    def waiting(self, now_ns: int) -> int:
        """Return how many accepted jobs have not started; forgets those that have, so `now_ns` must not go back."""
        starts_ns = self._waiting_starts_ns
        while starts_ns and starts_ns[0] <= now_ns:
            starts_ns.popleft()
        return len(starts_ns)

    def busy(self, now_ns: int) -> int:
        """Return how many servers are at work."""
        return sum(free_ns > now_ns for free_ns in self._free_ns)

    def busy_until_ns(self, now_ns: int) -> list[int]:
        """Return when each server that is at work will have done all that it was given."""
        return [free_ns for free_ns in self._free_ns if free_ns > now_ns]

    def in_system(self, now_ns: int) -> int:
        """Return how many accepted jobs have not ended: waiting and in service."""
        return self.waiting(now_ns) + self.busy(now_ns)
