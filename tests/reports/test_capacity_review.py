"""The review answers from what the runs hold, shows every input, and says what it lacks."""

import msgspec
import pytest

from reports.capacity_review import CapacityReview, Question, review
from reports.replicas import Plan
from reports.run_capacity import RunCapacity
from tests.helpers.capacity_runs import found

ONES, TWOS = [60.0, 60.5, 59.5, 60.2, 59.8], [118.0, 119.0, 117.5, 118.5, 117.0]
RUNS = [found(1, per_s) for per_s in ONES] + [found(2, per_s) for per_s in TWOS]
SMALL = Question(orders=300_000, hours=9, peak_to_mean=(3, 6), plan=Plan())


def asked(runs: list[RunCapacity], **changes: object) -> CapacityReview:
    """The review of a small question, with some of it changed."""
    values = {name: getattr(SMALL, name) for name in Question.__slots__}
    return review(runs, Question(**{**values, **changes}))


def test_enough_runs_answer_every_peak() -> None:
    """Peaks within twice the measured replicas have a number, an interval and a spare, and the answer passes."""
    answer = asked(RUNS)

    assert answer.verdict == "PASS"
    assert [peak.replicas for peak in answer.peaks] == [2, 3]
    assert all(peak.low and peak.high and peak.low <= (peak.replicas or 0) <= peak.high for peak in answer.peaks)
    assert [peak.total for peak in answer.peaks] == [3, 4]
    assert answer.question == "300,000 orders in 9 h, 9.3 orders/s on average"
    assert answer.missing == []


def test_the_binding_step_is_named() -> None:
    """All runs agree; where they do not, or none tells, that is said instead of a name."""
    disagreeing = [*RUNS[:-1], found(2, 118.0, station="pay", station_by="queue")]
    silent = [msgspec.structs.replace(one, station=None, station_by="") for one in RUNS]

    assert asked(RUNS).binding == "chat"
    assert (
        asked(RUNS).binding_sentence
        == "chat is full first (it refused first in 10 of 10 runs): more of anything else helps nothing"
    )
    assert asked(disagreeing).binding is None
    assert asked(disagreeing).binding_sentence == "the runs do not agree on which step is full first: chat, pay"
    assert asked(silent).binding_sentence == "no run with a capacity shows which step is full first"


@pytest.mark.parametrize(
    ("shown", "words"),
    [
        pytest.param(["queue"], "its queue grew", id="a queue"),
        pytest.param(["waiting room"], "it told shoppers to wait", id="a waiting room"),
        pytest.param(["faults", "refusals"], "it refused or it left shoppers without an answer", id="runs that differ"),
    ],
)
def test_how_a_step_showed_that_it_was_full(shown: list[str], words: str) -> None:
    """Every way in which a step can be full has its words, and runs that differ are told with both."""
    runs = [msgspec.structs.replace(one, station_by=shown[place % len(shown)]) for place, one in enumerate(RUNS)]

    assert f"chat is full first ({words} first in 10 of 10 runs)" in asked(runs).binding_sentence


def test_every_input_is_shown_with_its_source() -> None:
    """Whoever reads the answer sees what was given, what was assumed and what was measured."""
    shown = {one.name: (one.value, one.source) for one in asked(RUNS).inputs}

    assert shown["orders"] == ("300,000", "given")
    assert shown["how full a replica is planned"] == ("70%", "assumed")
    assert shown["attempts a wish costs"] == ("1 (1 to 1)", "what the shoppers of these runs did")
    assert shown["one replica holds at least"][0] == "59.64 orders/s"
    assert shown["numbers of replicas measured"] == ("2", "6 or more would make the law surer")
    assert "what it holds among the others" not in shown


def test_what_replicas_hold_is_measured_or_predicted() -> None:
    """One and two were measured, four are predicted with an interval, and five are not mentioned."""
    held = asked(RUNS).held

    assert [(one.replicas, one.measured, one.runs) for one in held] == [(1, True, 5), (2, True, 5), (4, False, 0)]
    assert held[2].low is not None
    assert held[2].high is not None
    assert held[2].low < held[2].per_s <= held[2].high < 4 * 61


