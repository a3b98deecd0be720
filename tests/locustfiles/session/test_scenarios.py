"""What each scenario offers for its options, and which options do not fit together."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from locustfiles.arrivals.closed_loop import Thinking
from locustfiles.arrivals.recorded_schedule import RecordedSchedule
from locustfiles.arrivals.trace_files import Recording
from locustfiles.session.scenarios import (
    CLOSED_LOOP,
    FESTIVAL,
    SPIKE,
    STAIRS,
    STEADY,
    Offer,
    Scenario,
    with_recording,
)


def offer(scenario: Scenario, **given: str) -> Offer:
    """What a scenario offers for these texts, its defaults for the others."""
    values: dict[str, Any] = {option.name: option.read(option.text_in(given)) for option in scenario.own}
    return scenario.offer(values)


def steps(told: Offer) -> list[tuple[float, float]]:
    """The curve as (start in seconds, rate) of each flat piece."""
    assert all(piece.start_per_s == piece.end_per_s for piece in told.curve.segments)
    return [(piece.start_s, piece.start_per_s) for piece in told.curve.segments]


OFFERS = [
    pytest.param(STEADY, {}, [(0, 50)], 60, "steady: 50 wishes/s for 60 s.", id="steady by default"),
    pytest.param(STEADY, {"rate": "7", "duration": "2m"}, [(0, 7)], 120, "steady: 7 wishes/s for 120 s.", id="steady"),
    pytest.param(
        STAIRS,
        {},
        [(0, 20), (20, 40), (40, 60), (60, 80), (80, 100), (100, 120)],
        120,
        "stairs: 6 steps of 20 s, from 20 to 120 wishes/s.",
        id="stairs by default",
    ),
    pytest.param(
        STAIRS,
        {"from_rate": "30", "to_rate": "10", "step_rate": "10", "step_length": "5s"},
        [(0, 30), (5, 20), (10, 10)],
        15,
        "stairs: 3 steps of 5 s, from 30 to 10 wishes/s.",
        id="stairs that go down",
    ),
    pytest.param(
        STAIRS,
        {"from_rate": "4", "to_rate": "4"},
        [(0, 4)],
        20,
        "stairs: 1 step of 20 s, from 4 to 4 wishes/s.",
        id="a single step",
    ),
    pytest.param(
        SPIKE,
        {},
        [(0, 20), (20, 150), (30, 20)],
        60,
        "spike: 20 wishes/s, and 150 from 20 s on for 10 s.",
        id="a spike by default",
    ),
]


@pytest.mark.parametrize(("scenario", "given", "pieces", "duration_s", "note"), OFFERS)
def test_what_is_offered(
    scenario: Scenario, given: dict[str, str], pieces: list[tuple[float, float]], duration_s: float, note: str
) -> None:
    """The curve is as the options say, under the scenario's name, and the stub's capacity is told in orders per second."""
    told = offer(scenario, **given)

    assert steps(told) == pieces
    assert (told.curve.duration_s, told.name, told.note) == (duration_s, scenario.name, note)
    assert told.capacity_per_s == 50.0
    assert offer(scenario, **given, capacity="75").capacity_per_s == 75.0


def test_a_festival() -> None:
    """A festival has its curve's name and note, and a stub built for a third of its peak."""
    told = offer(FESTIVAL, scale="0.1", duration="30s")

    assert (told.name, told.curve.duration_s) == ("qwen-day1", 30.0)
    assert told.note.startswith("qwen-day1: 6 Feb 2026")
    assert told.capacity_per_s == pytest.approx(told.curve.peak_per_s / 3)


@pytest.mark.parametrize(
    ("scenario", "given", "sentence"),
    [
        pytest.param(
            STAIRS,
            {"step_rate": "30"},
            "--step-rate 30: 20 and 120 wishes/s are not a whole number of such steps apart; give a --step-rate that",
            id="steps that miss the last rate",
        ),
        pytest.param(STAIRS, {"step_rate": "0.1"}, "stairs have at most 1000 steps", id="a thousand steps and one"),
        pytest.param(STAIRS, {"to_rate": "1e308", "step_rate": "1e-300"}, "at most 1000", id="endless steps"),
        pytest.param(
            SPIKE,
            {"spike_at": "55s"},
            "--spike-at, --spike-length, --duration: A spike must end inside the curve, but it ends at 65.0 s of 60.0 s.",
            id="a spike that outlasts the run",
        ),
        pytest.param(STEADY, {"rate": "1e308", "duration": "9h"}, "finite number of arrivals", id="endless arrivals"),
        pytest.param(FESTIVAL, {"scale": "1e306"}, "--curve: A rate must be finite", id="rates that no number holds"),
    ],
)
def test_what_does_not_fit(scenario: Scenario, given: dict[str, str], sentence: str) -> None:
    """Options that are usable one by one and not together are refused in a sentence that says which to change."""
    with pytest.raises(ValueError, match=re.escape(sentence)):
        offer(scenario, **given)


