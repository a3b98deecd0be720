"""The closed model: every shopper thinks, wishes, waits for the end, and thinks again. No curve asks for anything.

Gate and clock in one: a shopper that is idle thinks here, and leaves with an arrival whose intended time is the instant its thinking
ends. So what the target makes shoppers wait is load that never comes (coordinated omission); the open model is ``pacer``.

A worker's k-th wish has the index worker + k x workers, unique in the run; how long it is thought over depends on the seed and
that index only. This module must not know Locust.
"""

import math
import random
import time
from collections.abc import Callable

import gevent
import msgspec
from gevent.event import Event

from locustfiles.arrivals.arrival import Arrival
from locustfiles.arrivals.ceiling import HOLD_S, Ceiling
from locustfiles.arrivals.gate import Gate
from locustfiles.arrivals.timetable import Tally
from reports.run_record.schema import SecondRow

THINK_LAWS = ("exponential", "fixed")
_NS = 1_000_000_000


class Thinking(msgspec.Struct, frozen=True):
    """How long shoppers think before each wish, and until when they begin one."""

    mean_s: float
    law: str
    """``exponential`` or ``fixed``."""
    duration_s: float
    """Seconds from the run's start in which wishes begin."""

    def before_wish_s(self, seed: int, index: int, *, is_first: bool) -> float:
        """Seconds of thought before the wish ``index``.

        A fixed thought is cut short at random before a shopper's first wish, or all of them would come at once.
        """
        u = random.Random(f"think/{seed}/{index}").random()
        if self.law == "fixed":
            return self.mean_s * (u if is_first else 1.0)
        return -self.mean_s * math.log1p(-u)


class ClosedLoop(Gate):
    """One worker's shoppers that think: a gate through which they let themselves, and the count of it that a pacer keeps.

    ``done`` is set when no more wishes are begun: the run's time is over for somebody, or ``stop`` was called.
    """

    def __init__(
        self,
        thinking: Thinking,
        seed: int,
        *,
        clock: Callable[[], int] = time.monotonic_ns,
        most_per_s: float | None = None,
    ) -> None:
        """``clock`` gives nanoseconds of CLOCK_MONOTONIC; nobody thinks before ``begin``.

        ``most_per_s`` is the ceiling of all workers together: a wish beyond it is dropped, and its shopper waits a second before it
        thinks of the next. None = none.
        """
        super().__init__()
        self.done = Event()
        self._thinking = thinking
        self._seed = seed
        self._clock = clock
        self._tally = Tally()
        self._begun = Event()
        self._started_ns = 0
        self._next_index, self._workers = 0, 1
        self._ended = 0
        self._thinkers = 0
        self._stopped = False
        self._most_per_s = most_per_s
        self._ceiling: Ceiling | None = None

    @property
    def idle(self) -> int:
        """Shoppers that think, or have no more wishes."""
        return self._thinkers

    @property
    def in_flight(self) -> int:
        """Wishes that were begun and have not ended."""
        return self._tally.released - self._ended

    def begin(self, started_ns: int, share: tuple[int, int]) -> None:
        """Let shoppers think from this instant on; ``share`` is (this worker's number, workers)."""
        self._started_ns = started_ns
        self._next_index, self._workers = share
        self._ceiling = None if self._most_per_s is None else Ceiling(self._most_per_s, share)
        self._begun.set()

    def take(self) -> Arrival:
        """Think, and begin a wish; blocks for ever when the run's time is over. Raises what the greenlet is killed with."""
        self._thinkers += 1
        try:
            return self._think()
        finally:
            self._thinkers -= 1

    def _think(self) -> Arrival:
        is_first = not self._begun.is_set()
        self._begun.wait()
        arrival = self._think_of_one(is_first=is_first)
        while not self._is_let_through():
            self._tally.hold_back(arrival)
            gevent.sleep(HOLD_S)
            arrival = self._think_of_one(is_first=False)
        self._tally.count(arrival, released=True)
        return arrival

    def _is_let_through(self) -> bool:
        ceiling, now_ns = self._ceiling, self._clock()
        if ceiling is None:
            return True
        if is_free := ceiling.admits(now_ns):
            ceiling.take(now_ns)
        return is_free

    def _think_of_one(self, *, is_first: bool) -> Arrival:
        index, self._next_index = self._next_index, self._next_index + self._workers
        thought_s = self._thinking.before_wish_s(self._seed, index, is_first=is_first)
        since_ns = self._started_ns if is_first else self._clock()
        intended_ns = since_ns - self._started_ns + int(thought_s * _NS)
        if intended_ns >= self._thinking.duration_s * _NS:
            self._wish_no_more()
        # The hub's timers count from its last turn, so a sleep may end early. Who need not think gives the others a turn.
        gevent.sleep(max(0, self._started_ns + intended_ns - self._clock()) / _NS)
        while (left_ns := self._started_ns + intended_ns - self._clock()) > 0:
            gevent.sleep(left_ns / _NS)
        if self._stopped:
            self._wish_no_more()
        return Arrival(index, intended_ns)

    def _wish_no_more(self) -> None:
        self.done.set()
        Event().wait()  # until the greenlet is killed

    def ended(self) -> None:
        """Count the end of one wish; its shopper calls this once, however the wish ended."""
        self._ended += 1

    def take_rows(self) -> list[SecondRow]:
        """Wishes thought of since the last call, by second; only a ceiling drops one."""
        return self._tally.take_rows()

    def take_held_back(self) -> int:
        """Wishes that the ceiling held back since the last call."""
        return self._tally.take_held_back()

    def stop(self) -> None:
        """Begin no more wishes. Idempotent."""
        self._stopped = True
        self.done.set()