def test_beyond_the_runs_there_is_no_number() -> None:
    """Ten million orders need more replicas than ten runs can speak of: at least so many, and the answer is inconclusive."""
    answer = asked(RUNS, orders=1e7)

    assert answer.verdict == "INCONCLUSIVE"
    assert [peak.replicas for peak in answer.peaks] == [None, None]
    assert all(peak.at_least and "more than twice the 2 that were measured" in peak.sentence for peak in answer.peaks)
    assert len(answer.missing) == 1
    assert answer.missing[0].startswith(
        "Beyond 4 replicas nothing was measured, nor twice as few; 'at least' is what it takes"
    )


def test_an_assumed_efficiency_is_said_to_be_assumed() -> None:
    """With --efficiency there is a number for every peak, and the input says that nobody measured it."""
    answer = asked(RUNS, orders=1e7, plan=Plan(efficiency=0.92))

    assert answer.verdict == "PASS"
    assert ("what it holds among the others", "92%", "assumed, not measured") in [
        (one.name, one.value, one.source) for one in answer.inputs
    ]


@pytest.mark.parametrize(
    ("runs", "sentence"),
    [
        pytest.param([], "No run shows a capacity, so there is no number at all", id="no run"),
        pytest.param([found(1, None)], "No run shows a capacity, so there is no number at all", id="none that tells"),
        pytest.param(RUNS[:4], "INCONCLUSIVE: 4 of the 5 runs with 1 replica that an interval needs.", id="four ramps"),
        pytest.param(RUNS[:5], "Only 1 replica was measured. What another one adds is not known: run with 2 replicas too", id="one number"),
        pytest.param([*RUNS, found(1, None)], "1 of 11 runs are left out; the list of runs says why.", id="one left out"),
        pytest.param([found(1, one, replicas_known=False) for one in ONES], "5 of 5 runs do not say how many replicas were loaded", id="not told"),
    ],
)  # fmt: skip
def test_what_is_missing_is_said(runs: list[RunCapacity], sentence: str) -> None:
    """The answer lacks something and says what, and nothing passes."""
    answer = asked(runs, orders=1e7)

    assert answer.verdict == "INCONCLUSIVE"
    assert any(one.startswith(sentence) for one in answer.missing), answer.missing


def test_prompts_multiply_the_work() -> None:
    """Orders of ten prompts need ten times the work of orders of one, in rows of their own."""
    peaks = asked(RUNS, prompts_per_order=(10.0,), plan=Plan(efficiency=0.92)).peaks

    assert [peak.prompts_per_order for peak in peaks] == [None, None, 10.0, 10.0]
    assert peaks[2].work_per_s == pytest.approx(10 * peaks[0].work_per_s)
    unknown = [msgspec.structs.replace(one, prompts_per_order=None) for one in RUNS]
    assert any(
        "--prompts-per-order changes nothing" in one for one in asked(unknown, prompts_per_order=(10.0,)).missing
    )


def test_attempts_come_from_the_runs_unless_they_are_given() -> None:
    """Retries that the runs show are planned for; the reader's own number stands above them."""
    runs = [msgspec.structs.replace(one, attempts=1.5) for one in RUNS]

    assert asked(runs).peaks[0].work_per_s == pytest.approx(1.5 * asked(RUNS).peaks[0].work_per_s)
    given = asked(runs, attempts_given=True)
    assert given.peaks[0].work_per_s == asked(RUNS).peaks[0].work_per_s


def test_hysteresis_needs_two_runs() -> None:
    """Runs that all refused until the load was a fifth lower say so; one run says nothing."""
    runs = [msgspec.structs.replace(one, hysteresis=0.2 + place / 1000) for place, one in enumerate(RUNS)]

    assert asked(runs).hysteresis == pytest.approx(0.2045)
    assert asked([runs[0], *RUNS[1:]]).hysteresis is None
