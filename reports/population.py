"""The events that an objective is about, counted by second: how many, how many of them bad, how many slow.

Orders are counted on purchase rows, exactly; a step's requests on counters by (outcome, reason) and, for a latency,
on one histogram by outcome, where the bucket that straddles the limit is counted as bad at least and at most. Wishes
that the generator dropped or that never ended are events too, and bad; of a wish that never ended at most one request is in
flight, which is counted as bad at most, whatever its step. An event without a value of a measure is slower than any limit.
This module must not know targets or verdicts (``objectives``).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from reports.cells import Cells, Wanted
from reports.counting import ROWS_AT_ONCE, counted
from reports.orders import Orders
from reports.run_record.histogram import BUCKETS, bounds
from reports.run_record.outcome import ANY_STEP, ORDER, Clock, Outcome
from reports.selection import are_of, cohort_missing, shoppers_missing
from reports.slo import SIGNS, Indicator, IndicatorKind
from reports.slo_source import SHOPPERS, EventSource
from reports.slo_where import OPERATORS, Comparison, Expression, Flag, Not, evaluate, leaves
from reports.timeline import Timeline

Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]
GOOD_OUTCOMES = [outcome.value for outcome in Outcome if outcome.is_good]
REFUSED = [outcome.value for outcome in Outcome if outcome.is_refused]
CLOCKS = {
    "response_ms": Clock.RESPONSE,
    "service_ms": Clock.SERVICE,
    "step_ms": Clock.STEP,
    "first_event_ms": Clock.FIRST_EVENT,
    "first_content_ms": Clock.FIRST_CONTENT,
    "tpot_ms": Clock.TPOT,
}
"""The clock of each measure of a request."""
_LOWS, _LASTS = (
    np.array(side) for side in zip(*((low, up - 1) for low, up in map(bounds, range(BUCKETS))), strict=True)
)


@dataclass(frozen=True, slots=True)
class Population:
    """Counts for each second of the run; all arrays have the run's length."""

    n: Int64s
    bad_min: Int64s
    bad_max: Int64s
    latency: Cells
    """Latencies of the population, whose scatter says how far neighbouring events depend on each other."""
    measured: Cells | None = None
    """Values of a threshold's measure, of the events that have one; the others are slower than any limit."""
    absent: str = ""
    """A sentence when the record does not hold what the objective needs."""


def population(timeline: Timeline, indicator: Indicator, op: str, limit: float) -> Population:
    """Count the events of a ratio, or of a threshold with its ``op`` and ``limit`` (in the measure's unit)."""
    source = indicator.total
    if indicator.kind is IndicatorKind.THRESHOLD:
        part: Expression = Comparison(source.measure or "", SIGNS[op], limit)
    else:
        part = indicator.part.where if indicator.part_is_good else Not(indicator.part.where)
    if missing := not_on_record(timeline, source):
        return _nothing(timeline, missing)
    count = _orders if source.event == ORDER else _requests
    return count(timeline, source, part, indicator.kind is IndicatorKind.THRESHOLD)


def cells_needed(indicator: Indicator) -> list[Wanted]:
    """The histograms that an indicator of requests asks for."""
    source = indicator.total
    if source.event == ORDER:
        return []
    measures = [source.measure, *(one.measure for one in leaves(indicator.part.where) if isinstance(one, Comparison))]
    clocks = [Clock.RESPONSE, *(CLOCKS[name] for name in measures if name in CLOCKS)]
    return [(source.step, clock.value) for clock in clocks]


def not_on_record(timeline: Timeline, source: EventSource) -> str:
    """Why the record cannot tell the shoppers or the step of a source; empty when it can."""
    of_shoppers = source.cohort in SHOPPERS
    if source.cohort and not of_shoppers and (missing := cohort_missing(source.cohort, timeline.manifest)):
        return missing
    if source.event == ORDER:
        if of_shoppers and (missing := shoppers_missing(source.cohort, timeline.manifest, timeline.orders)):
            return missing
        known = sorted(timeline.orders.kinds["vertical"].unique()) if source.vertical else []
        if source.vertical and source.vertical not in known:
            return f"no wish of vertical {source.vertical} is on record; its verticals are {', '.join(known[:10]) or 'none'}"
        return ""
    if source.vertical or of_shoppers:
        what = "vertical" if source.vertical else "shopper"
        return f"the record keeps the {what} of a wish and not of a request: ask for orders (event: order)"
    if not len(timeline.requests(source.step)):
        return f"step {source.step} never ran: the record holds no request of it"
    return ""


def _nothing(timeline: Timeline, absent: str = "") -> Population:
    zeros = np.zeros(timeline.length_s, dtype=np.int64)
    return Population(zeros, zeros, zeros, Cells.none(), absent=absent)


# Orders


