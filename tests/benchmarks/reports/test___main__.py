"""The benchmark's command line, on a run of a minute."""

import sys
from pathlib import Path

import pytest

from benchmarks.generator.bench_machine import BenchError
from benchmarks.reports.__main__ import USAGE, cost_of, gate_cost, main, options
from benchmarks.reports.results import markdown, read, write
from benchmarks.reports.synthetic import Day, write_day
from tests.benchmarks.reports.test_results import GOOD


def test_nine_hours_are_measured_unless_told_otherwise() -> None:
    """With the page, on a run that is written for it."""
    chosen = options().parse_args([])

    assert (chosen.run, chosen.seconds, chosen.only, chosen.table) == (None, None, None, False)


def test_a_command_has_its_cost(tmp_path: Path) -> None:
    """Its exit code, its memory at the most and all that it printed."""
    said = "import sys; block = bytearray(b'x' * (80 << 20)); print('out'); print('err', file=sys.stderr); sys.exit(7)"
    cost = cost_of([sys.executable, "-c", said], tmp_path / "said.txt")

    assert (cost.code, sorted(cost.said.split())) == (7, ["err", "out"])
    assert cost.rss_mb > 80
    assert cost.wall_s > 0


def test_a_run_is_judged_and_rendered(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A run that is there already is used, and the file holds what the table says."""
    run, result = tmp_path / "run", tmp_path / "reports.json"
    write_day(run, Day(((60, 20.0),), capacity_per_s=100))
    main(["--run", str(run), "--result", str(result)])
    found = read(result)

    assert (found.seconds, found.write_s, found.gate_exit_code) == (60, None, 3)
    assert found.orders == pytest.approx(1_200, rel=0.2)
    assert markdown(found) in capsys.readouterr().out


def test_what_cannot_be_judged_is_no_result(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A run whose manifest is missing ends in a sentence with the gate's own, and code 2."""
    run, result = tmp_path / "run", tmp_path / "reports.json"
    write_day(run, Day(((10, 20.0),), capacity_per_s=100))
    (run / "manifest.json").unlink()

    assert main(["--run", str(run), "--result", str(result)]) == USAGE
    assert "it holds no manifest.json" in capsys.readouterr().err
    assert not result.exists()
    with pytest.raises(BenchError, match="springtide gate ended with 2 instead of 3"):
        gate_cost(run, tmp_path / "gate.txt")


def test_the_table_of_a_result(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--table` prints the Markdown of the JSON and measures nothing."""
    write(GOOD, tmp_path / "reports.json")

    assert main(["--table", "--result", str(tmp_path / "reports.json")]) == 0
    assert capsys.readouterr().out == markdown(GOOD)
