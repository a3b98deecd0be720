"""Master and workers talk over Locust's messages: once over its real local runner, and over a wire that a test holds."""

from collections import deque
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from locust.env import Environment
from locust.runners import STATE_MISSING

from locustfiles.recording.merge import RESEND_AFTER_S
from locustfiles.recording.messages import (
    ACK,
    BATCH,
    FINISH,
    LOCAL_WORKER,
    MasterEnd,
    WorkerEnd,
    monotonic_of,
    worker_name,
)
from reports.run_record.schema import Batch, SecondRow

RUN = "run-1"
STARTED_UNIX_NS = 1_770_363_000_000_000_000


class Wire:
    """The runners of a master and its workers, with every message in a queue that the test delivers, repeats or drops."""

    def __init__(self, *workers: str) -> None:
        self.queue: deque[tuple[str, str, Any, str]] = deque()
        self.master = Party(self, "master")
        self.master.clients = {worker: SimpleNamespace(state="ready") for worker in workers}
        self.workers = {worker: Party(self, worker) for worker in workers}

    def deliver(self, *, losing: tuple[str, ...] = ()) -> list[str]:
        """Deliver until nothing is on the way; the kinds of the messages that were delivered."""
        kinds = []
        while self.queue:
            to, kind, data, sender = self.queue.popleft()
            party = self.master if to == "master" else self.workers[to]
            if kind not in losing and kind in party.listeners:
                kinds.append(kind)
                node = sender if to == "master" else to
                party.listeners[kind](environment=None, msg=SimpleNamespace(data=data, node_id=node))
        return kinds


class Party:
    """One runner on the wire."""

    def __init__(self, wire: Wire, name: str) -> None:
        self.wire = wire
        self.name = name
        self.listeners: dict[str, Callable[..., None]] = {}
        self.clients: dict[str, SimpleNamespace] = {}

    def register_message(self, msg_type: str, listener: Callable[..., None], concurrent: bool = False) -> None:
        """Keep the listener."""
        assert msg_type not in self.listeners
        self.listeners[msg_type] = listener

    def send_message(self, msg_type: str, data: Any = None, client_id: str | None = None) -> None:
        """Put a message on the wire: to the master, to one worker, or to all."""
        to = ["master"] if self.name != "master" else [client_id] if client_id else list(self.clients)
        for party in to:
            self.wire.queue.append((party, msg_type, data, self.name))


class Worker:
    """A worker's side of a run, which keeps what it was told."""

    def __init__(self, runner: Any, name: str, clock: Callable[[], float] = lambda: 0.0) -> None:
        self.name = name
        self.plans: list[tuple[str, bytes]] = []
        self.going: list[tuple[int, tuple[int, int]]] = []
        self.cuts = 0
        self.end = WorkerEnd(
            runner, on_plan=self._plan, on_go=lambda *go: self.going.append(go), on_finish=self._finish, clock=clock
        )

    def _plan(self, run_id: str, plan: bytes) -> None:
        self.plans.append((run_id, plan))
        self.cuts = 0

    def _finish(self) -> None:
        self.cut(final=True)

    def cut(self, *, final: bool = False) -> None:
        """Send the next batch of the present run."""
        number, self.cuts = self.cuts, self.cuts + 1
        self.end.send(Batch(self.plans[-1][0], self.name, number, seconds=[SecondRow(number, 1, 1, 0)], final=final))


@pytest.fixture
def taken() -> list[Batch]:
    """The batches that the master has taken."""
    return []


@pytest.fixture
def wire() -> Wire:
    """A wire with two workers."""
    return Wire("a", "b")


def test_a_local_runner_carries_a_whole_run(taken: list[Batch]) -> None:
    """With Locust's local runner the same calls serve the one process, in place."""
    environment = Environment()
    runner = environment.create_local_runner()
    master = MasterEnd(runner, take=taken.append)
    worker = Worker(runner, worker_name(runner))
    worker.end.hello()
    master.open(RUN, b"the plan")
    roster = master.go(STARTED_UNIX_NS)
    worker.cut()
    fold = master.finish(5.0)

    assert roster == [LOCAL_WORKER]
    assert worker.plans == [(RUN, b"the plan")]
    assert worker.going == [(STARTED_UNIX_NS, (0, 1))]
    assert [(batch.sequence, batch.final) for batch in taken] == [(0, False), (1, True)]
    assert (fold.is_complete, fold.problems(), fold.totals.released) == (True, [], 2)
    assert worker.end.flush(0.0)
    runner.quit()


def test_every_worker_gets_its_share(wire: Wire, taken: list[Batch]) -> None:
    """Workers that are ready by go share the schedule among them, and each knows its part."""
    master = MasterEnd(wire.master, take=taken.append)
    workers = [Worker(party, name) for name, party in wire.workers.items()]
    master.open(RUN, b"the plan")
    wire.deliver()
    assert master.go(STARTED_UNIX_NS) == ["a", "b"]
    master.go(STARTED_UNIX_NS + 1)
    wire.deliver()

    assert [worker.going for worker in workers] == [[(STARTED_UNIX_NS, (0, 2))], [(STARTED_UNIX_NS, (1, 2))]]


