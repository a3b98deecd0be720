"""What came out of a full target that did not refuse: of a queue, a waiting room, or beside faults."""

from pathlib import Path

import msgspec
import pytest

from reports import throttle_onset
from reports.came_out import came_out, left_the_room
from reports.first_full import first_full
from reports.onset_evidence import gather
from reports.run_record.run_directory import open_run
from reports.saturation import Capacity
from reports.timeline import Timeline
from tests.helpers.synthetic_run import SHEDS, WAITS, Wishes, batch_of, changed, write_run

SURGE = Wishes(rates=((20, 20.0), (30, 60.0), (30, 20.0)), capacity_per_s=40, door=WAITS)


def measured(path: Path, truth: Wishes, by: str, within_s: float) -> Capacity | None:
    """What came out of a synthetic run."""
    timeline = Timeline(open_run(write_run(path / "run", truth)))
    evidence = gather(timeline)
    assert not isinstance(evidence, str)
    found = first_full(throttle_onset.detect(timeline.run), evidence)
    return came_out(timeline, evidence, by, found, within_s)


@pytest.mark.parametrize(
    ("truth", "one_in", "left"),
    [
        pytest.param(SURGE, 1, False, id="a room lets in what it can"),
        pytest.param(SURGE, 8, True, id="an eighth comes back: 5/s come out, and 20/s were borne before"),
        pytest.param(changed(SURGE, door=SHEDS), 8, False, id="no room at all"),
    ],
)
def test_shoppers_who_leave_are_told_apart(tmp_path: Path, truth: Wishes, one_in: int, left: bool) -> None:
    """Where fewer orders come out of a waiting room than before it, shoppers left."""
    batch = batch_of(truth)
    batch.purchases = [
        msgspec.structs.replace(row, outcome="queued") if 20 <= row.second < 50 and row.wish % one_in else row
        for row in batch.purchases
    ]
    timeline = Timeline(open_run(write_run(tmp_path / "run", truth, batch=batch)))
    evidence = gather(timeline)
    assert not isinstance(evidence, str)
    found = first_full(throttle_onset.detect(timeline.run), evidence)
    assert found is not None

    assert left_the_room(timeline, evidence, found) is left


@pytest.mark.parametrize(
    ("truth", "by", "within_s", "per_s"),
    [
        pytest.param(SURGE, "waiting room", 8.0, 40.0, id="a waiting room lets in what it can"),
        pytest.param(changed(SURGE, rates=((20, 20.0), (12, 60.0), (30, 20.0))), "waiting room", 8.0, None, id="seven seconds are too few"),
        pytest.param(SURGE, "waiting room", 0.1, None, id="late orders are no capacity"),
        pytest.param(changed(SURGE, door=SHEDS), "faults", 8.0, 40.0, id="beside cut connections as many come out"),
        pytest.param(changed(SURGE, door=SHEDS, rates=((60, 60.0),)), "faults", 8.0, None, id="faults from the beginning show no limit"),
        pytest.param(SURGE, "refusals", 8.0, None, id="refusals are measured elsewhere"),
        pytest.param(SURGE, "", 8.0, None, id="a target that was never full"),
        pytest.param(Wishes(rates=((60, 20.0),)), "waiting room", 8.0, None, id="a room that held nobody"),
    ],
)  # fmt: skip
def test_good_orders_that_came_out(
    tmp_path: Path, truth: Wishes, by: str, within_s: float, per_s: float | None
) -> None:
    """Good orders a second while the target was full; None where the run does not show it."""
    found = measured(tmp_path, truth, by, within_s)

    assert (found and found.per_s) == (None if per_s is None else pytest.approx(per_s, abs=0.5))
    assert found is None or found.low <= found.per_s <= found.high
