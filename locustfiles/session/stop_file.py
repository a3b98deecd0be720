"""What ends a run's load from outside: a file that appears, or the end of a permission's time window.

Every process of a run looks for itself, so that load ends on a worker whose master hangs. This module must not know Locust.
"""

import os
import time
from collections.abc import Callable
from pathlib import Path

import gevent

LOOK_EVERY_S = 0.1
LAST_REQUESTS_S = 1.0
"""From the news that load ends to the last request: what is in flight may end in order for so long."""
STOPPED = "ended by the stop file"
WINDOW_CLOSED = "ended since the time window of its permission closes"
_NS = 1_000_000_000


def is_there(path: Path) -> bool:
    """Whether something stands at the path; what cannot be looked at counts as there, for load must not go on by an accident."""
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (OSError, ValueError):
        return True
    return True


def stop_file_mistake(path: Path) -> str:
    """Why a run may not start with this stop file, "" when it may."""
    if is_there(path):
        return f"The stop file {path} is there, so nothing is loaded; remove it, or leave --stop-file out."
    if not path.absolute().parent.is_dir():
        return f"The folder of the stop file {path} does not exist, so nobody could put it there; make it."
    return ""


def why_to_end(stop_file: Path | None, closes_unix_ns: int | None, now_unix_ns: int) -> str:
    """What ends the load now, "" when nothing does: the last requests must be out when the window closes."""
    if closes_unix_ns is not None and now_unix_ns >= closes_unix_ns - LAST_REQUESTS_S * _NS:
        return WINDOW_CLOSED
    return STOPPED if stop_file is not None and is_there(stop_file) else ""


def watch(
    stop_file: Path | None,
    closes_unix_ns: int | None,
    end: Callable[[str], None],
    *,
    clock: Callable[[], int] = time.time_ns,
) -> "gevent.Greenlet[..., None] | None":
    """Call ``end(why)`` once when the load has to end, in a greenlet to be killed with the run; None when nothing ends it."""
    if stop_file is None and closes_unix_ns is None:
        return None

    def look() -> None:
        while not (why := why_to_end(stop_file, closes_unix_ns, clock())):
            gevent.sleep(LOOK_EVERY_S)
        end(why)

    return gevent.spawn(look)
