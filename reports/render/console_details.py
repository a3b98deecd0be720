"""``springtide show``, ``onset`` and ``audit`` on a console. Decides nothing."""

from collections.abc import Iterator

from rich.console import Console
from rich.table import Table
from rich.text import Text

from reports.gate import OnsetAnswer
from reports.ledger_audit import AuditReport
from reports.onset_cohorts import CARD, SHOPPER, VERTICAL, are_all_new
from reports.onset_evidence import DISTINCT
from reports.onset_groups import GroupsReport
from reports.render.console import audit_line, figure, labelled, onset_line, signal_line
from reports.render.plain import words
from reports.show import Show
from reports.throttle_onset import Episode, OnsetReport
from reports.truth_log import TruthComparison

SHOWN_COHORTS = 6
SHOWN_GROUPS = 40
"""Episodes of groups."""
GROUP_LIMIT = 40
"""Characters of a group's name."""
COHORT_WORDS = {VERTICAL: "vertical", CARD: "card at the wish's end", SHOPPER: "new or returning"}
AUDIT_STYLES = {"clean": "green", "violated": "bold red", "not_run": "yellow"}


def print_show(shown: Show, console: Console) -> None:
    """Write everything that ``show`` knows."""
    run = shown.run
    console.print(labelled("Run", f"{run.path}  ({run.run_id})"))
    console.print(labelled("Scenario", f"{run.scenario}, started {run.started_utc}, {shown.ended}, seed {shown.seed}"))
    console.print(
        labelled(
            "Target", f"{run.target_kind} {run.target_url}, capacity {run.capacity_orders_per_s or 'not declared'}"
        )
    )
    console.print(labelled("Curve", f"{run.curve}, {run.duration_s:g} s, up to {run.peak_offered_per_s:.4g} wishes/s"))
    console.print(labelled("", run.curve_note or "no note on the curve"))
    console.print(labelled("Options", ", ".join(f"{key}={value}" for key, value in shown.arguments.items()) or "none"))
    for identity in shown.identities:
        console.print(words(identity.line + (f"   BROKEN: {identity.broken}" if identity.broken else "")))
    console.print(_outcome_table(shown))
    console.print(_latency_table(shown))
    if shown.announced:
        console.print(_announced_table(shown))
    asked = shown.amplification
    if asked.ratio is not None:
        line = f"x{asked.ratio:.2f}: {asked.attempts:,} chat attempts of {asked.wishes:,} wishes that ended"
        console.print(labelled("Amplification", line))
    if shown.slowest_second is not None:
        slowest = shown.slowest_second
        console.print(labelled("Slowest", f"second {slowest.second}, wishes p99 {figure(slowest.p99_ms, 'ms')} ms"))
    health = shown.health
    late = "not recorded" if health.lateness_p99_ms is None else f"p99 {health.lateness_p99_ms:.1f} ms"
    console.print(
        labelled(
            "Generator",
            f"{health.workers} workers, {health.worker_seconds} worker-seconds; lateness {late}; {health.stalls} stalls, "
            f"worst {health.stall_max_ms:.0f} ms; CPU up to {health.cpu_share_max:.0%} of a core; "
            f"{health.rss_max_mib:.0f} MiB",
        )
    )
    for sentence in shown.notes:
        console.print(labelled("Note", sentence))
    for sentence in shown.damage:
        console.print(labelled("Damaged", sentence, "bold yellow"))


def _plain_table(*columns: str) -> Table:
    table = Table(box=None, padding=(0, 3, 0, 0), header_style="dim")
    for column in columns:
        table.add_column(column, justify="right" if column.startswith(("n", "p")) else "left")
    return table


def _outcome_table(shown: Show) -> Table:
    table = _plain_table("step", "outcome", "reason", "n")
    for row in shown.outcomes:
        table.add_row(words(row.step), words(row.outcome), words(row.reason), f"{row.n:,}")
    return table


def _latency_table(shown: Show) -> Table:
    table = _plain_table("step", "clock", "n", "p50 ms", "p95 ms", "p99 ms")
    for row in shown.latencies:
        quantiles = (figure(value, "ms") for value in (row.p50_ms, row.p95_ms, row.p99_ms))
        table.add_row(words(row.step), words(row.clock), f"{row.n:,}", *quantiles)
    return table


def _announced_table(shown: Show) -> Table:
    table = _plain_table("step", "target announced", "n", "first", "last", "lowest", "highest")
    for row in shown.announced:
        told = (f"{value:g}" for value in (row.first, row.last, row.lowest, row.highest))
        table.add_row(words(row.step), words(row.name), f"{row.n:,}", *told)
    return table


