"""Master and workers carry out runs over Locust's messages: over its real local runner, and over a wire that a test holds."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from locust.env import Environment
from locust.runners import STATE_MISSING

from locustfiles.recording.clock_bounds import MOST_UNCERTAIN_NS
from locustfiles.recording.master_end import MasterEnd
from locustfiles.recording.merge import RESEND_AFTER_S
from locustfiles.recording.messages import (
    ACK,
    BATCH,
    CLOCK,
    FINISH,
    HELLO,
    READY,
    Hello,
    sendable,
    worker_name,
)
from locustfiles.recording.roster import LOCAL_WORKER
from locustfiles.recording.worker_end import WorkerEnd
from reports.run_record.schema import Batch
from tests.helpers.conversation import Wire, Worker

RUN = "run-1"
STARTED_UNIX_NS = 1_770_363_000_000_000_000
MS = 1_000_000


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
    for _ in range(2):
        late.end.hello()
        wire.deliver()

    assert (early.plans, late.plans, late.going) == ([(RUN, b"the plan")], [], [])
    assert master.fold is not None
    assert master.fold.roster == ["a"]
    assert master.roster.notes() == [
        "Worker b came after the run had begun and gets no load; it takes part in the next one."
    ]


@pytest.mark.parametrize(
    ("error", "told"),
    [
        pytest.param(OSError("no such directory"), "no such directory", id="a sentence"),
        pytest.param(KeyError("curve"), "KeyError('curve')", id="something else"),
    ],
)
def test_a_worker_that_cannot_build_the_run_takes_no_part(
    wire: Wire, taken: list[Batch], error: Exception, told: str
) -> None:
    """A plan that fails on a worker leaves it off the roster, also when the plan comes again, and the master knows why."""

    def fails(run_id: str, plan: bytes) -> str:
        raise error

    master = MasterEnd(wire.master, take=taken.append)
    end = WorkerEnd(wire.workers["a"], on_plan=fails, on_go=lambda *_: None, on_finish=lambda: None)
    master.open(RUN, b"the plan")
    end.hello()
    wire.deliver()

    assert master.muster(0.0) == []
    assert master.roster.left_out["a"] == f"Worker a cannot take part. {told}"
    assert master.go(STARTED_UNIX_NS) == []


def test_a_worker_that_does_not_answer_is_left_out(wire: Wire, taken: list[Batch]) -> None:
    """A worker that Locust hears from and that never answers a plan is named, and the others are not held up for long."""
    master = MasterEnd(wire.master, take=taken.append)
    Worker(wire.workers["a"], "a")
    master.open(RUN, b"the plan")
    wire.deliver()

    assert master.muster(0.0) == ["a"]
    assert list(master.roster.left_out) == ["b"]
    assert "It has not answered the plan within 0 s" in master.roster.left_out["b"]


def test_a_dead_worker_keeps_nobody_waiting(wire: Wire, taken: list[Batch]) -> None:
    """A worker that is lost before the run is neither waited for nor left out: Locust has said so itself."""
    master = MasterEnd(wire.master, take=taken.append)
    Worker(wire.workers["a"], "a")
    wire.master.clients["b"].state = STATE_MISSING
    master.open(RUN, b"the plan")
    wire.deliver()

    assert master.muster(3600.0) == ["a"]
    assert master.roster.left_out == {}


@pytest.mark.parametrize(
    ("data", "speaks"),
    [
        pytest.param(sendable(Hello("springtide 0.0.9 (messages 1)")), "springtide 0.0.9 (messages 1)", id="older"),
        pytest.param(None, "another springtide", id="so old that it does not say"),
    ],
)
def test_another_version_takes_no_part(wire: Wire, taken: list[Batch], data: Any, speaks: str) -> None:
    """A worker of another version is left out of every run until it comes back in the master's, whatever else it says."""
    master = MasterEnd(wire.master, take=taken.append)
    wire.workers["b"].send_message(HELLO, data)
    wire.deliver()
    master.open(RUN, b"the plan")
    wire.workers["b"].send_message(READY, {"run_id": RUN, "place": ""})
    wire.deliver()
    told = master.roster.left_out

    assert list(told) == ["b"]
    assert f"It runs {speaks}, the master springtide " in told["b"]
    assert told["b"].endswith("install one version on all hosts.")
    assert master.fold is not None
    assert master.fold.roster == []

    Worker(wire.workers["b"], "b").end.hello()
    wire.deliver()
    master.open("run-2", b"the plan")
    wire.deliver()
    assert (master.roster.left_out, master.fold.roster) == ({}, ["b"])


