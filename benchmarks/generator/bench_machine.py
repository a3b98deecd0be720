"""Processes on cores of their own, and what they cost: the only file of the benchmark that starts anything.

The bench server has the first core this process may use, the generator the second; with one core both share it.
"""

import contextlib
import http.client
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_BYTES_PER_MB = 1_000_000
_NS_PER_S = 1_000_000_000
_FIRST_REQUEST_S = 60.0
_POLL_S = 0.05
_END_S = 30.0
_SAID_LINES = 5
_STAT_UTIME, _STAT_STIME = 11, 12
"""Places in /proc/PID/stat after the command's name."""


class BenchError(Exception):
    """A program of the benchmark did not do its part; the text says which and what it said."""


class Cores(NamedTuple):
    """Where server and generator run."""

    server: int
    generator: int

    @property
    def are_apart(self) -> bool:
        """Whether each has a core of its own."""
        return self.server != self.generator


def cores() -> Cores:
    """The first and the last of the cores that this process may use."""
    usable = sorted(os.sched_getaffinity(0))
    return Cores(usable[0], usable[min(1, len(usable) - 1)])


def machine() -> str:
    """The machine and what runs on it, in one line."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    cpu = models[0] if models else platform.machine()
    versions = ", ".join(f"{name} {version(name)}" for name in ("locust", "gevent", "uvloop"))
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{os.cpu_count()} x {cpu}, {platform.system()} {platform.release()}, {python}, {versions}"


class Reading(NamedTuple):
    """What the server has counted at an instant, and what a process has cost by then."""

    at_ns: int
    requests: int
    streams: int
    journeys: int
    cpu_s: float
    rss_mb: float
    server_idle_s: float
    """Time in which the server, which never sleeps, had nothing to do."""
    kernel_s: float = 0.0
    """The part of ``cpu_s`` that the process was in the kernel."""


class Window(NamedTuple):
    """What happened between two readings."""

    requests_per_s: float
    cpu_us_per_request: float
    cpu_share: float
    server_share: float
    rss_mb: float
    kernel_us_per_request: float = 0.0


def between(first: Reading, last: Reading) -> Window:
    """The rates between two readings; ZeroDivisionError when no request or no time lies between them."""
    seconds = (last.at_ns - first.at_ns) / _NS_PER_S
    requests = last.requests - first.requests
    cpu_s = last.cpu_s - first.cpu_s
    server_share = 1 - (last.server_idle_s - first.server_idle_s) / seconds
    kernel_us = (last.kernel_s - first.kernel_s) / requests * 1e6
    return Window(requests / seconds, cpu_s / requests * 1e6, cpu_s / seconds, server_share, last.rss_mb, kernel_us)


def cpu_s_in(stat: str) -> tuple[float, float]:
    """CPU seconds of a process, all of its threads, and those in the kernel, from the text of its /proc/PID/stat."""
    fields = stat.rpartition(")")[2].split()
    user_s, kernel_s = (int(fields[place]) / _TICKS_PER_S for place in (_STAT_UTIME, _STAT_STIME))
    return user_s + kernel_s, kernel_s


class Program:
    """A child process on one core; its output goes to a file."""

    def __init__(
        self, command: Sequence[str | Path], *, core: int, output: Path, environment: Mapping[str, str] | None = None
    ) -> None:
        """Start it in the repository's root."""
        self.name = " ".join(str(part) for part in command)
        self._output = output
        with _pinned(core), output.open("wb") as said:
            self.process = subprocess.Popen(
                [str(part) for part in command],
                cwd=ROOT,
                env={**os.environ, **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for the benchmark, which then ends its children
            )

    def __enter__(self) -> Self:
        """The program itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it if it still runs."""
        self.end()

    def cpu_s(self) -> tuple[float, float]:
        """CPU seconds so far, and those in the kernel."""
        return cpu_s_in(Path(f"/proc/{self.process.pid}/stat").read_text(encoding="utf-8"))

    def rss_mb(self) -> float:
        """Resident memory."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text(encoding="ascii").split()[1])
        return pages * _PAGE_BYTES / _BYTES_PER_MB

    def said(self) -> str:
        """Everything it has printed."""
        return self._output.read_text(encoding="utf-8", errors="replace")

    def check_runs(self) -> None:
        """BenchError when it has ended."""
        if self.process.poll() is not None:
            raise BenchError(f"{self.name} ended with {self.process.returncode}: {self._last_words()}")

    def wait(self, seconds: float, *, codes: Sequence[int] = (0,)) -> None:
        """Wait for its own end; BenchError when it takes longer or ends with another code."""
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise BenchError(f"{self.name} does not end: {self._last_words()}") from None
        if code not in codes:
            raise BenchError(f"{self.name} ended with {code}: {self._last_words()}")

    def end(self) -> None:
        """Terminate it, kill it when that does not help."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(_END_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def _last_words(self) -> str:
        return " / ".join(self.said().strip().splitlines()[-_SAID_LINES:]) or "it said nothing"


class Server(Program):
    """The bench server; ``url`` is where it listens."""

    def __init__(self, folder: Path, *, core: int, hold_ms: float | None = None) -> None:
        """Start it and wait until it listens; with ``hold_ms`` it keeps ``log`` and holds back first content."""
        self.log = folder / "server.log"
        logging: list[str | Path] = [] if hold_ms is None else ["--log", self.log, "--hold-ms", str(hold_ms)]
        command: list[str | Path] = [sys.executable, "-m", "benchmarks.generator.server", *logging]
        super().__init__(command, core=core, output=folder / "server.out")
        until_s = time.monotonic() + _END_S
        while "\n" not in (said := self.said()):
            self.check_runs()
            if time.monotonic() > until_s:
                self.end()
                raise BenchError("The bench server does not listen.")
            time.sleep(_POLL_S)
        self.url = str(json.loads(said.partition("\n")[0])["url"])
        self._client = http.client.HTTPConnection(self.url.partition("//")[2], timeout=_END_S)

    def counts(self) -> dict[str, Any]:
        """The server's own counters and the instant at which it read them."""
        self._client.request("GET", "/bench/counts")
        told: dict[str, Any] = json.loads(self._client.getresponse().read())
        return told

    def read(self, generator: Program) -> Reading:
        """The counters, and what the generator has cost by then."""
        generator.check_runs()
        told = self.counts()
        cpu_s, kernel_s = generator.cpu_s()
        return Reading(
            told["at_ns"],
            told["requests"],
            told["streams"],
            told["journeys"],
            cpu_s,
            generator.rss_mb(),
            told["idle_ns"] / _NS_PER_S,
            kernel_s,
        )

    def wait_for_load(self, generator: Program) -> None:
        """Wait for the generator's first request."""
        until_s = time.monotonic() + _FIRST_REQUEST_S
        while not self.counts()["requests"]:
            generator.check_runs()
            if time.monotonic() > until_s:
                raise BenchError(f"{generator.name} sends nothing.")
            time.sleep(_POLL_S)

    def end(self) -> None:
        """Close the control connection and terminate the server, which then writes its log."""
        self._client.close()
        super().end()


def missing(tools: Sequence[str]) -> list[str]:
    """Which of the programs are not installed here."""
    return [tool for tool in tools if shutil.which(tool) is None]


@contextlib.contextmanager
def _pinned(core: int) -> Iterator[None]:
    """Children that start meanwhile run on this core: they inherit it."""
    usable = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, usable)
