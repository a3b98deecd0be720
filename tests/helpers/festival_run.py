"""A festival as a user runs it: the stock locust command in a process of its own, with its run directory."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from reports.run_record.run_directory import Run, open_run
from tests.helpers.ports import free_port
from tests.helpers.source_tree import ROOT

LOCUST = Path(sys.executable).with_name("locust")
SPRINGTIDE = Path(sys.executable).with_name("springtide")
DEADLINE_S = 180.0


@dataclass(frozen=True, slots=True)
class Ended:
    """A command that has ended: its exit code and everything that it printed."""

    exit_code: int
    output: str

    @property
    def words(self) -> str:
        """The output as one line: where a sentence wraps depends on the length of a path."""
        return " ".join(self.output.split())


@dataclass(slots=True)
class Festival:
    """A running ``locust -f locustfiles/festival.py``, or another scenario; a context manager that leaves nothing behind."""

    process: "subprocess.Popen[bytes]"
    runs: Path
    log: Path
    workers: "list[subprocess.Popen[bytes]]" = field(default_factory=list)
    """Those that were started by themselves; with ``--processes`` the master has them."""

    def __enter__(self) -> Self:
        """The running festival."""
        return self

    def __exit__(self, *_: object) -> None:
        """End it, whatever the test did."""
        for process in (self.process, *self.workers):
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def output(self) -> str:
        """What it has printed so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def ended(self) -> Ended:
        """Wait for the end."""
        code = self.process.wait(timeout=DEADLINE_S)
        return Ended(code, self.output())

    def interrupt(self) -> None:
        """Send SIGINT to the process alone."""
        self.process.send_signal(signal.SIGINT)

    def signal_all(self, number: signal.Signals) -> None:
        """Send a signal to every process of the run, as a terminal does for Ctrl-C."""
        for process in (self.process, *self.workers):
            os.killpg(process.pid, number)

    def worker_pids(self) -> list[int]:
        """The processes that generate load: those that were started by themselves, or the master's children but for the stub."""
        if self.workers:
            return [worker.pid for worker in self.workers]
        children = subprocess.run(["pgrep", "-P", str(self.process.pid)], capture_output=True, check=True)
        return [int(pid) for pid in children.stdout.split() if int(pid) not in self.stub_pids()]

    def stub_pids(self) -> list[int]:
        """The processes of the stub that this run has started."""
        found = subprocess.run(["pgrep", "-f", f"target_stub.*{self.runs}"], capture_output=True, check=False)
        return [int(pid) for pid in found.stdout.split()]

    def wait_for(self, pattern: str) -> None:
        """Return when the output matches; TimeoutError when it does not in time."""
        pause = threading.Event()
        until_s = time.monotonic() + DEADLINE_S
        while not re.search(pattern, self.output()):
            if time.monotonic() > until_s or self.process.poll() is not None:
                raise TimeoutError(f"{pattern} is not in:\n{self.output()}")
            pause.wait(0.1)

    def run(self) -> Run:
        """The run that it has recorded."""
        return open_run(self.runs / "latest")


def start_festival(
    folder: Path,
    *flags: str,
    headless: bool = True,
    file_kib: int | None = None,
    scenario: str = "festival",
) -> Festival:
    """Start a scenario that records below ``folder``; with ``file_kib`` no file may grow beyond it, as on a full disk."""
    runs, log = folder / "runs", folder / "output.txt"
    command = [LOCUST, "-f", ROOT / "locustfiles" / f"{scenario}.py", "--runs", runs, *flags]
    if headless:
        command.append("--headless")
    limit = [] if file_kib is None else ["sh", "-c", f'ulimit -f {2 * file_kib}; exec "$@"', "sh"]
    return Festival(_start([*limit, *map(str, command)], log), runs, log)


def start_worker(running: Festival, port: int, *, first: str = "", scenario: str = "steady", **environ: str) -> None:
    """Start a worker by itself, for the master on this port; it belongs to the festival from then on.

    ``first`` is Python that its process runs before Locust does, to make another version or another host of it.
    """
    log = running.log.with_name(f"worker-{len(running.workers)}.txt")
    words = ["-f", str(ROOT / "locustfiles" / f"{scenario}.py"), "--worker", "--master-port", str(port)]
    program = [str(LOCUST)]
    if first:
        program = [sys.executable, "-c", f"import locust, locust.main\n{first}\nlocust.main.main()"]
    running.workers.append(_start([*program, *words], log, **environ))


def _start(command: list[str], log: Path, **environ: str) -> "subprocess.Popen[bytes]":
    """Start a command in a process group of its own, as a shell does."""
    with log.open("wb") as output:
        return subprocess.Popen(
            command,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **environ},
            process_group=0,
        )


def master(workers: int, port: int) -> tuple[str, ...]:
    """The flags of a master that waits for so many workers on a port."""
    bind = ("--master-bind-host", "127.0.0.1", "--master-bind-port", str(port))
    return ("--master", "--expect-workers", str(workers), *bind)


def processes(workers: int) -> tuple[str, ...]:
    """The flags of a master with so many workers, on a port that nobody else uses."""
    port = str(free_port())
    return (
        "--processes",
        str(workers),
        "--master-bind-host",
        "127.0.0.1",
        "--master-bind-port",
        port,
        "--master-port",
        port,
    )


def festival(folder: Path, *flags: str, scenario: str = "festival") -> tuple[Ended, Festival]:
    """Run a festival, or another scenario, to its end."""
    with start_festival(folder, *flags, scenario=scenario) as running:
        return running.ended(), running


def springtide(*words: object) -> Ended:
    """Run one ``springtide`` command."""
    done = subprocess.run(
        [str(SPRINGTIDE), *map(str, words)],
        cwd=ROOT,
        capture_output=True,
        timeout=DEADLINE_S,
        check=False,
        env={**os.environ, "COLUMNS": "200", "NO_COLOR": "1"},
    )
    return Ended(done.returncode, (done.stdout + done.stderr).decode())
