"""Judges one objective on one run: which seconds, which events, which interval, which verdict, in one sentence.

Data that is absent makes an objective INCONCLUSIVE, never PASS. This module must not know whether the run is valid
nor what an exit code is (``gate``).
"""

import math
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from reports.ledger_audit import AuditReport
from reports.population import GOOD_OUTCOMES, population
from reports.run_record.histogram import BUCKETS, OVERFLOW, bounds
from reports.scatter import slow_dispersion, stages
from reports.slo import Indicator, IndicatorKind, Objective
from reports.slo_source import EventSource
from reports.slo_where import OPERATORS
from reports.timeline import Cells, Timeline, offered_range_per_s
from reports.verdict import (
    BATCHES,
    ShareJudgement,
    Verdict,
    events_needed,
    quantile_ranks,
    share_test,
    t_interval,
    threshold_verdict,
)

Int64s = NDArray[np.int64]
UPPER_BOUNDS = frozenset({"<", "<="})
SAME_RATE = 1e-3
"""Offered rates that differ by less than this share are equal."""
PHI_TOLD = 2.0
"""From this phi on a sentence about too few samples tells why so many are needed."""
GOODPUT_SECONDS = 10
"""Fewest seconds that a goodput is judged on."""
GOODPUT_BATCHES = 10
GOODPUT_BATCH_S = 5
"""Goodput is averaged over 10 to 20 batches, of 5 s where the run is long enough: neighbouring seconds share their work."""


class ObjectiveResult(msgspec.Struct, frozen=True):
    """One line of the verdict. ``value``, ``low``, ``high`` and ``margin`` are in ``unit``; None = not known."""

    name: str
    display_name: str
    target: str
    verdict: Verdict
    sentence: str
    """Why the verdict is what it is."""
    unit: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    margin: float | None = None
    """Distance from the value to the limit, positive on the good side."""
    n: int = 0
    """Events judged."""
    bad: int = 0
    bad_share_low: float | None = None
    bad_share_high: float | None = None
    phi: float = 1.0
    """How many dependent events are worth one independent event."""
    stage: str = ""
    """Which seconds were asked about: ``warm`` (all but the warm-up), ``all``, the number of a segment of the curve, or ``ledger``."""


def tightest_limit_ms(objectives: list[Objective]) -> float | None:
    """The smallest latency limit of all objectives, None when none has one."""
    limits = []
    for objective in objectives:
        measure = objective.indicator.total.measure or ""
        if measure.endswith("_ms"):
            limits.append(objective.value)
        for source in (objective.indicator.total, objective.indicator.part):
            limits += [limit.limit for limit in source.limits() if limit.measure.endswith("_ms")]
    return min(limits, default=None)


def judge(objective: Objective, timeline: Timeline, audit: AuditReport | None) -> ObjectiveResult:
    """Judge one objective; total, since a missing need is a verdict too."""
    return msgspec.structs.replace(_judge(objective, timeline, audit), stage=stage_name(objective.indicator))


def stage_name(indicator: Indicator) -> str:
    """The stage of the run that an indicator asks about, in one word."""
    if indicator.kind is IndicatorKind.AUDIT:
        return "ledger"
    stage = indicator.total.stage
    return "warm" if stage is None else str(stage) if stage else "all"


def _judge(objective: Objective, timeline: Timeline, audit: AuditReport | None) -> ObjectiveResult:
    if objective.indicator.kind is IndicatorKind.AUDIT:
        return _judge_audit(objective, audit)
    seconds, missing = selected_seconds(objective.indicator.total, timeline)
    if missing:
        return _undecided(objective, missing)
    if objective.indicator.kind is IndicatorKind.GOODPUT:
        return _judge_goodput(objective, timeline, seconds)
    return _judge_share(objective, timeline, seconds)


