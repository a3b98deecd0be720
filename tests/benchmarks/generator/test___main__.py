"""The benchmark's command line."""

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.generator.__main__ import is_whole, main, options
from benchmarks.generator.command_line import END, begin
from benchmarks.generator.results import write
from benchmarks.generator.speed_table import COMMAND, markdown
from benchmarks.generator.workload import WORKLOADS
from tests.helpers.bench_results import RESULT
from tests.helpers.scenario_command import LOCUST
from tests.helpers.source_tree import ROOT


def test_the_table_of_a_result(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--table` prints the Markdown of the JSON and measures nothing."""
    path = tmp_path / "generator.json"
    write(RESULT, path)

    assert main(["--table", "--result", str(path)]) == 0
    assert capsys.readouterr().out == markdown(RESULT)


@pytest.mark.parametrize(
    ("words", "whole"),
    [
        pytest.param([], True, id="everything"),
        pytest.param(["--rounds", "1", "--memory-minutes", "1"], True, id="shorter, but everything"),
        pytest.param(["--only", "rounds"], False, id="a part"),
        pytest.param(["--workloads", "W1"], False, id="one workload"),
        pytest.param(["--contenders", "Springtide"], False, id="nobody beside it"),
    ],
)
def test_only_a_whole_measurement_is_a_result(words: list[str], whole: bool) -> None:
    """A part of the benchmark overwrites no result."""
    assert is_whole(options().parse_args(words)) == whole


@pytest.mark.parametrize(
    "words", [["--rounds", "0"], ["--seconds", "-1"], ["--memory-minutes", "nan"], ["--only", "x"]]
)
def test_a_measurement_of_nothing_is_refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Options that measure nothing end in a sentence that names them."""
    with pytest.raises(SystemExit) as ended:
        options().parse_args(words)

    assert ended.value.code == 2
    assert words[0] in capsys.readouterr().err


def test_the_table_finds_its_place(tmp_path: Path) -> None:
    """`--paste` changes the page between the marks."""
    path, page = tmp_path / "generator.json", tmp_path / "README.md"
    write(RESULT, path)
    page.write_text(f"{begin(COMMAND)}{END}")

    assert main(["--paste", str(page), "--result", str(path)]) == 0
    assert page.read_text() == f"{begin(COMMAND)}{markdown(RESULT)}{END}"


def test_the_locustfiles_load() -> None:
    """Locust finds the users that the benchmark starts by name: the peers', Springtide's, and the scenario with a stopwatch."""
    files = ",".join(
        f"benchmarks/generator/{name}.py" for name in ("peer_users", "springtide_users", "timed_recording")
    )
    command = [str(LOCUST), "-f", files, "--list"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)

    peers = {f"{client}{workload}" for client in ("Fast", "Plain") for workload in WORKLOADS}
    own = {"SpringtideW1", "SpringtideW2", "SteadyShopper"}
    assert set(done.stdout.split()) - {"Available", "Users:"} == peers | own


@pytest.mark.load
def test_a_small_measurement(tmp_path: Path) -> None:
    """A part of the benchmark runs as its command says, prints a table and writes no result."""
    path = tmp_path / "generator.json"
    words = ["--only", "rounds", "--contenders", "Springtide", "--workloads", "W1", "--rounds", "1"]
    command = [sys.executable, "-m", "benchmarks.generator", *words, "--seconds", "0.5", "--warm-up", "0.2"]
    done = subprocess.run(
        [*command, "--result", str(path)], cwd=ROOT, capture_output=True, text=True, timeout=90, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert "\n| Springtide | " in done.stdout
    assert "Only a part was measured, so no result was written." in done.stdout
    assert not path.exists()
