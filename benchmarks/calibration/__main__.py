"""Counts how often the gate is wrong at the limit of an objective; writes benchmarks/results/calibration.json.

python -m benchmarks.calibration              1,000 runs for each autocorrelation, as `make calibrate` does
python -m benchmarks.calibration --runs 50    fewer; then no JSON is written
python -m benchmarks.calibration --table      prints the table of the last result again, for the README
"""

import argparse
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from benchmarks.calibration.results import Line, line_of, markdown, missed, read, result_of, write
from benchmarks.calibration.runs import judged

RESULT = Path(__file__).parents[1] / "results" / "calibration.json"
AUTOCORRELATIONS = (0.0, 0.5, 0.8)
RUNS = 1_000
MISSED = 1


def options() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=RUNS, help=f"runs for each autocorrelation ({RUNS})")
    parser.add_argument("--seed", type=int, default=1, help="of the first run; the others count on (1)")
    parser.add_argument("--table", action="store_true", help="print the last result's table and measure nothing")
    parser.add_argument("--result", type=Path, default=RESULT, help="the JSON file that is written or read")
    return parser


def lines(runs: int, seed: int) -> list[Line]:
    """Judge the runs of each autocorrelation, on every core."""
    seeds = range(seed, seed + runs)
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        return [line_of(rho, list(pool.map(partial(judged, rho), seeds, chunksize=25))) for rho in AUTOCORRELATIONS]


def main(arguments: Sequence[str] | None = None) -> int:
    """Count; 1 when a goal is missed."""
    chosen = options().parse_args(arguments)
    if chosen.table:
        print(markdown(read(chosen.result)), end="")
        return 0
    found = result_of(lines(chosen.runs, chosen.seed), chosen.seed)
    print(markdown(found), end="")
    if chosen.runs == RUNS:
        write(found, chosen.result)
        print(f"written to {chosen.result}")
    sentences = missed(found)
    for sentence in sentences:
        print(f"make calibrate: {sentence}", file=sys.stderr)
    return MISSED if sentences else 0


if __name__ == "__main__":
    sys.exit(main())
