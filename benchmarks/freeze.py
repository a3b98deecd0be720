"""Freezes a shop for 6 s in a 60 s run of even arrivals, and holds the recorded quantiles against the ones that must follow.

An arrival that comes while the shop is frozen waits for the thaw, and none is left out: of a run of T seconds the share slower
than x is (S - x) / T, so the quantile q is S - (1 - q) T. That holds where prompts keep the shop busy for at most 1 % of the time, so
that their backlog drains at once; its processor time for whole purchases is printed. A generator that waits for an answer before it
asks again would show one slow request for every shopper, and a p99 near nothing.

Prints a table; exits 1 when p95 or p99 is off by more than 1 %.
"""

import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from reports.run_record.histogram import Histogram
from reports.run_record.outcome import CHAT, Clock
from reports.run_record.run_directory import open_run

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
RUN_S, FROZEN_S, RATE_PER_S = 60, 6.0, 5
FROZEN_FROM_S = 20.0 + 0.5 / RATE_PER_S - 0.005
"""Just before an arrival, since samples 200 ms apart would be coarser than the tolerance otherwise."""
QUANTILES_PPM = (500_000, 900_000, 950_000, 990_000)
JUDGED_PPM = (950_000, 990_000)
TOLERANCE = 0.01
PPM, NS, US = 1_000_000, 1_000_000_000, 1_000_000
PATIENCE_S = 30.0


@contextlib.contextmanager
def stub(folder: Path) -> Iterator[tuple[str, int]]:
    """URL and process id of a shop with an open door and answers of a millisecond."""
    flags = ["--preset", "incident", "--capacity-per-s", "2000", "--service-ms", "1", "--until-stdin-closes"]
    command: list[str | Path] = [BIN / "springtide-stub", *flags, "--ledger", folder / "ledger.sqlite"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        ready: dict[str, Any] = json.loads(process.stdout.readline() if process.stdout else b"")
        try:
            yield ready["url"], process.pid
        finally:
            os.kill(process.pid, signal.SIGCONT)


def started_s(runs: Path, locust: "subprocess.Popen[bytes]") -> float:
    """The wall-clock instant of the run's second 0, once its manifest is written; exits when it never is."""
    given_up_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < given_up_s and locust.poll() is None:
        for manifest in runs.glob("*/manifest.json"):
            return float(json.loads(manifest.read_bytes())["started_unix_ns"]) / NS
        time.sleep(0.05)
    sys.exit("make freeze: the run did not start; see the output above")


def sleep_until(unix_s: float) -> None:
    """Sleep until the wall clock's instant."""
    time.sleep(max(0.0, unix_s - time.time_ns() / NS))


def cpu_s(pid: int) -> float:
    """The processor time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(folder: Path) -> tuple[Histogram, float]:
    """The response times of the prompts of one run in which the shop is frozen, and for what share of it the shop was busy."""
    runs = folder / "runs"
    with stub(folder) as (url, pid):
        flags = ["--host", url, "--rate", RATE_PER_S, "--duration", f"{RUN_S}s", "--arrivals", "even", "-u", "500"]
        command = [BIN / "locust", "-f", "locustfiles/steady.py", "--headless", "--runs", runs, *flags]
        with (folder / "locust.txt").open("wb") as output:
            locust = subprocess.Popen(list(map(str, command)), cwd=ROOT, stdout=output, stderr=subprocess.STDOUT)
        try:
            frozen_from_s = started_s(runs, locust) + FROZEN_FROM_S
            idle_s = cpu_s(pid)
            sleep_until(frozen_from_s)
            os.kill(pid, signal.SIGSTOP)
            sleep_until(frozen_from_s + FROZEN_S)
            os.kill(pid, signal.SIGCONT)
            locust.wait(RUN_S + PATIENCE_S)
            busy = (cpu_s(pid) - idle_s) / RUN_S
        finally:
            locust.kill()
            locust.wait()
    table = open_run(runs / "latest").table("histograms").to_pylist()
    histogram = Histogram()
    for row in table:
        if (row["step"], row["clock"]) == (CHAT, Clock.RESPONSE):
            histogram.add_sparse(row["buckets"], row["counts"], row["sum_us"], row["max_us"])
    return histogram, busy


def main() -> int:
    """Freeze, measure and print the table."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    with tempfile.TemporaryDirectory() as folder:
        histogram, busy = measure(Path(folder))
    lines = [
        f"{histogram.n} prompts in {RUN_S} s, shop frozen for {FROZEN_S:g} s and busy for {busy:.1%} of the run",
        "quantile   expected s  measured s     off %",
    ]
    worst = 0.0
    for ppm in QUANTILES_PPM:
        expected_s = max(0.0, FROZEN_S - (1 - ppm / PPM) * RUN_S)
        measured_s = (histogram.quantile_us(ppm) or 0.0) / US
        off = measured_s / expected_s - 1 if ppm in JUDGED_PPM else None
        worst = max(worst, abs(off or 0.0))
        lines.append(
            f"p{ppm / 10_000:<8g}{expected_s:>12.3f}{measured_s:>12.3f}{'' if off is None else f'{off:>10.2%}'}"
        )
    is_right = worst <= TOLERANCE and histogram.n == RUN_S * RATE_PER_S
    sys.stdout.write("\n".join([*lines, "ok" if is_right else "WRONG", ""]))
    return 0 if is_right else 1


if __name__ == "__main__":
    sys.exit(main())
