"""Frames of a run: the curve's mean over each second, counts that are summed from increments, and latencies."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.run_record.outcome import Clock
from reports.run_record.run_directory import open_run
from reports.run_record.schema import Batch, CurveSegment, OutcomeRow, SecondRow
from reports.timeline import Timeline, expected_arrivals, offered_per_s, offered_range_per_s
from tests.helpers.other_runs import own_journey_of
from tests.helpers.synthetic_run import Wishes, batch_of, closed_of, histogram_row, write_run


@pytest.mark.parametrize(
    ("segments", "rates"),
    [
        pytest.param([CurveSegment(0, 3, 5, 5)], [5, 5, 5], id="flat"),
        pytest.param([CurveSegment(0, 4, 0, 8)], [1, 3, 5, 7], id="a ramp is at its middle"),
        pytest.param([CurveSegment(0, 1.5, 4, 4), CurveSegment(1.5, 3, 8, 8)], [4, 6, 8], id="a jump inside a second"),
        pytest.param([CurveSegment(0, 1, 4, 4), CurveSegment(2, 3, 4, 4)], [4, 0, 4], id="a gap offers nothing"),
        pytest.param([], [0, 0], id="no curve"),
    ],
)
def test_the_offered_rate_of_a_second_is_its_mean(segments: list[CurveSegment], rates: list[float]) -> None:
    """A second's rate is the curve's integral over it."""
    assert offered_per_s(segments, len(rates)).tolist() == pytest.approx(rates)


@given(
    pieces=st.lists(st.tuples(st.floats(0.1, 20), st.floats(0, 500), st.floats(0, 500)), min_size=1, max_size=6),
)
def test_seconds_add_up_to_the_curves_area(pieces: list[tuple[float, float, float]]) -> None:
    """Whatever the pieces, the seconds' rates sum to the area of all trapezoids."""
    segments, start = [], 0.0
    for length, first, last in pieces:
        segments.append(CurveSegment(start, start + length, first, last))
        start += length
    area = sum(length * (first + last) / 2 for length, first, last in pieces)

    assert offered_per_s(segments, int(start) + 1).sum() == pytest.approx(area)
    assert expected_arrivals(segments, np.array([0.0, start])).tolist() == pytest.approx([0.0, area])


def test_one_row_a_second_with_every_outcome(tmp_path: Path) -> None:
    """Counts are by intended second; refused is hard and soft together; every released wish ended."""
    truth = Wishes(rates=((3, 10.0), (3, 30.0)), capacity_per_s=20)
    frame = Timeline(open_run(write_run(tmp_path / "run", truth))).seconds

    assert frame["offered_per_s"].tolist() == [10, 10, 10, 30, 30, 30]
    assert frame["scheduled"].tolist() == frame["released"].tolist() == [10, 10, 10, 30, 30, 30]
    assert frame["confirmed"].tolist() == [10, 10, 10, 20, 20, 20]
    assert frame["refused_hard"].tolist() == frame["refused_soft"].tolist() == [0, 0, 0, 5, 5, 5]
    assert (frame["refused"] == 2 * frame["refused_hard"]).all()
    assert (frame["ended"] == frame["released"]).all()
    assert frame["in_flight"].tolist() == [0.0] * 6


def test_rows_of_the_record_are_increments(tmp_path: Path) -> None:
    """Rows with equal keys are summed, whichever batch brought them; a silent second has zeros."""
    batch = Batch("synthetic", "worker-1", 0)
    batch.seconds = [SecondRow(0, 2, 1, 1), SecondRow(0, 3, 3, 0)]
    batch.outcomes = [OutcomeRow(0, "order", "shed", "timed_out", 1), OutcomeRow(0, "order", "shed", "timed_out", 3)]
    timeline = Timeline(open_run(write_run(tmp_path / "run", Wishes(rates=((2, 1.0),)), batch=batch)))

    assert timeline.seconds[["scheduled", "released", "dropped", "shed"]].values.tolist() == [
        [5, 4, 1, 4],
        [0, 0, 0, 0],
    ]
    assert timeline.outcomes.values.tolist() == [[0, "order", "shed", "timed_out", 4]]
    assert timeline.seconds["in_flight"].isna().all()


def test_requests_after_the_curve_have_their_second(tmp_path: Path) -> None:
    """The frame reaches to the last second in which any request was due."""
    batch = Batch("synthetic", "worker-1", 0)
    batch.outcomes = [OutcomeRow(4, "pay", "done", "", 1)]
    timeline = Timeline(open_run(write_run(tmp_path / "run", Wishes(rates=((2, 1.0),)), batch=batch)))

    assert timeline.length_s == 5
    assert timeline.seconds.index.tolist() == [0, 1, 2, 3, 4]


def test_histograms_of_some_outcomes(tmp_path: Path) -> None:
    """A histogram may be asked for by outcome and sums every second; one that nobody wrote is empty."""
    batch = Batch("synthetic", "worker-1", 0)
    batch.histograms = [
        histogram_row(0, "chat", "done", "step", [1000, 2000]),
        histogram_row(1, "chat", "done", "step", [3000]),
        histogram_row(1, "chat", "shed", "step", [9000]),
        histogram_row(1, "pay", "done", "step", [70]),
    ]
    timeline = Timeline(open_run(write_run(tmp_path / "run", Wishes(rates=((2, 1.0),)), batch=batch)))

    done = timeline.histogram("chat", Clock.STEP, ["done"])
    assert (done.n, done.sum_us, done.max_us) == (3, 6000, 3000)
    assert timeline.histogram("chat", Clock.STEP).n == 4
    assert timeline.histogram("chat", Clock.SERVICE).n == 0


