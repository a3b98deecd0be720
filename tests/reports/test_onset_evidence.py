"""What counts as which signal, second by second."""

import dataclasses
from pathlib import Path

import msgspec
import numpy as np
import pytest

from reports.onset_evidence import Evidence, gather
from reports.run_record.run_directory import open_run
from reports.run_record.schema import Batch, CurveSegment, OutcomeRow, SecondRow
from reports.timeline import Timeline
from tests.helpers.counted_evidence import evidence_of
from tests.helpers.synthetic_run import Wishes, batch_of, changed, closed_of, write_run

TWELVE = Wishes(rates=((12, 5.0),))


def evidence(path: Path, batch: Batch | None = None, *, truth: Wishes = TWELVE, end: bool = True) -> Evidence | str:
    """The evidence of a synthetic run; ``batch`` replaces what happened."""
    return gather(Timeline(open_run(write_run(path / "run", truth, batch=batch, end=end))))


@pytest.mark.parametrize(
    ("outcome", "reason", "signals"),
    [
        pytest.param("refused_hard", "rate_limited", {"refused", "refused_hard"}, id="a hard refusal"),
        pytest.param("refused_soft", "busy_canned", {"refused", "refused_soft"}, id="a soft refusal"),
        pytest.param(
            "refused_soft", "coupon_missing", {"refused", "refused_soft", "coupon_missing"}, id="a card refused softly"
        ),
        pytest.param("queued", "waiting_room", {"queued"}, id="told to wait"),
        pytest.param("degraded", "no_progress", {"no_progress"}, id="an answer that leads nowhere"),
        pytest.param("degraded", "wrong_answer", set(), id="a wrong answer is no throttling"),
        pytest.param("shed", "timed_out", {"shed"}, id="a deadline"),
        pytest.param("unknown", "timed_out", {"shed"}, id="a deadline after the payment left"),
        pytest.param("declined", "out_of_stock", set(), id="a business no"),
        pytest.param("confirmed", "", set(), id="an order"),
    ],
)
def test_every_outcome_has_its_signals(tmp_path: Path, outcome: str, reason: str, signals: set[str]) -> None:
    """A wish counts for each signal that its outcome and reason show, in its intended second."""
    batch = batch_of(TWELVE)
    batch.seconds.append(SecondRow(7, 3, 3, 0))
    batch.outcomes += [OutcomeRow(7, "order", outcome, reason, 1), OutcomeRow(7, "order", outcome, reason, 2)]
    found = evidence(tmp_path, batch)

    assert isinstance(found, Evidence)
    assert {name for name, counts in found.signals.items() if counts.any()} == signals
    assert all(found.signals[name].tolist() == [0] * 7 + [3] + [0] * 4 for name in signals)
    assert found.ended.tolist() == [5] * 7 + [8] + [5] * 4


def test_a_card_that_is_silently_not_given_is_seen_in_the_purchase(tmp_path: Path) -> None:
    """A confirmed order without the card that was due counts as coupon_missing, and not as goodput."""
    batch = batch_of(TWELVE)
    batch.purchases[10] = msgspec.structs.replace(batch.purchases[10], coupon_ok=False)
    found = evidence(tmp_path, batch)

    assert isinstance(found, Evidence)
    assert found.signals["coupon_missing"].tolist() == [0, 0, 1] + [0] * 9
    assert found.goodput is not None
    assert found.goodput.tolist() == [5, 5, 4] + [5] * 9


def test_steps_are_not_wishes(tmp_path: Path) -> None:
    """A refused request of a wish that was confirmed after a retry is no refused wish."""
    batch = batch_of(TWELVE)
    batch.outcomes.append(OutcomeRow(7, "chat", "refused_hard", "rate_limited", 4))
    found = evidence(tmp_path, batch)

    assert isinstance(found, Evidence)
    assert not found.signals["refused"].any()


@pytest.mark.parametrize(
    ("truth", "says"),
    [
        pytest.param(Wishes(rates=((9, 5.0),)), "the record covers 9 s, and an onset needs 10", id="a short run"),
        pytest.param(Wishes(rates=((60, 0.0),)), "the record holds no outcome of a wish", id="a run without wishes"),
    ],
)
def test_too_little_is_said(tmp_path: Path, truth: Wishes, says: str) -> None:
    """A run that cannot be analysed gives a reason."""
    assert evidence(tmp_path, truth=truth) == says


def test_a_missing_table_is_said(tmp_path: Path) -> None:
    """Without its outcomes a run is not taken for one in which nothing was refused."""
    run = write_run(tmp_path / "run", TWELVE)
    (run / "outcomes.arrows").unlink()

    assert gather(Timeline(open_run(run))) == "outcomes.arrows is missing or holds no readable table"


@pytest.mark.parametrize(
    ("missing", "seconds"),
    [
        pytest.param({}, 20, id="all wishes have ended"),
        pytest.param({17: 1, 19: 3}, 17, id="the last seconds still wait for answers"),
        pytest.param({3: 1}, 20, id="a wish that never ends does not hold up the rest"),
        pytest.param({3: 1, 12: 1}, 12, id="ten seconds are waited for"),
    ],
)
def test_an_unfinished_run_counts_as_far_as_it_is_closed(tmp_path: Path, missing: dict[int, int], seconds: int) -> None:
    """Refusals end sooner than orders, so the seconds whose orders are missing are left out of an unfinished run."""
    truth = Wishes(rates=((20, 5.0),))
    batch = batch_of(truth)
    batch.outcomes += [OutcomeRow(second, "order", "confirmed", "", -n) for second, n in missing.items()]
    open_end = evidence(tmp_path, batch, truth=truth, end=False)
    finished = evidence(tmp_path / "finished", batch, truth=truth)

    assert isinstance(open_end, Evidence)
    assert isinstance(finished, Evidence)
    assert (open_end.seconds, finished.seconds) == (seconds, 20)


def test_the_load_of_a_closed_model(tmp_path: Path) -> None:
    """What a closed model offers is what was begun, whose own scatter cannot be told and is taken for random."""
    found = evidence(tmp_path, truth=closed_of(changed(TWELVE, rates=((30, 5.0),))))

    assert isinstance(found, Evidence)
    assert found.offered.tolist() == [5.0] * 30
    assert found.scatter == 1.0
    assert found.jumps == []


@pytest.mark.parametrize(
    ("onset", "is_counted", "expected"),
    [
        pytest.param(70, False, 141.0, id="the rate in the middle of the onset's second"),
        pytest.param(0, False, 1.0, id="at the very beginning"),
        pytest.param(70, True, 130.0, id="of counted arrivals only what came before: after it refusals shape them"),
    ],
)
def test_the_load_at_an_onset_on_a_ramp(onset: int, is_counted: bool, expected: float) -> None:
    """Two wishes a second more in every second: the load of second 70 is 141 a second, and not the mean of the ten before it."""
    offered = np.arange(1.0, 400.0, 2.0)
    ramp = dataclasses.replace(
        evidence_of(np.zeros(200, dtype=np.int64), offered),
        segments=[CurveSegment(0.0, 200.0, 0.0, 400.0)], is_counted=is_counted,
    )  # fmt: skip

    assert ramp.offered_at(onset) == pytest.approx(expected)
