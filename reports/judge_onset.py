"""Judges "refusals do not begin before": before a second of the run, or below a load, for all shoppers or one group of them.

A run that never came so far, or never offered so much, shows nothing and is INCONCLUSIVE, and so is a group of a few
wishes. This module must not know how an onset is found (``throttle_onset``).
"""

from dataclasses import dataclass

from reports.explain import Explanation, amount
from reports.finding import Finding, undecided
from reports.onset_cohorts import SHOPPER, VERTICAL
from reports.onset_groups import MOST_GROUPS, GroupEpisode, GroupsReport
from reports.population import not_on_record
from reports.slo import Objective
from reports.slo_source import SHOPPERS, EventSource
from reports.slo_values import Quantity
from reports.throttle_onset import Episode, OnsetReport
from reports.timeline import Timeline
from reports.verdict import Interval, Verdict, threshold_verdict


@dataclass(frozen=True, slots=True)
class _Search:
    """What was looked for among whom, and the first episode that was found."""

    whose: str
    """The signal, and of which shoppers where it is not all."""
    episode: Episode | GroupEpisode | None
    wishes: int
    """Wishes that ended."""


def judge_onset(objective: Objective, timeline: Timeline, report: OnsetReport | None) -> Finding:
    """Judge the first episode of the objective's signal, of a group's own where it names one: it must not begin before the limit."""
    by_second = objective.indicator.quantity is Quantity.SECOND
    unit, limit = "s" if by_second else "per s", objective.value
    if report is None or not report.ran:
        return undecided(f"the onset is not known: {report.why_not if report else 'it was not looked for'}", unit)
    search = _searched(objective, timeline, report)
    if isinstance(search, str):
        return undecided(search, unit)
    signal, episode = search.whose, search.episode
    if episode is None:
        return _never_begun(timeline, search, unit, limit, report.tolerated_share)
    bad = episode.refused if isinstance(episode, Episode) else episode.turned_away
    interval = _second(episode) if by_second else _load(episode)
    verdict = threshold_verdict(interval, objective.op, limit)
    value, low, high = (amount(each, unit) for each in (interval.value, interval.low, interval.high))
    where = "at second" if by_second else "at an offered load of"
    sentence = f"{signal} began {where} {value} (95 %: {low} to {high}) against {amount(limit, unit)}"
    lines = [
        f"Found: {signal} exceeded {report.tolerated_share:.2%} of the wishes from second {episode.second} on, {bad:,} of {episode.of:,}.",
        f"That is {where} {value}; with 95 % certainty from {low} to {high}.",
    ]
    if not by_second and episode.first_throttle_low is None:
        lines.append(
            f"Up to {low} were borne before, and {high} were not: the load jumped, or a few were refused before many. Where between the two "
            "the limit lies is not known."
        )
    said = {Verdict.PASS: "not before the limit", Verdict.FAIL: "before the limit"}.get(
        verdict, "on both sides of the limit"
    )
    lines.append(f"That is {said} of {amount(limit, unit)}: {verdict}.")
    return Finding(
        verdict, sentence, unit,
        Explanation(method="onset", lines=lines, n=episode.of, low=interval.low, high=interval.high, margin=interval.low - limit),
        value=interval.value, low=interval.low, high=interval.high, margin=interval.value - limit, n=episode.of, bad=bad,
    )  # fmt: skip


def _searched(objective: Objective, timeline: Timeline, report: OnsetReport) -> _Search | str:
    """The first episode among the shoppers that the objective speaks of; a sentence where they cannot be told apart or are too few."""
    signal, source = objective.indicator.signal, objective.indicator.total
    if missing := not_on_record(timeline, source):
        return missing
    wanted, groups = _groups_wanted(source, timeline), report.groups or GroupsReport()
    if not wanted:
        found = next((one for one in report.episodes if one.signal == signal), None)
        return _Search(signal, found, int(timeline.seconds["ended"].sum()))
    whose = " and ".join(f"{'cohort' if what == SHOPPER else what} {name}" for what, name in wanted)
    if len(wanted) > 1:
        return f"{whose} together have no chart of their own: an onset is of one of them"
    watched = next((one for one in groups.watched if (one.what, one.name) in wanted), None)
    if watched is None:
        return f"{whose} has no chart of its own: {groups.why_not or f'only the {MOST_GROUPS} largest have'}"
    own = (one for one in groups.episodes if one.signal == signal and (one.what, one.name) in wanted)
    episode = next(own, None)
    if episode is None and not watched.can_alarm:
        return f"{whose} has {watched.of:,} wishes, too few to notice even if all of them had been refused"
    return _Search(f"{signal} of {whose}", episode, watched.of)


def _groups_wanted(source: EventSource, timeline: Timeline) -> list[tuple[str, str]]:
    """The groups that a source asks for; none where that is all shoppers, since they are of one group."""
    kinds, shoppers = timeline.orders.kinds, source.cohort if source.cohort in SHOPPERS else ""
    asked = ((VERTICAL, source.vertical, "vertical"), (SHOPPER, shoppers, "returning"))
    return [(what, name) for what, name, column in asked if name and kinds[column].nunique() > 1]


def _second(episode: Episode | GroupEpisode) -> Interval:
    return Interval(float(episode.second), float(episode.set_first), float(episode.set_last))


def _load(episode: Episode | GroupEpisode) -> Interval:
    """The load at which refusals begin: the hinge's interval, or from what was borne to what was not."""
    if episode.first_throttle_per_s is not None and episode.first_throttle_low is not None:
        high = episode.first_throttle_high or episode.first_throttle_per_s
        return Interval(episode.first_throttle_per_s, episode.first_throttle_low, high)
    borne = min(episode.calm_per_s or 0.0, episode.offered_low)
    return Interval(episode.offered_per_s, borne, episode.offered_high)


def _never_begun(timeline: Timeline, search: _Search, unit: str, limit: float, tolerated_share: float) -> Finding:
    """No episode: a pass when the run went beyond the limit."""
    came = float(timeline.covered_s) if unit == "s" else _most_offered(timeline)
    what = f"the run lasted {amount(came, unit)}" if unit == "s" else f"at most {amount(came, unit)} were offered"
    n, none = search.wishes, f"{search.whose} never exceeded {tolerated_share:.2%} of the wishes"
    if came < limit or not n:
        return undecided(f"{none}, but {what}, which does not reach {amount(limit, unit)}", unit)
    lines = [
        f"Found: {none} for long enough to be told from chance.",
        f"Reached: {what}, beyond the limit of {amount(limit, unit)}: PASS.",
    ]
    return Finding(Verdict.PASS, f"{none}; {what}", unit, Explanation(method="onset", lines=lines, n=n), n=n)


def _most_offered(timeline: Timeline) -> float:
    return float(timeline.seconds["offered_per_s"].iloc[: timeline.covered_s].max())
