"""The tables of the report's page as plain values: objectives with their bars, outcomes, episodes, the manifest.

Pure functions; what is shown is decided elsewhere (``gate``), how it looks in the templates.
"""

import math
from collections.abc import Sequence

import msgspec

from reports.gate import Report
from reports.objectives import ObjectiveResult
from reports.render.console import UNITS, figure, measured
from reports.render.story import SIGNAL_WORDS, TONES, clock, share
from reports.run_record.outcome import ORDER
from reports.run_record.schema import Manifest
from reports.slo import Objective
from reports.throttle_onset import Episode
from reports.timeline import Timeline

BAR = 1000.0
"""Width of a drawn bar, in its own units."""
PAD = 0.12
"""Of a bar's range, left free at both of its ends."""
SLIVER = 3.0
"""An outcome that happened at all is drawn at least so wide."""

_SIDES = {"": "below", "gt": "below", "gte": "below", "lt": "above", "lte": "above"}
"""Operator of an objective ("" of a share): the side of the limit that is bad."""


class IntervalBar(msgspec.Struct, frozen=True):
    """Where the measured interval lies against the limit, in units of ``BAR``."""

    low: float
    high: float
    value: float
    limit: float
    bad_from: float
    bad_to: float
    limit_text: str


class ObjectiveRow(msgspec.Struct, frozen=True):
    """One objective as the page shows it."""

    name: str
    title: str
    tone: str
    verdict: str
    target: str
    measured: str
    margin: str
    n: int
    sentence: str
    spent: str
    """How much of the error budget is spent; empty where there is none."""
    explained: list[str]
    """How the verdict came about, sentence by sentence."""
    bar: IntervalBar | None


class Segment(msgspec.Struct, frozen=True):
    """A part of a step's bar, in units of ``BAR``."""

    outcome: str
    x: float
    width: float


class OutcomeLine(msgspec.Struct, frozen=True):
    """How many ended in one way."""

    outcome: str
    reason: str
    n: int
    share: str


class StepOutcomes(msgspec.Struct, frozen=True):
    """How the requests of a step (wishes, for step ``order``) ended."""

    step: str
    n: int
    segments: list[Segment]
    lines: list[OutcomeLine]


class EpisodeRow(msgspec.Struct, frozen=True):
    """One stretch of a signal."""

    what: str
    begun: str
    certain: str
    ended: str
    offered: str
    share: str


class ManifestPart(msgspec.Struct, frozen=True):
    """A part of the manifest as names and values."""

    title: str
    rows: list[tuple[str, str]]


def objective_rows(report: Report, objectives: Sequence[Objective]) -> list[ObjectiveRow]:
    """Every objective with its figures; ``objectives`` are those that the report judged, in its order."""
    return [
        ObjectiveRow(
            name=result.name,
            title=result.display_name,
            tone=TONES[result.verdict],
            verdict=result.verdict.value,
            target=result.target,
            measured=measured(result),
            margin=_margin(result),
            n=result.n,
            sentence=result.sentence,
            spent=_spent(result),
            explained=result.explain.lines if result.explain else [],
            bar=interval_bar(result, objective),
        )
        for result, objective in zip(report.objectives, objectives, strict=True)
    ]


def _spent(result: ObjectiveResult) -> str:
    """The spent share of the error budget, in whole percent above ten."""
    spent = result.budget.spent * 100 if result.budget else None
    return "" if spent is None else f"{spent:,.0f} %" if spent >= 10 or spent == 0 else f"{spent:.2g} %"  # noqa: PLR2004 - a decimal where it tells


def _margin(result: ObjectiveResult) -> str:
    """The distance to the limit with its sign: plus is on the good side."""
    if result.margin is None or not math.isfinite(result.margin):
        return "none"
    number = figure(abs(result.margin), result.unit)
    sign = "+" if result.margin >= 0 else "−"
    return f"{sign}{number}{UNITS.get(result.unit, '')}"


