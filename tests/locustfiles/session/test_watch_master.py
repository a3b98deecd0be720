"""The owner of a run whose users Locust drives: a record from start to end, told problems, a verdict, no word on what it did not see."""

from pathlib import Path
from types import SimpleNamespace

import gevent
import pytest

from locustfiles.session.master_role import ABORTED
from locustfiles.session.watch_master import INCONCLUSIVE
from reports.run_record.run_directory import open_run
from reports.run_record.schema import NOT_COMPARED, UNSCHEDULED, Aborted
from tests.helpers.watched_run import watched


def test_a_run(tmp_path: Path) -> None:
    """From the test's start to its end every request is on record; the gate judges it and its code is the process's."""
    with watched(tmp_path / "runs") as here:
        here.request("/before")
        here.master.open_run()
        for _ in range(3):
            here.request()
        here.master.end("stopped")
        here.request("/after")
        here.master.end("stopped")
        here.master.print_verdict()
        here.master.print_verdict()
    run = open_run(tmp_path / "runs/latest")
    finished, manifest = run.finished, run.manifest
    assert finished is not None

    assert [(row["step"], row["n"]) for row in run.table("outcomes").to_pylist()] == [("/basket", 3)]
    assert (manifest.scenario, manifest.curve.process, manifest.steps, manifest.duration_s) == (
        "locustfile", UNSCHEDULED, [], 0.0,
    )  # fmt: skip
    assert manifest.target.url == "http://shop.test"
    assert (finished.ended_by, finished.complete, finished.problems) == ("completed", True, [])
    assert (finished.scheduled, finished.locust_requests) == (0, NOT_COMPARED)
    assert here.environment.process_exit_code == INCONCLUSIVE  # three requests prove nothing
    assert here.output.getvalue().count("INCONCLUSIVE  locustfile") == 1


@pytest.mark.parametrize(
    ("flags", "ended_by", "complete"),
    [
        pytest.param((), "terminated", False, id="killed"),
        pytest.param(("-t", "60s"), "stopped", False, id="stopped before its time"),
        pytest.param((), "stopped", True, id="stopped, without a time"),
    ],
)
def test_how_a_run_ends(tmp_path: Path, flags: tuple[str, ...], ended_by: str, complete: bool) -> None:
    """A run that was to last longer, or was killed, is not complete."""
    with watched(tmp_path / "runs", *flags) as here:
        vars(here.environment.parsed_options)["run_time"] = 60 if flags else None
        here.master.open_run()
        here.master.finish(ended_by)
    finished = open_run(tmp_path / "runs/latest").finished
    assert finished is not None

    assert (finished.complete, finished.ended_by) == (complete, "completed" if complete else ended_by)


def test_an_interrupt_ends_a_run_without_a_time(tmp_path: Path) -> None:
    """Ctrl-C is how such a run ends; its users are stopped before the gate is asked."""
    with watched(tmp_path / "runs") as here:
        here.master.open_run()
        here.master.interrupt()
        here.master.quitting()
    finished = open_run(tmp_path / "runs/latest").finished
    assert finished is not None

    assert (finished.complete, finished.ended_by) == (True, "completed")


def test_a_run_that_was_aborted(tmp_path: Path) -> None:
    """What ended it is on record, and it is not complete although it had no time to fill."""
    with watched(tmp_path / "runs", "--abort-on", "any.done: rate > 50%") as here:
        here.master.make_ready()
        here.master.open_run()
        here.master._aborted, here.master._ended_by = Aborted("any.done: rate > 50%", 9, "all are bad"), ABORTED
        here.master.finish("stopped")
    run = open_run(tmp_path / "runs/latest")
    assert run.finished is not None

    assert (run.finished.ended_by, run.finished.complete, run.finished.notes) == (ABORTED, False, [])
    assert run.finished.aborted == Aborted("any.done: rate > 50%", 9, "all are bad")
    assert run.manifest.arguments["abort_on"] == "any.done: rate > 50%"


def test_a_warm_up_of_ones_own_users(tmp_path: Path) -> None:
    """It is declared in the record of a plain locustfile as well, and one that leaves nothing is refused."""
    with watched(tmp_path / "runs", "--warm-up", "2s") as here:
        here.master.open_run()
        here.master.finish("stopped")
    with watched(tmp_path / "others", "--warm-up", "2s", "--run-time", "2s") as here:
        (mistake,) = here.master.mistakes()
    manifest = open_run(tmp_path / "runs/latest").manifest

    assert (manifest.warm_up_s, manifest.arguments["warm_up"]) == (2.0, "2s")
    assert mistake.startswith("--warm-up 2s leaves nothing to judge of a run of 2 s")


def test_a_worker_that_came_too_late_is_named(tmp_path: Path) -> None:
    """Its requests are missing from the record, which the record says."""
    with watched(tmp_path / "runs") as here:
        here.master.open_run()
        here.environment.runner.clients = {  # type: ignore[union-attr]  # a master's list of its workers
            "late": SimpleNamespace(state="running"), "dead": SimpleNamespace(state="missing"),
        }  # fmt: skip
        here.master.finish("stopped")
        del here.environment.runner.clients  # type: ignore[union-attr]  # the local runner has none
    finished = open_run(tmp_path / "runs/latest").finished
    assert finished is not None

    assert finished.problems == ["Worker late joined after the start, and its requests are not on record."]
    assert not finished.complete


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        pytest.param(("--slo", "nowhere.yaml"), "is not a file", id="no such file"),
        pytest.param(("--runs", "/proc/nowhere"), "No run directory can be made", id="no place"),
    ],
)
def test_what_cannot_be_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], flags: tuple[str, ...], sentence: str
) -> None:
    """A mistake is one sentence, ends the test and is exit code 2."""
    with watched(tmp_path / "runs", *flags) as here:
        with pytest.raises(gevent.GreenletExit):
            here.master.open_run()

        assert here.environment.process_exit_code == 2
    assert sentence in capsys.readouterr().err


def test_an_slo_file_for_wishes_is_no_mistake(tmp_path: Path) -> None:
    """Steps are not known before the run, so objectives on any step can be judged."""
    with watched(tmp_path / "runs", "--slo", "reports/slos/festival.yaml") as here:
        assert here.master.mistakes() == []
