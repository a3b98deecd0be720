"""The recording half of an environment whose users Locust drives."""

from pathlib import Path

from reports.run_record.run_directory import open_run
from tests.helpers.watched_run import watched


def test_one_run_after_another(tmp_path: Path) -> None:
    """Each run has its own requests and its own worker's batches, all of which came."""
    with watched(tmp_path / "runs") as here:
        for name in ("/first", "/second"):
            here.master.open_run()
            here.request(name)
            here.master.finish("stopped")
            here.worker.finish()
            run = open_run(tmp_path / "runs/latest")
            assert run.finished is not None

            assert [row["step"] for row in run.table("outcomes").to_pylist()] == [name]
            assert [(worker.worker, worker.final_received) for worker in run.finished.workers] == [("local", True)]


def test_the_listener_is_not_foreign(tmp_path: Path) -> None:
    """Springtide's own listener is no reason to tell anybody of requests."""
    from locustfiles.recording.request_event import foreign_listeners  # noqa: PLC0415 - of this test alone

    with watched(tmp_path / "runs") as here:
        assert foreign_listeners(here.environment) == []
