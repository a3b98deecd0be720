"""What a run says about saturation, in values and plain sentences: which station was full first, what the target holds, the knee.

This module must not know objectives: nothing here passes or fails.
"""

import math
from collections.abc import Iterator

import msgspec
import numpy as np

from reports.onset_evidence import Evidence, good_kinds
from reports.queueing import FEW, IN_A_ROW, TWICE, QueueOnset, knee, queue_onset, usual_seconds
from reports.run_record.outcome import Outcome
from reports.saturation import Capacity, plateau
from reports.station_load import station_loads
from reports.throttle_onset import OnsetReport, first
from reports.timeline import Timeline

REFUSED = [outcome.value for outcome in Outcome if outcome.is_refused]


class StationQueue(msgspec.Struct, frozen=True, kw_only=True):
    """One step whose requests piled up while its answers became slow."""

    step: str
    second: int
    """From which its queue grew, seconds from the run's start."""
    in_flight_before: float
    in_flight_most: float
    latency_before_ms: float
    latency_most_ms: float
    """Mean of the requests due in the slowest second."""


class SaturationReport(msgspec.Struct, frozen=True, kw_only=True):
    """Where and at what rate the target was full. Rates per second; None = the run cannot tell."""

    ran: bool
    why_not: str
    queues: list[StationQueue]
    """In the order in which they began."""
    first_station: str | None
    """The step that was full first: whose queue grew first, or that refused before any queue grew."""
    first_by: str
    """``queue`` or ``refusals``; empty without a station."""
    capacity_per_s: float | None
    """Good orders per second at saturation."""
    capacity_low: float | None
    capacity_high: float | None
    knee_per_s: float | None
    """Where the curve of goodput bends; for the eye, nothing is judged by it."""
    sentences: list[str]


NOTHING = SaturationReport(
    ran=False, why_not="", queues=[], first_station=None, first_by="", capacity_per_s=None, capacity_low=None,
    capacity_high=None, knee_per_s=None, sentences=[],
)  # fmt: skip


def saturation_of(timeline: Timeline, onset: OnsetReport, evidence: Evidence | str) -> SaturationReport:
    """Look for the first full station of a run; ``onset`` says when refusals began, ``evidence`` is what ``gather`` found."""
    if isinstance(evidence, str):
        return msgspec.structs.replace(NOTHING, why_not=evidence, sentences=[f"not known: {evidence}"])
    usual = usual_seconds(evidence.offered)
    found = [
        _queue(step, queue)
        for step, load in station_loads(timeline).items()
        if (queue := queue_onset(load.in_flight, load.latency_s, usual)) is not None
    ]
    found.sort(key=lambda one: one.second)
    station, by = _first(timeline, found, onset)
    per_s, low, high = _capacity(timeline, evidence, onset, by)
    report = msgspec.structs.replace(
        NOTHING, ran=True, queues=found, first_station=station, first_by=by,
        capacity_per_s=per_s, capacity_low=low, capacity_high=high,
        knee_per_s=None if evidence.goodput is None else knee(evidence.offered, evidence.goodput.astype(np.float64)),
    )  # fmt: skip
    return msgspec.structs.replace(report, sentences=list(_sentences(report)))


def _queue(step: str, queue: QueueOnset) -> StationQueue:
    return StationQueue(
        step=step,
        second=queue.second,
        in_flight_before=round(queue.in_flight_before, 1),
        in_flight_most=round(queue.in_flight_most, 1),
        latency_before_ms=round(queue.latency_before_s * 1000, 1),
        latency_most_ms=round(queue.latency_most_s * 1000, 1),
    )


def _first(timeline: Timeline, queues: list[StationQueue], onset: OnsetReport) -> tuple[str | None, str]:
    """The first full station: refusals count for the step that refused most, from their onset."""
    episode = first(onset)
    if queues and (episode is None or queues[0].second <= episode.second):
        return queues[0].step, "queue"
    if episode is None:
        return None, ""
    rows = timeline.outcomes
    refused = rows[rows["outcome"].isin(REFUSED) & rows["step"].isin(timeline.steps)].groupby("step")["n"].sum()
    return (str(refused.idxmax()), "refusals") if len(refused) else (None, "")


def _capacity(
    timeline: Timeline, evidence: Evidence, onset: OnsetReport, by: str
) -> tuple[float | None, float | None, float | None]:
    """Of a target that refuses, as its episode says; of one that queues, what came out while the queue stood."""
    episode = first(onset)
    if by == "refusals" and episode is not None:
        return episode.capacity_per_s, episode.capacity_low, episode.capacity_high
    found = queueing_capacity(timeline, evidence, math.inf) if by == "queue" else None
    return (None, None, None) if found is None else (found.per_s, found.low, found.high)


def queueing_capacity(timeline: Timeline, evidence: Evidence, within_s: float) -> Capacity | None:
    """Good orders per second, none later than ``within_s``, in the seconds in which twice the usual wishes were in flight.

    The first of them are left out, since there the queue still fills.
    """
    in_flight = timeline.seconds["in_flight"].to_numpy(dtype=np.float64)
    usual = float(np.nanmedian(in_flight[usual_seconds(evidence.offered)]))
    standing = np.flatnonzero(in_flight > max(TWICE * usual, FEW))[IN_A_ROW:]
    orders, ends = timeline.orders, timeline.purchase_ends
    good = good_kinds(orders.kinds)[orders.kind] & (orders.intent_us <= within_s * 1e6) & (ends >= 0)
    length = max(timeline.length_s, int(ends.max(initial=0)) + 1)
    return plateau(np.bincount(ends[good], minlength=length)[standing].astype(np.float64))


def _sentences(report: SaturationReport) -> Iterator[str]:
    if report.first_by == "queue":
        queue = report.queues[0]
        yield (
            f"{queue.step} was full first: from second {queue.second} its requests in flight rose from "
            f"{queue.in_flight_before:,.0f} to {queue.in_flight_most:,.0f}, and its answers from "
            f"{queue.latency_before_ms:,.0f} to {queue.latency_most_ms:,.0f} ms"
        )
        close = [other.step for other in report.queues[1:] if other.second - queue.second < IN_A_ROW]
        if close:
            yield f"{', '.join(close)} followed within {IN_A_ROW} s, so which was first is not certain"
    elif report.first_by == "refusals":
        yield f"{report.first_station} was full first: it refused before any step's answers became slow"
    else:
        yield "no step was full: none refused for long enough, and nowhere did requests pile up and answers become slow"
    if report.capacity_per_s is not None:
        # a target that drowns served more before its queue stood: that is no bound of what it can
        when = "while the queue stood" if report.first_by == "queue" else "while it refused"
        yield (
            f"{when}, {report.capacity_per_s:,.1f} good orders/s came out, however many were wished "
            f"[{report.capacity_low:,.1f}, {report.capacity_high:,.1f}]"
        )
    elif report.first_by:
        yield "how many good orders/s it holds is not known: the run has too few seconds above it"
