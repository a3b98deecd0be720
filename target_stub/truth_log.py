"""What really happened at the chat door, second by second: the answer key of every throttle-onset estimate.

One JSON line for each wall-clock second in which the door saw anything or work was in the system. The counts of a
second conserve: arrived = admitted + refused_hard + refused_soft + refused_queued + refused_shed + overflowed.
"""

from collections import deque
from collections.abc import Callable
from typing import Final

import msgspec

from target_stub.admission.sayings import Manner
from target_stub.clock import NS_PER_MS, NS_PER_S, Clock

KEPT_LINES_MAX: Final = 3600  # an hour for the control door; the file has all of them
_GAP_S_MAX: Final = 3600  # a longer silence is a clock that was set, not a second without events


class Totals(msgspec.Struct):
    """Counts since the start: `dropped` tickets were cut off by the stub's own end."""

    arrived: int = 0
    admitted: int = 0
    refused_hard: int = 0
    refused_soft: int = 0
    refused_queued: int = 0
    refused_shed: int = 0
    overflowed: int = 0
    served: int = 0
    abandoned: int = 0
    dropped: int = 0


class Second(msgspec.Struct):
    """One line of the log; arrivals are counted at their decision, endings in the second in which they happen."""

    second_unix: int
    arrived: int = 0
    admitted: int = 0
    refused_hard: int = 0
    refused_soft: int = 0
    refused_queued: int = 0
    refused_shed: int = 0
    overflowed: int = 0
    served: int = 0
    abandoned: int = 0
    in_system: int = 0
    queue_wait_max_ms: float = 0.0
    first_refusal_unix_ns: int | None = None

    @property
    def quiet(self) -> bool:
        """True when the door saw nothing."""
        return not (self.arrived or self.served or self.abandoned)


class TruthLog:
    """Counts events into the current second and hands each finished second to `sink` as one line.

    `in_system(monotonic_ns)` tells how much work the station holds; it is asked for the last instant of a second.
    """

    def __init__(
        self,
        clock: Clock,
        in_system: Callable[[int], int],
        sink: Callable[[bytes], None],
        *,
        station: str | None = None,
    ) -> None:
        """`station` is told in every line, so that one file can hold the accounts of several; the chat's lines have none."""
        self._clock = clock
        self._in_system = in_system
        self._sink = sink
        self._begin = b"{" if station is None else b'{"station":%s,' % msgspec.json.encode(station)
        self._second = Second(clock.unix_ns() // NS_PER_S)
        self._left_over = 0  # work in the system at the end of the second before
        self._kept: deque[bytes] = deque(maxlen=KEPT_LINES_MAX)
        self.totals = Totals()

    def ask_for_work(self, in_system: Callable[[int], int]) -> None:
        """Ask another than the station how much work there is: a line in front of it holds some of it."""
        self._in_system = in_system

    def admitted(self, wait_ns: int) -> None:
        """Count an arrival that got in and waits, or has waited, `wait_ns` for a server."""
        second = self.roll()
        second.arrived += 1
        second.admitted += 1
        second.queue_wait_max_ms = max(second.queue_wait_max_ms, round(wait_ns / NS_PER_MS, 3))
        self.totals.arrived += 1
        self.totals.admitted += 1

    def refused(self, manner: Manner) -> None:
        """Count an arrival that the door turned away."""
        second, column = self._turned_away(), f"refused_{manner}"
        setattr(second, column, getattr(second, column) + 1)
        setattr(self.totals, column, getattr(self.totals, column) + 1)

    def overflowed(self) -> None:
        """Count an arrival for which the queue had no place."""
        self._turned_away().overflowed += 1
        self.totals.overflowed += 1

    def _turned_away(self) -> Second:
        second = self.roll()
        second.arrived += 1
        self.totals.arrived += 1
        if second.first_refusal_unix_ns is None:
            second.first_refusal_unix_ns = self._clock.unix_ns()
        return second

    def served(self) -> None:
        """Count an answer whose last byte was written."""
        self.roll().served += 1
        self.totals.served += 1

    def abandoned(self) -> None:
        """Count a shopper who left before the end of the answer."""
        self.roll().abandoned += 1
        self.totals.abandoned += 1

    def dropped(self) -> None:
        """Count an answer that the stub itself cut off; the seconds have no place for it."""
        self.totals.dropped += 1

    def roll(self) -> Second:
        """Finish the seconds that are over and return the current one; a wall clock that goes back reopens nothing."""
        unix_ns = self._clock.unix_ns()
        now_s = unix_ns // NS_PER_S
        if now_s <= self._second.second_unix:
            return self._second
        ahead_ns = unix_ns - self._clock.monotonic_ns()
        self._finish((self._second.second_unix + 1) * NS_PER_S - ahead_ns)
        first_s = self._second.second_unix + 1
        if now_s - first_s <= _GAP_S_MAX:
            for silent_s in range(first_s, now_s):
                self._second = Second(silent_s)
                self._finish((silent_s + 1) * NS_PER_S - ahead_ns)
        self._second = Second(now_s)
        return self._second

    def close(self) -> None:
        """Write the unfinished second; nothing is counted afterwards."""
        self.roll()
        self._finish(self._clock.monotonic_ns())

    def lines(self) -> list[bytes]:
        """Return the latest finished seconds, at most an hour of them."""
        self.roll()
        return list(self._kept)

    def _finish(self, at_ns: int) -> None:
        second = self._second
        second.in_system = self._in_system(at_ns)
        if not second.quiet or second.in_system or self._left_over:
            line = self._begin + msgspec.json.encode(second)[1:] + b"\n"
            self._kept.append(line)
            self._sink(line)
        self._left_over = second.in_system
