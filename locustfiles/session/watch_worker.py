"""What a process does whose users Locust drives and Springtide only records: a recorder, fed by Locust's event, a batch a second."""

import time
from typing import Any

import gevent
import msgspec

from locustfiles.recording.event_samples import EventSampler
from locustfiles.recording.messages import monotonic_of, worker_name
from locustfiles.recording.recorder import Recorder
from locustfiles.recording.worker_end import WorkerEnd
from reports.run_record.schema import Batch

REPORT_EVERY_S = 1.0
FLUSH_S = 5.0


class WatchPlan(msgspec.Struct, frozen=True):
    """All that a worker must know."""

    run_id: str


class WatchWorker:
    """The recording half of an environment, over one run after another."""

    def __init__(self, environment: Any) -> None:
        """Listen to the master and to every request."""
        self._sampler = EventSampler()
        self._runner = environment.runner
        self._name = worker_name(environment.runner)
        self._recorder: Recorder | None = None
        self._reporter: gevent.Greenlet[..., None] | None = None
        self._end = WorkerEnd(environment.runner, on_plan=self._build, on_go=self._go, on_finish=self.finish)
        environment.events.request.add_listener(self._sampler.listener())

    def hello(self) -> None:
        """Ask for a run that was opened before this worker joined."""
        self._end.hello()

    def _build(self, _run_id: str, plan: bytes) -> str:
        self._recorder = Recorder(msgspec.msgpack.decode(plan, type=WatchPlan).run_id, self._name)
        return ""  # nothing is written ahead

    def _go(self, started_unix_ns: int, _share: tuple[int, int]) -> None:
        recorder = self._recorder
        if recorder is None:
            return
        recorder.started_ns = monotonic_of(started_unix_ns, unix_ns=time.time_ns(), monotonic_ns=time.monotonic_ns())
        self._sampler.recorder = recorder
        self._reporter = gevent.spawn(self._report, recorder)

    def _report(self, recorder: Recorder) -> None:
        due_s = recorder.started_ns / 1e9
        while True:
            due_s += REPORT_EVERY_S
            gevent.sleep(max(0.0, due_s - time.monotonic()))
            self._end.send(self._cut(recorder))

    def _cut(self, recorder: Recorder, *, final: bool = False) -> Batch:
        users = self._runner.user_count
        return recorder.cut(
            time.monotonic_ns(), seconds=[], in_flight=0, idle_shoppers=users, connections=0, final=final
        )

    def finish(self) -> None:
        """Record no more, and send the rest; a second call does nothing."""
        recorder, self._recorder = self._recorder, None
        self._sampler.recorder = None
        if recorder is None:
            return
        if self._reporter is not None:
            self._reporter.kill()
        self._end.send(self._cut(recorder, final=True))
        self._end.flush(FLUSH_S)