def test_a_worker_that_comes_after_the_plan_asks_for_it(wire: Wire, taken: list[Batch]) -> None:
    """Who says hello before go is on the roster, who says it later is not, and nobody builds a run twice."""
    master = MasterEnd(wire.master, take=taken.append)
    early = Worker(wire.workers["a"], "a")
    early.end.hello()
    master.open(RUN, b"the plan")
    wire.deliver()
    early.end.hello()
    wire.deliver()
    master.go(STARTED_UNIX_NS)
    late = Worker(wire.workers["b"], "b")
    late.end.hello()
    wire.deliver()

    assert (early.plans, late.plans, late.going) == ([(RUN, b"the plan")], [], [])
    assert master.fold is not None
    assert master.fold.roster == ["a"]


def test_a_worker_that_cannot_build_the_run_takes_no_part(wire: Wire, taken: list[Batch]) -> None:
    """A plan that fails on a worker leaves it off the roster, also when the plan comes again."""

    def fails(run_id: str, plan: bytes) -> None:
        raise OSError("no such directory")

    master = MasterEnd(wire.master, take=taken.append)
    end = WorkerEnd(wire.workers["a"], on_plan=fails, on_go=lambda *_: None, on_finish=lambda: None)
    master.open(RUN, b"the plan")
    end.hello()
    for _ in range(2):
        with pytest.raises(OSError, match="no such directory"):
            wire.deliver()
    wire.deliver()

    assert master.go(STARTED_UNIX_NS) == []


def started(wire: Wire, taken: list[Batch], clock: Callable[[], float] = lambda: 0.0) -> tuple[MasterEnd, list[Worker]]:
    """A run that is under way on both workers."""
    master = MasterEnd(wire.master, take=taken.append)
    workers = [Worker(party, name, clock) for name, party in wire.workers.items()]
    master.open(RUN, b"the plan")
    wire.deliver()
    master.go(STARTED_UNIX_NS)
    wire.deliver()
    return master, workers


def test_a_lost_batch_is_sent_again_and_counted_once(wire: Wire, taken: list[Batch]) -> None:
    """A batch whose message or acknowledgement is lost comes again with a later one, and counts once."""
    now_s = [0.0]
    _, (a, _) = started(wire, taken, lambda: now_s[0])
    a.cut()
    wire.deliver(losing=(BATCH,))
    a.cut()
    wire.deliver(losing=(ACK,))
    now_s[0] += RESEND_AFTER_S + 0.1
    a.cut()
    wire.deliver()

    assert [batch.sequence for batch in taken] == [1, 2, 0]
    assert a.end.flush(0.0)


def test_finish_collects_every_last_batch(wire: Wire, taken: list[Batch]) -> None:
    """A run is complete when each worker has drained and sent its final batch."""
    master, _ = started(wire, taken)
    master.finish(0.0)
    wire.deliver()
    fold = master.finish(0.0)

    assert fold.is_complete
    assert [(batch.worker, batch.final) for batch in taken] == [("a", True), ("b", True)]


def test_a_dead_worker_is_not_waited_for(wire: Wire, taken: list[Batch]) -> None:
    """A worker that Locust has given up is a sentence in the record, not a minute at its end."""
    master, (a, _) = started(wire, taken)
    wire.master.clients["b"].state = STATE_MISSING
    a.cut(final=True)
    wire.deliver()
    fold = master.finish(3600.0)

    assert fold.problems() == ["Worker b was lost before it had sent everything: it sent no batch."]


def test_finish_is_said_once(wire: Wire, taken: list[Batch]) -> None:
    """A worker that is asked to finish twice drains once."""
    master, _ = started(wire, taken)
    master.finish(0.0)
    master.finish(0.0)
    assert list(wire.deliver()).count(FINISH) == 4

    assert len(taken) == 2


def test_a_second_run_is_a_run_of_its_own(wire: Wire, taken: list[Batch]) -> None:
    """The same ends carry out one run after another, and what is left of the first is not of the second."""
    master, (a, _) = started(wire, taken)
    a.cut()
    stale = wire.queue.pop()
    master.open("run-2", b"another plan")
    wire.deliver()
    wire.queue.append(stale)
    wire.deliver()
    master.go(STARTED_UNIX_NS)
    wire.deliver()
    a.cut()
    wire.deliver()

    assert [(batch.run_id, batch.sequence) for batch in taken] == [("run-2", 0)]
    assert [plan for _, plan in a.plans] == [b"the plan", b"another plan"]


@pytest.mark.parametrize(
    "data",
    [pytest.param(None, id="nothing"), pytest.param(b"x", id="bytes"), pytest.param({"run_id": 7}, id="a number")],
)
def test_what_others_send_to_the_port_is_ignored(wire: Wire, taken: list[Batch], data: Any) -> None:
    """No message of a wrong shape reaches a run or raises."""
    started(wire, taken)
    for party in (wire.master, *wire.workers.values()):
        for listener in party.listeners.values():
            listener(environment=None, msg=SimpleNamespace(data=data, node_id="a"))

    assert taken == []


def test_a_run_must_be_open() -> None:
    """Go and finish before open are a programmer's error and say what to do."""
    master = MasterEnd(Wire().master, take=lambda _: None)

    with pytest.raises(RuntimeError, match=r"call open\(run_id, plan\) first"):
        master.go(STARTED_UNIX_NS)


def test_an_instant_of_the_wall_clock_on_the_monotonic_one() -> None:
    """A start 500 ms ahead of the wall clock is 500 ms ahead of the monotonic one."""
    assert monotonic_of(STARTED_UNIX_NS + 500, unix_ns=STARTED_UNIX_NS, monotonic_ns=7) == 507
