"""The metric sources of an indicator: which events, of which seconds, by which measure; and how they are read.

``springtide`` is events and what is asked of them, ``springtide-audit`` the ledger; the short words for common questions
are read by ``slo_own``.
"""

from dataclasses import dataclass, field, replace
from typing import Any

from reports import slo_fields as read
from reports.slo_fields import SloError
from reports.slo_where import (
    ORDER_FLAGS,
    ORDER_MEASURES,
    REASON_FLAGS,
    STEP_MEASURES,
    Comparison,
    Everything,
    Expression,
    Flag,
    OfferedLoad,
    leaves,
    parse_where,
    parse_while,
)

GOODPUT_SHARE = "goodput_share"
STATISTICS = ("avg", "min", "max", "count", "value", "rate")
"""Ways to sum up events that are no share test; ``value`` is the sum of a measure, ``rate`` the events per second."""
OWN_TYPES = (
    "springtide-availability",
    "springtide-latency",
    "springtide-throughput",
    "springtide-goodput",
    "springtide-throttling",
    "springtide-amplification",
    "springtide-cards",
)
SCOPE = frozenset({"step", "stage", "where", "while", "vertical", "cohort"})
"""Fields of every source of events: of whom and of which seconds it speaks."""
NEW, RETURNING = "new", "returning"
SHOPPERS = (NEW, RETURNING)
"""Whether a shopper has wished before in the run, as the generator's ``--returning`` has it."""
COHORTS = ("leave", "obey", "sdk", "hammer", *SHOPPERS)
"""What a shopper does who is refused, as the generator's ``--retry`` names it; or one of ``SHOPPERS``."""
AUDIT_CHECKS = (
    "lost",
    "phantom",
    "doubled",
    "replay",
    "false_failure",
    "mismatch",
    "money",
    "coupon",
    "coupon_back",
    "cap",
    "budget",
    "between",
    "stock",
    "pause",
)
"""The checks of the ledger audit that an objective may name."""


@dataclass(frozen=True, slots=True)
class EventSource:
    """Events of a run. ``stage`` is a curve segment counted from 1, 0 = the whole curve, None = all but the warm-up."""

    event: str = "order"
    step: str = ""
    stage: int | None = None
    where: Expression = field(default_factory=Everything)
    measure: str | None = None
    while_: OfferedLoad | None = None
    path: str = ""
    vertical: str = ""
    """Only wishes of this vertical; empty = of all."""
    cohort: str = ""
    """Only shoppers who do this when they are refused (``--retry``), or who are new or returning; empty = all."""
    statistic: str = ""
    """``avg``, ``min``, ``max``, ``count``, ``value`` (the sum) or ``rate`` (per second); empty = a share test."""

    def limits(self) -> list[Comparison]:
        """The comparisons of ``where``."""
        return [leaf for leaf in leaves(self.where) if isinstance(leaf, Comparison)]

    def reasons(self) -> list[str]:
        """The reasons that ``where`` names."""
        return [leaf.name for leaf in leaves(self.where) if isinstance(leaf, Flag) and leaf.name in REASON_FLAGS]


@dataclass(frozen=True, slots=True)
class AuditSource:
    """Violations of these checks of the ledger audit."""

    checks: tuple[str, ...]
    path: str


def read_source(value: Any, path: str) -> EventSource | AuditSource:
    """The metricSource below ``path``. Raises SloError with the path of the first thing that is wrong."""
    at = f"{path}.metricSource"
    source = read.fields(value, at, {"type", "spec"}, {"type", "spec"})
    kind = read.one_of(source["type"], f"{at}.type", ("springtide", "springtide-audit", *OWN_TYPES))
    if kind in OWN_TYPES:
        raise SloError(f"{at}.type: {kind} belongs in a thresholdMetric")
    if kind == "springtide-audit":
        spec = read.fields(source["spec"], f"{at}.spec", {"checks"}, {"checks"})
        names = read.items(spec["checks"], f"{at}.spec.checks")
        checks = [read.one_of(name, f"{at}.spec.checks[{i}]", AUDIT_CHECKS) for i, name in enumerate(names)]
        return AuditSource(tuple(checks), f"{at}.spec")
    return _event_source(source["spec"], f"{at}.spec")


