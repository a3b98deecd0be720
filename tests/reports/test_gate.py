"""The whole judgement of a run: what an invalid run may still say, and which exit code wins."""

from pathlib import Path

import msgspec
import pytest

from reports.exit_codes import ExitCode, worst
from reports.gate import Report, exit_code, judge_run, ledger_of, onset_answer, overall
from reports.objectives import ObjectiveResult
from reports.run_record.run_directory import open_run
from reports.run_record.schema import SecondRow, TargetFacts
from reports.slo import load_objectives, parse_objectives
from reports.slo_fields import SloError
from reports.truth_log import TruthComparison, TruthRow
from reports.validity import CLOSED_MODEL
from reports.verdict import Verdict
from tests.helpers.other_runs import own_journey_of, unscheduled_of
from tests.helpers.synthetic_run import STARTED_UNIX_NS, Wishes, batch_of, changed, closed_of, write_ledger, write_run

FESTIVAL = load_objectives(Path(__file__).parents[2] / "reports" / "slos" / "festival.yaml")
THROTTLED = Wishes(rates=((25, 20.0), (30, 60.0)), capacity_per_s=25)
COLLAPSED = changed(THROTTLED, rates=((10, 20.0), (30, 120.0)), collapses=True)
LEDGER = "stub/ledger.sqlite"
ANSWERED = """
apiVersion: openslo/v1
kind: SLO
metadata: {name: answered}
spec:
  indicator:
    spec:
      ratioMetric:
        bad: {metricSource: {type: springtide, spec: {event: order, where: dropped}}}
        total: {metricSource: {type: springtide, spec: {event: order}}}
  objectives: [{target: 0.999}]
"""


def judged(path: Path, truth: Wishes, *, ledger: bool = True) -> Report:
    """Judge a synthetic run by the festival's objectives, with a ledger that agrees with it or without one."""
    batch = batch_of(truth)
    write_run(path, truth, batch=batch)
    if ledger:
        write_ledger(path / LEDGER, batch)
    return judge_run(open_run(path), FESTIVAL, path / LEDGER if ledger else None)


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        pytest.param({0, 3, 99, 98}, 98, id="a ledger violation hides behind nothing"),
        pytest.param({0, 3, 99}, 99, id="a failed objective is not excused by an undecided one"),
        pytest.param({0, 3}, 3, id="an undecided objective is no pass"),
        pytest.param({0}, 0, id="a pass"),
        pytest.param(set(), 0, id="nothing earned"),
    ],
)
def test_exit_codes_have_an_order(codes: set[int], expected: int) -> None:
    """98 > 99 > 3 > 0."""
    assert worst({ExitCode(code) for code in codes}) == expected


def result(verdict: Verdict) -> ObjectiveResult:
    """An objective that ended so."""
    return ObjectiveResult("a", "A", ">= 99 %", verdict, "s", "share")


@pytest.mark.parametrize(
    ("verdicts", "valid", "violated", "verdict", "code"),
    [
        pytest.param(["PASS"], True, False, "PASS", 0, id="all is well"),
        pytest.param(["PASS", "FAIL"], True, False, "FAIL", 99, id="one fails"),
        pytest.param(["PASS", "INCONCLUSIVE"], True, False, "INCONCLUSIVE", 3, id="one is undecided"),
        pytest.param(["PASS"], False, False, "INCONCLUSIVE", 3, id="an invalid run"),
        pytest.param(["PASS"], True, True, "FAIL", 98, id="a violation no objective asked about"),
        pytest.param(["INCONCLUSIVE"], False, True, "FAIL", 98, id="a violation in an invalid run"),
        pytest.param([], True, False, "INCONCLUSIVE", 3, id="no objective at all"),
    ],
)
def test_verdict_and_exit_code_of_a_run(
    verdicts: list[str], valid: bool, violated: bool, verdict: str, code: int
) -> None:
    """Objectives, validity and ledger compose to the worst."""
    results = [result(Verdict(one)) for one in verdicts]

    assert overall(results, valid=valid, violated=violated) is Verdict(verdict)
    assert exit_code(results, valid=valid, violated=violated) == code


