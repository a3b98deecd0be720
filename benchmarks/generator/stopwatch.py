"""Adds up the time that a program spends in some of its functions."""

import time
from collections.abc import Callable
from typing import Any

RECORDING, WRITE_AHEAD = "recording", "write_ahead"


class Stopwatch:
    """Seconds spent in the functions of each kind."""

    def __init__(self, clock: Callable[[], int] = time.perf_counter_ns) -> None:
        self.spent_ns = {RECORDING: 0, WRITE_AHEAD: 0}
        self._clock = clock

    def timed(self, kind: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The same function, its time added to its kind."""
        spent_ns, clock = self.spent_ns, self._clock

        def around(*given: Any, **named: Any) -> Any:
            begun_ns = clock()
            try:
                return function(*given, **named)
            finally:
                spent_ns[kind] += clock() - begun_ns

        return around
