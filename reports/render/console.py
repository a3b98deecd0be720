"""The one-screen verdict: what the gate found, on 100 columns and about 40 lines. Decides nothing."""

import math
from collections.abc import Iterator

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from reports.evidence import RefusalWords
from reports.gate import Refusals, Report, RunFacts
from reports.ledger_audit import AuditReport
from reports.objectives import ObjectiveResult
from reports.onset_evidence import COUPON_MISSING, NO_PROGRESS, QUEUED, SHED
from reports.render.plain import TEXT_LIMIT, plain, words
from reports.throttle_onset import Episode, OnsetReport, first, first_turned_away
from reports.verdict import Verdict

STYLES = {Verdict.PASS: "bold green", Verdict.INCONCLUSIVE: "bold yellow", Verdict.FAIL: "bold red"}
SENTENCES_SHOWN = 5
SENTENCES_LIMIT = 800
SATURATION, RECOVERY = "Saturation", "Recovery"
"""Labels of what an overload was and of what came after."""
UNITS = {"ms": " ms", "per s": "/s", "s": " s"}
"""How a unit is written behind a value; shares have their per cent sign."""
NEVER = "never"
"""A quantile among the events that were not answered."""
NOTE_LIMIT = 500
"""Characters of the curve's note, which says how published figures became this run's load."""
WORDS_SHOWN = 3
SIGNS = {
    QUEUED: "shoppers were told to wait (queued)",
    SHED: "shoppers were left without an answer (shed)",
    NO_PROGRESS: "answers brought shoppers no further (no_progress)",
    COUPON_MISSING: "cards that were due were missing (coupon_missing)",
}
"""What else than refusals can begin."""
SAMPLE_LIMIT = 120
"""Characters of a refusal's text."""
ROWS_SHOWN = 3
"""Rows of a violated check; the JSON report has more."""


def print_report(report: Report, console: Console) -> None:
    """Write the whole verdict."""
    for part in (head(report), objective_table(report.objectives), *reasons(report.objectives), *facts(report)):
        console.print(part)


def head(report: Report) -> RenderableType:
    """The overall verdict, the run's name and what was loaded."""
    state = " (the run is INVALID)" if not report.valid else " (the run was aborted early)" if report.aborted else ""
    line = Text.assemble(
        (report.verdict.value, STYLES[report.verdict]), f"{state}  ", words(report.run.scenario, "bold"),
        words(f"  {report.run.started_utc}  exit code {report.exit_code}"),
    )  # fmt: skip
    capacity = report.run.capacity_orders_per_s
    declared = "no declared capacity" if capacity is None else f"declared capacity {capacity:.4g} orders/s"
    line.append(f"\n{plain(report.run.target_kind)} {plain(report.run.target_url, 60)}, {declared}")
    note = whole_sentences(report.run.curve_note.removeprefix(f"{report.run.curve}: "), NOTE_LIMIT)
    peak = f", up to {report.run.peak_offered_per_s:.4g} wishes/s" if report.run.peak_offered_per_s else ""
    line.append(f"\n{plain(report.run.curve)}{peak}: ")
    line.append(plain(note or "no note on the curve", NOTE_LIMIT))
    return line


def whole_sentences(text: str, limit: int) -> str:
    """As many of the first sentences as fit into ``limit`` characters; the cut text when not even one does."""
    if len(text) <= limit:
        return text
    end = text.rfind(". ", 0, limit)
    return text[: end + 1] if end > 0 else text[:limit]


def objective_table(results: list[ObjectiveResult]) -> RenderableType:
    """One row an objective."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", expand=False)
    table.add_column("objective", max_width=46)
    for name in ("target", "measured", "n"):
        table.add_column(name, no_wrap=True, justify="right" if name == "n" else "left")
    table.add_column("verdict", no_wrap=True)
    for result in results:
        table.add_row(
            words(result.display_name), words(result.target), words(measured(result)), f"{result.n:,}",
            words(result.verdict, STYLES[result.verdict]),
        )  # fmt: skip
    return table


def measured(result: ObjectiveResult) -> str:
    """The value with its interval, in the unit's own form."""
    if result.value is None:
        return "no data"
    if result.unit == "violations":
        return f"{result.value:.0f}"
    value, low, high = (figure(each, result.unit) for each in (result.value, result.low, result.high))
    suffix = UNITS.get(result.unit, "") if value != NEVER else ""
    return f"{value}{suffix} [{low}, {high}]"


