"""The verdict in words for a reader who knows no statistics: what happened, and what may be concluded.

Pure functions of a report and the wishes' outcomes; they decide nothing, they say what the gate decided.
"""

from collections.abc import Iterator, Mapping

import msgspec

from reports.exit_codes import ExitCode
from reports.first_full import BY_SIGNAL
from reports.gate import Report
from reports.objectives import ObjectiveResult
from reports.onset_evidence import COUPON_MISSING, DISTINCT, HARD, NO_PROGRESS, QUEUED, REFUSED, SHED, SOFT
from reports.run_record.outcome import Outcome
from reports.saturation import Capacity
from reports.saturation_report import SaturationReport
from reports.throttle_onset import Episode, OnsetReport, first_turned_away
from reports.verdict import Verdict

NAMED = 3
"""Objectives that a headline names; the others are counted."""
SIGNAL_WORDS = {
    REFUSED: "turning away",
    HARD: "turning away openly",
    SOFT: "turning away politely",
    QUEUED: "making shoppers wait in line",
    NO_PROGRESS: "answering without progress",
    COUPON_MISSING: "withholding cards",
    SHED: "leaving shoppers without an answer",
}
"""What a reader calls the signals of episodes."""
TONES = {Verdict.PASS: "pass", Verdict.INCONCLUSIVE: "open", Verdict.FAIL: "fail"}


class Headline(msgspec.Struct, frozen=True):
    """The verdict at the top of the page."""

    word: str
    tone: str
    """``pass``, ``open`` or ``fail``."""
    sentence: str
    advice: str
    """What a reader may conclude, and what to do next."""


class Tile(msgspec.Struct, frozen=True):
    """One big number."""

    label: str
    value: str
    note: str
    tone: str = ""


def headline(report: Report) -> Headline:
    """What the gate decided and what follows from it."""
    tone = TONES[report.verdict]
    if report.exit_code == ExitCode.LEDGER_VIOLATION:
        return Headline(
            "Failed", tone,
            f"The order ledger contradicts what shoppers were told, in {many(violations(report), 'place')}.",
            "An order, a payment or a card was lost, doubled or changed. Nothing excuses that: see the ledger below.",
        )  # fmt: skip
    if not report.valid:
        return Headline(
            "Not judged", tone, f"This run cannot be judged. {report.breaches[0].sentence}",
            "The figures below may still help, but they prove nothing about the service. Mend the measurement and run it again.",
        )  # fmt: skip
    if not report.objectives:
        return Headline(
            "Not judged", tone, "No objective was given, so nothing says what would be good enough.",
            "Give a file of objectives with --slo FILE.",
        )  # fmt: skip
    missed = [one for one in report.objectives if one.verdict is Verdict.FAIL]
    undecided = [one for one in report.objectives if one.verdict is Verdict.INCONCLUSIVE]
    total = many(len(report.objectives), "objective")
    if missed:
        return Headline(
            "Failed", tone, f"The service missed {len(missed)} of {total}: {_named(missed)}.",
            "This is beyond what chance explains: the run shows that the service did not do what was asked of it.",
        )  # fmt: skip
    if undecided:
        return Headline(
            "Not decided", tone, f"{len(undecided)} of {total} could be neither proven nor disproven: {_named(undecided)}.",
            "This is not a pass. Each objective below says what is lacking; a longer run is often enough.",
        )  # fmt: skip
    return Headline(
        "Passed", tone, f"The service met all {total}." if len(report.objectives) > 1 else "The service met its objective.",
        "Chance alone would hardly give such a result: the run shows that the service did what was asked of it.",
    )  # fmt: skip


def _named(results: list[ObjectiveResult]) -> str:
    names = "; ".join(f"“{one.display_name}”" for one in results[:NAMED])
    return names + (f"; and {len(results) - NAMED} more" if len(results) > NAMED else "")


def violations(report: Report) -> int:
    """Rows of the ledger that contradict a statement."""
    return sum(check.violations for check in report.audit.checks if check.state == "violated") if report.audit else 0


