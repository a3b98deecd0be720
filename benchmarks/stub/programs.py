"""The programs of the stub's benchmark: whatever listens, on the first core, and the load, on the second."""

import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import httpx

from benchmarks.generator.bench_machine import BenchError, Cores, Program
from benchmarks.stub import wire
from benchmarks.stub.load import BARE, CHECKOUT, STREAMS

_POLL_S = 0.01
_LISTENS_S = 30.0
_CLAIMS_S = 120.0
_NS_PER_S = 1_000_000_000
CONNECTIONS = 256
MOST_PURCHASES_PER_S = 8_000
"""Cards are claimed for so many purchases of every second: more than a core can make."""
FAST = ("--preset", "incident", "--capacity-per-s", "20000", "--service-ms", "0.01", "--service-law", "deterministic")
"""A stub whose modelled capacity is out of the way: what is measured is its code."""
TOKENS = ("--answer-pace", "tokens", "--token-gap-cv", "0", "--delta-bytes", str(wire.PIECE_BYTES))
"""Every event of an answer in a write of its own."""


class Listening(Program):
    """A server that says in its first line where it listens."""

    def __init__(self, command: Sequence[str | Path], folder: Path, *, core: int) -> None:
        """Start it and wait for that line."""
        super().__init__([sys.executable, *command], core=core, output=folder / "server.out")
        until_s = time.monotonic() + _LISTENS_S
        while "\n" not in (said := self.said()):
            self.check_runs()
            if time.monotonic() > until_s:
                self.end()
                raise BenchError(f"{self.name} does not listen.")
            time.sleep(_POLL_S)
        self.ready: dict[str, Any] = json.loads(said.partition("\n")[0])
        self.url = str(self.ready["url"])
        self.port = int(self.url.rpartition(":")[2])

    def counters(self) -> dict[str, Any]:
        """What a stub's control door counts."""
        token = {"authorization": f"Bearer {self.ready['control_token']}"}
        told: dict[str, Any] = httpx.get(f"{self.ready['control_url']}/control/counters", headers=token).json()
        return told


def stub(ledger: Path | str, folder: Path, *arguments: str, core: int) -> Listening:
    """A stub with its ledger on."""
    command = ["-m", "target_stub", "--port", "0", *FAST, "--ledger", str(ledger), *arguments]
    return Listening(command, folder, core=core)


class Sample(NamedTuple):
    """One window of one round."""

    mode: str
    round: int
    requests_per_s: float
    """Answers a second; of streams, whole streams."""
    cpu_us_per_request: float
    """Of the server, all of its threads."""
    server_share: float
    """The part of the window in which the server was on its core."""
    load_share: float
    """The same of the load."""
    rss_mb: float


def measure(mode: str, number: int, where: Cores, folder: Path, *, warm_up_s: float, seconds: float) -> Sample:
    """One fresh server under load for one window; BenchError when anything failed or both sides count differently."""
    purchases = round((warm_up_s + seconds) * MOST_PURCHASES_PER_S) if mode == CHECKOUT else 0
    if mode == BARE:
        server = Listening(["-m", "benchmarks.stub.bare"], folder, core=where.server)
    else:
        server = stub(folder / "ledger.sqlite", folder, *TOKENS, core=where.server)
    options: dict[str, object] = {
        "--port": server.port,
        "--connections": CONNECTIONS,
        "--purchases": purchases,
        "--warm-up": warm_up_s,
        "--seconds": seconds,
    }
    flags = [str(part) for pair in options.items() for part in pair]
    command = [sys.executable, "-m", "benchmarks.stub.load", mode, *flags]
    with server, Program(command, core=where.generator, output=folder / "load.out") as load:
        first = _told(load, 1, _CLAIMS_S + warm_up_s)
        before, load_before = server.cpu_s()[0], load.cpu_s()[0]
        last = _told(load, 2, seconds + _LISTENS_S)
        after, load_after, rss_mb = server.cpu_s()[0], load.cpu_s()[0], server.rss_mb()
        total = _told(load, 3, _LISTENS_S)
        load.wait(_LISTENS_S)
        if total["failures"] or total["wrong_streams"]:
            raise BenchError(f"{mode}: {total['failures']} failures, the first: {total['first_failure']}; {total}")
        if mode != BARE:
            _same(mode, total, server.counters())
    answered, elapsed_s = last["answered"] - first["answered"], (last["at_ns"] - first["at_ns"]) / _NS_PER_S
    cpu_s = after - before
    return Sample(
        mode,
        number,
        answered / elapsed_s,
        cpu_s / answered * 1e6,
        cpu_s / elapsed_s,
        (load_after - load_before) / elapsed_s,
        rss_mb,
    )


def _told(load: Program, line: int, patience_s: float) -> dict[str, Any]:
    until_s = time.monotonic() + patience_s
    while (said := load.said()).count("\n") < line:
        if load.process.poll() not in {None, 0}:
            load.check_runs()
        if time.monotonic() > until_s:
            raise BenchError(f"{load.name} does not get on.")
        time.sleep(_POLL_S)
    counts: dict[str, Any] = json.loads(said.splitlines()[line - 1])
    return counts


def _same(mode: str, load: dict[str, Any], stub_counts: dict[str, Any]) -> None:
    """BenchError unless the stub has counted what the load has."""
    if mode == STREAMS:
        pairs = {"streams": (load["answered"], stub_counts["chat"]["served"])}
    else:
        shop = stub_counts["shop"]
        pairs = {"sessions": (load["created"], shop["sessions"]), "orders": (load["completed"], shop["orders"])}
    for what, (counted, at_stub) in pairs.items():
        if counted != at_stub:
            raise BenchError(f"The load counted {counted} {what}, the stub {at_stub}.")
