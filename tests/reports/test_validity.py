"""A run that measured its generator, or that lost a part of its record, is not judged: one mutation for each rule."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from reports.__main__ import main
from reports.exit_codes import ExitCode
from reports.run_record.run_directory import open_run
from reports.run_record.schema import STOPPED_AFTER_ONSET, Batch, SecondRow, WorkerFacts, to_json
from reports.timeline import Timeline
from reports.validity import CLOSED_MODEL, RULES, UNSCHEDULED_MODEL, breaches, warnings
from tests.helpers.other_runs import own_journey_of, unscheduled_of
from tests.helpers.synthetic_run import (
    Wishes,
    batch_of,
    changed,
    closed_of,
    finished_of,
    health_row,
    histogram_row,
    write_run,
)

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


def stall_once_and_long(path: Path) -> None:
    """The event loop stood still once, for nine seconds."""
    make(path, lambda batch: batch.health.__setitem__(3, health_row(3, 1, 9_200_000)))


def close_too_early(path: Path) -> None:
    """Nine wishes of second 19 were still in flight when the record was closed."""
    batch = batch_of(TRUTH)
    batch.seconds.append(SecondRow(19, 9, 9, 0))
    write_run(path, TRUTH, batch=batch)
    rewrite_end(path, batch, in_flight=9)


def forget_a_worker(path: Path) -> None:
    """Two workers began and one is on record."""
    write_run(path, changed(TRUTH, manifest={"workers": 2}))


def set_the_clock(path: Path) -> None:
    """Somebody set the wall clock an hour ahead."""
    batch = batch_of(TRUTH)
    write_run(path, TRUTH, batch=batch)
    rewrite_end(path, batch, ended_unix_ns=finished_of(TRUTH, batch).ended_unix_ns + 3600 * 10**9)


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


MUTATIONS = [
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
        pytest.param(stall_once_and_long, "stalled", "stalled in 9 of 20 worker-seconds, at worst for 9200 ms", id="a long stall"),
        pytest.param(close_too_early, "censored", "closed while 9 of 409 wishes were still in flight (1 % is allowed)", id="in flight"),
        pytest.param(forget_a_worker, "worker_lost", "began with 2 workers and the record ends with 1", id="a forgotten worker"),
        pytest.param(set_the_clock, "clock_stepped", "by it the run took 3620.0 s, by the monotonic clock 21.0 s", id="clock step"),
        pytest.param(lose_a_batch, "worker_lost", "Worker worker-1 sent 3 batches and 1 are missing", id="a batch"),
        pytest.param(lose_a_worker, "worker_lost", "Worker worker-1 never said that it had ended", id="a worker"),
        pytest.param(report_a_problem, "told_problems", "the disk was full from second 11 on", id="a problem"),
        pytest.param(turn_the_clock_back, "clock_went_back", "purchases.intent_us holds -5", id="clock"),
        pytest.param(forget_a_step, "step_missing", "Step claim_card never ran although wishes were confirmed", id="step"),
]  # fmt: skip


@pytest.mark.parametrize(("mutate", "rule", "sentence"), MUTATIONS)
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
    assert {row.values[1] for row in MUTATIONS} == {rule.__name__ for rule in RULES}


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


LINES = ("--require", "order.confirmed: rate > 90%", "--require", "pay.step_ms: p(90) < 1500ms")
"""What a good run of TRUTH passes."""


def gate(path: Path, *lines: str) -> int:
    """The exit code of ``springtide gate``."""
    return main(["gate", str(path), *(lines or LINES)])


def test_the_good_run_passes_the_gate(tmp_path: Path) -> None:
    """The run that the mutations begin with."""
    assert gate(write_run(tmp_path / "run", TRUTH)) == ExitCode.PASS


@pytest.mark.parametrize(("mutate", "rule", "sentence"), MUTATIONS)
def test_no_mutation_passes_the_gate(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], mutate: Callable[[Path], None], rule: str, sentence: str
) -> None:
    """The command says INVALID with the rule's sentence, gives 3, and calls no objective a pass."""
    mutate(tmp_path / "run")

    assert gate(tmp_path / "run") == ExitCode.INCONCLUSIVE
    shown = " ".join(capsys.readouterr().out.split())
    assert shown.startswith("INCONCLUSIVE (the run is INVALID)")
    assert sentence in shown, rule
    assert "PASS" not in shown.partition("Throttle onset")[0].replace("says PASS", "")


def no_files(path: Path) -> None:
    """Nothing but the manifest was written."""
    for file in write_run(path, TRUTH).iterdir():
        if file.name != "manifest.json":
            file.unlink()


def no_bytes(path: Path) -> None:
    """Every file but the manifest is empty."""
    for file in write_run(path, TRUTH).iterdir():
        if file.name != "manifest.json":
            file.write_bytes(b"")


def never_pay(path: Path) -> None:
    """Every wish was done after the chat; no pay request is in the record."""
    batch = batch_of(TRUTH)
    batch.outcomes = [row for row in batch.outcomes if row.step in ("chat", "order")]
    batch.histograms = [row for row in batch.histograms if row.step in ("chat", "order", "arrival")]
    write_run(path, changed(TRUTH, manifest={"steps": ["chat", "pay"]}), batch=batch)
    rewrite_end(path, batch)


