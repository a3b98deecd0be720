"""Holds reported onsets against the stub's own truth log: five festivals with five seeds, and one below capacity.

Prints a table; exits 1 when an onset is off by more than a second (or by the mean wait for the first refusal, 1 / (rate x share),
where that is longer), or when the run below capacity has one.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
LARGEST_ERROR_S = 1.0
BELOW_CAPACITY = ("--capacity-share", "2")


@dataclass(frozen=True, slots=True)
class Row:
    """One run: what was reported and what is true, in seconds from the run's start; None = no onset."""

    name: str
    gate_exit: int
    reported_s: int | None
    true_s: float | None
    off_s: float | None
    offered_per_s: float | None
    waiting_s: float
    """The mean wait for the first refusal once throttling has begun."""

    @property
    def is_right(self) -> bool:
        """Whether the report agrees with the truth."""
        if self.true_s is None or self.off_s is None:
            return self.true_s is None and self.reported_s is None
        return abs(self.off_s) <= max(LARGEST_ERROR_S, self.waiting_s)


def measure(name: str, flags: tuple[str, ...]) -> Row:
    """Run one festival and ask for its onset."""
    with tempfile.TemporaryDirectory() as runs:
        festival = [str(BIN / "locust"), "-f", "locustfiles/festival.py", "--headless", "--runs", runs, *flags]
        code = subprocess.run(festival, cwd=ROOT, capture_output=True, check=False).returncode
        run = Path(runs) / "latest"
        onset: list[str | Path] = [BIN / "springtide", "onset", run, "--truth", run / "stub" / "truth.jsonl", "--json"]
        told = json.loads(subprocess.run(onset, cwd=ROOT, capture_output=True, check=True).stdout)
    first = next((episode for episode in told["onset"]["episodes"] if episode["signal"] == "refused"), None)
    truth = told["truth"]
    return Row(
        name=name,
        gate_exit=code,
        reported_s=first and first["second"],
        true_s=truth["true_second"],
        off_s=truth["difference_s"],
        offered_per_s=first and first["offered_per_s"],
        waiting_s=first["of"] / first["refused"] / first["offered_per_s"] if first else 0.0,
    )


def line(row: Row) -> str:
    """The row as text."""

    def shown(value: float | None) -> str:
        return "none" if value is None else f"{value:.2f}"

    return (
        f"{row.name:<16}{row.gate_exit:>5}{shown(row.reported_s):>12}{shown(row.true_s):>10}{shown(row.off_s):>9}"
        f"{shown(row.offered_per_s):>12}  {'ok' if row.is_right else 'WRONG'}"
    )


def tell(text: str) -> None:
    """Print a line at once, since a run takes minutes."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> int:
    """Run everything and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--duration", default="60s", help="length of each run")
    parser.add_argument("--seeds", type=int, default=5, help="how many throttled runs")
    arguments = parser.parse_args()
    length = ("--duration", arguments.duration)
    runs = [(f"seed {seed}", (*length, "--seed", str(seed))) for seed in range(1, arguments.seeds + 1)]
    runs.append(("below capacity", (*length, *BELOW_CAPACITY)))
    tell(f"{'run':<16}{'gate':>5}{'reported s':>12}{'true s':>10}{'off s':>9}{'offered/s':>12}")
    rows = []
    for name, flags in runs:
        rows.append(measure(name, flags))
        tell(line(rows[-1]))
    return 0 if all(row.is_right for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