def selected_seconds(source: EventSource, timeline: Timeline) -> tuple[Int64s, str]:
    """The seconds that ``stage`` and ``while`` pick, in order; and a sentence when there is none or none is known."""
    manifest = timeline.manifest
    at = np.arange(timeline.length_s)
    chosen = at < timeline.covered_s
    if source.stage is None:
        chosen = chosen & (at >= math.ceil(manifest.warm_up_s))
    elif source.stage:
        segment = manifest.curve.segments[source.stage - 1]
        chosen = chosen & (at >= segment.start_s) & (at < segment.end_s)
    condition = source.while_
    if condition is not None:
        limit = condition.limit
        if condition.of_capacity:
            if manifest.target.capacity_orders_per_s is None:
                return np.zeros(0, dtype=np.int64), "the manifest declares no capacity (target.capacity_orders_per_s)"
            limit *= manifest.target.capacity_orders_per_s
        low, high = offered_range_per_s(timeline.segments, timeline.length_s)
        # a second in which the curve jumps fits only when all of it does
        rate = high if condition.op in UPPER_BOUNDS else low
        # a curve that touches the limit is neither above nor below it, whatever the last digits say
        rate = np.where(np.isclose(rate, limit, rtol=SAME_RATE, atol=0), limit, rate)
        chosen = chosen & OPERATORS[condition.op](rate, limit)
    found = np.flatnonzero(chosen)
    if len(found):
        return found, ""
    return found, "no second of the run fits" + (f" while {condition.source}" if condition else "")


def _judge_audit(objective: Objective, audit: AuditReport | None) -> ObjectiveResult:
    if audit is None:
        return _undecided(objective, "the ledger was not audited: give it with --ledger FILE")
    if not audit.ran:
        return _undecided(objective, f"the audit did not run: {audit.why_not}")
    by_id = {check.id: check for check in audit.checks}
    wanted = [by_id[name] for name in objective.indicator.checks if name in by_id]
    violations = sum(check.violations for check in wanted)
    missing = [name for name in objective.indicator.checks if name not in by_id or by_id[name].state == "not_run"]
    violated = [f"{check.id} {check.violations}" for check in wanted if check.state == "violated"]
    if violated:
        verdict, sentence = Verdict.FAIL, "violated: " + ", ".join(violated)
    elif missing:
        verdict, sentence = Verdict.INCONCLUSIVE, "not run: " + ", ".join(missing)
    else:
        verdict, sentence = Verdict.PASS, f"{len(wanted)} checks are clean over {audit.confirmed} confirmed orders"
    known = None if missing and not violated else float(violations)
    return ObjectiveResult(
        objective.name, objective.display_name, target_text(objective), verdict, sentence, "violations",
        value=known, low=known, high=known, n=audit.confirmed, bad=violations,
    )  # fmt: skip


