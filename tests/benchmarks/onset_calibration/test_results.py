"""A result knows its goals, and comes back from its file as it was."""

from pathlib import Path

import pytest
from msgspec import structs

from benchmarks.onset_calibration.results import Calm, Cell, Result, read, write

CELL = Cell(50.0, 0.005, 0.0, 1.0, 49.0, 23.0, 0.935, 400, 350)
"""m = .25 refusals a second: goals of 60 and 32 s."""


@pytest.mark.parametrize(
    ("change", "missed"),
    [
        pytest.param({}, [], id="all goals met"),
        pytest.param({"false_alarm": 0.011}, ["false alarms"], id="more than one run of 100"),
        pytest.param({"detected": 0.98}, ["detection"], id="fewer than 99 of 100"),
        pytest.param({"delay_median_s": 61.0}, ["delay"], id="later than 15 refusals take"),
        pytest.param({"onset_error_p90_s": 33.0}, ["onset error"], id="further off than 8 refusals take"),
        pytest.param({"coverage": 0.89}, ["coverage"], id="a set that is too narrow"),
        pytest.param({"rate": 3000.0, "delay_median_s": 5.0, "onset_error_p90_s": 2.0}, ["delay", "onset error"], id="4 s, 1 s"),
        pytest.param({"detected": 0.0}, ["detection"], id="no episode of 60 refusals is no pass"),
    ],
)  # fmt: skip
def test_a_cell_is_held_to_its_goals(change: dict[str, float], missed: list[str]) -> None:
    """Each goal that a figure does not reach is named."""
    assert [miss.split(": ")[1] for miss in structs.replace(CELL, **change).misses] == missed


@pytest.mark.parametrize(
    ("load", "share", "is_missed"),
    [
        pytest.param("constant", 0.02, True, id="2 % of constant loads"),
        pytest.param("one-second blips", 0.02, False, id="2 % with blips"),
        pytest.param("one-second blips", 0.06, True, id="6 % with blips"),
    ],
)
def test_calm_is_held_to_its_goal(load: str, share: float, is_missed: bool) -> None:
    """One run of 100 may alarm, with one-second blips five."""
    assert bool(Calm(300.0, load, 1000, share).misses) == is_missed


def test_a_result_comes_back(tmp_path: Path) -> None:
    """What is written is read, and the misses of all its parts are its own."""
    result = Result(1, 600, 0.001, [CELL], [Calm(50.0, "constant", 10, 0.5)])
    write(result, tmp_path / "onset.json")

    assert read(tmp_path / "onset.json") == result
    assert result.misses == ["50/s, constant: false alarms"]


@pytest.mark.parametrize(
    ("share", "missed"),
    [
        pytest.param(None, [], id="not measured"),
        pytest.param(0.003, [], id="little"),
        pytest.param(0.02, ["cost of the live detector"], id="more than 1 % of a core"),
    ],
)
def test_the_cost_is_held_to_its_goal(share: float | None, missed: list[str]) -> None:
    """Watching a run takes less than 1 % of a core."""
    assert Result(1, 600, 0.001, [CELL], [], share).misses == missed
