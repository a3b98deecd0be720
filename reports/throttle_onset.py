"""Says when, and at which load, a target began to turn shoppers away: every signal, every episode, with its certainty.

Signals are shares of the released wishes by their intended second. Charts raise the alarm (``run_record.cusum``), a model of the
rise dates it (``onset_model``). Groups of shoppers have charts of their own (``onset_groups``): of the chance of a false alarm in
the run, 1 %, the charts of all wishes have .9. A run that cannot be analysed says why: no data is not "none". This module must
not know objectives, nor the target's own account (``truth_log``).
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import combinations

import msgspec
import numpy as np
from numpy.typing import NDArray

from reports.onset_cohorts import NOT_RECORDED, Cohort, FirstSignal, cohorts_of, first_signal, not_recorded
from reports.onset_evidence import DISTINCT, QUEUED, REFUSED, Evidence, gather
from reports.onset_group_words import sentences
from reports.onset_groups import GroupsReport, Whole, watch_groups
from reports.onset_load import Rate, counted_rate, settled, whole_seconds
from reports.onset_model import date_episode
from reports.run_record.cusum import FALSE_ALARM, OF_ALL, TOLERATED_SHARE, Excursion, Rule, scan
from reports.run_record.run_directory import Run
from reports.run_record.schema import CLOSED
from reports.saturation import Capacity, settled_capacity
from reports.timeline import Timeline

Counts = NDArray[np.int64]

TOLERABLE = 0.25
"""Above a quarter there is no throttling left to find: twice the share must stay well below all."""
STEP, HINGE = "step", "hinge"


class Episode(msgspec.Struct, frozen=True, kw_only=True):
    """One stretch in which a signal exceeded the tolerated share. Seconds from the run's start, rates in wishes/s."""

    signal: str
    """``refused`` (hard and soft), ``refused_hard``, ``refused_soft``, ``queued``, ``no_progress``, ``coupon_missing`` or ``shed``."""
    second: int
    """The onset: the first second of the episode."""
    set_first: int
    set_last: int
    """The onset lies in these seconds with 95 % probability."""
    alarm: int
    """The second in which the alarm was certain."""
    end: int | None
    """The first second after the episode; None when it is not certain that it ended."""
    wall_utc: str
    """The onset's second on the wall clock."""
    offered_per_s: float
    offered_low: float
    offered_high: float
    """Offered load at the onset, and its extremes over the 95 % set."""
    released_per_s: float
    released_low: float
    released_high: float
    """Released load at the onset, with its 95 % interval over the 95 % set."""
    refused: int
    """Wishes of the episode with this signal."""
    of: int
    """Wishes of the episode that ended."""
    method: str
    """``step`` or ``hinge``: which model dated the onset."""
    first_throttle_per_s: float | None
    """The offered load at which refusals begin, from the hinge; None where the load jumped, or a few were refused well below it."""
    capacity_low: float | None
    capacity_high: float | None
    """95 % interval of ``capacity_per_s``."""
    capacity_per_s: float | None = None
    """Good orders per second at saturation; of signal ``refused`` only, None when the run cannot tell."""
    capacity_settled: bool = True
    """Whether the seconds just after a rise of the load are left out of it; with them it reads high."""
    first_throttle_low: float | None = None
    first_throttle_high: float | None = None
    """95 % interval of ``first_throttle_per_s``."""
    calm_per_s: float | None = None
    """The highest offered rate of a second before the onset, since the last episode, but for the level to which the load jumped less than
    ten seconds before it; None when there is no such second."""
    last_seen: int | None = None
    """The last second of the episode with the signal; the end may be too close to the run's end to be certain."""
    first_signal: FirstSignal | None = None
    """The request that said so first; None when none did."""
    cohorts: list[Cohort] = []
    """Who was turned away; of the first episode of each signal."""


