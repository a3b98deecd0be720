"""Nothing appears or vanishes: each identity with its line, and with its sentence when it is broken."""

from pathlib import Path

import msgspec
import pytest

from reports.conservation import identities
from reports.run_record.run_directory import open_run
from reports.run_record.schema import NOT_COMPARED, Batch, OutcomeRow, PurchaseRow, SecondRow
from reports.timeline import Timeline
from tests.helpers.other_runs import own_journey_of, unscheduled_of
from tests.helpers.synthetic_run import Wishes, batch_of, closed_of, finished_of, histogram_row, manifest_of, write_run

TRUTH = Wishes(rates=((2, 20.0), (2, 30.0)), capacity_per_s=20)


def timeline_of(path: Path, batch: Batch, *, end: bool = True) -> Timeline:
    """Write the batch as a run whose finished.json agrees with it, and frame it."""
    return Timeline(open_run(write_run(path, TRUTH, batch=batch, end=end)))


def test_the_lines_of_a_whole_run(tmp_path: Path) -> None:
    """Each identity is a line of numbers that add up."""
    found = identities(timeline_of(tmp_path / "run", batch_of(TRUTH)))

    assert [one.line for one in found] == [
        "scheduled 100 = released 100 + dropped 0",
        "released 100 = confirmed 80 + refused_hard 10 + refused_soft 10 + in flight 0",
        "Locust's total 420 = record's 420",
        "totals of finished.json = sums of the tables",
        "purchase rows 100 = ended wishes 100",
        "write-ahead rows 100 = released 100",
        "histogram values 520 = counted ends 520",
        "scheduled 100 ~ the curve's 100",
    ]
    assert not any(one.broken for one in found)


@pytest.mark.parametrize(
    ("process", "burstiness", "allowed"),
    [
        pytest.param("even", 1.0, 1, id="even => one wish"),
        pytest.param("poisson", 1.0, 40, id="random => 4 sqrt(100)"),
        pytest.param("gamma", 4.0, 92, id="bursts => 4 sqrt(4 x 100) and three bursts"),
        pytest.param("gamma", 0.2, 40, id="regular => no less than random"),
    ],
)
def test_how_far_the_schedule_may_be_off(tmp_path: Path, process: str, burstiness: float, allowed: int) -> None:
    """A complete run may have as many wishes more or less than the curve's integral as its arrivals scatter."""
    curve = manifest_of(TRUTH).curve
    scattered = msgspec.structs.replace(curve, process=process, burstiness=burstiness)
    broken = []
    for more in (allowed, allowed + 1):
        truth = Wishes(rates=TRUTH.rates, capacity_per_s=20, manifest={"curve": scattered})
        batch = batch_of(truth)
        batch.seconds.append(SecondRow(1, more, more, 0))
        found = identities(Timeline(open_run(write_run(tmp_path / str(more), truth, batch=batch))))
        broken.append([one.broken for one in found if one.line.endswith("the curve's 100")])

    assert broken == [[""], [f"{101 + allowed} wishes were scheduled where the curve asks for 100 +- {allowed}"]]


def test_an_unfinished_run_keeps_its_identities(tmp_path: Path) -> None:
    """Without finished.json the wishes that have not ended are in flight, and nothing is broken."""
    batch = batch_of(TRUTH)
    batch.seconds.append(SecondRow(3, 5, 5, 0))
    found = identities(timeline_of(tmp_path / "run", batch, end=False))

    assert found[1].line == "released 105 = confirmed 80 + refused_hard 10 + refused_soft 10 + in flight 5"
    assert [one.broken for one in found if one.broken] == ["100 wishes were written ahead and 105 released"]


def changed(row: PurchaseRow, **fields: object) -> PurchaseRow:
    """A purchase row with other fields."""
    return msgspec.structs.replace(row, **fields)


def lose_a_scheduled_wish(batch: Batch) -> None:
    """One wish more is scheduled in second 1 than released or dropped."""
    batch.seconds.append(SecondRow(1, 1, 0, 0))


def lose_an_outcome(batch: Batch) -> None:
    """One wish more was released than ended."""
    batch.seconds.append(SecondRow(1, 1, 1, 0))


def invent_an_outcome(batch: Batch) -> None:
    """One wish more ended in second 0 than was released."""
    batch.outcomes.append(OutcomeRow(0, "order", "shed", "timed_out", 1))


def end_a_wish_twice(batch: Batch) -> None:
    """The first wish's purchase row is there twice."""
    batch.purchases.append(batch.purchases[0])


