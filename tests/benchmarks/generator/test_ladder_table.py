"""The Markdown of a ladder, and the README's copy of it."""

import pytest
from msgspec import structs

from benchmarks.generator.command_line import pasted
from benchmarks.generator.contenders import RUNGS, SPRINGTIDE
from benchmarks.generator.ladder import RESULT
from benchmarks.generator.ladder_table import COMMAND, STEPS, Ladder, answer, markdown, missing
from benchmarks.generator.results import lines_of, read
from benchmarks.generator.workload import W3
from tests.helpers.ladder_results import LADDER, SAMPLES
from tests.helpers.source_tree import ROOT


def test_every_rung_is_a_step() -> None:
    """The table begins with the rungs in their order, and no step stands in it twice."""
    assert [step.contender for step in STEPS[: len(RUNGS)]] == list(RUNGS)
    assert len({(step.contender, step.workload) for step in STEPS}) == len(STEPS)


def test_a_step_is_a_row() -> None:
    """User and kernel time add up to the row's last cell, and the server's limit is marked."""
    lines = markdown(LADDER).splitlines()

    assert lines[0] == "| rung | what runs | user us | kernel us | CPU us |"
    assert lines[2] == "| 1 kernel floor | `select.epoll`, send, recv; nothing is read | 1.0 | 3.0 | 4.0 (s) |"
    assert lines[1 + len(STEPS)] == "| 11 Locust FastHttpUser | W3 | 96.0 | 8.0 | 104.0 |"
    assert (
        "(s): the server's core was full; a rung that waits for it reads fewer answers at once, which costs more."
        in lines
    )
    assert LADDER.notes[0] in lines


def test_the_answer_is_computed() -> None:
    """Every figure of the answer comes from the medians, and the goal's factor from the table of goals."""
    assert answer(LADDER) == (
        "W3 at 8 x Locust FastHttpUser allows 13.0 us of CPU per request (104.0 / 8). The transport alone takes 9.0 (rung 6), "
        "a purchase's request 40.0 (rung 9): 27.0 more than allowed. Hub callbacks instead of greenlets save 0.8 "
        "(rung 5 - rung 4)."
    )


def test_a_goal_that_is_met_is_said_so() -> None:
    """A purchase that costs less than the goal allows is told as less."""
    rungs = [
        structs.replace(line, cpu_us_per_request=12.0) if (line.contender, line.workload) == (SPRINGTIDE, W3) else line
        for line in LADDER.rungs
    ]

    assert "a purchase's request 12.0 (rung 9): 1.0 less than allowed." in answer(structs.replace(LADDER, rungs=rungs))


@pytest.mark.parametrize("step", STEPS)
def test_a_step_without_a_line_is_missing(step: tuple[str, str, str, str]) -> None:
    """A step that was measured in no round is named with its workload."""
    rungs = lines_of([one for one in SAMPLES if (one.contender, one.workload) != step[:2]])

    assert missing(rungs) == [f"{step[2]} ({step[1]})"]
    assert missing(LADDER.rungs) == []


def test_the_readme_holds_the_last_climb() -> None:
    """The README's ladder, table and answer, is the output of the program that the JSON file records."""
    page = (ROOT / "README.md").read_text(encoding="utf-8")

    assert pasted(page, markdown(read(RESULT, Ladder)), COMMAND) == page
