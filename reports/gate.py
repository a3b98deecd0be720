"""Judges a whole run: validity, objectives, throttle onset, ledger audit, one report and one exit code.

The report is a value that says everything; rendering it decides nothing. This module must not know terminals or
arguments.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from reports import exit_codes, ledger_audit, throttle_onset
from reports.early_end import after_abort, left_open, with_aborting
from reports.evidence import RefusalWords, refusal_words
from reports.exit_codes import ExitCode
from reports.ledger_audit import AuditReport
from reports.objectives import ObjectiveResult, judge, tightest_limit_ms
from reports.onset_evidence import gather
from reports.population import cells_needed
from reports.recovery_report import RecoveryReport, recovery_of
from reports.run_record.outcome import ANY_STEP, ARRIVAL, Clock, Outcome
from reports.run_record.run_directory import Run
from reports.saturation_report import SaturationReport, saturation_of
from reports.slo import IndicatorKind, Objective
from reports.slo_check import check_against
from reports.throttle_onset import OnsetReport
from reports.timeline import Timeline
from reports.truth_log import TruthComparison, TruthRow, compare
from reports.validity import Breach, breaches, warnings
from reports.verdict import Verdict, worst

REPORT_VERSION = 1
"""Version of ``Report`` as JSON; a field that changes its meaning raises it."""


class RunFacts(msgspec.Struct, frozen=True):
    """Which run was judged. Rates are wishes per second."""

    path: str
    run_id: str
    scenario: str
    started_utc: str
    duration_s: float
    target_kind: str
    target_url: str
    capacity_orders_per_s: float | None
    curve: str
    curve_note: str
    peak_offered_per_s: float
    scheduled: int
    released: int
    confirmed: int
    done: int = 0
    """Wishes of journeys without a payment whose requests were all good."""
    requests: int = 0


class Refusals(msgspec.Struct, frozen=True):
    """What was refused in one voice, hard or soft: wishes that ended so, and requests by step and by reason."""

    voice: str
    wishes: int
    share: float | None
    """Of the released wishes; None when none was released."""
    requests: int
    steps: dict[str, int]
    reasons: dict[str, int]


class OnsetAnswer(msgspec.Struct, frozen=True):
    """The onset, and what the target's own account says of it."""

    onset: OnsetReport
    truth: TruthComparison | None = None
    """None when no account was given."""


class Report(msgspec.Struct, frozen=True):
    """All that the gate found."""

    run: RunFacts
    verdict: Verdict
    valid: bool
    exit_code: int
    objectives: list[ObjectiveResult]
    onset: OnsetReport
    refusals: list[Refusals]
    words: list[RefusalWords]
    """In which words shoppers were turned away, those that most saw first."""
    audit: AuditReport | None
    audit_why_not: str
    """Why there is no audit; empty when there is one."""
    breaches: list[Breach]
    warnings: list[str]
    aborted: str = ""
    """Of a run that was aborted early: by which objective, in which second, on which figures."""
    report_version: int = REPORT_VERSION
    saturation: SaturationReport | None = None
    """Which station was full first, and what the target holds; judged by nothing."""
    recovery: RecoveryReport | None = None
    """What came after an overload; judged by nothing."""


def judge_run(run: Run, objectives: list[Objective], ledger: Path | None, timeline: Timeline | None = None) -> Report:
    """Judge ``run``; ``ledger`` None takes the one that the manifest names, when its file exists.

    Of a run that was aborted early the objective that ended it is judged too, and first. ``timeline`` is the run's, for a caller
    that goes on using it. Raises SloError when an objective names a step or a stage that the run does not have.
    """
    objectives = with_aborting(objectives, run)
    check_against(objectives, run.manifest.steps, len(run.manifest.curve.segments))
    with run.reading_times():
        return _judged(timeline or Timeline(run), objectives, ledger)


def _judged(timeline: Timeline, objectives: list[Objective], ledger: Path | None) -> Report:
    run = timeline.run
    aborted = run.finished.aborted if run.finished else None
    timeline.expect([(ARRIVAL, Clock.LATENESS), *(key for one in objectives for key in cells_needed(one.indicator))])
    found = breaches(timeline, tightest_limit_ms(objectives))
    path, why_not = ledger_of(run, ledger)
    audit = ledger_audit.audit(run, path) if path else None
    evidence = gather(timeline)
    onset = throttle_onset.detect(run, timeline, evidence=evidence)
    saturation = saturation_of(timeline, onset, evidence)
    results = [judge(objective, timeline, audit, onset) for objective in objectives]
    if aborted is not None:
        results = after_abort(results, objectives, run)
    if found:
        kinds = [objective.indicator.kind for objective in objectives]
        results = [_without_validity(result, kind) for result, kind in zip(results, kinds, strict=True)]
    violated = audit is not None and any(check.state == "violated" for check in audit.checks)
    return Report(
        run=facts(timeline),
        verdict=overall(results, valid=not found, violated=violated),
        valid=not found,
        exit_code=exit_code(results, valid=not found, violated=violated),
        objectives=results,
        onset=onset,
        refusals=[refusals(timeline, "hard", Outcome.REFUSED_HARD), refusals(timeline, "soft", Outcome.REFUSED_SOFT)],
        words=refusal_words(run),
        audit=audit,
        audit_why_not=why_not,
        breaches=found,
        warnings=warnings(timeline),
        aborted="" if aborted is None else f"{aborted.line}, second {aborted.second}: {aborted.sentence}",
        saturation=saturation,
        recovery=recovery_of(timeline, onset, saturation, evidence),
    )


