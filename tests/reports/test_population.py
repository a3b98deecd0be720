"""Who is counted by an indicator: orders row by row, requests by outcome and histogram, and the ones that never ended."""

from dataclasses import replace
from pathlib import Path

import pytest

from reports.population import population
from reports.run_record.run_directory import open_run
from reports.run_record.schema import Batch, OutcomeRow, SecondRow
from reports.slo import Indicator, IndicatorKind
from reports.slo_source import EventSource
from reports.slo_where import parse_where
from reports.timeline import Timeline
from tests.helpers.other_runs import own_journey_of
from tests.helpers.synthetic_run import Wishes, batch_of, histogram_row, write_run


def ratio(event: str, total: str, good: str, step: str = "") -> Indicator:
    """A ratio over the whole curve."""
    everybody = EventSource(event=event, step=step, stage=0, where=parse_where(total, "where"))
    return Indicator(IndicatorKind.RATIO, "x", everybody, replace(everybody, where=parse_where(good, "where")))


def threshold(event: str, measure: str, where: str = "", step: str = "") -> Indicator:
    """A threshold over the whole curve."""
    source = EventSource(event=event, step=step, stage=0, where=parse_where(where, "where"), measure=measure)
    return Indicator(IndicatorKind.THRESHOLD, "x", source)


@pytest.fixture
def throttled(tmp_path: Path) -> Timeline:
    """Two seconds of 30 wishes each: 20 are let in and confirmed, 5 refused hard, 5 soft."""
    return Timeline(open_run(write_run(tmp_path / "run", Wishes(rates=((2, 30.0),), capacity_per_s=20))))


@pytest.fixture
def requests(tmp_path: Path) -> Timeline:
    """One second of chat: four done (1, 1, 3 ms and one without a latency), two refused (1 and 9 ms), one shed."""
    batch = Batch("synthetic", "worker-1", 0)
    batch.outcomes = [
        OutcomeRow(0, "chat", "done", "", 4),
        OutcomeRow(0, "chat", "refused_hard", "rate_limited", 2),
        OutcomeRow(0, "chat", "shed", "timed_out", 1),
    ]
    batch.histograms = [
        histogram_row(0, "chat", "done", "step", [1000, 1000, 3000]),
        histogram_row(0, "chat", "refused_hard", "step", [1000, 9000]),
        histogram_row(0, "chat", "shed", "step", [8_000_000]),
    ]
    return Timeline(open_run(write_run(tmp_path / "run", Wishes(rates=((1, 7.0),)), batch=batch)))


@pytest.mark.parametrize(
    ("total", "good", "n", "bad"),
    [
        pytest.param("", "confirmed", 60, 20, id="every wish"),
        pytest.param("admitted", "confirmed and correct and coupon_ok", 40, 0, id="those who were let in"),
        pytest.param("refused", "refused_soft", 20, 10, id="half of the refusals are soft"),
        pytest.param("rate_limited", "refused_hard", 10, 0, id="a reason is a flag too"),
        pytest.param("confirmed", "intent_ms <= 0.1 s", 40, 40, id="a limit that nobody meets"),
        pytest.param("confirmed", "attempts <= 5 and prompts < 2", 40, 0, id="counts of requests and prompts"),
        pytest.param("declined", "confirmed", 0, 0, id="nobody"),
    ],
)
def test_orders_are_counted_row_by_row(throttled: Timeline, total: str, good: str, n: int, bad: int) -> None:
    """Flags, reasons and measures of whole wishes count exactly."""
    found = population(throttled, ratio("order", total, good), "", 0.0)

    assert (int(found.n.sum()), int(found.bad_min.sum()), int(found.bad_max.sum())) == (n, bad, bad)


def test_the_bad_side_of_a_ratio_may_be_given(throttled: Timeline) -> None:
    """A ratio of bad events counts the others as good."""
    indicator = ratio("order", "", "refused")
    bad = Indicator(IndicatorKind.RATIO, "x", indicator.total, indicator.part, part_is_good=False)

    assert int(population(throttled, bad, "", 0.0).bad_max.sum()) == 20


def test_dropped_and_unended_wishes_are_bad_events(tmp_path: Path) -> None:
    """A wish that the generator dropped or that has no outcome is in the population and never good."""
    batch = batch_of(Wishes(rates=((1, 10.0),)))
    batch.seconds = [SecondRow(0, 15, 12, 3)]
    timeline = Timeline(open_run(write_run(tmp_path / "run", Wishes(rates=((1, 15.0),)), batch=batch)))

    everything = population(timeline, ratio("order", "not declined", "confirmed"), "", 0.0)
    assert (int(everything.n.sum()), int(everything.bad_min.sum())) == (15, 5)
    late = population(timeline, threshold("order", "intent_ms"), "lte", 8000.0)
    assert (int(late.n.sum()), int(late.bad_min.sum())) == (15, 5)


