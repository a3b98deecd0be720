"""What a run holds, without judging it: conservation, outcomes by step, attempts, latencies by two clocks, generator health."""

from collections.abc import Iterable

import msgspec

from reports.conservation import Identity, identities
from reports.gate import RunFacts, facts
from reports.run_record.histogram import Histogram
from reports.run_record.outcome import ARRIVAL, ORDER, Clock
from reports.run_record.run_directory import Run
from reports.run_record.schema import AnnouncedRow
from reports.timeline import Timeline

QUANTILES_PPM = (500_000, 950_000, 990_000)
_STEP_CLOCKS = (Clock.RESPONSE, Clock.SERVICE, Clock.FIRST_EVENT, Clock.FIRST_CONTENT, Clock.TPOT)


class StepOutcome(msgspec.Struct, frozen=True):
    """How many requests of a step (wishes, for step ``order``) ended in one way."""

    step: str
    outcome: str
    reason: str
    n: int


class StepLatency(msgspec.Struct, frozen=True):
    """Quantiles of one step by one clock, in ms; inf (null in JSON) = beyond an hour."""

    step: str
    clock: str
    n: int
    p50_ms: float
    p95_ms: float
    p99_ms: float


class SlowestSecond(msgspec.Struct, frozen=True):
    """The second whose wishes took longest, by the 99th percentile of the intent clock."""

    second: int
    p99_ms: float


class Amplification(msgspec.Struct, frozen=True):
    """How much load the shoppers' retries added: chat attempts of the wishes that asked and ended, over those wishes."""

    wishes: int
    attempts: int
    ratio: float | None
    """attempts / wishes; 1 = nobody asked twice, None = no wish that asked has ended."""


class GeneratorHealth(msgspec.Struct, frozen=True):
    """How the generator fared over the whole run."""

    workers: int
    worker_seconds: int
    lateness_p50_ms: float | None
    lateness_p99_ms: float | None
    stalls: int
    stall_max_ms: float
    cpu_share_max: float
    """CPU seconds per second of the busiest worker; 1.0 = one core."""
    rss_max_mib: float


class Show(msgspec.Struct, frozen=True):
    """All of it."""

    run: RunFacts
    seed: int
    arguments: dict[str, str | int | float | bool | None]
    versions: dict[str, str]
    ended: str
    amplification: Amplification
    slowest_second: SlowestSecond | None
    """None when no wish ended."""
    identities: list[Identity]
    outcomes: list[StepOutcome]
    latencies: list[StepLatency]
    health: GeneratorHealth
    damage: list[str]
    """Sentences about files that are missing or cut."""
    announced: list[AnnouncedRow]
    """What the target said of its limits."""
    notes: list[str]
    """Sentences that the generator left for whoever reads the run."""


def show(run: Run) -> Show:
    """Describe ``run``; works on an unfinished one too."""
    timeline = Timeline(run)
    steps = [ORDER, *timeline.steps]
    finished = run.finished
    ended = "not finished" if finished is None else f"{finished.ended_by} after {finished.elapsed_s:.1f} s"
    return Show(
        run=facts(timeline),
        seed=run.manifest.seed,
        arguments=run.manifest.arguments,
        versions=run.manifest.versions,
        ended=ended,
        amplification=amplification(timeline),
        slowest_second=slowest_second(timeline),
        identities=identities(timeline),
        outcomes=[row for step in steps for row in _outcomes(timeline, step)],
        latencies=[row for step in steps for row in _latencies(timeline, step)],
        health=health(timeline),
        damage=list(run.truncated),
        announced=[] if finished is None else finished.announced,
        notes=[] if finished is None else finished.notes,
    )


def _outcomes(timeline: Timeline, step: str) -> Iterable[StepOutcome]:
    counts = timeline.requests(step).groupby(["outcome", "reason"])["n"].sum().sort_values(ascending=False)
    table = counts.reset_index()
    for outcome, reason, n in zip(table["outcome"], table["reason"], table["n"].tolist(), strict=True):
        yield StepOutcome(step, outcome, reason, n)


def _latencies(timeline: Timeline, step: str) -> Iterable[StepLatency]:
    for clock in (Clock.INTENT,) if step == ORDER else _STEP_CLOCKS:
        histogram = timeline.histogram(step, clock)
        if histogram.n:
            p50, p95, p99 = (_quantile_ms(histogram, ppm) for ppm in QUANTILES_PPM)
            yield StepLatency(step, clock.value, histogram.n, p50, p95, p99)


def amplification(timeline: Timeline) -> Amplification:
    """Sum up the prompts of the purchase rows."""
    prompts = timeline.purchases["prompts"]
    attempts, wishes = int(prompts.sum()), int((prompts > 0).sum())
    return Amplification(wishes, attempts, attempts / wishes if wishes else None)


def slowest_second(timeline: Timeline) -> SlowestSecond | None:
    """The first of the seconds with the highest p99 from wish to end."""
    p99_ms = timeline.quantiles_ms(ORDER, Clock.INTENT, [0.99])[0.99]
    if not len(p99_ms):
        return None
    place = int(p99_ms.to_numpy().argmax())
    return SlowestSecond(int(p99_ms.index[place]), float(p99_ms.iloc[place]))


def _quantile_ms(histogram: Histogram, ppm: int) -> float:
    return (histogram.quantile_us(ppm) or 0.0) / 1000


def health(timeline: Timeline) -> GeneratorHealth:
    """Sum up the health rows and the lateness histogram."""
    frame = timeline.health
    lateness = timeline.histogram(ARRIVAL, Clock.LATENESS)
    return GeneratorHealth(
        workers=timeline.manifest.workers,
        worker_seconds=len(frame),
        lateness_p50_ms=_quantile_ms(lateness, 500_000) if lateness.n else None,
        lateness_p99_ms=_quantile_ms(lateness, 990_000) if lateness.n else None,
        stalls=int(frame["stalls"].sum()),
        stall_max_ms=float(frame["stall_max_us"].max()) / 1000 if len(frame) else 0.0,
        cpu_share_max=float(frame["cpu_share"].max()) if len(frame) else 0.0,
        rss_max_mib=float(frame["rss_bytes"].max()) / 2**20 if len(frame) else 0.0,
    )
