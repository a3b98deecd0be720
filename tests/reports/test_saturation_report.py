"""Which station was full first is told in values and in plain sentences."""

from pathlib import Path

import pytest

from reports import throttle_onset
from reports.onset_evidence import gather
from reports.run_record.run_directory import open_run
from reports.saturation_report import SaturationReport, saturation_of
from reports.timeline import Timeline
from tests.helpers.capacity_runs import stairs
from tests.helpers.synthetic_run import Wishes, write_run


def report(path: Path, truth: Wishes) -> SaturationReport:
    """The report of a synthetic run."""
    timeline = Timeline(open_run(write_run(path / "run", truth)))
    return saturation_of(timeline, throttle_onset.detect(timeline.run), gather(timeline))


def test_a_door_is_full_where_it_refuses(tmp_path: Path) -> None:
    """Refusals before any queue name the step that refused; the capacity stands in the same words for everybody."""
    found = report(tmp_path, stairs(40.0))

    assert (found.ran, found.first_station, found.first_by, found.queues) == (True, "chat", "refusals", [])
    assert found.capacity_per_s == 40.0
    assert found.sentences == [
        "chat was full first: it refused before any step's answers became slow",
        "while it refused, 40.0 good orders/s came out, however many were wished [40.0, 40.0]",
    ]


def test_without_a_door_the_queue_tells(tmp_path: Path) -> None:
    """A service that takes everything in is full where its requests pile up, from the second of the overload on."""
    found = report(tmp_path, Wishes(rates=((30, 20.0), (30, 60.0)), capacity_per_s=40, collapses=True))

    assert (found.first_station, found.first_by) == ("chat", "queue")
    assert found.queues[0].second == pytest.approx(30, abs=2)
    assert found.queues[0].latency_most_ms > 10 * found.queues[0].latency_before_ms
    assert found.sentences[0].startswith("chat was full first: from second 3")
    assert not [said for said in found.sentences if said.startswith("while it refused")]


def test_nothing_full_says_so(tmp_path: Path) -> None:
    """A run below the capacity names no station and no capacity."""
    found = report(tmp_path, Wishes(rates=((20, 10.0),)))

    assert (found.ran, found.first_station, found.capacity_per_s, found.knee_per_s) == (True, None, None, None)
    assert found.sentences == [
        "no step was full: nobody was refused, told to wait or left without an answer for long enough to tell, and nowhere did requests pile "
        "up and answers become slow"
    ]


def test_no_data_is_not_nothing(tmp_path: Path) -> None:
    """A run that is too short to tell says why."""
    found = report(tmp_path, Wishes(rates=((5, 10.0),)))

    assert (found.ran, found.why_not) == (False, "the record covers 5 s, and an onset needs 10")
    assert found.sentences == ["not known: the record covers 5 s, and an onset needs 10"]
