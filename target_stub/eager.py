"""Work that is run to its end once it has begun, whether or not whoever asked for it still waits."""

import asyncio
import types
from collections.abc import Coroutine, Generator
from typing import Any, TypeVar

_Result = TypeVar("_Result")


async def to_its_end(work: Coroutine[Any, Any, _Result]) -> _Result:
    """Return what the work returns; a cancellation ends the waiting and not the work.

    It begins at once, in the caller's turn of the loop, and gets a task of its own only when it has to wait: most requests
    never do, and a task with its shield costs as much as the rest of a small request.
    """
    try:
        awaited = work.send(None)
    except StopIteration as done:
        result: _Result = done.value
        return result
    return await asyncio.shield(asyncio.get_running_loop().create_task(_rest(work, awaited)))


@types.coroutine
def _rest(work: Coroutine[Any, Any, _Result], awaited: object) -> Generator[Any, Any, _Result]:
    """The work from what it waits for on: a task must be given that before anything else."""
    try:
        while True:
            try:
                value = yield awaited
            except BaseException as error:  # noqa: BLE001 - whatever it is, it is for the work
                awaited = work.throw(error)
            else:
                awaited = work.send(value)
    except StopIteration as done:
        result: _Result = done.value
        return result
