"""Service level objectives as a file says them: a strict subset of OpenSLO v1, read into values.

A file holds one or more YAML documents, ``kind: SLO`` or ``kind: SLI``. An indicator is a ratio (``ratioMetric``:
good or bad events of all) or a threshold (``thresholdMetric``). Its metric sources are

    type: springtide        spec: {event: order | step, step, stage, where, measure, while}
        event order         one scheduled wish; event step = one request of ``step``
        stage               a number, counted from 1, of the curve's segments, or ``all``; default: all but the warm-up
        where, while        the languages of ``slo_where``
        measure             thresholdMetric only: response_ms, service_ms, step_ms, first_event_ms, first_content_ms, tpot_ms of a step,
                            intent_ms, attempts (requests sent) or prompts of an order. An event that is neither done
                            nor confirmed is slower than any limit.
        measure goodput_share
                            confirmed, correct orders with the coupon that was due that ended in the seconds that
                            ``while`` picks, per second, divided by the target's declared capacity. Finished work goes
                            by its end, all else by intended second. The first second of each such stretch is left
                            out: admission still has its burst to give. The objective has no target.
        method              thresholdMetric only: avg, min, max or value (the sum) of the measure, count or rate (ends per second)
                            of the events. The objective has no target; count and value also take op eq and ne.
        vertical, cohort    only wishes of this vertical, only shoppers who do this when refused, or are new or returning
    type: springtide-...    short words for common questions: ``slo_own``
    type: springtide-audit  spec: {checks: [lost, doubled, ...]}: violations of those checks of the ledger audit. The
                            objective is {op: lte, value: 0}.

A limit is a number, or a text with a unit: ``value: 2s``, ``value: 95%``, ``value: 300/s``. ``one_liner`` spells the same values
on a command line. Everything else is refused with its path: this module reads all of a file or nothing of it. It must not
know runs.
"""

import re
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from reports import slo_fields as read
from reports.slo_fields import SloError
from reports.slo_own import OwnSource, read_own
from reports.slo_source import GOODPUT_SHARE, OWN_TYPES, AuditSource, EventSource, read_source
from reports.slo_values import Quantity, limit, quantity_of
from reports.slo_yaml import load_documents

API_VERSION = "openslo/v1"
LIMIT_OPERATORS = ("lt", "lte", "gt", "gte")
SIGNS = {"lt": "<", "lte": "<=", "gt": ">", "gte": ">=", "eq": "==", "ne": "!="}
"""Every operator as one writes it."""
EXACT_OPERATORS = ("eq", "ne")
"""Operators of exact numbers only: no sample shows that a share is just so."""
_HEAD = {"apiVersion", "kind", "metadata", "spec"}
_METADATA = {"name", "displayName", "labels", "annotations"}
_WINDOW = re.compile(r"[1-9][0-9]*[mhdw]")


class IndicatorKind(StrEnum):
    """What an indicator measures, which is also how it is judged."""

    RATIO = "ratio"
    THRESHOLD = "threshold"
    GOODPUT = "goodput"
    STATISTIC = "statistic"
    THROUGHPUT = "throughput"
    ONSET = "onset"
    AUDIT = "audit"


@dataclass(frozen=True, slots=True)
class Indicator:
    """A measurement. ``total`` picks the events; ``part`` those among them that are good (or bad) in a ratio."""

    kind: IndicatorKind
    path: str
    total: EventSource = field(default_factory=EventSource)
    part: EventSource = field(default_factory=EventSource)
    part_is_good: bool = True
    checks: tuple[str, ...] = ()
    quantity: Quantity = Quantity.SHARE
    """What the limit counts in."""
    signal: str = ""
    """Of an onset: the signal whose first episode it is."""
    by_limit: bool = False
    """A ratio that still waits for its limit, which says whether the part is good (``gte``) or bad (``lte``)."""


@dataclass(frozen=True, slots=True)
class Objective:
    """One line of the verdict: an indicator and what it must reach.

    ``target`` is the share of good events, 1 where the limit alone decides (all but shares). ``op`` and ``value``, in the
    measure's unit, are the limit; a ratio has none: "" and 0.
    """

    name: str
    display_name: str
    indicator: Indicator
    target: float
    op: str
    value: float
    window: str


