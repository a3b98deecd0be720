"""The master's end of a run's conversation; with a local runner, of the only process.

Every decision is ``merge``'s and ``roster``'s. Nothing here waits in the greenlet that receives messages. Made once in ``init``
for an environment, it carries out one run after another.
"""

import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
from gevent.event import Event
from locust.runners import STATE_MISSING

from locustfiles.recording.merge import Fold
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
from locustfiles.recording.roster import Roster
from reports.run_record.schema import Batch

_LOOK_AGAIN_S = 0.1


class MasterEnd:
    """Leads the workers through one run after another. ``take`` gets every new batch, each once, packed.

    In this order for each run: ``open``, ``muster``, ``go``, ``finish``. ``fold`` and ``roster`` are the present run's.
    """

    def __init__(
        self, runner: Runner, *, take: Callable[[Batch], None], clock: Callable[[], int] = time.time_ns
    ) -> None:
        """Register the messages that workers send; Locust takes each type once in a runner's life. ``clock``: wall, ns."""
        self.fold: Fold | None = None
        self.roster = Roster()
        self._runner = runner
        self._take = take
        self._clock = clock
        self._plan: PlanMessage | None = None
        self._is_mustered = self._is_gone = False
        self._strangers: dict[str, str] = {}
        self._news = Event()
        runner.register_message(HELLO, self._on_hello)
        runner.register_message(READY, self._on_ready)
        runner.register_message(DECLINED, self._on_declined)
        runner.register_message(CLOCK, self._on_clock)
        runner.register_message(BATCH, self._on_batch)

    def open(self, run_id: str, plan: bytes) -> None:
        """Begin a run: every worker that is there gets the plan, and one that says hello before ``go`` gets it too."""
        self.fold = Fold(run_id)
        self.roster = Roster()
        self._is_mustered = self._is_gone = False
        self._plan = PlanMessage(run_id, plan)
        for worker, why in self._strangers.items():
            if self._is_alive(worker):
                self.roster.leave_out(worker, why)
        self._send(PLAN, self._plan)

    def muster(self, deadline_s: float) -> list[str]:
        """Wait until it is known of every living worker whether it takes part, and all shoppers are there; the workers that do.

        Workers that have not answered within so many seconds are left out, and one to which Locust gave no shopper came too
        late. Not for the greenlet that receives messages.
        """
        until_s = time.monotonic() + deadline_s
        while (silent := self._unanswered()) or not self._are_shoppers_there():
            if (left_s := until_s - time.monotonic()) <= 0:
                break
            self._news.clear()
            self._news.wait(min(left_s, _LOOK_AGAIN_S))
        self._is_mustered = True
        for worker in silent:
            self.roster.leave_out(
                worker, f"It has not answered the plan within {deadline_s:g} s: it runs another locustfile, or hangs."
            )
        fold = self._open_fold()
        self._dismiss_idlers(fold)
        return fold.roster

    def go(self, started_unix_ns: int) -> list[str]:
        """Start everybody who is ready, each with an equal share of the schedule; the roster. A second call does nothing."""
        fold = self._open_fold()
        if not self._is_gone:
            self._is_mustered = self._is_gone = True
            for number, worker in enumerate(fold.roster):
                there_ns = started_unix_ns + self.roster.ready(worker).offset_ns
                self._send(GO, Go(fold.run_id, there_ns, number, len(fold.roster)), worker)
        return fold.roster

    def ask_to_finish(self) -> Fold:
        """Tell every worker that has not ended to release nothing more, drain and send its last batch; does not wait for it."""
        fold = self._open_fold()
        fold.is_closing = True
        for worker in fold.roster:
            if not fold.has_ended(worker):
                self._send(FINISH, RunMessage(fold.run_id), worker)
        return fold

    def finish(self, deadline_s: float) -> Fold:
        """End the run: wait until every worker's last batch is there, the rest are dead, or so many seconds are over.

        Must not be called in the greenlet that receives messages. Idempotent: a second call finds the run complete, or
        waits again for what is missing.
        """
        until_s = time.monotonic() + deadline_s
        fold = self.ask_to_finish()
        while (
            any(not fold.has_ended(worker) for worker in self.living()) and (left_s := until_s - time.monotonic()) > 0
        ):
            self._news.clear()
            self._news.wait(min(left_s, _LOOK_AGAIN_S))
        return fold

    def unpack_in_parts(self, batch: Batch) -> Iterator[None]:
        """Turn the packed rows of a batch that ``take`` got into rows, yielding between parts."""
        return self._open_fold().unpack_in_parts(batch)

    def living(self) -> list[str]:
        """The workers of the run that Locust still hears from."""
        return [worker for worker in self._open_fold().roster if self._is_alive(worker)]

    def _open_fold(self) -> Fold:
        if self.fold is None:
            raise RuntimeError("No run is open; call open(run_id, plan) first.")
        return self.fold

    def _is_alive(self, worker: str) -> bool:
        """Whether Locust still hears from the worker; a local runner has no list of workers, only itself."""
        clients = getattr(self._runner, "clients", None)
        if clients is None:
            return True
        client = clients.get(worker)
        return client is not None and client.state != STATE_MISSING

    def _unanswered(self) -> list[str]:
        clients = getattr(self._runner, "clients", None) or {}
        return [name for name in list(clients) if self._is_alive(name) and not self.roster.is_settled(name)]

    def _are_shoppers_there(self) -> bool:
        if getattr(self._runner, "clients", None) is None:
            return True
        there, wanted = (getattr(self._runner, name, 0) for name in ("user_count", "target_user_count"))
        return bool(there >= wanted)

    def _dismiss_idlers(self, fold: Fold) -> None:
        """Only Locust's master knows where shoppers are; a local runner has all of them itself."""
        clients = getattr(self._runner, "clients", None) or {}
        idle = [worker for worker in fold.roster if worker in clients and not clients[worker].user_count]
        if len(idle) < len(fold.roster):
            for worker in idle:
                fold.dismiss(worker)
                self._say(self.roster.came_late(worker))
                self._send(FINISH, RunMessage(fold.run_id), worker)

    def _on_hello(self, msg: Any, **_: Any) -> None:
        hello, own = converted(msg.data, Hello), own_version()
        if hello is None or hello.speaks != own:
            speaks = "another springtide" if hello is None else hello.speaks
            self._strangers[msg.node_id] = f"It runs {speaks}, the master {own}: install one version on all hosts."
            if self.fold is not None and not self._is_mustered:
                self.roster.leave_out(msg.node_id, self._strangers[msg.node_id])
            return
        self._strangers.pop(msg.node_id, None)
        if self._plan is None or self.fold is None:
            return
        if not self._is_mustered:
            self._send(PLAN, self._plan, msg.node_id)
        elif msg.node_id not in self.fold.roster and not self.fold.is_closing:
            self._say(self.roster.came_late(msg.node_id))

    def _on_ready(self, msg: Any, **_: Any) -> None:
        ready = converted(msg.data, Ready)
        if ready is None or not self._is_awaited(ready.run_id) or msg.node_id in self.roster.left_out:
            return
        self._open_fold().enroll(msg.node_id, ready.place)
        self.roster.ready(msg.node_id)
        self._ask(ready.run_id, msg.node_id)

    def _on_declined(self, msg: Any, **_: Any) -> None:
        declined = converted(msg.data, Declined)
        if declined is not None and self._is_awaited(declined.run_id):
            self.roster.leave_out(msg.node_id, declined.why)
            self._news.set()

    def _on_clock(self, msg: Any, **_: Any) -> None:
        read = converted(msg.data, ClockReading)
        if read is None or not self._is_awaited(read.run_id) or msg.node_id not in self.roster.clocks:
            return
        bounds = self.roster.ready(msg.node_id)
        bounds.add(read.sent_unix_ns, read.there_unix_ns, self._clock())
        if not bounds.is_settled:
            self._ask(read.run_id, msg.node_id)
        self._news.set()

    def _ask(self, run_id: str, worker: str) -> None:
        self._send(ASK, Question(run_id, self._clock()), worker)

    def _is_awaited(self, run_id: str) -> bool:
        return self.fold is not None and run_id == self.fold.run_id and not self._is_mustered

    def _on_batch(self, msg: Any, **_: Any) -> None:
        if self.fold is None or not isinstance(msg.data, bytes):
            return
        receipt = self.fold.add(msg.data, msg.node_id)
        if receipt is None:
            return
        if receipt.batch is not None:
            self._take(receipt.batch)
        self._send(ACK, Ack(self.fold.run_id, receipt.sequence), receipt.worker)
        self._news.set()

    def _say(self, sentence: str) -> None:
        if sentence:
            sys.stderr.write(f"\n{sentence}\n")

    def _send(self, kind: str, value: msgspec.Struct, worker: str | None = None) -> None:
        self._runner.send_message(kind, sendable(value), worker)
