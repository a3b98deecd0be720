"""Programs on cores, and the readings of what they cost."""

import os
import sys
from pathlib import Path

import pytest

from benchmarks.generator.bench_machine import BenchError, Program, Reading, between, cores, cpu_s_in, machine, missing


def test_what_lies_between_two_readings() -> None:
    """Rates count from the server's instants, costs per request that it counted."""
    first = Reading(1_000_000_000, 100, 0, 0, 1.0, 50.0, 3.0, 0.5)
    last = Reading(3_000_000_000, 2_100, 0, 0, 2.0, 60.0, 4.5, 0.9)

    assert between(first, last) == (1000.0, 500.0, 0.5, 0.25, 60.0, pytest.approx(200.0))


def test_the_kernels_line_of_a_process() -> None:
    """User and system time are found behind a name that holds blanks and brackets."""
    stat = "7 (a ) b) S 1 7 7 0 -1 0 0 0 0 0 250 50 9 9 20 0 1 0 5 0 0"

    ticks_per_s = os.sysconf("SC_CLK_TCK")
    assert cpu_s_in(stat) == (300 / ticks_per_s, 50 / ticks_per_s)


def test_a_program_runs_on_its_core(tmp_path: Path) -> None:
    """A child sees one core, and this process keeps all of its own."""
    before = os.sched_getaffinity(0)
    core = cores().generator
    code = "import os; print(os.sched_getaffinity(0))"

    with Program([sys.executable, "-c", code], core=core, output=tmp_path / "out") as program:
        program.wait(20)

    assert program.said().strip() == str({core})
    assert os.sched_getaffinity(0) == before


def test_a_program_that_fails_is_quoted(tmp_path: Path) -> None:
    """Who ends in error is named with its last words."""
    with Program(
        [sys.executable, "-c", "raise SystemExit('no')"], core=cores().server, output=tmp_path / "out"
    ) as program:
        with pytest.raises(BenchError, match=r"ended with 1: no"):
            program.wait(20)
        with pytest.raises(BenchError, match=r"ended with 1: no"):
            program.check_runs()


def test_a_program_that_stays_is_ended(tmp_path: Path) -> None:
    """Nothing that the benchmark started outlives it, and its cost can be read until then."""
    sleeper = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)"]
    with Program(sleeper, core=cores().server, output=tmp_path / "out") as program:
        assert program.rss_mb() > 0
        assert min(program.cpu_s()) >= 0

    assert program.process.poll() is not None


def test_missing_programs() -> None:
    """A program is missing when the shell would not find it."""
    assert missing(["sh", "springtide-has-no-such-program"]) == ["springtide-has-no-such-program"]


def test_the_machine_in_words() -> None:
    """The line names cores, Python and Locust."""
    told = machine()

    assert told.startswith(f"{os.cpu_count()} x ")
    assert "locust 2.47" in told
