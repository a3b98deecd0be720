"""A process that generates load follows the master's messages, over Locust's real local runner."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest
from locust.env import Environment

from locustfiles.arrivals.rate_curve import RateCurve
from locustfiles.journeys.retry import RetryPolicy, sole
from locustfiles.recording.intents import leave_token
from locustfiles.recording.master_end import MasterEnd
from locustfiles.session.plan import Plan, curve_facts
from locustfiles.session.registry import generator_of
from locustfiles.session.worker_role import WorkerRole
from reports.run_record.schema import Batch

WISHES = 4


def plan(folder: Path, run_id: str) -> Plan:
    """Four wishes in two fifths of a second, for a target that nobody will ask."""
    folder.mkdir(exist_ok=True)
    leave_token(folder, run_id)
    curve = curve_facts(RateCurve.constant(10, 0.4), name="test", process="even", note="")
    return Plan(
        run_id, str(folder), 1, curve, "http://127.0.0.1:9", "SPRINGTIDE_TEST_NO_KEY", sole(RetryPolicy.LEAVE), 1.0, 2
    )


@dataclass
class Local:
    """An environment with a local runner, the master's end on it, and the batches that come there."""

    environment: Environment
    master: MasterEnd
    taken: list[Batch]


@pytest.fixture
def local() -> Iterator[Local]:
    """An environment that ends with the test."""
    environment, taken = Environment(), list[Batch]()
    runner = environment.create_local_runner()
    yield Local(environment, MasterEnd(runner, take=taken.append), taken)
    runner.quit()


def run_through(environment: Environment, master: MasterEnd, run: Plan) -> None:
    """Carry out one run without shoppers, whose curve lies three seconds in the past."""
    master.open(run.run_id, msgspec.msgpack.encode(run))
    master.go(time.time_ns() - 3 * 10**9)
    generator_of(environment).pacer.done.wait(20)
    master.finish(5.0)


def test_a_run(tmp_path: Path, local: Local) -> None:
    """A worker reports its share second by second, and its last batch is marked as such."""
    environment, master, taken = local.environment, local.master, local.taken
    WorkerRole(environment)
    run_through(environment, master, plan(tmp_path, "r1"))

    assert master.fold is not None
    assert (master.fold.problems(), master.fold.totals.scheduled, master.fold.totals.dropped) == ([], WISHES, WISHES)
    assert [batch.sequence for batch in taken] == list(range(len(taken)))
    assert [batch.final for batch in taken] == [False] * (len(taken) - 1) + [True]


def test_one_run_after_another(tmp_path: Path, local: Local) -> None:
    """The same worker carries out a second run with a generator of its own."""
    environment, master, taken = local.environment, local.master, local.taken
    WorkerRole(environment)
    run_through(environment, master, plan(tmp_path / "a", "r1"))
    first = generator_of(environment)
    run_through(environment, master, plan(tmp_path / "b", "r2"))

    assert generator_of(environment) is not first
    assert [batch.run_id for batch in taken if batch.final] == ["r1", "r2"]
    assert all((tmp_path / folder / "intents.jsonl").is_file() for folder in "ab")


def test_a_worker_that_joins_late_says_hello(tmp_path: Path, local: Local) -> None:
    """A worker that is made after the plan was sent asks for it and takes part."""
    environment, master = local.environment, local.master
    run = plan(tmp_path, "r1")
    master.open(run.run_id, msgspec.msgpack.encode(run))
    role = WorkerRole(environment)
    assert master.fold is not None
    assert master.fold.roster == []
    role.hello()

    assert master.fold.roster == ["local"]
    role.finish_generating()


def test_leaving_unasked(tmp_path: Path, local: Local) -> None:
    """A process that ends while nobody asks its worker to finish sends the last batch by itself, and the record names it."""
    environment, master, taken = local.environment, local.master, local.taken
    role = WorkerRole(environment)
    run = plan(tmp_path, "r1")
    master.open(run.run_id, msgspec.msgpack.encode(run))
    master.go(time.time_ns())
    role.leave()
    fold = master.finish(5.0)

    assert [batch.final for batch in taken].count(True) == 1
    assert any("Worker local left before the run had ended" in problem for problem in fold.problems())


def test_finishing_twice(tmp_path: Path, local: Local) -> None:
    """Whoever tells a worker to finish again gets no second last batch."""
    environment, master, taken = local.environment, local.master, local.taken
    role = WorkerRole(environment)
    run_through(environment, master, plan(tmp_path, "r1"))
    role.finish_generating()

    assert [batch.final for batch in taken].count(True) == 1


def test_finishing_what_never_went(tmp_path: Path, local: Local) -> None:
    """A worker that was told a plan and never to go ends with one empty last batch."""
    environment, master, taken = local.environment, local.master, local.taken
    WorkerRole(environment)
    run = plan(tmp_path, "r1")
    master.open(run.run_id, msgspec.msgpack.encode(run))
    master.finish(5.0)

    assert [(batch.final, batch.seconds, batch.purchases) for batch in taken] == [(True, [], [])]
