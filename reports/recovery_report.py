"""What a run says of the time after an overload, in values and plain sentences.

The cause is the load: it is gone when the offered rate is back at the capacity, or, where no capacity is known, at what was borne
before. This module must not know objectives.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec
import numpy as np

from reports import recovery
from reports.first_full import BY_FAULTS, BY_QUEUE, BY_REFUSALS, BY_ROOM, first_full
from reports.onset_evidence import Evidence
from reports.onset_load import borne_per_s
from reports.queueing import usual_seconds
from reports.recovery import HELD_S, METASTABLE_S, TIMEOUTS, Aftermath
from reports.saturation_report import SaturationReport
from reports.throttle_onset import Episode, OnsetReport, first
from reports.timeline import Timeline

USUAL_TIMEOUT_S = 8.0
TRIES = 3
"""Attempts that SDKs make in all, for the sentence on what retries would cost."""
CAPACITY, BORNE = "capacity", "borne"
"""Where the load counts as back: at the capacity, declared or measured, or at the highest load before the overload."""
ENDED = {
    BY_REFUSALS: "refusals ended at a load {:.0%} below the one at which they began",
    BY_ROOM: "waiting in line ended at a load {:.0%} below the one at which it began",
    BY_FAULTS: "missing answers ended at a load {:.0%} below the one at which they began",
}
_SPAN = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m)?")
_UNIT_S = {"ms": 0.001, "s": 1.0, "m": 60.0, None: 1.0}


class RecoveryReport(msgspec.Struct, frozen=True, kw_only=True):
    """The time after an overload. Seconds from the run's start but for durations; None = not seen, or not decided."""

    ran: bool
    why_not: str
    began: int | None
    """The second in which the overload showed: refusals, a waiting room, faults, or the first station's queue."""
    removed: int | None
    """The second in which its cause was gone: the load was back at the capacity."""
    ended: int | None
    """The second from which nothing was missing any more, for 30 s."""
    recovery_s: int | None
    """``ended`` - ``removed``."""
    drain_s: int | None
    """From the removal until wishes in flight were usual again."""
    hysteresis: float | None
    """1 - load at which refusals ended / load at which they began; one run has no interval, so this may be chance."""
    metastable: bool | None
    amplification: float | None
    """Attempts for each wish that asked."""
    failed_share: float | None
    """Of the wishes that ended while it lasted, those without an order."""
    amplification_at_three: float | None
    """The most that three attempts each would make of that share."""
    sentences: list[str]
    by: str = ""
    """What was followed to its end: ``refusals``, ``waiting room``, ``faults`` or ``queue``; empty when nothing was full."""
    back_at_per_s: float | None = None
    """The load at which the cause counts as gone."""
    back_at: str = ""
    """``capacity``, declared or measured, or ``borne``: the highest load before the overload, where no capacity is known."""
    was_over: bool = False
    """Whether the load was above that at all, from ``began`` on; if not, load was not the cause, or the capacity is lower than declared."""


NOTHING = RecoveryReport(
    ran=False, why_not="", began=None, removed=None, ended=None, recovery_s=None, drain_s=None, hysteresis=None,
    metastable=None, amplification=None, failed_share=None, amplification_at_three=None, sentences=[],
)  # fmt: skip


