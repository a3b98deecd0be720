"""The Markdown of a result, and the README's copy of it."""

import pytest
from msgspec import structs

from benchmarks.generator.__main__ import RESULT as RESULT_PATH
from benchmarks.generator.command_line import pasted
from benchmarks.generator.results import Result, read
from benchmarks.generator.speed_table import COMMAND, GOALS, markdown
from tests.helpers.bench_results import RESULT
from tests.helpers.source_tree import ROOT


def test_the_table_of_contenders() -> None:
    """A contender is a row, a workload two columns, and what was not measured a dash."""
    lines = markdown(RESULT).splitlines()

    assert lines[0] == "| generator | W1 req/s | CPU us | W2 req/s | CPU us | W3 req/s | CPU us | RSS MB |"
    assert lines[2] == "| Springtide | 60,000 (s) | 15.0 | - | - | 40,000 | 25.0 | 99 |"
    assert lines[3] == "| Locust FastHttpUser | 6,000 | 150.0 | - | - | 5,000 | 160.0 | 77 |"


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("| W3 against FastHttpUser | >= 8.0 x | 8.0 x | met |", id="exactly there is met"),
        pytest.param("| lateness at 2,000 arrivals/s, p99 | <= 0.50 ms | 0.60 ms | missed |", id="a miss is said"),
        pytest.param("| W1 against wrk | >= 0.50 x | not measured |  |", id="no peer, no verdict"),
        pytest.param(
            "(s): the server's core was full, so the rate is its limit and not the generator's.",
            id="whose limit it was",
        ),
        pytest.param("wrk is not installed and was left out (apt-get install wrk).", id="who is missing is named"),
    ],
)
def test_the_table_of_goals(line: str) -> None:
    """Each goal stands beside what was measured."""
    assert line in markdown(RESULT).splitlines()


def test_a_result_of_nothing_has_a_table() -> None:
    """Where nothing was measured the table says so."""
    nothing = dict.fromkeys(
        (
            "purchases",
            "lateness",
            "lateness_purchases",
            "first_content",
            "first_content_saturated",
            "memory",
            "recording",
        )
    )
    figures = {
        name: None for name in RESULT.__struct_fields__ if name.endswith(("_ms", "_mb", "_share")) or "_vs_" in name
    }

    told = markdown(structs.replace(RESULT, lines=[], samples=[], **nothing, **figures))

    assert told.count("not measured") == len(GOALS)


def test_the_readme_holds_the_last_result() -> None:
    """The README's speed table is the output of the benchmark that the JSON file records."""
    page = (ROOT / "README.md").read_text(encoding="utf-8")

    assert pasted(page, markdown(read(RESULT_PATH, Result)), COMMAND) == page
