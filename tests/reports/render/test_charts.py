"""The figures about the target, held against runs whose truth is known."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from reports.gate import Report, judge_run
from reports.onset_evidence import REFUSED
from reports.render.bins import bins_of
from reports.render.chart import Chart, Series
from reports.render.charts import (
    NINES,
    by_second,
    capacity_levels,
    cards,
    latency,
    spans,
    throughput,
    traffic,
)
from reports.run_record.outcome import PURCHASE_STEPS
from reports.run_record.run_directory import open_run
from reports.slo import load_objectives
from reports.timeline import Timeline
from tests.helpers.other_runs import unscheduled_of
from tests.helpers.source_tree import ROOT
from tests.helpers.synthetic_run import Wishes, batch_of, write_run

FESTIVAL = load_objectives(ROOT / "reports" / "slos" / "festival.yaml")
THROTTLED = Wishes(rates=((25, 20.0), (30, 60.0)), capacity_per_s=25)
Judged = tuple[Timeline, Report]


def judged(path: Path) -> Judged:
    """A run and what the gate says of it."""
    run = open_run(path)
    return Timeline(run), judge_run(run, FESTIVAL if run.manifest.steps else [], None)


@pytest.fixture(scope="module")
def throttled(tmp_path_factory: pytest.TempPathFactory) -> Judged:
    """25 s at 20 a second, then 30 s at 60 of which 25 are served."""
    return judged(write_run(tmp_path_factory.mktemp("runs") / "run", THROTTLED))


def named(chart: Chart, view: int = 0) -> dict[str, Series]:
    """The series of a view by name."""
    return {series.name: series for series in chart.views[view].series}


def test_every_wish_is_in_the_stack(throttled: Judged) -> None:
    """In each second the areas add up to what was released, and offered is what the curve asks for."""
    series = named(traffic(*throttled))
    areas = [one.values for one in series.values() if one.style == "area"]

    assert [sum(filter(None, second)) for second in zip(*areas, strict=True)] == series["released"].values
    assert series["offered"].values == [20] * 25 + [60] * 30
    assert series["got their order"].values == [20] * 25 + [25] * 30
    assert series["turned away openly (hard)"].values[24:26] == [0, 17]
    assert "dropped" not in series


def test_outcomes_that_never_came_are_not_drawn(throttled: Judged) -> None:
    """A legend names what happened."""
    assert "no answer (shed)" not in named(traffic(*throttled))


def test_the_onset_and_its_episode_are_shaded(throttled: Judged) -> None:
    """The episode is shaded from the onset to its last refusal, the onset itself over its 95 % band, each signal once."""
    found = spans(throttled[1], 55)

    assert [(one.colour, one.start_s, one.end_s) for one in found] == [(REFUSED, 25, 55), ("onset", 25, 26)]
    assert found[-1].name == "turning away began in second 25"


def test_capacity_is_what_was_declared_and_what_was_measured(throttled: Judged) -> None:
    """Both capacities are lines to hold throughput against."""
    assert [(one.name, round(one.value)) for one in capacity_levels(throttled[1])] == [
        ("declared capacity", 25),
        ("measured capacity", 25),
    ]


def test_both_clocks_and_the_first_words(throttled: Judged) -> None:
    """The first view is of the first step with response, service and first words, each with median and 99 of 100."""
    over_time, curves = latency(*throttled)
    series = named(over_time)

    assert over_time.views[0].name == "chat: those that went well"
    assert [view.name for view in over_time.views[:4:2]] == [
        "chat: those that went well",
        "the whole wish: those that went well",
    ]
    assert [view.name for view in over_time.views[4:]] == [
        f"{step}: those that went well" for step in PURCHASE_STEPS[1:]
    ]
    assert list(series) == [
        f"{clock}, {which}" for clock in ("response", "service", "first words") for which in ("99 of 100", "median")
    ]
    assert series["response, median"].values[30] == pytest.approx(300, rel=0.1)
    assert series["first words, median"].values[30] == pytest.approx(200, rel=0.1)
    assert [view.name for view in curves.views] == [view.name for view in over_time.views]


def test_all_and_those_that_went_well_differ(throttled: Judged) -> None:
    """Quick refusals pull the median of all chats down, and are not among those that went well."""
    over_time, _ = latency(*throttled)
    well, everybody = (named(over_time, view)["response, median"].values[30] for view in (0, 1))

    assert everybody is not None
    assert well is not None
    assert everybody < 10 < well


def test_a_curve_ends_where_the_sample_does(throttled: Judged) -> None:
    """1,250 served chats tell up to their 1,250th part: beyond it there is no curve, and it never falls."""
    _, curves = latency(*throttled)
    values = named(curves)["response"].values
    known = [value for value in values if value is not None]

    assert known == sorted(known)
    assert [NINES[at] <= np.log10(1250) for at in range(len(values))] == [value is not None for value in values]


def test_a_point_of_throughput_is_what_was_offered_and_what_was_got(throttled: Judged) -> None:
    """Points are sorted by offered load: 20 of 20 were served, 25 of 60."""
    chart = throughput(*throttled)
    assert chart is not None
    series = named(chart)

    assert chart.views[0].x == [20] * 25 + [60] * 30 == series["everybody served"].values
    assert series["got their order"].values == [20] * 25 + [25] * 30
    assert series["turned away"].values == [0] * 25 + [35] * 30


def test_cards_that_were_refused_stand_on_those_that_were_issued(tmp_path: Path) -> None:
    """Each request for a card is issued, refused because of load, or declined."""
    batch = batch_of(THROTTLED)
    change = {"outcome": "refused_soft", "reason": "issuing_paused"}
    batch.outcomes = [
        replace(row, **change) if row.step == "claim_card" and row.second >= 50 else row for row in batch.outcomes
    ]
    path = write_run(tmp_path / "run", THROTTLED, batch=batch)
    chart = cards(Timeline(open_run(path)), judge_run(open_run(path), FESTIVAL, None))
    assert chart is not None

    assert named(chart)["issued"].values == [20] * 25 + [25] * 25 + [0] * 5
    assert named(chart)["refused because of load"].values == [0] * 50 + [25] * 5


def test_a_journey_without_wishes_shows_its_requests(tmp_path: Path) -> None:
    """Where nothing was scheduled, requests are stacked, and there is neither throughput nor a card."""
    truth, batch = unscheduled_of(Wishes(rates=((12, 10.0),)))
    timeline, report = judged(write_run(tmp_path / "run", truth, batch=batch))
    chart = traffic(timeline, report)

    assert chart.unit == "requests/s"
    assert list(named(chart)) == ["done"]
    assert named(chart)["done"].values == [50] * 12
    assert throughput(timeline, report) is None


def test_a_journey_without_cards_has_no_chart_of_them(tmp_path: Path) -> None:
    """No request for a card, no chart."""
    batch = batch_of(THROTTLED)
    batch.outcomes = [row for row in batch.outcomes if row.step != "claim_card"]
    path = write_run(tmp_path / "run", THROTTLED, batch=batch)

    assert cards(*judged(path)) is None


def points(length_s: int) -> Iterator[Series]:
    """A series of a run of this length that counts up."""
    yield by_second(("n", "offered", "line"), np.arange(length_s, dtype=np.float64), bins_of(length_s))


def test_a_long_run_says_its_extremes() -> None:
    """Where a point stands for several seconds, the lowest and the highest stand beside the mean; else nothing does."""
    (short,), (long,) = points(2_000), points(4_000)

    assert (short.low, short.high) == ([], [])
    assert (long.values[1], long.low[1], long.high[1]) == (2.5, 2, 3)
