"""The verdict as GitHub-flavoured Markdown, for a job's summary or a comment: under 64 KB whatever the run. Decides nothing.

Words of others (a target's, an SLO file's, a worker's) become character references wherever Markdown, HTML or GitHub would read
them as more than words; lines that no longer fit are left out from the end of their part, with their number.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from reports.gate import Report
from reports.objectives import ObjectiveResult
from reports.render.console import (
    RECOVERY,
    SATURATION,
    SENTENCES_LIMIT,
    audit_line,
    figure,
    measured,
    onset_line,
    overload_lines,
    refusal_line,
    wish_count,
    words_lines,
)
from reports.render.plain import TEXT_LIMIT, plain
from reports.verdict import Verdict

T = TypeVar("T")

_PART_BYTES = 16_000
"""Most that each of the three lists weighs, so that the whole stays under 64 KB: objectives, reasons, facts. The head has at most 13,000: five texts of 160 or 300
characters, and a character becomes 12 bytes at most."""
MARKS = {Verdict.PASS: "✅", Verdict.INCONCLUSIVE: "⚠️", Verdict.FAIL: "❌"}
_ORDER = (Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.PASS)
_CELL_LIMIT = 160
_SENTENCES = (SATURATION, RECOVERY)
"""Facts that are several sentences."""
_STRUCTURE = re.compile(r"[\\`*_~\[\]<>&|$!#@]|(?<=:)//|(?i:(?<=www)\.)|^\s+|\s+$")
"""What begins markup, a table's cell, an entity, a formula, a mention, an issue's number or a link by itself; and blanks at the
ends, next to which two stars are no emphasis."""
_WORD_JOINER = "&#8288;"


def escaped(text: object, limit: int = TEXT_LIMIT) -> str:
    """The text on one line, bounded, that a renderer shows letter by letter: no markup, no HTML, no link, no mention.

    Character references are words to every Markdown parser, also inside a table. GitHub looks for ``@`` and ``#`` once more in
    what was rendered: an invisible word joiner follows them.
    """
    return _STRUCTURE.sub(lambda found: "".join(map(_reference, found[0])), plain(text, limit))


def _reference(character: str) -> str:
    return f"&#{ord(character)};" + (_WORD_JOINER if character in "@#" else "")


def markdown(report: Report) -> str:
    """The whole report: verdict, objectives, why, and the facts that they stand on."""
    results = sorted(report.objectives, key=lambda result: _ORDER.index(result.verdict))
    head = ["| | objective | target | measured | events |", "|---|---|---|---|---:|"]
    undecided = [result for result in results if result.verdict is not Verdict.PASS]
    parts = (
        _head(report),
        _within(_PART_BYTES, head, results, _row),
        _within(_PART_BYTES, [], undecided, _reason),
        _within(_PART_BYTES, [], list(_facts(report)), _fact),
    )
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def _head(report: Report) -> list[str]:
    run = report.run
    state = ", the run is INVALID" if not report.valid else ", aborted early" if report.aborted else ""
    capacity = run.capacity_orders_per_s
    declared = "no declared capacity" if capacity is None else f"declared capacity {capacity:.4g} orders/s"
    verdict = f"## {MARKS[report.verdict]} {report.verdict.value}: {escaped(run.scenario, _CELL_LIMIT)}{state}"
    facts = (
        f"{escaped(run.started_utc)}, {run.duration_s:g} s, exit code {report.exit_code}. "
        f"Target: {escaped(run.target_kind)} {escaped(run.target_url, _CELL_LIMIT)}, {declared}. "
        f"Curve: {escaped(run.curve, _CELL_LIMIT)}, up to {run.peak_offered_per_s:.4g} wishes/s."
    )
    return [verdict, "", facts]


def _row(result: ObjectiveResult) -> str:
    cells = (
        f"{MARKS[result.verdict]} {result.verdict.value}",
        escaped(result.display_name or result.name, _CELL_LIMIT),
        escaped(result.target, _CELL_LIMIT),
        escaped(measured(result)),
        f"{result.n:,}",
    )
    return f"| {' | '.join(cells)} |"


def _reason(result: ObjectiveResult) -> str:
    margin = "" if result.margin is None else f" Margin {figure(result.margin, result.unit)}."
    return f"* **{escaped(result.name, _CELL_LIMIT)}**: {escaped(result.sentence)}.{margin}"


def _facts(report: Report) -> Iterator[tuple[str, str]]:
    """What the verdict stands on, as label and text, most important first."""
    if report.aborted:
        yield "Aborted early", report.aborted
    for breach in report.breaches:
        yield f"INVALID, {breach.rule}", breach.sentence
    for warning in report.warnings:
        yield "Warning", warning
    yield "Throttle onset", onset_line(report.onset)
    yield from overload_lines(report)
    for voice in report.refusals:
        yield f"Refused {voice.voice}", refusal_line(voice)
    yield from (("In which words", text) for text in words_lines(report.words))
    yield "Ledger", audit_line(report.audit, report.audit_why_not)
    yield wish_count(report.run)
    yield "Run", f"{report.run.path} ({report.run.run_id})"
    for check in report.audit.checks if report.audit else []:
        if check.state == "violated":
            yield from ((f"Ledger, {check.id}", row) for row in check.rows)


def _fact(fact: tuple[str, str]) -> str:
    label, text = fact
    limit = SENTENCES_LIMIT if label in _SENTENCES else TEXT_LIMIT
    return f"* **{escaped(label, _CELL_LIMIT)}**: {escaped(text, limit)}"


def _within(limit_bytes: int, head: list[str], items: Sequence[T], form: Callable[[T], str]) -> list[str]:
    """The head and the lines of as many items as fit; then how many do not."""
    kept: list[str] = []
    room = limit_bytes
    for number, item in enumerate(items):
        line = form(item)
        room -= len(line.encode()) + 1
        if room < 0:
            kept.append(f"\n{len(items) - number:,} more lines are in the report of `--json`.")
            break
        kept.append(line)
    return [*head, *kept] if items else []
