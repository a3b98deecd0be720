"""``springtide capacity`` reads its question strictly and answers from real run directories."""

import argparse
import json
from pathlib import Path

import pytest

from reports.__main__ import main, parser
from reports.capacity_command import attempts, numbers, question_of, whole
from reports.exit_codes import ExitCode
from tests.helpers.capacity_runs import write_stairs

ASKED = ["--orders", "2e4", "--hours", "1", "--peak-to-mean", "3"]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Five runs with one replica and five with two."""
    folder = tmp_path_factory.mktemp("runs")
    held = {1: [20.0, 20.0, 22.0, 20.0, 20.0], 2: [38.0, 40.0, 38.0, 38.0, 40.0]}
    return [str(path) for path in write_stairs(folder, held)]


def test_it_answers_people_and_machines(runs: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Text by default, JSON with --json, and a drawing where it is asked for."""
    plot = tmp_path / "capacity.svg"
    assert main(["capacity", *runs, *ASKED, "--plot", str(plot)]) == ExitCode.PASS
    assert capsys.readouterr().out.startswith("PASS  capacity for 20,000 orders in 1 h")
    assert plot.read_text().startswith("<svg")

    assert main(["capacity", runs[0], *ASKED, "--json"]) == ExitCode.INCONCLUSIVE
    answer = json.loads(capsys.readouterr().out)
    assert (answer["verdict"], answer["binding"], answer["runs"][0]["capacity_per_s"]) == ("INCONCLUSIVE", "chat", 20.0)


def test_too_few_runs_are_inconclusive(runs: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """One run answers with exit code 3 and says what is missing."""
    assert main(["capacity", runs[0], *ASKED]) == ExitCode.INCONCLUSIVE
    assert "INCONCLUSIVE: 1 of the 5 runs with 1 replica that an interval needs." in " ".join(
        capsys.readouterr().out.split()
    )


def test_a_run_is_one_witness(runs: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """The same run twice would be two witnesses who are one: exit code 2."""
    assert main(["capacity", runs[0], runs[0], *ASKED]) == ExitCode.USAGE
    assert "The same run is given twice" in capsys.readouterr().err


def test_a_plot_that_cannot_be_written(runs: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """A folder that is not there is one sentence and exit code 2."""
    assert main(["capacity", runs[0], *ASKED, "--plot", "/nowhere/x.svg"]) == ExitCode.USAGE
    assert "The plot /nowhere/x.svg cannot be written" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        pytest.param(["--orders", "-1", "--hours", "9"], "'-1' is not a number above 0", id="negative"),
        pytest.param(["--orders", "nan", "--hours", "9"], "'nan' is not a number above 0", id="not a number"),
        pytest.param(["--orders", "many", "--hours", "9"], "argument --orders: invalid number value: 'many'", id="a word"),
        pytest.param([*ASKED, "--utilisation", "70"], "'70' is not a number above 0 and at most 1", id="per cent"),
        pytest.param([*ASKED, "--zones", "1"], "'1' is not a whole number of at least 2", id="one zone"),
        pytest.param([*ASKED, "--attempts", "1.3,1.1,1.2"], "neither a number of at least 1 nor three in order", id="attempts"),
        pytest.param(["--hours", "9"], "the following arguments are required: --orders", id="no orders"),
    ],
)  # fmt: skip
def test_mistakes_are_usage(words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A question that cannot be asked ends with exit code 2 and says what is wrong."""
    with pytest.raises(SystemExit) as ended:
        main(["capacity", "RUN", *words])

    assert ended.value.code == ExitCode.USAGE
    assert sentence in capsys.readouterr().err


def test_the_question() -> None:
    """Every option arrives in the question; attempts that are given stand above those of the runs."""
    words = [
        "--utilisation",
        ".6",
        "--spare",
        "2",
        "--zones",
        "3",
        "--attempts",
        "1.05,1.15,1.3",
        "--scatter",
        "5",
        "--efficiency",
        ".9",
    ]
    asked = question_of(
        parser().parse_args(["capacity", "RUN", *ASKED, *words, "--prompts-per-order", "3,10", "--within", "5"])
    )

    plan = asked.plan
    assert (plan.utilisation, plan.spare, plan.zones, plan.scatter, plan.efficiency) == (0.6, 2, 3, 5.0, 0.9)
    assert (plan.amplification, asked.attempts_given) == ((1.05, 1.15, 1.3), True)
    assert (asked.prompts_per_order, asked.within_s, asked.peak_to_mean) == ((3.0, 10.0), 5.0, (3.0,))


def test_lists() -> None:
    """Numbers have commas between them and are bounded in number; one number of attempts is meant exactly."""
    assert numbers("3,6,12,36") == (3.0, 6.0, 12.0, 36.0)
    assert attempts("1.2") == (1.2, 1.2, 1.2)
    assert whole(1)("7") == 7
    with pytest.raises(argparse.ArgumentTypeError, match="21 numbers are too many, give at most 20"):
        numbers(",".join(["1"] * 21))
