"""Whether a run can be judged at all: whether the target was measured, and not the generator.

Each rule is one function of the run that yields a sentence for every breach. One breach makes the run INVALID, and an
invalid run passes and fails nothing. This module must not know objectives beyond their tightest latency limit.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from reports.conservation import identities
from reports.counting import counted
from reports.run_record.histogram import BUCKETS, Histogram
from reports.run_record.outcome import ANY_STEP, ARRIVAL, PURCHASE_STEPS, Clock
from reports.run_record.schema import CLOSED, STOPPED_AFTER_ONSET, UNSCHEDULED, Finished
from reports.scatter import BATCHES_PER_STAGE, stages
from reports.timeline import Timeline
from reports.warm_up import warm_up_warning

LATENESS_FLOOR_MS = 10.0
LATENESS_SHARE_OF_LIMIT = 0.01
"""A late start hides in a response time when it is small against the tightest limit: 1 % of it, at least 10 ms."""
STALLED_SHARE = 0.001
"""Worker-seconds with an event-loop stall above 100 ms; one such second is allowed to a run of any length."""
DROPPED_SHARE = 0.01
BUSY_CPU_SHARE = 0.9
"""Of one core. A generator that uses more queues its own work; it warns, since lateness and stalls decide."""
STAGE_WISHES = 1000
"""A stage of the curve is held to lateness and drops by itself from so many wishes on: below, 1 % is a handful."""
STAGES = 20
"""At most so many stages are told apart."""
CENSORED_SHARE = 0.01
"""Of the released wishes, those without an outcome at the end. Objectives count each of them as bad at most."""
CLOCK_STEP_S = 2.0
"""The wall clock and the monotonic one may disagree by this much over a run."""
_US_PER_S = 1_000_000

CLOSED_MODEL = (
    "The model is closed: shoppers wait for answers before they ask again, so a slow target is asked less, and the waiting of those "
    "who did not come is hidden (coordinated omission). It measures what these shoppers got, not what a crowd would."
)
UNSCHEDULED_MODEL = (
    "Nothing was scheduled: Locust's own users ask again when they have been answered, so response times run from the send, a slow "
    "target is asked less, and the waiting of those who did not come is hidden (coordinated omission). Requests without an answer at "
    "the end leave no row."
)


class Breach(msgspec.Struct, frozen=True):
    """One reason why the run cannot be judged."""

    rule: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a rule may look at."""

    timeline: Timeline
    tightest_limit_ms: float | None


def breaches(timeline: Timeline, tightest_limit_ms: float | None) -> list[Breach]:
    """Every breach of every rule, in the order of RULES; empty = the run is valid."""
    evidence = Evidence(timeline, tightest_limit_ms)
    return [Breach(rule.__name__, sentence) for rule in RULES for sentence in rule(evidence)]


def not_finished(evidence: Evidence) -> Iterator[str]:
    """The run reached the end of its curve and said so; of one that was aborted early ``early_end`` says what is left."""
    run, duration_s = evidence.timeline.run, evidence.timeline.manifest.duration_s
    if run.finished is None:
        seconds = run.table("seconds")["second"].to_numpy()
        last = int(seconds.max()) if len(seconds) else 0
        yield (
            f"The run did not finish: its record ends in second {last} of {duration_s:g} and finished.json is missing, "
            "so the generator was killed or is still running."
        )
    elif not run.finished.complete and run.finished.aborted is None and not is_cut_short(run.finished):
        second = f"{run.finished.elapsed_s:.0f} of {duration_s:g}"
        yield f"The run did not finish: it was {run.finished.ended_by} in second {second}."


def is_cut_short(finished: Finished) -> bool:
    """Whether the run ended in order before its curve did, as it was asked to: it can be judged as far as it goes."""
    return finished.ended_by == STOPPED_AFTER_ONSET


def truncated(evidence: Evidence) -> Iterator[str]:
    """Every file of the record is whole."""
    evidence.timeline.read_tables()
    for sentence in evidence.timeline.run.truncated:
        yield f"The record is damaged: {sentence}."


def nothing_released(evidence: Evidence) -> Iterator[str]:
    """At least one wish was sent on its way; of an unscheduled run, one request."""
    if evidence.timeline.is_unscheduled:
        if not len(evidence.timeline.requests(ANY_STEP)):
            yield "No request was recorded, so nothing is known about the target."
    elif not int(evidence.timeline.seconds["released"].sum()):
        yield "No wish was released, so nothing is known about the target."


