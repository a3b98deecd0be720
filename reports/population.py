"""The events that an objective is about, counted by second: how many, how many of them bad, how many slow.

Orders are counted on purchase rows, exactly; a step's requests on counters by (outcome, reason) and, for a latency,
on one histogram by outcome, where the bucket that straddles the limit is counted as bad at least and at most. Wishes
that the generator dropped or that never ended are events too, and bad. An event without a value of a measure is
slower than any limit. This module must not know targets or verdicts (``objectives``).
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from reports.run_record.histogram import BUCKETS, bounds, buckets_of
from reports.run_record.outcome import ANY_STEP, ORDER, Clock, Outcome
from reports.slo import Indicator, IndicatorKind
from reports.slo_source import EventSource
from reports.slo_where import OPERATORS, Comparison, Expression, Flag, Not, evaluate, leaves
from reports.timeline import Cells, Timeline

Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]
GOOD_OUTCOMES = [outcome.value for outcome in Outcome if outcome.is_good]
REFUSED = [outcome.value for outcome in Outcome if outcome.is_refused]
IN_FLIGHT = "in_flight"
"""Outcome of a wish that was released and has none in the record."""
_CLOCKS = {
    "response_ms": Clock.RESPONSE,
    "service_ms": Clock.SERVICE,
    "step_ms": Clock.STEP,
    "first_event_ms": Clock.FIRST_EVENT,
    "first_content_ms": Clock.FIRST_CONTENT,
    "tpot_ms": Clock.TPOT,
}
_SIGNS = {"lt": "<", "lte": "<=", "gt": ">", "gte": ">="}
_COLUMNS = {"attempts": "requests", "prompts": "prompts"}
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
        part: Expression = Comparison(source.measure or "", _SIGNS[op], limit)
    else:
        part = indicator.part.where if indicator.part_is_good else Not(indicator.part.where)
    count = _orders if source.event == ORDER else _requests
    return count(timeline, source, part, indicator.kind is IndicatorKind.THRESHOLD)


def _nothing(timeline: Timeline, absent: str = "") -> Population:
    zeros, none = np.zeros(timeline.length_s, dtype=np.int64), np.zeros(0, dtype=np.int64)
    return Population(zeros, zeros, zeros, Cells(none, none.astype(str), none, none), absent=absent)


# Orders


def order_events(timeline: Timeline) -> pd.DataFrame:
    """Every scheduled wish as a row: the purchase rows, then the dropped and the unended, whose ``intent_us`` is -1."""
    columns = ["second", "outcome", "reason", "last_step", "intent_us", "requests", "prompts"]
    flags = ["coupon_due", "coupon_ok", "correct"]
    rows = timeline.purchases[columns + flags]
    frame = timeline.seconds
    unended = (frame["released"] - frame["ended"]).clip(lower=0)
    ghosts = [_ghosts(frame["dropped"], Outcome.DROPPED), _ghosts(unended, IN_FLIGHT)]
    return pd.concat([rows, *(some for some in ghosts if len(some))], ignore_index=True)


_GHOST: dict[str, str | int | bool] = {
    "reason": "",
    "last_step": "",
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


def _order_values_ms(events: pd.DataFrame, measure: str) -> NDArray[np.float64]:
    if measure in _COLUMNS:
        return events[_COLUMNS[measure]].to_numpy(dtype=np.float64)
    micros = events["intent_us"].to_numpy(dtype=np.float64)
    return np.where(micros < 0, np.inf, micros / 1000)


def _orders(timeline: Timeline, source: EventSource, part: Expression, threshold: bool) -> Population:
    events = order_events(timeline)
    first_step = timeline.manifest.steps[0] if timeline.manifest.steps else ANY_STEP

    def leaf(one: Flag | Comparison) -> Bools:
        if isinstance(one, Flag):
            return order_flag(events, one.name, first_step)
        chosen: Bools = OPERATORS[one.op](_order_values_ms(events, one.measure), one.limit)
        return chosen

    everything = np.ones(len(events), dtype=bool)
    chosen: Bools = evaluate(source.where, leaf, everything)
    good: Bools = chosen & evaluate(part, leaf, everything)
    if threshold:
        good &= events["outcome"].isin(GOOD_OUTCOMES).to_numpy()
    second = events["second"].to_numpy(dtype=np.int64)
    n, bad = (np.bincount(second[mask], minlength=timeline.length_s) for mask in (chosen, chosen & ~good))
    timed = chosen & (events["intent_us"].to_numpy() >= 0)
    answered = timed & events["outcome"].isin(GOOD_OUTCOMES).to_numpy()
    measured = _order_cells(events[answered]) if threshold and source.measure == "intent_ms" else None
    return Population(n, bad, bad, _order_cells(events[timed]), measured)


def _order_cells(events: pd.DataFrame) -> Cells:
    buckets = buckets_of(events["intent_us"].to_numpy(dtype=np.int64))
    seconds = events["second"].to_numpy(dtype=np.int64)
    return Cells(seconds, events["outcome"].to_numpy(), buckets, np.ones(len(buckets), dtype=np.int64))


# Requests of one step


def _requests(timeline: Timeline, source: EventSource, part: Expression, threshold: bool) -> Population:
    rows = timeline.requests(source.step)
    if not len(rows):
        return _nothing(timeline)
    everything = np.ones(len(rows), dtype=bool)

    def fold(tree: Expression, comparison_holds: bool) -> Bools:
        def leaf(one: Flag | Comparison) -> Bools:
            return _request_flag(rows, one.name) if isinstance(one, Flag) else everything & comparison_holds

        folded: Bools = evaluate(tree, leaf, everything)
        return folded

    chosen = fold(source.where, True)
    good_if, good_unless = chosen & fold(part, True), chosen & fold(part, False)
    if threshold:
        answered = rows["outcome"].isin(GOOD_OUTCOMES).to_numpy()
        good_if, good_unless = good_if & answered, good_unless & answered
    n = _by_second(rows, chosen, timeline.length_s)
    good_min = good_max = _by_second(rows, good_if & good_unless, timeline.length_s)
    comparison = next((one for one in leaves(part) if isinstance(one, Comparison)), None)
    measured, absent = None, ""
    if comparison is not None:
        cells = timeline.cells(source.step, _CLOCKS[comparison.measure])
        depends = rows["outcome"][good_if != good_unless].unique()
        if len(depends) and not np.isin(cells.outcome, depends).any():
            absent = f"the record holds no {comparison.measure} of {source.step} for {', '.join(sorted(depends))}"
        for holds, mask in ((True, good_if & ~good_unless), (False, good_unless & ~good_if)):
            fewest, most = _fitting(rows, mask, cells, comparison, holds, timeline.length_s)
            good_min, good_max = good_min + fewest, good_max + most
        if threshold:
            measured = _of_outcomes(cells, rows["outcome"][chosen & answered].unique())
    latency = _of_outcomes(timeline.cells(source.step, Clock.RESPONSE), rows["outcome"][chosen].unique())
    return Population(n, n - good_max, n - good_min, latency, measured, absent)


def _request_flag(rows: pd.DataFrame, name: str) -> Bools:
    if name == "refused":
        return rows["outcome"].isin(REFUSED).to_numpy()
    return ((rows["outcome"] == name) | (rows["reason"] == name)).to_numpy()


def _by_second(rows: pd.DataFrame, mask: Bools, length_s: int) -> Int64s:
    chosen = rows[mask]
    return np.bincount(chosen["second"], chosen["n"], length_s).astype(np.int64)


def _of_outcomes(cells: Cells, outcomes: Iterable[str]) -> Cells:
    keep = np.isin(cells.outcome, list(outcomes))
    return Cells(cells.second[keep], cells.outcome[keep], cells.bucket[keep], cells.count[keep])


def _fitting(
    rows: pd.DataFrame, mask: Bools, cells: Cells, comparison: Comparison, holds: bool, length_s: int
) -> tuple[Int64s, Int64s]:
    """Requests by second, at least and at most, of the masked rows for which the comparison comes out as ``holds``."""
    total = _by_second(rows, mask, length_s)
    chosen = _of_outcomes(cells, rows["outcome"][mask].unique())
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
