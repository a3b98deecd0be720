"""A worker's end of a run's conversation; with a local runner, of the only process.

Nothing here waits in the greenlet that receives messages: ``finish`` is handled in one of its own. Made once in ``init`` for an
environment, it carries out one run after another.
"""

import time
from collections.abc import Callable
from typing import Any

import gevent
import msgspec

from locustfiles.recording.merge import Outbox
from locustfiles.recording.messages import (
    ACK,
    ASK,
    BATCH,
    CLOCK,
    DECLINED,
    FINISH,
    GO,
    HELLO,
    PLAN,
    READY,
    Ack,
    ClockReading,
    Declined,
    Go,
    Hello,
    PlanMessage,
    Question,
    Ready,
    RunMessage,
    Runner,
    converted,
    own_version,
    sendable,
)
from locustfiles.recording.parts import Parts, at_once
from reports.run_record.schema import Batch

_LOOK_AGAIN_S = 0.1


class WorkerEnd:
    """Follows the master through one run after another.

    ``on_plan(run_id, plan)`` builds the run and returns where it writes ahead ("" = the run directory),
    ``on_go(started_unix_ns, share)`` starts it, ``on_finish()`` drains it and sends the final batch; ``on_finish`` may wait,
    the other two must not. What ``on_plan`` raises is told to the master.
    """

    def __init__(
        self,
        runner: Runner,
        *,
        on_plan: Callable[[str, bytes], str],
        on_go: Callable[[int, tuple[int, int]], None],
        on_finish: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], int] = time.time_ns,
    ) -> None:
        """Register the messages that the master sends; Locust takes each type once in a runner's life."""
        self._runner = runner
        self._on_plan_for = on_plan
        self._on_go_at = on_go
        self._on_finish_now = on_finish
        self._clock = clock
        self._wall_clock = wall_clock
        self._run_id = ""
        self._place = ""
        self._is_going = False
        self._is_finishing = False
        self._outbox = Outbox()
        runner.register_message(PLAN, self._on_plan)
        runner.register_message(ASK, self._on_ask)
        runner.register_message(GO, self._on_go)
        runner.register_message(ACK, self._on_ack)
        runner.register_message(FINISH, self._on_finish, concurrent=True)

    def hello(self) -> None:
        """Ask for the plan of the run that has been opened, if any: a worker may join after the plan was sent."""
        self._send(HELLO, Hello(own_version()))

    def send(self, batch: Batch) -> None:
        """Send a batch and keep it until it is acknowledged; sends again what is overdue."""
        at_once(self.send_in_parts(batch))

    def send_in_parts(self, batch: Batch) -> Parts[None]:
        """The same a part at a time."""
        data = self._outbox.put(batch, self._clock())
        yield
        self._runner.send_message(BATCH, data)
        self._resend()

    def silence_s(self) -> float:
        """For how long the master has owed an acknowledgement without giving any."""
        return self._outbox.silence_s(self._clock())

    def flush(self, deadline_s: float) -> bool:
        """Wait until everything has been acknowledged, sending again what is overdue; whether all of it has arrived."""
        until_s = self._clock() + deadline_s
        while not self._outbox.is_empty and self._clock() < until_s:
            gevent.sleep(_LOOK_AGAIN_S)
            self._resend()
        return self._outbox.has_all_arrived

    def _resend(self) -> None:
        for data in self._outbox.overdue(self._clock()):
            self._runner.send_message(BATCH, data)

    def _on_plan(self, msg: Any, **_: Any) -> None:
        plan = converted(msg.data, PlanMessage)
        if plan is None:
            return
        if plan.run_id != self._run_id:
            self._outbox = Outbox()
            self._is_going = self._is_finishing = False
            try:
                self._place = self._on_plan_for(plan.run_id, plan.plan)
            except Exception as error:  # noqa: BLE001 - whatever keeps a worker from a run is for the master to say
                is_sentence = isinstance(error, (OSError, ValueError))
                self._send(DECLINED, Declined(plan.run_id, str(error) if is_sentence else repr(error)))
                return
            self._run_id = plan.run_id  # only now: a run that could not be built has no worker here
        self._send(READY, Ready(plan.run_id, self._place))

    def _on_ask(self, msg: Any, **_: Any) -> None:
        asked = converted(msg.data, Question)
        if asked is not None:
            self._send(CLOCK, ClockReading(asked.run_id, asked.sent_unix_ns, self._wall_clock()))

    def _on_go(self, msg: Any, **_: Any) -> None:
        go = converted(msg.data, Go)
        if go is not None and go.run_id == self._run_id and not self._is_going:
            self._is_going = True
            self._on_go_at(go.started_unix_ns, (go.worker, go.workers))

    def _on_ack(self, msg: Any, **_: Any) -> None:
        ack = converted(msg.data, Ack)
        if ack is not None and ack.run_id == self._run_id:
            self._outbox.acknowledge(ack.sequence, self._clock())

    def _on_finish(self, msg: Any, **_: Any) -> None:
        run = converted(msg.data, RunMessage)
        if run is not None and run.run_id == self._run_id and not self._is_finishing:
            self._is_finishing = True
            self._on_finish_now()

    def _send(self, kind: str, value: msgspec.Struct) -> None:
        self._runner.send_message(kind, sendable(value))
