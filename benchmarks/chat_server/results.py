"""The generator's times beside the server's own: medians, how far they are apart, and the line for the README."""

from collections.abc import Sequence
from pathlib import Path
from statistics import median

import msgspec

from benchmarks.chat_server.scenario import Recorded
from benchmarks.chat_server.shoppers import TOKENS, Pair, Talks
from benchmarks.generator.bench_machine import BenchError
from reports.run_record.outcome import Clock

GOAL = 0.05
BEGIN, END = "<!-- python -m benchmarks.chat_server --line -->\n", "<!-- end of the line -->"
_US_PER_MS = _MS_PER_S = 1000


class Compared(msgspec.Struct, frozen=True):
    """One time of one part, in milliseconds. ``off`` are relative: (generator - server) / server, answer by answer."""

    generator_ms: float
    """Median over the answers."""
    server_ms: float
    off: float
    """Median."""
    off_most: float
    """The largest, with its sign."""


class Part(msgspec.Struct, frozen=True):
    """Answers of one language with so many in flight."""

    language: str
    in_flight: int
    answers: int
    outcomes: dict[str, int]
    first_content: Compared
    """Against ``prompt_ms``, which begins when a slot begins with the prompt."""
    tpot: Compared
    """Against the server's time from the first token to the last, by the tokens after the first."""
    recorded_first_content_ms: float
    """Mean by the histograms of the record."""
    recorded_tpot_ms: float


class Scenario(msgspec.Struct, frozen=True):
    """A run of one shopper, whose record is held against the server's /metrics; means over its answers, in milliseconds."""

    answers: int
    first_content_ms: float
    prompt_ms: float
    first_content_off: float
    """Relative: (record - server) / server."""
    tpot_ms: float
    per_token_ms: float
    tpot_off: float


class Result(msgspec.Struct, frozen=True):
    """What is written."""

    date: str
    machine: str
    cores: str
    model: str
    server: str
    slots: int
    tokens: int
    first_content_off: float
    """The larger of the run's and of one in flight in English, which are judged."""
    tpot_off: float
    """The largest of the run's and of one and several in flight in English, which are judged."""
    scenario: Scenario
    parts: list[Part]


def compared(pairs: Sequence[Pair], generator: str, server: str) -> Compared:
    """One time of these answers; StatisticsError when there are none."""
    ours, theirs = ([float(getattr(pair, name)) for pair in pairs] for name in (generator, server))
    off = [our / their - 1 for our, their in zip(ours, theirs, strict=True)]
    return Compared(round(median(ours), 3), round(median(theirs), 3), round(median(off), 5), round(_furthest(off), 5))


def _furthest(values: Sequence[float]) -> float:
    """The one that is farthest from 0, with its sign."""
    return max(values, key=abs)


def part(talks: Talks, language: str, in_flight: int) -> Part:
    """What so many shoppers saw."""
    return Part(
        language,
        in_flight,
        len(talks.pairs),
        talks.outcomes,
        compared(talks.pairs, "first_content_ms", "prompt_ms"),
        compared(talks.pairs, "tpot_ms", "per_token_ms"),
        _recorded_ms(talks, Clock.FIRST_CONTENT),
        _recorded_ms(talks, Clock.TPOT),
    )


def _recorded_ms(talks: Talks, clock: Clock) -> float:
    rows = [row for row in talks.histograms if row.clock == clock]
    return round(sum(row.sum_us for row in rows) / max(1, sum(row.n for row in rows)) / _US_PER_MS, 3)


def judged(scenario: Scenario, parts: Sequence[Part]) -> tuple[float, float]:
    """(first content, time per token): how far the judged parts are off."""
    english = [one for one in parts if one.language == "en"]
    alone = next(one for one in english if one.in_flight == 1)
    first_content = _furthest([scenario.first_content_off, alone.first_content.off])
    return first_content, _furthest([scenario.tpot_off, *(one.tpot.off for one in english)])