def recovery_of(
    timeline: Timeline, onset: OnsetReport, saturation: SaturationReport, evidence: Evidence | str
) -> RecoveryReport:
    """Follow the first overload of a run to its end; ``evidence`` is what ``gather`` found."""
    if isinstance(evidence, str):
        return _not_known(evidence)
    followed = _followed_one(onset, saturation, evidence)
    asked = timeline.purchases["prompts"]
    amplification = float(asked[asked > 0].mean()) if bool((asked > 0).any()) else None
    if followed is None:
        calm = msgspec.structs.replace(NOTHING, ran=True, amplification=amplification)
        return msgspec.structs.replace(calm, sentences=["nothing to recover from: the target was never full"])
    if evidence.goodput is None:
        return _not_known("the record holds no order, so nothing says when all of them came again")
    back_at, back_at_per_s = _back_at(timeline, saturation, evidence, followed.began)
    if not back_at_per_s:
        return _not_known(
            "neither the run nor the manifest tells the capacity, so nothing says when the cause was gone"
        )
    if not np.isfinite(np.median(timeline.seconds["in_flight"].to_numpy()[usual_seconds(evidence.offered)])):
        return _not_known("the record does not say how many wishes were in flight before it")
    begun = msgspec.structs.replace(
        NOTHING, ran=True, began=followed.began, by=followed.by, back_at=back_at, back_at_per_s=back_at_per_s,
        amplification=amplification,
    )  # fmt: skip
    report = _to_its_end(timeline, evidence, evidence.goodput.astype(np.float64), followed.episode, begun)
    return msgspec.structs.replace(report, sentences=list(_sentences(report, len(evidence.offered))))


def _not_known(why_not: str) -> RecoveryReport:
    return msgspec.structs.replace(NOTHING, why_not=why_not, sentences=[f"not known: {why_not}"])


@dataclass(frozen=True, slots=True)
class _Followed:
    """What shows an overload, from which second on."""

    began: int
    by: str
    episode: Episode | None
    """Of a queue that was first: the refusals beside it, if there were any."""


def _followed_one(onset: OnsetReport, saturation: SaturationReport, evidence: Evidence) -> _Followed | None:
    if saturation.first_by == BY_QUEUE:
        return _Followed(saturation.queues[0].second, BY_QUEUE, first(onset))
    found = first_full(onset, evidence)
    return None if found is None else _Followed(found.episode.second, found.by, found.episode)


def _back_at(timeline: Timeline, saturation: SaturationReport, evidence: Evidence, began: int) -> tuple[str, float]:
    """Where the load counts as back, and that rate per second; 0 when nothing tells it.

    A target that stays down drags the run's own estimate with it; what was borne before cannot be more than it holds.
    """
    if declared := timeline.manifest.target.capacity_orders_per_s:
        return CAPACITY, declared
    borne, measured = borne_per_s(evidence.offered, evidence.jumps, began), saturation.capacity_per_s or 0.0
    return (CAPACITY, measured) if measured >= borne else (BORNE, borne)


def _to_its_end(
    timeline: Timeline, evidence: Evidence, good: recovery.Floats, episode: Episode | None, begun: RecoveryReport
) -> RecoveryReport:
    """What came after ``begun``, which has the second, the amplification and the load at which the cause is gone."""
    began, capacity = begun.began or 0, begun.back_at_per_s or 0.0
    usual, seconds = usual_seconds(evidence.offered), evidence.seconds
    in_flight = timeline.seconds["in_flight"].to_numpy(dtype=np.float64)[:seconds]
    in_flight = np.nan_to_num(in_flight, nan=np.inf)  # what nobody counted is not calm
    run = Aftermath(evidence.offered, good, in_flight, float(np.median(in_flight[usual])))
    wishes = Aftermath(evidence.ended.astype(np.float64), good, in_flight, run.usual_in_flight)
    removed = recovery.trigger_removed(run.offered, capacity, began)
    was_over = recovery.is_over(run.offered, capacity, began)
    end = None if episode is None else episode.end
    until = removed if removed is not None else seconds if was_over or end is None else end
    wished, got = float(evidence.ended[began:until].sum()), float(good[began:until].sum())
    failed = max(0.0, 1 - got / wished) if wished else None
    report = msgspec.structs.replace(
        begun, removed=removed, was_over=was_over, failed_share=failed,
        amplification_at_three=None if failed is None else recovery.amplification_bound(failed, TRIES),
        hysteresis=_hysteresis(evidence, episode),
    )  # fmt: skip
    if removed is None:
        return (
            report
            if was_over
            else msgspec.structs.replace(report, ended=recovery.recovered(wishes, _seen_until(episode, began)))
        )
    ended = recovery.recovered(wishes, max(removed, removed if end is None else end))
    return msgspec.structs.replace(
        report,
        ended=ended,
        recovery_s=None if ended is None else ended - removed,
        drain_s=recovery.drained(run, removed),
        metastable=recovery.is_metastable(
            run, removed, capacity, timeout_s=timeout_s(timeline), amplification=begun.amplification or 1.0
        ),
    )


