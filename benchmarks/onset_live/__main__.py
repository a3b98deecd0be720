"""`python -m benchmarks.onset_live`: thirty-four live runs, whose reported onsets are held against the stub's truth log.

Each row is written to `benchmarks/results/onset-live.json` when its run is over, and into the README's table; runs that are there already are
left out, so that it goes on where it was ended. Twenty-five minutes in all. Exits 1 when a row is wrong or missing.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from benchmarks.onset_live.live_table import markdown, paste
from benchmarks.onset_live.matrix import Case, cases
from benchmarks.onset_live.one_run import measure
from benchmarks.onset_live.results import RESULT, Result, read, write

SEED: Final = 1


def chosen(result: Result, only: str, *, again: bool) -> list[Case]:
    """The cases whose name holds ``only`` and that have no row yet, or all of them ``again``."""
    there = set() if again else {row.key for row in result.rows}
    return [case for case in cases() if only in case.name and (case.technique, case.voice, case.load) not in there]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what is missing, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.onset_live", description=__doc__)
    parser.add_argument(
        "--table", action="store_true", help="run nothing and print the table of what has been measured"
    )
    parser.add_argument("--again", action="store_true", help="run also what has been measured")
    parser.add_argument("--only", default="", help="run only the cases whose name holds this text, as in 'AIMD, soft'")
    options = parser.parse_args(arguments)
    result = read(RESULT)
    for case in [] if options.table else chosen(result, options.only, again=options.again):
        with tempfile.TemporaryDirectory() as folder:
            row = measure(case, SEED, Path(folder))
        print(
            f"{case.name}: reported {row.reported_s}, true {row.true_s}: {'ok' if row.is_right else 'WRONG'}",
            flush=True,
        )
        result = read(RESULT).with_row(row)
        write(result, RESULT)
        paste(result)
    print(markdown(result), end="")
    return 0 if len(result.rows) == len(list(cases())) and all(row.is_right for row in result.rows) else 1


if __name__ == "__main__":
    sys.exit(main())
