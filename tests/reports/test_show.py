"""What a run holds is told without judging it."""

from pathlib import Path

import msgspec

from reports.run_record.run_directory import open_run
from reports.run_record.schema import Batch, OutcomeRow
from reports.show import Amplification, show
from tests.helpers.other_runs import own_journey_of
from tests.helpers.synthetic_run import Wishes, batch_of, histogram_row, write_run

TRUTH = Wishes(rates=((2, 20.0), (2, 30.0)), capacity_per_s=20)


def test_outcomes_and_latencies_by_step(tmp_path: Path) -> None:
    """Every step has its outcomes, and its latency by response and by service clock."""
    shown = show(open_run(write_run(tmp_path / "run", TRUTH)))

    assert [(row.step, row.outcome, row.reason, row.n) for row in shown.outcomes[:3]] == [
        ("order", "confirmed", "", 80),
        ("order", "refused_hard", "rate_limited", 10),
        ("order", "refused_soft", "busy_canned", 10),
    ]
    assert [(row.step, row.clock, row.n) for row in shown.latencies[:3]] == [
        ("order", "intent", 100),
        ("chat", "response", 100),
        ("chat", "service", 100),
    ]
    chat = shown.latencies[1]
    assert 3 < chat.p50_ms < chat.p95_ms <= chat.p99_ms < 335
    assert shown.ended == "completed after 5.0 s"
    assert (shown.health.workers, shown.health.worker_seconds, shown.health.lateness_p99_ms) == (1, 4, 0.5)


def test_amplification(tmp_path: Path) -> None:
    """Attempts are the prompts of all wishes that ended, and nobody who asked once amplifies."""
    batch = batch_of(TRUTH)
    assert show(open_run(write_run(tmp_path / "once", TRUTH, batch=batch))).amplification == Amplification(
        100, 100, 1.0
    )

    batch.purchases[:8] = [msgspec.structs.replace(row, prompts=5) for row in batch.purchases[:8]]
    assert show(open_run(write_run(tmp_path / "often", TRUTH, batch=batch))).amplification == Amplification(
        100, 132, 1.32
    )

    batch.purchases.clear()
    assert show(open_run(write_run(tmp_path / "none", TRUTH, batch=batch))).amplification == Amplification(0, 0, None)


def test_the_slowest_second_is_named(tmp_path: Path) -> None:
    """The second with the highest p99 from wish to end stands out."""
    batch = batch_of(TRUTH)
    batch.histograms.append(histogram_row(2, "order", "confirmed", "intent", [5_000_000]))
    slowest = show(open_run(write_run(tmp_path / "run", TRUTH, batch=batch))).slowest_second

    assert slowest is not None
    assert (slowest.second, round(slowest.p99_ms)) == (2, 5014)


def test_an_unfinished_run_is_shown_too(tmp_path: Path) -> None:
    """A killed run shows what was written, and which file is damaged."""
    path = write_run(tmp_path / "run", TRUTH, end=False)
    (path / "health.arrows").unlink()
    shown = show(open_run(path))

    assert shown.ended == "not finished"
    assert shown.damage == ["health.arrows is missing or holds no readable table"]
    assert (shown.health.worker_seconds, shown.health.stalls) == (0, 0)


def test_the_clocks_of_a_stream_are_shown(tmp_path: Path) -> None:
    """Where a step streamed, the times to its first event and first content and per token stand beside its whole time."""
    batch = Batch("synthetic", "worker-1", 0)
    batch.outcomes = [OutcomeRow(0, "chat", "done", "", 1)]
    clocks = ("response", "service", "first_event", "first_content", "tpot")
    batch.histograms = [histogram_row(0, "chat", "done", clock, [1000]) for clock in clocks]
    run = open_run(write_run(tmp_path / "run", Wishes(rates=((1, 1.0),)), batch=batch))

    assert [row.clock for row in show(run).latencies if row.step == "chat"] == list(clocks)


def test_notes_are_passed_on(tmp_path: Path) -> None:
    """What the generator leaves for whoever reads the run is shown, and an unfinished run has left nothing yet."""
    path = write_run(tmp_path / "run", TRUTH)
    finished = msgspec.json.decode((path / "finished.json").read_bytes())
    (path / "finished.json").write_bytes(msgspec.json.encode({**finished, "notes": ["Worker w came late."]}))

    assert show(open_run(path)).notes == ["Worker w came late."]
    (path / "finished.json").unlink()
    assert show(open_run(path)).notes == []


def test_a_run_without_wishes_has_no_slowest_second(tmp_path: Path) -> None:
    """Where nothing ended there is nothing to name."""
    batch = batch_of(Wishes(rates=((1, 0.0),)))

    assert show(open_run(write_run(tmp_path / "run", TRUTH, batch=batch))).slowest_second is None


def test_who_never_asked_does_not_amplify(tmp_path: Path) -> None:
    """A journey without a chat has no attempts to count, and its steps are shown by their names."""
    truth, batch = own_journey_of(TRUTH)
    shown = show(open_run(write_run(tmp_path / "run", truth, batch=batch)))

    assert shown.amplification == Amplification(0, 0, None)
    assert [row.step for row in shown.latencies if row.clock == "response"] == [
        "apply_card", "claim_card", "create", "find", "pay",
    ]  # fmt: skip
