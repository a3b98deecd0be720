"""Work that is run to its end once it has begun, whether or not whoever asked for it still waits."""

import asyncio
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
    return await asyncio.shield(asyncio.get_running_loop().create_task(_Begun(work, awaited)))


class _Begun(Coroutine[Any, Any, _Result]):
    """A coroutine that waits for something already: the task is given that first, then the rest."""

    __slots__ = ("_awaited", "_is_new", "_work")

    def __init__(self, work: Coroutine[Any, Any, _Result], awaited: object) -> None:
        self._work = work
        self._awaited = awaited
        self._is_new = True

    def send(self, value: Any, /) -> Any:
        if self._is_new:
            self._is_new = False
            awaited, self._awaited = self._awaited, None
            return awaited
        return self._work.send(value)

    def throw(self, *error: Any) -> Any:
        return self._work.throw(*error)

    def close(self) -> None:
        self._work.close()

    def __await__(self) -> Generator[Any, Any, _Result]:
        return self._work.__await__()
