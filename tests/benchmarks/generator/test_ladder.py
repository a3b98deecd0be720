"""The ladder's command line, and what becomes of its rounds."""

from functools import partial
from pathlib import Path

import pytest

from benchmarks.generator.bench_machine import BenchError, Cores, Window
from benchmarks.generator.command_line import END, begin
from benchmarks.generator.contenders import FAST_HTTP, TRANSPORT
from benchmarks.generator.ladder import climbed, idleness, main, options
from benchmarks.generator.ladder_table import COMMAND, STEPS, markdown
from benchmarks.generator.results import write
from benchmarks.generator.rounds import Measured
from benchmarks.generator.workload import W1
from tests.helpers.ladder_results import LADDER, SAMPLES, sample_of

WHERE = Cores(0, 1)
AMPLE = 20_000.0
"""Purchases per second that nobody does."""


def measured(contender: str, workload: str, *, cpu_share: float = 1.0) -> Measured:
    """The window of a step's round numbers."""
    sample = sample_of(contender, workload)
    window = Window(
        sample.requests_per_s,
        sample.cpu_us_per_request,
        cpu_share,
        sample.server_share,
        sample.rss_mb,
        sample.kernel_us_per_request,
    )
    return Measured(window, 0.0, None)


def test_every_step_is_measured_once_a_round() -> None:
    """Each round holds all rungs and the users that the ladder ends with, and nothing else."""
    ladder = climbed(options().parse_args(["--rounds", "2"]), WHERE, measured, offered_per_s=AMPLE)

    steps = sorted((step.contender, step.workload) for step in STEPS)
    for number in (1, 2):
        done = [(one.contender, one.workload) for one in ladder.samples if one.round == number]
        assert sorted(done) == steps
    assert (ladder.rounds, ladder.notes) == (2, [])
    assert {line.contender: line for line in ladder.rungs}.keys() == {step.contender for step in STEPS}


def test_a_rung_that_fails_in_one_round_has_the_others() -> None:
    """A failure is noted, and medians are made of the rounds that are left."""
    calls = []

    def run(contender: str, workload: str) -> Measured:
        calls.append(contender)
        if contender == TRANSPORT and calls.count(TRANSPORT) == 1:
            raise BenchError("it ended with 1: no")
        return measured(contender, workload)

    ladder = climbed(options().parse_args(["--rounds", "2"]), WHERE, run, offered_per_s=AMPLE)

    assert ladder.notes == ["transport failed in round 1 of W1: it ended with 1: no"]


def test_a_rung_that_never_ran_is_no_result() -> None:
    """Without one of its rungs there is no ladder, and the rung is named."""

    def run(contender: str, workload: str) -> Measured:
        if contender == TRANSPORT:
            raise BenchError("it ended with 1: no")
        return measured(contender, workload)

    with pytest.raises(BenchError, match=rf"No round measured {TRANSPORT} \({W1}\), so no result was written"):
        climbed(options().parse_args(["--rounds", "1"]), WHERE, run, offered_per_s=AMPLE)


def test_other_programs_on_the_machine_are_noted() -> None:
    """A peer that fills a core and did not get one shows that the machine was not quiet."""
    run = partial(measured, cpu_share=0.5)
    ladder = climbed(options().parse_args(["--rounds", "1"]), WHERE, run, offered_per_s=AMPLE)

    assert ladder.notes[0].startswith(f"This machine was not quiet: {FAST_HTTP}")


@pytest.mark.parametrize(
    ("offered_per_s", "is_noted"),
    [
        pytest.param(5_000.0, True, id="all of 25,000 requests/s were done"),
        pytest.param(5_500.0, False, id="27,500 were more than it could do"),
    ],
)
def test_purchases_that_were_all_done_are_noted(offered_per_s: float, is_noted: bool) -> None:
    """Where Springtide kept up with what it was offered its core was not full, which is said."""
    assert bool(idleness(SAMPLES, offered_per_s)) == is_noted


def test_the_table_of_a_result(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--table` prints the Markdown of the JSON, `--paste` puts it between the marks of a page."""
    path, page = tmp_path / "ladder.json", tmp_path / "README.md"
    write(LADDER, path)
    page.write_text(f"{begin(COMMAND)}{END}")

    assert main(["--table", "--result", str(path)]) == 0
    assert capsys.readouterr().out == markdown(LADDER)
    assert main(["--paste", str(page), "--result", str(path)]) == 0
    assert page.read_text() == f"{begin(COMMAND)}{markdown(LADDER)}{END}"
