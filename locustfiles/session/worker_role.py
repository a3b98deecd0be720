"""What every process that generates load does for a run: build it from the plan, go, report each second, drain at the end."""

import time
from typing import Any

import gevent
import msgspec

from locustfiles.recording.messages import WorkerEnd, monotonic_of, worker_name
from locustfiles.recording.request_event import foreign_listeners
from locustfiles.session.crowd import SPARE_FILES
from locustfiles.session.generator import Generator
from locustfiles.session.open_files import raise_open_files
from locustfiles.session.plan import Plan
from locustfiles.session.registry import provide_generator

REPORT_EVERY_S = 1.0
DRAIN_S = 2.0
"""What is in flight when a run is told to finish has this long to end; the master has waited for stragglers before."""
FLUSH_S = 5.0


class WorkerRole:
    """The generating half of an environment, over one run after another."""

    def __init__(self, environment: Any) -> None:
        """Listen to the master's messages and ask for a plan that may be waiting."""
        self._environment = environment
        self._name = worker_name(environment.runner)
        self._generator: Generator | None = None
        self._reporter: gevent.Greenlet[..., None] | None = None
        self._end = WorkerEnd(environment.runner, on_plan=self._build, on_go=self._go, on_finish=self.finish_generating)

    def hello(self) -> None:
        """Ask for the plan of a run that was opened before this worker joined."""
        self._end.hello()

    def _build(self, _run_id: str, plan_bytes: bytes) -> None:
        plan = msgspec.msgpack.decode(plan_bytes, type=Plan)
        raise_open_files(plan.shoppers * len(plan.origins) + SPARE_FILES)
        self._generator = Generator(plan, worker=self._name)
        provide_generator(self._environment, self._generator)

    def _go(self, started_unix_ns: int, share: tuple[int, int]) -> None:
        if self._generator is None:
            return
        started_ns = monotonic_of(started_unix_ns, unix_ns=time.time_ns(), monotonic_ns=time.monotonic_ns())
        self._generator.tell(foreign_listeners(self._environment))
        self._generator.go(started_ns, share)
        self._reporter = gevent.spawn(self._report, self._generator, started_ns)

    def _report(self, generator: Generator, started_ns: int) -> None:
        """Send a batch at every whole second of the run; the last one early when nothing more can be written ahead."""
        due_s = started_ns / 1e9
        while True:
            due_s += REPORT_EVERY_S
            gevent.sleep(max(0.0, due_s - time.monotonic()))
            self._end.send(generator.cut())
            if generator.has_failed:
                gevent.spawn(self.finish_generating)
                return

    def finish_generating(self) -> None:
        """Drain, send the last batch and close; a second call does nothing."""
        generator, self._generator = self._generator, None
        if generator is None:
            return
        generator.drain(DRAIN_S)
        if self._reporter is not None:
            self._reporter.kill()
        self._end.send(generator.cut(final=True))
        self._end.flush(FLUSH_S)
        generator.close()
