"""Which run an environment is carrying out: the environment itself is marked, never a module's global.

A process may carry out many runs, one after another (Locust's web UI), and a locustfile's modules may be loaded twice.
"""

from typing import TYPE_CHECKING, Any, cast

from gevent.event import AsyncResult

if TYPE_CHECKING:
    from locustfiles.session.generator import Generator

_MARK = "springtide_generator"


def provide_generator(environment: Any, generator: "Generator") -> None:
    """Make ``generator`` the environment's present run, and let in the shoppers that wait for one."""
    coming = _coming(environment)
    if coming.ready():
        coming = AsyncResult()
        setattr(environment, _MARK, coming)
    coming.set(generator)


def generator_of(environment: Any) -> "Generator":
    """The generator of the environment's present run; blocks until its plan is there, which may come after the shoppers."""
    return cast("Generator", _coming(environment).get())


def _coming(environment: Any) -> "AsyncResult[Generator]":
    coming = getattr(environment, _MARK, None)
    if not isinstance(coming, AsyncResult):
        coming = AsyncResult()
        setattr(environment, _MARK, coming)
    return coming
