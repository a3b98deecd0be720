"""However a run ends, its record is readable, nothing is left running, and nothing unfinished passes."""

import signal
import threading
import time
from pathlib import Path

import pytest

from tests.helpers.festival_run import Festival, springtide, start_festival
from tests.helpers.source_tree import ROOT

pytestmark = pytest.mark.load

LONG = ("--duration", "60s", "--scale", "0.04")
SLO = ROOT / "reports" / "slos" / "festival.yaml"
DEADLINE_S = 60.0


def wait_for_progress(running: Festival) -> None:
    """Return when the first orders are confirmed; TimeoutError when none is."""
    running.wait_for(r"confirmed [1-9]")


def wait_until_gone(running: Festival) -> None:
    """Return when no stub of the run lives any more; TimeoutError when one stays."""
    pause = threading.Event()
    until_s = time.monotonic() + DEADLINE_S
    while running.stub_pids():
        if time.monotonic() > until_s:
            raise TimeoutError(f"An orphan is left: {running.stub_pids()}")
        pause.wait(0.1)


def test_ctrl_c(tmp_path: Path) -> None:
    """Ctrl-C in the middle leaves a readable run and no orphan, and the gate exits 3 and says that it did not finish."""
    with start_festival(tmp_path, *LONG) as running:
        wait_for_progress(running)
        running.interrupt()
        ended = running.ended()
        finished = running.run().finished

    assert ended.exit_code == 3
    assert "did not finish" in ended.words
    assert "Traceback" not in ended.output
    assert running.stub_pids() == []
    assert finished is not None
    assert (finished.ended_by, finished.complete, finished.problems) == ("interrupted", False, [])
    assert finished.released == sum(finished.outcomes.values()) + finished.in_flight
    assert springtide("gate", running.runs / "latest", "--slo", SLO).exit_code == 3


def test_sigterm(tmp_path: Path) -> None:
    """SIGTERM ends a run in the same order as Ctrl-C."""
    with start_festival(tmp_path, *LONG) as running:
        wait_for_progress(running)
        running.process.send_signal(signal.SIGTERM)
        ended = running.ended()
        finished = running.run().finished

    assert ended.exit_code == 3
    assert finished is not None
    assert finished.ended_by == "terminated"
    assert running.stub_pids() == []


def test_killed_generator(tmp_path: Path) -> None:
    """A generator killed with -9 leaves a run that is readable, unfinished and never passes; its stub goes by itself."""
    with start_festival(tmp_path, *LONG) as running:
        wait_for_progress(running)
        running.process.kill()
        running.process.wait()
    wait_until_gone(running)
    run = running.run()
    gate = springtide("gate", running.runs / "latest", "--slo", SLO)

    assert run.finished is None
    assert run.table("purchases").num_rows > 0
    assert len(run.intents()) >= run.table("purchases").num_rows
    assert gate.exit_code == 3
    assert "did not finish" in gate.words
    audit = springtide("audit", running.runs / "latest", "--ledger", running.runs / "latest/stub/ledger.sqlite")
    assert audit.exit_code == 0, audit.output


def test_full_disk(tmp_path: Path) -> None:
    """When the record cannot be written any more, the run ends at once, says so, and never passes."""
    with start_festival(tmp_path, "--duration", "30s", "--scale", "0.16", file_kib=256) as running:
        ended = running.ended()
    run = running.run()

    assert ended.exit_code == 3
    assert "cannot be written" in ended.words
    assert "Traceback" not in ended.output
    assert "The run did not finish" in ended.words
    assert run.finished is None
    assert running.stub_pids() == []


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        pytest.param(("--scale=-1",), "--scale '-1' is not usable.", id="a negative scale"),
        pytest.param(
            ("--host", "http://127.0.0.1:9"), "http://127.0.0.1:9 does not answer", id="a target that is not there"
        ),
        pytest.param(("--host", "http://192.0.2.1"), "outside this machine", id="a stranger's target"),
        pytest.param(("--slo", "none.yaml"), "'none.yaml' is not a file.", id="an SLO file that is missing"),
    ],
)
def test_bad_options(tmp_path: Path, flags: tuple[str, ...], sentence: str) -> None:
    """Bad options give one sentence and exit code 2 before anything is started or written."""
    with start_festival(tmp_path, *flags) as running:
        ended = running.ended()

    assert ended.exit_code == 2
    assert sentence in ended.words
    assert "Traceback" not in ended.output
    assert not running.runs.exists()


def test_an_onset_ends_the_run(tmp_path: Path) -> None:
    """With --stop-after-onset the run ends in order soon after shoppers are turned away, and the gate judges it as far as it goes."""
    early = ("--duration", "40s", "--scale", "0.08", "--stop-after-onset", "2s")
    with start_festival(tmp_path, *early) as running:
        ended = running.ended()
        finished = running.run().finished

    assert "Throttling since second" in ended.output
    assert finished is not None
    assert (finished.ended_by, finished.complete, finished.problems) == ("stopped after an onset", False, [])
    assert finished.elapsed_s < 30
    assert finished.released == sum(finished.outcomes.values()) + finished.in_flight
    assert "and the run was ended 2 s later" in finished.notes[0]
    assert "did not finish" not in ended.words
    assert "it is judged as far as it goes" in ended.words