def unended(timeline: Timeline) -> "pd.Series[int]":
    """By intended second, the wishes that were released and have no outcome in the record."""
    frame = timeline.seconds
    return (frame["released"] - frame["ended"]).clip(lower=0)


def kind_flag(kinds: pd.DataFrame, name: str, first_step: str) -> Bools:
    """Which kinds of order carry a flag of the ``where`` language. ``first_step``, which lets a shopper in, is not ``any``."""
    if name == "admitted":
        at_the_door = (kinds["last_step"] == first_step).to_numpy()
        return ~(kinds["outcome"].isin([*REFUSED, Outcome.QUEUED]).to_numpy() & at_the_door)
    if name in ("correct", "coupon_due", "coupon_ok"):
        return kinds[name].to_numpy(dtype=bool)
    if name == "refused":
        return kinds["outcome"].isin(REFUSED).to_numpy()
    return ((kinds["outcome"] == name) | (kinds["reason"] == name)).to_numpy()


def order_flag(events: Orders, name: str, first_step: str) -> Bools:
    """Which orders carry a flag of the ``where`` language. ``first_step`` lets a shopper in; ``any`` = the first request does."""
    if name != "admitted" or first_step != ANY_STEP:
        return _of_rows(events, kind_flag(events.kinds, name, first_step))
    turned_away = events.kinds["outcome"].isin([*REFUSED, Outcome.QUEUED]).to_numpy()
    return ~(_of_rows(events, turned_away) & (events.requests <= 1))


def _of_rows(events: Orders, kinds: Bools) -> Bools:
    """What is known of each kind, for each order."""
    rows: Bools = kinds[events.kind]
    return rows


def order_values(events: Orders, measure: str, some: slice = slice(None)) -> NDArray[np.float64]:
    """A measure of each order, or of some, in ms or a count; inf for the time of a wish that never ended."""
    if measure != "intent_ms":
        return (events.requests if measure == "attempts" else events.prompts)[some].astype(np.float64)
    values = events.intent_us[some].astype(np.float64)
    never = values < 0
    values /= 1000
    values[never] = np.inf
    return values


def chosen_orders(timeline: Timeline, events: Orders, source: EventSource) -> Bools:
    """Which orders the source picks. Vertical and shopper of a dropped or unended wish are not known: it is of every one."""
    chosen = _fold(timeline, events, source.where)
    if source.vertical:
        chosen &= ((events.kinds["vertical"] == source.vertical).to_numpy() | events.are_ghosts)[events.kind]
    if source.cohort in SHOPPERS:
        chosen &= (are_of(source.cohort, events.kinds) | events.are_ghosts)[events.kind]
    return chosen


def _fold(timeline: Timeline, events: Orders, tree: Expression) -> Bools:
    first_step = timeline.manifest.steps[0] if timeline.manifest.steps else ANY_STEP

    def leaf(one: Flag | Comparison) -> Bools:
        if isinstance(one, Flag):
            return order_flag(events, one.name, first_step)
        return _compared(events, one)

    by_kind = _by_kind(timeline, events, tree)
    if by_kind is not None:
        return _of_rows(events, by_kind)
    folded: Bools = evaluate(tree, leaf, np.ones(len(events), dtype=bool))
    return folded.copy()


def _compared(events: Orders, one: Comparison) -> Bools:
    """Which orders fit a comparison; as numbers with a point, some orders at a time."""
    fitting = np.empty(len(events), dtype=bool)
    for begin in range(0, len(events), ROWS_AT_ONCE):
        some = slice(begin, begin + ROWS_AT_ONCE)
        fitting[some] = OPERATORS[one.op](order_values(events, one.measure, some), one.limit)
    return fitting


def _by_kind(timeline: Timeline, events: Orders, tree: Expression) -> Bools | None:
    """Which kinds of order a tree picks; None when that depends on more than the kind."""
    first_step = timeline.manifest.steps[0] if timeline.manifest.steps else ANY_STEP
    flags: dict[Flag | Comparison, Bools]
    flags = {one: kind_flag(events.kinds, one.name, first_step) for one in leaves(tree) if isinstance(one, Flag)}
    if len(flags) < len(set(leaves(tree))) or (Flag("admitted") in flags and first_step == ANY_STEP):
        return None
    folded: Bools = evaluate(tree, flags.__getitem__, np.ones(len(events.kinds), dtype=bool))
    return folded


