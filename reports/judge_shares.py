"""Judges a share: of bad events against what is allowed. A latency limit is one too: the share that is slower."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reports.cells import Cells
from reports.error_budget import budget_of, period_of
from reports.explain import quantile_line, share_explanation
from reports.finding import Finding, undecided
from reports.population import Population, population
from reports.run_record.histogram import BUCKETS, OVERFLOW, bounds
from reports.scatter import slow_dispersion, stages
from reports.selection import planned_share
from reports.slo import SIGNS, IndicatorKind, Objective
from reports.slo_where import Not, written
from reports.timeline import Timeline
from reports.verdict import (
    BATCHES,
    ShareJudgement,
    Verdict,
    dispersion,
    events_needed,
    quantile_ranks,
    share_test,
)

Int64s = NDArray[np.int64]
PHI_TOLD = 2.0
"""From this phi on a sentence about too few samples tells why so many are needed."""


def judge_share(objective: Objective, timeline: Timeline, seconds: Int64s, limit_ms: float | None) -> Finding:
    """Judge a ratio, or a threshold with a target; ``limit_ms`` is the tightest latency limit in it."""
    events = population(timeline, objective.indicator, objective.op, objective.value)
    if events.absent:
        return undecided(events.absent, "share")
    if not int(events.n[seconds].sum()):
        return undecided("no such event was recorded", "share")
    parts = np.array_split(seconds, min(BATCHES, len(seconds)))
    n, bad_min, bad_max = (
        np.array([int(counts[part].sum()) for part in parts]) for counts in (events.n, events.bad_min, events.bad_max)
    )
    stage_of = stages(timeline.segments, seconds, len(parts))
    slow_phi = slow_dispersion(events.latency, parts, stage_of, None if limit_ms is None else limit_ms * 1000)
    judged = share_test(bad_min, bad_max, n, objective.target, slow_phi)
    phis = (dispersion(bad_max, n), slow_phi)
    needed = events_needed(objective.target) * judged.phi
    shown = _shown_estimate(objective, events, seconds, judged)
    explanation = share_explanation(judged, objective.target, phis, len(parts), needed, bad_means(objective))
    if shown["unit"] == "ms":
        explanation.lines.append(quantile_line(shown["value"], shown["low"], shown["high"]))
    return Finding(
        judged.verdict,
        _sentence(judged, objective.target),
        explain=explanation,
        n=judged.n,
        bad=judged.bad_max,
        bad_share_low=judged.low,
        bad_share_high=judged.high,
        phi=judged.phi,
        budget=budget_of(
            _within(events.bad_max, seconds),
            _within(events.n, seconds),
            objective.target,
            planned_events=judged.n * planned_share(objective.indicator.total, timeline, seconds),
            period=period_of(objective.window, timeline.manifest.duration_s),
        ),
        **shown,
    )


def _within(counts: Int64s, seconds: Int64s) -> Int64s:
    """The counts of these seconds, from the first to the last of them, 0 where a second between is not judged."""
    kept = np.zeros_like(counts)
    kept[seconds] = counts[seconds]
    return kept


def bad_means(objective: Objective) -> str:
    """What makes an event bad, in words."""
    indicator = objective.indicator
    if indicator.kind is IndicatorKind.THRESHOLD:
        unit = " ms" if (indicator.total.measure or "").endswith("_ms") else ""
        return f"neither done nor confirmed, or not {indicator.total.measure} {SIGNS[objective.op]} {objective.value:g}{unit}"
    return written(Not(indicator.part.where) if indicator.part_is_good else indicator.part.where) or "nothing"


def _sentence(judged: ShareJudgement, target: float) -> str:
    what = f"{judged.bad_max} of {judged.n} are bad"
    interval = f"{judged.low:.2%} to {judged.high:.2%} against {1 - target:.2%} allowed"
    if judged.verdict is Verdict.INCONCLUSIVE and judged.too_few:
        needed = events_needed(target) * judged.phi
        shared = f", since neighbours share their fate (phi {judged.phi:.0f})" if judged.phi > PHI_TOLD else ""
        return f"too few samples: {what}, {interval}; a pass needs {needed:,.0f} events{shared}"
    return f"{what}: {interval}"


def _shown_estimate(
    objective: Objective, events: Population, seconds: Int64s, judged: ShareJudgement
) -> dict[str, Any]:
    """Value, interval, margin and unit: the quantile that the limit is about for a latency, else the good share."""
    target, measured = objective.target, events.measured
    if measured is None:
        good = 1 - judged.bad_max / judged.n
        return {"value": good, "low": 1 - judged.high, "high": 1 - judged.low, "margin": good - target, "unit": "share"}
    is_floor = objective.op in ("gt", "gte")
    cumulative = cumulative_of(measured, seconds)
    # a floor that 99 % must exceed is about the first percentile
    rank, low, high = quantile_ranks(judged.n, 1 - target if is_floor else target, judged.phi)
    value = at_rank_ms(cumulative, rank)
    return {
        "value": value,
        "low": at_rank_ms(cumulative, low),
        "high": math.inf if high is None else at_rank_ms(cumulative, high),
        "margin": (-1 if is_floor else 1) * (objective.value - value),
        "unit": "ms",
    }


def cumulative_of(measured: Cells, seconds: Int64s) -> NDArray[Any]:
    """How many values of these seconds lie in each bucket or below it."""
    inside = np.isin(measured.second, seconds)
    return np.cumsum(np.bincount(measured.bucket[inside], measured.count[inside], BUCKETS))


def at_rank_ms(cumulative: NDArray[Any], rank: int) -> float:
    """The last value of the bucket that holds the rank; inf beyond the recorded ones, which were never answered."""
    index = int(np.searchsorted(cumulative, rank))
    return math.inf if index >= OVERFLOW else (bounds(index)[1] - 1) / 1000
