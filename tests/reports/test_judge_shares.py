"""Shares beside the festival's objectives: verticals, cohorts, steps, and what is in flight at the end."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest

from reports.cells import Cells
from reports.finding import Finding
from reports.judge_shares import at_rank_ms, bad_means, cumulative_of, judge_share
from reports.one_liner import parse_line
from reports.run_record.histogram import BUCKETS, OVERFLOW
from reports.run_record.run_directory import open_run
from reports.run_record.schema import Batch, SecondRow
from reports.slo import Objective
from reports.timeline import Timeline
from tests.helpers.synthetic_run import Wishes, batch_of, write_run

TRUTH = Wishes(rates=((40, 25.0),), capacity_per_s=20, manifest={"arguments": {"retry": "sdk"}})


def scoped(line: str, vertical: str = "", cohort: str = "") -> Objective:
    """An objective of some shoppers only."""
    found = parse_line(line)
    total, part = (
        replace(source, vertical=vertical, cohort=cohort) for source in (found.indicator.total, found.indicator.part)
    )
    return replace(found, indicator=replace(found.indicator, total=total, part=part))


def judged(path: Path, objective: Objective, change: Callable[[Batch], object] = lambda _: None) -> Finding:
    """Judge a share on all seconds of the run, after a change."""
    batch = batch_of(TRUTH)
    change(batch)
    timeline = Timeline(open_run(write_run(path / "run", TRUTH, batch=batch)))
    return judge_share(objective, timeline, np.arange(40), None)


def refuse_only_flowers(batch: Batch) -> None:
    """Whoever was refused wanted flowers, everybody else tea."""
    batch.purchases = [
        msgspec.structs.replace(row, vertical="tea" if row.outcome == "confirmed" else "flowers")
        for row in batch.purchases
    ]


@pytest.mark.parametrize(
    ("objective", "verdict", "n"),
    [
        pytest.param(scoped("order.confirmed: rate > 95%", vertical="tea"), "PASS", 800, id="all of the tea"),
        pytest.param(scoped("order.confirmed: rate > 95%", vertical="flowers"), "FAIL", 200, id="none of the flowers"),
        pytest.param(
            scoped("order.confirmed: rate > 95%", vertical="books"), "INCONCLUSIVE", 0, id="nobody wanted books"
        ),
        pytest.param(scoped("pay.done: rate > 95%", vertical="tea"), "INCONCLUSIVE", 0, id="a request has no vertical"),
        pytest.param(
            scoped("order.confirmed: rate > 70%", cohort="sdk"), "PASS", 1000, id="everybody retries as SDKs do"
        ),
        pytest.param(scoped("order.confirmed: rate > 70%", cohort="hammer"), "INCONCLUSIVE", 0, id="nobody hammers"),
    ],
)
def test_a_scope(tmp_path: Path, objective: Objective, verdict: str, n: int) -> None:
    """Vertical and cohort pick wishes; what the record cannot tell is INCONCLUSIVE and never a pass."""
    found = judged(tmp_path, objective, refuse_only_flowers)

    assert (found.verdict, found.n) == (verdict, n)


def with_returning(batch: Batch) -> None:
    """Whoever was refused had come before, and so had one in four of the others."""
    batch.purchases = [
        msgspec.structs.replace(row, returning=row.outcome != "confirmed" or row.wish % 4 == 0)
        for row in batch.purchases
    ]


@pytest.mark.parametrize(
    ("line", "cohort", "verdict", "n"),
    [
        pytest.param("order.confirmed: rate > 95%", "new", "PASS", 600, id="new shoppers are served"),
        pytest.param("order.confirmed: rate > 95%", "returning", "FAIL", 400, id="returning ones are turned away"),
        pytest.param("pay.done: rate > 95%", "new", "INCONCLUSIVE", 0, id="a request has no shopper"),
    ],
)
def test_new_and_returning_shoppers(tmp_path: Path, line: str, cohort: str, verdict: str, n: int) -> None:
    """The cohort picks wishes by whether their shopper had come before."""
    found = judged(tmp_path, scoped(line, cohort=cohort), with_returning)

    assert (found.verdict, found.n) == (verdict, n)


def test_a_record_without_it_passes_nobody(tmp_path: Path) -> None:
    """Where nothing says who returns, an objective of new shoppers is INCONCLUSIVE and says why."""
    found = judged(tmp_path, scoped("order.confirmed: rate > 70%", cohort="new"))

    assert (found.verdict, found.n) == ("INCONCLUSIVE", 0)
    assert "the record does not say which shoppers are new" in found.sentence


def test_dropped_wishes_are_of_new_and_of_returning_shoppers(tmp_path: Path) -> None:
    """Whose wish the generator dropped is not known: bad at most for either, and not bad for sure."""

    def drop(batch: Batch) -> None:
        with_returning(batch)
        batch.seconds.append(SecondRow(9, 30, 0, 30))

    found = judged(tmp_path, scoped("order.confirmed: rate > 95%", cohort="new"), drop)

    assert (found.n, found.explain.bad_min, found.explain.bad_max) == (630, 0, 30)


def test_dropped_wishes_are_of_every_vertical(tmp_path: Path) -> None:
    """What the generator dropped may have been of the vertical: bad at most, and not bad for sure."""

    def drop(batch: Batch) -> None:
        refuse_only_flowers(batch)
        batch.seconds.append(SecondRow(9, 30, 0, 30))

    found = judged(tmp_path, scoped("order.confirmed: rate > 95%", vertical="tea"), drop)

    assert (found.n, found.explain.bad_min, found.explain.bad_max) == (830, 0, 30)


def test_what_is_in_flight_may_be_a_slow_request_of_any_step(tmp_path: Path) -> None:
    """A record that was closed too early lacks its slowest answers, so each wish in flight is one of them at most."""

    def leave(batch: Batch) -> None:
        batch.seconds.append(SecondRow(39, 15, 15, 0))

    calm, cut = (
        judged(tmp_path / name, parse_line("pay.step_ms: p(99) < 2s"), change)
        for name, change in (("a", lambda _: None), ("b", leave))
    )

    assert (calm.verdict, calm.n) == ("PASS", 800)
    assert (cut.verdict, cut.n, cut.explain.bad_min, cut.explain.bad_max) == ("INCONCLUSIVE", 815, 0, 15)


def test_a_floor_shows_the_quantile_it_is_about(tmp_path: Path) -> None:
    """That 95 % take longer than 10 ms is about the 5th percentile, 18 ms, and not about the 95th."""
    found = judged(tmp_path, parse_line("pay.step_ms: p(5) > 10ms"))

    assert (found.verdict, found.unit) == ("PASS", "ms")
    assert found.value == pytest.approx(18.2, rel=0.02)
    assert found.margin == pytest.approx(8.2, rel=0.05)
    assert "the latency at the target is 18" in found.explain.lines[-1]


def test_a_budget_comes_with_each_share(tmp_path: Path) -> None:
    """20 % bad against 5 % allowed is four times too fast, and the time window is the period where there is one."""
    found = judged(tmp_path, replace(parse_line("order.confirmed: rate > 95%"), window="9h"))

    assert found.budget is not None
    assert (found.budget.burn_rate, found.budget.spent, found.budget.period_s) == (
        pytest.approx(4),
        pytest.approx(4),
        32400,
    )


@pytest.mark.parametrize(
    ("line", "text"),
    [
        pytest.param("order.confirmed: rate > 95%", "not confirmed", id="the good side"),
        pytest.param("order.refused: rate < 5%", "refused", id="the bad side"),
        pytest.param("pay.step_ms: p(99) < 2s", "neither done nor confirmed, or not step_ms < 2000 ms", id="a latency"),
        pytest.param("order.attempts: p(99) <= 3", "neither done nor confirmed, or not attempts <= 3", id="a count"),
    ],
)
def test_what_makes_an_event_bad(line: str, text: str) -> None:
    """The explanation says it in the words of the where language."""
    assert bad_means(parse_line(line)) == text


def test_ranks_are_read_off_the_histogram() -> None:
    """The last value of the bucket with the rank; beyond the recorded ones and in the overflow it was never answered."""
    cells = Cells(
        np.array([0, 0, 1]), np.zeros(3, dtype=np.int64), np.array([5, 7, OVERFLOW]), np.array([2, 1, 1]), ("done",)
    )
    cumulative = cumulative_of(cells, np.array([0, 1]))

    assert len(cumulative) == BUCKETS
    assert [at_rank_ms(cumulative, rank) for rank in (1, 2, 3)] == [0.005, 0.005, 0.007]
    assert [at_rank_ms(cumulative, rank) for rank in (4, 5)] == [float("inf")] * 2