def too_few(path: Path) -> None:
    """Twenty wishes in all."""
    write_run(path, changed(TRUTH, rates=((20, 1.0),)))


def from_the_future(path: Path) -> None:
    """A later springtide wrote the manifest."""
    manifest = write_run(path, TRUTH) / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"schema_version": 1', '"schema_version": 2'))


def cut_the_manifest(path: Path) -> None:
    """The manifest ends in its middle."""
    manifest = write_run(path, TRUTH) / "manifest.json"
    manifest.write_bytes(manifest.read_bytes()[:200])


def cut_the_end(path: Path) -> None:
    """The last file ends in its middle."""
    finished = write_run(path, TRUTH) / "finished.json"
    finished.write_bytes(finished.read_bytes()[:100])


@pytest.mark.parametrize(
    ("mutate", "code", "sentence"),
    [
        pytest.param(no_files, 3, "The run did not finish", id="only a manifest"),
        pytest.param(no_bytes, 2, "is not readable as a finished of a run", id="empty files"),
        pytest.param(
            never_pay, 3, "step pay never ran: the record holds no request of it", id="a run without the step"
        ),
        pytest.param(too_few, 3, "too few samples: 0 of 20 are bad", id="too few samples"),
        pytest.param(from_the_future, 2, "was written in version 2 of the run record", id="a future schema"),
        pytest.param(cut_the_manifest, 2, "is not readable as a manifest of a run", id="a cut manifest"),
        pytest.param(cut_the_end, 2, "is not readable as a finished of a run", id="a cut end"),
    ],
)
def test_what_cannot_be_judged_never_passes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], mutate: Callable[[Path], None], code: int, sentence: str
) -> None:
    """An empty run, one without the step, a cut file, one from the future: 2 or 3, with a sentence that says why."""
    mutate(tmp_path / "run")

    assert gate(tmp_path / "run") == code
    told = capsys.readouterr()
    assert sentence in " ".join((told.out + told.err).split())


def at_peak(*, late: int = 0, dropped: int = 0) -> tuple[Wishes, Batch]:
    """150 s at 20/s, then 10 s at 100/s in which ``late`` wishes a second are late and ``dropped`` ones dropped."""
    truth = changed(TRUTH, rates=((150, 20.0), (10, 100.0)))
    batch = batch_of(truth)
    for place, row in enumerate(batch.histograms):
        if row.step == "arrival" and row.second >= 150:
            values = [60_000] * late + [500] * (row.n - late)
            batch.histograms[place] = histogram_row(row.second, "arrival", "done", "lateness", values)
    batch.seconds += [SecondRow(second, dropped, 0, dropped) for second in range(150, 160) if dropped]
    return truth, batch


@pytest.mark.parametrize(
    ("change", "rule", "sentence"),
    [
        pytest.param(
            {"late": 3}, "late", "late in seconds 150 to 159: 1 % of wishes started 60", id="late at the peak only"
        ),
        pytest.param(
            {"dropped": 2}, "dropped", "20 of 1020 wishes of seconds 150 to 159 (2.0%", id="dropped at the peak only"
        ),
    ],
)
def test_a_stage_is_held_to_its_own_wishes(tmp_path: Path, change: dict[str, int], rule: str, sentence: str) -> None:
    """A peak that the generator could not offer does not hide in the hours around it."""
    truth, batch = at_peak(**change)
    found = breaches(Timeline(open_run(write_run(tmp_path / "run", truth, batch=batch))), None)

    assert sentence in " ".join(one.sentence for one in found if one.rule == rule)


def test_a_quiet_peak_breaks_nothing(tmp_path: Path) -> None:
    """One late wish of a hundred in the peak is allowed."""
    truth, batch = at_peak(late=1)

    assert breaches(Timeline(open_run(write_run(tmp_path / "run", truth, batch=batch))), None) == []


def test_what_the_guard_held_back_is_told_apart(tmp_path: Path) -> None:
    """A run whose wishes the ceiling dropped is as invalid as any, and is told to offer less instead of adding shoppers."""
    batch = batch_of(TRUTH)
    batch.seconds.append(SecondRow(7, 20, 0, 20))
    write_run(tmp_path, TRUTH, batch=batch)
    rewrite_end(tmp_path, batch, held_back=20)
    (told,) = [breach for breach in breaches(Timeline(open_run(tmp_path)), None) if breach.rule == "dropped"]

    assert told.sentence.endswith("the guard's ceiling held back 20 of them, so offer less or have it raised.")


def test_a_run_that_an_onset_ended_is_judged_as_far_as_it_goes(tmp_path: Path) -> None:
    """It was asked to end before its curve did, so it is valid, and whoever reads the verdict is told how far it goes."""
    batch = batch_of(TRUTH)
    path = write_run(tmp_path / "run", TRUTH, batch=batch)
    rewrite_end(path, batch, ended_by=STOPPED_AFTER_ONSET, complete=False)
    timeline = Timeline(open_run(path))

    assert breaches(timeline, 1500.0) == []
    (told,) = warnings(timeline)
    assert told.startswith(
        "The run was stopped after an onset in second 21 of 20: it is judged as far as it goes, and says nothing"
    )
