"""One verb of an adapter under way: an answer in, its next move out. Whatever the adapter's code raises is a move as well.

A verb that has ended, by a no or an exception, is played again from its beginning with the answers that it had before the last one,
so that the last request can be repeated alone and nothing that the shop has done already is asked for twice.
"""

import traceback
from collections.abc import Callable, Generator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from locustfiles.adapters.shop_adapter import Answer, No, Request, ShopSession

_FRAMES = 50
"""Of a traceback, innermost first: a recursion has thousands."""


@dataclass(frozen=True, slots=True)
class Broken:
    """What the adapter's own code did wrong or could not read: ``what`` it did and ``where`` (file and line)."""

    what: str
    where: str = ""


Move = Request | ShopSession | No | Broken


@dataclass(slots=True)
class Course:
    """A verb from its first request to its end; ``begin`` calls the adapter's method, ``home`` is the file of its class."""

    begin: Callable[[], object]
    home: str
    _verb: Generator[Any, Any, Any] | None = None
    _taken: list[Answer] = field(default_factory=list)
    """The answers that led to the request that is asked now."""

    def start(self) -> Move:
        """The first move; a verb that needs no request may simply return."""
        return self._moved(self._first)

    def take(self, answer: Answer) -> Move:
        """The move that follows from the answer to the present request."""
        move: Move | None = None
        if self._verb is None:
            move = self._replayed()
        verb = self._verb
        if verb is None:
            return move if isinstance(move, Broken) else Broken("asked differently when it was told the same")
        move = self._moved(partial(verb.send, answer))
        if isinstance(move, Request):
            self._taken.append(answer)
        return move

    def close(self) -> None:
        """End the verb where it stands."""
        verb, self._verb = self._verb, None
        if verb is not None:
            with suppress(Exception):  # an adapter that will not end is nobody's outcome
                verb.close()

    def _replayed(self) -> Move:
        move = self.start()
        for answer in self._taken:
            verb = self._verb
            if verb is None:
                break
            move = self._moved(partial(verb.send, answer))
        return move

    def _first(self) -> object:
        begun = self.begin()
        if not isinstance(begun, Generator):
            return begun
        self._verb = begun
        return next(begun)

    def _moved(self, advance: Callable[[], object]) -> Move:
        """What the verb did; it has ended unless that is a request."""
        try:
            move = advance()
        except StopIteration as end:
            move = end.value
        except No as no:
            move = no
        except Exception as error:  # noqa: BLE001 - the adapter is somebody else's code, and the answer anybody's
            move = Broken(f"raised {_told(error)}", self._where(error))
        if isinstance(move, Request):
            return move
        self.close()
        if isinstance(move, ShopSession | No | Broken):
            return move
        return Broken(f"gave a {type(move).__name__} and not a session or a no", Path(self.home).name)

    def _where(self, error: BaseException) -> str:
        """File and line of the adapter's innermost part in the traceback, or in that of the cause."""
        told = [traceback.extract_tb(each.__traceback__, limit=-_FRAMES) for each in (error, error.__cause__) if each]
        frames = [frame for stack in told for frame in reversed(stack)]
        own = next((frame for frame in frames if frame.filename == self.home), frames[0] if frames else None)
        return f"{Path(own.filename).name}:{own.lineno}" if own else ""


def _told(error: Exception) -> str:
    """The exception's type; its text only where this house wrote it, since any other may quote the target or a secret."""
    text = str(error) if type(error) is ValueError and str(error).startswith("There is no reason") else ""
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
