"""What every process that generates load does for a run: build it from the plan, go, report each second, drain at the end."""

import logging
import sys
import time
from typing import Any

import gevent
import msgspec
from gevent.lock import RLock

from locustfiles.recording.messages import monotonic_of, worker_name
from locustfiles.recording.parts import Parts
from locustfiles.recording.request_event import foreign_listeners
from locustfiles.recording.worker_end import WorkerEnd
from locustfiles.session.breath import in_breaths
from locustfiles.session.collector import pass_over_what_is_there
from locustfiles.session.crowd import SPARE_FILES
from locustfiles.session.generator import Generator
from locustfiles.session.open_files import raise_open_files
from locustfiles.session.plan import Plan
from locustfiles.session.registry import provide_generator
from locustfiles.target.clean_logs import clean_logs

REPORT_EVERY_S = 1.0
DRAIN_S = 2.0
"""What is in flight when a run is told to finish has this long to end; the master has waited for stragglers before."""
FLUSH_S = 5.0
MASTER_SILENCE_S = 5.0
"""A master that has acknowledged nothing for so long is gone: Locust itself gives it a minute, all under load."""
MASTERS_WORD_S = 1.5
_LOOK_AGAIN_S = 0.05
MASTER_GONE = 3


class WorkerRole:
    """The generating half of an environment, over one run after another."""

    def __init__(self, environment: Any) -> None:
        """Listen to the master's messages and ask for a plan that may be waiting."""
        self._environment = environment
        self._name = worker_name(environment.runner)
        self._generator: Generator | None = None
        self._reporter: gevent.Greenlet[..., None] | None = None
        self._finishing = RLock()
        self._reporting = RLock()
        self._end = WorkerEnd(environment.runner, on_plan=self._build, on_go=self._go, on_finish=self.finish_generating)

    def hello(self) -> None:
        """Ask for the plan of a run that was opened before this worker joined."""
        self._end.hello()

    def end_load(self) -> None:
        """Send nothing more, but for what is in flight and ends soon; the run itself ends by the master's word."""
        if self._generator is not None:
            self._generator.end_load()

    def _build(self, _run_id: str, plan_bytes: bytes) -> str:
        plan = msgspec.msgpack.decode(plan_bytes, type=Plan)
        raise_open_files(plan.shoppers * len(plan.origins) + SPARE_FILES)
        self._generator = Generator(plan, worker=self._name)
        clean_logs(logging.getLogger(), self._generator.keyring.redactor)
        provide_generator(self._environment, self._generator)
        return self._generator.place

    def _go(self, started_unix_ns: int, share: tuple[int, int]) -> None:
        if self._generator is None:
            return
        started_ns = monotonic_of(started_unix_ns, unix_ns=time.time_ns(), monotonic_ns=time.monotonic_ns())
        self._generator.tell(foreign_listeners(self._environment))
        self._generator.go(started_ns, share)
        pass_over_what_is_there()
        self._reporter = gevent.spawn(self._report, self._generator, started_ns)

    def _report(self, generator: Generator, started_ns: int) -> None:
        """Send a batch at every whole second of the run; the last one early when nothing more can be written ahead."""
        due_s = started_ns / 1e9
        while True:
            due_s += REPORT_EVERY_S
            gevent.sleep(max(0.0, due_s - time.monotonic()))
            with self._reporting:
                in_breaths(self._tell(generator))
            if generator.has_failed:
                gevent.spawn(self.finish_generating)
                return
            if self._is_master_gone():
                gevent.spawn(self._leave, generator)
                return

    def _tell(self, generator: Generator) -> Parts[None]:
        batch = yield from generator.cut_in_parts()
        yield
        yield from self._end.send_in_parts(batch)

    def _is_master_gone(self) -> bool:
        if self._end.silence_s() <= MASTER_SILENCE_S:
            return False
        gevent.sleep(REPORT_EVERY_S)  # answers wait unread when it was this process that stood still
        return self._end.silence_s() > MASTER_SILENCE_S

    def _leave(self, generator: Generator) -> None:
        """Load that nobody records is worth nothing."""
        generator.end_load()
        sys.stderr.write(
            f"\nThe master has been silent for {MASTER_SILENCE_S:g} s, so worker {self._name} sends nothing more and ends.\n"
        )
        self.finish_generating()
        self._environment.process_exit_code = MASTER_GONE
        self._environment.runner.quit()

    def finish_generating(self) -> None:
        """Drain, send the last batch and close; a second call waits for the first and does nothing."""
        with self._finishing:
            generator, self._generator = self._generator, None
            if generator is None:
                return
            generator.drain(DRAIN_S)
            if self._reporter is not None:
                with self._reporting:  # a batch that was cut has been sent
                    self._reporter.kill()
            self._end.send(generator.cut(final=True))
            generator.close(has_all_arrived=self._end.flush(FLUSH_S))

    def leave(self) -> None:
        """End this process's part since the process ends: by the master's word when that comes soon, else unasked.

        Ctrl-C in a terminal and the end of a service reach master and workers at once, and the master ends the run in order.
        """
        self.end_load()
        until_s = time.monotonic() + MASTERS_WORD_S
        while self._generator is not None and time.monotonic() < until_s:
            gevent.sleep(_LOOK_AGAIN_S)
        self.finish_generating()
