"""The episode that shows first that a target was full, and the step that said so."""

from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest

from reports import throttle_onset
from reports.first_full import FirstFull, first_full, station_of
from reports.onset_evidence import REFUSED, Evidence
from reports.onset_load import Jump
from reports.run_record.run_directory import open_run
from reports.timeline import Timeline
from tests.helpers.counted_evidence import evidence_of
from tests.helpers.sample_report import EPISODE, ONSET
from tests.helpers.synthetic_run import WAITS, Wishes, batch_of, write_run

FLAT = np.full(100, 50.0)
JUMPS_AT_40 = np.repeat([50.0, 150.0], [40, 60])


def evidence(offered: np.ndarray, jumps: list[Jump]) -> Evidence:
    """Evidence of a load; nobody was refused."""
    return replace(evidence_of(np.zeros(len(offered), dtype=np.int64), offered), jumps=jumps)


def found(episodes: list[tuple[str, int]], offered: np.ndarray, jumps: list[Jump]) -> FirstFull | None:
    """The first of episodes of (signal, second)."""
    signs = [msgspec.structs.replace(EPISODE, signal=signal, second=second) for signal, second in episodes]
    return first_full(msgspec.structs.replace(ONSET, episodes=signs), evidence(offered, jumps))


@pytest.mark.parametrize(
    ("episodes", "by", "second"),
    [
        pytest.param([("refused", 40)], "refusals", 40, id="refusals"),
        pytest.param([("queued", 41), ("refused", 60)], "waiting room", 41, id="a waiting room before refusals"),
        pytest.param([("refused", 40), ("queued", 40)], "refusals", 40, id="of one second the report's order counts"),
        pytest.param([("shed", 44)], "faults", 44, id="faults soon after the jump"),
        pytest.param([("shed", 44), ("refused", 50)], "faults", 44, id="faults before refusals"),
        pytest.param([("shed", 20), ("refused", 44)], "refusals", 44, id="faults before the jump do not hide refusals after it"),
        pytest.param([("shed", 20), ("shed", 44)], "faults", 44, id="nor faults after it"),
        pytest.param([("refused_hard", 40), ("no_progress", 40)], None, None, id="other signals are none of a full step"),
        pytest.param([], None, None, id="a calm run"),
    ],
)  # fmt: skip
def test_whatever_began_first_under_load_counts(
    episodes: list[tuple[str, int]], by: str | None, second: int | None
) -> None:
    """The load triples in second 40; refusals and waiting rooms speak of load whenever they come, faults only after it."""
    one = found(episodes, JUMPS_AT_40, [Jump(0.0, rises=True), Jump(40.0, rises=True)])

    assert (one and one.by, one and one.episode.second) == (by, second)
    assert one is None or not one.was_borne


@pytest.mark.parametrize(
    ("second", "offered", "was_borne"),
    [
        pytest.param(30, FLAT, True, id="a load that stays as it was"),
        pytest.param(0, FLAT, True, id="from the first second on nothing is known to be borne"),
        pytest.param(60, np.linspace(50, 150, 100), False, id="a ramp"),
        pytest.param(60, np.linspace(150, 50, 100), True, id="a falling load"),
    ],
)
def test_faults_alone_say_whether_load_explains_them(second: int, offered: np.ndarray, was_borne: bool) -> None:
    """Where nothing else shows a full target, faults do, and say whether the load was higher than before."""
    one = found([("shed", second)], offered, [Jump(0.0, rises=True)])

    assert one is not None
    assert (one.by, one.was_borne) == ("faults", was_borne)


def test_the_step_that_said_so_most_within_the_episode(tmp_path: Path) -> None:
    """A step that said so more often outside of the episode is not it; the reason is the step's most frequent one."""
    truth = Wishes(rates=((20, 20.0), (30, 60.0)), capacity_per_s=40, door=WAITS)
    batch = batch_of(truth)
    before = next(row for row in batch.outcomes if row.step == "pay")
    batch.outcomes = [*batch.outcomes, msgspec.structs.replace(before, second=3, outcome="queued", n=5_000)]
    timeline = Timeline(open_run(write_run(tmp_path / "run", truth, batch=batch)))
    episode = msgspec.structs.replace(EPISODE, signal="queued", second=20, end=50)

    station = station_of(timeline, episode)
    assert station is not None
    assert (station.step, station.reason) == ("chat", "waiting_room")
    assert station_of(timeline, msgspec.structs.replace(episode, signal=REFUSED)) is None
    assert [one.signal for one in throttle_onset.detect(timeline.run).episodes] == ["queued"]
