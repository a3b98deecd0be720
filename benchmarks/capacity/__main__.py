"""Predicts four replicas from one and two and measures them, and counts how often a capacity's interval holds the truth.

python -m benchmarks.capacity              five runs of each, about ten minutes, as `make capacity` does it
python -m benchmarks.capacity --runs 3     fewer; then nothing is written
"""

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from benchmarks.capacity.coverage import short_runs
from benchmarks.capacity.live_runs import ROOT, LiveRun, held_against, live_runs
from benchmarks.capacity.results import COMMAND, Result, markdown, write
from benchmarks.generator.bench_machine import machine
from benchmarks.generator.command_line import at_least_one, pasted, tell

RESULT: Final = ROOT / "benchmarks" / "results" / "capacity.json"
README: Final = ROOT / "README.md"
RUNS: Final = 5


def line(one: LiveRun) -> str:
    """A live run as a line of text."""
    found = one.found
    said = f"{found.capacity_per_s:.1f}" if found.capacity_per_s else f"none: {found.why_not}"
    return f"{one.replicas} replicas, seed {one.seed}: the stub says {one.declared_per_s or 0:.1f} orders/s, measured {said}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run everything, print the table, write it; 1 when the prediction or the coverage misses."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--runs", type=at_least_one, default=RUNS, help=f"live runs of each number of replicas ({RUNS})"
    )
    chosen = parser.parse_args(arguments)
    live = live_runs(chosen.runs, lambda one: tell(line(one)))
    date = datetime.now(UTC).date().isoformat()
    result = Result(date, machine(), live, held_against(live), short_runs())
    table = markdown(result)
    print(table, end="")
    if chosen.runs == RUNS:
        write(result, RESULT)
        README.write_text(pasted(README.read_text(encoding="utf-8"), table, COMMAND), encoding="utf-8")
    return 0 if result.is_met else 1


if __name__ == "__main__":
    sys.exit(main())
