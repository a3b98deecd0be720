"""One call makes every test of a Locust environment a recorded run, and says before it what cannot be run.

Interrupts are taken from the whole process, so each case has a process of its own, patched as Locust patches it.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.source_tree import ROOT

LOCUST = Path(sys.executable).with_name("locust")

PROGRAM = """
import json, sys
import locust
from locust.env import Environment
from locustfiles.recording.install import install
from locustfiles.session.scenarios import FESTIVAL
from tests.helpers.local_run import options

flags, sys.argv[1:] = sys.argv[1:], []  # the web UI would read them again
parsed = options(*[flag for flag in flags if flag != "--with-web-ui"])
environment = Environment(parsed_options=parsed, host=parsed.host)
environment.create_local_runner()
if "--with-web-ui" in flags:
    environment.create_web_ui("127.0.0.1", 0, delayed_start=True)

def listeners():
    hooks = vars(environment.events)
    return {name: len(hook._handlers) for name, hook in hooks.items() if hasattr(hook, "_handlers")}

before = listeners()
install(environment, FESTIVAL)
once = listeners()
install(environment, FESTIVAL)
names = ("num_users", "spawn_rate", "run_time", "only_summary")
print(json.dumps({
    "added": {name: count - before[name] for name, count in once.items() if count != before[name]},
    "again": once == listeners(),
    "options": {name: getattr(parsed, name) for name in names},
}))
"""
"""Installs twice and prints what became of the environment."""


def installed(*flags: str) -> dict[str, Any]:
    """What the program above prints for these options."""
    command = [sys.executable, "-c", PROGRAM, *flags]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def test_installing_twice_adds_listeners_once() -> None:
    """Each event of a run has one listener of ours, however often a scenario installs."""
    told = installed("--scale", "0.01")

    assert told["added"] == {"test_start": 1, "spawning_complete": 1, "test_stopping": 1, "quitting": 1, "quit": 1}
    assert told["again"] is True


def test_what_locust_is_told() -> None:
    """Without ``-u``, ``-r`` and ``-t`` all shoppers that may be needed start at once, and no run is cut short."""
    told = installed("--scale", "0.01", "--duration", "30s", "--patience", "8s")["options"]

    assert told["num_users"] == told["spawn_rate"]
    assert told["num_users"] > 25 * 12 * 0.5
    assert told["run_time"] == 30 + 12 + 60
    assert told["only_summary"] is True


def test_what_the_user_says_stays() -> None:
    """``-u``, ``-r`` and ``-t`` are the user's."""
    told = installed("--scale", "0.01", "-u", "5", "-r", "2", "-t", "9s")["options"]

    assert (told["num_users"], told["spawn_rate"], told["run_time"]) == (5, 2, 9)


def test_with_the_web_ui() -> None:
    """With the web UI bad options are no end, since its form can still mend them, and no run time is set."""
    told = installed("--with-web-ui", "--scale=-1")

    assert told["added"]["test_start"] == 1
    assert (told["options"]["num_users"], told["options"]["run_time"]) == (None, None)


@pytest.mark.parametrize(
    ("flags", "sentences"),
    [
        pytest.param(
            ("--scale=-1", "--voice", "loud", "--curve", "qwen-day"),
            ["--scale '-1' is not usable.", "--voice 'loud' is not usable.", "did you mean 'qwen-day1'?"],
            id="three bad options",
        ),
        pytest.param(("--host", "http://203.0.113.7"), ["outside this machine"], id="a target elsewhere"),
        pytest.param(("--host", "http://127.0.0.1:1"), ["does not answer"], id="a silent target"),
        pytest.param(("--runs", "/proc/nowhere"), ["No run directory can be made"], id="no place for the run"),
    ],
)
def test_what_cannot_be_run_ends_with_exit_code_2(flags: tuple[str, ...], sentences: list[str]) -> None:
    """The stock command says every mistake in a sentence, shows no traceback, and exits 2."""
    command = [str(LOCUST), "-f", str(ROOT / "locustfiles" / "festival.py"), "--headless", *flags]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 2
    for sentence in sentences:
        assert sentence in done.stderr
    assert "Traceback" not in done.stderr
