"""Puts simulated runs before the detector that a report uses, and counts how often and how far it was off."""

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from benchmarks.onset_calibration.results import Calm, Cell
from benchmarks.onset_calibration.series import SECONDS, Load, Step, calm, step
from reports.onset_evidence import REFUSED, Evidence
from reports.run_record.cusum import TOLERATED_SHARE
from reports.throttle_onset import Episode, RunFacts, find

ENOUGH_REFUSALS: Final = 60
FEWEST_SECONDS: Final = 4
"""A shorter episode is a blip, however bad."""
MARGIN: Final = 1.3
"""Episodes last so much longer than 60 refusals take on average, for most of them to hold 60."""


def measure_calm(rng: np.random.Generator, rate: float, load: Load, runs: int) -> Calm:
    """The false alarms of calm runs."""
    alarms = sum(bool(_episodes(calm(rng, load, rate))) for _ in range(runs))
    return Calm(rate, load.value, runs, alarms / runs)


def measure_cell(rng: np.random.Generator, rate: float, share: float, runs: int, calm_runs: Sequence[Calm]) -> Cell:
    """How soon and how well a rise is seen; ``calm_runs`` are those of the same rate. What is not found is a whole run late and off."""
    delays, errors, held = [], [], []
    for one in (step(rng, rate, share) for _ in range(runs)):
        episode = _found(one)
        delays.append(SECONDS if episode is None else episode.alarm - one.onset)
        errors.append(SECONDS if episode is None else abs(episode.second - one.onset))
        held.append(episode is not None and episode.set_first <= one.onset <= episode.set_last)
    length_s = max(FEWEST_SECONDS, math.ceil(MARGIN * ENOUGH_REFUSALS / (rate * share)))
    short = [one for one in (step(rng, rate, share, length_s) for _ in range(runs)) if one.refused >= ENOUGH_REFUSALS]
    return Cell(
        rate=rate,
        share=share,
        false_alarm=max(one.false_alarm for one in calm_runs if one.load in (Load.CONSTANT, Load.RAMPED)),
        detected=round(sum(_found(one) is not None for one in short) / max(1, len(short)), 4),
        delay_median_s=float(np.median(delays)),
        onset_error_p90_s=float(np.quantile(errors, 0.9, method="higher")),
        coverage=round(float(np.mean(held)), 4),
        runs=runs,
        episodes=len(short),
    )


def _found(one: Step) -> Episode | None:
    """The first episode of refusals whose alarm comes after the onset; an alarm before it is a false one, not a find."""
    return next((each for each in _episodes(one.evidence) if each.signal == REFUSED and each.alarm >= one.onset), None)


def _episodes(evidence: Evidence) -> list[Episode]:
    facts = RunFacts(planned_s=SECONDS, started_unix_ns=0, seed=0)
    return find(evidence, facts, tolerated_share=TOLERATED_SHARE).episodes
