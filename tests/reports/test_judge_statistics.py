"""Means, extremes, counts and sums of one run, whose truth is known."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest

from reports.finding import Finding
from reports.judge_statistics import exact_verdict, judge_statistic
from reports.one_liner import parse_line
from reports.run_record.run_directory import open_run
from reports.run_record.schema import Batch, OutcomeRow, SecondRow
from reports.timeline import Timeline
from reports.verdict import Interval, Verdict
from tests.helpers.synthetic_run import Wishes, batch_of, histogram_row, write_run

TRUTH = Wishes(rates=((20, 30.0),), capacity_per_s=20)
"""Each second 20 wishes are confirmed and 10 refused at the chat, 5 hard and 5 soft."""


def judged(path: Path, line: str, change: Callable[[Batch], object] = lambda _: None) -> Finding:
    """Judge one line on the run, after a change."""
    batch = batch_of(TRUTH)
    change(batch)
    timeline = Timeline(open_run(write_run(path / "run", TRUTH, batch=batch)))
    return judge_statistic(parse_line(line), timeline, np.arange(20))


@pytest.mark.parametrize(
    ("line", "verdict", "value"),
    [
        pytest.param("order.confirmed: count == 400", "PASS", 400, id="a count that is just so"),
        pytest.param("order.confirmed: count != 400", "FAIL", 400, id="a count that is not to be so"),
        pytest.param("order.confirmed: count >= 401", "FAIL", 400, id="a count that is too low"),
        pytest.param("chat.refused: count <= 200", "PASS", 200, id="a step's count"),
        pytest.param("chat.rate_limited: count == 100", "PASS", 100, id="a count by reason"),
        pytest.param("order.unknown: count == 0", "PASS", 0, id="none of those that were released"),
        pytest.param("order.attempts: max <= 5", "PASS", 5, id="the longest journey"),
        pytest.param("order.attempts: min >= 2", "FAIL", 1, id="the shortest, which was refused at once"),
        pytest.param("order.attempts: value == 2200", "PASS", 2200, id="all requests: 400 x 5 + 200"),
        pytest.param("order.attempts: avg < 4", "PASS", 2200 / 600, id="their mean over all that ended"),
        pytest.param("order.prompts: avg <= 1", "PASS", 1, id="nobody asked twice"),
        pytest.param("pay.step_ms: avg < 25ms", "PASS", 20, id="a step's mean"),
        pytest.param("pay.step_ms: min > 10ms", "PASS", 18, id="a step's least"),
        pytest.param("pay.step_ms: max < 21ms", "FAIL", 22, id="a step's greatest"),
        pytest.param("chat.step_ms: avg < 200ms", "FAIL", 300, id="the refused ones do not count as quick"),
    ],
)
def test_a_statistic(tmp_path: Path, line: str, verdict: str, value: float) -> None:
    """Counts are exact; latencies are 18 to 22 and 270 to 330 ms."""
    found = judged(tmp_path, line)

    assert found.verdict == verdict
    assert found.value == pytest.approx(value, rel=0.03)
    assert found.explain.lines[-1].endswith(f": {verdict}.")


def test_who_has_no_duration_is_told(tmp_path: Path) -> None:
    """A mean says whom it leaves out, and for a maximum they are slower than any limit."""
    mean, most = judged(tmp_path / "a", "chat.step_ms: avg < 1s"), judged(tmp_path / "b", "chat.step_ms: max < 9s")

    assert mean.sentence.endswith("200 of 600 were neither done nor confirmed, and are left out")
    assert most.verdict is Verdict.FAIL
    assert "200 of 600 were neither done nor confirmed, and are slower than any limit" in most.sentence


def lose_the_end(batch: Batch) -> None:
    """Three wishes of second 7 were released and never ended."""
    batch.seconds.append(SecondRow(7, 3, 3, 0))


@pytest.mark.parametrize(
    ("line", "verdict"),
    [
        pytest.param("order.unknown: count == 0", "INCONCLUSIVE", id="they may become unknown"),
        pytest.param("order.confirmed: count >= 400", "PASS", id="there are enough already"),
        pytest.param("order.attempts: max <= 9", "FAIL", id="they may still go on"),
        pytest.param("order.attempts: value <= 2300", "INCONCLUSIVE", id="they add to the sum"),
    ],
)
def test_wishes_in_flight_prove_nothing(tmp_path: Path, line: str, verdict: str) -> None:
    """What may still come is counted against the objective, and told."""
    found = judged(tmp_path, line, lose_the_end)

    assert found.verdict == verdict
    assert "in flight" in found.explain.lines[0] or verdict == "PASS"


@pytest.mark.parametrize(
    ("line", "change", "sentence"),
    [
        pytest.param("search.done: count == 0", lambda _: None, "step search never ran", id="a step that is not there"),
        pytest.param(
            "order.confirmed: count == 0",
            lambda batch: (batch.seconds.clear(), batch.outcomes.clear(), batch.histograms.clear(), batch.purchases.clear()),
            "nothing was released in these seconds", id="an empty run",
        ),
        pytest.param("chat.first_content_ms: avg < 1", lambda batch: batch.histograms.clear(), "no event has a value", id="no values"),
        pytest.param("pay.tpot_ms: avg < 1", lambda _: None, "no event has a value of the measure", id="a measure of no record"),
    ],
)  # fmt: skip
def test_absent_data_never_passes(tmp_path: Path, line: str, change: Callable[[Batch], object], sentence: str) -> None:
    """No step, no wish, no value: INCONCLUSIVE, with what is missing."""
    found = judged(tmp_path, line, change)

    assert (found.verdict, found.value) == (Verdict.INCONCLUSIVE, None)
    assert found.sentence.startswith(sentence)


def test_a_mean_needs_ten_spans(tmp_path: Path) -> None:
    """Events in a few seconds say nothing of how the others would have been."""

    def keep_some(batch: Batch) -> None:
        batch.purchases = [row for row in batch.purchases if row.second < 5]

    assert "too few samples" in judged(tmp_path, "order.attempts: avg < 9", keep_some).sentence


def test_a_minimum_inside_of_a_bucket_is_open(tmp_path: Path) -> None:
    """1,000 us lies in [1000, 1004): whether the least is above 1.002 ms is not known."""
    batch = Batch("synthetic", "worker-1", 0)
    batch.outcomes, batch.histograms = (
        [OutcomeRow(0, "chat", "done", "", 2)],
        [histogram_row(0, "chat", "done", "step", [1000, 5000])],
    )
    timeline = Timeline(open_run(write_run(tmp_path / "run", Wishes(rates=((1, 2.0),)), batch=batch)))

    assert (
        judge_statistic(parse_line("chat.step_ms: min > 1.002ms"), timeline, np.arange(1)).verdict
        is Verdict.INCONCLUSIVE
    )


def test_the_mean_of_some_vertical(tmp_path: Path) -> None:
    """Only wishes of the vertical count; one that nobody wished for has no data."""

    def split(batch: Batch) -> None:
        batch.purchases = [
            msgspec.structs.replace(row, vertical="tea" if row.wish % 2 else "flowers") for row in batch.purchases
        ]

    batch = batch_of(TRUTH)
    split(batch)
    timeline = Timeline(open_run(write_run(tmp_path / "run", TRUTH, batch=batch)))
    objective = parse_line("order.confirmed: count > 1")
    found = {}
    for vertical in ("tea", "flowers", "books"):
        total = replace(objective.indicator.total, vertical=vertical)
        scoped = replace(objective, indicator=replace(objective.indicator, total=total))
        found[vertical] = judge_statistic(scoped, timeline, np.arange(20))

    assert (found["tea"].value, found["flowers"].value) == (200, 200)
    assert found["books"].sentence == "no wish of vertical books is on record; its verticals are flowers, tea"


@pytest.mark.parametrize(
    ("interval", "op", "verdict"),
    [
        pytest.param(Interval(3, 3, 3), "eq", "PASS", id="just so"),
        pytest.param(Interval(4, 4, 4), "eq", "FAIL", id="not so"),
        pytest.param(Interval(3, 3, 4), "eq", "INCONCLUSIVE", id="perhaps so"),
        pytest.param(Interval(3, 3, 3), "ne", "FAIL", id="it is the one"),
        pytest.param(Interval(4, 4, 5), "ne", "PASS", id="surely another"),
        pytest.param(Interval(2, 2, 4), "ne", "INCONCLUSIVE", id="perhaps another"),
    ],
)
def test_exactly_or_not(interval: Interval, op: str, verdict: str) -> None:
    """Against the limit 3."""
    assert exact_verdict(interval, op, 3.0) == verdict