def load_objectives(path: Path) -> list[Objective]:
    """The objectives of a file. Raises SloError with one sentence, the file's name first."""
    try:
        content = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise SloError(
            f"There is no SLO file at {path}: give one with --slo, such as reports/slos/festival.yaml."
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise SloError(f"The SLO file {path} cannot be read: {type(error).__name__}.") from error
    try:
        return parse_objectives(content)
    except SloError as error:
        raise SloError(f"{path}: {error}") from error


def parse_objectives(content: str) -> list[Objective]:
    """The objectives of a YAML text. Raises SloError with the path of the first thing that is wrong."""
    documents = load_documents(content)
    for document in documents:
        if not isinstance(document, dict):
            raise SloError(f"each document must be a mapping with apiVersion and kind, got {read.shown(document)}")
    slis: dict[str, Indicator] = {}
    for document in documents:
        if document.get("kind") == "SLI":
            name, _ = _metadata(read.fields(document, "", _HEAD, _HEAD), "")
            slis[name] = _indicator_spec(document["spec"], "spec", name)
    objectives = [one for document in documents if document.get("kind") != "SLI" for one in _slo(document, slis)]
    if not objectives:
        raise SloError("holds no document of kind SLO, so there is nothing to judge")
    refuse_twins(objectives)
    return objectives


def refuse_twins(objectives: list[Objective]) -> None:
    """Raise SloError when two objectives have one name: a report, a test case, would be ambiguous."""
    seen: set[str] = set()
    for objective in objectives:
        if objective.name in seen:
            raise SloError(f"metadata.name: {objective.name} is used twice; each objective needs its own name")
        seen.add(objective.name)


def _metadata(document: dict[str, Any], path: str) -> tuple[str, str]:
    if document.get("apiVersion") != API_VERSION:
        raise SloError(f"apiVersion: must be {API_VERSION}, got {read.shown(document.get('apiVersion'))}")
    at = f"{path}metadata"
    metadata = read.fields(document.get("metadata"), at, _METADATA, {"name"})
    name = read.text(metadata["name"], f"{at}.name")
    return name, read.text(metadata.get("displayName", name), f"{at}.displayName")


def _slo(document: dict[str, Any], slis: dict[str, Indicator]) -> list[Objective]:
    kind = document.get("kind")
    if kind != "SLO":
        raise SloError(f"kind: {read.shown(kind)} is not read; write SLO or SLI")
    name, display_name = _metadata(read.fields(document, "", _HEAD, _HEAD), "")
    known = {"description", "service", "indicator", "indicatorRef", "timeWindow", "budgetingMethod", "objectives"}
    spec = read.fields(document["spec"], "spec", known, {"objectives"})
    if spec.get("budgetingMethod", "Occurrences") != "Occurrences":
        raise SloError(f"spec.budgetingMethod: {spec['budgetingMethod']} is not read; write Occurrences")
    indicator = _indicator(spec, slis)
    window = _window(spec.get("timeWindow"))
    wanted = read.items(spec["objectives"], "spec.objectives")
    if len(wanted) > 1 and indicator.kind is not IndicatorKind.RATIO:
        raise SloError(f"spec.objectives: a threshold takes exactly one objective, got {len(wanted)}")
    found = []
    for index, entry in enumerate(wanted):
        numbered = name if len(wanted) == 1 else f"{name}-{index + 1}"
        found.append(_objective(entry, f"spec.objectives[{index}]", indicator, (numbered, display_name, window)))
    return found


def _indicator(spec: dict[str, Any], slis: dict[str, Indicator]) -> Indicator:
    if ("indicator" in spec) == ("indicatorRef" in spec):
        raise SloError("spec.indicator: write either indicator or indicatorRef")
    if "indicatorRef" in spec:
        name = read.text(spec["indicatorRef"], "spec.indicatorRef")
        if name not in slis:
            raise SloError(f"spec.indicatorRef: {name} is {read.unknown(name, slis)}")
        return slis[name]
    body = read.fields(spec["indicator"], "spec.indicator", {"metadata", "spec"}, {"spec"})
    if "metadata" in body:
        read.fields(body["metadata"], "spec.indicator.metadata", _METADATA, {"name"})
    return _indicator_spec(body["spec"], "spec.indicator.spec", "")


def _indicator_spec(value: Any, path: str, name: str) -> Indicator:
    spec = read.fields(value, path, {"description", "thresholdMetric", "ratioMetric"})
    if ("thresholdMetric" in spec) == ("ratioMetric" in spec):
        raise SloError(f"{path}: write either thresholdMetric or ratioMetric{f' in SLI {name}' if name else ''}")
    if "ratioMetric" in spec:
        return _ratio(spec["ratioMetric"], f"{path}.ratioMetric")
    at = f"{path}.thresholdMetric"
    metric = read.fields(spec["thresholdMetric"], at, {"metricSource"}, {"metricSource"})["metricSource"]
    is_own = isinstance(metric, dict) and metric.get("type") in OWN_TYPES
    return indicator_of(read_own(metric, at) if is_own else read_source(metric, at))


def indicator_of(source: EventSource | AuditSource | OwnSource) -> Indicator:
    """What a threshold's source measures. Raises SloError when it names neither a measure nor a method."""
    if isinstance(source, AuditSource):
        return Indicator(IndicatorKind.AUDIT, source.path, checks=source.checks, quantity=Quantity.COUNT)
    if isinstance(source, OwnSource):
        kind, path = IndicatorKind(source.kind), source.total.path
        found = Indicator(kind, path, total=source.total, quantity=source.quantity, signal=source.signal)
        return found if source.part is None else replace(found, part=source.part, by_limit=True)
    if source.measure == GOODPUT_SHARE:
        return Indicator(IndicatorKind.GOODPUT, source.path, total=source)
    if source.statistic == "rate":
        return Indicator(IndicatorKind.THROUGHPUT, source.path, total=source, quantity=Quantity.RATE)
    if source.measure is None and source.statistic != "count":
        raise SloError(f"{source.path}.measure: missing; a threshold compares one measure")
    kind = IndicatorKind.STATISTIC if source.statistic else IndicatorKind.THRESHOLD
    quantity = quantity_of(source.measure) if source.measure else Quantity.COUNT
    return Indicator(kind, source.path, total=source, quantity=quantity)


def share_of(indicator: Indicator, op: str, share: float, path: str) -> tuple[Indicator, float]:
    """A ratio whose limit is known: its part is good when at least so much is wanted, and bad when at most; and the target.

    Raises SloError for a share that no sample can prove.
    """
    at_least = op in ("gt", "gte")
    target = share if at_least else round(1 - share, 12)
    if not 0 < target < 1:
        raise SloError(
            f"{path}: no sample proves a share of {share:.0%}; write a share between, or count the events exactly"
        )
    return replace(indicator, part_is_good=at_least, by_limit=False, quantity=Quantity.SHARE), target


def _ratio(value: Any, path: str) -> Indicator:
    ratio = read.fields(value, path, {"counter", "good", "bad", "total"}, {"total"})
    if not isinstance(ratio.get("counter", True), bool):
        raise SloError(f"{path}.counter: must be true or false, got {read.shown(ratio['counter'])}")
    if ("good" in ratio) == ("bad" in ratio):
        raise SloError(f"{path}: write either good or bad beside total")
    which = "good" if "good" in ratio else "bad"
    part, total = (_ratio_source(ratio[side], f"{path}.{side}") for side in (which, "total"))
    if replace(part, where=total.where, path=total.path) != total:
        raise SloError(f"{path}: {which} and total must have the same event, step, stage, while, vertical and cohort")
    if total.event == "step" and total.limits():
        raise SloError(f"{total.path}.where: the total of a step's ratio takes no measure; put it in {which}")
    if total.event == "step" and total.reasons() and part.limits():
        mixed = total.reasons()[0]
        raise SloError(f"{total.path}.where: a step's latency is kept by outcome, so {mixed} and a measure do not mix")
    return Indicator(IndicatorKind.RATIO, path, total, part, which == "good")


def _ratio_source(value: Any, path: str) -> EventSource:
    source = read_source(read.fields(value, path, {"metricSource"}, {"metricSource"})["metricSource"], path)
    if isinstance(source, AuditSource):
        raise SloError(f"{path}.metricSource.type: springtide-audit belongs in a thresholdMetric")
    if source.measure is not None:
        raise SloError(f"{source.path}.measure: a ratio has none; write the limit in where, as in `intent_ms <= 8000`")
    if source.statistic:
        raise SloError(f"{source.path}.method: a ratio has none; it is a share of events")
    return source


def _window(value: Any) -> str:
    if value is None:
        return ""
    windows = read.items(value, "spec.timeWindow")
    if len(windows) > 1:
        raise SloError(f"spec.timeWindow: at most one window, got {len(windows)}")
    window = read.fields(windows[0], "spec.timeWindow[0]", {"duration", "isRolling"}, {"duration", "isRolling"})
    if window["isRolling"] is not True:
        raise SloError("spec.timeWindow[0].isRolling: must be true, only rolling windows are read")
    duration = read.text(window["duration"], "spec.timeWindow[0].duration")
    if not _WINDOW.fullmatch(duration):
        raise SloError(f"spec.timeWindow[0].duration: {read.shown(duration)} is not a whole number with m, h, d or w")
    return duration


def _objective(value: Any, path: str, indicator: Indicator, head: tuple[str, str, str]) -> Objective:
    name, display_name, window = head
    known = {"displayName", "target", "targetPercent", "op", "value"}
    body = read.fields(value, path, known)
    if "displayName" in body:
        display_name = read.text(body["displayName"], f"{path}.displayName")
    has_limit = indicator.kind is not IndicatorKind.RATIO or indicator.by_limit
    for key in ("op", "value"):
        if (key in body) != has_limit:
            raise SloError(f"{path}.{key}: " + ("missing" if has_limit else "belongs to a thresholdMetric only"))
    if not has_limit:
        return Objective(name, display_name, indicator, _target(body, path, indicator), "", 0.0, window)
    is_exact = indicator.total.statistic in ("count", "value")
    op = read.one_of(body["op"], f"{path}.op", LIMIT_OPERATORS + (EXACT_OPERATORS if is_exact else ()))
    wanted = limit(body["value"], indicator.quantity, f"{path}.value")
    if indicator.kind is IndicatorKind.AUDIT and (op, wanted) != ("lte", 0.0):
        raise SloError(f"{path}: an audit takes no violation at all; write op: lte and value: 0")
    if indicator.kind is IndicatorKind.ONSET and op not in ("gt", "gte"):
        raise SloError(f"{path}.op: an onset must not come before its limit; write gte")
    target = _target(body, path, indicator)
    if indicator.by_limit:
        indicator, target = share_of(indicator, op, wanted, f"{path}.value")
        op, wanted = "", 0.0
    return Objective(name, display_name, indicator, target, op, wanted, window)


def _target(body: dict[str, Any], path: str, indicator: Indicator) -> float:
    given = [key for key in ("target", "targetPercent") if key in body]
    kind = indicator.kind
    if indicator.by_limit or kind not in (IndicatorKind.RATIO, IndicatorKind.THRESHOLD):
        if given:
            raise SloError(
                f"{path}.{given[0]}: an objective on {'a share' if indicator.by_limit else kind} has only op and value"
            )
        return 1.0
    if len(given) != 1:
        raise SloError(f"{path}.target: write exactly one of target and targetPercent")
    target = read.number(body[given[0]], f"{path}.{given[0]}") / (100 if given[0] == "targetPercent" else 1)
    if not 0 < target < 1:
        raise SloError(f"{path}.{given[0]}: {read.shown(body[given[0]])} is outside of 0 to 1 (0 to 100 in percent)")
    return target
