"""How many replicas a peak needs: N = ceil(lambda_d A / (c_lo u eff)) + spare, with every input a value that can be shown.

lambda_d is the peak with three standard deviations of its chance, A the attempts that a wish costs, c_lo the lower one-sided 95 %
limit of what one replica holds, u how full a replica may be planned, eff what each still holds among the others. Pure: every random
number from a seed.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from reports.capacity_model import Scaling, Usl

Floats = NDArray[np.float64]

FEWEST_RUNS = 5
"""Ramps that an interval of one replica's capacity needs."""
ONE_SIDED = 0.95
TAILS = (0.05, 0.95)
DRAWS, LAW_DRAWS = 100_000, 4000
"""With an assumed efficiency, and with a law, where each draw costs a row of numbers of replicas."""
EFFICIENCY_SD = 0.02
"""How far an efficiency that somebody assumes may be off, as a standard deviation."""
CHANCE = 3.0
MOST_REPLICAS = 1_000_000
"""More than this is a mistyped load."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is decided or assumed, not measured."""

    utilisation: float = 0.7
    scatter: float = 2.0
    """Index of dispersion of arrivals: 1 random, 2 to 5 a flash crowd."""
    spare: int = 1
    """Replicas beyond what the peak needs, against the loss of so many."""
    zones: int | None = None
    """With zones, the spare is what one lost zone holds."""
    amplification: tuple[float, float, float] = (1.0, 1.0, 1.0)
    """Attempts that a wish costs: least, likeliest, most."""
    efficiency: float | None = None
    """Assumed; None = as the runs show."""
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Need:
    """What one peak needs. Replicas are before the spare; None = not known."""

    design_per_s: float
    """lambda_d: the peak and three standard deviations of its chance, wishes per second."""
    work_per_s: float
    """lambda_d A: with the attempts that refused shoppers add."""
    replicas: int | None
    low: int | None
    high: int | None
    """90 % interval."""
    spare: int | None
    at_least: int | None
    """Where the runs do not reach: the fewest replicas, if each further one held as much as the last that is known."""
    why_not: str = ""

    @property
    def total(self) -> int | None:
        """Replicas with the spare."""
        return None if self.replicas is None or self.spare is None else self.replicas + self.spare


def design_rate(rates_per_s: Sequence[float], scatter: float) -> float:
    """max over t of rate + 3 sqrt(scatter x rate), per second: what a second of the peak may bring."""
    return max(rate + CHANCE * math.sqrt(scatter * rate) for rate in rates_per_s)


def lower_capacity(per_replica: Sequence[float]) -> float | None:
    """c_lo = exp(mean ln c - t_{.95, n-1} s / sqrt(n)), per second; None for fewer than five runs."""
    if len(per_replica) < FEWEST_RUNS:
        return None
    logs = np.log(np.asarray(per_replica, dtype=np.float64))
    t = float(stats.t.ppf(ONE_SIDED, len(logs) - 1))
    return float(np.exp(logs.mean() - t * logs.std(ddof=1) / math.sqrt(len(logs))))


def spare_of(replicas: int, plan: Plan) -> int:
    """The spare: ``plan.spare``, or with z zones at least ceil(N / (z - 1))."""
    return plan.spare if plan.zones is None else max(plan.spare, math.ceil(replicas / (plan.zones - 1)))


def need(rates_per_s: Sequence[float], per_replica: Sequence[float], scaling: Scaling, plan: Plan) -> Need:
    """Replicas for a peak, from the capacities per replica of at least five runs with the fewest replicas.

    With fewer runs there is no number. Without an assumed efficiency the law of the runs says what each replica holds among
    the others; where it does not reach so far, ``at_least`` says the best case.
    """
    design = design_rate(rates_per_s, plan.scatter)
    work = design * plan.amplification[1]
    empty = Need(design, work, None, None, None, None, None)
    lower = lower_capacity(per_replica)
    if lower is None:
        runs = "1 run" if len(per_replica) == 1 else f"{len(per_replica)} runs"
        why = f"{runs} with {scaling.base} replica{'s' * (scaling.base > 1)}, and {FEWEST_RUNS} are needed to know how far runs differ"
        return Need(design, work, None, None, None, None, None, why)
    if work / (lower * plan.utilisation) > MOST_REPLICAS:
        return Need(design, work, None, None, None, None, None, f"more than {MOST_REPLICAS:,} replicas: check the load")
    if plan.efficiency is not None:
        return _assumed(empty, lower, per_replica, plan, plan.efficiency)
    return _measured(empty, lower, per_replica, scaling, plan)