def test_a_worker_without_shoppers_came_too_late(
    wire: Wire, taken: list[Batch], capsys: pytest.CaptureFixture[str]
) -> None:
    """A worker that joins while shoppers are being started has none of them: its share goes to the others, and that is told."""
    master = MasterEnd(wire.master, take=taken.append)
    a, b = (Worker(party, name) for name, party in wire.workers.items())
    master.open(RUN, b"the plan")
    wire.deliver()
    wire.master.clients["b"].user_count = 0

    assert master.muster(0.0) == ["a"]
    master.go(STARTED_UNIX_NS)
    wire.deliver()
    master.finish(0.0)
    wire.deliver()
    fold = master.finish(0.0)
    assert (a.going, b.going) == ([(STARTED_UNIX_NS, (0, 1))], [])
    assert (fold.is_complete, fold.problems()) == (True, [])
    (note,) = master.roster.notes()
    assert note == "Worker b came after the run had begun and gets no load; it takes part in the next one."
    assert capsys.readouterr().err == f"\n{note}\n"


@pytest.mark.parametrize("off_ns", [0, 2_000 * MS, -300 * MS])
def test_every_worker_starts_at_the_same_instant(wire: Wire, taken: list[Batch], off_ns: int) -> None:
    """A worker whose wall clock is off is told the start by its own clock, and the record says by how much."""
    now_ns = [STARTED_UNIX_NS]

    def tick() -> int:
        now_ns[0] += MS
        return now_ns[0]

    master = MasterEnd(wire.master, take=taken.append, clock=tick)
    a = Worker(wire.workers["a"], "a", wall_clock=tick)
    b = Worker(wire.workers["b"], "b", wall_clock=lambda: tick() + off_ns)
    master.open(RUN, b"the plan")
    wire.deliver()
    master.muster(0.0)
    master.go(STARTED_UNIX_NS)
    wire.deliver()

    assert a.going == [(STARTED_UNIX_NS, (0, 2))]
    assert abs(b.going[0][0] - STARTED_UNIX_NS - off_ns) <= 3 * MS
    assert len(master.roster.notes()) == (off_ns != 0)
    assert master.roster.problems() == []


def test_an_offset_that_cannot_be_known_well_is_a_problem(wire: Wire, taken: list[Batch]) -> None:
    """When answers take so long that a clock's offset stays vague, the start is corrected and the record says that it is wrong."""
    now_ns = [STARTED_UNIX_NS]

    def slow() -> int:
        now_ns[0] += 3 * MOST_UNCERTAIN_NS
        return now_ns[0]

    master = MasterEnd(wire.master, take=taken.append, clock=slow)
    Worker(wire.workers["a"], "a", wall_clock=lambda: now_ns[0] + 3600 * 10**9)
    master.open(RUN, b"the plan")
    assert CLOCK in wire.deliver()
    master.muster(0.0)

    (problem,) = master.roster.problems()
    assert problem.startswith("The wall clock of worker a is off the master's by 35")
    assert problem.endswith("set the clocks of both hosts by NTP.")


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
    master.finish(0.0)
    a.cut(final=True)
    wire.deliver(losing=(FINISH,))
    fold = master.finish(3600.0)

    assert master.living() == ["a"]
    (problem,) = fold.problems()
    assert problem.startswith("Worker b was lost before it had sent everything: it sent no batch.")


def test_a_worker_that_leaves_unasked_is_a_problem(wire: Wire, taken: list[Batch]) -> None:
    """A worker that is ended by itself sends its last batch in order, and what it did not offer is not passed over."""
    master, (a, b) = started(wire, taken)
    a.cut()
    a.cut(final=True)
    wire.deliver()
    master.finish(0.0)
    b.cut(final=True)
    wire.deliver(losing=(FINISH,))
    fold = master.finish(0.0)

    (problem,) = fold.problems()
    assert problem.startswith(
        "Worker a left before the run had ended: batch 1 was its last, and nobody had asked for it."
    )


def test_a_silent_master_is_noticed(wire: Wire, taken: list[Batch]) -> None:
    """A worker knows for how long its master owes an acknowledgement; one answer and nothing owed is no silence."""
    now_s = [0.0]
    _, (a, _) = started(wire, taken, lambda: now_s[0])
    now_s[0] = 100.0
    assert a.end.silence_s() == 0.0
    for now_s[0] in (101.0, 102.0, 103.0):
        a.cut()
    assert a.end.silence_s() == 2.0
    wire.deliver()
    assert a.end.silence_s() == 0.0
    now_s[0] = 200.0
    a.cut()
    assert a.end.silence_s() == 0.0


def test_where_rows_are_when_a_worker_is_lost(wire: Wire, taken: list[Batch]) -> None:
    """The write-ahead rows of a lost worker on another host are named with host and path."""
    master = MasterEnd(wire.master, take=taken.append)
    Worker(wire.workers["a"], "a", place="far:/spool/run-1-a.jsonl")
    master.open(RUN, b"the plan")
    wire.deliver()
    master.go(STARTED_UNIX_NS)
    wire.master.clients["a"].state = STATE_MISSING

    fold = master.finish(0.0)
    assert fold.places == {"a": "far:/spool/run-1-a.jsonl"}
    (problem,) = fold.problems()
    assert "are on its host: copy far:/spool/run-1-a.jsonl into the run directory" in problem


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
