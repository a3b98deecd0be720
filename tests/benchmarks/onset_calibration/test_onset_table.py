"""The README's table of onsets is the last calibration's, and says which goals are missed."""

from msgspec import structs

from benchmarks.generator.command_line import pasted
from benchmarks.onset_calibration.onset_table import COMMAND, README, markdown
from benchmarks.onset_calibration.results import RESULT, Cell, Result, read

CELL = Cell(50.0, 0.005, 0.0, 1.0, 49.0, 23.0, 0.935, 400, 350)


def test_a_row_shows_the_goals_beside_the_figures() -> None:
    """Delay and error stand beside what is asked of them."""
    told = markdown(Result(1, 600, 0.001, [CELL], []))

    assert "| 50 | 0.5% | 0.0% | 100.0% | 49 (goal 60) | 23 (goal 32) | 93.5% |" in told
    assert "No goal is missed. 400 runs a row" in told


def test_missed_goals_are_told() -> None:
    """A goal that is missed stands below the table by name."""
    told = markdown(Result(1, 600, 0.001, [structs.replace(CELL, coverage=0.5)], []))

    assert "Goals missed: 50/s, 0.5%: coverage." in told


def test_the_readme_holds_the_last_result() -> None:
    """The table in the README is the one of the JSON file."""
    page = README.read_text(encoding="utf-8")

    assert pasted(page, markdown(read(RESULT)), COMMAND) == page
