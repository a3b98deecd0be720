"""The target stub as a child process: on a free loopback port, awaited until it is ready, gone however the run ends.

The child holds the read end of a pipe and leaves when it closes, so not even ``kill -9`` of the generator leaves an orphan.
This module must not import the stub: the two programs meet on the wire.
"""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import gevent
import msgspec

READY_DEADLINE_S = 30.0
END_DEADLINE_S = 10.0
LEDGER = Path("stub") / "ledger.sqlite"
TRUTH = Path("stub") / "truth.jsonl"


class StubError(Exception):
    """The stub did not come up; the text is one sentence for the user."""


class _Ready(msgspec.Struct):
    url: str
    pid: int
    capacity_orders_per_s: float


@dataclass(frozen=True, slots=True)
class StubOrder:
    """What the embedded stub is asked to be."""

    capacity_per_s: float
    incident: bool
    voice: str
    seed: int
    replicas: int = 1
    contention: float = 0.0
    """Share of the work that replicas do one at a time."""

    def arguments(self, run_path: Path) -> list[str]:
        """The command-line arguments of the stub for a run directory."""
        return [
            *("--port", "0"),
            *("--preset", "incident" if self.incident else "graceful"),
            *("--capacity-per-s", f"{self.capacity_per_s:.6g}"),
            *("--voice", self.voice),
            *("--seed", str(self.seed)),
            *("--replicas", str(self.replicas)),
            *("--replica-sigma", f"{self.contention:g}"),
            *("--ledger", str(run_path / LEDGER)),
            *("--truth", str(run_path / TRUTH)),
            "--until-stdin-closes",
        ]


class EmbeddedStub:
    """A running stub: ``url``, ``capacity_orders_per_s``, and ``end()``."""

    def __init__(self, process: "subprocess.Popen[bytes]", ready: _Ready) -> None:
        """Hold a stub that has said it is ready."""
        self._process = process
        self.url = ready.url
        self.capacity_orders_per_s = ready.capacity_orders_per_s

    @classmethod
    def start(cls, order: StubOrder, run_path: Path) -> "EmbeddedStub":
        """Start the stub and wait for it; StubError when it ends or stays silent for half a minute."""
        (run_path / LEDGER).parent.mkdir(parents=True, exist_ok=True)
        log = (run_path / LEDGER).parent / "stderr.log"
        with log.open("wb") as stderr:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "target_stub", *order.arguments(run_path)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                start_new_session=True,  # Ctrl-C is for the generator, which then ends the stub in order
            )
        assert process.stdout is not None  # noqa: S101 - stdout is a pipe by the call above
        waiting = gevent.spawn(process.stdout.readline)
        waiting.join(READY_DEADLINE_S)
        line = waiting.value or b""
        waiting.kill()
        try:
            return cls(process, msgspec.json.decode(line, type=_Ready))
        except msgspec.DecodeError:
            process.kill()
            process.wait()
            _close_pipes(process)
            said = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
            msg = f"The embedded stub did not start: {said[-1] if said else 'it said nothing'}. Its log is {log}."
            raise StubError(msg) from None

    def end(self) -> None:
        """Close the stub's standard input, so that it commits its books and leaves; kill it when it does not."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(timeout=END_DEADLINE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        _close_pipes(self._process)


def _close_pipes(process: "subprocess.Popen[bytes]") -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