def print_onset(answer: OnsetAnswer, console: Console) -> None:
    """Write every episode in which a signal exceeded the tolerated share, and how far the estimate is off."""
    onset = answer.onset
    console.print(labelled("Throttle onset", onset_line(onset)))
    table = _plain_table("signal", "from", "within", "until", "offered/s", "refused", "method")
    for episode in onset.episodes:
        table.add_row(
            words(episode.signal),
            str(episode.second),
            f"{episode.set_first} to {episode.set_last}",
            _until(episode),
            f"{episode.offered_per_s:.1f} [{episode.offered_low:.1f}, {episode.offered_high:.1f}]",
            f"{episode.refused} of {episode.of}",
            words(episode.method),
        )
    if onset.episodes:
        console.print(table)
        for line in who_lines(onset):
            console.print(line)
    if onset.groups is not None:
        _print_groups(onset.groups, console)
    if onset.blips:
        console.print(labelled("Blips", f"single seconds {', '.join(map(str, onset.blips[:20]))}"))
    if onset.note:
        console.print(labelled("Note", onset.note))
    if answer.truth is not None:
        console.print(labelled("Truth", truth_line(answer.truth)))


def who_lines(onset: OnsetReport) -> Iterator[Text]:
    """Who said so first in each signal's first episode, who was turned away, and whom the record does not tell apart."""
    begun = {episode.signal: episode for episode in reversed(onset.episodes)}
    for episode in sorted(begun.values(), key=lambda one: one.second):
        yield labelled("First signal", signal_line(episode))
    all_new = are_all_new(cohort for episode in begun.values() for cohort in episode.cohorts)
    for episode in (one for one in begun.values() if one.signal in DISTINCT):
        for what in dict.fromkeys(cohort.what for cohort in episode.cohorts):
            if what == SHOPPER and all_new:
                continue
            shares = [
                f"{one.name} {one.turned_away / one.of:.1%} of {one.of:,}"
                for one in episode.cohorts
                if one.what == what
            ]
            more = f", and {len(shares) - SHOWN_COHORTS} more" if len(shares) > SHOWN_COHORTS else ""
            yield labelled(
                "Who", f"{episode.signal} by {COHORT_WORDS[what]}: {', '.join(shares[:SHOWN_COHORTS])}{more}"
            )
    if onset.cohorts_not_recorded:
        yield labelled("Who", f"not in the record: {', '.join(onset.cohorts_not_recorded)}")
    elif all_new:
        yield labelled("Who", "all shoppers of these seconds are new")


def _print_groups(groups: GroupsReport, console: Console) -> None:
    """What differs from all shoppers together, and when each group was hit by what."""
    watched = f"{len(groups.watched)} groups of shoppers have charts of their own"
    if groups.why_not:
        console.print(labelled("Groups", f"not known: {groups.why_not}"))
    elif groups.watched and not groups.episodes:
        console.print(labelled("Groups", f"{watched}, and none has an onset"))
    for said in groups.sentences:
        console.print(labelled("Groups", said))
    if groups.left_out:
        console.print(labelled("Groups", f"{watched}; {groups.left_out} smaller ones have none"))
    if not groups.episodes:
        return
    table = _plain_table("group", "signal", "from", "within", "until", "refused", "beside all")
    for one in groups.episodes[:SHOWN_GROUPS]:
        table.add_row(
            words(f"{one.what} {one.name}", limit=GROUP_LIMIT),
            words(one.signal),
            str(one.second),
            f"{one.set_first} to {one.set_last}",
            "open" if one.end is None else str(one.end),
            f"{one.turned_away} of {one.of}",
            words(one.beside),
        )
    console.print(table)
    if len(groups.episodes) > SHOWN_GROUPS:
        console.print(labelled("", f"and {len(groups.episodes) - SHOWN_GROUPS} more, see --json"))


def _until(episode: Episode) -> str:
    """Where an episode ended; an open one with its last second that had the signal."""
    if episode.end is not None:
        return str(episode.end)
    return "open" if episode.last_seen is None else f"open, last {episode.last_seen}"


def truth_line(truth: TruthComparison) -> str:
    """What the target says of its own onset, beside the estimate."""
    if truth.true_second is None:
        return "the target says that it never turned away more than the tolerated share"
    estimate = (
        "no onset was found" if truth.difference_s is None else f"the estimate is {truth.difference_s:+.2f} s off"
    )
    return f"the target began to refuse at {truth.true_second:.2f} s; {estimate}"


def print_audit(audit: AuditReport, console: Console) -> None:
    """Write every check, its state and its first rows."""
    console.print(labelled("Ledger", audit_line(audit, "")))
    table = _plain_table("check", "statement", "state", "violations")
    for check in audit.checks:
        state = words(check.state.replace("_", " "), AUDIT_STYLES.get(check.state, ""))
        table.add_row(words(check.id), words(check.statement), state, f"{check.violations:,}")
    if audit.ran:
        console.print(table)
    for check in audit.checks:
        for sentence in [*check.rows, *([check.why_not] if check.why_not else [])]:
            console.print(labelled(check.id, sentence))
