"""A run's conversation between master and workers over Locust's own messages; a local runner delivers them in place.

    worker -> master   hello                    I am here (again): what is the plan?
    master -> worker   plan(run, bytes)         this is the run that comes
    worker -> master   ready(run)               I have built it: I am on the roster
    master -> worker   go(run, start, share)    second 0 of the curve is at this instant, this is your part of it
    worker -> master   batch(bytes)             what happened; the last one is marked as final
    master -> worker   ack(run, sequence)       you may forget that batch
    master -> worker   finish(run)              stop releasing, drain, send the rest

Every decision is ``merge``'s. Nothing here waits in a greenlet that receives messages: ``finish`` is handled in one of its own.
Both ends are made once in ``init`` for an environment and carry out one run after another.
"""

import time
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

import gevent
import msgspec
from gevent.event import Event
from locust.runners import STATE_MISSING, WorkerRunner

from locustfiles.recording.merge import Fold, Outbox
from reports.run_record.schema import Batch

_PREFIX = "springtide_"
HELLO, PLAN, READY, GO, BATCH, ACK, FINISH = (
    _PREFIX + word for word in ("hello", "plan", "ready", "go", "batch", "ack", "finish")
)
LOCAL_WORKER = "local"
"""How Locust's local runner calls the one sender that it has."""
_LOOK_AGAIN_S = 0.1


class Runner(Protocol):
    """The part of Locust's runners that carries messages."""

    def register_message(self, msg_type: str, listener: Callable[..., None], concurrent: bool = False) -> None:
        """Call ``listener(environment=..., msg=...)`` for messages of this type."""
        ...

    def send_message(self, msg_type: str, data: Any = None, client_id: str | None = None) -> None:
        """Send to the master, to one worker, or to all of them."""
        ...


class _Plan(msgspec.Struct):
    run_id: str
    plan: bytes


class _Run(msgspec.Struct):
    run_id: str


class _Go(msgspec.Struct):
    run_id: str
    started_unix_ns: int
    worker: int
    workers: int


class _Ack(msgspec.Struct):
    run_id: str
    sequence: int


Value = TypeVar("Value")


def worker_name(runner: Any) -> str:
    """The name under which the master knows this process: the sender of its messages."""
    return str(runner.client_id) if isinstance(runner, WorkerRunner) else LOCAL_WORKER


def monotonic_of(started_unix_ns: int, *, unix_ns: int, monotonic_ns: int) -> int:
    """An instant of the wall clock on this host's monotonic clock, given what both clocks say at one moment."""
    return monotonic_ns + started_unix_ns - unix_ns


class MasterEnd:
    """The master's end; with a local runner, of the only process. ``take`` gets every new batch, each once.

    In this order for each run: ``open``, ``go``, ``finish``. ``fold`` is the present run's, None before the first.
    """

    def __init__(self, runner: Runner, *, take: Callable[[Batch], None]) -> None:
        """Register the messages that workers send; Locust takes each type once in a runner's life."""
        self.fold: Fold | None = None
        self._runner = runner
        self._take = take
        self._plan: _Plan | None = None
        self._is_gone = False
        self._news = Event()
        runner.register_message(HELLO, self._on_hello)
        runner.register_message(READY, self._on_ready)
        runner.register_message(BATCH, self._on_batch)

    def open(self, run_id: str, plan: bytes) -> None:
        """Begin a run: every worker that is there gets the plan, and one that says hello before ``go`` gets it too."""
        self.fold = Fold(run_id)
        self._is_gone = False
        self._plan = _Plan(run_id, plan)
        self._send(PLAN, self._plan)

    def go(self, started_unix_ns: int) -> list[str]:
        """Start everybody who is ready, each with an equal share of the schedule; the roster. A second call does nothing."""
        fold = self._open_fold()
        if not self._is_gone:
            self._is_gone = True
            for number, worker in enumerate(fold.roster):
                self._send(GO, _Go(fold.run_id, started_unix_ns, number, len(fold.roster)), worker)
        return fold.roster

    def finish(self, deadline_s: float) -> Fold:
        """End the run: wait until every worker's last batch is there, the rest are dead, or so many seconds are over.

        Must not be called in the greenlet that receives messages. Idempotent: a second call finds the run complete, or
        waits again for what is missing.
        """
        fold = self._open_fold()
        until_s = time.monotonic() + deadline_s
        for worker in fold.roster:
            if not fold.has_ended(worker):
                self._send(FINISH, _Run(fold.run_id), worker)
        while self._is_awaited(fold) and (left_s := until_s - time.monotonic()) > 0:
            self._news.clear()
            self._news.wait(min(left_s, _LOOK_AGAIN_S))
        return fold

    def _open_fold(self) -> Fold:
        if self.fold is None:
            raise RuntimeError("No run is open; call open(run_id, plan) first.")
        return self.fold

    def _is_awaited(self, fold: Fold) -> bool:
        return any(not fold.has_ended(worker) and self._is_alive(worker) for worker in fold.roster)

    def _is_alive(self, worker: str) -> bool:
        """Whether Locust still hears from the worker; a local runner has no list of workers, only itself."""
        clients = getattr(self._runner, "clients", None)
        if clients is None:
            return True
        client = clients.get(worker)
        return client is not None and client.state != STATE_MISSING

    def _on_hello(self, msg: Any, **_: Any) -> None:
        if self._plan is not None and not self._is_gone:
            self._send(PLAN, self._plan, msg.node_id)

    def _on_ready(self, msg: Any, **_: Any) -> None:
        run = _converted(msg.data, _Run)
        if run is not None and self.fold is not None and run.run_id == self.fold.run_id and not self._is_gone:
            self.fold.enroll(msg.node_id)

    def _on_batch(self, msg: Any, **_: Any) -> None:
        if self.fold is None or not isinstance(msg.data, bytes):
            return
        receipt = self.fold.add(msg.data, msg.node_id)
        if receipt is None:
            return
        if receipt.batch is not None:
            self._take(receipt.batch)
        self._send(ACK, _Ack(self.fold.run_id, receipt.sequence), receipt.worker)
        self._news.set()

    def _send(self, kind: str, value: msgspec.Struct, worker: str | None = None) -> None:
        self._runner.send_message(kind, msgspec.to_builtins(value, builtin_types=(bytes,)), worker)