@pytest.fixture
def rates_file(tmp_path: Path) -> str:
    """A curve of one's own: a rise from 10 to 30 in 5 s, then 5 for as long."""
    path = tmp_path / "rates.csv"
    path.write_text("t_s,rate_per_s\n0,10\n5,30\n5,5\n10,5\n")
    return str(path)


def test_a_curve_of_ones_own(rates_file: str) -> None:
    """Rates from a file are offered as they stand, for as long as they last; the stub is built for a third of their peak."""
    told = offer(FESTIVAL, curve=rates_file)

    assert (told.curve.peak_per_s, told.curve.duration_s, told.capacity_per_s) == (30, 10, 10)
    assert (told.name, told.note) == ("rates.csv", "rates.csv: 2 pieces in 10 s.")


def test_a_curve_of_ones_own_to_scale(rates_file: str) -> None:
    """Demand and scale multiply the rates of a file, and a duration compresses it; the note says so."""
    told = offer(FESTIVAL, curve=rates_file, demand="3", scale="0.5", duration="5s")

    assert (told.curve.peak_per_s, told.curve.duration_s) == (45, 5)
    assert (
        told.note == "rates.csv: 2 pieces in 5 s, the file's rates times 1.5; the file's 10 s pass in 5 s, rates stay."
    )


def test_a_curve_of_nothing(tmp_path: Path) -> None:
    """A file whose rates are all 0 is refused."""
    (tmp_path / "rates.csv").write_text("0,0\n5,0\n")

    with pytest.raises(ValueError, match=r"--curve: rates.csv offers nothing; give points with a rate above 0"):
        offer(FESTIVAL, curve=str(tmp_path / "rates.csv"))


def test_a_closed_loop() -> None:
    """A closed loop offers no rate: it says how shoppers think, and until when they wish."""
    told = offer(CLOSED_LOOP, think="500ms", think_law="fixed", duration="30s")

    assert told.thinking == Thinking(0.5, "fixed", 30.0)
    assert (told.curve.expected_total, told.curve.duration_s, told.capacity_per_s) == (0.0, 30.0, 50.0)
    assert "no curve asks for anything" in told.note


def test_no_arrivals_in_a_closed_loop() -> None:
    """What is said of arrivals by a curve is no option of a closed loop."""
    flags = {option.flag for option in CLOSED_LOOP.options}

    assert not flags & {"--arrivals", "--burstiness", "--trace-speed", "--plus"}
    assert {"--seed", "--retry", "--connections", "--ca-file", "--chat-host"} <= flags


def test_a_recording() -> None:
    """Recorded arrivals take the curve's place; the stub keeps its capacity, or the festival's share of the busiest second."""
    times_us = np.array([0, 1, 2, 1_500_000], dtype=np.int64)
    recording = Recording("day.csv", "0" * 64, RecordedSchedule(times_us))
    steady, values = offer(STEADY), {"trace_speed": 1.0}
    told = with_recording(steady, recording, values)
    festive = with_recording(offer(FESTIVAL), recording, {"trace_speed": 2.0, "capacity_share": 0.5})

    assert (told.name, told.note) == ("day.csv", "day.csv: 4 recorded arrivals in 2 s, replayed exactly.")
    assert (told.curve.expected_total, told.capacity_per_s) == (4.0, 50.0)
    assert festive.capacity_per_s == 1.5
    assert festive.note.endswith("replayed exactly, 2 times as fast.")


@pytest.mark.parametrize(
    ("scenario", "kept"),
    [
        pytest.param(FESTIVAL, {"--capacity-share"}, id="festival"),
        pytest.param(STEADY, {"--capacity"}, id="steady"),
        pytest.param(STAIRS, {"--capacity"}, id="stairs"),
        pytest.param(SPIKE, {"--capacity"}, id="spike"),
    ],
)
def test_what_a_recording_leaves_of_a_scenario(scenario: Scenario, kept: set[str]) -> None:
    """Beside a recording only the stub's capacity is still the scenario's to say."""
    assert {option.flag for option in scenario.own if not option.shapes} == kept
