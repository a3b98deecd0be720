"""What `make capacity` found: live runs, the prediction and the coverage, as JSON and as the README's table."""

from pathlib import Path
from statistics import fmean
from typing import Final

import msgspec

from benchmarks.capacity.coverage import ShortRun
from benchmarks.capacity.live_runs import CONTENTION, PER_REPLICA, REPLICAS, LiveRun, Verdict

COMMAND: Final = "python -m benchmarks.capacity"
"""What stands in the mark before the table in the README."""
COVERAGE_GOAL: Final = 0.9


class Result(msgspec.Struct, frozen=True):
    """All of it."""

    date: str
    machine: str
    live: list[LiveRun]
    prediction: Verdict
    short: list[ShortRun]

    @property
    def held(self) -> int:
        """Short runs whose interval holds the truth."""
        return sum(one.holds for one in self.short)

    @property
    def is_met(self) -> bool:
        """Whether the prediction holds, and nine in ten intervals of short runs do."""
        return self.prediction.within and self.held >= COVERAGE_GOAL * len(self.short)


def markdown(result: Result) -> str:
    """One row a number of replicas, then a sentence each on the prediction and on the short runs."""
    rows = ["| replicas | the stub says, orders/s | measured | runs |", "|---:|---:|---:|---:|"]
    for replicas in REPLICAS:
        runs = [one for one in result.live if one.replicas == replicas]
        found = [one.found.capacity_per_s for one in runs if one.found.capacity_per_s]
        declared = next((f"{one.declared_per_s:.1f}" for one in runs if one.declared_per_s), "-")
        measured = f"{fmean(found):.1f} ({min(found):.1f} to {max(found):.1f})" if found else "none"
        rows.append(f"| {replicas} | {declared} | {measured} | {len(found)} of {len(runs)} |")
    own = result.prediction
    smaller = " and ".join(map(str, REPLICAS[:-1]))
    if own.low is None or own.high is None or own.measured_per_s is None:
        said = f"From {smaller} replicas nothing can be said of {own.replicas}: too few runs could be used."
    else:
        said = (
            f"From {smaller} replicas, {own.replicas} were predicted to hold {own.low:.1f} to {own.high:.1f} orders/s; they held "
            f"{own.measured_per_s:.1f}: {'within' if own.within else 'OUTSIDE'}."
        )
    replica = f"One replica is good for {PER_REPLICA:g} orders/s, {CONTENTION:.0%} of the work is done one at a time."
    short = (
        f"Of {len(result.short)} short runs in virtual time, {result.held} intervals of 95 % hold the true capacity."
    )
    return "\n".join([*rows, "", f"{said} {replica}", short, f"{result.date}, {result.machine}."]) + "\n"


def write(result: Result, path: Path) -> None:
    """Write the result as JSON that people can read."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(result), indent=2) + b"\n")


def read(path: Path) -> Result:
    """The result in a file; msgspec.DecodeError when it is no result."""
    return msgspec.json.decode(path.read_bytes(), type=Result)