def late(evidence: Evidence) -> Iterator[str]:
    """The 99th percentile of lateness is within max(10 ms, 1 % of the tightest limit), in all and in each stage of the curve.

    Nothing is late without a schedule.
    """
    if evidence.timeline.is_unscheduled:
        return
    lateness = evidence.timeline.histogram(ARRIVAL, Clock.LATENESS)
    allowed_ms = max(LATENESS_FLOOR_MS, LATENESS_SHARE_OF_LIMIT * (evidence.tightest_limit_ms or 0.0))
    if not lateness.n:
        where = f"step {ARRIVAL}, clock {Clock.LATENESS}"
        yield f"The record does not say how late the generator was: it has no histogram of {where}."
        return
    cells = evidence.timeline.cells(ARRIVAL, Clock.LATENESS)
    spans = {"": lateness}
    for where, seconds in _stages(evidence.timeline):
        inside = (cells.second >= seconds[0]) & (cells.second <= seconds[-1])
        by_bucket = counted(cells.bucket, BUCKETS, inside, cells.count)
        if int(by_bucket.sum()) >= STAGE_WISHES:
            spans[f" in {where}"] = Histogram(by_bucket, 0, lateness.max_us)
    for where, one in spans.items():
        p99_ms = (one.quantile_us(990_000) or 0.0) / 1000
        if p99_ms > allowed_ms:
            yield (
                f"The generator was late{where}: 1 % of wishes started {p99_ms:.1f} ms or more after their time, "
                f"{allowed_ms:g} ms is allowed."
            )
            return


def _stages(timeline: Timeline) -> Iterator[tuple[str, NDArray[np.int64]]]:
    """The stages of the curve, when there is more than one: their seconds, in words and as numbers."""
    at = np.arange(timeline.length_s)
    stage_of = stages(timeline.segments, at, STAGES * BATCHES_PER_STAGE)
    for stage in np.unique(stage_of) if stage_of.any() else []:
        seconds = at[stage_of == stage]
        yield f"seconds {seconds[0]} to {seconds[-1]}", seconds