class OnsetReport(msgspec.Struct, frozen=True, kw_only=True):
    """All episodes of a run, in the order of their onsets."""

    tolerated_share: float
    planned_s: int
    episodes: list[Episode]
    blips: list[int]
    """Single seconds, outside every episode, whose evidence alone exceeds an alarm's."""
    note: str
    ran: bool
    cohorts_not_recorded: tuple[str, ...] = NOT_RECORDED
    """Whom the record does not tell apart."""
    why_not: str
    """Why the run cannot be analysed; empty when it was."""
    groups: GroupsReport | None = None
    """Groups of shoppers, each charted by itself; None when the run cannot be analysed."""


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What of a run, beside its counts, a report of its onsets needs."""

    planned_s: int
    started_unix_ns: int
    seed: int
    """Of the bootstrap that gives the capacity its interval."""


def detect(
    run: Run,
    timeline: Timeline | None = None,
    *,
    tolerated_share: float = TOLERATED_SHARE,
    evidence: Evidence | str | None = None,
) -> OnsetReport:
    """Find every episode in which a signal exceeded ``tolerated_share``; ValueError unless that is in (0, .25].

    An unfinished run is analysed as far as its wishes have ended. ``timeline`` and ``evidence`` are the run's where they have been made already.
    """
    if not 0 < tolerated_share <= TOLERABLE:
        msg = f"the tolerated share must lie above 0 and be at most {TOLERABLE}, got {tolerated_share}"
        raise ValueError(msg)
    planned_s = max(1, math.ceil(run.manifest.duration_s))
    timeline = timeline or Timeline(run)
    evidence = gather(timeline) if evidence is None else evidence
    if isinstance(evidence, str):
        return OnsetReport(
            tolerated_share=tolerated_share,
            planned_s=planned_s,
            episodes=[],
            blips=[],
            note="",
            ran=False,
            cohorts_not_recorded=not_recorded(timeline),
            why_not=evidence,
        )
    facts = RunFacts(planned_s, run.manifest.started_unix_ns, run.manifest.seed)
    report = find(evidence, facts, tolerated_share=tolerated_share)
    groups = _groups(timeline, evidence, report)
    return msgspec.structs.replace(
        report,
        episodes=_with_shoppers(report.episodes, timeline, evidence.seconds, groups),
        note=" ".join(_notes(run, evidence, report.episodes)),
        cohorts_not_recorded=not_recorded(timeline),
        groups=groups,
    )


def find(evidence: Evidence, facts: RunFacts, *, tolerated_share: float) -> OnsetReport:
    """Every episode in the counts of a run: what ``detect`` does once the record is read."""
    rule = Rule(tolerated_share, facts.planned_s, len(evidence.signals), evidence.warm_up_s, alpha=OF_ALL * FALSE_ALARM)
    found, alone = [], set[int]()
    for signal, counts in evidence.signals.items():
        seen = scan(counts, evidence.ended, rule)
        found += [
            _episode(facts, evidence, rule, signal, excursion, seen.excursions[0].alarm)
            for excursion in seen.excursions
        ]
        alone |= set(seen.blips)
    found.sort(key=lambda episode: episode.second)
    covered = {second for one in found for second in range(one.second, one.end or evidence.seconds)}
    return OnsetReport(
        tolerated_share=tolerated_share,
        planned_s=facts.planned_s,
        episodes=_with_capacity(found, evidence, facts.seed),
        blips=sorted(alone - covered),
        note="",
        ran=True,
        why_not="",
    )


def first_turned_away(report: OnsetReport) -> Episode | None:
    """The earliest episode in which wishes were refused or told to wait: what a target's own account calls turned away."""
    return next((episode for episode in report.episodes if episode.signal in (REFUSED, QUEUED)), None)


def _groups(timeline: Timeline, evidence: Evidence, report: OnsetReport) -> GroupsReport:
    of_all = [Whole(one.signal, one.second, one.set_first, one.set_last, one.alarm, one.end) for one in report.episodes]
    found = watch_groups(
        timeline.orders, evidence, of_all, planned_s=report.planned_s, tolerated_share=report.tolerated_share
    )
    return msgspec.structs.replace(found, sentences=sentences(found, of_all))


def _with_shoppers(
    episodes: list[Episode], timeline: Timeline, seconds: int, groups: GroupsReport
) -> list[Episode]:  # fmt: skip
    """The episodes with the request that said so first, and the first of each signal with who was turned away."""
    found, begun = [], set[str]()
    for one in episodes:
        until = seconds if one.end is None else one.end
        cohorts = [] if one.signal in begun else cohorts_of(timeline, one.signal, one.second, until)
        cohorts = [msgspec.structs.replace(each, first=_first(groups, one, each, until)) for each in cohorts]
        said = first_signal(timeline, one.signal, one.second, until)
        found.append(msgspec.structs.replace(one, first_signal=said, cohorts=cohorts))
        begun.add(one.signal)
    return found


