"""How the generator itself fares, second by second: lateness, event-loop stalls, CPU, memory.

A generator that is late or stalls measures itself, and its run is invalid: the reports decide that from these rows. The
readings of the process and every instant are arguments; ``StallProbe`` alone touches the hub.
"""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from gevent import get_hub
from numpy.typing import NDArray

from reports.run_record.schema import HealthRow

_NS_PER_S = 1_000_000_000
_NS_PER_US = 1_000
PROBE_INTERVAL_S = 0.02
"""How often the probe asks for a turn: often enough to see a stall of 100 ms, 50 wake-ups a second."""
STALL_NS = 100_000_000
"""A loop that gave nobody a turn for longer than this has stalled."""
_STATM = Path("/proc/self/statm")
_PPM = 1_000_000
_P50_PPM, _P99_PPM = 500_000, 990_000


class Process(NamedTuple):
    """What the operating system says of this process: CPU seconds so far, resident bytes (0 = not told)."""

    cpu_s: float
    rss_bytes: int


def read_process() -> Process:
    """The readings of this process; memory comes from Linux's ``/proc``."""
    try:
        pages = int(_STATM.read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        pages = 0
    return Process(time.process_time(), pages * os.sysconf("SC_PAGE_SIZE"))


class Stalls:
    """Counts the gaps between turns of the loop that are longer than ``STALL_NS``."""

    def __init__(self) -> None:
        self._last_ns: int | None = None
        self._count = 0
        self._longest_ns = 0

    def tick(self, now_ns: int) -> None:
        """The loop gave a turn at this monotonic instant."""
        if self._last_ns is not None:
            late_ns = now_ns - self._last_ns - int(PROBE_INTERVAL_S * _NS_PER_S)
            if late_ns > STALL_NS:
                self._count += 1
                self._longest_ns = max(self._longest_ns, late_ns)
        self._last_ns = now_ns

    def take(self) -> tuple[int, int]:
        """Number of stalls and the longest in microseconds since the last call."""
        taken = (self._count, self._longest_ns // _NS_PER_US)
        self._count, self._longest_ns = 0, 0
        return taken


class StallProbe:
    """A timer on this process's hub that asks for a turn again and again; it keeps no loop alive."""

    def __init__(self, stalls: Stalls, clock: Callable[[], int] = time.monotonic_ns) -> None:
        self._stalls = stalls
        self._clock = clock
        self._timer: Any = None

    def start(self) -> None:
        """Begin to ask; a second call does nothing."""
        if self._timer is None:
            self._timer = get_hub().loop.timer(PROBE_INTERVAL_S, PROBE_INTERVAL_S, ref=False)
            self._timer.start(self._ask)

    def stop(self) -> None:
        """Ask no more; a second call does nothing."""
        timer, self._timer = self._timer, None
        if timer is not None:
            timer.stop()
            timer.close()

    def _ask(self) -> None:
        self._stalls.tick(self._clock())


class HealthSampler:
    """Makes one worker's row of every second; ``read`` gives the process's readings."""

    def __init__(
        self, worker: str, *, now_ns: int, stalls: Stalls | None = None, read: Callable[[], Process] = read_process
    ) -> None:
        """``now_ns``: the monotonic instant from which the CPU share of the first row counts."""
        self.stalls = stalls or Stalls()
        self._worker = worker
        self._read = read
        self._last_ns = now_ns
        self._cpu_s = read().cpu_s
        self._last_second = -1

    def sample(
        self,
        now_ns: int,
        *,
        started_ns: int,
        lateness_us: NDArray[np.int64],
        in_flight: int,
        idle_shoppers: int,
        connections: int,
    ) -> HealthRow:
        """The row of the second that ends about now; every second has one row, so a call that is early takes the next.

        ``started_ns`` is the run's start on the monotonic clock, ``lateness_us`` what was late since the last row.
        """
        process = self._read()
        passed_s = max((now_ns - self._last_ns) / _NS_PER_S, 1e-9)
        ended = round((now_ns - started_ns) / _NS_PER_S) - 1
        self._last_second = max(self._last_second + 1, ended)
        stalls, stall_max_us = self.stalls.take()
        row = HealthRow(
            second=self._last_second,
            worker=self._worker,
            lateness_p50_us=_quantile(lateness_us, _P50_PPM),
            lateness_p99_us=_quantile(lateness_us, _P99_PPM),
            lateness_max_us=_quantile(lateness_us, _PPM),
            stalls=stalls,
            stall_max_us=stall_max_us,
            cpu_share=max(0.0, process.cpu_s - self._cpu_s) / passed_s,
            rss_bytes=process.rss_bytes,
            in_flight=in_flight,
            idle_shoppers=idle_shoppers,
            connections=connections,
        )
        self._last_ns, self._cpu_s = now_ns, process.cpu_s
        return row


def _quantile(values: NDArray[np.int64], ppm: int) -> int:
    """Nearest rank, max(1, ceil(n q)); 0 of nothing."""
    if not values.size:
        return 0
    rank = max(1, -(-values.size * ppm // _PPM))
    return int(np.partition(values, rank - 1)[rank - 1])