class WorkerEnd:
    """A worker's end; with a local runner, of the only process. ``name`` comes from ``worker_name``.

    ``on_plan(run_id, plan)`` builds the run, ``on_go(started_unix_ns, share)`` starts it, ``on_finish()`` drains it and
    sends the final batch; ``on_finish`` may wait, the other two must not.
    """

    def __init__(
        self,
        runner: Runner,
        *,
        on_plan: Callable[[str, bytes], None],
        on_go: Callable[[int, tuple[int, int]], None],
        on_finish: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Register the messages that the master sends; Locust takes each type once in a runner's life."""
        self._runner = runner
        self._on_plan_for = on_plan
        self._on_go_at = on_go
        self._on_finish_now = on_finish
        self._clock = clock
        self._run_id = ""
        self._is_going = False
        self._is_finishing = False
        self._outbox = Outbox()
        runner.register_message(PLAN, self._on_plan)
        runner.register_message(GO, self._on_go)
        runner.register_message(ACK, self._on_ack)
        runner.register_message(FINISH, self._on_finish, concurrent=True)

    def hello(self) -> None:
        """Ask for the plan of the run that has been opened, if any: a worker may join after the plan was sent."""
        self._runner.send_message(HELLO, None)

    def send(self, batch: Batch) -> None:
        """Send a batch and keep it until it is acknowledged; sends again what is overdue."""
        self._runner.send_message(BATCH, self._outbox.put(batch, self._clock()))
        self._resend()

    def flush(self, deadline_s: float) -> bool:
        """Wait until everything has been acknowledged, sending again what is overdue; whether it has within the time."""
        until_s = self._clock() + deadline_s
        while not self._outbox.is_empty and self._clock() < until_s:
            gevent.sleep(_LOOK_AGAIN_S)
            self._resend()
        return self._outbox.is_empty

    def _resend(self) -> None:
        for data in self._outbox.overdue(self._clock()):
            self._runner.send_message(BATCH, data)

    def _on_plan(self, msg: Any, **_: Any) -> None:
        plan = _converted(msg.data, _Plan)
        if plan is None:
            return
        if plan.run_id != self._run_id:
            self._outbox = Outbox()
            self._is_going = self._is_finishing = False
            self._on_plan_for(plan.run_id, plan.plan)
            self._run_id = plan.run_id  # only now: a run that could not be built has no worker here
        self._runner.send_message(READY, {"run_id": plan.run_id})

    def _on_go(self, msg: Any, **_: Any) -> None:
        go = _converted(msg.data, _Go)
        if go is not None and go.run_id == self._run_id and not self._is_going:
            self._is_going = True
            self._on_go_at(go.started_unix_ns, (go.worker, go.workers))

    def _on_ack(self, msg: Any, **_: Any) -> None:
        ack = _converted(msg.data, _Ack)
        if ack is not None and ack.run_id == self._run_id:
            self._outbox.acknowledge(ack.sequence)

    def _on_finish(self, msg: Any, **_: Any) -> None:
        run = _converted(msg.data, _Run)
        if run is not None and run.run_id == self._run_id and not self._is_finishing:
            self._is_finishing = True
            self._on_finish_now()


def _converted(data: Any, kind: type[Value]) -> Value | None:
    """A message's data as a value; None for what another program may have sent to the port."""
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError:
        return None