def many(number: int, noun: str) -> str:
    """A number and its noun."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def share(part: int, whole: int) -> str:
    """A share as a person says it; never all or nothing by rounding."""
    if not whole:
        return "none"
    percent = 100 * part / whole
    if 0 < percent < 0.1:  # noqa: PLR2004 - what one decimal would call nothing
        return "under 0.1 %"
    if 99.9 < percent < 100:  # noqa: PLR2004 - and what it would call all
        return "over 99.9 %"
    return f"{percent:.0f} %" if percent in (0, 100) else f"{percent:.1f} %"


def story(report: Report, outcomes: Mapping[str, int]) -> Iterator[str]:
    """The run in a few sentences; ``outcomes`` are the wishes by how they ended."""
    run = report.run
    if not run.scheduled:
        yield f"{many(run.requests, 'request')} were recorded in {lasting(run.duration_s)}; nothing was scheduled, so there are no wishes to follow."
        return
    good = run.confirmed + run.done
    peak = f", up to {run.peak_offered_per_s:,.0f} a second" if run.peak_offered_per_s else ""
    yield (
        f"In {lasting(run.duration_s)}, {many(run.scheduled, 'shopper')} wanted to buy{peak}. "
        f"{good:,} of them ({share(good, run.scheduled)}) got what they wanted."
    )
    yield _turned_away(report, outcomes)
    others = [
        f"{outcomes[name]:,} {words}"
        for name, words in (
            (Outcome.QUEUED, "were told to wait and left"),
            (Outcome.DECLINED, "were declined for a good reason, such as an empty shelf"),
            (Outcome.DEGRADED, "got an answer that was of no use"),
            (Outcome.SHED, "got no answer, or none in time"),
            (Outcome.UNKNOWN, "paid and never heard whether they had bought"),
        )
        if outcomes.get(name)
    ]
    if others:
        yield "Of the others, " + ", ".join(others) + "."
    yield from _onset(report)
    yield from (f"{said}." for said in (report.onset.groups.sentences if report.onset.groups else []))
    yield _ledger(report)


def _turned_away(report: Report, outcomes: Mapping[str, int]) -> str:
    hard, soft = (sum(one.wishes for one in report.refusals if one.voice == voice) for voice in ("hard", "soft"))
    if not hard + soft:
        waited = outcomes.get(Outcome.QUEUED, 0)
        silent = outcomes.get(Outcome.SHED, 0) + outcomes.get(Outcome.UNKNOWN, 0)
        did = [f"made {waited:,} wait in line"] * bool(waited) + [f"left {silent:,} without an answer"] * bool(silent)
        but = f", but it {' and '.join(did)}" if did else ""
        return f"The service turned nobody away because of load{but}."
    whole = share(hard + soft, report.run.released)
    return (
        f"The service turned away {hard + soft:,} ({whole} of those who came) because of load: {hard:,} openly, with an error, "
        f"and {soft:,} politely, with an answer that looks normal and means no."
    )


def _onset(report: Report) -> Iterator[str]:
    if not report.onset.ran:
        yield f"When turning away began is not known: {report.onset.why_not}."
    for episode in first_of_each(report):
        yield begun(episode)
        held = _held(report, episode)
        if held is not None:
            yield (
                f"While it was overloaded, the service completed about {held.per_s:,.0f} orders a second"
                f"{_between(held, ' (between {} and {})')}."
            )


def _held(report: Report, episode: Episode) -> Capacity | None:
    """What came out in the episode: of refusals as it says, of waiting and faults where they marked the first full step."""
    found = report.saturation
    said: SaturationReport | Episode = episode
    if episode.capacity_per_s is None and found is not None and found.first_second == episode.second:
        said = found if found.first_by == BY_SIGNAL.get(episode.signal) else episode
    if said.capacity_per_s is None:
        return None
    return Capacity(said.capacity_per_s, said.capacity_low or 0.0, said.capacity_high or 0.0)


def _between(held: Capacity, words: str) -> str:
    """The interval of the capacity in these words; nothing where its ends read the same."""
    low, high = (f"{end:,.0f}" for end in (held.low, held.high))
    return "" if low == high else words.format(low, high)


def first_of_each(report: Report) -> list[Episode]:
    """The first episode of each signal that no other contains, in the order of their onsets."""
    found = {episode.signal: episode for episode in reversed(report.onset.episodes) if episode.signal in DISTINCT}
    return sorted(found.values(), key=lambda episode: episode.second)


def begun(episode: Episode) -> str:
    """When, at which load and after which load it began, and whether it ended."""
    sure = f"between seconds {episode.set_first} and {episode.set_last}, most likely in {episode.second}"
    when = f"in second {episode.second}" if episode.set_first == episode.set_last else sure
    before = "" if episode.calm_per_s is None else f" Until then it had borne up to {episode.calm_per_s:,.0f} a second."
    return (
        f"{SIGNAL_WORDS[episode.signal].capitalize()} began {when} ({clock(episode)}), when {episode.offered_per_s:,.0f} "
        f"shoppers a second wanted to buy.{before} {_ended(episode)}"
    )


def clock(episode: Episode) -> str:
    """The wall clock's part of an onset, as in ``17:45:27 UTC``."""
    return f"{episode.wall_utc[11:19]} UTC"


