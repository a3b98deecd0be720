"""Listeners on Locust's ``request`` event that are not Locust's own: told of every request, as Locust's own clients tell them.

Nobody pays for this without such a listener: the recorder of a run that has one is another than that of a run that has none.
Locust's table stays the mirror's, so its own listener is left out and nothing is counted twice.
"""

import logging
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from locust import log as locust_log
from locust.exception import InterruptTaskSet, RescheduleTask, RescheduleTaskImmediately, StopTest, StopUser

from locustfiles.recording.locust_mirror import GOOD, METHOD
from locustfiles.recording.recorder import Recorder
from locustfiles.transport.connection_pool import BodySink, ConnectionPool
from locustfiles.transport.exchange import Exchange
from reports.run_record.outcome import Outcome, Reason

OURS = "springtide_listens"
"""Mark on listeners of Springtide itself."""
_LOCUSTS_OWN = "Runner.__init__"
_ORDERLY = (StopUser, StopTest, RescheduleTask, RescheduleTaskImmediately, InterruptTaskSet)
_TRIAL_CALLS = 1000
_NS_PER_US = 1_000
_NS_PER_MS = 1_000_000
_NS_PER_S = 1_000_000_000

Listener = Callable[..., None]
_log = logging.getLogger(__name__)


class RequestFailure(Exception):  # noqa: N818 - a listener reads it as the exception of a failed request; nobody raises it
    """Why a request is a failure, in the words of the record."""


class Answer:
    """The answer as listeners expect it of Locust's clients."""

    __slots__ = ("content", "headers", "status_code")

    def __init__(self, exchange: Exchange) -> None:
        self.status_code = exchange.status
        self.headers: Mapping[str, str] = exchange.headers
        self.content = exchange.body

    @property
    def text(self) -> str:
        """The body as text; "" for one that was read as a stream."""
        return self.content.decode("utf-8", "replace")


def foreign_listeners(environment: Any) -> list[Listener]:
    """The listeners on the environment's ``request`` event that are neither Locust's nor ours."""
    handlers: list[Listener] = list(environment.events.request._handlers)
    return [
        handler
        for handler in handlers
        if not getattr(handler, "__qualname__", "").startswith(_LOCUSTS_OWN) and not getattr(handler, OURS, False)
    ]


def call_cost_us() -> float:
    """What telling one listener that does nothing of one request takes on this machine, in microseconds."""
    recorder = HeardRecorder("", "", [lambda **_: None], "")
    exchange = Exchange(0, 0, 0)
    begun_ns = time.perf_counter_ns()
    for _ in range(_TRIAL_CALLS):
        recorder.tell("", Outcome.DONE, Reason.NONE, exchange)
    return (time.perf_counter_ns() - begun_ns) / _TRIAL_CALLS / _NS_PER_US


def told_of(listeners: Sequence[Listener], cost_us: Callable[[], float] = call_cost_us) -> str:
    """The line that says at a run's start what is on and what it costs, measured once; "" without listeners."""
    if not listeners:
        return ""
    names = ", ".join(str(getattr(one, "__qualname__", type(one).__name__)) for one in listeners)
    each_us = cost_us() * len(listeners)
    return f"Request listener: {names}, called for every request; that costs {each_us:.1f} us each time, and what it does.\n"


class HeardRecorder(Recorder):
    """A recorder that also tells listeners of each request."""

    def __init__(self, run_id: str, worker: str, listeners: Sequence[Listener], url: str) -> None:
        """``url`` is the target's base URL."""
        super().__init__(run_id, worker)
        self._listeners = tuple(listeners)
        self._url = url.rstrip("/")
        self._asked: tuple[str, str, str] = (METHOD, "", "")

    def ask(self, method: str, path: str, why: str = "", base: str = "") -> None:
        """What the request was that is recorded next, and the journey's own words for its judgement."""
        self._asked = (method, f"{base or self._url}{path}", why)

    def record(
        self,
        step: str,
        outcome: Outcome,
        reason: Reason,
        exchange: Exchange,
        first_content_ns: int | None = None,
        gaps_ns: Sequence[int] = (),
        *,
        first_event_ns: int | None = None,
        token_ns: int | None = None,
    ) -> None:
        """One attempt of one step; the listeners are told when it is on record, so one that stops the user leaves it there."""
        super().record(
            step,
            outcome,
            reason,
            exchange,
            first_content_ns,
            gaps_ns,
            first_event_ns=first_event_ns,
            token_ns=token_ns,
        )
        self.tell(step, outcome, reason, exchange)

    def tell(self, step: str, outcome: Outcome, reason: Reason, exchange: Exchange) -> None:
        """Call the listeners as Locust's clients would."""
        method, url, why = self._asked
        now_ns = time.monotonic_ns()
        told = {
            "request_type": method,
            "name": step,
            "response_time": (exchange.end_ns - exchange.intended_ns) / _NS_PER_MS,
            "response_length": len(exchange.body) or exchange.received_bytes,
            "exception": None if outcome in GOOD else RequestFailure(why or f"{outcome}: {reason}".rstrip(": ")),
            "context": {},
            "url": url,
            "start_time": (time.time_ns() - now_ns + exchange.intended_ns) / _NS_PER_S,
            "response": Answer(exchange),
        }
        for listener in self._listeners:
            try:
                listener(**told)
            except _ORDERLY:
                raise
            except Exception:  # noqa: BLE001 - as Locust does: a listener's mistake is told and ends nothing
                _log.error("Uncaught exception in event handler: \n%s", traceback.format_exc())
                locust_log.unhandled_greenlet_exception = True


class HeardWire:
    """A pool that tells the recorder what was asked; requests are recorded right after their exchange, in the same greenlet."""

    def __init__(self, pool: ConnectionPool, recorder: HeardRecorder) -> None:
        self._pool = pool
        self._recorder = recorder
        self._base = str(pool.origin)

    def exchange(self, request: bytes, *, intended_ns: int, sink: BodySink | None = None) -> Exchange:
        """Send the request and take the answer."""
        exchange = self._pool.exchange(request, intended_ns=intended_ns, sink=sink)
        method, path, _ = request[:4096].split(b" ", 2)
        self._recorder.ask(method.decode(), path.decode("latin-1"), base=self._base)
        return exchange