def _assumed(empty: Need, lower: float, per_replica: Sequence[float], plan: Plan, efficiency: float) -> Need:
    rng = np.random.default_rng(plan.seed)
    held, tries = _capacity_draws(per_replica, rng, DRAWS), _attempt_draws(plan, rng, DRAWS)
    shares = np.clip(rng.normal(efficiency, EFFICIENCY_SD, DRAWS), EFFICIENCY_SD, 1.0)
    drawn = np.ceil(empty.design_per_s * tries / (held * plan.utilisation * shares))
    low, high = np.quantile(drawn, TAILS)
    replicas = math.ceil(empty.work_per_s / (lower * plan.utilisation * efficiency))
    return Need(
        empty.design_per_s, empty.work_per_s, replicas, int(low), int(high), spare_of(replicas, plan), None
    )  # fmt: skip


def _measured(empty: Need, lower: float, per_replica: Sequence[float], scaling: Scaling, plan: Plan) -> Need:
    limit = scaling.limit
    wanted = empty.work_per_s / plan.utilisation
    replicas = _first(_held(scaling.law, scaling, lower), wanted)
    if replicas is None:
        ends = min(limit, max(1, round(scaling.law.best))) if math.isfinite(scaling.law.best) else limit
        share = scaling.law.efficiency(ends, scaling.base)
        least = max(limit + 1, math.ceil(wanted / (lower * share)))
        why = scaling.refusal(least) or "more replicas would not hold more"
        return Need(empty.design_per_s, empty.work_per_s, None, None, None, None, least, why)
    low, high = _interval(empty, per_replica, scaling, plan)
    return Need(
        empty.design_per_s, empty.work_per_s, replicas, low, high, spare_of(replicas, plan), None,
        "" if high is not None or not scaling.draws else "the upper end lies beyond what the runs can tell",
    )  # fmt: skip


def _held(law: Usl, scaling: Scaling, per_replica: float) -> Floats:
    """What 1, 2, ... ``limit`` replicas hold, when each of the fewest measured holds ``per_replica``."""
    first = scaling.base if scaling.counts == 1 else 1
    counts = range(first, scaling.limit + 1)
    held = np.array([n * per_replica * law.efficiency(n, scaling.base) for n in counts])
    return np.concatenate([np.zeros(first - 1), held])


def _first(held: Floats, wanted: float) -> int | None:
    """The fewest replicas that hold ``wanted``."""
    enough = np.flatnonzero(held >= wanted)
    return int(enough[0]) + 1 if len(enough) else None


def _interval(empty: Need, per_replica: Sequence[float], scaling: Scaling, plan: Plan) -> tuple[int | None, int | None]:
    """The 90 % interval over capacity, attempts and law; an end beyond the law's reach is None."""
    if not scaling.draws:
        return None, None
    rng = np.random.default_rng(plan.seed)
    held, tries = _capacity_draws(per_replica, rng, LAW_DRAWS), _attempt_draws(plan, rng, LAW_DRAWS)
    ends = []
    for form in scaling.draws:
        shares = np.array([_held(law, scaling, 1.0) for law in form])[np.arange(LAW_DRAWS) % len(form)]
        enough = shares * held[:, None] >= (empty.design_per_s * tries / plan.utilisation)[:, None]
        first = np.where(enough.any(axis=1), enough.argmax(axis=1) + 1.0, np.inf)
        ends.append(np.quantile(first, TAILS, method="nearest"))
    low, high = min(float(one[0]) for one in ends), max(float(one[1]) for one in ends)
    return (int(low) if math.isfinite(low) else None), (int(high) if math.isfinite(high) else None)


def _capacity_draws(per_replica: Sequence[float], rng: np.random.Generator, count: int) -> Floats:
    """exp(mean ln c + t s / sqrt(n)), t with n - 1 degrees of freedom."""
    logs = np.log(np.asarray(per_replica, dtype=np.float64))
    drawn: Floats = np.exp(logs.mean() + logs.std(ddof=1) / math.sqrt(len(logs)) * rng.standard_t(len(logs) - 1, count))
    return drawn


def _attempt_draws(plan: Plan, rng: np.random.Generator, count: int) -> Floats:
    low, likely, high = plan.amplification
    return rng.triangular(low, likely, high, count) if low < high else np.full(count, likely)
