"""The most wishes that may be released per second, whatever a curve asks for: the guard's ceiling, one worker's part of it.

In no second, wherever it begins, do all workers together release more than the ceiling. That holds without a word between workers:
the ceiling is so many places, a release holds a place for one second, and each place is one worker's.

    places = floor(ceiling), and place p is worker p mod workers's

A ceiling below 1/s is one place, worker 0's, that is held for 1/ceiling seconds. With more workers than places some release nothing.
This module must not know clocks, gates or who set the ceiling.
"""

import math
from collections import deque

HOLD_S = 1.0
_NS = 1_000_000_000


class Ceiling:
    """One worker's places; ValueError for a ceiling that is not above 0 or an impossible share."""

    def __init__(self, most_per_s: float, share: tuple[int, int] = (0, 1)) -> None:
        """``share`` is (worker, workers): this worker's number from 0, and how many share the ceiling."""
        worker, workers = share
        if not (math.isfinite(most_per_s) and most_per_s > 0):
            raise ValueError(f"A ceiling is a number of wishes per second above 0, but it is {most_per_s!r}.")
        if not 0 <= worker < workers:
            raise ValueError(f"A share is (worker, workers) with 0 <= worker < workers, but it is {share}.")
        whole = max(1, math.floor(most_per_s))
        self.places = len(range(worker, whole, workers))
        self._hold_ns = math.ceil(max(HOLD_S, 1.0 / most_per_s) * _NS)
        self._released_ns: deque[int] = deque(maxlen=self.places)

    def admits(self, now_ns: int) -> bool:
        """Whether a place is free at this instant of a monotonic clock."""
        held = self._released_ns
        if len(held) < self.places:
            return True
        return bool(held) and now_ns - held[0] >= self._hold_ns

    def take(self, now_ns: int) -> None:
        """Hold a place from this instant on, which is to be free and not before the last."""
        self._released_ns.append(now_ns)
