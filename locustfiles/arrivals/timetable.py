"""What is due at a given moment, and how every due arrival was counted: the pacer without its clock.

A worker's share of the run is every arrival whose index leaves its own number when divided by the number of workers. The
counts obey, for every intended second: scheduled = released + dropped. An arrival is counted when its fate is known, never
before, so that increments are never negative.

This module must not know clocks, greenlets or timers.
"""

from collections.abc import Iterator

from locustfiles.arrivals.arrival import Arrival
from locustfiles.arrivals.arrival_process import Arrivals, Chunk
from reports.run_record.schema import SecondRow

_NS = 1_000_000_000


class Timetable:
    """One worker's arrivals in order of time, two seconds of them in memory; ValueError for an impossible share."""

    def __init__(self, schedule: Arrivals, share: tuple[int, int] = (0, 1)) -> None:
        """``share`` is (worker, workers): this worker's number from 0, and how many share the schedule."""
        worker, workers = share
        if not 0 <= worker < workers:
            raise ValueError(f"A share is (worker, workers) with 0 <= worker < workers, but it is {share}.")
        self._worker, self._workers = worker, workers
        self._chunks: Iterator[Chunk] = schedule.chunks()
        self._ahead: Chunk | None = None
        self._has_last = False
        self._times_ns: list[int] = []
        self._first_index = 0
        self._at = 0

    @property
    def next_ns(self) -> int | None:
        """Intended time of the first arrival that was not taken, nanoseconds from the run's start; None = no more."""
        while self._at == len(self._times_ns):
            chunk, self._ahead = self._ahead or next(self._chunks, None), None
            if chunk is None:
                return None
            skipped = (self._worker - chunk.first_index) % self._workers
            self._times_ns = chunk.intended_ns[skipped :: self._workers].tolist()
            self._first_index = chunk.first_index + skipped
            self._at = 0
        return self._times_ns[self._at]

    @property
    def is_half_taken(self) -> bool:
        """Whether half of the present second's arrivals are taken and the next second's are not made: the time to look ahead."""
        return self._ahead is None and not self._has_last and 2 * self._at > len(self._times_ns)

    def look_ahead(self) -> None:
        """Make the next second's arrivals, so that whoever asks for the first of them need not wait; once a second."""
        if self._ahead is None:
            self._ahead = next(self._chunks, None)
            self._has_last = self._ahead is None

    def take_due(self, now_ns: int, limit: int) -> list[Arrival]:
        """The next arrivals with ``intended_ns <= now_ns``, at most ``limit``; what is late keeps its intended time."""
        due: list[Arrival] = []
        while len(due) < limit:
            intended_ns = self.next_ns
            if intended_ns is None or intended_ns > now_ns:
                break
            due.append(Arrival(self._first_index + self._at * self._workers, intended_ns))
            self._at += 1
        return due


class Tally:
    """Counts of arrivals by intended second, as increments since they were last taken, and in total."""

    def __init__(self) -> None:
        self.released = 0
        self.dropped = 0
        self._released: dict[int, int] = {}
        self._dropped: dict[int, int] = {}
        self._held_back = 0

    @property
    def scheduled(self) -> int:
        """Arrivals that were due and counted: released + dropped."""
        return self.released + self.dropped

    def count(self, arrival: Arrival, released: bool) -> None:
        """Count one arrival in its intended second, as released or as dropped."""
        second = arrival.intended_ns // _NS
        if released:
            self.released += 1
            self._released[second] = self._released.get(second, 0) + 1
        else:
            self.dropped += 1
            self._dropped[second] = self._dropped.get(second, 0) + 1

    def hold_back(self, arrival: Arrival) -> None:
        """Count one arrival as dropped since the ceiling did not let it through."""
        self._held_back += 1
        self.count(arrival, released=False)

    def take_held_back(self) -> int:
        """How many were held back since the last call."""
        held_back, self._held_back = self._held_back, 0
        return held_back

    def take_rows(self) -> list[SecondRow]:
        """The increments since the last call, by second; seconds without any are left out."""
        released, dropped = self._released, self._dropped
        self._released, self._dropped = {}, {}
        return [
            SecondRow(second, scheduled=sent + lost, released=sent, dropped=lost)
            for second in sorted(released.keys() | dropped.keys())
            for sent, lost in [(released.get(second, 0), dropped.get(second, 0))]
        ]
