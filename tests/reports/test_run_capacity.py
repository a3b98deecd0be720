"""What one run says of the capacity: orders that are good, seconds that are settled, and no number without both."""

from pathlib import Path

import msgspec
import pytest

from reports.run_capacity import run_capacity
from reports.run_record.outcome import Outcome, Reason
from reports.run_record.run_directory import open_run
from tests.helpers.capacity_runs import stairs
from tests.helpers.synthetic_run import SHEDS, WAITS, Wishes, batch_of, changed, write_run


def test_a_run_tells_its_capacity(tmp_path: Path) -> None:
    """A door of 40/s with two replicas: 20 each, chat full first, one attempt and one prompt an order."""
    found = run_capacity(open_run(write_run(tmp_path / "run", stairs(40.0, replicas=2))), within_s=8.0, replicas=None)

    assert (found.capacity_per_s, found.low, found.high) == (40.0, 40.0, 40.0)
    assert (found.replicas, found.replicas_known, found.per_replica) == (2, True, 20.0)
    assert (found.station, found.station_by, found.attempts, found.prompts_per_order) == ("chat", "refusals", 1.0, 1.0)
    assert found.why_not == ""


def test_the_record_says_how_many_replicas_or_the_reader(tmp_path: Path) -> None:
    """The record is believed first; of a target that nobody counted there is one."""
    silent, telling = (open_run(write_run(tmp_path / str(n), stairs(40.0, replicas=n))) for n in (None, 2))

    assert [(one.replicas, one.replicas_known) for one in (
        run_capacity(silent, within_s=8.0, replicas=None),
        run_capacity(silent, within_s=8.0, replicas=3),
        run_capacity(telling, within_s=8.0, replicas=3),
    )] == [(1, False), (3, True), (2, True)]  # fmt: skip


def test_late_orders_are_no_capacity(tmp_path: Path) -> None:
    """Orders that come after the limit do not count: nothing is left at a limit of 0.1 s."""
    run = open_run(write_run(tmp_path / "run", stairs(40.0)))

    assert run_capacity(run, within_s=0.1, replicas=None).capacity_per_s is None


def test_a_queue_is_measured_by_what_comes_out(tmp_path: Path) -> None:
    """A target that takes in 1.5 times what it can do answers everybody in time for a while; its capacity is 40/s all the same."""
    truth = Wishes(rates=((20, 20.0), (14, 60.0), (20, 20.0)), capacity_per_s=40, collapses=True)
    batch = batch_of(truth)
    standing = [msgspec.structs.replace(row, in_flight=300 if 20 <= row.second < 48 else 6) for row in batch.health]
    run = open_run(write_run(tmp_path / "run", truth, batch=msgspec.structs.replace(batch, health=standing)))
    found = run_capacity(run, within_s=60.0, replicas=None)

    assert (found.station, found.station_by) == ("chat", "queue")
    assert found.capacity_per_s is not None
    assert 38 < found.capacity_per_s < 42


def test_a_run_below_capacity_has_none(tmp_path: Path) -> None:
    """Who never offered too much has not seen the limit."""
    found = run_capacity(open_run(write_run(tmp_path / "run", Wishes(rates=((40, 20.0),)))), within_s=8.0, replicas=1)

    assert (found.capacity_per_s, found.per_replica) == (None, None)
    assert found.why_not == "it never offered more than the target could do, long enough to see it"


@pytest.mark.parametrize(
    ("door", "by"),
    [pytest.param(WAITS, "waiting room", id="a waiting room"), pytest.param(SHEDS, "faults", id="faults")],
)
def test_a_target_that_does_not_refuse_has_a_capacity(
    tmp_path: Path, door: tuple[tuple[Outcome, Reason], ...], by: str
) -> None:
    """Shoppers who are told to wait or get no answer show the limit as refusals do; late orders do not count for it either."""
    run = open_run(write_run(tmp_path / "run", changed(stairs(40.0), door=door)))
    found = run_capacity(run, within_s=8.0, replicas=None)

    assert (found.station, found.station_by, found.why_not) == ("chat", by, "")
    assert found.capacity_per_s == pytest.approx(40.0, abs=0.5)
    assert run_capacity(run, within_s=0.1, replicas=None).capacity_per_s is None


@pytest.mark.parametrize(
    ("truth", "by", "why_not"),
    [
        pytest.param(
            changed(stairs(40.0), door=WAITS, shut=range(20, 50)), "waiting room",
            "those whom its waiting room told to wait left instead of coming back, so what came out of it is no capacity",
            id="a waiting room that everybody left",
        ),
        pytest.param(
            Wishes(rates=((60, 20.0),), door=SHEDS, shut=range(30, 60)), "faults",
            "it left shoppers without an answer at a load that is not known to be too high, so that shows no limit",
            id="faults at a load that was borne",
        ),
    ],
)  # fmt: skip
def test_what_shows_no_limit_says_why(tmp_path: Path, truth: Wishes, by: str, why_not: str) -> None:
    """The reason is not that too little was offered."""
    found = run_capacity(open_run(write_run(tmp_path / "run", truth)), within_s=8.0, replicas=None)

    assert (found.station_by, found.capacity_per_s, found.why_not) == (by, None, why_not)


def test_an_invalid_run_has_none(tmp_path: Path) -> None:
    """A generator that stalled has measured itself."""
    truth = stairs(40.0)
    batch = batch_of(truth)
    stalled = [msgspec.structs.replace(row, stalls=3, stall_max_us=900_000) for row in batch.health]
    run = open_run(write_run(tmp_path / "run", truth, batch=msgspec.structs.replace(batch, health=stalled)))

    assert run_capacity(run, within_s=8.0, replicas=None).why_not.startswith("the run is invalid: ")


def test_a_run_without_purchases_has_none(tmp_path: Path) -> None:
    """A journey that buys nothing has no orders to count."""
    truth = changed(stairs(40.0))
    run = open_run(write_run(tmp_path / "run", truth, batch=msgspec.structs.replace(batch_of(truth), purchases=[])))

    assert run_capacity(run, within_s=8.0, replicas=None).why_not == "its record holds no purchase"