def _judge_goodput(objective: Objective, timeline: Timeline, seconds: Int64s) -> ObjectiveResult:
    capacity = timeline.manifest.target.capacity_orders_per_s
    if not capacity:
        return _undecided(objective, "the manifest declares no capacity (target.capacity_orders_per_s)")
    follows = np.isin(seconds - 1, seconds)
    seconds = seconds[follows]
    if len(seconds) < GOODPUT_SECONDS:
        return _undecided(
            objective,
            f"goodput needs {GOODPUT_SECONDS} seconds after the first of a stretch, the run has {len(seconds)}",
        )
    per_second = good_orders_by_end(timeline)[seconds]
    parts = np.array_split(per_second, min(BATCHES, max(GOODPUT_BATCHES, len(seconds) // GOODPUT_BATCH_S)))
    batches = [float(part.mean()) / capacity for part in parts]
    interval = t_interval(batches)
    verdict = threshold_verdict(interval, objective.op, objective.value)
    value = float(per_second.mean()) / capacity
    sign = 1 if objective.op in ("gt", "gte") else -1
    return ObjectiveResult(
        objective.name, objective.display_name, target_text(objective), verdict,
        f"{per_second.mean():.1f} good orders/s of {capacity:g} declared, over {len(seconds)} seconds",
        "of capacity", value=value, low=max(0.0, interval.low), high=interval.high,
        margin=sign * (value - objective.value), n=int(per_second.sum()),
    )  # fmt: skip


def good_orders_by_end(timeline: Timeline) -> Int64s:
    """Confirmed, correct orders with the coupon that was due, and wishes that are done, by the second in which they ended.

    A rate of finished work goes by the end: by intended second, a queue that grows would seem to serve more than it can
    and then nothing. The end is the scheduled arrival, as it was written ahead, + the time from wish to end.
    """
    rows = timeline.purchases
    good = rows[rows["outcome"].isin(GOOD_OUTCOMES) & rows["correct"] & rows["coupon_ok"]]
    good = good.merge(timeline.intents.drop_duplicates("wish"), on="wish")
    ends_us = (good["intended_us"] + good["intent_us"]).to_numpy(dtype=np.int64).clip(min=0)
    return np.bincount(ends_us // 1_000_000, minlength=timeline.length_s)


def _judge_share(objective: Objective, timeline: Timeline, seconds: Int64s) -> ObjectiveResult:
    target = objective.target
    events = population(timeline, objective.indicator, objective.op, objective.value)
    if events.absent:
        return _undecided(objective, events.absent)
    if not int(events.n[seconds].sum()):
        return _undecided(objective, "no such event was recorded")
    parts = np.array_split(seconds, min(BATCHES, len(seconds)))
    n, bad_min, bad_max = (
        np.array([int(counts[part].sum()) for part in parts]) for counts in (events.n, events.bad_min, events.bad_max)
    )
    limit_ms = tightest_limit_ms([objective])
    stage_of = stages(timeline.segments, seconds, len(parts))
    phi = slow_dispersion(events.latency, parts, stage_of, None if limit_ms is None else limit_ms * 1000)
    judged = share_test(bad_min, bad_max, n, target, phi)
    shown = _shown_estimate(objective, events.measured, seconds, judged)
    return ObjectiveResult(
        objective.name, objective.display_name, target_text(objective), judged.verdict, _share_sentence(judged, target),
        n=judged.n, bad=judged.bad_max, bad_share_low=judged.low, bad_share_high=judged.high, phi=judged.phi, **shown,
    )  # fmt: skip


def _share_sentence(judged: ShareJudgement, target: float) -> str:
    what = f"{judged.bad_max} of {judged.n} are bad"
    interval = f"{judged.low:.2%} to {judged.high:.2%} against {1 - target:.2%} allowed"
    if judged.verdict is Verdict.INCONCLUSIVE and judged.too_few:
        needed = events_needed(target) * judged.phi
        shared = f", since neighbours share their fate (phi {judged.phi:.0f})" if judged.phi > PHI_TOLD else ""
        return f"too few samples: {what}, {interval}; a pass needs {needed:,.0f} events{shared}"
    return f"{what}: {interval}"


def _shown_estimate(
    objective: Objective, measured: Cells | None, seconds: Int64s, judged: ShareJudgement
) -> dict[str, Any]:
    """Value, interval, margin and unit: the quantile at the target for a latency, else the good share."""
    target = objective.target
    if measured is None:
        good = 1 - judged.bad_max / judged.n
        return {"value": good, "low": 1 - judged.high, "high": 1 - judged.low, "margin": good - target, "unit": "share"}
    inside = np.isin(measured.second, seconds)
    cumulative = np.cumsum(np.bincount(measured.bucket[inside], measured.count[inside], BUCKETS))
    rank, low, high = quantile_ranks(judged.n, target, judged.phi)
    value = _at_rank_ms(cumulative, rank)
    sign = -1 if objective.op in ("gt", "gte") else 1
    return {
        "value": value,
        "low": _at_rank_ms(cumulative, low),
        "high": math.inf if high is None else _at_rank_ms(cumulative, high),
        "margin": sign * (objective.value - value),
        "unit": "ms",
    }


def _at_rank_ms(cumulative: NDArray[Any], rank: int) -> float:
    """The last value of the bucket that holds the rank; inf beyond the recorded ones, which were never answered."""
    index = int(np.searchsorted(cumulative, rank))
    return math.inf if index >= OVERFLOW else (bounds(index)[1] - 1) / 1000


def _undecided(objective: Objective, sentence: str) -> ObjectiveResult:
    unit = {IndicatorKind.AUDIT: "violations", IndicatorKind.GOODPUT: "of capacity"}.get(
        objective.indicator.kind, "share"
    )
    return ObjectiveResult(
        objective.name, objective.display_name, target_text(objective), Verdict.INCONCLUSIVE, sentence, unit
    )


def target_text(objective: Objective) -> str:
    """The objective's limit in a few characters, as in ``95 % <= 1500 ms``."""
    sign = {"lt": "<", "lte": "<=", "gt": ">", "gte": ">="}.get(objective.op, "")
    indicator: Indicator = objective.indicator
    if indicator.kind is IndicatorKind.AUDIT:
        return "no violation"
    if indicator.kind is IndicatorKind.GOODPUT:
        return f"{sign} {objective.value:g} of capacity"
    share = f"{objective.target * 100:g} %"
    if indicator.kind is IndicatorKind.RATIO:
        return f">= {share}"
    unit = " ms" if (indicator.total.measure or "").endswith("_ms") else ""
    return f"{share} {sign} {objective.value:g}{unit}"
