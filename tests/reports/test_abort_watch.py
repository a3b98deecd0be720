"""Who looks at a run while it is written: until it has proof, and no longer than the run lasts."""

import subprocess
import sys
from pathlib import Path

import pytest

from reports.abort_line import parse_abort_line
from reports.abort_watch import LOOK_EVERY_S, RESTS_PER_WORK, main, watch
from reports.run_record.run_directory import RunError
from tests.helpers.synthetic_run import Wishes, write_run

LINE = "order.confirmed: rate > 50%"
OVERRUN, CALM = Wishes(rates=((20, 100.0),), capacity_per_s=25), Wishes(rates=((20, 50.0),))


class Waits:
    """Lets a run go on for so many waits, and keeps how long each was to be."""

    def __init__(self, looks: int) -> None:
        self.left = looks
        self.asked: list[float] = []

    def __call__(self, seconds: float) -> bool:
        """Whether the run still goes on."""
        self.asked.append(seconds)
        self.left -= 1
        return self.left >= 0


def test_it_ends_with_proof(tmp_path: Path) -> None:
    """The first look that proves a line missed is the last."""
    waits = Waits(9)
    found = watch(write_run(tmp_path / "run", OVERRUN, end=False), [parse_abort_line(LINE)], waits)

    assert found is not None
    assert (found.line, len(waits.asked)) == (LINE, 1)


def test_it_ends_with_the_run(tmp_path: Path) -> None:
    """A run that keeps its line is looked at until it has ended."""
    waits = Waits(3)

    assert watch(write_run(tmp_path / "run", CALM, end=False), [parse_abort_line(LINE)], waits) is None
    assert len(waits.asked) == 4


def test_a_look_that_takes_long_rests_long(tmp_path: Path) -> None:
    """Looks take at most a twentieth of one core, however long the record is."""
    seconds = iter([0.0, 0.01, 1.0, 3.0])
    waits = Waits(2)
    watch(write_run(tmp_path / "run", CALM, end=False), [parse_abort_line(LINE)], waits, clock=lambda: next(seconds))

    assert waits.asked == [LOOK_EVERY_S, LOOK_EVERY_S, pytest.approx(2 * RESTS_PER_WORK)]


def test_a_run_that_cannot_be_read(tmp_path: Path) -> None:
    """A folder that is no run is an error, and not a run without a miss."""
    with pytest.raises(RunError):
        watch(tmp_path, [parse_abort_line(LINE)], Waits(2))


def test_a_mistake_is_exit_code_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A line that cannot end a run is told in one sentence."""
    assert main([str(tmp_path), "--on", "pay.step_ms: avg < 2s"]) == 2
    assert capsys.readouterr().err.startswith("--abort-on 'pay.step_ms: avg < 2s': only the whole run")


def test_it_ends_when_its_owner_is_gone(tmp_path: Path) -> None:
    """The real process says that it is ready, and leaves with code 0 when its standard input closes, before a run is named or after."""
    command = [sys.executable, "-m", "reports.abort_watch", "-", "--on", LINE]
    for said in ("", f"{tmp_path}\n"):
        done = subprocess.run(command, input=said, capture_output=True, text=True, timeout=60, check=False)

        assert (done.returncode, done.stdout, done.stderr) == (0, "ready\n", "")
