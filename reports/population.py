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
from reports.run_record.histogram import BUCKETS, bounds, buckets_of
from reports.run_record.outcome import ANY_STEP, ORDER, Clock, Outcome
from reports.selection import cohort_missing
from reports.slo import SIGNS, Indicator, IndicatorKind
from reports.slo_source import EventSource
from reports.slo_where import OPERATORS, Comparison, Expression, Flag, Not, evaluate, leaves
from reports.timeline import Timeline

Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]
GOOD_OUTCOMES = [outcome.value for outcome in Outcome if outcome.is_good]
REFUSED = [outcome.value for outcome in Outcome if outcome.is_refused]
IN_FLIGHT = "in_flight"
"""Outcome of a wish that was released and has none in the record."""
CLOCKS = {
    "response_ms": Clock.RESPONSE,
    "service_ms": Clock.SERVICE,
    "step_ms": Clock.STEP,
    "first_event_ms": Clock.FIRST_EVENT,
    "first_content_ms": Clock.FIRST_CONTENT,
    "tpot_ms": Clock.TPOT,
}
"""The clock of each measure of a request."""
_COLUMNS = {"attempts": "requests", "prompts": "prompts"}
_ROWS_AT_ONCE = 1 << 20
"""Orders whose buckets are computed together: the arithmetic takes ten times the memory of its result."""
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
    if source.cohort and (missing := cohort_missing(source.cohort, timeline.manifest)):
        return missing
    if source.event == ORDER:
        known = sorted(timeline.purchases["vertical"].unique()) if source.vertical else []
        if source.vertical and source.vertical not in known:
            return f"no wish of vertical {source.vertical} is on record; its verticals are {', '.join(known[:10]) or 'none'}"
        return ""
    if source.vertical:
        return "the record keeps the vertical of a wish and not of a request: ask for orders (event: order)"
    if not len(timeline.requests(source.step)):
        return f"step {source.step} never ran: the record holds no request of it"
    return ""


def _nothing(timeline: Timeline, absent: str = "") -> Population:
    zeros = np.zeros(timeline.length_s, dtype=np.int64)
    return Population(zeros, zeros, zeros, Cells.none(), absent=absent)


# Orders


def order_events(timeline: Timeline) -> pd.DataFrame:
    """Every scheduled wish as a row: the purchase rows, then the dropped and the unended, whose ``intent_us`` is -1."""
    columns = ["second", "outcome", "reason", "last_step", "vertical", "intent_us", "requests", "prompts"]
    flags = ["coupon_due", "coupon_ok", "correct"]
    rows = timeline.purchases[columns + flags]
    ghosts = [_ghosts(timeline.seconds["dropped"], Outcome.DROPPED), _ghosts(unended(timeline), IN_FLIGHT)]
    added = [some for some in ghosts if len(some)]
    if not added:
        return rows
    for name in ("outcome", "reason", "last_step", "vertical"):
        words = dict.fromkeys([*rows[name].cat.categories, *(word for some in added for word in some[name].unique())])
        for frame in (rows, *added):
            frame[name] = pd.Categorical(frame[name], categories=list(words))
    return pd.concat([rows, *added], ignore_index=True)


def unended(timeline: Timeline) -> "pd.Series[int]":
    """By intended second, the wishes that were released and have no outcome in the record."""
    frame = timeline.seconds
    return (frame["released"] - frame["ended"]).clip(lower=0)


_GHOST: dict[str, str | int | bool] = {
    "reason": "",
    "last_step": "",
    "vertical": "",
    "intent_us": -1,
    "requests": 0,
    "prompts": 0,
    "coupon_due": False,
    "coupon_ok": False,
    "correct": False,
}


def _ghosts(counts: "pd.Series[int]", outcome: str) -> pd.DataFrame:
    seconds = np.repeat(counts.index.to_numpy(), counts.to_numpy())
    return pd.DataFrame({"second": seconds, "outcome": str(outcome), **_GHOST})


def order_flag(events: pd.DataFrame, name: str, first_step: str) -> Bools:
    """Which orders carry a flag of the ``where`` language. ``first_step`` lets a shopper in; ``any`` = the first request does."""
    if name in ("correct", "coupon_due", "coupon_ok"):
        return events[name].to_numpy(dtype=bool)
    outcome = events["outcome"]
    if name == "refused":
        return outcome.isin(REFUSED).to_numpy()
    if name == "admitted":
        turned_away = outcome.isin([*REFUSED, Outcome.QUEUED]) & (
            (events["last_step"] == first_step) if first_step != ANY_STEP else (events["requests"] <= 1)
        )
        return (~turned_away).to_numpy()
    return ((outcome == name) | (events["reason"] == name)).to_numpy()