def figure(value: float | None, unit: str) -> str:
    """One number: whole ms (one decimal below 10), a rate with one decimal, a count, or percent."""
    if value is None:
        return "?"
    if math.isinf(value):
        return NEVER
    if unit in ("count", "s"):
        return f"{value:,.0f}" if value == int(value) else f"{value:,.3g}"
    if unit == "per s":
        return f"{value:,.1f}"
    if unit == "ms":
        return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"  # noqa: PLR2004 - a decimal where it tells
    return f"{value * 100:.2f}%" if 0.995 <= value < 1 else f"{value * 100:.1f}%"  # noqa: PLR2004 - where nines count


def reasons(results: list[ObjectiveResult]) -> Iterator[RenderableType]:
    """Why the objectives that do not pass do not."""
    for result in results:
        if result.verdict is not Verdict.PASS:
            yield Text.assemble("  ", words(result.name, STYLES[result.verdict]), ": ", words(result.sentence))


def facts(report: Report) -> Iterator[RenderableType]:
    """Onset, refusals, ledger, validity, warnings and the directory."""
    yield labelled("Throttle onset", onset_line(report.onset))
    begun = first_turned_away(report.onset) or next((one for one in report.onset.episodes if one.signal == SHED), None)
    if begun is not None:
        yield labelled("First signal", signal_line(begun))
    for label, text in overload_lines(report):
        yield labelled(label, text, limit=SENTENCES_LIMIT)
    for voice in report.refusals:
        yield labelled(f"Refused {voice.voice}", refusal_line(voice))
    for place, text in enumerate(words_lines(report.words)):
        yield labelled("" if place else "In which words", text)
    yield labelled("Ledger", audit_line(report.audit, report.audit_why_not))
    yield from violated_rows(report.audit)
    if report.aborted:
        yield labelled("Aborted early", report.aborted, "bold yellow")
    if report.valid:
        yield labelled("Validity", "valid: the generator was on time, lost nothing and its counts add up")
    for breach in report.breaches[:SENTENCES_SHOWN]:
        yield labelled("INVALID", breach.sentence, "bold yellow")
    if len(report.breaches) > SENTENCES_SHOWN:
        yield labelled("INVALID", f"and {len(report.breaches) - SENTENCES_SHOWN} more, see --json")
    for warning in report.warnings:
        yield labelled("Warning", warning)
    yield labelled(*wish_count(report.run))
    yield labelled("Run", report.run.path)


def overload_lines(report: Report) -> Iterator[tuple[str, str]]:
    """Which groups differ from all shoppers, which step was full first and what came after, as label and text; nothing of a run
    that never came so far.
    """
    groups, saturation, after = report.onset.groups, report.saturation, report.recovery
    yield from (("Groups", said) for said in (groups.sentences if groups else []))
    if saturation is not None and saturation.first_by:
        yield SATURATION, "; ".join(saturation.sentences)
    if after is not None and after.began is not None:
        yield RECOVERY, "; ".join(after.sentences)


def wish_count(run: RunFacts) -> tuple[str, str]:
    """What was counted, wishes or requests of an unscheduled run, and how many there were."""
    if not run.scheduled and run.requests:
        return "Requests", f"{run.requests:,}; none was scheduled, so there are no wishes"
    done = f", {run.done:,} done" if run.done else ""
    return "Wishes", f"{run.scheduled:,} scheduled, {run.confirmed:,} confirmed{done}"


def labelled(label: str, text: object, style: str = "bold", limit: int = TEXT_LIMIT) -> Text:
    """A labelled line."""
    return Text.assemble((f"{label:<16}", style), words(text, limit=limit))


