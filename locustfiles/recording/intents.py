"""Where a worker writes its wishes ahead: into the run directory when it can see it, else into a spool on its own host.

Either way a wish is with the operating system before its first byte is sent. The rows of a spool travel to the run directory
with the worker's batches, each once; the file stays until the master has acknowledged them all.

Whether two hosts share a folder is not told by its path: the master leaves a token in the run directory, and only who reads
this run's token there writes there.
"""

import os
import socket
import tempfile
from pathlib import Path

from reports.run_record.run_directory import IntentLog
from reports.run_record.schema import IntentRow

SPOOL_VARIABLE = "SPRINGTIDE_SPOOL"
"""A worker with this variable in its environment spools into that folder, also when it sees the run directory."""
_SIGN = "springtide-run"


def leave_token(run_path: Path, run_id: str) -> None:
    """Let those who can see the run directory know that it is this run's."""
    (run_path / _SIGN).write_text(run_id, encoding="ascii")


def remove_token(run_path: Path) -> None:
    """Every worker has looked."""
    (run_path / _SIGN).unlink(missing_ok=True)


def open_intents(run_path: Path, run_id: str, worker: str) -> IntentLog:
    """The run directory's own log, or a spool; OSError when neither can be written."""
    folder = os.environ.get(SPOOL_VARIABLE, "")
    if not folder and _is_seen(run_path, run_id):
        return IntentLog(run_path)
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
    return IntentSpool(Path(folder or tempfile.mkdtemp(prefix="springtide-")), run_id, worker)


def _is_seen(run_path: Path, run_id: str) -> bool:
    try:
        return (run_path / _SIGN).read_text(encoding="ascii") == run_id
    except (OSError, UnicodeDecodeError):
        return False


class IntentSpool(IntentLog):
    """One worker's write-ahead rows of one run on its own host, and those that have not been taken along yet."""

    def __init__(self, folder: Path, run_id: str, worker: str) -> None:
        """Open the spool file of this run and worker in ``folder``."""
        name = f"{run_id}-{worker}.jsonl"
        super().__init__(folder, name)
        self._file = folder.resolve() / name
        self._rows: list[IntentRow] = []

    @property
    def place(self) -> str:
        """Host and path of the file, for people."""
        return f"{socket.gethostname()}:{self._file}"

    def write(self, row: IntentRow) -> None:
        """Hand one wish to the operating system in one call, and keep it for the next batch."""
        super().write(row)
        self._rows.append(row)

    def take(self) -> list[IntentRow]:
        """The rows since the last call."""
        rows, self._rows = self._rows, []
        return rows

    def discard(self) -> None:
        """Delete the file: all of it is in the run directory."""
        self._file.unlink(missing_ok=True)