def test_quantiles_by_second(tmp_path: Path) -> None:
    """Each second has its own quantiles in ms, and a second without values has no row."""
    batch = Batch("synthetic", "worker-1", 0)
    batch.histograms = [
        histogram_row(0, "chat", "done", "step", [100, 200]),
        histogram_row(2, "chat", "done", "step", [4 * 3_600_000_000]),
    ]
    timeline = Timeline(open_run(write_run(tmp_path / "run", Wishes(rates=((3, 1.0),)), batch=batch)))

    found = timeline.quantiles_ms("chat", Clock.STEP, [0.5, 0.99])
    assert found.index.tolist() == [0, 2]
    assert found.values.tolist() == [[0.1, 0.2], [float("inf"), float("inf")]]


def test_purchases_and_health_are_the_records_own_rows(tmp_path: Path) -> None:
    """One purchase row for each ended wish and one health row for each worker and second."""
    truth = Wishes(rates=((3, 10.0),))
    batch = batch_of(truth)
    timeline = Timeline(open_run(write_run(tmp_path / "run", truth, batch=batch)))

    assert timeline.purchases["wish"].tolist() == list(range(30))
    assert timeline.health["second"].tolist() == [0, 1, 2]
    assert timeline.histogram_totals.query("step == 'order'")["n"].tolist() == [10, 10, 10]


def test_an_unfinished_run_covers_what_it_recorded(tmp_path: Path) -> None:
    """Without finished.json the seconds that were never reached count for nothing; a complete run covers its whole curve."""
    path = write_run(tmp_path / "run", Wishes(rates=((3, 10.0), (3, 0.0))))
    assert Timeline(open_run(path)).covered_s == 6

    (path / "finished.json").unlink()
    assert Timeline(open_run(path)).covered_s == 3


@pytest.mark.parametrize(
    ("segments", "low", "high"),
    [
        pytest.param([CurveSegment(0, 3, 5, 5)], [5, 5, 5], [5, 5, 5], id="flat"),
        pytest.param([CurveSegment(0, 2, 0, 8)], [0, 4], [4, 8], id="a ramp"),
        pytest.param([CurveSegment(0, 1.5, 4, 4), CurveSegment(1.5, 2, 8, 8)], [4, 4], [4, 8], id="a jump in a second"),
        pytest.param([CurveSegment(0, 1, 4, 4)], [4, 0], [4, 0], id="beyond the curve nothing is offered"),
    ],
)
def test_the_offered_range_of_a_second(segments: list[CurveSegment], low: list[float], high: list[float]) -> None:
    """A second's range is the least and the most that the curve offers inside it."""
    found = offered_range_per_s(segments, len(low))

    assert (found[0].tolist(), found[1].tolist()) == (low, high)


def test_a_closed_model_offers_what_was_begun(tmp_path: Path) -> None:
    """Without a curve the offered rate of a second is the number of wishes that were begun in it."""
    timeline = Timeline(open_run(write_run(tmp_path / "run", closed_of(Wishes(rates=((2, 3.0), (1, 7.0)))))))

    assert timeline.seconds["offered_per_s"].tolist() == [3, 3, 7]
    assert timeline.segments == [CurveSegment(0, 1, 3, 3), CurveSegment(1, 2, 3, 3), CurveSegment(2, 3, 7, 7)]
    assert timeline.is_counted


def test_a_closed_model_without_wishes(tmp_path: Path) -> None:
    """A closed model in which nobody wished offers nothing."""
    truth = closed_of(Wishes(rates=((2, 0.0),)))
    timeline = Timeline(open_run(write_run(tmp_path / "run", truth)))

    assert timeline.seconds["offered_per_s"].tolist() == [0, 0]


def test_steps_that_nobody_named_are_those_of_the_record(tmp_path: Path) -> None:
    """What the manifest names comes first, in its order; everything else that was recorded follows."""
    truth, batch = own_journey_of(Wishes(rates=((2, 10.0),)), ("pay", "find"))

    assert Timeline(open_run(write_run(tmp_path / "run", truth, batch=batch))).steps == [
        "pay", "find", "apply_card", "claim_card", "create",
    ]  # fmt: skip


def test_any_step_is_every_request(tmp_path: Path) -> None:
    """Counts and latencies of step ``any`` are those of all steps, without wishes and lateness."""
    timeline = Timeline(open_run(write_run(tmp_path / "run", Wishes(rates=((2, 10.0),)))))

    assert int(timeline.requests("any")["n"].sum()) == 20 * 5
    assert timeline.histogram("any", Clock.RESPONSE).n == 20 * 5
    assert int(timeline.cells("any", Clock.RESPONSE).count.sum()) == 20 * 5


def test_the_heads_of_one_steps_histograms(tmp_path: Path) -> None:
    """Sums and maxima by second, outcome and clock; step ``any`` has those of every request."""
    timeline = Timeline(open_run(write_run(tmp_path / "run", Wishes(rates=((3, 10.0),)))))
    pay, everything = (timeline.histogram_heads(step, "step") for step in ("pay", "any"))

    assert pay["n"].tolist() == [10, 10, 10]
    assert (pay["max_us"] <= 22_000).all()
    assert int(everything["n"].sum()) == 3 * 10 * 5
