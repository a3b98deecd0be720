"""How often the capacity interval of one short run holds the truth: the stub's admission and station, in virtual time.

Forty runs of a minute each: stairs of 0.5, 0.9, 1.3 and 1.7 times a capacity that differs from run to run, at a token bucket or at a
station with a bounded queue. What comes out goes through ``settled`` and ``capacity_of``, as ``springtide capacity`` does it.
"""

import random
from collections import Counter
from typing import Final

import msgspec
import numpy as np

from benchmarks.doors.virtual_service import VirtualService, poisson_ns
from reports.onset_load import jumps_of, settled
from reports.run_record.schema import CurveSegment
from reports.saturation import Capacity, capacity_of
from target_stub.admission.arrival import Arrival
from target_stub.admission.ticket import Outcome, Refusal
from target_stub.admission.token_bucket import TokenBucket
from target_stub.capacity.service_time import service_times
from target_stub.clock import NS_PER_S

RUNS: Final = 40
LEVELS: Final = (0.5, 0.9, 1.3, 1.7)
STEP_S: Final = 15
LEAST_PER_S, MOST_PER_S = 20.0, 100.0
SERVICE_MS: Final = 250.0
ROOM_S: Final = 4.0
"""Above the bucket the station has so much more room, as the stub's has; alone it queues for at most a second."""


class ShortRun(msgspec.Struct, frozen=True):
    """One run: what the target holds, and the interval that was found; None = none was found."""

    door: str
    true_per_s: float
    per_s: float | None
    low: float | None
    high: float | None

    @property
    def holds(self) -> bool:
        """Whether the interval holds the truth."""
        return self.low is not None and self.high is not None and self.low <= self.true_per_s <= self.high


def short_runs(count: int = RUNS) -> list[ShortRun]:
    """So many runs, the doors in turn."""
    return [short_run(seed, ("bucket", "queue")[seed % 2]) for seed in range(count)]


def short_run(seed: int, door: str) -> ShortRun:
    """One run; everything of it follows from the seed."""
    truth_per_s = random.Random(seed).uniform(LEAST_PER_S, MOST_PER_S)
    servers = round(truth_per_s * SERVICE_MS / 1000) + 1
    if door == "queue":
        truth_per_s = servers * 1000 / SERVICE_MS
    offered, good = served(seed, door, truth_per_s, servers)
    found: Capacity | None = capacity_of(offered, good, seed)
    if found is None:
        return ShortRun(door, truth_per_s, None, None, None)
    return ShortRun(door, truth_per_s, found.per_s, found.low, found.high)


def served(seed: int, door: str, truth_per_s: float, servers: int) -> tuple[np.ndarray, np.ndarray]:
    """Offered and served wishes per second, by the second in which they came."""
    service = VirtualService(
        round(servers * ROOM_S) if door == "bucket" else servers,
        service_times("lognormal", SERVICE_MS, cv=0.5, rng=random.Random(f"{seed}/service")),
        **({"door": TokenBucket(truth_per_s)} if door == "bucket" else {"queue_limit": round(truth_per_s)}),
    )
    counts: Counter[int] = Counter()
    segments = [
        CurveSegment(place * STEP_S, (place + 1) * STEP_S, level * truth_per_s, level * truth_per_s)
        for place, level in enumerate(LEVELS)
    ]

    def ask(second: int) -> None:
        def told(outcome: Outcome) -> None:
            counts[second] += not isinstance(outcome, Refusal)

        service.ask(Arrival("chat", "shopper"), told)

    for place, one in enumerate(segments):
        for at_ns in poisson_ns(one.start_per_s, STEP_S, seed * len(LEVELS) + place):
            begun_ns = at_ns + place * STEP_S * NS_PER_S
            service.at(begun_ns, lambda second=begun_ns // NS_PER_S: ask(second))  # type: ignore[misc]  # mypy infers no default of a lambda
    service.run()
    length = STEP_S * len(LEVELS)
    keep = settled(jumps_of(segments), length)
    offered = np.repeat([one.start_per_s for one in segments], STEP_S)
    return offered[keep], np.array([counts[second] for second in range(length)], dtype=np.float64)[keep]
