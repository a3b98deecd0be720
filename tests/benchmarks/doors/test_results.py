"""Figures of a surge."""

from pathlib import Path

import pytest

from benchmarks.doors.results import Line, Result, gini, line_of, read, write
from benchmarks.doors.surge import Surge, Wish
from benchmarks.doors.techniques import Technique


def test_the_figures_of_a_few_wishes() -> None:
    """Goodput is of the surge, recovery of what comes after it, and a card is lost with an unconfirmed wish."""
    surge = Surge(Technique("open"), 1)
    surge.requests, surge.refused = 8, 2
    surge.wishes = [
        Wish(1, 25.0, True, 26.0, True),
        Wish(2, 30.0, True, 60.5, False),
        Wish(3, 63.0, True, 70.0, False),
        Wish(4, 70.0, False, 70.0, False),
        Wish(4, 80.0, True, 80.5, True),
    ]

    line = line_of("x", surge)

    assert (line.goodput_per_s, line.p99_s, line.refused_share) == (0.0, 0.5, 0.25)
    assert (line.unfairness, line.recovery_s, line.cards_lost) == (0.5, 11.0, 2)
    assert (sum(line.confirmed_per_s), line.confirmed_per_s[26], line.confirmed_per_s[80]) == (2, 1, 1)


@pytest.mark.parametrize(
    ("values", "expected"), [([1, 1, 1], 0.0), ([0, 0, 0, 1], 0.75), ([0, 0], 0.0), ([], 0.0), ([1, 3], 0.25)]
)
def test_gini(values: list[float], expected: float) -> None:
    """Equal shares give 0, one who has all of n gives 1 - 1/n."""
    assert gini(values) == pytest.approx(expected)


def test_a_result_is_read_as_it_was_written(tmp_path: Path) -> None:
    """The file holds the whole result."""
    result = Result(1, 100.0, [50.0], [Line("open", 1.0, 2.0, 0.5, 0.1, 3.0, 4, [5])])
    write(result, tmp_path / "new" / "doors.json")

    assert read(tmp_path / "new" / "doors.json") == result
