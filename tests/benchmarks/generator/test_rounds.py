"""The order of rounds, and the books of a run of purchases."""

from pathlib import Path

import pytest

from benchmarks.generator.bench_machine import BenchError, Window
from benchmarks.generator.results import Purchases, Sample
from benchmarks.generator.rounds import Measured, added, compare, purchases_in, row, turned
from reports.run_record.run_directory import open_run
from tests.helpers.synthetic_run import write_run


def test_nobody_is_always_first() -> None:
    """Over as many rounds as contenders each one begins once."""
    names = ["a", "b", "c"]

    assert [turned(names, number)[0] for number in (1, 2, 3)] == ["b", "c", "a"]
    assert sorted(turned(names, 7)) == names
    assert turned([], 1) == []


def test_purchases_add_up() -> None:
    """The counts of all rounds are sums, and nothing is nothing."""
    assert added([Purchases(2, 2, 0), Purchases(3, 4, 1)]) == Purchases(5, 6, 1)
    assert added([]) is None


def test_the_books_of_a_run(tmp_path: Path) -> None:
    """Confirmed wishes, and released ones that ended otherwise, come from the record's last file."""
    run = write_run(tmp_path / "run")
    finished = open_run(run).finished
    assert finished is not None
    confirmed = finished.outcomes["confirmed"]

    assert purchases_in(run, 7) == Purchases(confirmed, 7, finished.released - confirmed)


def test_a_run_that_did_not_end_has_no_books(tmp_path: Path) -> None:
    """A record without its last file is refused, since its counts are not whole."""
    with pytest.raises(BenchError, match="did not close its record"):
        purchases_in(write_run(tmp_path / "run", end=False), 7)


def test_a_row_of_the_progress() -> None:
    """Each window is told with rate, cost, how full its core was, and memory."""
    told = row(Sample("wrk", "W1", 2, 70_000.4, 5.53, 0.39, 0.99, 5.2))

    assert (
        told
        == "round 2  W1  wrk                           70,000 req/s      5.5 us CPU    39 % busy    99 % server      5 MB"
    )


def test_who_fails_in_a_round_is_left_out_of_it() -> None:
    """The other contenders and the other rounds stay, and the failure is told."""
    asked: list[tuple[str, str]] = []
    told: list[str] = []

    def run(contender: str, workload: str) -> Measured:
        asked.append((contender, workload))
        if len(asked) == 2:
            raise BenchError("it ended with 1: no")
        return Measured(Window(10.0, 1.0, 1.0, 0.1, 5.0), 0.0, Purchases(1, 1, 0))

    samples, purchases, notes = compare(["wrk", "ab"], ["W1", "W2"], rounds=2, run=run, tell=told.append)

    assert asked == [("ab", "W1"), ("wrk", "W1"), ("wrk", "W2"), ("wrk", "W1"), ("ab", "W1"), ("wrk", "W2")]
    assert len(samples) == 5
    assert purchases == Purchases(5, 5, 0)
    assert notes == ["wrk failed in round 1 of W1: it ended with 1: no"]
    assert notes[0] in told
