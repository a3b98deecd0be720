"""Seconds, cohorts and words of an objective's scope."""

from pathlib import Path

import msgspec
import pytest

from reports.run_record.run_directory import open_run
from reports.selection import (
    are_of,
    cohort_missing,
    planned_share,
    scope_text,
    selected_seconds,
    shoppers_missing,
)
from reports.slo_source import EventSource
from reports.slo_where import parse_where, parse_while
from reports.timeline import Timeline
from tests.helpers.synthetic_run import Wishes, batch_of, changed, closed_of, manifest_of, replace_struct, write_run

STAIRS = Wishes(rates=((20, 50.0), (20, 150.0)), capacity_per_s=100)


def timeline_of(path: Path, truth: Wishes, *, end: bool = True, until: int = 40) -> Timeline:
    """Write a run, which may have been killed after some seconds, and frame it."""
    batch = batch_of(truth)
    for name in ("seconds", "outcomes", "histograms", "purchases", "health"):
        setattr(batch, name, [row for row in getattr(batch, name) if row.second < until])
    return Timeline(open_run(write_run(path, truth, batch=batch, end=end)))


@pytest.mark.parametrize(
    ("stage", "while_", "warm_up_s", "expected"),
    [
        pytest.param(None, None, 0.0, list(range(40)), id="the whole curve"),
        pytest.param(None, None, 10.0, list(range(10, 40)), id="all but the warm-up"),
        pytest.param(0, None, 10.0, list(range(40)), id="all of it"),
        pytest.param(2, None, 0.0, list(range(20, 40)), id="the second segment"),
        pytest.param(None, "offered > capacity", 0.0, list(range(20, 40)), id="overload"),
        pytest.param(None, "offered <= 50/s", 0.0, list(range(20)), id="a rate"),
        pytest.param(None, "offered > 149.9/s", 0.0, [], id="a thousandth above the limit is at the limit"),
        pytest.param(None, "offered > 1.6 capacity", 0.0, [], id="never that much"),
    ],
)
def test_seconds_are_picked_by_stage_and_load(
    tmp_path: Path, stage: int | None, while_: str | None, warm_up_s: float, expected: list[int]
) -> None:
    """Stage, warm-up and offered load decide which seconds count."""
    timeline = timeline_of(tmp_path / "run", changed(STAIRS, manifest={"warm_up_s": warm_up_s}))
    wanted = EventSource(stage=stage, while_=parse_while(while_, "while") if while_ else None)

    assert selected_seconds(wanted, timeline)[0].tolist() == expected


def test_a_stage_that_the_run_never_reached_is_told(tmp_path: Path) -> None:
    """A run that was killed in its first stage has no second of the next one, and says so."""
    timeline = timeline_of(tmp_path / "run", STAIRS, end=False, until=15)

    assert (
        selected_seconds(EventSource(stage=2), timeline)[1]
        == "no second of the run fits, since the run ended before them"
    )


def test_planned_events_beyond_the_end(tmp_path: Path) -> None:
    """Half of the first stage ran, 750 wishes of the 4,000 that were planned; a complete run planned no more than it did."""
    killed = timeline_of(tmp_path / "killed", STAIRS, end=False, until=15)
    everything = EventSource()

    assert planned_share(everything, killed, selected_seconds(everything, killed)[0]) == pytest.approx(4000 / 750)
    whole = timeline_of(tmp_path / "whole", STAIRS)
    assert planned_share(everything, whole, selected_seconds(everything, whole)[0]) == pytest.approx(1.0)
    closed = timeline_of(tmp_path / "closed", closed_of(STAIRS), end=False, until=15)
    assert planned_share(everything, closed, selected_seconds(everything, closed)[0]) == 1.0


@pytest.mark.parametrize(
    ("arguments", "cohort", "sentence"),
    [
        pytest.param({"retry": "sdk"}, "sdk", "", id="all of them"),
        pytest.param({"retry": ""}, "leave", "", id="the default"),
        pytest.param({"retry": "", "incident": "yes"}, "sdk", "", id="the default of an incident"),
        pytest.param(
            {"retry": "sdk"}, "hammer", "no shopper of the run is of cohort hammer: all of them sdk", id="none"
        ),
        pytest.param({"retry": "leave:0.6,sdk:0.4"}, "sdk", "does not say which shopper is of which", id="a mix"),
        pytest.param({}, "sdk", "the record does not say what a refused shopper does", id="not on record"),
    ],
)
def test_a_cohort_is_known_when_the_run_has_one(
    arguments: dict[str, str | int | float | bool | None], cohort: str, sentence: str
) -> None:
    """The record knows the option of the run and no single shopper's habit, so a mix cannot be told apart."""
    missing = cohort_missing(cohort, replace_struct(manifest_of(STAIRS), arguments=arguments))

    assert sentence in missing
    assert bool(sentence) is bool(missing)


@pytest.mark.parametrize(
    ("arguments", "returning", "cohort", "sentence"),
    [
        pytest.param({"returning": "0.3"}, 5, "returning", "", id="some return"),
        pytest.param({"returning": "0.3"}, 5, "new", "", id="and the others are new"),
        pytest.param({"returning": "0"}, 0, "new", "", id="all are new"),
        pytest.param({"returning": "0"}, 0, "returning", "no wish by a returning shopper is on record", id="so nobody returns"),
        pytest.param({}, 0, "new", "the record does not say which shoppers are new (option --returning)", id="not on record"),
        pytest.param({}, 5, "returning", "", id="the rows alone know"),
    ],
)  # fmt: skip
def test_shoppers_are_known_when_the_record_says_so(
    tmp_path: Path, arguments: dict[str, str | int | float | bool | None], returning: int, cohort: str, sentence: str
) -> None:
    """A record that knows nothing of returning shoppers does not say that all are new."""
    truth = Wishes(((2, 10.0),))
    batch = batch_of(truth)
    batch.purchases = [msgspec.structs.replace(row, returning=row.wish < returning) for row in batch.purchases]
    orders = Timeline(open_run(write_run(tmp_path / "run", truth, batch=batch))).orders
    manifest = replace_struct(manifest_of(truth), arguments=arguments)

    assert shoppers_missing(cohort, manifest, orders) == sentence
    if not sentence:
        picked = are_of(cohort, orders.kinds)[orders.kind]
        assert picked.sum() == (returning if cohort == "returning" else 20 - returning)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        pytest.param(EventSource(), "orders", id="everything"),
        pytest.param(
            EventSource("step", "pay", 2, parse_where("not shed", "x"), while_=parse_while("offered <= 9/s", "x")),
            "requests of step pay, where not shed, segment 2 of the curve, while offered <= 9/s", id="a step",
        ),
        pytest.param(
            EventSource(stage=0, vertical="milk_tea", cohort="sdk"), "orders, vertical milk_tea, cohort sdk, the whole curve", id="some",
        ),
    ],
)  # fmt: skip
def test_the_scope_in_words(source: EventSource, text: str) -> None:
    """Which events of which seconds, as the explanation begins."""
    assert scope_text(source) == text
