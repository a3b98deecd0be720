"""Options from everywhere a user may give them: Locust's configuration files and its web form."""

import subprocess
from pathlib import Path

import pytest

from locustfiles.session.scenarios import STEADY
from tests.helpers.festival_run import LOCUST, start_festival
from tests.helpers.ports import free_port
from tests.helpers.source_tree import ROOT
from tests.helpers.web_ui import form_fields, numbers_when_stopped, press_start, sentences_told

pytestmark = pytest.mark.load


def test_configuration_files(tmp_path: Path) -> None:
    """Options in pyproject.toml and locust.conf are read like those of the command line, and all their mistakes are told at once."""
    (tmp_path / "pyproject.toml").write_text('[tool.locust]\nheadless = true\nrate = "many"\nconnections = "none"\n')
    (tmp_path / "locust.conf").write_text("voice = loud\nca-file = nowhere.pem\n")
    (tmp_path / "bad.yaml").write_text("apiVersion: openslo/v1\nkind: SLO\n")
    command = [
        str(LOCUST),
        "-f",
        str(ROOT / "locustfiles" / "steady.py"),
        "--arrivals",
        "trace.csv",
        "--slo",
        "bad.yaml",
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    told = [line for line in done.stderr.splitlines() if line.startswith("--")]

    assert done.returncode == 2
    assert [line.split()[0] for line in told] == [
        "--rate",
        "--arrivals",
        "--voice",
        "--connections",
        "--ca-file",
        "--gate:",
    ]
    assert "--gate: bad.yaml: metadata: missing" in told
    assert not (tmp_path / "runs").exists()


def test_web_form(tmp_path: Path) -> None:
    """The form has a field for every option; a mistake in it is told on the page, which stays; mended, its values make the run."""
    port = free_port()
    flags = ("--web-host", "127.0.0.1", "--web-port", str(port))
    with start_festival(tmp_path, *flags, headless=False, scenario="steady") as running:
        press_start(port, duration="2s", rate="many", voice="loud", user_count="40", spawn_rate="40")
        told = sentences_told(port)
        fields = form_fields(port)
        assert not running.runs.exists() or not list(running.runs.iterdir())
        press_start(port, duration="2s", rate="15", voice="hard", arrivals="even", user_count="40", spawn_rate="40")
        shown = numbers_when_stopped(port)
        run = running.run()
        running.interrupt()
        ended = running.ended()

    assert [sentence.split()[0] for sentence in told] == ["--rate", "--voice"]
    assert {option.name for option in STEADY.options} <= fields
    assert {name: run.manifest.arguments[name] for name in ("rate", "voice", "duration", "shoppers")} == {
        "rate": "15",
        "voice": "hard",
        "duration": "2s",
        "shoppers": 40,
    }
    assert run.finished is not None
    assert run.finished.scheduled == 30
    assert shown["chat"][0] == 30
    assert "Traceback" not in ended.output
