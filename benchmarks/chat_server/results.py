"""The generator's times beside the server's own: medians, how far they are apart, and the line for the README."""

from collections.abc import Sequence
from pathlib import Path
from statistics import fmean, median

import msgspec

from benchmarks.chat_server.shoppers import Pair, Talks
from reports.run_record.outcome import Clock

GOAL = 0.05
BEGIN, END = "<!-- python -m benchmarks.chat_server --line -->\n", "<!-- end of the line -->"
_US_PER_MS = 1000


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


class Counted(msgspec.Struct, frozen=True):
    """What the server's /metrics says of the answers of one in flight beside what they told; milliseconds an answer.

    With several in flight the counters count what slots do at the same time once, and the answers each.
    """

    prompt_ms: float
    told_prompt_ms: float
    predicted_ms: float
    told_predicted_ms: float


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
    """Of one in flight in English, which is judged."""
    tpot_off: float
    """The larger of one and several in flight in English, both judged."""
    parts: list[Part]
    counted: Counted


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


def judged(parts: Sequence[Part]) -> tuple[float, float]:
    """(first content, time per token): how far the judged parts are off."""
    english = [one for one in parts if one.language == "en"]
    alone = next(one for one in english if one.in_flight == 1)
    return alone.first_content.off, _furthest([one.tpot.off for one in english])


def counted(before: dict[str, float], after: dict[str, float], pairs: Sequence[Pair], tokens: int) -> Counted:
    """The mean prompt and the mean rest of these answers, by the server's counters and by what they told."""
    grown = {name: after.get(name, 0.0) - before.get(name, 0.0) for name in after}
    answers = len(pairs)
    return Counted(
        round(grown["prompt_seconds_total"] * 1000 / answers, 1),
        round(fmean(pair.prompt_ms for pair in pairs), 1),
        round(grown["tokens_predicted_seconds_total"] * 1000 / answers, 1),
        round(fmean(pair.per_token_ms for pair in pairs) * (tokens - 1), 1),
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
    verdict = "missed: " + "; ".join(missed(found)) if missed(found) else f"within the goal of {GOAL:.0%}"
    return (
        f"{found.model} on {found.server}, {found.slots} slots on one core, answers of {found.tokens} tokens; medians over the answers, "
        f"{found.date}. One in flight ({alone.answers} answers): first content after {alone.first_content.generator_ms:,.0f} ms, by the "
        f"server {alone.first_content.server_ms:,.0f} ms ({alone.first_content.off:+.2%}); time per token {alone.tpot.generator_ms:.2f} ms, "
        f"by the server {alone.tpot.server_ms:.2f} ms ({alone.tpot.off:+.2%}). {several.in_flight} in flight ({several.answers} answers): "
        f"time per token {several.tpot.generator_ms:.2f} ms, by the server {several.tpot.server_ms:.2f} ms ({several.tpot.off:+.2%}). "
        f"{verdict[0].upper()}{verdict[1:]}. Not judged, {chinese.answers} Chinese answers: {chinese.first_content.off:+.2%} and "
        f"{chinese.tpot.off:+.2%}, since a character of theirs is up to three tokens of this model and shows with the last of them.\n"
    )


def pasted(page: str, text: str) -> str:
    """The README with this paragraph between its marks; ValueError when it has none."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"The README has no lines {BEGIN.strip()!r} and {END!r} for the paragraph.")
    return f"{before}{BEGIN}{text}{END}{after}"