def onset_answer(run: Run, truth: Sequence[TruthRow] | None) -> OnsetAnswer:
    """The onset of ``run``, and the comparison when the target's own account is given."""
    onset = throttle_onset.detect(run)
    if truth is None:
        return OnsetAnswer(onset)
    episode = throttle_onset.first_turned_away(onset)
    comparison = compare(
        truth,
        started_unix_ns=run.manifest.started_unix_ns,
        tolerated_share=onset.tolerated_share,
        estimated_second=episode.second if episode else None,
    )
    return OnsetAnswer(onset, comparison)


def overall(results: list[ObjectiveResult], *, valid: bool, violated: bool) -> Verdict:
    """The worst of the objectives, of validity (INCONCLUSIVE when invalid) and of the ledger (FAIL when violated)."""
    verdicts = [result.verdict for result in results]
    verdicts += [] if valid else [Verdict.INCONCLUSIVE]
    verdicts += [Verdict.FAIL] if violated else []
    return worst(verdicts)


def exit_code(results: list[ObjectiveResult], *, valid: bool, violated: bool) -> ExitCode:
    """98 > 99 > 3 > 0; no objective at all is inconclusive."""
    of_verdict = {
        Verdict.PASS: ExitCode.PASS,
        Verdict.INCONCLUSIVE: ExitCode.INCONCLUSIVE,
        Verdict.FAIL: ExitCode.SLO_FAILED,
    }
    earned = {of_verdict[result.verdict] for result in results}
    earned |= set() if valid and results else {ExitCode.INCONCLUSIVE}
    earned |= {ExitCode.LEDGER_VIOLATION} if violated else set()
    return exit_codes.worst(earned)


def ledger_of(run: Run, given: Path | None) -> tuple[Path | None, str]:
    """The ledger to audit: the given one, else the manifest's when its file exists; and why there is none."""
    if given is not None:
        return given, ""
    named = run.manifest.target.ledger
    if named is None:
        return None, "the run names no ledger: give one with --ledger FILE"
    path = run.path / named
    return (path, "") if path.is_file() else (None, f"the run names the ledger {named}, which does not exist")


def facts(timeline: Timeline) -> RunFacts:
    """The head of the report."""
    manifest, frame = timeline.manifest, timeline.seconds
    started = datetime.fromtimestamp(manifest.started_unix_ns / 1e9, UTC)
    return RunFacts(
        path=str(timeline.run.path),
        run_id=manifest.run_id,
        scenario=manifest.scenario,
        started_utc=started.strftime("%Y-%m-%dT%H:%M:%SZ"),
        duration_s=manifest.duration_s,
        target_kind=manifest.target.kind,
        target_url=manifest.target.url,
        capacity_orders_per_s=manifest.target.capacity_orders_per_s,
        curve=manifest.curve.name,
        curve_note=manifest.curve.note,
        peak_offered_per_s=max((max(one.start_per_s, one.end_per_s) for one in timeline.segments), default=0.0),
        scheduled=int(frame["scheduled"].sum()),
        released=int(frame["released"].sum()),
        confirmed=int(frame["confirmed"].sum()),
        done=int(frame["done"].sum()),
        requests=int(timeline.requests(ANY_STEP)["n"].sum()),
    )


def refusals(timeline: Timeline, voice: str, outcome: Outcome) -> Refusals:
    """Count one voice of refusal."""
    frame = timeline.outcomes
    requests = frame[(frame["outcome"] == outcome) & frame["step"].isin(timeline.steps)]
    wishes, released = int(timeline.seconds[outcome].sum()), int(timeline.seconds["released"].sum())
    by_reason = requests.groupby("reason")["n"].sum().sort_values(ascending=False)
    return Refusals(
        voice=voice,
        wishes=wishes,
        share=wishes / released if released else None,
        requests=int(requests["n"].sum()),
        steps={str(step): int(n) for step, n in requests.groupby("step")["n"].sum().items()},
        reasons={str(reason) or "no reason": int(n) for reason, n in by_reason.items()},
    )


def _without_validity(result: ObjectiveResult, kind: IndicatorKind) -> ObjectiveResult:
    """An invalid run passes and fails nothing; a ledger violation stands, whoever measured it."""
    if kind is IndicatorKind.AUDIT and result.verdict is Verdict.FAIL:
        return result
    return left_open(
        result,
        f"the run is invalid; its data alone says {result.verdict}: {result.sentence}",
        "the run is invalid, so nothing that it measured passes or fails",
    )