def _seen_until(episode: Episode | None, began: int) -> int:
    """The first second after what was seen of the episode; its end may be too close to the run's end to be certain."""
    if episode is None or episode.end is not None:
        return began if episode is None else episode.end or began
    return began if episode.last_seen is None else episode.last_seen + 1


def _hysteresis(evidence: Evidence, episode: Episode | None) -> float | None:
    """Only where the load came down gradually: after a jump the load at the end says nothing of the limit."""
    if episode is None or episode.end is None or episode.end >= evidence.seconds:
        return None
    if any(not jump.rises and abs(jump.at_s - episode.end) <= HELD_S for jump in evidence.jumps):
        return None
    on = episode.first_throttle_per_s or episode.offered_per_s
    return round(recovery.hysteresis(on, float(evidence.offered[episode.end])), 4)


def timeout_s(timeline: Timeline) -> float:
    """The shopper's patience as the manifest tells it."""
    match = _SPAN.fullmatch(str(timeline.manifest.arguments.get("patience", "")))
    return USUAL_TIMEOUT_S if match is None else float(match[1]) * _UNIT_S[match[2]]


def _sentences(report: RecoveryReport, seconds: int) -> Iterator[str]:
    yield from _when_over(report, seconds)
    if report.drain_s is not None:
        yield f"wishes in flight were as usual {report.drain_s} s after the load was back"
    elif report.removed is not None:
        yield "wishes in flight did not become usual again"
    if report.metastable:
        yield "METASTABLE: it stays down although the cause is gone; it will not recover by itself"
    elif report.metastable is None and report.removed is not None and report.ended is None:
        yield f"whether it stays down by itself is not decided: that takes {METASTABLE_S:.0f} s and {TIMEOUTS:.0f} timeouts of low load"
    if report.hysteresis is not None:
        ended = ENDED.get(report.by, ENDED[BY_REFUSALS])
        yield f"{ended.format(report.hysteresis)} (one run, may be chance)"
    if report.amplification is not None and report.failed_share:
        went = "of all were told to wait, or failed," if report.by == BY_ROOM else "failed"
        yield (
            f"a wish cost {report.amplification:.2f} attempts; {report.failed_share:.0%} {went} while it lasted, so shoppers who try "
            f"{TRIES} times would send up to {report.amplification_at_three:.2f} times the load"
        )


def _when_over(report: RecoveryReport, seconds: int) -> Iterator[str]:
    """The second from which nothing was missing, or why it was not seen."""
    level = (
        "the capacity" if report.back_at == CAPACITY else f"the {report.back_at_per_s:,.0f}/s that were borne before"
    )
    if report.removed is None and report.was_over:
        yield f"not seen: the load stayed above {level} to the end of the run"
    elif report.removed is None:
        if report.ended is not None:
            yield f"over in second {report.ended}; from then on nothing was missing for {HELD_S} s"
        else:
            yield f"not seen: orders were missing or wishes waited in every {HELD_S} s from second {report.began} on"
        yield f"the load was never above {level} after it began, so when its cause was gone is not known"
    elif report.ended is not None:
        yield (
            f"over in second {report.ended}, {report.recovery_s} s after the load was back at {level} (second {report.removed}); "
            f"from then on nothing was missing for {HELD_S} s"
        )
    elif report.drain_s and seconds - report.removed - report.drain_s < HELD_S:
        left = seconds - report.removed - report.drain_s
        yield f"not seen: the run ended {left} s after wishes in flight were as usual again, {HELD_S} s are needed"
    elif seconds - report.removed < HELD_S:
        yield f"not seen: the run ended {seconds - report.removed} s after the load was back at {level}, {HELD_S} s are needed"
    else:
        yield f"NOT seen: orders were missing or wishes waited to the end, {seconds - report.removed} s after the load was back at {level}"