@pytest.fixture(scope="module")
def graceful(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """What the gate says of a door that lets its capacity in: 1,250 wishes confirmed, 1,050 refused in 30 of 55 seconds."""
    return judged(tmp_path_factory.mktemp("runs") / "graceful", THROTTLED)


def test_a_graceful_service_passes(graceful: Report) -> None:
    """A door that keeps the goodput, refuses at once and loses nothing passes the festival, overload and all."""
    verdicts = {one.name: one.verdict for one in graceful.objectives}

    assert verdicts == dict.fromkeys((one.name for one in FESTIVAL), "PASS")
    assert (graceful.verdict, graceful.exit_code, graceful.valid) == (Verdict.PASS, 0, True)
    hard, soft = graceful.refusals
    assert (hard.wishes, hard.reasons, hard.steps) == (510, {"rate_limited": 510}, {"chat": 510})
    assert (soft.wishes, soft.reasons) == (540, {"busy_canned": 540})
    assert soft.share == pytest.approx(540 / 2300)
    run = graceful.run
    assert (run.capacity_orders_per_s, run.peak_offered_per_s, run.confirmed) == (25, 60, 1250)


def test_a_collapse_fails(tmp_path: Path) -> None:
    """A queue that outlasts every patience fails the festival though it refuses nobody."""
    report = judged(tmp_path / "run", COLLAPSED)
    verdicts = {one.name: one.verdict for one in report.objectives}

    assert (report.verdict, report.exit_code) == (Verdict.FAIL, ExitCode.SLO_FAILED)
    assert verdicts["first-words"] == verdicts["admitted-ends-well"] == verdicts["goodput-held"] == Verdict.FAIL


def test_a_queue_that_outlives_the_overload_fails(tmp_path: Path) -> None:
    """A service that is still busy with abandoned work fails the wishes that come when there is room again."""
    report = judged(tmp_path / "run", changed(COLLAPSED, rates=((10, 20.0), (20, 120.0), (25, 20.0))))

    assert {one.name: one.verdict for one in report.objectives}["served-when-room"] == Verdict.FAIL


def test_the_onset_is_found(graceful: Report) -> None:
    """The report names the second from which the synthetic door refuses."""
    assert graceful.onset.ran
    assert [one.second for one in graceful.onset.episodes if one.signal == "refused"] == [25]


def test_the_onset_stands_beside_the_targets_own_account(tmp_path: Path) -> None:
    """With a truth log the answer says how far the estimate is off, without one it says nothing of it."""
    run = open_run(write_run(tmp_path / "run", THROTTLED))
    start_s = STARTED_UNIX_NS // 10**9
    truth = [
        TruthRow(
            second_unix=start_s + second, arrived=60, refused_hard=35 if second >= 25 else 0, refused_soft=0, overflowed=0,
            first_refusal_unix_ns=(start_s + second) * 10**9 + 250_000_000 if second >= 25 else None,
        )
        for second in range(55)
    ]  # fmt: skip

    assert onset_answer(run, None).truth is None
    assert onset_answer(run, truth).truth == TruthComparison(25.25, 25, -0.25)


def test_a_lost_order_is_a_ledger_violation(tmp_path: Path) -> None:
    """An order that a shopper was told of and that the ledger does not hold gives 98, whatever else passes."""
    batch = batch_of(THROTTLED)
    batch.purchases = batch.purchases[1:]
    write_run(tmp_path / "run", THROTTLED)
    write_ledger(tmp_path / "run" / LEDGER, batch)
    report = judge_run(open_run(tmp_path / "run"), FESTIVAL, tmp_path / "run" / LEDGER)

    assert (report.verdict, report.exit_code) == (Verdict.FAIL, ExitCode.LEDGER_VIOLATION)
    assert {one.name: one.verdict for one in report.objectives}["nothing-lost"] == Verdict.FAIL


def test_an_invalid_run_passes_and_fails_nothing(tmp_path: Path) -> None:
    """Every objective of an invalid run is undecided, and says what its data alone would say."""
    report = judged(tmp_path / "run", changed(COLLAPSED, lateness_us=300_000))

    assert (report.verdict, report.exit_code, report.valid) == (Verdict.INCONCLUSIVE, ExitCode.INCONCLUSIVE, False)
    assert {one.verdict for one in report.objectives} == {Verdict.INCONCLUSIVE}
    assert report.objectives[0].sentence.startswith("the run is invalid; its data alone says FAIL: ")


def test_a_ledger_violation_stands_in_an_invalid_run(tmp_path: Path) -> None:
    """A late generator excuses no lost order."""
    truth = changed(THROTTLED, lateness_us=300_000)
    batch = batch_of(truth)
    write_run(tmp_path / "run", truth, batch=batch)
    batch.purchases = batch.purchases[1:]
    report = judge_run(open_run(tmp_path / "run"), FESTIVAL, write_ledger(tmp_path / "run" / LEDGER, batch))

    assert (report.valid, report.verdict, report.exit_code) == (False, Verdict.FAIL, ExitCode.LEDGER_VIOLATION)
    assert {one.name: one.verdict for one in report.objectives}["nothing-lost"] == Verdict.FAIL


def test_without_a_ledger_nothing_lost_is_undecided(tmp_path: Path) -> None:
    """A gate that could not audit is inconclusive, and says how to audit."""
    report = judged(tmp_path / "run", THROTTLED, ledger=False)

    assert report.exit_code == ExitCode.INCONCLUSIVE
    assert report.audit is None
    assert report.audit_why_not == "the run names no ledger: give one with --ledger FILE"


def test_the_ledger_that_the_run_names_is_audited(tmp_path: Path) -> None:
    """The manifest's ledger is taken when its file exists, another one when it is given."""
    target = TargetFacts("stub", "http://127.0.0.1:1", "acp", 60.0, ledger=LEDGER)
    truth = changed(THROTTLED, rates=((1, 5.0),), manifest={"target": target})
    run = open_run(write_run(tmp_path / "run", truth))

    assert ledger_of(run, None) == (None, f"the run names the ledger {LEDGER}, which does not exist")
    write_ledger(tmp_path / "run" / LEDGER, batch_of(truth))
    assert ledger_of(run, None) == (tmp_path / "run" / LEDGER, "")
    assert ledger_of(run, tmp_path / "other") == (tmp_path / "other", "")


def test_dropped_wishes_count_as_bad_before_they_invalidate(tmp_path: Path) -> None:
    """Drops below 1 % stay in the population as bad events of a valid run."""
    batch = batch_of(THROTTLED)
    batch.seconds += [SecondRow(second, 1, 0, 1) for second in range(25, 33)]
    truth = changed(THROTTLED, rates=((25, 20.0), (30, 60.2666667)))
    write_run(tmp_path / "run", truth, batch=batch)
    orders = parse_objectives(ANSWERED)
    (one,) = judge_run(open_run(tmp_path / "run"), orders, None).objectives

    assert (one.n, one.bad) == (2308, 8)


def test_the_report_tells_saturation_and_recovery(graceful: Report, tmp_path: Path) -> None:
    """The first full step and the end of the overload stand in every report, and a queue is told from a door."""
    collapsed = judged(tmp_path / "run", COLLAPSED)

    assert graceful.saturation is not None
    assert graceful.recovery is not None
    assert (graceful.saturation.first_station, graceful.saturation.first_by) == ("chat", "refusals")
    assert graceful.recovery.sentences[0] == "not seen: the load stayed above the capacity to the end of the run"
    assert collapsed.saturation is not None
    assert (collapsed.saturation.first_station, collapsed.saturation.first_by) == ("chat", "queue")


def test_the_report_is_json(graceful: Report) -> None:
    """A report becomes JSON with its version and its numbers."""
    report = msgspec.json.decode(msgspec.json.encode(graceful))

    assert (report["report_version"], report["verdict"], report["exit_code"]) == (1, "PASS", 0)
    assert report["run"]["scenario"] == "synthetic"
    assert {"name", "value", "low", "high", "n", "margin", "verdict"} <= report["objectives"][0].keys()


@pytest.mark.parametrize("name", ["journey", "locustfile"])
def test_the_objectives_of_other_journeys(tmp_path: Path, name: str) -> None:
    """Both default files judge a good run of their kind, which passes, and say how much was judged."""
    objectives = load_objectives(Path(__file__).parents[2] / "reports" / "slos" / f"{name}.yaml")
    of = own_journey_of if name == "journey" else unscheduled_of
    truth, batch = of(Wishes(rates=((30, 40.0),)))
    report = judge_run(open_run(write_run(tmp_path / "run", truth, batch=batch)), objectives, None)

    assert (report.verdict, report.exit_code, report.breaches) == (Verdict.PASS, 0, [])
    assert [one.n for one in report.objectives] == ([1200, 1200] if name == "journey" else [6000, 6000])
    assert (report.run.done, report.run.requests) == (1200 if name == "journey" else 0, 6000)


def test_an_objective_on_a_step_that_never_came(tmp_path: Path) -> None:
    """Where steps are not known before the run, one that did not occur has no data: inconclusive, and no mistake."""
    truth, batch = own_journey_of(Wishes(rates=((10, 20.0),)))
    text = (
        (Path(__file__).parents[2] / "reports/slos/locustfile.yaml").read_text().replace("step: any", "step: nowhere")
    )
    report = judge_run(open_run(write_run(tmp_path / "run", truth, batch=batch)), parse_objectives(text), None)

    assert report.exit_code == ExitCode.INCONCLUSIVE
    assert {one.sentence for one in report.objectives} == {"step nowhere never ran: the record holds no request of it"}


def test_a_closed_model_is_judged_on_what_was_begun(tmp_path: Path) -> None:
    """Conditions on the offered load are held to the wishes begun in each second, and the verdict carries the warning."""
    closed, open_model = (
        judged(tmp_path / name, truth) for name, truth in (("c", closed_of(THROTTLED)), ("o", THROTTLED))
    )

    assert closed.valid
    assert [(one.name, one.verdict, one.n) for one in closed.objectives] == [
        (one.name, one.verdict, one.n) for one in open_model.objectives
    ]
    assert (closed.warnings, closed.run.peak_offered_per_s) == ([CLOSED_MODEL], 60.0)


def test_a_closed_model_without_a_wish_passes_nothing(tmp_path: Path) -> None:
    """When nobody wished, nothing passes by absence."""
    report = judged(tmp_path, closed_of(Wishes(rates=((60, 0.0),), capacity_per_s=25)))

    assert (report.valid, report.exit_code) == (False, ExitCode.INCONCLUSIVE)
    assert not [one.name for one in report.objectives if one.verdict is Verdict.PASS]
    assert not report.onset.ran


def test_a_stage_of_a_closed_model_is_an_error(tmp_path: Path) -> None:
    """A closed model has no curve, so an objective about one of its stages is refused."""
    run = write_run(tmp_path / "run", closed_of(THROTTLED))
    staged = parse_objectives(ANSWERED.replace("event: order", "event: order, stage: 1"))

    with pytest.raises(SloError, match="the curve has 0 segments, got 1"):
        judge_run(open_run(run), staged, None)
