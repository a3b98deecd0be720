"""A run that measured its generator, or that lost a part of its record, is not judged: one mutation for each rule."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from reports.run_record.run_directory import open_run
from reports.run_record.schema import Batch, SecondRow, WorkerFacts, to_json
from reports.timeline import Timeline
from reports.validity import CLOSED_MODEL, RULES, UNSCHEDULED_MODEL, breaches, warnings
from tests.helpers.other_runs import own_journey_of, unscheduled_of
from tests.helpers.synthetic_run import Wishes, batch_of, changed, closed_of, finished_of, health_row, write_run

TRUTH = Wishes(rates=((20, 20.0),))


def rewrite_end(path: Path, batch: Batch, **fields: object) -> None:
    """Replace fields of finished.json."""
    (path / "finished.json").write_bytes(to_json(msgspec.structs.replace(finished_of(TRUTH, batch), **fields)))


def make(path: Path, change: Callable[[Batch], object]) -> None:
    """Write a run whose batch was changed first."""
    batch = batch_of(TRUTH)
    change(batch)
    write_run(path, TRUTH, batch=batch)


def never_finish(path: Path) -> None:
    """The generator was killed."""
    write_run(path, TRUTH, end=False)


def stop_early(path: Path) -> None:
    """Somebody pressed Ctrl-C in second 9."""
    batch = batch_of(TRUTH)
    write_run(path, TRUTH, batch=batch)
    rewrite_end(path, batch, ended_by="interrupted", complete=False, elapsed_s=9.2)


def cut_a_table(path: Path) -> None:
    """The last bytes of the purchases never reached the disk."""
    file = write_run(path, TRUTH) / "purchases.arrows"
    file.write_bytes(file.read_bytes()[:-4000])


def lose_a_table(path: Path) -> None:
    """A table is gone."""
    (write_run(path, TRUTH) / "health.arrows").unlink()


def garble_an_intent(path: Path) -> None:
    """One write-ahead line is half a line."""
    file = write_run(path, TRUTH) / "intents.jsonl"
    file.write_bytes(file.read_bytes()[:-9])


def release_nothing(path: Path) -> None:
    """No wish was ever sent."""
    write_run(path, TRUTH, batch=Batch("synthetic", "worker-1", 0))


def be_late(path: Path) -> None:
    """Every wish started 40 ms after its time."""
    write_run(path, changed(TRUTH, lateness_us=40_000))


def hide_lateness(path: Path) -> None:
    """Nobody recorded how late the generator was."""
    make(
        path,
        lambda batch: batch.histograms.__setitem__(slice(None), [r for r in batch.histograms if r.step != "arrival"]),
    )


def stall(path: Path) -> None:
    """The event loop stood still in two of twenty seconds."""
    make(
        path,
        lambda batch: batch.health.__setitem__(slice(3, 5), [health_row(3, 1, 250_000), health_row(4, 2, 140_000)]),
    )


def drop_wishes(path: Path) -> None:
    """There was no idle shopper for 5 of 405 wishes."""
    make(path, lambda batch: batch.seconds.append(SecondRow(7, 5, 0, 5)))


def break_an_identity(path: Path) -> None:
    """A wish was scheduled that nobody released or dropped."""
    make(path, lambda batch: batch.seconds.append(SecondRow(7, 1, 0, 0)))


def lose_a_batch(path: Path) -> None:
    """A worker's third batch never arrived."""
    batch = batch_of(TRUTH)
    write_run(path, TRUTH, batch=batch)
    rewrite_end(path, batch, workers=[WorkerFacts("worker-1", 2, 2, True)])


def lose_a_worker(path: Path) -> None:
    """A worker died before its last batch."""
    batch = batch_of(TRUTH)
    write_run(path, TRUTH, batch=batch)
    rewrite_end(path, batch, workers=[WorkerFacts("worker-1", 1, 0, False)])


def report_a_problem(path: Path) -> None:
    """The generator knows itself that something is missing."""
    batch = batch_of(TRUTH)
    write_run(path, TRUTH, batch=batch)
    rewrite_end(path, batch, problems=["the disk was full from second 11 on"])


def turn_the_clock_back(path: Path) -> None:
    """One wish ended before it began."""
    make(path, lambda batch: batch.purchases.__setitem__(0, msgspec.structs.replace(batch.purchases[0], intent_us=-5)))


def forget_a_step(path: Path) -> None:
    """No request of claim_card is in the record of confirmed wishes."""

    def forget(batch: Batch) -> None:
        batch.outcomes = [row for row in batch.outcomes if row.step != "claim_card"]
        batch.histograms = [row for row in batch.histograms if row.step != "claim_card"]

    make(path, forget)


