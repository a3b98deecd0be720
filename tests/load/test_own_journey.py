"""The README's own journey and a team's present locustfile as users run them: a record that adds up, and a verdict."""

import json
import os
import re
import shlex
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from reports.exit_codes import ExitCode
from reports.run_record.run_directory import Run, open_run
from reports.run_record.schema import UNSCHEDULED
from tests.helpers.festival_run import LOCUST, Ended, processes, springtide
from tests.helpers.source_tree import ROOT
from tests.helpers.team_locustfile import LOCUSTFILE, service

pytestmark = pytest.mark.load

README = (ROOT / "README.md").read_text(encoding="utf-8")
(JOURNEY,) = [
    block
    for block in re.findall(r"^```python\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    if "class Visitor" in block
]
(COMMAND,) = [
    line.partition("#")[0] for line in README.splitlines() if "my_journey.py --headless" in line and "#" in line
]
LISTENER = """

import json
from collections import Counter
from pathlib import Path

heard = Counter()


def hear(request_type, name, response_time, response_length, exception, context, url, start_time, response, **_):
    assert url.startswith("http://127.0.0.1:")
    heard[f"{request_type} {name} {response.status_code}"] += 1


events.request.add_listener(hear)
events.quit.add_listener(lambda **_: Path("heard.json").write_text(json.dumps(heard)))
"""


def locust(folder: Path, locustfile: str, *flags: str) -> tuple[Ended, Run]:
    """Run a locustfile that lies in a folder of its own."""
    (folder / "my_journey.py").write_text(locustfile)
    done = subprocess.run(
        [str(LOCUST), "-f", "my_journey.py", "--headless", *flags],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=120,
        check=False,
        env={**os.environ, "PYTHONUNBUFFERED": "1", "SPRINGTIDE_API_KEY": "canary-77aa"},
    )
    return Ended(done.returncode, done.stdout.decode()), open_run(folder / "runs/latest")


def counted(run: Run) -> Counter[str]:
    """Outcomes of wishes and requests: how often each step ended in each way."""
    rows = run.table("outcomes").to_pylist()
    return sum((Counter({f"{row['step']} {row['outcome']}": row["n"]}) for row in rows), Counter[str]())


def test_own_journey_and_listener(tmp_path: Path) -> None:
    """The README's example, with a request listener: everything is on record, Locust's table agrees, the listener heard each request once."""
    program, of_file, path, *words = shlex.split(COMMAND)
    assert (program, of_file, path) == (".venv/bin/locust", "-f", "my_journey.py")
    flags = (*words, "--rate", "45", "--duration", "5s", "--capacity", "100")
    ended, run = locust(tmp_path, JOURNEY + LISTENER, *flags)
    finished, ends = run.finished, counted(run)
    assert finished is not None, ended.output

    assert ended.exit_code in {ExitCode.PASS, ExitCode.INCONCLUSIVE}, ended.output
    assert "Validity valid" in ended.words
    assert "Request listener: hear, called for every request" in ended.words
    assert finished.released == finished.scheduled == sum(finished.outcomes.values())
    assert set(finished.outcomes) == {"confirmed", "done"}
    assert ends["discovery done"] == finished.outcomes["done"]
    assert ends["order page done"] == ends["pay confirmed"] == finished.outcomes["confirmed"]
    heard = json.loads((tmp_path / "heard.json").read_text())
    assert sum(heard.values()) == finished.locust_requests
    assert heard["GET discovery 200"] == ends["discovery done"]
    assert "BROKEN" not in springtide("show", run.path).output
    kept = [path for path in (tmp_path / "runs").rglob("*") if path.is_file()]
    assert not [path for path in kept if b"canary-77aa" in path.read_bytes()]


@pytest.mark.parametrize("workers", [0, 2])
def test_a_present_locustfile(tmp_path: Path, workers: int) -> None:
    """One line in a team's locustfile: its requests are on record as Locust and the service count them, with a verdict."""
    with service() as server:
        flags = ("--host", server.url, "-u", "4", "-r", "4", "-t", "4s", *(processes(workers) if workers else ()))
        ended, run = locust(tmp_path, LOCUSTFILE, *flags)
        served = sum(not request.startswith(b"GET / ") for request in server.requests)
    finished, ends = run.finished, counted(run)
    assert finished is not None, ended.output

    assert ended.exit_code in {ExitCode.PASS, ExitCode.INCONCLUSIVE}, ended.output
    assert "Validity valid" in ended.words
    assert "coordinated omission" in ended.words
    assert (run.manifest.curve.process, run.manifest.target.url) == (UNSCHEDULED, server.url)
    assert (finished.scheduled, finished.complete, len(finished.workers)) == (0, True, max(1, workers))
    assert set(ends) == {"basket done", "find done"}
    # What was under way when the test began to stop has no row, locally at most one request a user.
    assert ends.total() <= served
    assert workers or served - ends.total() <= 4


def test_a_present_locustfile_with_an_slo_that_cannot_be_judged(tmp_path: Path) -> None:
    """A mistake in the SLO file is told before anything is sent, with exit code 2."""
    (tmp_path / "mine.py").write_text(LOCUSTFILE)
    (tmp_path / "slo.yaml").write_text("kind: SLO\n")
    command = [sys.executable, "-m", "locust", "-f", "mine.py", "--headless", "--slo", "slo.yaml", "-t", "1s"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == ExitCode.USAGE
    assert "--gate: " in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "runs").exists()
