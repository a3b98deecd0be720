"""Live runs against the embedded stub with one, two and four replicas, measured as ``springtide capacity`` measures them."""

import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from reports.capacity_model import Prediction, scaling_of
from reports.run_capacity import RunCapacity, run_capacity
from reports.run_record.run_directory import open_run

ROOT: Final = Path(__file__).resolve().parents[2]
REPLICAS: Final = (1, 2, 4)
PREDICTED: Final = REPLICAS[-1]
PER_REPLICA: Final = 10.0
"""Orders per second of one replica."""
CONTENTION: Final = 0.03
"""So that four replicas hold less than four times one: 36.7 orders/s, not 40."""
LOW, HIGH = 0.6, 1.5
"""The two steps, as shares of what the replicas would hold without contention."""
STEP_S: Final = 15
WITHIN_S: Final = 8.0
TRIES: Final = 2


class LiveRun(msgspec.Struct, frozen=True):
    """One run: what the stub says that it holds, and what the run says."""

    replicas: int
    seed: int
    declared_per_s: float | None
    found: RunCapacity


class Verdict(msgspec.Struct, frozen=True):
    """The largest number of replicas: predicted from the smaller ones, and measured. Orders per second; None = no runs to tell."""

    replicas: int
    per_s: float | None
    low: float | None
    high: float | None
    measured_per_s: float | None
    within: bool


def live_run(replicas: int, seed: int, runs: Path) -> LiveRun:
    """Run stairs of two steps and measure them."""
    full = PER_REPLICA * replicas
    stairs = [
        *(str(Path(sys.executable).parent / "locust"), "-f", "locustfiles/stairs.py", "--headless", "--only-summary"),
        *("--from-rate", f"{LOW * full:g}", "--to-rate", f"{HIGH * full:g}", "--step-rate", f"{(HIGH - LOW) * full:g}"),
        *("--step-length", f"{STEP_S}s", "--capacity", f"{PER_REPLICA:g}", "--replicas", str(replicas)),
        *("--replica-contention", f"{CONTENTION:g}", "--seed", str(seed), "--runs", str(runs)),
    ]
    subprocess.run(stairs, cwd=ROOT, capture_output=True, check=False)
    run = open_run((runs / "latest").resolve())
    declared = run.manifest.target.capacity_orders_per_s
    return LiveRun(replicas, seed, declared, run_capacity(run, within_s=WITHIN_S, replicas=None))


def live_runs(wanted: int, told: Callable[[LiveRun], None]) -> list[LiveRun]:
    """So many usable runs of each number of replicas, in turns; a run that is not usable is kept and another made, twice as many at most."""
    found: list[LiveRun] = []
    for seed in range(1, TRIES * wanted + 1):
        for replicas in REPLICAS:
            usable = sum(one.replicas == replicas and one.found.capacity_per_s is not None for one in found)
            if usable < wanted:
                with tempfile.TemporaryDirectory() as folder:
                    found.append(live_run(replicas, seed, Path(folder)))
                told(found[-1])
    return found


def held_against(runs: list[LiveRun]) -> Verdict:
    """Predict the largest number of replicas from the smaller ones, and hold it against the geometric mean of its own runs."""
    held: dict[int, list[float]] = {}
    for one in runs:
        if one.found.capacity_per_s:
            held.setdefault(one.replicas, []).append(one.found.capacity_per_s)
    own = held.pop(PREDICTED, [])
    measured = scaling_of({PREDICTED: own}, 1).law.per_s(PREDICTED) if own else None
    found = scaling_of(held, 1).predict(PREDICTED) if held else ""
    if not isinstance(found, Prediction):
        return Verdict(PREDICTED, None, None, None, measured, within=False)
    inside = None not in (found.low, found.high, measured) and found.low <= measured <= found.high  # type: ignore[operator]  # none of them is None
    return Verdict(PREDICTED, found.per_s, found.low, found.high, measured, within=inside)
