"""Runs whose capacity is known: stairs over a door that lets so many in, with so many replicas told."""

from pathlib import Path

from reports.run_capacity import RunCapacity
from reports.run_record.schema import TargetFacts
from tests.helpers.synthetic_run import Wishes, write_run


def stairs(capacity_per_s: float, *, replicas: int | None = None, seed: int = 1) -> Wishes:
    """Twenty seconds below the capacity and thirty above it."""
    target = TargetFacts("stub", "http://127.0.0.1:1", "acp", capacity_per_s, replicas=replicas)
    rates = ((20, 0.5 * capacity_per_s), (30, 1.5 * capacity_per_s))
    return Wishes(rates=rates, capacity_per_s=capacity_per_s, seed=seed, manifest={"target": target})


def write_stairs(folder: Path, capacities: dict[int, list[float]]) -> list[Path]:
    """A run for each capacity, by number of replicas."""
    return [
        write_run(folder / f"{replicas}-{place}", stairs(per_s, replicas=replicas, seed=place + 1))
        for replicas, values in capacities.items()
        for place, per_s in enumerate(values)
    ]


def found(replicas: int, per_s: float | None, **fields: object) -> RunCapacity:
    """What a run says; without a capacity it is left out."""
    values: dict[str, object] = {
        "run": f"run-{replicas}-{per_s}", "replicas": replicas, "replicas_known": True, "capacity_per_s": per_s,
        "low": per_s and per_s - 1, "high": per_s and per_s + 1, "station": "chat", "station_by": "refusals",
        "attempts": 1.0, "prompts_per_order": 1.0, "why_not": "" if per_s else "it never offered more",
    }  # fmt: skip
    return RunCapacity(**{**values, **fields})  # type: ignore[arg-type]  # the struct's own types are those of the table
