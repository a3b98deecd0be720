"""Requests that Locust's own clients tell of, as samples of the record: the listener of a locustfile that is only recorded.

Nothing scheduled such a request, so it should have started when it did. One that began before the run's start counts as begun with
it. This module must not know runs nor runners.
"""

import time
from collections.abc import Callable
from typing import Any

from locustfiles.recording.classify_answer import classify_event
from locustfiles.recording.recorder import Recorder
from locustfiles.recording.request_event import OURS
from locustfiles.transport.exchange import Exchange
from reports.run_record.outcome import ANY_STEP, ARRIVAL, ORDER

MOST_STEPS = 500
"""Locust's web UI shows as many; a name with a number in it would fill memory and every table."""
OTHER = "other requests"
_RESERVED = frozenset({ORDER, ARRIVAL, ANY_STEP})
_NAME_CHARACTERS = 200
_NS_PER_MS = 1_000_000
_NS_PER_S = 1_000_000_000


class EventSampler:
    """Records events while it has a recorder; make one for each environment."""

    def __init__(
        self, *, clock: Callable[[], int] = time.monotonic_ns, unix_clock: Callable[[], int] = time.time_ns
    ) -> None:
        """Clocks give monotonic and wall nanoseconds."""
        self.recorder: Recorder | None = None
        self._clock = clock
        self._unix_clock = unix_clock
        self._steps: set[str] = set()

    def listener(self) -> Callable[..., None]:
        """What is to be added to Locust's ``request`` event."""

        def on_request(
            *,
            name: Any,
            response_time: float | None = None,
            exception: Any = None,
            response: Any = None,
            start_time: float | None = None,
            **_: Any,
        ) -> None:
            if self.recorder is not None:
                self._record(self.recorder, str(name), response_time, exception, response, start_time)

        setattr(on_request, OURS, True)
        return on_request

    def _record(
        self,
        recorder: Recorder,
        name: str,
        response_time: float | None,
        exception: Any,
        response: Any,
        start_time: float | None,
    ) -> None:
        started_ns, end_ns = self._instants(response_time or 0.0, start_time)
        started_ns = max(started_ns, recorder.started_ns)
        exchange = Exchange(started_ns, started_ns, max(started_ns, end_ns), sent_ns=started_ns)
        exchange.status = _status_of(response)
        if exception is not None:
            exchange.headers = _headers_of(response)
        verdict = classify_event(exchange, exception)
        recorder.record(self._step_of(name), verdict.outcome, verdict.reason, exchange)

    def _step_of(self, name: str) -> str:
        step = name[:_NAME_CHARACTERS]
        step = f"{step} request" if step in _RESERVED else step
        if step not in self._steps:
            if len(self._steps) >= MOST_STEPS:
                return OTHER
            self._steps.add(step)
        return step

    def _instants(self, response_ms: float, start_time: float | None) -> tuple[int, int]:
        """Start and end on the monotonic clock. An event may be told late, and a start may be missing or not of this clock."""
        now_ns, took_ns = self._clock(), max(0, int(response_ms * _NS_PER_MS))
        if start_time is not None:
            started_ns = now_ns - self._unix_clock() + int(start_time * _NS_PER_S)
            if self.recorder is not None and self.recorder.started_ns <= started_ns <= now_ns - took_ns:
                return started_ns, started_ns + took_ns
        return now_ns - took_ns, now_ns


def _status_of(response: Any) -> int:
    """The status of a response of ``requests`` or of ``FastHttpUser``; 0 when there is none."""
    status = getattr(response, "status_code", 0)
    return status if isinstance(status, int) else 0


def _headers_of(response: Any) -> dict[str, str]:
    items = getattr(getattr(response, "headers", None), "items", tuple)
    return {str(key).lower(): str(value) for key, value in items()}