def scenario(run: Recorded, before: dict[str, float], after: dict[str, float]) -> Scenario:
    """The run's means beside the growth of the server's counters; BenchError when the server counts other answers than the run."""
    grown = {name: after[name] - before.get(name, 0.0) for name in after}
    if round(grown["tokens_predicted_total"]) != run.answers * TOKENS:
        raise BenchError(
            f"the server has made {grown['tokens_predicted_total']:.0f} tokens, the run's {run.answers} answers have "
            f"{run.answers * TOKENS}"
        )
    prompt_ms = grown["prompt_seconds_total"] / run.answers * _MS_PER_S
    per_token_ms = grown["tokens_predicted_seconds_total"] / (run.answers * (TOKENS - 1)) * _MS_PER_S
    return Scenario(
        run.answers,
        round(run.first_content_ms, 3),
        round(prompt_ms, 3),
        round(run.first_content_ms / prompt_ms - 1, 5),
        round(run.tpot_ms, 3),
        round(per_token_ms, 3),
        round(run.tpot_ms / per_token_ms - 1, 5),
    )


def missed(found: Result) -> list[str]:
    """A sentence for every goal that is not reached."""
    goals = (("time to first content", found.first_content_off), ("time per token", found.tpot_off))
    return [
        f"the {name} is {off:+.2%} off the server's own, at most {GOAL:.0%} are allowed"
        for name, off in goals
        if abs(off) > GOAL
    ]


def write(found: Result, path: Path) -> None:
    """Write it for people and machines."""
    path.write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=1) + b"\n")


def read(path: Path) -> Result:
    """The result in the file; ``msgspec.DecodeError`` when it is another's."""
    return msgspec.json.decode(path.read_bytes(), type=Result)


def line(found: Result) -> str:
    """The README's paragraph."""
    alone = next(one for one in found.parts if (one.language, one.in_flight) == ("en", 1))
    several = next(one for one in found.parts if one.language == "en" and one.in_flight > 1)
    chinese = next(one for one in found.parts if one.language == "zh")
    run = found.scenario
    verdict = "missed: " + "; ".join(missed(found)) if missed(found) else f"within the goal of {GOAL:.0%}"
    return (
        f"{found.model} on {found.server}, {found.slots} slots on one core, answers of {found.tokens} tokens, {found.date}.\n\n"
        f"| what | answers | first content | by the server | off | time per token | by the server | off |\n"
        f"|---|---:|---:|---:|---:|---:|---:|---:|\n"
        f"| `locustfiles/closed_loop.py --target`, one shopper; means, by the record and `/metrics` | {run.answers} | "
        f"{run.first_content_ms:,.0f} ms | {run.prompt_ms:,.0f} ms | {run.first_content_off:+.2%} | {run.tpot_ms:.2f} ms | "
        f"{run.per_token_ms:.2f} ms | {run.tpot_off:+.2%} |\n"
        f"| one in flight; medians, answer by answer | {_cells(alone)} |\n"
        f"| {several.in_flight} in flight | {_cells(several)} |\n"
        f"| one in flight, Chinese | {_cells(chinese)} |\n\n"
        f"{verdict[0].upper()}{verdict[1:]}. Not judged: Chinese, where a character is up to three tokens of this model and shows with the "
        f"last of them, and first content of {several.in_flight} in flight, where a prompt waits for the others' next step.\n"
    )


def _cells(one: Part) -> str:
    first, tpot = one.first_content, one.tpot
    return (
        f"{one.answers} | {first.generator_ms:,.0f} ms | {first.server_ms:,.0f} ms | {first.off:+.2%} | {tpot.generator_ms:.2f} ms | "
        f"{tpot.server_ms:.2f} ms | {tpot.off:+.2%}"
    )


def pasted(page: str, text: str) -> str:
    """The README with this paragraph between its marks; ValueError when it has none."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"The README has no lines {BEGIN.strip()!r} and {END!r} for the paragraph.")
    return f"{before}{BEGIN}{text}{END}{after}"
