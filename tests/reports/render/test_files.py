"""Where the gate's Markdown and JUnit go, through the real command."""

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from reports.__main__ import main
from reports.exit_codes import ExitCode
from reports.render.files import SUMMARY_VARIABLE
from tests.helpers.junit_schema import problems
from tests.helpers.synthetic_run import Wishes, write_run

SLO = str(Path(__file__).parents[3] / "reports" / "slos" / "journey.yaml")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A run that the gate can judge."""
    return str(write_run(tmp_path_factory.mktemp("runs") / "calm", Wishes(rates=((20, 20.0),))))


def test_markdown_and_junit_are_files_beside_the_console(
    run: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Both files hold the verdict that the console shows."""
    page, cases = tmp_path / "gate.md", tmp_path / "gate.xml"
    code = main(["gate", run, "--slo", SLO, "--markdown", str(page), "--junit", str(cases)])
    verdict = capsys.readouterr().out.split()[0]

    assert f"{verdict}: synthetic" in page.read_text(encoding="utf-8")
    assert problems(cases.read_bytes()) == []
    properties = {
        found.get("name"): found.get("value")
        for found in ET.fromstring(cases.read_bytes()).iter("property")  # noqa: S314 - our own document
    }
    assert (properties["verdict"], properties["exit_code"]) == (verdict, str(code))


def test_markdown_on_standard_output(run: str, capsys: pytest.CaptureFixture[str]) -> None:
    """With - the Markdown is all that is printed."""
    main(["gate", run, "--slo", SLO, "--markdown", "-"])

    assert capsys.readouterr().out.startswith("## ")


def test_the_summary_of_a_job_is_appended_to(run: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a file, and with the summary's own, Markdown is added to what other steps have said."""
    summary = tmp_path / "summary.md"
    summary.write_text("first step\n")
    monkeypatch.setenv(SUMMARY_VARIABLE, str(summary))
    main(["gate", run, "--slo", SLO, "--markdown"])
    main(["gate", run, "--slo", SLO, "--markdown", str(summary)])
    said = summary.read_text(encoding="utf-8")

    assert said.startswith("first step\n## ")
    assert said.count("## ") == 2


def test_json_and_junit_go_together(run: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--json replaces the console's report only."""
    main(
        ["gate", run, "--slo", SLO, "--json", "--junit", str(tmp_path / "gate.xml"), "--markdown", str(tmp_path / "m")]
    )

    assert json.loads(capsys.readouterr().out)["report_version"] == 1
    assert problems((tmp_path / "gate.xml").read_bytes()) == []


def test_an_old_report_does_not_outlive_a_gate_that_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], run: str
) -> None:
    """The files are emptied before the judgement, so that CI never publishes another run's verdict."""
    cases = tmp_path / "gate.xml"
    cases.write_text("an old verdict")
    ledger = tmp_path / "ledger"
    ledger.write_text("no ledger")

    assert main(["gate", run, "--slo", SLO, "--junit", str(cases), "--ledger", str(ledger)]) == ExitCode.USAGE
    assert "is not a SQLite file" in capsys.readouterr().err
    assert cases.read_text() == ""


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        pytest.param("--markdown", f"needs ${SUMMARY_VARIABLE}, which is not set", id="no summary"),
        pytest.param("--markdown {tmp}/none/x", "none/x cannot be written: No such file", id="no folder"),
        pytest.param("--junit {tmp}", "cannot be written: Is a directory", id="a folder"),
        pytest.param("--json --markdown -", "both want standard output", id="two on standard output"),
        pytest.param("--junit {tmp}/x --markdown {tmp}/x", "both name", id="one file for two"),
    ],
)
def test_an_output_that_cannot_be_written_is_a_sentence_and_2(
    run: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    options: str,
    sentence: str,
) -> None:
    """Before anything is judged."""
    monkeypatch.delenv(SUMMARY_VARIABLE, raising=False)
    arguments = ["gate", run, "--slo", SLO, *options.format(tmp=tmp_path).split()]

    assert main(arguments) == ExitCode.USAGE
    assert sentence in capsys.readouterr().err
