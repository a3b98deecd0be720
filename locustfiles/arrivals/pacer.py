"""The generator's clock: releases every arrival at its intended time, whatever the target does.

The decision of what is due is ``timetable``; here are only the clock, the timer and the hub. A late wake-up releases all
that is due with its intended time unchanged: the delay becomes response time, and is never hidden. An arrival that finds no
idle shopper, or no place below the ceiling, is dropped and counted, never queued in silence.
"""

import time
from collections.abc import Callable

import gevent
from gevent.event import Event

from locustfiles.arrivals.arrival import Arrival
from locustfiles.arrivals.arrival_process import Arrivals
from locustfiles.arrivals.ceiling import Ceiling
from locustfiles.arrivals.gate import Gate
from locustfiles.arrivals.monotonic_timer import MonotonicTimer
from locustfiles.arrivals.timetable import Tally, Timetable
from reports.run_record.schema import SecondRow

BURST = 1_000
"""Arrivals released in one wake-up, about a millisecond's work; the hub has a turn before the next of a longer backlog."""


class Pacer:
    """Releases one worker's share of a schedule, once; ValueError for an impossible share.

    ``done`` is set when nothing more will be released: after the last arrival, after ``stop``, or when the greenlet in
    ``run`` is killed. ``completed`` tells the first from the others.
    """

    def __init__(
        self,
        schedule: Arrivals,
        *,
        gate: Gate,
        share: tuple[int, int] = (0, 1),
        clock: Callable[[], int] = time.monotonic_ns,
        most_per_s: float | None = None,
    ) -> None:
        """``share`` is (worker, workers); ``clock`` gives nanoseconds of CLOCK_MONOTONIC, which the kernel's timer uses.

        ``most_per_s`` is the ceiling of all workers together, whatever the schedule asks for; None = none.
        """
        self.done = Event()
        self.completed = False
        self._timetable = Timetable(schedule, share)
        self._tally = Tally()
        self._gate = gate
        self._clock = clock
        self._ceiling = None if most_per_s is None else Ceiling(most_per_s, share)
        self._ended = 0
        self._started = False
        self._stopped = False
        self._timer: MonotonicTimer | None = None

    @property
    def scheduled(self) -> int:
        """Arrivals that were due so far and have been counted: released + dropped."""
        return self._tally.scheduled

    @property
    def released(self) -> int:
        """Arrivals that a shopper has taken so far."""
        return self._tally.released

    @property
    def dropped(self) -> int:
        """Arrivals so far that found no idle shopper or no place below the ceiling, or whose shopper was killed before it could start."""
        return self._tally.dropped

    @property
    def in_flight(self) -> int:
        """Wishes that were released and have not ended."""
        return self._tally.released - self._ended

    def ended(self) -> None:
        """Count the end of one released wish; its shopper calls this once, however the wish ended."""
        self._ended += 1

    def take_rows(self) -> list[SecondRow]:
        """Increments by intended second since the last call, of arrivals that were due."""
        return self._tally.take_rows()

    def take_held_back(self) -> int:
        """Of the dropped arrivals since the last call, those that the ceiling held back."""
        return self._tally.take_held_back()

    def run(self, t0_monotonic_ns: int) -> None:
        """Release the arrivals, second 0 of the curve being ``t0_monotonic_ns``; returns after the last, or after ``stop``.

        Runs in a greenlet of its own, which may be killed. RuntimeError when called a second time.
        """
        if self._started:
            raise RuntimeError("A pacer runs once, but run was called again; make a new pacer for a new run.")
        self._started = True
        try:
            with MonotonicTimer() as timer:
                self._release_all(timer, t0_monotonic_ns)
            # The hand-overs that are still in the hub's queue come before this greenlet's own next turn in it.
            gevent.sleep(0)
            self.completed = self._timetable.next_ns is None
        finally:
            self._stopped = True
            self.done.set()

    def stop(self) -> None:
        """Release nothing more; the remaining arrivals were never scheduled. Idempotent, also before ``run``."""
        self._stopped = True
        if self._timer is not None:
            self._timer.set(0)
        elif not self._started:
            self.done.set()

    def _release_all(self, timer: MonotonicTimer, t0_ns: int) -> None:
        self._timer = timer
        try:
            while not self._stopped and (next_ns := self._timetable.next_ns) is not None:
                timer.set(t0_ns + next_ns)
                timer.wait()
                if not self._stopped:
                    self._release_due(self._clock() - t0_ns)
                if self._timetable.is_half_taken:
                    gevent.sleep(0)  # who was released has begun
                    self._timetable.look_ahead()
        finally:
            self._timer = None

    def _release_due(self, now_ns: int) -> None:
        due = self._timetable.take_due(now_ns, BURST)
        if self._ceiling is not None:
            due = self._below(self._ceiling, due, now_ns)
        for arrival in due:
            if not self._gate.release(arrival, self._tally.count):
                self._tally.count(arrival, released=False)

    def _below(self, ceiling: Ceiling, due: list[Arrival], now_ns: int) -> list[Arrival]:
        """Those of the arrivals that the ceiling lets through at this instant; the others are dropped."""
        let_through: list[Arrival] = []
        for arrival in due:
            if ceiling.admits(now_ns):
                ceiling.take(now_ns)
                let_through.append(arrival)
            else:
                self._tally.hold_back(arrival)
        return let_through
