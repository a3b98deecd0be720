"""What came after an overload is told in values and in plain sentences."""

from pathlib import Path

import msgspec
import pytest

from reports import throttle_onset
from reports.onset_evidence import gather
from reports.recovery_report import RecoveryReport, recovery_of, timeout_s
from reports.run_record.outcome import Outcome, Reason
from reports.run_record.run_directory import open_run
from reports.run_record.schema import Batch, CurveFacts, CurveSegment, TargetFacts
from reports.saturation_report import saturation_of
from reports.timeline import Timeline
from tests.helpers.synthetic_run import SHEDS, WAITS, Wishes, batch_of, changed, write_run

SURGE = Wishes(rates=((20, 20.0), (20, 60.0), (60, 20.0)), capacity_per_s=40)


def report(path: Path, truth: Wishes, batch: Batch | None = None) -> RecoveryReport:
    """The report of a synthetic run."""
    timeline = Timeline(open_run(write_run(path / "run", truth, batch=batch)))
    onset = throttle_onset.detect(timeline.run)
    evidence = gather(timeline)
    return recovery_of(timeline, onset, saturation_of(timeline, onset, evidence), evidence)


def test_a_door_recovers_at_once(tmp_path: Path) -> None:
    """What is refused does not queue: the surge of seconds 20 to 39 is over in second 40."""
    found = report(tmp_path, SURGE)

    assert (found.began, found.removed, found.ended, found.recovery_s, found.drain_s) == (20, 40, 40, 0, 0)
    assert found.failed_share == pytest.approx(1 / 3, abs=0.01)
    assert found.amplification_at_three == pytest.approx(1 + 1 / 3 + 1 / 9, abs=0.01)
    assert found.sentences == [
        "over in second 40, 0 s after the load was back at the capacity (second 40); from then on nothing was missing for 30 s",
        "wishes in flight were as usual 0 s after the load was back",
        "a wish cost 1.00 attempts; 33% failed while it lasted, so shoppers who try 3 times would send up to 1.44 times the load",
    ]


def test_a_queue_takes_its_time(tmp_path: Path) -> None:
    """A service that took everything in loses orders long after the surge; the sentence counts the seconds."""
    found = report(tmp_path, changed(SURGE, rates=((20, 20.0), (20, 60.0), (90, 20.0)), collapses=True))

    assert found.removed == 40
    assert found.ended is not None
    assert found.ended > 40
    assert found.recovery_s == found.ended - 40


@pytest.mark.parametrize(
    ("door", "by", "went"),
    [
        pytest.param(WAITS, "waiting room", "of all were told to wait, or failed,", id="a waiting room"),
        pytest.param(SHEDS, "faults", "failed", id="cut connections"),
    ],
)  # fmt: skip
def test_a_surge_that_refuses_nobody_is_followed(
    tmp_path: Path, door: tuple[tuple[Outcome, Reason], ...], by: str, went: str
) -> None:
    """Shoppers who are told to wait or get no answer are an overload like refusals: it is over in second 40."""
    found = report(tmp_path, changed(SURGE, door=door))

    assert (found.began, found.by, found.removed, found.ended, found.recovery_s) == (20, by, 40, 40, 0)
    assert (found.back_at, found.back_at_per_s, found.was_over) == ("capacity", 40, True)
    assert found.sentences[0].startswith("over in second 40, 0 s after the load was back at the capacity (second 40)")
    assert f"33% {went} while it lasted" in found.sentences[-1]


def test_without_a_capacity_the_load_is_back_at_what_was_borne(tmp_path: Path) -> None:
    """Of a surge that is too short to show a capacity, and without a declared one, the calm load before it counts."""
    target = TargetFacts("service", "http://127.0.0.1:1", "acp", None)
    truth = changed(SURGE, door=WAITS, rates=((20, 20.0), (12, 60.0), (60, 20.0)), manifest={"target": target})
    found = report(tmp_path, truth)

    assert (found.removed, found.ended, found.back_at, found.back_at_per_s) == (32, 32, "borne", 20.0)
    assert found.sentences[0].startswith(
        "over in second 32, 0 s after the load was back at the 20/s that were borne before"
    )


@pytest.mark.parametrize(
    ("until", "sentence"),
    [
        pytest.param(60, "over in second 60; from then on nothing was missing for 30 s", id="they end"),
        pytest.param(
            100, "not seen: orders were missing or wishes waited in every 30 s from second 30 on", id="they do not"
        ),
    ],
)
def test_a_cause_that_is_not_the_load_is_not_made_up(tmp_path: Path, until: int, sentence: str) -> None:
    """Faults at a constant load are followed to their end, and nobody claims that a load came back which never was too high."""
    found = report(tmp_path, Wishes(rates=((100, 20.0),), door=SHEDS, shut=range(30, until)))

    assert (found.began, found.by, found.removed, found.was_over) == (30, "faults", None, False)
    assert found.sentences[:2] == [
        sentence, "the load was never above the 20/s that were borne before after it began, so when its cause was gone is not known",
    ]  # fmt: skip