def _event_source(value: Any, path: str) -> EventSource:
    spec = read.fields(value, path, {*SCOPE, "event", "measure", "method"}, {"event"})
    event = read.one_of(spec["event"], f"{path}.event", ("order", "step"))
    if (event == "step") != ("step" in spec):
        raise SloError(f"{path}.step: " + ("missing" if event == "step" else "an order has no step; write event: step"))
    measure = read.text(spec["measure"], f"{path}.measure") if "measure" in spec else None
    statistic = read.one_of(spec["method"], f"{path}.method", STATISTICS) if "method" in spec else ""
    source = replace(read_scope(spec, path), measure=measure, statistic=statistic)
    refuse_what_cannot_be_counted(source)
    return source


def read_scope(spec: dict[str, Any], path: str) -> EventSource:
    """The events of a step, or the orders where none is named, of the seconds and shoppers that the fields of ``SCOPE`` pick."""
    where_text = spec.get("where", "")
    if not isinstance(where_text, str):
        raise SloError(f"{path}.where: must be a text, got {read.shown(where_text)}")
    return EventSource(
        event="step" if "step" in spec else "order",
        step=read.text(spec["step"], f"{path}.step") if "step" in spec else "",
        stage=_stage(spec.get("stage"), f"{path}.stage"),
        where=parse_where(where_text, f"{path}.where"),
        while_=parse_while(read.text(spec["while"], f"{path}.while"), f"{path}.while") if "while" in spec else None,
        path=path,
        vertical=read.text(spec["vertical"], f"{path}.vertical") if "vertical" in spec else "",
        cohort=read.one_of(spec["cohort"], f"{path}.cohort", COHORTS) if "cohort" in spec else "",
    )


def _stage(value: Any, path: str) -> int | None:
    if value is None:
        return None
    if value == "all":
        return 0
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise SloError(f"{path}: must be `all` or the number of a segment of the curve from 1, got {read.shown(value)}")
    return value


def refuse_what_cannot_be_counted(source: EventSource) -> None:
    """Raise SloError for what the record cannot answer.

    Orders are rows with everything known; a step is counters by outcome and reason, or one histogram by outcome.
    """
    _refuse_statistics(source)
    measures = STEP_MEASURES if source.event == "step" else ORDER_MEASURES | {GOODPUT_SHARE}
    if source.measure is not None and source.measure not in measures:
        raise SloError(f"{source.path}.measure: {source.measure} is {read.unknown(source.measure, measures)}")
    limits = source.limits()
    for limit in limits:
        if limit.measure not in measures:
            owner = "an order" if source.event == "order" else "a step"
            raise SloError(f"{source.path}.where: {limit.measure} is not a measure of {owner}")
    if source.measure == GOODPUT_SHARE:
        given = {
            "where": not isinstance(source.where, Everything),
            "vertical": source.vertical,
            "cohort": source.cohort,
        }
        for name in (name for name, is_given in given.items() if is_given):
            raise SloError(
                f"{source.path}.{name}: goodput_share is of all good orders; write only event, stage and while"
            )
    if source.event == "order":
        return
    if len(limits) + (source.measure is not None) > 1:
        raise SloError(f"{source.path}.where: a step filter holds one measure at most")
    for leaf in leaves(source.where):
        if isinstance(leaf, Flag) and leaf.name in ORDER_FLAGS:
            raise SloError(f"{source.path}.where: {leaf.name} is known of a whole wish only; write event: order")
    if source.reasons() and (limits or source.measure):
        mixed = source.reasons()[0]
        raise SloError(f"{source.path}.where: a step's latency is kept by outcome, so {mixed} and a measure do not mix")


def _refuse_statistics(source: EventSource) -> None:
    """``avg``, ``min``, ``max`` and ``value`` are of a measure, ``count`` and ``rate`` of events."""
    if not source.statistic:
        return
    if source.measure == GOODPUT_SHARE:
        raise SloError(f"{source.path}.method: {GOODPUT_SHARE} has its own")
    wants_measure = source.statistic not in ("count", "rate")
    if wants_measure and source.measure is None:
        raise SloError(f"{source.path}.measure: missing; {source.statistic} is of a measure, such as intent_ms")
    if not wants_measure and source.measure is not None:
        raise SloError(
            f"{source.path}.measure: {source.statistic} counts events; write a limit in where, as in `intent_ms <= 8000`"
        )
    if source.event == "step" and source.statistic == "rate" and (source.reasons() or source.limits()):
        raise SloError(f"{source.path}.where: the ends of a step's requests are known by outcome only; name outcomes")
