"""One objective on one run: its verdict, its numbers, and its sentence when nothing can be known."""

import math
from pathlib import Path

import pytest

from reports.ledger_audit import AuditReport, Check
from reports.objectives import judge, target_text, tightest_limit_ms
from reports.run_record.run_directory import open_run
from reports.run_record.schema import Batch, TargetFacts
from reports.slo import Indicator, IndicatorKind, Objective
from reports.slo_source import GOODPUT_SHARE, EventSource
from reports.slo_where import parse_where, parse_while
from reports.timeline import Timeline
from reports.verdict import Verdict
from tests.helpers.other_runs import own_journey_of
from tests.helpers.synthetic_run import Wishes, changed, write_run

STAIRS = Wishes(rates=((20, 50.0), (20, 150.0)), capacity_per_s=100)


def timeline_of(path: Path, truth: Wishes, batch: Batch | None = None) -> Timeline:
    """Write a run and frame it."""
    return Timeline(open_run(write_run(path, truth, batch=batch)))


def source(
    event: str = "order", step: str = "", where: str = "", measure: str | None = None, **more: str
) -> EventSource:
    """An event source over all but the warm-up."""
    condition = parse_while(more["while_"], "while") if "while_" in more else None
    return EventSource(event, step, None, parse_where(where, "where"), measure, condition)


def ratio(total: EventSource, good: EventSource, target: float = 0.99) -> Objective:
    """A share objective."""
    return Objective("a", "A", Indicator(IndicatorKind.RATIO, "x", total, good), target, "", 0.0, "")


def latency(limit_ms: float, target: float = 0.95, **more: str) -> Objective:
    """First content of chats that are not refused."""
    total = source("step", "chat", "not refused", "first_content_ms", **more)
    return Objective("a", "A", Indicator(IndicatorKind.THRESHOLD, "x", total), target, "lte", limit_ms, "")


def goodput(least: float, while_: str = "offered > capacity") -> Objective:
    """Goodput as a share of the declared capacity."""
    indicator = Indicator(IndicatorKind.GOODPUT, "x", source(measure=GOODPUT_SHARE, while_=while_))
    return Objective("a", "A", indicator, 1.0, "gte", least, "")


@pytest.mark.parametrize(
    ("limit_ms", "verdict", "positive"),
    [
        pytest.param(1500, Verdict.PASS, True, id="far above"),
        pytest.param(150, Verdict.FAIL, False, id="far below"),
    ],
)
def test_a_latency_shows_its_quantile_with_interval_and_margin(
    tmp_path: Path, limit_ms: float, verdict: Verdict, positive: bool
) -> None:
    """First content at 180 to 220 ms has a p95 of about 219 ms, and its margin is the distance to the limit."""
    result = judge(latency(limit_ms), timeline_of(tmp_path / "run", STAIRS), None)

    assert (result.verdict, result.unit, result.n) == (verdict, "ms", 3000)
    low, value, high, margin = result.low or 0, result.value or 0, result.high or 0, result.margin or 0
    assert 210 < low <= value <= high < 225
    assert (margin > 0) is positive


def test_a_collapse_fails_the_latency_of_those_let_in(tmp_path: Path) -> None:
    """Chats that time out count as never answered, so a queue that outlasts patience fails."""
    truth = changed(STAIRS, rates=((20, 50.0), (60, 400.0)), collapses=True)
    result = judge(latency(1500), timeline_of(tmp_path / "run", truth), None)

    assert result.verdict is Verdict.FAIL
    assert result.value == math.inf
    assert "are bad" in result.sentence


def test_a_ratio_shows_the_good_share(tmp_path: Path) -> None:
    """Two thirds of the offered are confirmed in the second half, which is no 99 %."""
    result = judge(ratio(source(), source(where="confirmed")), timeline_of(tmp_path / "run", STAIRS), None)

    assert (result.verdict, result.unit, result.n, result.bad) == (Verdict.FAIL, "share", 4000, 1000)
    assert result.value == pytest.approx(0.75)
    assert result.margin == pytest.approx(-0.24)


@pytest.mark.parametrize(
    ("objective", "sentence"),
    [
        pytest.param(ratio(source(where="declined"), source()), "no such event was recorded", id="nobody"),
        pytest.param(
            latency(1500, while_="offered > 500/s"), "no second of the run fits while offered > 500/s", id="seconds"
        ),
        pytest.param(goodput(0.9), "the manifest declares no capacity (target.capacity_orders_per_s)", id="capacity"),
        pytest.param(goodput(0.9, "offered > 20/s"), "the manifest declares no capacity", id="capacity as a unit"),
        pytest.param(
            ratio(source("step", "pay", "refused"), source("step", "pay", "step_ms <= 200")),
            "no such event",
            id="no refusal",
        ),
    ],
)
def test_absent_data_never_passes(tmp_path: Path, objective: Objective, sentence: str) -> None:
    """No event, no second, no capacity: INCONCLUSIVE, with what is missing."""
    result = judge(objective, timeline_of(tmp_path / "run", Wishes(rates=((20, 50.0),))), None)

    assert result.verdict is Verdict.INCONCLUSIVE
    assert sentence in result.sentence
    assert result.value is None


