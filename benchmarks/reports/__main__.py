"""Judges and renders nine hours with ten million orders; writes benchmarks/results/reports.json.

python -m benchmarks.reports                      all of it, as `make bench-reports` does; 6 GB in a temporary folder
python -m benchmarks.reports --run FOLDER         the run is written there, or used when it is there already
python -m benchmarks.reports --only gate          without the page; then no JSON is written

The run is synthetic (``synthetic.py``): it has no ledger, so the audit is off and the objective that needs it is inconclusive.
Its files are in the page cache, as those of a run that has just ended are.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import msgspec

from benchmarks.generator.bench_machine import BIN, ROOT, BenchError, machine
from benchmarks.reports.results import Result, missed, write
from reports.exit_codes import ExitCode
from reports.run_record.outcome import Outcome
from reports.run_record.schema import Finished, Manifest

RESULT = ROOT / "benchmarks" / "results" / "reports.json"
SLO = ROOT / "reports" / "slos" / "festival.yaml"
GATE, RENDER = "gate", "render"
SPRINGTIDE = BIN / "springtide"
USAGE, MISSED = 2, 1
_KIB_PER_MIB = 1024


class Cost(NamedTuple):
    """What one command took."""

    code: int
    wall_s: float
    cpu_s: float
    rss_mb: float
    said: str


def cost_of(command: Sequence[str | Path], output: Path) -> Cost:
    """Run a command to its end; everything that it prints goes to ``output``."""
    begun_s = time.monotonic()
    with output.open("wb") as said:
        actions = [(os.POSIX_SPAWN_DUP2, said.fileno(), descriptor) for descriptor in (1, 2)]
        words = [str(part) for part in command]
        child = os.posix_spawn(words[0], words, os.environ, file_actions=actions)
        _, status, usage = os.wait4(child, 0)
    return Cost(
        os.waitstatus_to_exitcode(status),
        time.monotonic() - begun_s,
        usage.ru_utime + usage.ru_stime,
        usage.ru_maxrss / _KIB_PER_MIB,
        output.read_text(encoding="utf-8", errors="replace"),
    )


def gate_cost(run: Path, output: Path) -> Cost:
    """Judge the run; BenchError unless the answer is the one that its missing ledger leaves."""
    cost = cost_of([SPRINGTIDE, GATE, run, "--slo", SLO], output)
    if cost.code != ExitCode.INCONCLUSIVE or "valid: the generator was on time" not in cost.said:
        raise BenchError(
            f"springtide gate ended with {cost.code} instead of {ExitCode.INCONCLUSIVE:d}: {cost.said[-500:]}"
        )
    return cost


def render_cost(run: Path, page: Path, output: Path) -> Cost:
    """Render the page; BenchError when the command does not know the verb or fails."""
    cost = cost_of([SPRINGTIDE, RENDER, run, "--html", page, "--slo", SLO], output)
    if cost.code != ExitCode.PASS or not page.is_file():
        raise BenchError(f"springtide render ended with {cost.code} and left no page: {cost.said[-500:]}")
    return cost


def options() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, help="where the run is, or is to be written (a temporary folder)")
    parser.add_argument("--seconds", type=int, help="write a run of this length with 100 orders/s instead")
    parser.add_argument("--only", choices=(GATE,), help="leave the page out, and write no JSON")
    parser.add_argument("--result", type=Path, default=RESULT, help="the JSON file that is written")
    return parser


def measure(run: Path, seconds: int | None, folder: Path, *, with_page: bool) -> Result:
    """Write the run where it is missing, judge it and render it."""
    write_s = None
    if not (run / "finished.json").is_file():
        begun_s = time.monotonic()
        # in a process of its own, since a child begins with its parent's memory as its peak
        length = [] if seconds is None else [str(seconds)]
        written = cost_of([sys.executable, "-m", "benchmarks.reports.synthetic", run, *length], folder / "write.txt")
        if written.code:
            raise BenchError(f"the run was not written: {written.said[-500:]}")
        write_s = round(time.monotonic() - begun_s, 1)
    page = folder / "page.html"
    gate = gate_cost(run, folder / "gate.txt")
    render = render_cost(run, page, folder / "render.txt") if with_page else None
    finished = msgspec.json.decode((run / "finished.json").read_bytes(), type=Finished)
    manifest = msgspec.json.decode((run / "manifest.json").read_bytes(), type=Manifest)
    return Result(
        gate_s=round(gate.wall_s, 2),
        gate_rss_mb=round(gate.rss_mb),
        gate_cpu_s=round(gate.cpu_s, 2),
        gate_exit_code=gate.code,
        render_s=None if render is None else round(render.wall_s, 2),
        page_mb=None if render is None else round(page.stat().st_size / 1e6, 2),
        orders=finished.outcomes[Outcome.CONFIRMED],
        seconds=round(manifest.duration_s),
        run_mb=round(sum(file.stat().st_size for file in run.iterdir()) / 1e6),
        write_s=write_s,
        machine=machine(),
        date=f"{datetime.now(UTC):%Y-%m-%d}",
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what was chosen; 1 when a goal is missed, 2 when a command fails."""
    chosen = options().parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        try:
            found = measure(
                chosen.run or Path(folder) / "run", chosen.seconds, Path(folder), with_page=chosen.only is None
            )
        except BenchError as error:
            print(f"make bench-reports: {error}", file=sys.stderr)
            return USAGE
    print(msgspec.json.format(msgspec.json.encode(found), indent=2).decode())
    if chosen.only is None:
        write(found, chosen.result)
        print(f"written to {chosen.result}")
    sentences = missed(found)
    for sentence in sentences:
        print(f"make bench-reports: {sentence}", file=sys.stderr)
    return MISSED if sentences else 0


if __name__ == "__main__":
    sys.exit(main())
