"""Ends a run early when the data prove one objective missed: the process that looks, and what it found.

It looks at the run directory from outside (``reports.abort_watch``), at the lowest priority: judging costs the generator nothing but a
look at a process once a second. Whatever becomes of that process, the run goes on; a note says so.
"""

import contextlib
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import gevent
import msgspec

from reports.run_record.schema import Aborted

PROVEN = 99
"""The process's exit code when a line is proven missed; its output then says which."""
LOWEST_PRIORITY = 19
_SAID_LIMIT = 200


class AbortWatch:
    """Who looks at one run: ``await_ready`` and ``begin`` before it, ``look`` once a second, ``end`` with it.

    Without a line there is nobody, and nothing is found.
    """

    def __init__(self, lines: Sequence[str]) -> None:
        """Start who is to look for these lines; at which run, ``begin`` says."""
        self.notes: list[str] = []
        """Why nobody looks any more, in a sentence."""
        self._process: subprocess.Popen[bytes] | None = None
        if not lines:
            return
        named = [word for line in lines for word in ("--on", line)]
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "reports.abort_watch", "-", *named],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for the generator, which then ends it
            )
            os.setpriority(os.PRIO_PROCESS, self._process.pid, LOWEST_PRIORITY)
        except OSError as error:
            self._note(error.strerror or type(error).__name__)

    def await_ready(self, deadline_s: float) -> None:
        """Wait until it has started, which takes a second of CPU time: better before the load begins than beside it."""
        if self._process is not None and self._process.stdout is not None:
            waiting = gevent.spawn(self._process.stdout.readline)
            waiting.join(deadline_s)
            waiting.kill()

    @property
    def is_there(self) -> bool:
        """Whether somebody looks, or is ready to."""
        return self._process is not None

    def begin(self, path: Path) -> None:
        """The run directory at ``path`` has its manifest: look at it from now on."""
        if self._process is not None and self._process.stdin is not None:
            with contextlib.suppress(OSError):  # who has ended meanwhile is noted by the next look
                self._process.stdin.write(f"{path}\n".encode())
                self._process.stdin.flush()

    def look(self) -> Aborted | None:
        """What is proven missed, told once; never waits."""
        process = self._process
        if process is None or process.poll() is None:
            return None
        said = process.stdout.read() if process.stdout is not None else b""
        self._close()
        lines = said.strip().splitlines() or [b""]
        try:
            found = msgspec.json.decode(lines[-1], type=Aborted) if process.returncode == PROVEN else None
        except msgspec.DecodeError:
            found = None
        if found is None:
            words = lines[-1].decode("utf-8", "replace")
            self._note(f"exit code {process.returncode}{f', {words}' if words else ''}")
        return found

    def end(self) -> None:
        """Nobody looks any more; idempotent."""
        process = self._process
        if process is None:
            return
        process.kill()  # it only reads; its standard input is for the case that we are gone
        process.wait()
        self._close()

    def _close(self) -> None:
        process, self._process = self._process, None
        for pipe in (process.stdin, process.stdout) if process is not None else ():
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()

    def _note(self, why: str) -> None:
        self.notes.append(
            f"--abort-on could not be watched to the end ({why[:_SAID_LIMIT]}), so nothing ended the run early."
        )


def told(found: Aborted) -> str:
    """What is said when a run is ended early."""
    return f"\nAborted early: {found.line} is proven missed on the seconds before {found.second}: {found.sentence}.\n"


def announced(lines: Sequence[str]) -> str:
    """What is said before a run that may end early."""
    return "".join(f"The run ends as soon as it has proven this missed: {line}\n" for line in lines)