def _orders(timeline: Timeline, source: EventSource, part: Expression, threshold: bool) -> Population:
    events = timeline.scheduled_orders
    chosen = chosen_orders(timeline, events, source)
    good: Bools = chosen & _fold(timeline, events, part)
    answered = events.kinds["outcome"].isin(GOOD_OUTCOMES).to_numpy()
    if threshold:
        good &= answered[events.kind]
    bad = chosen & ~good
    is_some = bool(source.vertical) or source.cohort in SHOPPERS
    surely = bad & ~events.are_ghosts[events.kind] if is_some or timeline.is_open else bad
    n, bad_max = (counted(events.second, timeline.length_s, mask) for mask in (chosen, bad))
    bad_min = bad_max if surely is bad else counted(events.second, timeline.length_s, surely)
    timed = chosen & (events.intent_us >= 0)
    cells = _order_cells(events, timed)
    measured = None
    if threshold and source.measure == "intent_ms":
        measured = _order_cells(events, timed & answered[events.kind])
    return Population(n, bad_min, bad_max, cells, measured)


def _order_cells(events: Orders, which: Bools) -> Cells:
    """The times from wish to end of some orders, a cell each; whose outcome they have nobody asks."""
    second, buckets = (events.second, events.buckets) if which.all() else (events.second[which], events.buckets[which])
    once, nothing = np.broadcast_to(np.int64(1), len(second)), np.broadcast_to(np.int8(0), len(second))
    return Cells(second, nothing, buckets, once, ("",))


# Requests of one step


def _requests(timeline: Timeline, source: EventSource, part: Expression, threshold: bool) -> Population:
    rows = timeline.requests(source.step)
    chosen = chosen_requests(rows, source.where)
    good_if, good_unless = (chosen & chosen_requests(rows, part, comparison_holds=holds) for holds in (True, False))
    if threshold:
        answered = rows["outcome"].isin(GOOD_OUTCOMES).to_numpy()
        good_if, good_unless = good_if & answered, good_unless & answered
    n = _by_second(rows, chosen, timeline.length_s)
    good_min = good_max = _by_second(rows, good_if & good_unless, timeline.length_s)
    comparison = next((one for one in leaves(part) if isinstance(one, Comparison)), None)
    measured, absent = None, ""
    if comparison is not None:
        cells = timeline.cells(source.step, CLOCKS[comparison.measure])
        depends = rows["outcome"][good_if != good_unless].unique()
        if len(depends) and not len(cells.of(depends).second):
            absent = f"the record holds no {comparison.measure} of {source.step} for {', '.join(sorted(depends))}"
        for holds, mask in ((True, good_if & ~good_unless), (False, good_unless & ~good_if)):
            fewest, most = _fitting(rows, mask, cells, comparison, holds, timeline.length_s)
            good_min, good_max = good_min + fewest, good_max + most
        if threshold:
            measured = cells.of(rows["outcome"][chosen & answered].unique())
    latency = timeline.cells(source.step, Clock.RESPONSE).of(rows["outcome"][chosen].unique())
    censored = unended(timeline).to_numpy(dtype=np.int64)
    return Population(n + censored, n - good_max, n + censored - good_min, latency, measured, absent)


def chosen_requests(rows: pd.DataFrame, tree: Expression, *, comparison_holds: bool = True) -> Bools:
    """Which rows of ``Timeline.requests`` a tree picks, when its one comparison comes out so for all of them."""
    everything = np.ones(len(rows), dtype=bool)

    def leaf(one: Flag | Comparison) -> Bools:
        return _request_flag(rows, one.name) if isinstance(one, Flag) else everything & comparison_holds

    folded: Bools = evaluate(tree, leaf, everything)
    return folded


def _request_flag(rows: pd.DataFrame, name: str) -> Bools:
    if name == "refused":
        return rows["outcome"].isin(REFUSED).to_numpy()
    return ((rows["outcome"] == name) | (rows["reason"] == name)).to_numpy()


def _by_second(rows: pd.DataFrame, mask: Bools, length_s: int) -> Int64s:
    return counted(rows["second"].to_numpy(), length_s, mask, rows["n"].to_numpy())


def _fitting(
    rows: pd.DataFrame, mask: Bools, cells: Cells, comparison: Comparison, holds: bool, length_s: int
) -> tuple[Int64s, Int64s]:
    """Requests by second, at least and at most, of the masked rows for which the comparison comes out as ``holds``."""
    total = _by_second(rows, mask, length_s)
    chosen = cells.of(rows["outcome"][mask].unique())
    compare, limit_us = OPERATORS[comparison.op], comparison.limit * 1000
    at_low, at_last = compare(_LOWS, limit_us), compare(_LASTS, limit_us)
    surely, perhaps = (
        counted(chosen.second, length_s, fits[chosen.bucket], chosen.count)
        for fits in (at_low & at_last, at_low | at_last)
    )
    recorded = counted(chosen.second, length_s, weights=chosen.count)
    if compare(np.inf, limit_us):
        surely, perhaps = surely + (total - recorded), perhaps + (total - recorded)
    low, high = (surely, perhaps) if holds else (total - perhaps, total - surely)
    return np.clip(low, 0, total), np.clip(high, 0, total)
