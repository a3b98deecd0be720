"""Reads the times of a long write-ahead log in a process of its own, while the one that asks reads tables.

A gigabyte of JSON lines takes a core for seconds. A short log is read when it is asked for, as is any whose helper fails.
This module must not know how a run's logs add up (``run_directory``).
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO

import msgspec
import numpy as np

from reports.run_record.intent_log import IntentTimes, read_times

LONG_BYTES = 1 << 26
"""From so many bytes on a log is worth a process, which takes a sixth of a second to start."""
_ROOT = Path(__file__).parents[2]


class TimesBeside:
    """The times of one log, being read."""

    def __init__(self, path: Path) -> None:
        """Begin to read the log at ``path``."""
        self._path = path
        self._child: subprocess.Popen[bytes] | None = None
        self._found: IO[bytes] | None = None
        try:
            if path.stat().st_size >= LONG_BYTES:
                self._begin()
        except OSError:
            self.stop()

    def _begin(self) -> None:
        self._found = tempfile.TemporaryFile()  # noqa: SIM115 - ``stop`` closes it
        paths = [str(_ROOT), os.environ.get("PYTHONPATH", "")]
        self._child = subprocess.Popen(
            [sys.executable, "-P", "-m", __name__, str(self._path)],
            stdin=subprocess.DEVNULL, stdout=self._found, stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))},
        )  # fmt: skip

    def result(self, tell: Callable[[str], None]) -> IntentTimes:
        """What ``read_times`` gives, with the sentences that it tells; OSError when the log cannot be read."""
        if self._child is None or self._found is None or self._child.wait():
            return read_times(self._path, tell)
        self._found.seek(0)
        times = IntentTimes(np.load(self._found, allow_pickle=False), np.load(self._found, allow_pickle=False))
        for sentence in msgspec.json.decode(self._found.read(), type=list[str]):
            tell(sentence)
        return times

    def stop(self) -> None:
        """End what nobody waits for any more; a second call does nothing."""
        if self._child is not None:
            self._child.kill()
            self._child.wait()
        if self._found is not None:
            self._found.close()
        self._child = self._found = None


def main(path: Path, out: IO[bytes]) -> None:
    """Read the log at ``path`` and write its times, then the sentences as JSON."""
    told: list[str] = []
    times = read_times(path, told.append)
    np.save(out, times.wish, allow_pickle=False)
    np.save(out, times.intended_us, allow_pickle=False)
    out.write(msgspec.json.encode(told))
    out.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.stdout.buffer)
