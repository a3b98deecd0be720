"""A run that ends early since one objective is proven missed: when that is proven, and what such a run still says.

The proof is the gate's own test, on *closed* seconds (``Timeline.covered_s`` of an open record): what has not ended may still end
well, and counts so. Looking again and again finds chance extremes, so look k (1, 2, ...) may err with the k-th part of

    a = a / (1 * 2) + a / (2 * 3) + a / (3 * 4) + ...

of the a that one test has: all looks together err no more often than one test does (union bound). Pure functions of a run's
values; this module must not know processes or files.
"""

import math
from collections.abc import Sequence

import msgspec

from reports.abort_line import parse_abort_line
from reports.objectives import ObjectiveResult, judge
from reports.population import cells_needed
from reports.run_record.run_directory import Run
from reports.run_record.schema import Aborted
from reports.slo import IndicatorKind, Objective
from reports.timeline import Timeline
from reports.verdict import CONFIDENCE_TAIL, Verdict, share_interval

LEAST_EVENTS, LEAST_SPANS = 100, 5
"""Of a share: fewer events, or events in fewer spans of time (a second each in a short run), prove nothing."""


def first_miss(timeline: Timeline, objectives: Sequence[Objective], look: int) -> Aborted | None:
    """The first objective that an open record proves missed, on the ``look``-th look at it."""
    timeline.expect([key for one in objectives for key in cells_needed(one.indicator)])
    for objective in objectives:
        result = judge(objective, timeline, None)
        if is_proven(result, objective, look):
            return Aborted(objective.name, timeline.covered_s, result.sentence)
    return None


def is_proven(result: ObjectiveResult, objective: Objective, look: int) -> bool:
    """Whether a FAIL stands although this is the ``look``-th time that somebody looks."""
    if result.verdict is not Verdict.FAIL:
        return False
    if objective.indicator.kind is IndicatorKind.STATISTIC:
        return True  # exact, and more data only makes it worse
    found = result.explain
    if found is None or found.n < LEAST_EVENTS or found.batches < LEAST_SPANS:
        return False
    tail = 1 - (1 - CONFIDENCE_TAIL) / (look * (look + 1))
    low = share_interval(found.bad_min, found.n, found.phi, found.batches, tail).low
    return low > 1 - objective.target and not math.isclose(low, 1 - objective.target)


def with_aborting(objectives: Sequence[Objective], run: Run) -> list[Objective]:
    """The objectives that a run is judged by: of one that was aborted early, the one that ended it comes first, asked for or not.

    Raises SloError when this version cannot read that line.
    """
    if run.finished is None or run.finished.aborted is None:
        return list(objectives)
    ended_it = parse_abort_line(run.finished.aborted.line)
    return [ended_it, *(one for one in objectives if one.name != ended_it.name)]


def after_abort(results: Sequence[ObjectiveResult], objectives: Sequence[Objective], run: Run) -> list[ObjectiveResult]:
    """What an aborted run says: the objective that ended it, the first, may be missed; all others are open, and nothing passes.

    It is judged once more, on all that was recorded, as it was when it ended the run. A ledger violation stands, whoever measured it.
    """
    proven = judge(objectives[0], Timeline(run, is_open=True), None)
    return [
        result
        if result.verdict is Verdict.FAIL and (result is proven or objective.indicator.kind is IndicatorKind.AUDIT)
        else _open(result)
        for result, objective in zip([proven, *results[1:]], objectives, strict=True)
    ]


def _open(result: ObjectiveResult) -> ObjectiveResult:
    return left_open(
        result,
        f"the run was aborted early; what it recorded says {result.verdict}: {result.sentence}",
        "the run was aborted early, so what the rest would have shown is not known",
    )


def left_open(result: ObjectiveResult, sentence: str, but: str) -> ObjectiveResult:
    """The result as an INCONCLUSIVE one with this sentence; its explanation ends with what stands against it."""
    explain = result.explain
    if explain is not None:
        explain = msgspec.structs.replace(explain, lines=[*explain.lines, f"But {but}: {Verdict.INCONCLUSIVE}."])
    return msgspec.structs.replace(result, verdict=Verdict.INCONCLUSIVE, sentence=sentence, explain=explain)
