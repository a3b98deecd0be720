"""Judges a rate of finished work: goodput as a share of the declared capacity, and ends per second."""

import numpy as np
from numpy.typing import NDArray

from reports.explain import interval_explanation
from reports.finding import Finding, undecided
from reports.population import GOOD_OUTCOMES, chosen_orders, chosen_requests, not_on_record, order_events
from reports.run_record.histogram import BUCKETS, bounds
from reports.run_record.outcome import Clock
from reports.slo import SIGNS, IndicatorKind, Objective
from reports.slo_source import EventSource
from reports.timeline import Timeline
from reports.verdict import BATCHES, Interval, Verdict, t_interval, threshold_verdict

Int64s = NDArray[np.int64]
_US_PER_S = 1_000_000
GOODPUT_SECONDS = 10
"""Fewest seconds that a rate of finished work is judged on."""
GOODPUT_BATCHES = 10
GOODPUT_BATCH_S = 5
"""It is averaged over 10 to 20 batches, of 5 s where the run is long enough: neighbouring seconds share their work."""
_MIDDLES_US = np.array([(low + min(up, low + _US_PER_S)) / 2 for low, up in map(bounds, range(BUCKETS))])


def judge_rate(objective: Objective, timeline: Timeline, seconds: Int64s) -> Finding:
    """Judge goodput or throughput on ``seconds``, but for the first of each stretch: admission still has its burst to give."""
    is_share = objective.indicator.kind is IndicatorKind.GOODPUT
    unit, scale, source = "of capacity" if is_share else "per s", 1.0, objective.indicator.total
    if is_share:
        capacity = timeline.manifest.target.capacity_orders_per_s
        if not capacity:
            return undecided("the manifest declares no capacity (target.capacity_orders_per_s)", unit)
        scale = capacity
    elif missing := not_on_record(timeline, source):
        return undecided(missing, unit)
    seconds = seconds[np.isin(seconds - 1, seconds)]
    if len(seconds) < GOODPUT_SECONDS:
        name = "goodput" if is_share else "a rate"
        return undecided(
            f"{name} needs {GOODPUT_SECONDS} seconds after the first of a stretch, the run has {len(seconds)}", unit
        )
    ends = good_orders_by_end(timeline) if is_share else ends_by_second(timeline, source)
    per_second = ends[seconds]
    parts = np.array_split(per_second, min(BATCHES, max(GOODPUT_BATCHES, len(seconds) // GOODPUT_BATCH_S)))
    interval = t_interval([float(part.mean()) / scale for part in parts])
    interval = Interval(float(per_second.mean()) / scale, max(0.0, interval.low), interval.high)
    verdict = threshold_verdict(interval, objective.op, objective.value)
    sentence = f"{per_second.mean():.1f} ends/s over {len(seconds)} seconds"
    if is_share:
        sentence = f"{per_second.mean():.1f} good orders/s of {scale:g} declared, over {len(seconds)} seconds"
    sign = 1 if objective.op in ("gt", "gte") else -1
    offered = float(timeline.seconds["offered_per_s"].to_numpy()[seconds].mean()) / scale
    short = verdict is Verdict.FAIL and sign > 0 and source.event == "order" and 0 < offered < objective.value
    limit_text = f"{SIGNS[objective.op]} {objective.value:g}{' of capacity' if is_share else '/s'}"
    explanation = interval_explanation(
        "t interval", verdict, interval, limit_text,
        unit=unit, n=int(per_second.sum()), batches=len(parts), limit=objective.value, sign=sign,
    )  # fmt: skip
    if short:
        # a target cannot finish what nobody asked of it
        verdict = Verdict.INCONCLUSIVE
        sentence += f"; only {offered * scale:.1f} wishes/s were offered, so the run cannot show more: offer more"
        explanation.lines.append(
            f"But only {offered * scale:.1f} wishes/s were offered, so the target cannot be blamed: INCONCLUSIVE."
        )
    return Finding(
        verdict, sentence, unit, explanation, value=interval.value, low=interval.low, high=interval.high,
        margin=sign * (interval.value - objective.value), n=int(per_second.sum()),
    )  # fmt: skip


def good_orders_by_end(timeline: Timeline) -> Int64s:
    """Confirmed, correct orders with the coupon that was due, and wishes that are done, by the second in which they ended.

    A rate of finished work goes by the end: by intended second, a queue that grows would seem to serve more than it can
    and then nothing. The end is the scheduled arrival, as it was written ahead, + the time from wish to end.
    """
    rows = timeline.purchases
    good = rows["outcome"].isin(GOOD_OUTCOMES) & rows["correct"] & rows["coupon_ok"]
    return _orders_by_end(timeline, good.to_numpy(dtype=bool))


def _orders_by_end(timeline: Timeline, chosen: NDArray[np.bool_]) -> Int64s:
    ends = timeline.purchase_ends[chosen]
    return np.bincount(ends[ends >= 0], minlength=timeline.length_s)


def ends_by_second(timeline: Timeline, source: EventSource) -> Int64s:
    """What the source picks, by the second in which it ended; what never ended is in none.

    The record keeps a request's intended second and how long it took, not its end: it is put half a second and the middle of
    its bucket later, which is a second off at most.
    """
    if source.event == "order":
        events = order_events(timeline).iloc[: len(timeline.purchases)]
        return _orders_by_end(timeline, chosen_orders(timeline, events, source))
    rows = timeline.requests(source.step)
    outcomes = rows["outcome"][chosen_requests(rows, source.where)].unique()
    chosen = timeline.cells(source.step, Clock.RESPONSE).of(outcomes)
    ends = chosen.second + ((_MIDDLES_US[chosen.bucket] + _US_PER_S / 2) // _US_PER_S).astype(np.int64)
    return np.bincount(ends, chosen.count, timeline.length_s).astype(np.int64)
