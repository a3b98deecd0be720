"""What a run says about saturation, in values and plain sentences: which station was full first, what the target holds, the knee.

This module must not know objectives: nothing here passes or fails.
"""

from collections.abc import Iterator
from typing import Any

import msgspec
import numpy as np

from reports.came_out import came_out, left_the_room
from reports.first_full import BY_FAULTS, BY_QUEUE, BY_REFUSALS, BY_ROOM, FirstFull, first_full, station_of
from reports.onset_evidence import Evidence
from reports.queueing import IN_A_ROW, QueueOnset, knee, queue_onset, usual_seconds
from reports.saturation import Capacity
from reports.station_load import station_loads
from reports.throttle_onset import OnsetReport
from reports.timeline import Timeline

WHILE = {
    BY_QUEUE: "while the queue stood",
    BY_REFUSALS: "while it refused",
    BY_ROOM: "while the waiting room held people",
    BY_FAULTS: "while shoppers were left without an answer",
}
DID_TO_SHOPPERS = {
    BY_REFUSALS: "shoppers were refused",
    BY_ROOM: "shoppers were told to wait",
    BY_FAULTS: "shoppers were left without an answer",
}


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
    """The step that was full first: whose queue grew first, or that said so most in the first episode, before any queue grew.

    None also when the record names no step of that episode.
    """
    first_by: str
    """``queue``, ``refusals``, ``waiting room`` (shoppers were told to wait) or ``faults`` (they were left without an answer); empty when
    nothing was full."""
    capacity_per_s: float | None
    """Good orders per second at saturation."""
    capacity_low: float | None
    capacity_high: float | None
    knee_per_s: float | None
    """Where the curve of goodput bends; for the eye, nothing is judged by it."""
    sentences: list[str]
    capacity_settled: bool = True
    """Whether the seconds just after a rise of the load are left out of it; with them it reads high."""
    first_second: int | None = None
    """The second in which the first station was full; None when nothing was."""
    first_reason: str = ""
    """The reason that its requests gave most often; empty for a queue."""
    shoppers_left: bool = False
    """Of ``waiting room``: fewer orders came out while it held people than before, so what came out is no capacity."""
    load_was_borne: bool = False
    """Of ``faults``: the load was no higher than what had been borne before, so nothing says that it was the cause."""


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
    first = first_full(onset, evidence)
    report = msgspec.structs.replace(
        NOTHING, ran=True, queues=found, **_first(timeline, evidence, found, first),
        knee_per_s=None if evidence.goodput is None else knee(evidence.offered, evidence.goodput.astype(np.float64)),
    )  # fmt: skip
    capacity = _capacity(timeline, evidence, report.first_by, first)
    if capacity is not None:
        report = msgspec.structs.replace(
            report, capacity_per_s=capacity.per_s, capacity_low=capacity.low, capacity_high=capacity.high,
            capacity_settled=capacity.is_settled,
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


def _first(
    timeline: Timeline, evidence: Evidence, queues: list[StationQueue], first: FirstFull | None
) -> dict[str, Any]:
    """The fields of the first full station; a queue that began as early as the first episode comes first."""
    if queues and (first is None or first.was_borne or queues[0].second <= first.episode.second):
        return {"first_station": queues[0].step, "first_by": BY_QUEUE, "first_second": queues[0].second}
    if first is None:
        return {}
    station = station_of(timeline, first.episode)
    return {
        "first_station": None if station is None else station.step,
        "first_by": first.by,
        "first_second": first.episode.second,
        "first_reason": "" if station is None else station.reason,
        "load_was_borne": first.was_borne,
        "shoppers_left": left_the_room(timeline, evidence, first),
    }


def _capacity(timeline: Timeline, evidence: Evidence, by: str, first: FirstFull | None) -> Capacity | None:
    """Of a target that refuses, as its episode says; of others, what came out while they were full."""
    if by != BY_REFUSALS or first is None:
        return came_out(timeline, evidence, by, first)
    one = first.episode
    if one.capacity_per_s is None or one.capacity_low is None or one.capacity_high is None:
        return None
    return Capacity(one.capacity_per_s, one.capacity_low, one.capacity_high, one.capacity_settled)


def _sentences(report: SaturationReport) -> Iterator[str]:
    if not report.first_by:
        yield (
            "no step was full: nobody was refused, told to wait or left without an answer for long enough to tell, and nowhere did requests pile "
            "up and answers become slow"
        )
        return
    yield from _station_sentences(report)
    if report.capacity_per_s is not None:
        # a target that drowns served more before its queue stood: that is no bound of what it can
        yield (
            f"{WHILE[report.first_by]}, {report.capacity_per_s:,.1f} good orders/s came out, however many were wished "
            f"[{report.capacity_low:,.1f}, {report.capacity_high:,.1f}]"
        )
        if not report.capacity_settled:
            yield "that may read high: it counts the seconds just after the load rose, too, since too few are left without them"
        if report.first_by == BY_ROOM:
            yield "it may hold more: who was told to wait left instead of coming back"
    elif report.load_was_borne:
        yield "how many good orders/s it holds is not known: nothing shows that the load was too high"
    elif report.shoppers_left:
        yield (
            "how many good orders/s it holds is not known: fewer came out than before, since who was told to wait left instead of coming "
            "back"
        )
    else:
        yield "how many good orders/s it holds is not known: the run has too few seconds above it"


def _station_sentences(report: SaturationReport) -> Iterator[str]:
    """Which step was full first, by what it showed, and which queues grew as well."""
    step, since = report.first_station, f"from second {report.first_second}"
    if report.first_by == BY_QUEUE:
        yield f"{step} was full first: {_grew(report.queues[0])}"
        close = [other.step for other in report.queues[1:] if other.second - report.queues[0].second < IN_A_ROW]
        if close:
            yield f"{', '.join(close)} followed within {IN_A_ROW} s, so which was first is not certain"
        return
    why = f" ({report.first_reason.replace('_', ' ')})" if report.first_reason else ""
    if step is None:
        yield f"which step was full first is not known: {since} {DID_TO_SHOPPERS[report.first_by]}, and the record names no step of it"
    elif report.first_by == BY_REFUSALS:
        yield f"{step} was full first: it refused before any step's answers became slow"
    elif report.load_was_borne:
        yield (
            f"{step} failed first: {since} it left shoppers without an answer{why}, at a load that is not known to be higher than what "
            "was borne before, so the cause may be another than load"
        )
    else:
        did = "told shoppers to wait" if report.first_by == BY_ROOM else "left shoppers without an answer"
        yield f"{step} was full first: {since} it {did}{why}, before requests piled up at any step"
    for queue in report.queues[:1]:
        yield (
            f"later its queue was seen as well: {_grew(queue)}"
            if queue.step == step
            else f"{queue.step} was full later: {_grew(queue)}"
        )


def _grew(queue: StationQueue) -> str:
    return (
        f"from second {queue.second} its requests in flight rose from "
        f"{queue.in_flight_before:,.0f} to {queue.in_flight_most:,.0f}, and its answers from "
        f"{queue.latency_before_ms:,.0f} to {queue.latency_most_ms:,.0f} ms"
    )
