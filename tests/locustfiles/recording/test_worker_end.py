"""A worker's end answers its master, and tells what it cannot do; test_master_end.py has whole conversations."""

from types import SimpleNamespace

from locustfiles.recording.messages import ASK, CLOCK, PLAN, READY, PlanMessage, Question, sendable
from tests.helpers.conversation import Wire, Worker

RUN = "run-1"


def test_a_plan_is_built_once_and_answered_each_time() -> None:
    """A plan that comes twice is one run, and each copy is answered with where the worker writes ahead."""
    wire = Wire("a")
    worker = Worker(wire.workers["a"], "a", place="far:/x")
    for _ in range(2):
        wire.master.send_message(PLAN, sendable(PlanMessage(RUN, b"the plan")))
    assert wire.deliver() == [PLAN, PLAN]
    assert worker.plans == [(RUN, b"the plan")]


def test_its_clock_is_told_with_the_question() -> None:
    """An answer repeats the question's instant, so that the master needs to keep none."""
    wire = Wire("a")
    Worker(wire.workers["a"], "a", wall_clock=lambda: 77)
    wire.workers["a"].listeners[ASK](environment=None, msg=SimpleNamespace(data=sendable(Question(RUN, 5))))

    assert list(wire.queue) == [("master", CLOCK, {"run_id": RUN, "sent_unix_ns": 5, "there_unix_ns": 77}, "a")]


def test_ready_says_where_rows_go() -> None:
    """The answer to a plan carries the place of the write-ahead rows."""
    wire = Wire("a")
    Worker(wire.workers["a"], "a", place="far:/x")
    plan = SimpleNamespace(data=sendable(PlanMessage(RUN, b"the plan")))
    wire.workers["a"].listeners[PLAN](environment=None, msg=plan)

    assert list(wire.queue) == [("master", READY, {"run_id": RUN, "place": "far:/x"}, "a")]
