"""The answer for a capacity review: from runs and a question, how many replicas each peak needs, with every input shown.

Values and plain sentences; no number stands where the runs do not carry one. This module must not know terminals or arguments.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

import msgspec

from reports.capacity_model import SURE_COUNTS, Scaling, scaling_of, told
from reports.first_full import BY_FAULTS, BY_QUEUE, BY_REFUSALS, BY_ROOM
from reports.recovery import hysteresis_of
from reports.replicas import FEWEST_RUNS, Need, Plan, lower_capacity, need
from reports.run_capacity import RunCapacity
from reports.verdict import Verdict

HOUR_S = 3600.0
SHOWED = {
    BY_REFUSALS: "it refused",
    BY_QUEUE: "its queue grew",
    BY_ROOM: "it told shoppers to wait",
    BY_FAULTS: "it left shoppers without an answer",
}
"""How a step showed that it was full."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be planned for."""

    orders: float
    hours: float
    peak_to_mean: tuple[float, ...]
    plan: Plan
    prompts_per_order: tuple[float, ...] = ()
    """Also plan for orders that take so many chat requests; empty = as in the runs."""
    within_s: float = 8.0
    attempts_given: bool = False
    """Whether ``plan.amplification`` is the reader's, and not to be taken from the runs."""

    @property
    def mean_per_s(self) -> float:
        """Orders per second on average, which nothing is sized from."""
        return self.orders / (self.hours * HOUR_S)


class Input(msgspec.Struct, frozen=True):
    """One number that the answer rests on, and where it comes from."""

    name: str
    value: str
    source: str


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """What so many replicas hold together, orders per second: measured, or by the law of those that were."""

    replicas: int
    measured: bool
    runs: int
    per_s: float
    low: float | None
    high: float | None
    """95 % interval; of what was measured, the least and the most of its runs."""


class PeakAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One peak. Replicas are before the spare but for ``total``; None = the runs cannot tell."""

    peak_to_mean: float
    prompts_per_order: float | None
    """None = as in the runs."""
    rate_per_s: float
    design_per_s: float
    """With three standard deviations of chance."""
    work_per_s: float
    """With repeated attempts, and with the prompts of this row."""
    replicas: int | None
    low: int | None
    high: int | None
    """90 % interval."""
    spare: int | None
    total: int | None
    at_least: int | None
    sentence: str


class CapacityReview(msgspec.Struct, frozen=True, kw_only=True):
    """All that ``springtide capacity`` says."""

    verdict: Verdict
    """PASS = every peak has its number; else INCONCLUSIVE."""
    question: str
    binding: str | None
    """The step that is full first; None when the runs do not agree or do not tell."""
    binding_sentence: str
    inputs: list[Input]
    held: list[Held]
    contention: float | None
    coherence: float | None
    best_replicas: float | None
    """Beyond so many, one more lowers the whole; None = no such number, or not known."""
    hysteresis: float | None
    """How much lower than at their beginning the load was when refusals ended, over the runs; 0 = chance explains it."""
    peaks: list[PeakAnswer]
    runs: list[RunCapacity]
    missing: list[str]
    """Sentences: what the answer lacks, and what to do about it."""


def review(runs: Sequence[RunCapacity], question: Question) -> CapacityReview:
    """Answer the question from what the runs hold."""
    counted = [one for one in runs if one.capacity_per_s is not None]
    held: dict[int, list[float]] = {}
    for one in counted:
        held.setdefault(one.replicas, []).append(one.capacity_per_s or 0.0)
    question = _with_attempts(question, counted)
    scaling = scaling_of(held, question.plan.seed) if held else None
    ones = [value / scaling.base for value in held[scaling.base]] if scaling else []
    peaks = _peaks(question, ones, scaling, counted) if scaling else []
    binding, sentence = _binding(counted)
    is_whole = bool(peaks) and all(peak.replicas is not None and peak.high is not None for peak in peaks)
    is_scaled = scaling is not None and scaling.counts > 1
    return CapacityReview(
        verdict=Verdict.PASS if is_whole else Verdict.INCONCLUSIVE,
        question=f"{question.orders:,.0f} orders in {question.hours:g} h, {question.mean_per_s:,.1f} orders/s on average",
        binding=binding,
        binding_sentence=sentence,
        inputs=list(_inputs(question, ones, scaling)),
        held=_held(held, scaling),
        contention=scaling.law.contention if scaling and is_scaled else None,
        coherence=scaling.law.coherence if scaling and is_scaled else None,
        best_replicas=scaling.law.best if scaling and is_scaled and math.isfinite(scaling.law.best) else None,
        hysteresis=hysteresis_of(kept)
        if len(kept := [one.hysteresis for one in counted if one.hysteresis is not None]) > 1
        else None,
        peaks=peaks,
        runs=list(runs),
        missing=list(_missing(runs, counted, scaling, peaks, question)),
    )


def _with_attempts(question: Question, counted: Sequence[RunCapacity]) -> Question:
    found = [one.attempts for one in counted if one.attempts is not None]
    if question.attempts_given or not found:
        return question
    spread = (min(found), fmean(found), max(found))
    return replace(question, plan=replace(question.plan, amplification=spread))


def _held(held: dict[int, list[float]], scaling: Scaling | None) -> list[Held]:
    """What was measured, then twice the largest: the farthest that the law reaches."""
    rows = [
        Held(replicas=n, measured=True, runs=len(values), per_s=fmean(values), low=min(values), high=max(values))
        for n, values in sorted(held.items())
    ]
    if scaling is not None and scaling.counts > 1:
        found = scaling.predict(scaling.limit)
        if not isinstance(found, str):
            rows.append(
                Held(replicas=found.replicas, measured=False, runs=0, per_s=found.per_s, low=found.low, high=found.high)
            )
    return rows


def _peaks(
    question: Question, ones: Sequence[float], scaling: Scaling, counted: Sequence[RunCapacity]
) -> list[PeakAnswer]:
    measured = [one.prompts_per_order for one in counted if one.prompts_per_order]
    answers = []
    for prompts in (None, *question.prompts_per_order):
        factor = 1.0 if prompts is None or not measured else prompts / fmean(measured)
        plan = replace(question.plan, amplification=tuple(factor * one for one in question.plan.amplification))  # type: ignore[arg-type]  # three stay three
        for ratio in question.peak_to_mean:
            found = need([ratio * question.mean_per_s], ones, scaling, plan)
            answers.append(_answer(ratio, prompts, ratio * question.mean_per_s, found))
    return answers


def _answer(ratio: float, prompts: float | None, rate_per_s: float, found: Need) -> PeakAnswer:
    return PeakAnswer(
        peak_to_mean=ratio, prompts_per_order=prompts, rate_per_s=rate_per_s, design_per_s=found.design_per_s,
        work_per_s=found.work_per_s, replicas=found.replicas, low=found.low, high=found.high, spare=found.spare,
        total=found.total, at_least=found.at_least, sentence=found.why_not,
    )  # fmt: skip


def _binding(counted: Sequence[RunCapacity]) -> tuple[str | None, str]:
    stations = {one.station for one in counted if one.station}
    if not stations:
        return None, "no run with a capacity shows which step is full first"
    if len(stations) > 1:
        return None, f"the runs do not agree on which step is full first: {', '.join(sorted(stations))}"
    name = stations.pop()
    said = sum(one.station == name for one in counted)
    how = {one.station_by for one in counted if one.station == name}
    by = " or ".join(words for word, words in SHOWED.items() if word in how)
    return (
        name,
        f"{name} is full first ({by} first in {said} of {len(counted)} runs): more of anything else helps nothing",
    )


def _inputs(question: Question, ones: Sequence[float], scaling: Scaling | None) -> Iterator[Input]:
    plan = question.plan
    yield Input("orders", f"{question.orders:,.0f}", "given")
    yield Input("hours", f"{question.hours:g}", "given")
    yield Input("peak to mean", ", ".join(f"{one:g}" for one in question.peak_to_mean), "given")
    yield Input("an order is good within", f"{question.within_s:g} s", "given or usual")
    yield Input(
        "how bursty arrivals are (variance / mean)", f"{plan.scatter:g}", "assumed; 1 random, 2 to 5 a flash crowd"
    )
    low, likely, high = plan.amplification
    where = "assumed" if question.attempts_given else "what the shoppers of these runs did"
    yield Input("attempts a wish costs", f"{likely:.3g} ({low:.3g} to {high:.3g})", where)
    yield Input("how full a replica is planned", f"{plan.utilisation:.0%}", "assumed")
    lower = lower_capacity(ones)
    if lower is not None and scaling is not None:
        name = "one replica holds at least" if scaling.base == 1 else f"each of {scaling.base} replicas holds at least"
        yield Input(name, f"{lower:,.2f} orders/s", f"{len(ones)} runs; 1 in 20 such sets of runs would say too much")
    if scaling is not None and scaling.counts > 1:
        why = "well apart" if scaling.counts >= SURE_COUNTS else f"{SURE_COUNTS} or more would make the law surer"
        yield Input("numbers of replicas measured", f"{scaling.counts}", why)
    if plan.efficiency is not None:
        yield Input("what it holds among the others", f"{plan.efficiency:.0%}", "assumed, not measured")
    spare = f"{plan.spare}" if plan.zones is None else f"one of {plan.zones} zones"
    yield Input("spare replicas", spare, "given or usual")


def _missing(
    runs: Sequence[RunCapacity],
    counted: Sequence[RunCapacity],
    scaling: Scaling | None,
    peaks: Sequence[PeakAnswer],
    question: Question,
) -> Iterator[str]:
    if scaling is None:
        yield "No run shows a capacity, so there is no number at all: offer more than the target holds, half a minute or longer."
        return
    base = sum(one.replicas == scaling.base for one in counted)
    if base < FEWEST_RUNS:
        yield (
            f"INCONCLUSIVE: {base} of the {FEWEST_RUNS} runs with {told(scaling.base)} that an interval needs. A number from "
            "fewer would be a guess; run the same stairs again, with other seeds."
        )
    elif not scaling.draws:
        yield "Too few runs were repeated to say how far they differ, so nothing has an interval: five of each are plenty."
    if scaling.counts == 1 and question.plan.efficiency is None:
        yield (
            f"Only {told(scaling.base)} {'was' if scaling.base == 1 else 'were'} measured. What another one adds is not known: "
            f"run with {told(2 * scaling.base)} too, or assume a share with --efficiency."
        )
    if any(peak.at_least is not None for peak in peaks):
        yield (
            f"Beyond {told(scaling.limit)} nothing was measured, nor twice as few; 'at least' is what it takes if every further "
            "replica adds as much as the last that is known. It never takes fewer."
        )
    unknown = [one.run for one in counted if not one.replicas_known]
    if unknown:
        yield (
            f"{len(unknown)} of {len(counted)} runs do not say how many replicas were loaded: the whole target counts as one "
            "replica; --replicas N says otherwise."
        )
    if question.prompts_per_order and not any(one.prompts_per_order for one in counted):
        yield "The runs do not say how many chat requests an order took, so --prompts-per-order changes nothing."
    if len(counted) < len(runs):
        yield f"{len(runs) - len(counted)} of {len(runs)} runs are left out; the list of runs says why."
