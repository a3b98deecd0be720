"""The result of the stub's benchmark, and its JSON file."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.stub.kill9 import RESTART_LIMIT_S, Killed
from benchmarks.stub.load import BARE, CHECKOUT, STREAMS
from benchmarks.stub.programs import Sample

CHECKOUT_NEEDED, CHECKOUT_WANTED = 10_000, 15_000
STREAMS_NEEDED, STREAMS_WANTED = 4_000, 5_500


@dataclass(frozen=True, slots=True)
class Result:
    """What is written: the figures of the goals, then what explains them."""

    date: str
    machine: str
    cores: str
    rounds: int
    seconds: float
    connections: int
    checkout_requests_per_s: float | None
    """Median over the rounds; create, apply card and complete in equal parts."""
    streams_per_s: float | None
    bare_requests_per_s: float | None
    """A fixed reply of the same stack, in turn with the others."""
    checkout_cpu_us: float | None
    streams_cpu_us: float | None
    bare_cpu_us: float | None
    checkout_vs_bare: float | None
    """CPU of a checkout request / CPU of a bare reply: what a busy machine disturbs least."""
    streams_vs_bare: float | None
    kill9_rounds: int
    kill9_lost: int | None
    kill9: dict[str, Any] | None
    samples: list[dict[str, Any]]


def result(
    samples: Sequence[Sample],
    killed: Killed | None,
    *,
    date: str,
    machine: str,
    cores: str,
    rounds: int,
    seconds: float,
) -> Result:
    """Medians over the rounds; None of what was not measured."""

    def middle(mode: str, field: str) -> float | None:
        values = [getattr(sample, field) for sample in samples if sample.mode == mode]
        return round(median(values), 1) if values else None

    cpu = {mode: middle(mode, "cpu_us_per_request") for mode in (BARE, CHECKOUT, STREAMS)}
    bare = cpu[BARE]
    ratios = {mode: round(us / bare, 2) if us and bare else None for mode, us in cpu.items()}
    return Result(
        date=date,
        machine=machine,
        cores=cores,
        rounds=rounds,
        seconds=seconds,
        connections=256,
        checkout_requests_per_s=middle(CHECKOUT, "requests_per_s"),
        streams_per_s=middle(STREAMS, "requests_per_s"),
        bare_requests_per_s=middle(BARE, "requests_per_s"),
        checkout_cpu_us=cpu[CHECKOUT],
        streams_cpu_us=cpu[STREAMS],
        bare_cpu_us=bare,
        checkout_vs_bare=ratios[CHECKOUT],
        streams_vs_bare=ratios[STREAMS],
        kill9_rounds=killed.rounds if killed else 0,
        kill9_lost=killed.lost if killed else None,
        kill9=killed._asdict() if killed else None,
        samples=[sample._asdict() for sample in samples],
    )


def write(found: Result, path: Path) -> None:
    """Write it for people and machines."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(asdict(found), indent=1) + "\n", encoding="utf-8")


def missed(found: Result) -> list[str]:
    """A sentence for every goal that was measured and not reached."""
    goals = (
        ("checkout requests/s", found.checkout_requests_per_s, CHECKOUT_NEEDED),
        ("chat streams/s", found.streams_per_s, STREAMS_NEEDED),
    )
    sentences = [
        f"{value:,.0f} {what}, at least {needed:,} are needed"
        for what, value, needed in goals
        if value and value < needed
    ]
    if found.kill9 and (found.kill9["lost"] or found.kill9["doubled"]):
        sentences.append(f"kill -9 cost orders: {found.kill9}")
    if found.kill9 and found.kill9["slowest_restart_s"] > RESTART_LIMIT_S:
        sentences.append(
            f"a restart took {found.kill9['slowest_restart_s']} s, at most {RESTART_LIMIT_S:g} s are allowed"
        )
    return sentences