def stalled(evidence: Evidence) -> Iterator[str]:
    """Event-loop stalls above 100 ms in at most 0.1 % of worker-seconds, or in one of them; a stall of 5 s counts five."""
    health = evidence.timeline.health
    bad = health[health["stalls"] > 0]
    if not len(health):
        yield "The record says nothing of the generator's health: health.arrows holds no row."
        return
    stood = int((bad["stall_max_us"] // _US_PER_S).clip(lower=1).sum())
    if stood > max(1, STALLED_SHARE * len(health)):
        worst = bad.sort_values("stall_max_us").iloc[-1]
        yield (
            f"The generator stalled in {stood} of {len(health)} worker-seconds, at worst for "
            f"{worst['stall_max_us'] / 1000:.0f} ms in second {worst['second']}."
        )


def dropped(evidence: Evidence) -> Iterator[str]:
    """The generator dropped at most 1 % of the scheduled wishes, in all and in each stage of the curve."""
    frame = evidence.timeline.seconds
    spans = [("", frame)]
    for where, seconds in _stages(evidence.timeline):
        inside = frame.loc[seconds]
        if int(inside["scheduled"].sum()) >= STAGE_WISHES:
            spans.append((f" of {where}", inside))
    for where, one in spans:
        lost, scheduled = int(one["dropped"].sum()), int(one["scheduled"].sum())
        if lost > DROPPED_SHARE * scheduled:
            first = int(one.index[one["dropped"] > 0][0])
            finished = evidence.timeline.run.finished
            held_back = finished.held_back if finished else 0
            reason = f"the guard's ceiling held back {held_back} of them, so offer less or have it raised"
            yield (
                f"The generator dropped {lost} of {scheduled} wishes{where} ({lost / max(scheduled, 1):.1%}, 1 % is allowed), "
                f"the first in second {first}: {reason if held_back else 'give it more shoppers (-u) or workers'}."
            )
            return


def censored(evidence: Evidence) -> Iterator[str]:
    """At most 1 % of the released wishes were still in flight when the record was closed: the slowest ones are not in it.

    An abort cuts wishes off, and what is judged of such a run counts them as good.
    """
    finished = evidence.timeline.run.finished
    if finished is not None and finished.aborted is None and finished.in_flight > CENSORED_SHARE * finished.released:
        yield (
            f"The record was closed while {finished.in_flight} of {finished.released} wishes were still in flight (1 % is allowed): "
            "how the slowest ones ended is not known. Let the run drain."
        )


def not_conserved(evidence: Evidence) -> Iterator[str]:
    """Every identity of the record holds."""
    for identity in identities(evidence.timeline):
        if identity.broken:
            yield f"The record contradicts itself: {identity.broken} (of {identity.line})."


def worker_lost(evidence: Evidence) -> Iterator[str]:
    """Every worker is on record, and its batches arrived up to one that says it is the last."""
    finished, workers = evidence.timeline.run.finished, evidence.timeline.manifest.workers
    if finished is not None and workers > max(1, len(finished.workers)):
        yield f"The run began with {workers} workers and the record ends with {len(finished.workers)}: the others' share is missing."
    for worker in finished.workers if finished else []:
        sent = worker.highest_sequence + 1
        if worker.batches != sent:
            yield f"Worker {worker.worker} sent {sent} batches and {sent - worker.batches} are missing."
        if not worker.final_received:
            yield f"Worker {worker.worker} never said that it had ended; its last batches may be missing."


def told_problems(evidence: Evidence) -> Iterator[str]:
    """The generator itself reports nothing missing."""
    finished = evidence.timeline.run.finished
    for problem in finished.problems if finished else []:
        yield f"The generator reports: {problem}"


def clock_went_back(evidence: Evidence) -> Iterator[str]:
    """No duration and no second is negative."""
    for table, names in _NEVER_NEGATIVE.items():
        for name in names:
            lowest = evidence.timeline.lowest(table, name)
            if lowest is not None and lowest < 0:
                yield f"A clock went back: {table}.{name} holds {lowest}."


_NEVER_NEGATIVE = {
    "seconds": ("second",),
    "outcomes": ("second",),
    "histograms": ("second", "sum_us", "max_us"),
    "purchases": ("second", "intent_us"),
    "health": ("lateness_p50_us", "lateness_p99_us", "lateness_max_us", "stall_max_us"),
}


def clock_stepped(evidence: Evidence) -> Iterator[str]:
    """Wall clock and monotonic clock agree on how long the run took: a step would shift seconds, expiry dates and the onset's hour."""
    finished, begun_ns = evidence.timeline.run.finished, evidence.timeline.manifest.started_unix_ns
    if finished is not None:
        wall_s = (finished.ended_unix_ns - begun_ns) / 1e9
        if abs(wall_s - finished.elapsed_s) > CLOCK_STEP_S:
            yield (
                f"The wall clock was set while the run went on: by it the run took {wall_s:.1f} s, by the monotonic clock "
                f"{finished.elapsed_s:.1f} s."
            )


def step_missing(evidence: Evidence) -> Iterator[str]:
    """Where purchases were confirmed, each of their steps has requests; a journey of one's own may leave steps out."""
    timeline = evidence.timeline
    if tuple(timeline.manifest.steps) == PURCHASE_STEPS and int(timeline.seconds["confirmed"].sum()):
        ran = set(timeline.outcomes["step"].unique())
        for step in timeline.manifest.steps:
            if step not in ran:
                yield f"Step {step} never ran although wishes were confirmed: the record misses a part of the journey."


RULES: tuple[Callable[[Evidence], Iterator[str]], ...] = (
    not_finished,
    truncated,
    nothing_released,
    worker_lost,
    told_problems,
    late,
    stalled,
    dropped,
    censored,
    not_conserved,
    clock_went_back,
    clock_stepped,
    step_missing,
)
"""The rules, each of which can make a run INVALID on its own; causes stand before what they bring about."""


def warnings(timeline: Timeline) -> list[str]:
    """Sentences about what does not invalidate a run but should be looked at."""
    health = timeline.health
    process = timeline.manifest.curve.process
    sentences = [said for name, said in ((CLOSED, CLOSED_MODEL), (UNSCHEDULED, UNSCHEDULED_MODEL)) if process == name]
    finished = timeline.run.finished
    if finished is not None and is_cut_short(finished):
        sentences.append(
            f"The run was {finished.ended_by} in second {finished.elapsed_s:.0f} of {timeline.manifest.duration_s:g}: it is judged as far "
            "as it goes, and says nothing of what was still to come."
        )
    if len(health):
        busy = float(np.quantile(health["cpu_share"], 0.95))
        if busy > BUSY_CPU_SHARE:
            sentences.append(f"The generator used {busy:.0%} of a core in its busiest seconds: add workers.")
    if timeline.manifest.warm_up_s and math.ceil(timeline.manifest.warm_up_s) >= timeline.length_s:
        sentences.append("The warm-up is as long as the run, so objectives have no second to be judged on.")
    unsettled = warm_up_warning(timeline)
    return [*sentences, unsettled] if unsettled else sentences
