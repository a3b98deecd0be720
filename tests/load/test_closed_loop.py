"""A closed loop as a user runs it, over two workers: every wish is accounted for, and the verdict says what the model hides."""

from pathlib import Path

import pytest

from tests.helpers.festival_run import festival, processes, springtide

pytestmark = pytest.mark.load


def test_two_workers(tmp_path: Path) -> None:
    """Eight shoppers on two workers think and buy; what was begun is what was released, ended and written ahead, each wish once."""
    flags = ("-u", "8", "--think", "200ms", "--duration", "2s", "--capacity", "100", "--seed", "5")
    ended, running = festival(tmp_path, *flags, *processes(2), scenario="closed_loop")
    run = running.run()
    finished = run.finished
    assert finished is not None, ended.output
    rows = run.table("seconds").to_pylist()
    wishes = [row.wish for row in run.intents()]

    assert (finished.ended_by, finished.problems, finished.dropped, finished.in_flight) == ("completed", [], 0, 0)
    assert len(set(wishes)) == len(wishes) == finished.released == sum(finished.outcomes.values()) > 8
    assert {wish % 2 for wish in wishes} == {0, 1}
    assert sum(row["scheduled"] for row in rows) == finished.scheduled == finished.released
    assert max(row["second"] for row in rows) <= 1
    assert (run.manifest.curve.process, run.manifest.curve.segments) == ("closed", [])
    assert run.manifest.arguments["shoppers"] == 8
    assert "coordinated omission" in ended.words
    assert "Traceback" not in ended.output
    shown = springtide("show", running.runs / "latest").output
    assert f"scheduled {finished.scheduled} = released {finished.released} + dropped 0" in shown
    assert "BROKEN" not in shown