def test_the_load_at_which_waiting_ends_is_told(tmp_path: Path) -> None:
    """Where the load came down gradually, the sentence on hysteresis names what ended: waiting, not refusals."""
    falls = [
        CurveSegment(0, 20, 20, 20),
        CurveSegment(20, 40, 60, 60),
        CurveSegment(40, 80, 60, 20),
        CurveSegment(80, 580, 20, 20),
    ]
    rates = ((20, 20.0), (20, 60.0), *((1, 60.0 - n) for n in range(40)), (500, 20.0))
    truth = changed(SURGE, door=WAITS, rates=rates, manifest={"curve": CurveFacts("a surge", falls)})
    found = report(tmp_path, truth)

    assert found.hysteresis == pytest.approx(1 - 40 / 60, abs=0.03)
    assert (
        f"waiting in line ended at a load {found.hysteresis:.0%} below the one at which it began (one run, may be chance)"
        in found.sentences
    )


@pytest.mark.parametrize(
    ("rates", "sentence"),
    [
        pytest.param(((20, 20.0), (30, 60.0)), "not seen: the load stayed above the capacity to the end of the run",
                     id="still overloaded"),
        pytest.param(((20, 20.0), (20, 60.0), (12, 20.0)),
                     "not seen: the run ended 12 s after the load was back at the capacity, 30 s are needed", id="too short"),
        pytest.param(((40, 20.0),), "nothing to recover from: the target was never full", id="never full"),
        pytest.param(((5, 20.0),), "not known: the record covers 5 s, and an onset needs 10", id="no data"),
    ],
)  # fmt: skip
def test_what_was_not_seen_is_said(tmp_path: Path, rates: tuple[tuple[int, float], ...], sentence: str) -> None:
    """A run that cannot show a recovery has none, with the reason."""
    found = report(tmp_path, changed(SURGE, rates=rates))

    assert (found.ended, found.recovery_s) == (None, None)
    assert found.sentences[0] == sentence


def test_a_run_that_ends_soon_after_the_drain_says_so(tmp_path: Path) -> None:
    """Wishes in flight were as usual again 20 s after the surge, and 12 s are too few to call it over."""
    truth = changed(SURGE, rates=((20, 20.0), (20, 60.0), (32, 20.0)))
    batch = batch_of(truth)
    standing = [msgspec.structs.replace(row, in_flight=300 if 20 <= row.second < 60 else 6) for row in batch.health]
    found = report(tmp_path, truth, msgspec.structs.replace(batch, health=standing))

    assert (found.ended, found.drain_s) == (None, 20)
    assert (
        found.sentences[0] == "not seen: the run ended 12 s after wishes in flight were as usual again, 30 s are needed"
    )


def test_uncounted_wishes_are_not_calm(tmp_path: Path) -> None:
    """Without a worker's word on wishes in flight there is no recovery, and the reason is told."""
    batch = msgspec.structs.replace(batch_of(SURGE), health=[])

    assert report(tmp_path, SURGE, batch).why_not == "the record does not say how many wishes were in flight before it"


def test_a_lasting_failure_is_named(tmp_path: Path) -> None:
    """Six minutes after the surge no order comes, and nobody's wish is refused: metastable, in capitals."""
    truth = changed(SURGE, rates=((20, 10.0), (20, 60.0), (360, 10.0)))
    batch = batch_of(truth)
    batch.purchases = [
        msgspec.structs.replace(row, correct=False, prompts=2) if row.second >= 40 else row for row in batch.purchases
    ]
    found = report(tmp_path, truth, batch)

    assert found.metastable is True
    assert "METASTABLE: it stays down although the cause is gone; it will not recover by itself" in found.sentences


@pytest.mark.parametrize(
    ("patience", "seconds"), [("8s", 8.0), ("1.5m", 90.0), ("800ms", 0.8), ("30", 30.0), ("?", 8.0)]
)
def test_the_client_timeout(tmp_path: Path, patience: str, seconds: float) -> None:
    """The shopper's patience is read from the manifest; what cannot be read is 8 s."""
    truth = changed(SURGE, rates=((1, 1.0),), manifest={"arguments": {"patience": patience}})

    assert timeout_s(Timeline(open_run(write_run(tmp_path / "run", truth)))) == seconds
