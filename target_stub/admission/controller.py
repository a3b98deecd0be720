"""Admission: every arrival gets a ticket or a refusal, and every ticket ends once: served, ignored or dropped.

Three parts that any combination of works: the door says who may come in, the station how long it takes, the voice how
a no is said. Each decision and each ending is told to the truth log.
"""

from typing import Final, Literal

import msgspec

from target_stub.admission.doors import Bucket, Door, OpenDoor, TokenBucket, full_bucket, refilled, take
from target_stub.admission.sayings import Manner, Saying
from target_stub.admission.voice import Voice, saying_of, sayings_of
from target_stub.capacity.service_time import ServiceTime
from target_stub.capacity.station import Placement, Station
from target_stub.clock import Clock
from target_stub.truth_log import TruthLog

RETRY_AFTER_S: Final = 1  # the least that the header's whole seconds can say; a bucket has tokens again well before


class Refusal(msgspec.Struct, frozen=True, gc=False):
    """A no: the door's (`rate`) or the queue's (`queue_full`), and how it is to be said."""

    cause: Literal["rate", "queue_full"]
    saying: Saying
    retry_after_s: int = RETRY_AFTER_S

    @property
    def manner(self) -> Manner:
        """What the way amounts to."""
        return self.saying.manner


class Ticket:
    """The right to one placement in the station. The first ending counts; the ones after it change nothing."""

    __slots__ = ("_open", "_truth", "placement")

    def __init__(self, placement: Placement, truth: TruthLog) -> None:
        self.placement = placement
        self._truth = truth
        self._open = True

    def served(self) -> None:
        """The whole answer was written."""
        if self._end():
            self._truth.served()

    def ignored(self) -> None:
        """The client left before the end; the station does the work all the same."""
        if self._end():
            self._truth.abandoned()

    def dropped(self) -> None:
        """The stub cut the answer off."""
        if self._end():
            self._truth.dropped()

    def _end(self) -> bool:
        was_open, self._open = self._open, False
        return was_open


class Controller:
    """Decides on arrivals one after another; not for use from several threads."""

    def __init__(
        self, *, clock: Clock, station: Station, service_time: ServiceTime, door: Door, voice: Voice, truth: TruthLog
    ) -> None:
        self._clock = clock
        self._station = station
        self._service_time = service_time
        self._ways = sayings_of(voice)
        self._truth = truth
        self._refusals = 0
        self._held: tuple[TokenBucket, Bucket] | None = None
        self.switch(door)

    @property
    def door(self) -> Door:
        """The rule in force."""
        return OpenDoor() if self._held is None else self._held[0]

    def switch(self, door: Door) -> None:
        """Put another door in place; a bucket keeps its tokens as far as the new one holds them."""
        now_ns = self._clock.monotonic_ns()
        if isinstance(door, OpenDoor):
            self._held = None
        elif self._held is None:
            self._held = (door, full_bucket(door, now_ns))
        else:
            # The time before the switch counts at the old rate.
            self._held = (door, refilled(door, refilled(*self._held, now_ns), now_ns))

    def admit(self, work: float = 1.0) -> Ticket | Refusal:
        """Decide on one arrival at the clock's present instant; it takes `work` times a service time of the station's law."""
        # The seconds that are over are closed first: the log asks the station about their last instant.
        self._truth.roll()
        now_ns = self._clock.monotonic_ns()
        if not self._lets_in(now_ns):
            saying = self._next_saying()
            self._truth.refused(saying.manner)
            return Refusal("rate", saying)
        placement = self._station.place(now_ns, max(1, round(self._service_time() * work)))
        if placement is None:
            self._truth.overflowed()
            return Refusal("queue_full", self._next_saying())
        self._truth.admitted(placement.wait_ns)
        return Ticket(placement, self._truth)

    def _lets_in(self, now_ns: int) -> bool:
        if self._held is None:
            return True
        rule, bucket = self._held
        bucket, lets_in = take(rule, bucket, now_ns)
        self._held = (rule, bucket)
        return lets_in

    def _next_saying(self) -> Saying:
        saying = saying_of(self._ways, self._refusals)
        self._refusals += 1
        return saying

    def gauges(self) -> dict[str, int]:
        """Return what the station holds at the present instant."""
        self._truth.roll()
        now_ns = self._clock.monotonic_ns()
        return {
            "servers": self._station.servers,
            "busy": self._station.busy(now_ns),
            "waiting": self._station.waiting(now_ns),
        }
