"""A steady load as a user runs it, in short: everybody is served, every wish is accounted for."""

from pathlib import Path

import pytest

from tests.helpers.festival_run import festival, springtide

pytestmark = pytest.mark.load


def test_conservation(tmp_path: Path) -> None:
    """Twenty wishes a second for three seconds: scheduled = released + dropped, and every wish has its outcome."""
    flags = ("--rate", "20", "--duration", "3s", "--capacity", "60", "--arrivals", "even")
    ended, running = festival(tmp_path, *flags, scenario="steady")
    run = running.run()
    finished = run.finished
    assert finished is not None, ended.output

    assert (run.manifest.scenario, run.manifest.target.capacity_orders_per_s) == ("steady", 60.0)
    assert (finished.ended_by, finished.problems) == ("completed", [])
    assert finished.scheduled == 20 * 3
    assert finished.scheduled == finished.released + finished.dropped
    assert finished.released == sum(finished.outcomes.values()) + finished.in_flight
    assert "steady: 20 wishes/s for 3 s." in ended.words
    assert "BROKEN" not in springtide("show", running.runs / "latest").output
