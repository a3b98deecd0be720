"""Measures the stub on one core with its ledger on, and kills it; prints a table and writes benchmarks/results/stub.json.

python -m benchmarks.stub                             all of it, as `make bench-stub` does
python -m benchmarks.stub --only kill9 --kills 5      a part; then no JSON is written
python -m benchmarks.stub --only kill9 --ledger postgresql://...    kills on a shared ledger
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.generator.bench_machine import ROOT, BenchError, cores, machine
from benchmarks.stub.kill9 import kill_rounds
from benchmarks.stub.load import BARE, CHECKOUT, STREAMS
from benchmarks.stub.programs import Sample, measure
from benchmarks.stub.results import missed, result, write

RESULT = ROOT / "benchmarks" / "results" / "stub.json"
KILL9 = "kill9"
PARTS = (BARE, CHECKOUT, STREAMS, KILL9)
USAGE, MISSED = 2, 1


def options() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="interleaved rounds (5)")
    parser.add_argument("--seconds", type=float, default=5.0, help="length of each counted window (5)")
    parser.add_argument("--warm-up", type=float, default=2.0, help="seconds before it (2)")
    parser.add_argument("--kills", type=int, default=20, help="rounds of kill -9 (20)")
    parser.add_argument("--ledger", help="of the kills: a postgresql:// URL (a SQLite file of its own)")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="parts to measure (all)")
    parser.add_argument("--result", type=Path, default=RESULT, help="the JSON file that is written")
    return parser


def row(sample: Sample) -> str:
    """A sample as a line of text."""
    return (
        f"round {sample.round}  {sample.mode:<9}{sample.requests_per_s:>9,.0f} /s{sample.cpu_us_per_request:>8.1f} us CPU"
        f"{sample.server_share:>6.0%} of its core, load {sample.load_share:.0%}{sample.rss_mb:>6.0f} MB"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what was chosen; 1 when a goal is missed or a program fails."""
    chosen = options().parse_args(arguments)
    where = cores()
    samples: list[Sample] = []
    killed = None
    try:
        for number in range(1, chosen.rounds + 1):
            for mode in (part for part in PARTS[:-1] if part in chosen.only):
                with tempfile.TemporaryDirectory() as folder:
                    samples.append(
                        measure(mode, number, where, Path(folder), warm_up_s=chosen.warm_up, seconds=chosen.seconds)
                    )
                print(row(samples[-1]), flush=True)
        if KILL9 in chosen.only:
            with tempfile.TemporaryDirectory() as folder:
                ledger = chosen.ledger or Path(folder) / "ledger.sqlite"
                killed = kill_rounds(chosen.kills, ledger, Path(folder), core=where.server)
            print(killed)
    except BenchError as error:
        print(f"make bench-stub: {error}", file=sys.stderr)
        return USAGE
    found = result(
        samples,
        killed,
        date=f"{datetime.now(UTC):%Y-%m-%d}",
        machine=machine(),
        cores=f"stub on core {where.server}, load on core {where.generator}",
        rounds=chosen.rounds,
        seconds=chosen.seconds,
    )
    if set(chosen.only) == set(PARTS):
        write(found, chosen.result)
        print(f"written to {chosen.result}")
    sentences = missed(found)
    for sentence in sentences:
        print(f"make bench-stub: {sentence}", file=sys.stderr)
    return MISSED if sentences else 0


if __name__ == "__main__":
    sys.exit(main())
