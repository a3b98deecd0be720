"""`python -m benchmarks.onset_calibration`: how soon and how well the detector sees a rise that is known, and how often it sees none.

Prints and writes the table and `benchmarks/results/onset.json`; exits 1 when a goal is missed.
"""

import argparse
import sys
from typing import Final

import numpy as np
from msgspec import structs

from benchmarks.onset_calibration.live_cost import cpu_share
from benchmarks.onset_calibration.measure import measure_calm, measure_cell
from benchmarks.onset_calibration.onset_table import markdown, paste
from benchmarks.onset_calibration.results import RESULT, Result, write
from benchmarks.onset_calibration.series import SECONDS, Load
from reports.run_record.cusum import TOLERATED_SHARE

SEED: Final = 20261111
RATES: Final = (50.0, 300.0, 3000.0)
SHARES: Final = (0.005, 0.02, 0.10, 0.50)
RUNS: Final = 400
CALM_RUNS: Final = 1000


def calibrate(seed: int, runs: int, calm_runs: int) -> Result:
    """All cells; each has its own random numbers, so that none depends on another's."""
    cells, calm = [], []
    for place, rate in enumerate(RATES):
        quiet = [
            measure_calm(np.random.default_rng([seed, place, number]), rate, load, calm_runs)
            for number, load in enumerate(Load)
        ]
        calm += quiet
        for number, share in enumerate(SHARES):
            rng = np.random.default_rng([seed, place, len(Load) + number])
            cells.append(measure_cell(rng, rate, share, runs, quiet))
    return Result(seed, SECONDS, TOLERATED_SHARE, cells, calm)


def main() -> int:
    """Calibrate, print the table, and write it and the result; with fewer runs than usual, only print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.onset_calibration", description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS, help="runs with an onset, a rate and share")
    parser.add_argument("--calm-runs", type=int, default=CALM_RUNS, help="runs without, a rate and load")
    arguments = parser.parse_args()
    result = structs.replace(calibrate(SEED, arguments.runs, arguments.calm_runs), live_cpu_share=cpu_share())
    table = markdown(result)
    print(table, end="")
    if (arguments.runs, arguments.calm_runs) == (RUNS, CALM_RUNS):
        write(result, RESULT)
        paste(result)
    return 1 if result.misses else 0


if __name__ == "__main__":
    sys.exit(main())
