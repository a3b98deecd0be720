"""The metric sources with a name of their own: short words for the questions that a service is asked most.

    springtide-availability   the share of wishes (requests, with ``step``) that end done or confirmed; a correct
                              business no (declined) is in neither side           {op: gte, value: 99%}
    springtide-latency        ``clock``: response, service, step or first_content of a step, intent of orders
                                                                                  {op: lte, value: 2s, target: 0.99}
    springtide-throughput     ends per second of what ``where`` picks (default: done or confirmed)  {op: gte, value: 300/s}
    springtide-goodput        the same of correct wishes with the coupon that was due, ``within`` a time if one is given
    springtide-throttling     the share that is refused, in the ``voice`` hard, soft or any     {op: lte, value: 1%}
                              ``onset: second`` or ``onset: load``: not before  {op: gte, value: 60s} or {.., value: 300/s};
                              with a ``vertical`` the onset of its shoppers, at a load of all shoppers
    springtide-amplification  chat attempts of each wish that asked               {op: lte, value: 1.3}
    springtide-cards          ``share: honoured``: confirmed orders that carry the discount that was due; ``claimed``: asks for a
                              card that get one, where a full or sold-out campaign is in neither side   {op: gte, value: 99%}

All of them take ``stage``, ``while``, ``vertical`` and ``cohort``; those that count wishes or requests take ``where``.
Mapping in, a value out that an indicator is made of; this module must not know objectives.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from reports import slo_fields as read
from reports.run_record.outcome import CLAIM_CARD
from reports.slo_fields import SloError
from reports.slo_source import SCOPE, EventSource, read_scope, refuse_what_cannot_be_counted
from reports.slo_values import Quantity, limit, quantity_of
from reports.slo_where import And, Comparison, Everything, Expression, Flag, Not, Or

_VOICES = {"any": "refused", "hard": "refused_hard", "soft": "refused_soft"}
_CLOCKS = ("response", "service", "step", "first_content", "intent")
_GOOD = Or(Flag("done"), Flag("confirmed"))


@dataclass(frozen=True, slots=True)
class OwnSource:
    """What an own type asks: ``total`` and ``part`` as of a ratio, a measure or statistic of ``total``, or an onset."""

    kind: str
    """A value of ``slo.IndicatorKind``."""
    quantity: Quantity
    """What its limit counts in."""
    total: EventSource
    part: EventSource | None = None
    signal: str = ""
    """Of an onset: the signal whose first episode it is."""


def read_own(value: Any, path: str) -> OwnSource:
    """The metricSource below ``path``, whose type is one of ``OWN_TYPES``. Raises SloError with a path."""
    at = f"{path}.metricSource"
    source = read.fields(value, at, {"type", "spec"}, {"type"})
    spec = source.get("spec", {})
    return _READERS[source["type"]](spec, f"{at}.spec")


def _scope(spec: Any, path: str, *more: str, less: tuple[str, ...] = ()) -> EventSource:
    return read_scope(read.fields(spec, path, (set(SCOPE) | set(more)) - set(less)), path)


def both(left: Expression, right: Expression) -> Expression:
    """The conjunction, without the empty ``where``."""
    if isinstance(left, Everything):
        return right
    return left if isinstance(right, Everything) else And(left, right)


def _share(total: EventSource, among: Expression, part: Expression) -> OwnSource:
    """The share of ``part`` in the events of ``total`` that are ``among``."""
    total = replace(total, where=both(total.where, among))
    refuse_what_cannot_be_counted(total)
    return OwnSource("ratio", Quantity.SHARE, total, replace(total, where=part))


def _availability(spec: Any, path: str) -> OwnSource:
    return _share(_scope(spec, path), Not(Flag("declined")), _GOOD)


def _latency(spec: Any, path: str) -> OwnSource:
    total = _scope(spec, path, "clock")
    clock = read.one_of(spec["clock"], f"{path}.clock", _CLOCKS) if "clock" in spec else ""
    clock = clock or ("step" if total.event == "step" else "intent")
    total = replace(total, measure=f"{clock}_ms")
    refuse_what_cannot_be_counted(total)
    return OwnSource("threshold", quantity_of(f"{clock}_ms"), total)


def _throughput(spec: Any, path: str) -> OwnSource:
    total = _scope(spec, path)
    total = replace(total, where=_GOOD if isinstance(total.where, Everything) else total.where, statistic="rate")
    refuse_what_cannot_be_counted(total)
    return OwnSource("throughput", Quantity.RATE, total)


def _goodput(spec: Any, path: str) -> OwnSource:
    total = _scope(spec, path, "within", less=("step", "where"))
    where: Expression = And(_GOOD, And(Flag("correct"), Flag("coupon_ok")))
    if "within" in spec:
        where = And(where, Comparison("intent_ms", "<=", limit(spec["within"], Quantity.DURATION, f"{path}.within")))
    return OwnSource("throughput", Quantity.RATE, replace(total, where=where, statistic="rate"))


def _throttling(spec: Any, path: str) -> OwnSource:
    total = _scope(spec, path, "voice", "onset")
    signal = _VOICES[read.one_of(spec.get("voice", "any"), f"{path}.voice", _VOICES)]
    if "onset" not in spec:
        return _share(total, Everything(), Flag(signal))
    by = read.one_of(spec["onset"], f"{path}.onset", ("second", "load"))
    unused = sorted(set(spec) - {"voice", "onset", "vertical", "cohort"})
    if unused:
        raise SloError(
            f"{path}.{unused[0]}: an onset is of the whole run; write only voice, onset, vertical and cohort"
        )
    if total.vertical and "voice" in spec and signal != _VOICES["any"]:
        raise SloError(f"{path}.voice: the onset of a vertical is looked for in both voices together; leave voice out")
    return OwnSource("onset", Quantity.SECOND if by == "second" else Quantity.RATE, total, signal=signal)


def _amplification(spec: Any, path: str) -> OwnSource:
    total = _scope(spec, path, less=("step",))
    where = both(total.where, Comparison("prompts", ">=", 1))
    return OwnSource("statistic", Quantity.COUNT, replace(total, where=where, measure="prompts", statistic="avg"))


def _cards(spec: Any, path: str) -> OwnSource:
    total = _scope(spec, path, "share", less=("step",))
    if read.one_of(spec.get("share", "honoured"), f"{path}.share", ("honoured", "claimed")) == "honoured":
        return _share(total, And(Flag("confirmed"), Flag("coupon_due")), Flag("coupon_ok"))
    return _share(replace(total, event="step", step=CLAIM_CARD), Not(Flag("declined")), Flag("done"))


_READERS: dict[str, Callable[[Any, str], OwnSource]] = {
    "springtide-availability": _availability,
    "springtide-latency": _latency,
    "springtide-throughput": _throughput,
    "springtide-goodput": _goodput,
    "springtide-throttling": _throttling,
    "springtide-amplification": _amplification,
    "springtide-cards": _cards,
}
