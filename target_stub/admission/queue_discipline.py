"""Who of those that wait is served next, and who is sent away: FIFO, LIFO, and two forms of CoDel.

Both CoDels decide about one waiter at a time, by pure functions of rule, state, delay and instant: `codel_step` is RFC
8289's control law, `folly_step` the variant of Meta's folly (incident sheet 4.2).
"""

import math
from collections import deque
from typing import Annotated, Generic, Literal, TypeVar

import msgspec
from msgspec import Meta

from target_stub.clock import NS_PER_MS

Owner = TypeVar("Owner")
QueueKind = Literal["fifo", "lifo", "codel", "codel-folly"]
DelayMs = Annotated[float, Meta(gt=0, le=600_000)]
_MEMORY_INTERVALS = 16  # RFC 8289: a dropping state that ended this recently is gone on with


class Fifo(msgspec.Struct, frozen=True, tag="fifo", tag_field="kind", forbid_unknown_fields=True):
    """The oldest first; a newcomer for whom there is no place is sent away."""


class Lifo(msgspec.Struct, frozen=True, tag="lifo", tag_field="kind", forbid_unknown_fields=True):
    """The newest first; in a full queue a newcomer takes the place of the oldest."""


class Codel(msgspec.Struct, frozen=True, tag="codel", tag_field="kind", forbid_unknown_fields=True):
    """The oldest first; drops ever more often, after interval / sqrt(n), while the delay stays above the target.

    Begins when no delay of a whole interval was under the target. Raises ValueError for an interval under the target.
    """

    target_ms: DelayMs = 5.0
    interval_ms: DelayMs = 100.0

    def __post_init__(self) -> None:
        _in_order(self.target_ms, self.interval_ms)


class FollyCodel(msgspec.Struct, frozen=True, tag="codel-folly", tag_field="kind", forbid_unknown_fields=True):
    """Overloaded when the least delay of an interval was above the target: then drops whoever waited twice the target.

    With `lifo_under_overload` the newest is served while it is overloaded; otherwise always the oldest.
    """

    target_ms: DelayMs = 5.0
    interval_ms: DelayMs = 100.0
    lifo_under_overload: bool = True

    def __post_init__(self) -> None:
        _in_order(self.target_ms, self.interval_ms)


QueueDiscipline = Fifo | Lifo | Codel | FollyCodel


def _in_order(target_ms: float, interval_ms: float) -> None:
    if interval_ms <= target_ms:
        raise ValueError(f"CoDel's interval is longer than its target, not {interval_ms} ms for {target_ms} ms")


class CodelState(msgspec.Struct, frozen=True, gc=False):
    """`first_above_ns`: when an interval above the target will be over, 0 while below; `drop_next_ns`: the next drop."""

    first_above_ns: int = 0
    dropping: bool = False
    drop_next_ns: int = 0
    count: int = 0
    last_count: int = 0


def codel_step(rule: Codel, state: CodelState, delay_ns: int, behind: int, now_ns: int) -> tuple[CodelState, bool]:
    """Return the state after the oldest waiter was looked at, and whether it is dropped; `behind` wait after it.

    The last one in the queue is never dropped: without a backlog there is nothing to control.
    """
    interval_ns = round(rule.interval_ms * NS_PER_MS)
    above = delay_ns >= rule.target_ms * NS_PER_MS and behind > 0
    first_above_ns = (state.first_above_ns or now_ns + interval_ns) if above else 0
    may_drop = above and state.first_above_ns != 0 and now_ns >= state.first_above_ns
    next_ns, count, last_count = state.drop_next_ns, state.count, state.last_count
    if not may_drop:
        return CodelState(first_above_ns, False, next_ns, count, last_count), False
    if state.dropping:
        if now_ns < next_ns:
            return CodelState(first_above_ns, True, next_ns, count, last_count), False
        count += 1
        return CodelState(first_above_ns, True, _next_drop(next_ns, interval_ns, count), count, last_count), True
    since_last = count - last_count
    recently = now_ns - next_ns < _MEMORY_INTERVALS * interval_ns
    count = since_last if since_last > 1 and recently else 1
    return CodelState(first_above_ns, True, _next_drop(now_ns, interval_ns, count), count, count), True


