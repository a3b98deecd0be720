"""The benchmark's command line."""

import subprocess
from pathlib import Path

import pytest

from benchmarks.generator.__main__ import is_whole, main, options
from benchmarks.generator.results import write
from benchmarks.generator.speed_table import markdown
from tests.helpers.bench_results import RESULT
from tests.helpers.scenario_command import LOCUST
from tests.helpers.source_tree import ROOT


def test_the_table_of_a_result(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--table` prints the Markdown of the JSON and measures nothing."""
    path = tmp_path / "generator.json"
    write(RESULT, path)

    assert main(["--table", "--result", str(path)]) == 0
    assert capsys.readouterr().out == markdown(RESULT)


def test_no_result_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a result there is one sentence and the exit code of wrong use."""
    assert main(["--table", "--result", str(tmp_path / "none.json")]) == 2
    assert "There is no result in" in capsys.readouterr().err


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
    ("locustfile", "users"),
    [
        pytest.param("peer_users", {"FastW1", "FastW2", "FastW3", "PlainW1", "PlainW2", "PlainW3"}, id="the peers"),
        pytest.param("springtide_users", {"SpringtideW1", "SpringtideW2"}, id="Springtide"),
        pytest.param("timed_recording", {"SteadyShopper"}, id="the steady scenario with a stopwatch"),
    ],
)
def test_the_locustfiles_load(locustfile: str, users: set[str]) -> None:
    """Locust finds the users that the benchmark starts by name."""
    command = [str(LOCUST), "-f", f"benchmarks/generator/{locustfile}.py", "--list"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)

    assert set(done.stdout.split()) - {"Available", "Users:"} == users
