"""Who looks at a run from the generator's side: never in its way, and never its end when it fails itself."""

import threading
from pathlib import Path

import pytest

from locustfiles.session.abort_watch import AbortWatch, announced, told
from reports.run_record.schema import Aborted

LINE = "order.confirmed: rate > 50%"


def test_without_a_line_nobody_looks() -> None:
    """Nothing is started, found or noted."""
    watch = AbortWatch(())
    watch.await_ready(1.0)
    watch.begin(Path())

    assert (watch.look(), watch.notes) == (None, [])
    watch.end()


def test_it_is_ended_with_the_run(tmp_path: Path) -> None:
    """A watch that found nothing is ended without a note, also twice."""
    watch = AbortWatch((LINE,))
    watch.await_ready(60.0)
    watch.begin(tmp_path)
    assert (watch.look(), watch.is_there) == (None, True)
    watch.end()
    watch.end()

    assert (watch.look(), watch.notes, watch.is_there) == (None, [], False)


def test_its_own_failure_is_a_note() -> None:
    """A watch that ends by itself without proof ends no run: a note says with which words it ended."""
    watch = AbortWatch(("pay.step_ms: avg < 2s",))
    pause = threading.Event()
    while watch.look() is None and not watch.notes:
        pause.wait(0.05)

    assert len(watch.notes) == 1
    assert watch.notes[0].startswith("--abort-on could not be watched to the end (exit code 2, --abort-on 'pay.step_ms")
    assert watch.notes[0].endswith("so nothing ended the run early.")


def test_where_it_cannot_be_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A watch that cannot be started is a note too."""
    monkeypatch.setattr("sys.executable", str(tmp_path / "no-python"))
    watch = AbortWatch((LINE,))

    assert watch.look() is None
    assert watch.notes[0].startswith("--abort-on could not be watched to the end (No such file")


def test_what_is_said() -> None:
    """Before the run what may end it, and then what has."""
    assert announced((LINE,)) == f"The run ends as soon as it has proven this missed: {LINE}\n"
    assert told(Aborted(LINE, 12, "9 of 9 are bad")) == (
        f"\nAborted early: {LINE} is proven missed on the seconds before 12: 9 of 9 are bad.\n"
    )