def order_values(events: pd.DataFrame, measure: str) -> NDArray[np.float64]:
    """A measure of each of ``order_events``, in ms or a count; inf for the time of a wish that never ended."""
    if measure in _COLUMNS:
        return events[_COLUMNS[measure]].to_numpy(dtype=np.float64)
    values = events["intent_us"].to_numpy(dtype=np.float64, copy=True)
    never = values < 0
    values /= 1000
    values[never] = np.inf
    return values


def chosen_orders(timeline: Timeline, events: pd.DataFrame, source: EventSource) -> Bools:
    """Which of ``order_events`` the source picks. The vertical of a dropped or unended wish is not known: it is of every one."""
    chosen = _fold(timeline, events, source.where)
    if source.vertical:
        chosen &= ((events["vertical"] == source.vertical) | _is_ghost(events)).to_numpy()
    return chosen


def _is_ghost(events: pd.DataFrame) -> "pd.Series[bool]":
    return events["outcome"].isin([Outcome.DROPPED, IN_FLIGHT])


def _fold(timeline: Timeline, events: pd.DataFrame, tree: Expression) -> Bools:
    first_step = timeline.manifest.steps[0] if timeline.manifest.steps else ANY_STEP

    def leaf(one: Flag | Comparison) -> Bools:
        if isinstance(one, Flag):
            return order_flag(events, one.name, first_step)
        chosen: Bools = OPERATORS[one.op](order_values(events, one.measure), one.limit)
        return chosen

    folded: Bools = evaluate(tree, leaf, np.ones(len(events), dtype=bool))
    return folded.copy()


def _orders(timeline: Timeline, source: EventSource, part: Expression, threshold: bool) -> Population:
    events = order_events(timeline)
    chosen = chosen_orders(timeline, events, source)
    good: Bools = chosen & _fold(timeline, events, part)
    if threshold:
        good &= events["outcome"].isin(GOOD_OUTCOMES).to_numpy()
    second = events["second"].to_numpy()
    surely = chosen & ~good
    if source.vertical:
        surely &= ~_is_ghost(events).to_numpy()
    n, bad_min, bad_max = (
        np.bincount(second[mask], minlength=timeline.length_s) for mask in (chosen, surely, chosen & ~good)
    )
    timed = chosen & (events["intent_us"].to_numpy() >= 0)
    cells = _order_cells(events, timed)
    measured = None
    if threshold and source.measure == "intent_ms":
        measured = _order_cells(events, timed & events["outcome"].isin(GOOD_OUTCOMES).to_numpy())
    return Population(n, bad_min, bad_max, cells, measured)


def _order_cells(events: pd.DataFrame, which: Bools) -> Cells:
    """The times from wish to end of some orders, a cell each; whose outcome they have nobody asks."""
    times = events["intent_us"].to_numpy()[which]
    buckets = np.empty(len(times), dtype=np.int16)
    for begin in range(0, len(times), _ROWS_AT_ONCE):
        buckets[begin : begin + _ROWS_AT_ONCE] = buckets_of(times[begin : begin + _ROWS_AT_ONCE])
    once, nothing = np.broadcast_to(np.int64(1), len(times)), np.broadcast_to(np.int8(0), len(times))
    return Cells(events["second"].to_numpy()[which], nothing, buckets, once, ("",))


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
    chosen = rows[mask]
    return np.bincount(chosen["second"], chosen["n"], length_s).astype(np.int64)


def _fitting(
    rows: pd.DataFrame, mask: Bools, cells: Cells, comparison: Comparison, holds: bool, length_s: int
) -> tuple[Int64s, Int64s]:
    """Requests by second, at least and at most, of the masked rows for which the comparison comes out as ``holds``."""
    total = _by_second(rows, mask, length_s)
    chosen = cells.of(rows["outcome"][mask].unique())
    compare, limit_us = OPERATORS[comparison.op], comparison.limit * 1000
    at_low, at_last = compare(_LOWS[chosen.bucket], limit_us), compare(_LASTS[chosen.bucket], limit_us)
    surely, perhaps = (
        np.bincount(chosen.second[m], chosen.count[m], length_s) for m in (at_low & at_last, at_low | at_last)
    )
    recorded = np.bincount(chosen.second, chosen.count, length_s)
    if compare(np.inf, limit_us):
        surely, perhaps = surely + (total - recorded), perhaps + (total - recorded)
    low, high = (surely, perhaps) if holds else (total - perhaps, total - surely)
    return np.clip(low, 0, total).astype(np.int64), np.clip(high, 0, total).astype(np.int64)
