"""Judges one objective on one run: which seconds, which events, which way of judging, which verdict, in one sentence.

Data that is absent makes an objective INCONCLUSIVE, never PASS. This module must not know whether the run is valid
nor what an exit code is (``gate``).
"""

import msgspec

from reports.error_budget import Budget
from reports.explain import Explanation, budget_lines, seconds_line
from reports.finding import Finding, undecided
from reports.judge_onset import judge_onset
from reports.judge_rates import judge_rate
from reports.judge_shares import judge_share
from reports.judge_statistics import judge_statistic
from reports.ledger_audit import AuditReport
from reports.selection import scope_text, selected_seconds
from reports.slo import SIGNS, Indicator, IndicatorKind, Objective
from reports.slo_values import Quantity
from reports.throttle_onset import OnsetReport
from reports.timeline import Timeline
from reports.verdict import Verdict


class ObjectiveResult(msgspec.Struct, frozen=True):
    """One line of the verdict. ``value``, ``low``, ``high`` and ``margin`` are in ``unit``; None = not known."""

    name: str
    display_name: str
    target: str
    verdict: Verdict
    sentence: str
    """Why the verdict is what it is."""
    unit: str
    """``ms``, ``share``, ``of capacity``, ``per s``, ``s`` (second of the run), ``count`` or ``violations``."""
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
    explain: Explanation | None = None
    """How the verdict came about; ``gate --explain`` prints it."""
    budget: Budget | None = None
    """Of a share: what it may spend and has spent."""
    scope: str = ""
    """Which events of which seconds were judged."""


def tightest_limit_ms(objectives: list[Objective]) -> float | None:
    """The smallest latency limit of all objectives, None when none has one."""
    limits = []
    for objective in objectives:
        measure = objective.indicator.total.measure or ""
        if measure.endswith("_ms") and objective.indicator.total.statistic != "value":
            limits.append(objective.value)
        for source in (objective.indicator.total, objective.indicator.part):
            limits += [limit.limit for limit in source.limits() if limit.measure.endswith("_ms")]
    return min(limits, default=None)


def judge(
    objective: Objective, timeline: Timeline, audit: AuditReport | None, onset: OnsetReport | None = None
) -> ObjectiveResult:
    """Judge one objective; total, since a missing need is a verdict too."""
    kind, source = objective.indicator.kind, objective.indicator.total
    if kind is IndicatorKind.AUDIT:
        return _result(objective, _judge_audit(objective, audit), "the order ledger")
    if kind is IndicatorKind.ONSET:
        scope = f"{objective.indicator.signal} {scope_text(source)}, the whole run"
        return _result(objective, judge_onset(objective, timeline, onset), scope)
    scope = scope_text(source)
    seconds, missing = selected_seconds(source, timeline)
    if missing:
        return _result(objective, undecided(missing, _unit(objective.indicator)), scope)
    if kind in (IndicatorKind.GOODPUT, IndicatorKind.THROUGHPUT):
        found = judge_rate(objective, timeline, seconds)
    elif kind is IndicatorKind.STATISTIC:
        found = judge_statistic(objective, timeline, seconds)
    else:
        found = judge_share(objective, timeline, seconds, tightest_limit_ms([objective]))
    warm_up_s = timeline.manifest.warm_up_s
    lines = [seconds_line(scope, seconds, warm_up_s), *found.explain.lines]
    lines += budget_lines(found.budget) if found.budget else []
    explain = msgspec.structs.replace(
        found.explain, lines=lines, seconds=len(seconds), first_second=int(seconds[0]), last_second=int(seconds[-1]),
        warm_up_s=warm_up_s,
    )  # fmt: skip
    return _result(objective, found, scope, explain)


def _result(objective: Objective, found: Finding, scope: str, explain: Explanation | None = None) -> ObjectiveResult:
    return ObjectiveResult(
        objective.name, objective.display_name, target_text(objective), found.verdict, found.sentence, found.unit,
        value=found.value, low=found.low, high=found.high, margin=found.margin, n=found.n, bad=found.bad,
        bad_share_low=found.bad_share_low, bad_share_high=found.bad_share_high, phi=found.phi,
        explain=explain or found.explain, budget=found.budget, scope=scope,
    )  # fmt: skip


def _unit(indicator: Indicator) -> str:
    if indicator.kind is IndicatorKind.GOODPUT:
        return "of capacity"
    if indicator.kind is IndicatorKind.THROUGHPUT:
        return "per s"
    if indicator.kind is IndicatorKind.STATISTIC:
        return "ms" if indicator.quantity is Quantity.DURATION else "count"
    return "share"


def _judge_audit(objective: Objective, audit: AuditReport | None) -> Finding:
    if audit is None:
        return undecided("the ledger was not audited: give it with --ledger FILE", "violations")
    if not audit.ran:
        return undecided(f"the audit did not run: {audit.why_not}", "violations")
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
    lines = [
        f"Compared: {audit.confirmed:,} confirmed orders with {audit.ledger_orders:,} of the order ledger, row by row."
    ]
    lines += [
        f"{check.id}: {check.statement}: {check.state.replace('_', ' ')}, {check.violations} rows contradict it."
        for check in wanted
    ]
    lines.append(f"One violation fails, a check that did not run proves nothing: {verdict}.")
    return Finding(
        verdict, sentence, "violations", Explanation(method="audit", lines=lines, n=audit.confirmed, bad_max=violations),
        value=known, low=known, high=known, n=audit.confirmed, bad=violations,
    )  # fmt: skip


def target_text(objective: Objective) -> str:
    """The objective's limit in a few characters, as in ``95 % <= 1500 ms``."""
    sign = SIGNS.get(objective.op, "")
    indicator: Indicator = objective.indicator
    limit = f"{sign} {objective.value:g}"
    if indicator.kind is IndicatorKind.AUDIT:
        return "no violation"
    if indicator.kind is IndicatorKind.GOODPUT:
        return f"{limit} of capacity"
    if indicator.kind is IndicatorKind.ONSET:
        return f"not before {'second ' if indicator.quantity is Quantity.SECOND else ''}{objective.value:g}" + (
            "" if indicator.quantity is Quantity.SECOND else "/s"
        )
    if indicator.kind is IndicatorKind.THROUGHPUT:
        return f"{limit}/s"
    unit = " ms" if indicator.quantity is Quantity.DURATION or (indicator.total.measure or "").endswith("_ms") else ""
    if indicator.kind is IndicatorKind.STATISTIC:
        return f"{indicator.total.statistic} {limit}{unit}"
    share = f"{objective.target * 100:g} %"
    if indicator.kind is IndicatorKind.RATIO:
        return f">= {share}"
    return f"{share} {limit}{unit}"
