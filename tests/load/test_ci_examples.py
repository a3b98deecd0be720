"""Every command of the CI examples runs as it is written; only the load is made short by repeating an option."""

import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from reports.exit_codes import ExitCode
from tests.helpers.ci_examples import GITHUB, GITLAB, programs
from tests.helpers.festival_run import LOCUST
from tests.helpers.source_tree import ROOT

pytestmark = pytest.mark.load

SETUP = "make setup"
"""tests/load/test_readme.py runs it."""


def test_the_jobs_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A job's load, report and page work from the repository's root, and leave what the artifact names."""
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "bin").symlink_to(LOCUST.parent)
    for folder in ("locustfiles", "reports"):
        (tmp_path / folder).symlink_to(ROOT / folder)
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    commands = [each for each in dict.fromkeys([*programs(GITHUB), *programs(GITLAB)]) if each != SETUP]
    load = next(each for each in commands if each.startswith(".venv/bin/locust"))

    def ran(command: str) -> tuple[int, str]:
        done = subprocess.run(
            ["bash", "-e", "-c", command], cwd=tmp_path, capture_output=True, text=True, timeout=180, check=False
        )
        return done.returncode, done.stdout + done.stderr

    said = [ran(f"{load} --duration 3s")]
    with ThreadPoolExecutor(2) as pool:
        said += pool.map(ran, [each for each in commands if each != load])
    for code, output in said:
        assert code in {ExitCode.PASS, ExitCode.INCONCLUSIVE}, output
        assert "Traceback" not in output
    assert len(commands) == 4
    assert list((tmp_path / "runs").glob("*-steady/finished.json"))
    assert ET.fromstring((tmp_path / "gate.xml").read_bytes()).tag == "testsuites"  # noqa: S314 - our own document
    assert (tmp_path / "page.html").stat().st_size > 10_000
    assert (tmp_path / "summary.md").read_text() == (tmp_path / "gate.md").read_text() != ""
