"""An objective on one line, as a command line takes it: the same value as an SLO file's, spelled shorter.

    line    = ( "order" | step ), ".", ( measure | flag ), ":", method, op, value, [ "while offered", op, value ]
    method  = "avg" | "min" | "max" | "med" | "p(", number, ")" | "rate" | "count" | "value"
    op      = "<=" | "<" | ">=" | ">" | "===" | "==" | "!="          value = number, [ "us" | "ms" | "s" | "%" | "/s" ]

    pay.step_ms: p(99) < 2s                                  order.confirmed: rate > 95% while offered <= 300/s

``p(x)``, ``med`` and ``rate`` are share tests; ``rate`` with ``/s`` is ends per second; ``avg`` has a t interval; ``min``,
``max``, ``count`` and ``value`` (the sum of a measure) are exact. Text in, a value out: this module must not know runs, files
or arguments.
"""

import re
from dataclasses import replace

from reports.run_record.outcome import ORDER
from reports.slo import Indicator, IndicatorKind, Objective, indicator_of, share_of
from reports.slo_fields import SloError, nearest, shown, unknown
from reports.slo_source import EventSource, refuse_what_cannot_be_counted
from reports.slo_values import Quantity, limit, quantity_of
from reports.slo_where import (
    MEASURES,
    ORDER_FLAGS,
    ORDER_MEASURES,
    OUTCOME_FLAGS,
    REASON_FLAGS,
    STEP_MEASURES,
    Flag,
    OfferedLoad,
    parse_while,
)

EXAMPLE = "pay.step_ms: p(99) < 2s"
METHODS = ("avg", "min", "max", "med", "p(99)", "rate", "count", "value")
_ELSEWHERE = {"mean": "avg", "average": "avg", "median": "med", "sum": "value", "share": "rate"}
"""What other tools call a method."""
_OPERATORS = {"<=": "lte", "<": "lt", ">=": "gte", ">": "gt", "===": "eq", "==": "eq", "!=": "ne"}
_SUBJECT = re.compile(r"(?P<of>.+)\.(?P<what>\w+)\s*:(?P<rest>.*)")
_REST = re.compile(
    r"\s*(?P<method>[A-Za-z]\w*(?:\([^)]*\))?)\s*(?P<op>[<>=!]*)\s*(?P<value>.*?)\s*(?:\bwhile\b(?P<load>.*))?"
)
_PERCENTILE = re.compile(r"p\(\s*(\d+(?:\.\d+)?)\s*\)")
MEDIAN = 0.5


def parse_line(text: str, path: str = "--require") -> Objective:
    """The objective of one line; its name is the line. Raises SloError with ``path``, the line and the nearest known word."""
    line = " ".join(text.split())
    at = f"{path} {shown(line)}"
    subject = _SUBJECT.fullmatch(line)
    if subject is None:
        raise SloError(f"{at}: is no STEP.MEASURE: METHOD OP VALUE; write it as in `{EXAMPLE}`")
    rest = _REST.fullmatch(subject["rest"])
    if rest is None:
        raise SloError(f"{at}: a method is expected after the colon; methods are {', '.join(METHODS)}")
    source = _source(subject["of"], subject["what"], at)
    load = None if rest["load"] is None else parse_while(rest["load"].strip(), f"{at}: while")
    indicator, op, value, target = _judged_by(
        source, subject["what"], rest["method"], rest["op"], rest["value"], load, at
    )
    refuse_what_cannot_be_counted(indicator.total)
    return Objective(line, line, indicator, target, op, value, "")


def _source(of: str, what: str, at: str) -> EventSource:
    is_order = of == ORDER
    measures = ORDER_MEASURES if is_order else STEP_MEASURES
    flags = OUTCOME_FLAGS | REASON_FLAGS | (ORDER_FLAGS if is_order else frozenset())
    if what == "late":
        raise SloError(f"{at}: write what late means, as in `order.intent_ms: p(99) <= 8s`, instead of late")
    if what not in measures | flags:
        near = nearest(what, measures | flags)
        if what in MEASURES | ORDER_FLAGS:
            owner = "a whole wish" if what in ORDER_MEASURES | ORDER_FLAGS else "a step"
            raise SloError(f"{at}: {what} is known of {owner} only" + ("; write order." + what if not is_order else ""))
        hint = f"did you mean {near}?" if near else f"measures are {', '.join(sorted(measures))}"
        raise SloError(f"{at}: unknown flag or measure {what}; {hint}")
    return EventSource("order" if is_order else "step", "" if is_order else of, path=at)


def _judged_by(
    source: EventSource, what: str, method: str, sign: str, value: str, load: OfferedLoad | None, at: str
) -> tuple[Indicator, str, float, float]:
    """Indicator, operator, limit and target."""
    if sign not in _OPERATORS:
        raise SloError(f"{at}: one of {', '.join(_OPERATORS)} is expected after {method}")
    op, is_measure = _OPERATORS[sign], what in MEASURES
    source = replace(source, while_=load)
    percentile = _PERCENTILE.fullmatch(method)
    if percentile is None and method not in METHODS:
        meant = _ELSEWHERE.get(method)
        hint = f"unknown; did you mean {meant}?" if meant else unknown(method, METHODS)
        raise SloError(f"{at}: method {method} is {hint}")
    if op in ("eq", "ne") and method not in ("count", "value"):
        raise SloError(f"{at}: {sign} is for count and value; {method} is an estimate, so write <, <=, > or >=")
    if is_measure == (method in ("rate", "count")):
        other = (
            f"{method} is of a flag, as in `order.confirmed: {method} > {'95%' if method == 'rate' else '1000'}`"
            if is_measure
            else f"{method} is of a measure"
        )
        raise SloError(f"{at}: {what} is a {'measure' if is_measure else 'flag'} and {other}")
    if method == "rate":
        return _rate(replace(source, where=Flag(what)), op, value, at)
    if method == "count":
        source = replace(source, where=Flag(what), statistic="count")
        return indicator_of(source), op, limit(value, Quantity.COUNT, at), 1.0
    wanted = limit(value, quantity_of(what), at)
    if method == "med" or percentile is not None:
        share = MEDIAN if percentile is None else _percentile(float(percentile[1]), at)
        # the 99th percentile is above a limit when more than 1 % of the values are
        target = share if op in ("lt", "lte") else round(1 - share, 12)
        return indicator_of(replace(source, measure=what)), op, wanted, target
    return indicator_of(replace(source, measure=what, statistic=method)), op, wanted, 1.0


def _percentile(percent: float, at: str) -> float:
    if not 0 < percent < 100:  # noqa: PLR2004 - the whole, in percent
        raise SloError(f"{at}: p({percent:g}) is outside of 0 to 100; write min or max for the ends")
    return round(percent / 100, 12)


def _rate(part: EventSource, op: str, value: str, at: str) -> tuple[Indicator, str, float, float]:
    """The share of the flag in all events, or its ends per second when the limit says ``/s``."""
    if value.endswith("/s"):
        return indicator_of(replace(part, statistic="rate")), op, limit(value, Quantity.RATE, at), 1.0
    refuse_what_cannot_be_counted(part)
    total = replace(part, where=EventSource().where)
    waiting = Indicator(IndicatorKind.RATIO, at, total, part, by_limit=True)
    indicator, target = share_of(waiting, op, limit(value, Quantity.SHARE, at), at)
    return indicator, "", 0.0, target