def tell_another_outcome(batch: Batch) -> None:
    """A purchase row says shed where the counter says confirmed."""
    batch.purchases[0] = changed(batch.purchases[0], outcome="shed")


def lose_a_latency(batch: Batch) -> None:
    """One histogram of chat is missing."""
    batch.histograms = [row for row in batch.histograms if (row.second, row.step, row.clock) != (2, "chat", "response")]


def invent_a_latency(batch: Batch) -> None:
    """A histogram has a value without an ended request."""
    batch.histograms.append(histogram_row(1, "pay", "done", "response", [5]))


@pytest.mark.parametrize(
    ("mutate", "sentence"),
    [
        pytest.param(lose_a_scheduled_wish, "scheduled differs from released + dropped in second 1", id="scheduled"),
        pytest.param(lose_an_outcome, "+1 wishes have neither an outcome nor are in flight", id="released"),
        pytest.param(invent_an_outcome, "more wishes ended than were released in second 0", id="ended"),
        pytest.param(end_a_wish_twice, "wish 0 ended more than once", id="twice"),
        pytest.param(tell_another_outcome, "purchase rows and counters differ for confirmed, shed", id="two truths"),
        pytest.param(
            lose_a_latency, "chat done of second 2 has 20 ends and 0 latencies (3 such cells)", id="latency lost"
        ),
        pytest.param(
            invent_a_latency, "pay done of second 1 has 20 ends and 21 latencies (1 such cells)", id="latency made"
        ),
    ],
)
def test_a_broken_identity_says_where(tmp_path: Path, mutate: object, sentence: str) -> None:
    """Each way to lose or invent an event breaks an identity whose sentence names the place."""
    batch = batch_of(TRUTH)
    mutate(batch)  # type: ignore[operator]  # a table of functions
    found = identities(timeline_of(tmp_path / "run", batch))

    assert sentence in " | ".join(one.broken for one in found)


def test_a_closed_model_has_no_integral(tmp_path: Path) -> None:
    """No curve asked for the wishes of a closed model, so there is nothing that their number is held to."""
    timeline = Timeline(open_run(write_run(tmp_path / "run", closed_of(TRUTH))))

    assert len(identities(timeline)) == 7
    assert not [one.line for one in identities(timeline) if "curve" in one.line or one.broken]


def test_a_recording_is_replayed_to_the_last_arrival(tmp_path: Path) -> None:
    """One arrival less than was recorded breaks the identity."""
    recorded = msgspec.structs.replace(manifest_of(TRUTH).curve, process="trace")
    truth = Wishes(rates=TRUTH.rates, capacity_per_s=20, manifest={"curve": recorded})
    broken = []
    for missing in (0, 1):
        batch = batch_of(truth)
        batch.seconds.append(SecondRow(1, -missing, -missing, 0))
        found = identities(Timeline(open_run(write_run(tmp_path / str(missing), truth, batch=batch))))
        broken.append(found[-1].broken)

    assert broken == ["", "99 wishes were scheduled where the curve asks for 100 +- 0"]


def test_the_lines_of_a_run_without_a_schedule(tmp_path: Path) -> None:
    """Without wishes their identities are 0 = 0; a total of Locust's that is no second witness is not compared."""
    truth, batch = unscheduled_of(TRUTH)
    path = write_run(tmp_path / "run", truth, batch=batch, end=False)
    run = open_run(path)
    run.finished = msgspec.structs.replace(finished_of(truth, batch), locust_requests=NOT_COMPARED)
    found = identities(Timeline(run))

    assert [one.line for one in found] == [
        "scheduled 0 = released 0 + dropped 0",
        "released 0 = in flight 0",
        "totals of finished.json = sums of the tables",
        "purchase rows 0 = ended wishes 0",
        "write-ahead rows 0 = released 0",
        "histogram values 420 = counted ends 420",
    ]
    assert not any(one.broken for one in found)


def test_steps_of_any_name_are_counted(tmp_path: Path) -> None:
    """Requests of steps that the manifest does not name are held to Locust's total and to their histograms too."""
    truth, batch = own_journey_of(TRUTH)
    lines = [one.line for one in identities(Timeline(open_run(write_run(tmp_path / "run", truth, batch=batch))))]

    assert "released 100 = done 80 + refused_hard 10 + refused_soft 10 + in flight 0" in lines
    assert "histogram values 520 = counted ends 520" in lines