def test_a_threshold_holds_what_never_arrived_against_the_target(requests: Timeline) -> None:
    """A request that is not done, or has no latency in the record, is slower than any limit."""
    found = population(requests, threshold("step", "step_ms", step="chat"), "lte", 2.0)

    assert (int(found.n.sum()), int(found.bad_min.sum()), int(found.bad_max.sum())) == (7, 5, 5)
    assert found.measured is not None
    assert found.measured.count.sum() == 3


@pytest.mark.parametrize(
    ("total", "good", "n", "bad"),
    [
        pytest.param("refused", "refused and step_ms <= 5", 2, 1, id="refusals in time"),
        pytest.param("", "done", 7, 3, id="by outcome alone"),
        pytest.param("not shed", "done or step_ms <= 5", 6, 1, id="a limit that matters for the refused only"),
        pytest.param("done", "not step_ms <= 2", 4, 2, id="negated: the slow one and the one without a latency"),
        pytest.param("rate_limited", "", 2, 0, id="by reason"),
        pytest.param("", "step_ms > 100", 7, 5, id="above a limit: the shed one and the one without a latency"),
    ],
)
def test_requests_are_counted_by_outcome_and_histogram(
    requests: Timeline, total: str, good: str, n: int, bad: int
) -> None:
    """A step's filter folds over outcomes, and its one measure over the histogram of those that depend on it."""
    found = population(requests, ratio("step", total, good, "chat"), "", 0.0)

    assert (int(found.n.sum()), int(found.bad_min.sum()), int(found.bad_max.sum())) == (n, bad, bad)


def test_a_bucket_that_straddles_the_limit_is_bad_at_most(tmp_path: Path) -> None:
    """1,000 us lies in [1000, 1004): a limit of 1,002 us leaves open on which side it is."""
    batch = Batch("synthetic", "worker-1", 0)
    batch.outcomes = [OutcomeRow(0, "chat", "done", "", 5)]
    batch.histograms = [histogram_row(0, "chat", "done", "step", [1000] * 3 + [10, 5000])]
    timeline = Timeline(open_run(write_run(tmp_path / "run", Wishes(rates=((1, 5.0),)), batch=batch)))

    found = population(timeline, threshold("step", "step_ms", step="chat"), "lte", 1.002)
    assert (int(found.bad_min.sum()), int(found.bad_max.sum())) == (1, 4)


def test_a_measure_that_nobody_recorded_is_absent(requests: Timeline) -> None:
    """Finished requests without a histogram of the measure are told: a service that tells no usage has no time per token."""
    for measure in ("first_event_ms", "first_content_ms", "tpot_ms"):
        missing = population(requests, threshold("step", measure, step="chat"), "lte", 1.0)
        assert missing.absent == f"the record holds no {measure} of chat for done"


def test_a_reply_without_a_time_per_token_is_slower_than_any_limit(tmp_path: Path) -> None:
    """A reply of one token has no time per token; to read that as 0 would make a busy one-liner the fastest of all."""
    batch = Batch("synthetic", "worker-1", 0)
    batch.outcomes = [OutcomeRow(0, "chat", "done", "", 3)]
    batch.histograms = [histogram_row(0, "chat", "done", "tpot", [20_000, 100_000])]
    timeline = Timeline(open_run(write_run(tmp_path / "run", Wishes(rates=((1, 3.0),)), batch=batch)))

    found = population(timeline, threshold("step", "tpot_ms", step="chat"), "lte", 50.0)
    assert (int(found.n.sum()), int(found.bad_min.sum()), int(found.bad_max.sum())) == (3, 2, 2)


def test_a_step_that_never_ran_has_no_events(requests: Timeline) -> None:
    """A step without requests is an empty population, not a good one."""
    assert int(population(requests, ratio("step", "", "done", "pay"), "", 0.0).n.sum()) == 0


def test_any_step(tmp_path: Path) -> None:
    """Step ``any`` counts every request once, by outcome and by latency."""
    timeline = Timeline(open_run(write_run(tmp_path / "run", Wishes(rates=((4, 20.0),)))))
    counted = population(timeline, threshold("step", "response_ms", step="any"), "lte", 100.0)

    assert (int(counted.n.sum()), int(counted.bad_max.sum())) == (4 * 20 * 5, 4 * 20)


@pytest.mark.parametrize("steps", [("find",), ()])
def test_who_is_let_in_by_a_journey_of_ones_own(tmp_path: Path, steps: tuple[str, ...]) -> None:
    """A wish that was refused at its first step was not let in, also when no step is named before the run."""
    truth, batch = own_journey_of(Wishes(rates=((4, 30.0),), capacity_per_s=20), steps)
    timeline = Timeline(open_run(write_run(tmp_path / "run", truth, batch=batch)))
    counted = population(timeline, ratio("order", "admitted", "done"), "", 0.0)

    assert (int(counted.n.sum()), int(counted.bad_max.sum())) == (80, 0)
