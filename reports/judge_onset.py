"""Judges "refusals do not begin before": before a second of the run, or below a load.

A run that never came so far, or never offered so much, shows nothing and is INCONCLUSIVE. This module must not know how an
onset is found (``throttle_onset``).
"""

from reports.explain import Explanation, amount
from reports.finding import Finding, undecided
from reports.slo import Objective
from reports.slo_values import Quantity
from reports.throttle_onset import Episode, OnsetReport
from reports.timeline import Timeline
from reports.verdict import Interval, Verdict, threshold_verdict


def judge_onset(objective: Objective, timeline: Timeline, report: OnsetReport | None) -> Finding:
    """Judge the first episode of the objective's signal; None of it must begin before the limit."""
    by_second = objective.indicator.quantity is Quantity.SECOND
    unit, signal, limit = "s" if by_second else "per s", objective.indicator.signal, objective.value
    if report is None or not report.ran:
        return undecided(f"the onset is not known: {report.why_not if report else 'it was not looked for'}", unit)
    episode = next((one for one in report.episodes if one.signal == signal), None)
    if episode is None:
        return _never_begun(timeline, signal, unit, limit, report.tolerated_share)
    interval = _second(episode) if by_second else _load(episode)
    verdict = threshold_verdict(interval, objective.op, limit)
    value, low, high = (amount(each, unit) for each in (interval.value, interval.low, interval.high))
    where = "at second" if by_second else "at an offered load of"
    sentence = f"{signal} began {where} {value} (95 %: {low} to {high}) against {amount(limit, unit)}"
    lines = [
        f"Found: {signal} exceeded {report.tolerated_share:.2%} of the wishes from second {episode.second} on, {episode.refused:,} of {episode.of:,}.",
        f"That is {where} {value}; with 95 % certainty from {low} to {high}.",
    ]
    if not by_second and episode.first_throttle_low is None:
        lines.append(
            f"The load jumped: up to {low} were borne before, and {high} were not; where between the two the limit lies is not known."
        )
    said = {Verdict.PASS: "not before the limit", Verdict.FAIL: "before the limit"}.get(
        verdict, "on both sides of the limit"
    )
    lines.append(f"That is {said} of {amount(limit, unit)}: {verdict}.")
    return Finding(
        verdict, sentence, unit,
        Explanation(method="onset", lines=lines, n=episode.of, low=interval.low, high=interval.high, margin=interval.low - limit),
        value=interval.value, low=interval.low, high=interval.high, margin=interval.value - limit, n=episode.of, bad=episode.refused,
    )  # fmt: skip


def _second(episode: Episode) -> Interval:
    return Interval(float(episode.second), float(episode.set_first), float(episode.set_last))


def _load(episode: Episode) -> Interval:
    """The load at which refusals begin: the hinge's interval, or from what was borne to what was not where the load jumped."""
    if episode.first_throttle_per_s is not None and episode.first_throttle_low is not None:
        high = episode.first_throttle_high or episode.first_throttle_per_s
        return Interval(episode.first_throttle_per_s, episode.first_throttle_low, high)
    borne = min(episode.calm_per_s or 0.0, episode.offered_low)
    return Interval(episode.offered_per_s, borne, episode.offered_high)


def _never_begun(timeline: Timeline, signal: str, unit: str, limit: float, tolerated_share: float) -> Finding:
    """No episode: a pass when the run went beyond the limit."""
    came = float(timeline.covered_s) if unit == "s" else _most_offered(timeline)
    what = f"the run lasted {amount(came, unit)}" if unit == "s" else f"at most {amount(came, unit)} were offered"
    n = int(timeline.seconds["ended"].sum())
    none = f"{signal} never exceeded {tolerated_share:.2%} of the wishes"
    if came < limit or not n:
        return undecided(f"{none}, but {what}, which does not reach {amount(limit, unit)}", unit)
    lines = [
        f"Found: {none} for long enough to be told from chance.",
        f"Reached: {what}, beyond the limit of {amount(limit, unit)}: PASS.",
    ]
    return Finding(Verdict.PASS, f"{none}; {what}", unit, Explanation(method="onset", lines=lines, n=n), n=n)


def _most_offered(timeline: Timeline) -> float:
    return float(timeline.seconds["offered_per_s"].iloc[: timeline.covered_s].max())
