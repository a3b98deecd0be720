"""What was seen somewhere else, as files: recorded arrivals, and rates over time.

    arrival_s            one recorded arrival a line, seconds from the recording's start, in order of time
    t_s,rate_per_s       one point of a rate curve a line, in order of time; two points at one time are a jump

Every mistake is one sentence that names the line (``number_table``).
"""

from dataclasses import dataclass
from functools import lru_cache
from hashlib import file_digest
from pathlib import Path

import numpy as np

from locustfiles.arrivals.arrival_process import LONGEST_S
from locustfiles.arrivals.number_table import Table, TableError, read_table
from locustfiles.arrivals.rate_curve import RateCurve
from locustfiles.arrivals.recorded_schedule import MOST_ARRIVALS, RecordedSchedule

MOST_POINTS = 10_000
"""Points of a curve; each costs memory in the manifest and in every process."""
_US_PER_S = 1_000_000


@dataclass(frozen=True)
class Recording:
    """A file of recorded arrivals and what it holds."""

    name: str
    """The file's name, without folders."""
    sha256: str
    schedule: RecordedSchedule


def read_recording(path: Path) -> Recording:
    """The arrivals of a file, as recorded, to the microsecond; TableError with one sentence."""
    try:
        state = path.stat()
    except OSError as error:
        raise TableError(f"The file cannot be read ({error.strerror or error}).") from None
    return _recording(path, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=1)
def _recording(path: Path, _mtime_ns: int, _size: int) -> Recording:
    """A run reads its options several times; an unchanged file of millions of lines only once."""
    table = read_table(path, ("arrival_s",), most=MOST_ARRIVALS)
    _check_times(table, "arrival")
    with path.open("rb") as file:
        digest = file_digest(file, "sha256").hexdigest()
    intended_us = np.rint(table.values[:, 0] * _US_PER_S).astype(np.int64)
    return Recording(path.name, digest, RecordedSchedule(intended_us))


def read_rates(path: Path) -> RateCurve:
    """The curve through the points of a file; TableError with one sentence."""
    table = read_table(path, ("t_s", "rate_per_s"), most=MOST_POINTS)
    _check_times(table, "point")
    try:
        return RateCurve.from_points(map(tuple, table.values.tolist()))
    except ValueError as error:
        raise TableError(str(error)) from None


def _check_times(table: Table, what: str) -> None:
    times_s = table.values[:, 0]
    back = np.flatnonzero(np.diff(times_s) < 0)
    if len(back):
        at = int(back[0]) + 1
        raise TableError(
            f"Line {table.lines[at]} goes back in time: {times_s[at]:.15g} s follows {times_s[at - 1]:.15g} s; sort the file."
        )
    late = np.flatnonzero(times_s > LONGEST_S)
    if len(late):
        at = int(late[0])
        raise TableError(
            f"Line {table.lines[at]} puts its {what} at {times_s[at]:.15g} s; times are seconds from the start, at most "
            f"{LONGEST_S:.0f}."
        )