def _first(groups: GroupsReport, episode: Episode, cohort: Cohort, until: int) -> int | None:
    """The onset of the cohort's own episode that goes on during the episode of all."""
    own = (
        each
        for each in groups.episodes
        if (each.signal, each.what, each.name) == (episode.signal, cohort.what, cohort.name)
    )
    return next(
        (each.second for each in own if each.second < until and (each.end is None or each.end > episode.second)), None
    )


def first(report: OnsetReport) -> Episode | None:
    """The earliest episode in which wishes were refused, hard and soft together; None when there is none."""
    return next((episode for episode in report.episodes if episode.signal == REFUSED), None)


def _episode(
    facts: RunFacts, evidence: Evidence, rule: Rule, signal: str, excursion: Excursion, first_alarm: int
) -> Episode:
    bad, n = evidence.signals[signal], evidence.ended
    span = date_episode(evidence, rule, signal, excursion, first_alarm)
    dating, inside = span.rise, span.inside
    onset = dating.second
    offered = [evidence.offered_at(second) for second in range(dating.first, dating.last + 1)]
    released = [_released(evidence, second) for second in range(dating.first, dating.last + 1)]
    begun = datetime.fromtimestamp(facts.started_unix_ns // 10**9 + onset, UTC)
    return Episode(
        signal=signal,
        second=onset,
        set_first=dating.first,
        set_last=dating.last,
        alarm=excursion.alarm,
        end=span.end,
        wall_utc=begun.strftime("%Y-%m-%dT%H:%M:%SZ"),
        offered_per_s=evidence.offered_at(onset),
        offered_low=min(offered),
        offered_high=max(offered),
        released_per_s=_released(evidence, onset).per_s,
        released_low=min(rate.low for rate in released),
        released_high=max(rate.high for rate in released),
        refused=int(bad[inside].sum()),
        of=int(n[inside].sum()),
        method=STEP if dating.hinge is None else HINGE,
        first_throttle_per_s=None if dating.hinge is None else dating.hinge.first_throttle_per_s,
        first_throttle_low=None if dating.hinge is None else dating.hinge.low,
        first_throttle_high=None if dating.hinge is None else dating.hinge.high,
        capacity_low=None,
        capacity_high=None,
        calm_per_s=evidence.calm_before(excursion.floor, onset),
        last_seen=max((onset + int(place) for place in np.flatnonzero(bad[inside])), default=None),
    )


def _released(evidence: Evidence, onset: int) -> Rate:
    return counted_rate(evidence.released[whole_seconds(evidence.load_span(onset))], evidence.scatter)


def _with_capacity(episodes: list[Episode], evidence: Evidence, seed: int) -> list[Episode]:
    """The capacity belongs to the run; it stands on the episodes of all refusals, which are what it explains."""
    capacity: Capacity | None = None
    if evidence.goodput is not None and any(episode.signal == REFUSED for episode in episodes):
        is_warm = np.arange(evidence.seconds) >= evidence.warm_up_s
        is_settled = settled(evidence.jumps, evidence.seconds)
        capacity = settled_capacity(evidence.offered, evidence.goodput.astype(np.float64), is_warm, is_settled, seed)
    if capacity is None:
        return episodes
    found = {
        "capacity_per_s": capacity.per_s, "capacity_low": capacity.low, "capacity_high": capacity.high,
        "capacity_settled": capacity.is_settled,
    }  # fmt: skip
    return [msgspec.structs.replace(one, **found) if one.signal == REFUSED else one for one in episodes]


def _notes(run: Run, evidence: Evidence, episodes: list[Episode]) -> Iterator[str]:
    if run.manifest.curve.process == CLOSED:
        yield "The model is closed: what is called offered is the wishes that were begun, fewer when answers are slow."
    if run.finished is None:
        yield f"The run did not finish; its first {evidence.seconds} s are analysed."
    begun = {signal: one for signal in DISTINCT for one in reversed(episodes) if one.signal == signal}
    for (name, one), (other_name, other) in combinations(begun.items(), 2):
        if one.set_first <= other.set_last and other.set_first <= one.set_last:
            yield f"Which of {name} and {other_name} began first is not resolved."
