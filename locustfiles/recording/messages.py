"""A run's conversation between master and workers over Locust's own messages; a local runner delivers them in place.

    worker -> master   hello(speaks)            I am here (again), in this version: what is the plan?
    master -> worker   plan(run, bytes)         this is the run that comes
    worker -> master   ready(run, place)        I have built it, and write ahead there: I am on the roster
    worker -> master   declined(run, why)       I cannot build it
    master -> worker   ask(run, sent)           what does your wall clock say?
    worker -> master   clock(run, sent, there)  this, when that question came
    master -> worker   go(run, start, share)    second 0 of the curve is at this instant of your clock, this is your part of it
    worker -> master   batch(bytes)             what happened; the last one is marked as final
    master -> worker   ack(run, sequence)       you may forget that batch
    master -> worker   finish(run)              stop releasing, drain, send the rest

Here are the messages' names and values; ``master_end`` and ``worker_end`` exchange them. Whatever comes to the port may come from
another program, so every value is checked.
"""

from collections.abc import Callable
from importlib.metadata import version
from typing import Any, Protocol, TypeVar

import msgspec
from locust.runners import WorkerRunner

from locustfiles.recording.roster import LOCAL_WORKER

_PREFIX = "springtide_"
HELLO, PLAN, READY, DECLINED, ASK, CLOCK, GO, BATCH, ACK, FINISH = (
    _PREFIX + word for word in ("hello", "plan", "ready", "declined", "ask", "clock", "go", "batch", "ack", "finish")
)
WIRE_VERSION = 5
"""Version of these messages, of the plan and of the batch: who speaks another one takes no part in a run."""


class Runner(Protocol):
    """The part of Locust's runners that carries messages."""

    def register_message(self, msg_type: str, listener: Callable[..., None], concurrent: bool = False) -> None:
        """Call ``listener(environment=..., msg=...)`` for messages of this type."""
        ...

    def send_message(self, msg_type: str, data: Any = None, client_id: str | None = None) -> None:
        """Send to the master, to one worker, or to all of them."""
        ...


class PlanMessage(msgspec.Struct):
    """The run that comes, as ``session.plan`` has encoded it."""

    run_id: str
    plan: bytes


class Hello(msgspec.Struct):
    """What a worker speaks."""

    speaks: str


class RunMessage(msgspec.Struct):
    """A message that names its run and says nothing more."""

    run_id: str


class Ready(msgspec.Struct):
    """A worker has built the run; ``place``: where its write-ahead rows lie, "" = in the run directory."""

    run_id: str
    place: str


class Declined(msgspec.Struct):
    """A worker cannot build the run, for this reason."""

    run_id: str
    why: str


class Question(msgspec.Struct):
    """The master's wall clock when it asked."""

    run_id: str
    sent_unix_ns: int


class ClockReading(msgspec.Struct):
    """The question's instant again, and the worker's wall clock when it came."""

    run_id: str
    sent_unix_ns: int
    there_unix_ns: int


class Go(msgspec.Struct):
    """Second 0 of the curve on the receiver's wall clock, and its part of the schedule."""

    run_id: str
    started_unix_ns: int
    worker: int
    workers: int


class Ack(msgspec.Struct):
    """The batch with this number has arrived."""

    run_id: str
    sequence: int


Value = TypeVar("Value")


def worker_name(runner: Any) -> str:
    """The name under which the master knows this process: the sender of its messages."""
    return str(runner.client_id) if isinstance(runner, WorkerRunner) else LOCAL_WORKER


def own_version() -> str:
    """What this process speaks: the version of springtide and of its messages, in words."""
    return f"springtide {version('springtide')} (messages {WIRE_VERSION})"


def monotonic_of(started_unix_ns: int, *, unix_ns: int, monotonic_ns: int) -> int:
    """An instant of the wall clock on this host's monotonic clock, given what both clocks say at one moment."""
    return monotonic_ns + started_unix_ns - unix_ns


def converted(data: Any, kind: type[Value]) -> Value | None:
    """A message's data as a value; None for what another program may have sent to the port."""
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError:
        return None


def sendable(value: msgspec.Struct) -> Any:
    """A value in the types that Locust's messages carry."""
    return msgspec.to_builtins(value, builtin_types=(bytes,))
