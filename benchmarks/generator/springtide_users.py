"""Springtide's transport and recorder in a closed loop: what a user's own task costs, without a pacer.

Each request is recorded, and once a second the records become sums that fill Locust's table. W3 is not here: it is the real
``locustfiles/steady.py``.

locust -f benchmarks/generator/springtide_users.py --headless -u 64 -r 64 --host URL SpringtideW1

``BENCH_STREAMS=FILE`` keeps shopper and first content of every stream; ``BENCH_EVERY_S`` is each user's mean time between streams.
"""

import itertools
import os
import random
import time
from pathlib import Path
from typing import Any

import gevent
from locust import User, events, task

from benchmarks.generator.workload import CONNECTIONS, chat_door, chat_request, json_request
from locustfiles.protocols.chat_completions import ChatDecoder
from locustfiles.recording.locust_mirror import LocustMirror
from locustfiles.recording.recorder import Recorder
from locustfiles.transport.connection_pool import ConnectionPool
from locustfiles.transport.deadlines import Deadlines, Limits
from locustfiles.transport.origin import Origin
from reports.run_record.outcome import CHAT, CREATE, Outcome, Reason

DEADLINES = Deadlines(connect_s=8.0, first_byte_s=8.0, between_bytes_s=8.0, total_s=16.0, pool_s=8.0)
_OK = 200
_STREAMS = os.environ.get("BENCH_STREAMS", "")
_EVERY_S = float(os.environ.get("BENCH_EVERY_S", "0"))


class Bench:
    """What the users of one environment share."""

    def __init__(self, environment: Any) -> None:
        """Begin to record; the reporter runs until the process ends."""
        origin = Origin.parse(environment.host)
        self.pool = ConnectionPool(origin, deadlines=DEADLINES, limits=Limits(connections=CONNECTIONS))
        self.json_request = json_request(origin.host_header)
        self.chat = chat_door(origin.host_header)
        self.numbers = itertools.count()
        self.streams: list[tuple[str, int]] = []
        self.recorder = Recorder("bench", "local")
        self.recorder.started_ns = time.monotonic_ns()
        self._mirror = LocustMirror(environment)
        gevent.spawn(self._report)

    def _report(self) -> None:
        while True:
            gevent.sleep(1.0)
            batch = self.recorder.cut(time.monotonic_ns(), seconds=[], in_flight=0, idle_shoppers=0, connections=0)
            self._mirror.add([batch], time.time_ns() // 1_000_000_000)

    def save(self) -> None:
        """Write the streams that were kept."""
        lines = (f"{shopper} {first_ns}\n" for shopper, first_ns in self.streams)
        Path(_STREAMS).write_text("".join(lines), encoding="ascii")


@events.init.add_listener  # type: ignore[untyped-decorator]  # Locust has no annotations
def share(environment: Any, **_: Any) -> None:
    """Give the environment's users what they share, and save it at the end."""
    bench = environment.springtide_bench = Bench(environment)
    if _STREAMS:
        environment.events.quitting.add_listener(lambda **_: bench.save())


class _BenchUser(User):
    abstract = True

    def on_start(self) -> None:
        """Find what is shared, and wait: spaced users begin apart.

        As for every shopper of Springtide, Locust's turn of the hub between two tasks is left out: each task waits for its answer.
        """
        self.bench: Bench = self.environment.springtide_bench
        locusts: Any = self._taskset_instance
        locusts._sleep = _sleep
        self.due_s = time.monotonic()
        self.wait()  # type: ignore[no-untyped-call]  # Locust has no annotations

    def wait_time(self) -> float:
        """Nothing, or until the user's own next instant, exponentially distributed: together they are Poisson arrivals.

        Locust's constant_pacing lets users who were late together stay together.
        """
        if not _EVERY_S:
            return 0.0
        self.due_s += random.expovariate(1 / _EVERY_S)
        return max(0.0, self.due_s - time.monotonic())


class SpringtideW1(_BenchUser):
    """One JSON POST a task."""

    @task
    def post(self) -> None:
        """Send W1 and record it."""
        bench = self.bench
        exchange = bench.pool.exchange(bench.json_request, intended_ns=time.monotonic_ns())
        bench.recorder.record(CREATE, _outcome_of(exchange.status), Reason.NONE, exchange)


class SpringtideW2(_BenchUser):
    """One stream a task, decoded event by event."""

    @task
    def ask(self) -> None:
        """Send W2, decode its tool call and record it with its first content."""
        bench = self.bench
        shopper = f"shopper-1-{next(bench.numbers)}"
        request = chat_request(shopper, bench.chat)
        ready_ns = time.monotonic_ns()
        stream = ChatDecoder(ready_ns)
        exchange = bench.pool.exchange(request, intended_ns=ready_ns, sink=stream)
        stream.finish(exchange)
        bench.recorder.record(CHAT, _outcome_of(exchange.status), Reason.NONE, exchange, stream.first_content_ns)
        if _STREAMS and stream.first_content_ns is not None:
            bench.streams.append((shopper, stream.first_content_ns))


def _sleep(seconds: float) -> None:
    if seconds:
        gevent.sleep(seconds)


def _outcome_of(status: int) -> Outcome:
    return Outcome.DONE if status == _OK else Outcome.DEGRADED