def _next_drop(from_ns: int, interval_ns: int, count: int) -> int:
    return from_ns + round(interval_ns / math.sqrt(count))


class FollyState(msgspec.Struct, frozen=True, gc=False):
    """The least delay since the interval began, when it ends, and what the one before it said."""

    min_delay_ns: int = 0
    interval_end_ns: int = 0
    fresh: bool = True
    """No delay was seen in this interval."""
    overloaded: bool = False


def folly_step(rule: FollyCodel, state: FollyState, delay_ns: int, now_ns: int) -> tuple[FollyState, bool]:
    """Return the state after a delay was seen, and whether whoever waited that long is dropped; never an interval's first."""
    end_ns, fresh, overloaded = state.interval_end_ns, state.fresh, state.overloaded
    if now_ns > end_ns and not fresh:
        end_ns = now_ns + round(rule.interval_ms * NS_PER_MS)
        fresh = True
        overloaded = state.min_delay_ns > rule.target_ms * NS_PER_MS
    if fresh:
        return FollyState(delay_ns, end_ns, False, overloaded), False
    seen = FollyState(min(delay_ns, state.min_delay_ns), end_ns, False, overloaded)
    return seen, overloaded and delay_ns > 2 * rule.target_ms * NS_PER_MS


class Job(msgspec.Struct, Generic[Owner], frozen=True, eq=False):
    """Work for one server: whose it is, when it came and how long it takes."""

    owner: Owner
    arrival_ns: int
    service_ns: int


class WaitingJobs(Generic[Owner]):
    """The jobs that wait, in order of arrival, under a discipline that may be changed."""

    def __init__(self, rule: QueueDiscipline) -> None:
        self._jobs: deque[Job[Owner]] = deque()
        self._rule = rule
        self._codel = CodelState()
        self._folly = FollyState()

    def __len__(self) -> int:
        return len(self._jobs)

    def switch(self, rule: QueueDiscipline) -> None:
        """Go on under another rule; who waits keeps waiting, and a CoDel begins to look anew."""
        self._rule = rule
        self._codel = CodelState()
        self._folly = FollyState()

    def push(self, job: Job[Owner]) -> None:
        """Let a job wait."""
        self._jobs.append(job)

    def push_into_full(self, job: Job[Owner]) -> Job[Owner]:
        """Let a job come to a queue without a place; returns who has to go."""
        if not isinstance(self._rule, Lifo) or not self._jobs:
            return job
        self._jobs.append(job)
        return self._jobs.popleft()

    def take(self, now_ns: int) -> tuple[Job[Owner] | None, list[Job[Owner]]]:
        """Return who is served at `now_ns` and who was dropped on the way; the first is None when nobody is left."""
        dropped: list[Job[Owner]] = []
        jobs = self._jobs
        while jobs:
            match self._rule:
                case Fifo():
                    return jobs.popleft(), dropped
                case Lifo():
                    return jobs.pop(), dropped
                case Codel() as rule:
                    delay_ns = now_ns - jobs[0].arrival_ns
                    self._codel, drops = codel_step(rule, self._codel, delay_ns, len(jobs) - 1, now_ns)
                    newest_first = False
                case FollyCodel() as folly:
                    self._folly, drops = folly_step(folly, self._folly, now_ns - jobs[0].arrival_ns, now_ns)
                    newest_first = folly.lifo_under_overload and self._folly.overloaded
            if not drops:
                return (jobs.pop() if newest_first else jobs.popleft()), dropped
            dropped.append(jobs.popleft())
        return None, dropped