def test_too_few_events_say_how_many_are_needed(tmp_path: Path) -> None:
    """200 good orders cannot show 99 %, and the sentence counts what would."""
    result = judge(
        ratio(source(), source(where="confirmed")), timeline_of(tmp_path / "run", Wishes(rates=((20, 10.0),))), None
    )

    assert result.verdict is Verdict.INCONCLUSIVE
    assert result.sentence.startswith("too few samples: 0 of 200 are bad")
    assert "0.00% to 1.98% against 1.00% allowed; a pass needs 399 events" in result.sentence


@pytest.mark.parametrize(
    ("truth", "verdict", "low", "high"),
    [
        pytest.param(STAIRS, Verdict.PASS, 0.99, 1.01, id="a door that lets the capacity in"),
        pytest.param(
            changed(STAIRS, rates=((20, 50.0), (40, 400.0)), collapses=True), Verdict.FAIL, 0.0, 0.3, id="a collapse"
        ),
    ],
)
def test_goodput_in_overload(tmp_path: Path, truth: Wishes, verdict: Verdict, low: float, high: float) -> None:
    """Goodput is counted in overload only, after its first second, as a share of the capacity."""
    result = judge(goodput(0.9), timeline_of(tmp_path / "run", truth), None)

    assert result.verdict is verdict
    assert result.value is not None
    assert low <= result.value <= high


def test_goodput_needs_ten_seconds(tmp_path: Path) -> None:
    """A burst of five seconds is too short for a goodput."""
    truth = changed(STAIRS, rates=((20, 50.0), (5, 150.0)))
    result = judge(goodput(0.9), timeline_of(tmp_path / "run", truth), None)

    assert result.verdict is Verdict.INCONCLUSIVE
    assert "the run has 4" in result.sentence


def audit(state: str, violations: int = 0, *, ran: bool = True) -> AuditReport:
    """An audit whose check ``lost`` ended so."""
    check = Check(id="lost", statement="s", state=state, violations=violations, rows=[], why_not="")
    why_not = "" if ran else "the ledger is locked"
    return AuditReport(ran=ran, why_not=why_not, confirmed=7, ledger_orders=7, recovered=0, unknown=0, checks=[check])


@pytest.mark.parametrize(
    ("found", "checks", "verdict", "sentence"),
    [
        pytest.param(audit("clean"), ("lost",), Verdict.PASS, "1 checks are clean over 7 confirmed orders", id="clean"),
        pytest.param(audit("violated", 2), ("lost",), Verdict.FAIL, "violated: lost 2", id="violated"),
        pytest.param(audit("not_run"), ("lost",), Verdict.INCONCLUSIVE, "not run: lost", id="its need is missing"),
        pytest.param(
            audit("clean"), ("lost", "stock"), Verdict.INCONCLUSIVE, "not run: stock", id="a check nobody has"
        ),
        pytest.param(audit("clean", ran=False), ("lost",), Verdict.INCONCLUSIVE, "the ledger is locked", id="no audit"),
        pytest.param(None, ("lost",), Verdict.INCONCLUSIVE, "the ledger was not audited", id="no ledger"),
    ],
)
def test_an_audit_objective(
    tmp_path: Path, found: AuditReport | None, checks: tuple[str, ...], verdict: Verdict, sentence: str
) -> None:
    """Only checks that ran and are clean pass."""
    objective = Objective("a", "A", Indicator(IndicatorKind.AUDIT, "x", checks=checks), 1.0, "lte", 0.0, "")
    result = judge(objective, timeline_of(tmp_path / "run", Wishes(rates=((2, 5.0),))), found)

    assert result.verdict is verdict
    assert sentence in result.sentence


def test_the_tightest_limit_is_found_wherever_it_stands() -> None:
    """Limits of thresholds and of filters count, in ms; attempts do not."""
    quick = ratio(source(where="refused"), source(where="refused and intent_ms <= 200 and attempts < 3"))

    assert tightest_limit_ms([latency(1500), quick]) == 200
    assert tightest_limit_ms([goodput(0.9)]) is None


@pytest.mark.parametrize(
    ("objective", "text"),
    [
        pytest.param(latency(1500), "95 % <= 1500 ms", id="latency"),
        pytest.param(ratio(source(), source()), ">= 99 %", id="ratio"),
        pytest.param(goodput(0.9), ">= 0.9 of capacity", id="goodput"),
    ],
)
def test_a_target_is_a_few_characters(objective: Objective, text: str) -> None:
    """The target is written as a reader says it."""
    assert target_text(objective) == text


def test_goodput_of_a_journey_that_buys_nothing(tmp_path: Path) -> None:
    """Wishes that are done are good work, as confirmed orders are."""
    truth, batch = own_journey_of(STAIRS)
    truth = changed(truth, manifest={**truth.manifest, "target": TargetFacts("service", "http://x", "", 100.0)})
    done, bought = (
        judge(goodput(0.9), timeline_of(tmp_path / name, one, rows), None)
        for name, one, rows in (("done", truth, batch), ("bought", STAIRS, None))
    )

    assert (done.verdict, done.n) == (bought.verdict, bought.n)
    assert done.n > 0
