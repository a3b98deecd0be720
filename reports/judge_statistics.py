"""Judges a number over events that is no share: ``avg`` by a t interval, ``min``, ``max``, ``count`` and ``value`` exactly.

A duration is known of what ended done or confirmed only. The others are slower than any limit, so they make a ``max``
infinite; an ``avg``, ``min`` or ``value`` says how many it leaves out. Attempts and prompts are known of every wish that ended.
"""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from reports.explain import amount, interval_explanation
from reports.finding import Finding, undecided
from reports.population import (
    CLOCKS,
    GOOD_OUTCOMES,
    IN_FLIGHT,
    chosen_orders,
    chosen_requests,
    not_on_record,
    order_events,
    order_values,
    unended,
)
from reports.run_record.histogram import bounds
from reports.run_record.outcome import Outcome
from reports.slo import SIGNS, Objective
from reports.slo_source import EventSource
from reports.slo_values import Quantity
from reports.timeline import Timeline
from reports.verdict import BATCHES, Interval, Verdict, ratio_interval, threshold_verdict

Int64s = NDArray[np.int64]
Floats = NDArray[np.float64]
MEAN_BATCHES = 10
"""Fewest spans with an event that a mean is judged on."""


@dataclass(frozen=True, slots=True)
class Sums:
    """Values of the chosen events by second, in ms or counts; all arrays have the run's length."""

    n: Int64s
    """Events that have a value; of a count, all events."""
    total: Floats
    low: float
    """The least value, which is known to lie from here"""
    low_at_most: float
    """to here."""
    high: float
    valueless: int
    """Chosen events that are neither done nor confirmed, and so have no duration."""
    in_flight: int


def judge_statistic(objective: Objective, timeline: Timeline, seconds: Int64s) -> Finding:
    """Judge one statistic on the events of ``seconds``."""
    source = objective.indicator.total
    unit = "ms" if objective.indicator.quantity is Quantity.DURATION else "count"
    if missing := not_on_record(timeline, source):
        return undecided(missing, unit)
    sums = (_order_sums if source.event == "order" else _request_sums)(timeline, source, seconds)
    n = int(sums.n[seconds].sum())
    if source.statistic == "count":
        if not n and not _anything_ran(timeline, source, seconds):
            return undecided("nothing was released in these seconds, so a count of 0 says nothing", unit)
    elif not n:
        return undecided("no event has a value of the measure", unit)
    parts = np.array_split(seconds, min(BATCHES, len(seconds)))
    interval = _interval(source.statistic, sums, n, parts)
    if interval is None:
        return undecided(
            f"too few samples: a mean needs events in {MEAN_BATCHES} of {BATCHES} equal spans of time", unit
        )
    return _finding(objective, unit, interval, n, len(parts), sums)


def _interval(statistic: str, sums: Sums, n: int, parts: list[Int64s]) -> Interval | None:
    if statistic == "avg":
        counts = np.array([int(sums.n[part].sum()) for part in parts])
        totals = np.array([float(sums.total[part].sum()) for part in parts])
        used = counts > 0
        return ratio_interval(totals[used], counts[used]) if int(used.sum()) >= MEAN_BATCHES else None
    if statistic == "count":
        return Interval(float(n), float(n), float(n + sums.in_flight))
    if statistic == "value":
        total = float(sum(float(sums.total[part].sum()) for part in parts))
        return Interval(total, total, math.inf if sums.in_flight else total)
    if statistic == "min":
        return Interval(sums.low, sums.low, sums.low_at_most)
    never = bool(sums.valueless or sums.in_flight)
    return Interval(math.inf, math.inf, math.inf) if never else Interval(sums.high, sums.high, sums.high)


def _finding(objective: Objective, unit: str, interval: Interval, n: int, batches: int, sums: Sums) -> Finding:
    op, limit, statistic = objective.op, objective.value, objective.indicator.total.statistic
    verdict = exact_verdict(interval, op, limit) if op in ("eq", "ne") else threshold_verdict(interval, op, limit)
    sign = {"gt": 1, "gte": 1, "lt": -1, "lte": -1}.get(op, 0)
    explanation = interval_explanation(
        "t interval" if statistic == "avg" else "exact", verdict, interval, f"{SIGNS[op]} {amount(limit, unit)}",
        unit=unit, n=n, batches=batches, limit=limit, sign=sign,
    )  # fmt: skip
    sentence = f"{statistic} {amount(interval.value, unit)} of {n:,} events"
    if sums.valueless:
        left_out = f"{sums.valueless:,} of {n + sums.valueless:,} were neither done nor confirmed"
        sentence += f"; {left_out}, and " + ("are slower than any limit" if statistic == "max" else "are left out")
        explanation.lines.insert(0, f"Of the events, {left_out} and have no duration.")
    if sums.in_flight and statistic in ("count", "value", "max"):
        sentence += f"; {sums.in_flight:,} wishes were still in flight"
        explanation.lines.insert(
            0, f"When the record was closed, {sums.in_flight:,} wishes were still in flight; they may add to it."
        )
    margin = sign * (interval.value - limit) if sign and math.isfinite(interval.value) else None
    return Finding(
        verdict, sentence, unit, explanation, value=interval.value, low=interval.low, high=interval.high, margin=margin, n=n
    )  # fmt: skip