def onset_line(onset: OnsetReport) -> str:
    """Where refusals began to exceed the tolerated share, or why that is not known."""
    if not onset.ran:
        return f"not known: {onset.why_not}"
    episode = first(onset)
    if episode is None:
        others = "; ".join(_other(one) for one in onset.episodes[:SENTENCES_SHOWN])
        none = f"none: refusals never exceeded {onset.tolerated_share:.2%} of the answers for long enough"
        return f"{none}; but {others}" if others else none
    line = (
        f"second {episode.second} ({episode.wall_utc}), 95 % certain within {episode.set_first} to {episode.set_last}; "
        f"offered {episode.offered_per_s:.1f} wishes/s [{episode.offered_low:.1f}, {episode.offered_high:.1f}]"
    )
    line += _until(episode)
    if episode.calm_per_s is not None:
        line += f", after {episode.calm_per_s:.1f} were borne"
    if episode.first_throttle_per_s is not None:
        line += f"; first throttle at {episode.first_throttle_per_s:.1f} wishes/s ({episode.method} model)"
    return line


def _other(episode: Episode) -> str:
    """An episode of another signal than refusals."""
    what = SIGNS.get(episode.signal, episode.signal)
    return (
        f"{what} from second {episode.second}, when {episode.offered_per_s:.1f} wishes/s were offered{_until(episode)}"
    )


def _until(episode: Episode) -> str:
    if episode.end is not None:
        return f", over in second {episode.end}"
    return "" if episode.last_seen is None else f", last seen in second {episode.last_seen}"


def signal_line(episode: Episode) -> str:
    """The request that said so first."""
    said = episode.first_signal
    if said is None:
        return f"{episode.signal}: no request said so"
    return f"{episode.signal}: step {said.step} in second {said.second}, {said.reason or said.outcome}"


def refusal_line(refusals: Refusals) -> str:
    """Wishes, their share and the reasons of one voice."""
    if not refusals.requests and not refusals.wishes:
        return "none"
    share = "" if refusals.share is None else f" ({refusals.share:.1%} of the released)"
    why = ", ".join(f"{reason} {n:,}" for reason, n in refusals.reasons.items())
    where = ", ".join(refusals.steps)
    return f"{refusals.wishes:,} wishes{share}; {refusals.requests:,} requests at {where}: {why}"


def words_lines(said: list[RefusalWords]) -> Iterator[str]:
    """The texts that most shoppers were turned away with: one sample each, how many saw it, and since when."""
    for one in said[:WORDS_SHOWN]:
        sample = plain(one.sample, SAMPLE_LIMIT)
        text = f'"{sample}"' if sample else "texts of which only the number was kept"
        voice = one.outcome.replace("_", " ")
        yield f"{text}: {one.shoppers:,} shoppers from second {one.first_second}, {voice} at {one.step}, {one.reason or 'no reason'}"
    if len(said) > WORDS_SHOWN:
        yield f"and {len(said) - WORDS_SHOWN} more, see --json"


def audit_line(audit: AuditReport | None, why_not: str) -> str:
    """The ledger in one line."""
    if audit is None:
        return f"not audited: {why_not}"
    if not audit.ran:
        return f"not audited: {audit.why_not}"
    violated = [f"{check.id} {check.violations}" for check in audit.checks if check.state == "violated"]
    skipped = sum(check.state == "not_run" for check in audit.checks)
    state = "VIOLATED: " + ", ".join(violated) if violated else f"clean in {len(audit.checks) - skipped} checks"
    return (
        f"{state}{f' ({skipped} not run)' if skipped else ''}; {audit.confirmed:,} confirmed, {audit.ledger_orders:,} "
        f"orders in the ledger, {audit.recovered:,} of {audit.unknown:,} unknown recovered"
    )


def violated_rows(audit: AuditReport | None) -> Iterator[RenderableType]:
    """The first rows of each violated check."""
    for check in audit.checks if audit else []:
        if check.state == "violated":
            for row in check.rows[:ROWS_SHOWN]:
                yield Text.assemble("  ", words(check.id, STYLES[Verdict.FAIL]), ": ", words(row))
