"""The steady scenario with a stopwatch around its recording: what share of the generator's CPU goes into the record.

Counted as recording: samples and ends of wishes as they are taken, their binning once a second, the run directory's files,
the progress line, and Locust's table. The write-ahead log is counted by itself. The stopwatch's own cost falls into what it
measures, so the shares are upper bounds. ``BENCH_TIMES=FILE`` gets the sums so far once a second, as a JSON line of seconds.

locust -f benchmarks/generator/timed_recording.py --headless --rate 500 --duration 10s --host URL
"""

import json
import os
import time
from collections.abc import Callable
from inspect import isgeneratorfunction
from pathlib import Path
from typing import Any

import gevent
from locust import events

from benchmarks.generator.stopwatch import RECORDING, WRITE_AHEAD, Stopwatch
from locustfiles.recording.locust_mirror import LocustMirror
from locustfiles.recording.merge import Fold
from locustfiles.recording.recorder import Recorder
from locustfiles.recording.worker_end import WorkerEnd
from locustfiles.session.conductor import Conductor
from locustfiles.steady import SteadyShopper
from reports.run_record.run_directory import IntentLog

__all__ = ["SteadyShopper"]

_WALL, _CPU = time.perf_counter_ns, time.thread_time_ns
"""A CPU clock costs half a microsecond, which is nothing beside a batch and much beside a sample."""
TIMED: tuple[tuple[str, type, str, Callable[[], int]], ...] = (
    (RECORDING, Recorder, "record", _WALL),
    (RECORDING, Recorder, "record_lateness", _WALL),
    (RECORDING, Recorder, "end_wish", _WALL),
    (RECORDING, Recorder, "cut_in_parts", _CPU),
    (RECORDING, WorkerEnd, "send_in_parts", _CPU),
    (RECORDING, Fold, "unpack_in_parts", _CPU),
    (RECORDING, Conductor, "take_in_parts", _CPU),
    (RECORDING, LocustMirror, "add_in_parts", _CPU),
    (WRITE_AHEAD, IntentLog, "write", _WALL),
)
"""What is timed; none of it yields to another greenlet but between its parts."""
_NS_PER_S = 1_000_000_000


@events.init.add_listener  # type: ignore[untyped-decorator]  # Locust has no annotations
def start_stopwatch(**_: Any) -> None:
    """Time this process's recording and tell the sums each second."""
    stopwatch = Stopwatch()
    for kind, owner, name, clock in TIMED:
        function = getattr(owner, name)
        timed = stopwatch.timed_parts if isgeneratorfunction(function) else stopwatch.timed
        setattr(owner, name, timed(kind, function, clock))
    gevent.spawn(_tell_each_second, stopwatch, Path(os.environ["BENCH_TIMES"]))


def _tell_each_second(stopwatch: Stopwatch, path: Path) -> None:
    with path.open("w", encoding="ascii") as told:
        while True:
            gevent.sleep(1.0)
            sums = {kind: spent_ns / _NS_PER_S for kind, spent_ns in stopwatch.spent_ns.items()}
            told.write(json.dumps({"cpu": time.process_time(), **sums}) + "\n")
            told.flush()