def exact_verdict(interval: Interval, op: str, limit: float) -> Verdict:
    """Judge "is just ``limit``" (``eq``) or "is not" (``ne``)."""
    if not interval.low <= limit <= interval.high:
        equal = Verdict.FAIL
    else:
        equal = Verdict.PASS if interval.low == interval.high else Verdict.INCONCLUSIVE
    swapped = {Verdict.PASS: Verdict.FAIL, Verdict.FAIL: Verdict.PASS}
    return equal if op == "eq" else swapped.get(equal, equal)


def _anything_ran(timeline: Timeline, source: EventSource, seconds: Int64s) -> bool:
    if source.event == "order":
        return bool(timeline.seconds["scheduled"].to_numpy()[seconds].sum())
    return bool(np.isin(timeline.requests(source.step)["second"], seconds).any())


def _order_sums(timeline: Timeline, source: EventSource, seconds: Int64s) -> Sums:
    events = order_events(timeline)
    events = events[chosen_orders(timeline, events, source) & np.isin(events["second"], seconds)]
    ended = events["outcome"] != IN_FLIGHT
    if source.measure is None:
        # what is in flight has no outcome yet and may get any
        counted = events[ended]
        in_flight = int(unended(timeline).to_numpy()[seconds].sum())
        return Sums(
            _by_second(counted["second"], None, timeline).astype(np.int64),
            np.zeros(timeline.length_s),
            0,
            0,
            0,
            0,
            in_flight,
        )
    known = ended & (events["outcome"] != Outcome.DROPPED)
    valued = events[known & events["outcome"].isin(GOOD_OUTCOMES)] if source.measure.endswith("_ms") else events[known]
    values = order_values(valued, source.measure)
    low, high = (float(values.min()), float(values.max())) if len(values) else (math.inf, -math.inf)
    valueless = int(ended.sum()) - len(valued) if source.measure.endswith("_ms") else 0
    n, total = _by_second(valued["second"], None, timeline), _by_second(valued["second"], values, timeline)
    return Sums(n.astype(np.int64), total, low, low, high, valueless, int((~ended).sum()))


def _by_second(second: "pd.Series[int]", weights: Floats | None, timeline: Timeline) -> NDArray[np.float64]:
    return np.bincount(second.to_numpy(dtype=np.int64), weights, timeline.length_s).astype(np.float64)


def _request_sums(timeline: Timeline, source: EventSource, seconds: Int64s) -> Sums:
    rows = timeline.requests(source.step)
    rows = rows[chosen_requests(rows, source.where) & np.isin(rows["second"], seconds)]
    in_flight = int(unended(timeline).to_numpy()[seconds].sum())
    counts = rows["n"].to_numpy(dtype=np.float64)
    if source.measure is None:
        return Sums(
            _by_second(rows["second"], counts, timeline).astype(np.int64),
            np.zeros(timeline.length_s),
            0,
            0,
            0,
            0,
            in_flight,
        )
    good = rows["outcome"].isin(GOOD_OUTCOMES)
    heads = timeline.histogram_heads(source.step, CLOCKS[source.measure])
    heads = heads[heads["outcome"].isin(rows["outcome"][good].unique()) & np.isin(heads["second"], seconds)]
    n = _by_second(heads["second"], heads["n"].to_numpy(dtype=np.float64), timeline).astype(np.int64)
    total = _by_second(heads["second"], heads["sum_us"].to_numpy(dtype=np.float64), timeline) / 1000
    cells = timeline.cells(source.step, CLOCKS[source.measure]).of(heads["outcome"].unique())
    buckets = cells.bucket[np.isin(cells.second, seconds)]
    least, up = bounds(int(buckets.min())) if len(buckets) else (math.inf, math.inf)
    high = float(heads["max_us"].max()) if len(heads) else -math.inf
    valueless = int(counts.sum()) - int(n.sum())
    return Sums(n, total, least / 1000, (up - 1) / 1000, high / 1000, valueless, in_flight)
