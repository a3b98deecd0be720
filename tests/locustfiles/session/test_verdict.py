"""The gate judges in a process of its own, and its failure is never a pass."""

from pathlib import Path

import pytest

from locustfiles.session.gate_options import Gate
from locustfiles.session.options import DEFAULT_SLO
from locustfiles.session.verdict import gate_mistake, judge

FESTIVAL = Gate((DEFAULT_SLO,))


def test_a_folder_that_is_no_run(tmp_path: Path) -> None:
    """The gate's sentence and its exit code 2 for wrong usage are handed on."""
    judgement = judge(tmp_path, FESTIVAL, columns=100, colour=False)

    assert judgement.exit_code == 2
    assert f"{tmp_path} is not a run" in " ".join(judgement.text.split())
    assert "Traceback" not in judgement.text


def test_a_gate_that_cannot_be_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no gate can be started the verdict is a crash, with the command that would judge the run."""
    monkeypatch.setattr("sys.executable", str(tmp_path / "no-python"))
    judgement = judge(tmp_path, FESTIVAL, columns=100, colour=False)

    assert judgement.exit_code == 1
    assert judgement.text.endswith(f"Run: springtide gate {tmp_path} --slo {DEFAULT_SLO}")


def test_an_slo_file_that_can_be_judged() -> None:
    """Of a good file nothing is said."""
    assert gate_mistake(FESTIVAL, 3) == ""


def test_an_slo_file_that_cannot_be_judged(tmp_path: Path) -> None:
    """A file's mistake comes back as the checker's own sentence."""
    (tmp_path / "slo.yaml").write_text("apiVersion: openslo/v1\nkind: SLO\n")

    assert gate_mistake(Gate((tmp_path / "slo.yaml",)), None) == f"{tmp_path / 'slo.yaml'}: metadata: missing"


def test_a_check_that_cannot_be_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no check can be started, the gate will say what is wrong."""
    monkeypatch.setattr("sys.executable", str(tmp_path / "no-python"))

    assert gate_mistake(FESTIVAL, None) == ""
