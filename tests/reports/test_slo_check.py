"""An SLO file is held to the journey and the curve before there is a run, quickly and in one sentence."""

import subprocess
import sys
from pathlib import Path

import pytest

from reports.exit_codes import ExitCode
from reports.slo import Indicator, IndicatorKind, Objective
from reports.slo_check import check_against, main, requested
from reports.slo_fields import SloError
from reports.slo_source import EventSource

FESTIVAL = Path(__file__).parents[2] / "reports" / "slos" / "festival.yaml"
STAGED = FESTIVAL.read_text(encoding="utf-8").replace("step: chat", "step: chta", 1)


def objective(source: EventSource) -> Objective:
    """An objective about these events."""
    indicator = Indicator(IndicatorKind.RATIO, "share", source, source)
    return Objective("o", "An objective", indicator, 0.99, "", 0.0, "9h")


def test_a_step_or_stage_that_the_run_does_not_have() -> None:
    """A misspelt step is told with the nearest one, a stage beyond the curve with the number of segments."""
    with pytest.raises(SloError, match=r"step: chatt is unknown; did you mean chat\?"):
        check_against([objective(EventSource(step="chatt"))], ["chat", "pay"], 1)
    with pytest.raises(SloError, match="the curve has 1 segments, got 3"):
        check_against([objective(EventSource(stage=3))], ["chat"], 1)


def test_what_is_not_known_is_not_checked() -> None:
    """Without a journey every step may be right, and without a curve every stage."""
    check_against([objective(EventSource(step="chatt", stage=3))], None, None)


def test_a_good_file(capsys: pytest.CaptureFixture[str]) -> None:
    """A file that can be judged is told with the number of its objectives."""
    assert main([str(FESTIVAL), "--steps", "chat,create,pay", "--segments", "1"]) == ExitCode.PASS
    assert capsys.readouterr().out == f"{FESTIVAL}: 7 objectives can be judged.\n"


def test_a_file_with_a_mistake(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A mistake is one sentence on standard error, and exit code 2."""
    (tmp_path / "slo.yaml").write_text(STAGED, encoding="utf-8")

    assert main([str(tmp_path / "slo.yaml"), "--steps", "chat,pay"]) == ExitCode.USAGE
    told = capsys.readouterr().err
    assert told.startswith("springtide: ")
    assert told.endswith("step: chta is unknown; did you mean chat?\n")


def test_it_starts_without_what_judging_needs() -> None:
    """The check loads neither pandas nor scipy, which take a second."""
    program = "import sys, reports.slo_check; print(sorted({'pandas', 'scipy', 'pyarrow'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"


def test_any_step_is_a_step_of_every_run() -> None:
    """An objective on all requests can be judged on any journey."""
    check_against([objective(EventSource(step="any"))], ["chat"], None)


def test_objectives_on_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Lines can be checked with or without a file, held to the same journey."""
    assert main(["--require", "pay.step_ms: p(99) < 2s", "--steps", "chat,pay"]) == ExitCode.PASS
    assert capsys.readouterr().out == "1 objective can be judged.\n"
    assert main([str(FESTIVAL), "--require", "pya.step_ms: p(99) < 2s", "--steps", "chat,pay"]) == ExitCode.USAGE
    assert capsys.readouterr().err == (
        "springtide: --require 'pya.step_ms: p(99) < 2s'.step: pya is unknown; did you mean pay?\n"
    )


def test_nothing_to_judge_by_is_a_mistake() -> None:
    """A file, a line, or both; and no name twice, which would make a report ambiguous."""
    line = "order.confirmed: rate > 95%"

    assert [one.name for one in requested([FESTIVAL], [line])][-1] == line
    with pytest.raises(SloError, match="There is nothing to judge by"):
        requested([], [])
    with pytest.raises(SloError, match="is used twice"):
        requested([], [line, line.replace(" ", "  ")])


def test_lines_that_may_end_a_run(capsys: pytest.CaptureFixture[str]) -> None:
    """They are held to the same journey, and to what a part of a run can prove."""
    good = "order.confirmed: rate > 50%"
    assert main([str(FESTIVAL), "--abort-on", good, "--steps", "chat,create,pay"]) == ExitCode.PASS
    assert capsys.readouterr().out.endswith(": 7 objectives can be judged.\n")
    assert main([str(FESTIVAL), "--abort-on", "pay.step_ms: avg < 2s"]) == ExitCode.USAGE
    assert capsys.readouterr().err.startswith("springtide: --abort-on 'pay.step_ms: avg < 2s': only the whole run")
    assert (
        main([str(FESTIVAL), "--abort-on", "pya.step_ms: p(99) < 2s", "--steps", "chat,create,pay"]) == ExitCode.USAGE
    )
    assert "pya is unknown; did you mean pay?" in capsys.readouterr().err


def test_several_files(capsys: pytest.CaptureFixture[str]) -> None:
    """Objectives of several files are judged together, when no two have one name."""
    assert main([str(FESTIVAL), str(FESTIVAL)]) == ExitCode.USAGE
    assert "is used twice" in capsys.readouterr().err
