"""Which station was full first is told in values and in plain sentences."""

from pathlib import Path

import numpy as np
import pytest

from reports import throttle_onset
from reports.onset_evidence import gather
from reports.run_record.run_directory import open_run
from reports.saturation_report import SaturationReport, saturation_of
from reports.timeline import Timeline
from tests.helpers.capacity_runs import stairs
from tests.helpers.synthetic_run import SHEDS, WAITS, Wishes, changed, write_run
from tests.helpers.throttled_run import steps, write_counts

SURGE = Wishes(rates=((20, 20.0), (30, 60.0), (30, 20.0)), capacity_per_s=40)
"""A door of 40/s that is asked for 60/s in seconds 20 to 49."""


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


def test_a_waiting_room_is_full_where_it_tells_shoppers_to_wait(tmp_path: Path) -> None:
    """Nobody is refused, and the step is full all the same; what came out while it held people is told with its bound."""
    found = report(tmp_path, changed(SURGE, door=WAITS))

    assert (found.first_station, found.first_by, found.first_second, found.queues) == ("chat", "waiting room", 20, [])
    assert found.capacity_per_s == pytest.approx(40.0, abs=0.2)
    assert found.sentences == [
        "chat was full first: from second 20 it told shoppers to wait (waiting room), before requests piled up at any step",
        (
            f"while the waiting room held people, {found.capacity_per_s:.1f} good orders/s came out, however many were wished "
            f"[{found.capacity_low:.1f}, {found.capacity_high:.1f}]"
        ),
        "it may hold more: who was told to wait left instead of coming back",
    ]


def test_faults_under_load_are_a_full_step(tmp_path: Path) -> None:
    """A door that cuts connections is full where it does, with the reason; what came out beside it is the capacity."""
    found = report(tmp_path, changed(SURGE, door=SHEDS))

    assert (found.first_station, found.first_by, found.first_reason) == ("chat", "faults", "connection_lost")
    assert (found.capacity_per_s, found.capacity_settled, found.load_was_borne) == (
        pytest.approx(40.0, abs=0.5),
        True,
        False,
    )
    assert found.sentences[0] == (
        "chat was full first: from second 20 it left shoppers without an answer (connection lost), before requests piled up at any step"
    )
    assert found.sentences[1].startswith("while shoppers were left without an answer, ")


def test_faults_at_a_load_that_was_borne_are_no_capacity(tmp_path: Path) -> None:
    """Faults that begin while the load stays as it was are told, but not as a full step, and no capacity follows from them."""
    found = report(tmp_path, Wishes(rates=((60, 20.0),), door=SHEDS, shut=range(30, 60)))

    assert (found.first_by, found.load_was_borne, found.capacity_per_s) == ("faults", True, None)
    assert found.sentences == [
        (
            "chat failed first: from second 30 it left shoppers without an answer (connection lost), at a load that is not known to be higher "
            "than what was borne before, so the cause may be another than load"
        ),
        "how many good orders/s it holds is not known: nothing shows that the load was too high",
    ]


def test_a_room_whose_shoppers_leave_has_no_capacity(tmp_path: Path) -> None:
    """Where fewer orders come out of a waiting room than before it, shoppers did not come back: that is no limit of the target."""
    found = report(tmp_path, changed(SURGE, door=WAITS, shut=range(20, 50)))

    assert (found.first_by, found.capacity_per_s, found.shoppers_left) == ("waiting room", None, True)
    assert found.sentences[1:] == [
        (
            "how many good orders/s it holds is not known: fewer came out than before, since who was told to wait left instead of coming "
            "back"
        )
    ]


def test_a_step_that_nobody_named_is_not_known(tmp_path: Path) -> None:
    """Where the record counts wishes and no request, the sentence says that the step is not known; nothing is called calm."""
    n = np.full(60, 200)
    queued = np.where(np.arange(60) >= 30, 50, 0)
    run = write_counts(
        tmp_path / "run", steps((60.0, 200.0)), {("confirmed", ""): n - queued, ("queued", "waiting_room"): queued}
    )
    timeline = Timeline(run)
    found = saturation_of(timeline, throttle_onset.detect(run), gather(timeline))

    assert (found.first_station, found.first_by) == (None, "waiting room")
    assert found.sentences[0] == (
        "which step was full first is not known: from second 30 shoppers were told to wait, and the record names no step of it"
    )


def test_a_capacity_that_may_read_high_says_so(tmp_path: Path) -> None:
    """A run of 22 s has too few seconds without those just after the jump: they count, and the sentence says so."""
    found = report(tmp_path, Wishes(rates=((12, 20.0), (10, 60.0)), capacity_per_s=40))

    assert (found.capacity_per_s, found.capacity_settled) == (40.0, False)
    assert found.sentences[2] == (
        "that may read high: it counts the seconds just after the load rose, too, since too few are left without them"
    )


def test_nothing_full_says_so(tmp_path: Path) -> None:
    """A run below the capacity names no station and no capacity."""
    found = report(tmp_path, Wishes(rates=((20, 10.0),)))

    assert (found.ran, found.first_station, found.capacity_per_s, found.knee_per_s) == (True, None, None, None)
    (said,) = found.sentences
    assert said == (
        "no step was full: nobody was refused, told to wait or left without an answer for long enough to tell, and nowhere did requests pile "
        "up and answers become slow"
    )


def test_no_data_is_not_nothing(tmp_path: Path) -> None:
    """A run that is too short to tell says why."""
    found = report(tmp_path, Wishes(rates=((5, 10.0),)))

    assert (found.ran, found.why_not) == (False, "the record covers 5 s, and an onset needs 10")
    assert found.sentences == ["not known: the record covers 5 s, and an onset needs 10"]