@pytest.mark.parametrize(
    ("mutate", "rule", "sentence"),
    [
        pytest.param(never_finish, "not_finished", "its record ends in second 19 of 20 and finished.json is missing", id="killed"),
        pytest.param(stop_early, "not_finished", "it was interrupted in second 9 of 20", id="stopped"),
        pytest.param(cut_a_table, "truncated", "purchases.arrows is cut", id="a cut table"),
        pytest.param(lose_a_table, "truncated", "health.arrows is missing", id="a lost table"),
        pytest.param(garble_an_intent, "truncated", "intents.jsonl is cut or garbled at line 400", id="a cut line"),
        pytest.param(release_nothing, "nothing_released", "No wish was released", id="nothing"),
        pytest.param(be_late, "late", "started 40.0 ms or more after their time, 15 ms is allowed", id="late"),
        pytest.param(hide_lateness, "late", "does not say how late the generator was", id="lateness unknown"),
        pytest.param(stall, "stalled", "stalled in 2 of 20 worker-seconds, at worst for 250 ms in second 3", id="stalled"),
        pytest.param(drop_wishes, "dropped", "dropped 5 of 405 wishes (1.2%, 1 % is allowed), the first in second 7", id="dropped"),
        pytest.param(break_an_identity, "not_conserved", "scheduled differs from released + dropped in second 7", id="identity"),
        pytest.param(lose_a_batch, "worker_lost", "Worker worker-1 sent 3 batches and 1 are missing", id="a batch"),
        pytest.param(lose_a_worker, "worker_lost", "Worker worker-1 never said that it had ended", id="a worker"),
        pytest.param(report_a_problem, "told_problems", "the disk was full from second 11 on", id="a problem"),
        pytest.param(turn_the_clock_back, "clock_went_back", "purchases.intent_us holds -5", id="clock"),
        pytest.param(forget_a_step, "step_missing", "Step claim_card never ran although wishes were confirmed", id="step"),
    ],
)  # fmt: skip
def test_each_mutation_of_a_good_run_breaks_its_rule(
    tmp_path: Path, mutate: Callable[[Path], None], rule: str, sentence: str
) -> None:
    """One change of a valid run is found by the rule that is there for it, in a sentence with the place."""
    mutate(tmp_path / "run")
    found = [breach for breach in breaches(Timeline(open_run(tmp_path / "run")), 1500.0) if breach.rule == rule]

    assert sentence in " | ".join(breach.sentence for breach in found)


def test_a_good_run_breaks_no_rule(tmp_path: Path) -> None:
    """A complete, punctual and consistent run is valid."""
    assert breaches(Timeline(open_run(write_run(tmp_path / "run", TRUTH))), 1500.0) == []


def test_the_table_of_mutations_has_one_for_each_rule() -> None:
    """No rule is without a mutation that breaks it."""
    marks = test_each_mutation_of_a_good_run_breaks_its_rule.pytestmark  # type: ignore[attr-defined]  # set by pytest
    (table,) = (mark for mark in marks if mark.name == "parametrize")

    assert {row.values[1] for row in table.args[1]} == {rule.__name__ for rule in RULES}


def test_one_stalled_second_is_allowed_to_a_short_run(tmp_path: Path) -> None:
    """A single stall in twenty seconds is above 0.1 % and still no breach, since lateness would show its harm."""
    batch = batch_of(TRUTH)
    batch.health[4] = health_row(4, 1, 120_000)

    assert breaches(Timeline(open_run(write_run(tmp_path / "run", TRUTH, batch=batch))), None) == []


def test_a_busy_generator_is_a_warning(tmp_path: Path) -> None:
    """More than 90 % of a core warns and does not invalidate."""
    batch = batch_of(TRUTH)
    batch.health = [msgspec.structs.replace(row, cpu_share=0.97) for row in batch.health]
    timeline = Timeline(open_run(write_run(tmp_path / "run", TRUTH, batch=batch)))

    assert warnings(timeline) == ["The generator used 97% of a core in its busiest seconds: add workers."]
    assert breaches(timeline, None) == []


def test_a_run_that_only_warms_up_is_a_warning(tmp_path: Path) -> None:
    """A warm-up as long as the run leaves nothing to judge, and the report says so."""
    truth = changed(TRUTH, manifest={"warm_up_s": 20.0})

    assert "warm-up is as long as the run" in warnings(Timeline(open_run(write_run(tmp_path / "run", truth))))[0]


def test_a_closed_model_is_a_warning(tmp_path: Path) -> None:
    """Whoever reads the verdict of a closed model is told what it hides."""
    timeline = Timeline(open_run(write_run(tmp_path / "run", closed_of(TRUTH))))

    assert breaches(timeline, None) == []
    assert warnings(timeline) == [CLOSED_MODEL]
    assert "coordinated omission" in CLOSED_MODEL


def test_a_run_without_a_schedule_is_a_warning(tmp_path: Path) -> None:
    """Nothing in it can be late or written ahead; whoever reads its verdict is told what it hides."""
    truth, batch = unscheduled_of(TRUTH)
    timeline = Timeline(open_run(write_run(tmp_path / "run", truth, batch=batch)))

    assert breaches(timeline, 1500.0) == []
    assert warnings(timeline) == [UNSCHEDULED_MODEL]
    assert "coordinated omission" in UNSCHEDULED_MODEL


def test_a_run_without_a_schedule_and_without_a_request(tmp_path: Path) -> None:
    """No request is no data, and never a pass."""
    truth, batch = unscheduled_of(TRUTH)
    batch.outcomes, batch.histograms = [], []
    (breach,) = breaches(Timeline(open_run(write_run(tmp_path / "run", truth, batch=batch))), None)

    assert (breach.rule, breach.sentence) == (
        "nothing_released", "No request was recorded, so nothing is known about the target.",
    )  # fmt: skip


def test_a_journey_of_ones_own_may_leave_a_step_out(tmp_path: Path) -> None:
    """Only a purchase must have all its steps: another journey has branches."""
    truth, batch = own_journey_of(TRUTH, ("find", "create", "claim_card", "apply_card", "pay", "complaint"))

    assert breaches(Timeline(open_run(write_run(tmp_path / "run", truth, batch=batch))), None) == []


def test_what_the_guard_held_back_is_told_apart(tmp_path: Path) -> None:
    """A run whose wishes the ceiling dropped is as invalid as any, and is told to offer less instead of adding shoppers."""
    batch = batch_of(TRUTH)
    batch.seconds.append(SecondRow(7, 20, 0, 20))
    write_run(tmp_path, TRUTH, batch=batch)
    rewrite_end(tmp_path, batch, held_back=20)
    (told,) = [breach for breach in breaches(Timeline(open_run(tmp_path)), None) if breach.rule == "dropped"]

    assert told.sentence.endswith("the guard's ceiling held back 20 of them, so offer less or have it raised.")
