"""The report as one HTML page: everything embedded, nothing loaded from anywhere, every text of others escaped.

``page`` makes the text of the page from a judged run; it decides nothing. Templates escape what they are given, the data of
the charts cannot close its script, and a Content-Security-Policy allows the page's own scripts and styles by their hashes
and nothing else.
"""

import base64
import hashlib
import json
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined

from reports.gate import Report
from reports.objectives import tightest_limit_ms
from reports.render import charts, charts_generator, overload, page_parts, story
from reports.render.chart import Chart
from reports.render.console import audit_line, whole_sentences
from reports.render.plain import plain
from reports.run_record.outcome import Outcome
from reports.slo import Objective
from reports.timeline import WISH_OUTCOMES, Timeline
from reports.validity import LATENESS_FLOOR_MS, LATENESS_SHARE_OF_LIMIT

TEXT_LIMIT = 4_000
"""Characters of one text of others; a longer one is cut."""
NOTE_LIMIT = 500
WORDS_SHOWN = 12
"""Texts of refusals, those that most shoppers saw."""
NS_PER_MS = 1_000_000


def page(
    report: Report,
    timeline: Timeline,
    objectives: Sequence[Objective],
    *,
    judged_by: str = "",
) -> str:
    """The whole page as text.

    ``timeline`` is of the judged run, ``objectives`` are those that were judged, in order, and ``judged_by`` names their
    file.
    """
    found, health = _charts(report, timeline, list(objectives))
    data = {"charts": [*found, *health], "started_ms": timeline.manifest.started_unix_ns // NS_PER_MS}
    styles = [_asset("vendor/uPlot.min.css"), _asset("templates/page.css")]
    scripts = [
        f"/*\n{_asset('vendor/uPlot.LICENSE')}*/\n{_asset('vendor/uPlot.iife.min.js')}",
        _asset("templates/page.js"),
    ]
    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            **_context(report, timeline, objectives),
            judged_by=judged_by,
            charts_named=_named(found),
            health_charts=health,
            aggregated=_aggregated(found),
            data=script_json(data),
            styles=styles,
            scripts=scripts,
            style_hashes=_hashes(styles),
            script_hashes=_hashes(scripts),
        )
    )


def _named(found: list[Chart]) -> dict[str, Chart | None]:
    """The charts by id, those that this run does not have as None."""
    absent: dict[str, Chart | None] = dict.fromkeys(("throughput", "cards", "latency", "percentiles"))
    return absent | {chart.id: chart for chart in found}


def _charts(report: Report, timeline: Timeline, objectives: list[Objective]) -> tuple[list[Chart], list[Chart]]:
    """The figures about the target that have something to show, and those about the generator."""
    over_time, curves = charts.latency(timeline, report)
    sometimes = (charts.throughput(timeline, report), charts.cards(timeline, report))
    found = [charts.traffic(timeline, report), *(chart for chart in sometimes if chart)]
    found += [over_time, curves] if over_time.views else []
    allowed_ms = max(LATENESS_FLOOR_MS, LATENESS_SHARE_OF_LIMIT * (tightest_limit_ms(objectives) or 0.0))
    return found, charts_generator.generator(timeline, allowed_ms)


def _context(report: Report, timeline: Timeline, objectives: Sequence[Objective]) -> dict[str, Any]:
    """What the template shows beside the charts."""
    outcomes = {name: int(timeline.seconds[name].sum()) for name in WISH_OUTCOMES}
    notes = timeline.run.finished.notes if timeline.run.finished else []
    aborted = [f"Aborted early: {report.aborted}."] if report.aborted else []
    return {
        "head": story.headline(report),
        "run": report.run,
        "exit_code": int(report.exit_code),
        "lasting": story.lasting(report.run.duration_s),
        "tiles": story.tiles(report),
        "story": list(story.story(report, outcomes)),
        "curve_note": whole_sentences(report.run.curve_note, NOTE_LIMIT),
        "refused": [one for one in report.refusals if one.requests],
        "words": [one for one in report.words if one.sample][:WORDS_SHOWN],
        "episodes": page_parts.episode_rows(report.onset.episodes),
        "overload": overload.overload_parts(report),
        "onset_note": report.onset.note,
        "tolerated": f"{report.onset.tolerated_share:.1%}",
        "objectives": page_parts.objective_rows(report, objectives),
        "outcomes": page_parts.step_outcomes(timeline),
        "audit_sentence": overload.sentence(audit_line(report.audit, report.audit_why_not)),
        "checks": report.audit.checks if report.audit else [],
        "violated": story.violations(report) > 0,
        "breaches": report.breaches,
        "remarks": [*aborted, *report.warnings, *notes],
        "manifest": page_parts.manifest_parts(timeline.manifest),
    }


def _aggregated(found: list[Chart]) -> str:
    """What a point of the charts stands for."""
    if all(chart.bin_s == 1 for chart in found):
        return "Each point of a chart is one second."
    return (
        "Where a point of a chart stands for several seconds, counts are their mean, with the lowest and the highest second in brackets; "
        "waiting times are those of all values in them; of the generator's lateness and stalls it is the worst second."
    )


def script_json(value: object) -> str:
    """A value as JSON that may stand inside a script: no character of it can end the script or begin a comment."""
    text = json.dumps(msgspec.to_builtins(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return text


def _hashes(texts: Sequence[str]) -> str:
    """The texts as sources of a Content-Security-Policy."""
    digests = (base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in texts)
    return " ".join(f"'sha256-{digest}'" for digest in digests)


@cache
def _asset(name: str) -> str:
    """A file of ours beside this module."""
    return files("reports.render").joinpath(name).read_text(encoding="utf-8")


def _shown(value: object) -> object:
    """Text of others without characters that are obeyed instead of shown; numbers and our own markup stay."""
    return plain(value, TEXT_LIMIT) if type(value) is str else value


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("reports.render", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["outcome_names"] = {outcome.value for outcome in Outcome}
    return environment