def interval_bar(result: ObjectiveResult, objective: Objective) -> IntervalBar | None:
    """The interval against the limit; None where there is no number to draw, or no good side of it."""
    if (
        result.value is None
        or result.low is None
        or result.high is None
        or objective.op not in _SIDES
        or result.unit == "violations"
    ):
        return None
    limit = objective.value if objective.op else objective.target
    known = [each for each in (result.low, result.value, result.high, limit) if math.isfinite(each)]
    left, right = min(known), max(known)
    room = (right - left or abs(limit) or 1.0) * PAD
    left, right = max(0.0, left - room), right + room
    if result.unit == "share":
        right = min(1.0, right)

    def place(value: float) -> float:
        return round(BAR * min(1.0, max(0.0, (value - left) / (right - left))), 1)

    at = place(limit)
    bad = (0.0, at) if _SIDES[objective.op] == "below" else (at, BAR)
    text = f"limit {figure(limit, result.unit)}{UNITS.get(result.unit, '')}"
    return IntervalBar(place(result.low), place(result.high), place(result.value), at, *bad, text)


def step_outcomes(timeline: Timeline) -> list[StepOutcomes]:
    """How wishes and the requests of each step ended, by outcome and reason."""
    return [found for step in (ORDER, *timeline.steps) if (found := _step(timeline, step)).n]


def _step(timeline: Timeline, step: str) -> StepOutcomes:
    counts = timeline.requests(step).groupby(["outcome", "reason"])["n"].sum().sort_values(ascending=False)
    table, total = counts.reset_index(), int(counts.sum())
    lines = [
        OutcomeLine(outcome, reason, n, share(n, total))
        for outcome, reason, n in zip(table["outcome"], table["reason"], table["n"].tolist(), strict=True)
    ]
    sums: dict[str, int] = {}
    for line in lines:
        sums[line.outcome] = sums.get(line.outcome, 0) + line.n
    wide = {outcome: max(SLIVER, BAR * n / total) for outcome, n in sums.items()}
    scale, segments, x = BAR / (sum(wide.values()) or 1.0), [], 0.0
    for outcome, width in wide.items():
        segments.append(Segment(outcome, round(x, 1), round(width * scale, 1)))
        x += width * scale
    return StepOutcomes(step, total, segments, lines)


def episode_rows(episodes: Sequence[Episode]) -> list[EpisodeRow]:
    """Every episode of every signal."""
    return [
        EpisodeRow(
            what=SIGNAL_WORDS.get(episode.signal, episode.signal),
            begun=f"second {episode.second} ({clock(episode)})",
            certain=f"{episode.set_first} to {episode.set_last}",
            ended=_until(episode),
            offered=_offered(episode),
            share=f"{episode.refused:,} of {episode.of:,}",
        )
        for episode in episodes
    ]


def _offered(episode: Episode) -> str:
    """The load at the onset, with its extremes over the band where there are any."""
    if episode.offered_low == episode.offered_high:
        return f"{episode.offered_per_s:,.1f}"
    return f"{episode.offered_per_s:,.1f} ({episode.offered_low:,.1f} to {episode.offered_high:,.1f})"


def _until(episode: Episode) -> str:
    if episode.end is not None:
        return f"second {episode.end}"
    return "not certain" if episode.last_seen is None else f"not certain; last seen in second {episode.last_seen}"


def manifest_parts(manifest: Manifest) -> list[ManifestPart]:
    """Everything that was known before the first request; secrets never reach a manifest."""
    target, curve = manifest.target, manifest.curve
    head: dict[str, object] = {
        "run": manifest.run_id, "scenario": manifest.scenario, "length": f"{manifest.duration_s:g} s", "seed": manifest.seed,
        "workers": manifest.workers, "warm-up": f"{manifest.warm_up_s:g} s", "steps": ", ".join(manifest.steps) or "not known before",
    }  # fmt: skip
    loaded: dict[str, object] = {
        "kind": target.kind, "address": target.url, "assistant": target.chat_url or "the same", "protocol": target.protocol,
        "declared capacity": "not declared" if target.capacity_orders_per_s is None else f"{target.capacity_orders_per_s:g} orders/s",
        "ledger": target.ledger or "none named",
    }  # fmt: skip
    offered: dict[str, object] = {
        "name": curve.name, "arrivals": curve.process, "note": curve.note, "segments": len(curve.segments), "file": curve.file,
    }  # fmt: skip
    parts: list[tuple[str, dict[str, object]]] = [
        ("Run", head),
        ("Target", loaded),
        ("Offered curve", offered),
        ("Options", dict(manifest.arguments)),
        ("Versions", dict(manifest.versions)),
        ("Host", dict(manifest.host)),
        ("Clocks", dict(manifest.clocks)),
    ]
    return [
        ManifestPart(title, [(name, str(value)) for name, value in rows.items() if value not in ("", None)])
        for title, rows in parts
        if rows
    ]
