"""Pauses in the bookkeeping, in which arrivals that are due are released: a second's record is written in such parts."""

import time
from collections.abc import Callable
from typing import TypeVar

import gevent

from locustfiles.recording.parts import Parts

BREATH_S = 0.0005
HOLD_NS = 150_000
"""Work that has held the loop for so long takes a breath before its next part."""
T = TypeVar("T")


def breathe() -> None:
    """Let the loop look at its timers and sockets once; by a timer, since a mere change of greenlets would not."""
    gevent.sleep(BREATH_S)


def in_breaths(
    parts: Parts[T],
    *,
    breath: Callable[[], None] = breathe,
    clock: Callable[[], int] = time.monotonic_ns,
) -> T:
    """Do a work that yields between its parts, with a breath wherever it has held the loop for long; what the work returns.

    Whatever runs in a breath finds the work half done: to be called under a lock that every other user of the work takes.
    """
    since_ns = clock()
    while True:
        try:
            next(parts)
        except StopIteration as end:
            result: T = end.value
            return result
        if clock() - since_ns > HOLD_NS:
            breath()
            since_ns = clock()
