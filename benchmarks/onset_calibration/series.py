"""Second-by-second counts of runs whose truth is known, as the evidence that a run record gives.

Ten minutes each. Arrivals are random (Poisson) about the load; each wish is refused by itself with the second's share. What was
calm is refused exactly as much as is tolerated: the hardest case, both for false alarms and for a date.
"""

from enum import StrEnum
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from reports.onset_evidence import COUPON_MISSING, HARD, NO_PROGRESS, QUEUED, REFUSED, SHED, SOFT, Evidence
from reports.onset_load import jumps_of
from reports.run_record.cusum import TOLERATED_SHARE
from reports.run_record.schema import CurveSegment

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]

SECONDS: Final = 600
EARLIEST, LATEST = 150, 450
"""An onset lies in one of these seconds: [150, 450)."""
RAMP_FROM, RAMP_TO = 0.3, 1.7
"""A ramp goes from .3 to 1.7 times the rate."""
BLIP_SHARE, BLIP_CHANCE = 0.05, 0.005
"""In one of 200 seconds the target refuses one of 20."""


class Load(StrEnum):
    """What a calm run is like."""

    CONSTANT = "constant"
    RAMPED = "ramped"
    BLIPS = "one-second blips"


class Step(NamedTuple):
    """A run in which the refused share rises from one second on; until the end, or until calm returns in ``end``."""

    evidence: Evidence
    onset: int
    end: int
    refused: int
    """Refusals in the episode."""


def calm(rng: np.random.Generator, load: Load, rate: float) -> Evidence:
    """A run that refuses all that is tolerated and, blips apart, no more."""
    low, high = (RAMP_FROM * rate, RAMP_TO * rate) if load is Load.RAMPED else (rate, rate)
    blips = (rng.random(SECONDS) < BLIP_CHANCE) & (load is Load.BLIPS)
    return _evidence(rng, CurveSegment(0.0, SECONDS, low, high), np.where(blips, BLIP_SHARE, TOLERATED_SHARE))


def step(rng: np.random.Generator, rate: float, share: float, length_s: int | None = None) -> Step:
    """A constant load of which ``share`` more is refused from a second on, for good or for ``length_s`` seconds."""
    onset = int(rng.integers(EARLIEST, LATEST))
    end = SECONDS if length_s is None else min(SECONDS, onset + length_s)
    shares = np.full(SECONDS, TOLERATED_SHARE)
    shares[onset:end] += share
    evidence = _evidence(rng, CurveSegment(0.0, SECONDS, rate, rate), shares)
    return Step(evidence, onset, end, int(evidence.signals[REFUSED][onset:end].sum()))


def _evidence(rng: np.random.Generator, segment: CurveSegment, shares: Floats) -> Evidence:
    """What a record tells of a run whose target says no by a status: the other signals were watched and never seen."""
    offered = np.linspace(segment.start_per_s, segment.end_per_s, 2 * SECONDS + 1)[1::2]
    ended = rng.poisson(offered).astype(np.int64)
    refused = rng.binomial(ended, shares).astype(np.int64)
    nothing = np.zeros_like(refused)
    return Evidence(
        signals={
            REFUSED: refused, HARD: refused, SOFT: nothing, QUEUED: nothing, NO_PROGRESS: nothing, COUPON_MISSING: nothing, SHED: nothing
        },
        ended=ended,
        released=ended,
        offered=offered,
        goodput=None,
        segments=[segment],
        jumps=jumps_of([segment]),
        scatter=1.0,
        warm_up_s=0,
    )  # fmt: skip
