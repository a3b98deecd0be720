"""What a run says about refusals, as arrays by intended second: how many wishes ended, and how many with which signal.

Every signal is counted over the released wishes that have an outcome. This module must not know charts, models or dates.
"""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from reports.onset_load import Jump, borne_per_s, jumps_of, load_window, rises_gradually, scatter_of_arrivals
from reports.run_record.outcome import ORDER, Outcome, Reason
from reports.run_record.schema import CurveSegment
from reports.timeline import Timeline, expected_arrivals

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

REFUSED = "refused"
"""Hard and soft together."""
HARD, SOFT = Outcome.REFUSED_HARD.value, Outcome.REFUSED_SOFT.value
NO_PROGRESS = Reason.NO_PROGRESS.value
COUPON_MISSING = Reason.COUPON_MISSING.value
QUEUED = Outcome.QUEUED.value
"""Told to wait, and left."""
SHED = Outcome.SHED.value
"""Faults and deadlines, before and after the pay request."""
DISTINCT = (REFUSED, QUEUED, NO_PROGRESS, COUPON_MISSING, SHED)
"""Signals none of which contains another."""
FEWEST_SECONDS = 10
CLOSED_AFTER_S = 10
"""A second of an unfinished run is closed when its wishes have outcomes, or after 10 s."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of each analysed second; arrays have one length, second 0 first."""

    signals: dict[str, Counts]
    """Wishes with each signal."""
    ended: Counts
    """Released wishes with any outcome."""
    released: Counts
    offered: Floats
    """Mean rate of the curve, wishes per second."""
    goodput: Counts | None
    """Wishes that are done, and confirmed, correct orders with the entitled card; None when the record holds no purchase."""
    segments: list[CurveSegment]
    jumps: list[Jump]
    scatter: float
    """Index of dispersion of the arrivals about the curve; 1 where the curve is their own count."""
    warm_up_s: int
    is_counted: bool = False
    """Whether the curve is a count of arrivals."""

    @property
    def seconds(self) -> int:
        """How many seconds are analysed."""
        return len(self.ended)

    def load_span(self, onset: int) -> tuple[float, float]:
        """The span in seconds whose mean is the load at an onset in second ``onset``.

        What was counted follows the refusals in the closed model: there nothing after the onset says what brought it.
        """
        rises = not self.is_counted and rises_gradually(self.offered, onset)
        return load_window(onset, self.jumps, rising_until=self.seconds if rises else 0)

    def offered_at(self, onset: int) -> float:
        """The offered load at an onset in second ``onset``, wishes per second."""
        start, end = self.load_span(onset)
        before, after = expected_arrivals(self.segments, np.array([start, end]))
        return float((after - before) / (end - start))

    def calm_before(self, floor: int, onset: int) -> float | None:
        """The highest offered rate that was borne from second ``floor`` to the onset; None when there is none."""
        return borne_per_s(self.offered, self.jumps, onset, floor) or None


def gather(timeline: Timeline) -> Evidence | str:
    """The evidence of a run, or one clause on why there is too little; an unfinished run counts as far as it goes."""
    length = _closed_seconds(timeline)
    if not int(timeline.seconds["ended"].sum()):
        damaged = (sentence for sentence in timeline.run.truncated if "outcomes" in sentence)
        unscheduled = "nothing was scheduled, so no load is known at which refusals could have begun"
        return next(damaged, unscheduled if timeline.is_unscheduled else "the record holds no outcome of a wish")
    if length < FEWEST_SECONDS:
        return f"the record covers {length} s, and an onset needs {FEWEST_SECONDS}"
    return _evidence(timeline, length)


def _closed_seconds(timeline: Timeline) -> int:
    """The seconds up to the last wish. Of an unfinished run only the closed ones: refusals end sooner than orders, so a second
    whose orders are missing looks refused.
    """
    released, ended = (timeline.seconds[name].to_numpy() for name in ("released", "ended"))
    busy = np.flatnonzero((released > 0) | (ended > 0))
    length = int(busy[-1]) + 1 if len(busy) else 0
    if timeline.run.finished is not None:
        return length
    still_open = np.flatnonzero(ended[:length] < released[:length])
    recent = still_open[still_open >= length - CLOSED_AFTER_S]
    return int(recent[0]) if len(recent) else length


def _evidence(timeline: Timeline, length: int) -> Evidence:
    manifest, frame = timeline.manifest, timeline.seconds.iloc[:length]
    hard, soft, queued, shed, unknown, ended, released, scheduled = (
        frame[name].to_numpy(dtype=np.int64)
        for name in (HARD, SOFT, QUEUED, SHED, Outcome.UNKNOWN.value, "ended", "released", "scheduled")
    )
    wishes, orders = timeline.requests(ORDER), timeline.orders
    kinds = orders.kinds
    stuck = (wishes["outcome"] == Outcome.DEGRADED.value) & (wishes["reason"] == NO_PROGRESS)
    silent = silently_missing(kinds)
    told_missing = _wishes(wishes[wishes["reason"] == COUPON_MISSING], length)
    good = good_kinds(kinds)
    offered = frame["offered_per_s"].to_numpy(dtype=np.float64)
    return Evidence(
        signals={
            REFUSED: hard + soft,
            HARD: hard,
            SOFT: soft,
            QUEUED: queued,
            NO_PROGRESS: _wishes(wishes[stuck], length),
            COUPON_MISSING: np.minimum(told_missing + orders.by_second(silent, length)[:length], ended),
            SHED: shed + unknown,
        },
        ended=ended,
        released=released,
        offered=offered,
        goodput=orders.by_second(good, length)[:length] if len(orders) else None,
        segments=list(timeline.segments),
        jumps=jumps_of(timeline.segments, is_counted=timeline.is_counted),
        scatter=1.0 if timeline.is_counted else scatter_of_arrivals(scheduled, offered),
        warm_up_s=min(math.ceil(manifest.warm_up_s), length),
        is_counted=timeline.is_counted,
    )


def silently_missing(kinds: pd.DataFrame) -> Bools:
    """Which kinds of order were bought without the card that was due, and without a word of it."""
    missing = _bought(kinds) & kinds["coupon_due"].astype(bool) & ~kinds["coupon_ok"].astype(bool)
    return (missing & (kinds["reason"] != COUPON_MISSING)).to_numpy(dtype=bool)


def good_kinds(kinds: pd.DataFrame) -> Bools:
    """Which kinds of order are done or confirmed, correct, and have the card that was due."""
    return (_bought(kinds) & kinds["correct"].astype(bool) & kinds["coupon_ok"].astype(bool)).to_numpy(dtype=bool)


def _bought(kinds: pd.DataFrame) -> "pd.Series[bool]":
    return kinds["outcome"].isin((Outcome.CONFIRMED.value, Outcome.DONE.value))


def _wishes(counted: pd.DataFrame, length: int) -> Counts:
    """The sum of ``n`` by second."""
    sums = counted.groupby("second")["n"].sum()
    return sums.reindex(range(length), fill_value=0).to_numpy(dtype=np.int64)