def _ended(episode: Episode) -> str:
    if episode.end is not None:
        return f"It was over in second {episode.end}."
    if episode.last_seen is not None:
        return f"It was last seen in second {episode.last_seen}."
    return "Whether it ended is not certain."


def _ledger(report: Report) -> str:
    audit = report.audit
    if audit is None or not audit.ran:
        return f"Whether an order was lost or doubled is not known: {report.audit_why_not if audit is None else audit.why_not}."
    if violations(report):
        return f"The order ledger contradicts what shoppers were told in {many(violations(report), 'place')}."
    skipped = sum(check.state == "not_run" for check in audit.checks)
    but = f" {many(skipped, 'check')} could not be made." if skipped else ""
    return f"The order ledger agrees with what shoppers were told: no order, payment or card was lost or doubled.{but}"


def lasting(seconds: float) -> str:
    """A length of time as a person says it."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [f"{n} {unit}" for n, unit in ((hours, "h"), (minutes, "min"), (rest, "s")) if n]
    return " ".join(parts) or "0 s"


def _never_of_all(onset: OnsetReport) -> Tile:
    """When turning away began, of all shoppers never: of a group it may have."""
    episodes = onset.groups.episodes if onset.groups else []
    begun = next((one.second for one in episodes if one.signal in (REFUSED, QUEUED)), None)
    if begun is None:
        return Tile("Turning away began", "never", "or in too few to tell")
    return Tile("Turning away began", f"second {begun}", "for a group of shoppers only", "warn")


def tiles(report: Report) -> list[Tile]:
    """The numbers that a review asks for first."""
    run = report.run
    good, refused = run.confirmed + run.done, sum(one.wishes for one in report.refusals)
    if not run.scheduled:
        return [Tile("Requests", f"{run.requests:,}", lasting(run.duration_s))]
    peak = f"up to {run.peak_offered_per_s:,.0f} a second" if run.peak_offered_per_s else lasting(run.duration_s)
    found = [
        Tile("Wanted to buy", f"{run.scheduled:,}", peak),
        Tile("Got their order", f"{good:,}", share(good, run.scheduled)),
        Tile("Turned away", f"{refused:,}", share(refused, run.released), "warn" if refused else ""),
    ]
    if not report.onset.ran:
        found.append(Tile("Turning away began", "not known", report.onset.why_not))
    elif first_turned_away(report.onset) is None:
        found.append(_never_of_all(report.onset))
    for one in first_of_each(report):
        label = f"{SIGNAL_WORDS[one.signal].capitalize()} began"
        found.append(Tile(label, f"second {one.second}", f"at {one.offered_per_s:,.0f} a second", "warn"))
    held = next((_held(report, one) for one in first_of_each(report) if _held(report, one) is not None), None)
    if held is not None:
        interval = _between(held, "between {} and {}") or "orders a second"
        found.append(Tile("Held under overload", f"{held.per_s:,.0f}/s", interval))
    audit = report.audit
    if audit is None or not audit.ran:
        found.append(Tile("Lost or doubled", "not known", "the ledger was not checked"))
    else:
        count = violations(report)
        skipped = sum(check.state == "not_run" for check in audit.checks)
        found.append(
            Tile(
                "Lost or doubled",
                f"{count:,}",
                f"in {len(audit.checks) - skipped} checks of the ledger",
                "fail" if count else "pass",
            )
        )
    return found
