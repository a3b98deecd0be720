"""A run's row is made of its report and the stub's own account."""

from pathlib import Path

from benchmarks.onset_live.matrix import JUMP, Case, cases
from benchmarks.onset_live.one_run import load_flags, row_of, turned_away_per_s
from locustfiles.session.options import plus
from reports.truth_log import TruthRow

CASE: Case = next(cases())


def test_the_first_episode_that_turned_shoppers_away_is_reported() -> None:
    """A queue is one; what was shed or missing is none."""
    episodes: list[dict[str, object]] = [
        {"signal": "shed", "second": 3, "offered_per_s": 12.0},
        {"signal": "queued", "second": 13, "offered_per_s": 132.0},
        {"signal": "refused", "second": 14, "offered_per_s": 132.0},
    ]
    row = row_of(CASE, 1, episodes, {"true_second": 13.4})

    assert (row.signal, row.reported_s, row.true_s, row.offered_per_s) == ("queued", 13, 13.4, 132.0)
    assert row_of(CASE, 1, episodes[:1], {"true_second": None}).is_right


def test_m_is_the_stubs_own_count() -> None:
    """So many were turned away a second in the ten seconds from the onset on, in any manner."""
    rows = [TruthRow(second, 100, 5, 1, 0, None, refused_queued=4) for second in range(100, 130)]

    assert turned_away_per_s(rows, 105_400_000_000) == 10.0
    assert turned_away_per_s(rows, 125_000_000_000) == 5.0


def test_every_load_is_an_option_of_the_scenario(tmp_path: Path) -> None:
    """A jump is told as a spike, a ramp and stairs as files of points, and nothing is added to calm."""
    (_, jump), (_, ramp), (_, stairs) = (load_flags(load, tmp_path) for load in ("jump", "ramp", "stairs"))
    curves = [plus(jump), plus(ramp), plus(stairs)]

    assert jump == JUMP
    assert [curve.peak_per_s for curve in curves if curve is not None] == [120.0, 140.0, 128.0]
    assert load_flags("to spare", tmp_path) == []
