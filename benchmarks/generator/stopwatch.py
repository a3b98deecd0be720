"""Adds up the time that a program spends in some of its functions."""

from collections.abc import Callable, Generator
from typing import Any

RECORDING, WRITE_AHEAD = "recording", "write_ahead"


class Stopwatch:
    """Seconds spent in the functions of each kind."""

    def __init__(self) -> None:
        self.spent_ns = {RECORDING: 0, WRITE_AHEAD: 0}

    def timed(self, kind: str, function: Callable[..., Any], clock: Callable[[], int]) -> Callable[..., Any]:
        """The same function, its time on a clock of nanoseconds added to its kind."""
        spent_ns = self.spent_ns

        def around(*given: Any, **named: Any) -> Any:
            begun_ns = clock()
            try:
                return function(*given, **named)
            finally:
                spent_ns[kind] += clock() - begun_ns

        return around

    def timed_parts(
        self, kind: str, function: Callable[..., Generator[None, None, Any]], clock: Callable[[], int]
    ) -> Callable[..., Generator[None, None, Any]]:
        """The same of a function whose work yields between its parts: what passes between them is not counted."""

        def around(*given: Any, **named: Any) -> Generator[None, None, Any]:
            part = self.timed(kind, function(*given, **named).__next__, clock)
            while True:
                try:
                    part()
                except StopIteration as end:
                    return end.value
                yield

        return around
