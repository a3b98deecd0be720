"""What `make capacity` found, as JSON and as the README's table."""

from pathlib import Path

import msgspec

from benchmarks.capacity.results import COMMAND, markdown, read, write
from benchmarks.generator.command_line import pasted
from tests.helpers.capacity_results import RESULT

ROOT = Path(__file__).parents[3]


def test_the_table() -> None:
    """A row a number of replicas with its usable runs, then what was predicted and how often short runs were right."""
    said = markdown(RESULT)

    assert "| 1 | 10.0 | 10.0 (9.9 to 10.1) | 5 of 5 |" in said
    assert "| 4 | 40.0 | 36.7 (36.6 to 36.8) | 5 of 6 |" in said
    assert "they held 36.7: within." in said
    assert "Of 10 short runs in virtual time, 9 intervals of 95 % hold the true capacity." in said
    assert said.endswith("2026-02-06, 2 x Some CPU.\n")


def test_a_miss_is_said() -> None:
    """A measurement outside the interval stands in capitals; without runs there is no number."""
    outside = msgspec.structs.replace(RESULT, prediction=msgspec.structs.replace(RESULT.prediction, within=False))
    nothing = msgspec.structs.replace(RESULT, live=[], prediction=msgspec.structs.replace(RESULT.prediction, low=None))

    assert "they held 36.7: OUTSIDE." in markdown(outside)
    assert not outside.is_met
    assert "| 2 | - | none | 0 of 0 |" in markdown(nothing)
    assert "From 1 and 2 replicas nothing can be said of 4: too few runs could be used." in markdown(nothing)


def test_nine_in_ten_are_enough() -> None:
    """The goal is nine intervals in ten, and a prediction that holds."""
    assert RESULT.is_met
    assert not msgspec.structs.replace(RESULT, short=RESULT.short[1:]).is_met


def test_a_result_is_read_as_it_was_written(tmp_path: Path) -> None:
    """The file holds the whole result."""
    write(RESULT, tmp_path / "capacity.json")

    assert read(tmp_path / "capacity.json") == RESULT


def test_the_readme_shows_what_was_measured() -> None:
    """The README's table is made of the result in the repository."""
    page = (ROOT / "README.md").read_text(encoding="utf-8")

    assert pasted(page, markdown(read(ROOT / "benchmarks" / "results" / "capacity.json")), COMMAND) == page
