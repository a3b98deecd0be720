"""The guard on real runs: a master and two workers at a target that writes down when each request came."""

import re
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.helpers.festival_run import Festival, processes, start_festival
from tests.helpers.local_run import REFUSAL
from tests.helpers.scripted_server import ScriptedServer, answer_each, scripted_server

pytestmark = pytest.mark.load

ENDS_WITHIN_S = 2.0
CEILING_PER_S = 10
LOAD = ("--rate", "40", "--duration", "60s", "-u", "60", "--patience", "2s")
HAMMER = ("--retry", "hammer")
"""Refused shoppers ask again and again, so that load is on whenever it has to end."""
SHOPPER = re.compile(rb"X-Shopper-Id: (\S+)\r\n")


@dataclass
class Diary:
    """A target that refuses everything, and the instants at which requests came there."""

    server: ScriptedServer
    came_s: list[float] = field(default_factory=list)

    @property
    def host(self) -> tuple[str, str]:
        """The option that says where it is."""
        return ("--host", self.server.url)

    def wait_for(self, requests: int, running: Festival) -> None:
        """Return when so many requests have come; TimeoutError when they do not."""
        pause, until_s = threading.Event(), time.monotonic() + 60
        while len(self.came_s) < requests:
            if time.monotonic() > until_s or running.process.poll() is not None:
                raise TimeoutError(running.output())
            pause.wait(0.05)


@pytest.fixture
def diary() -> Iterator[Diary]:
    """The target."""
    came_s: list[float] = []

    def answer(_request: bytes) -> bytes:
        came_s.append(time.monotonic())
        return REFUSAL

    with scripted_server([answer_each(answer)]) as server:
        yield Diary(server, came_s)


def allow_list(folder: Path, port: int, *, hours: int = 1) -> str:
    """A file that permits the target, as one that stands behind a tunnel, until so many hours from now."""
    now = datetime.now(UTC)
    opens, closes = now - timedelta(hours=2), now + timedelta(hours=hours)
    path = folder / "allow.toml"
    path.write_text(
        f'[[allow]]\nhost = "127.0.0.1"\nport = {port}\nmost_per_s = {CEILING_PER_S}\nfrom = {opens:%Y-%m-%dT%H:%M:%SZ}\n'
        f'until = {closes:%Y-%m-%dT%H:%M:%SZ}\nowner = "Li Wei, checkout team"\ntoken = "a-token-of-this-run"\n'
    )
    return str(path)


def test_a_ceiling_and_a_stop_file(tmp_path: Path, diary: Diary) -> None:
    """Two workers stay below the ceiling together, the record says what was held back, and the stop file ends load within 2 s."""
    stop = tmp_path / "stop"
    flags = ("--allow", allow_list(tmp_path, diary.server.port), "--stop-file", str(stop))
    with start_festival(tmp_path, *LOAD, *flags, *HAMMER, *diary.host, *processes(2), scenario="steady") as running:
        diary.wait_for(100, running)
        stopped_s = time.monotonic()
        stop.touch()
        ended = running.ended()
    run = running.run()
    finished, (permit,) = run.finished, run.manifest.target.permits
    shoppers = {found[1] for request in diary.server.requests if (found := SHOPPER.search(request))}

    assert finished is not None, ended.output
    assert 0 < max(diary.came_s) - stopped_s <= ENDS_WITHIN_S
    # Every whole second of the load, and the one begun, is worth the ceiling; the target has seen as many shoppers.
    assert len(shoppers) == finished.released <= CEILING_PER_S * (finished.elapsed_s + 1)
    assert finished.ended_by == "ended by the stop file"
    assert (finished.problems, len(finished.workers)) == ([], 2)
    assert 0 < finished.held_back <= finished.dropped
    assert f"The guard held back {finished.held_back} of {finished.scheduled} wishes" in " ".join(finished.notes)
    assert ended.exit_code == 3
    assert "the guard's ceiling held back" in ended.words
    assert (permit.by, permit.owner, permit.most_per_s) == ("loopback", "Li Wei, checkout team", float(CEILING_PER_S))
    assert permit.addresses == ("127.0.0.1",)
    for file in (running.log, *running.runs.rglob("*")):
        assert file.is_dir() or b"a-token-of-this-run" not in file.read_bytes()


def in_a_terminal(running: Festival) -> None:
    """Ctrl-C reaches every process."""
    running.signal_all(signal.SIGINT)


def at_the_master(running: Festival) -> None:
    """SIGINT reaches the master alone."""
    running.interrupt()


@pytest.mark.parametrize(
    "interrupt",
    [
        pytest.param(in_a_terminal, id="in a terminal"),
        pytest.param(at_the_master, id="at the master alone", marks=pytest.mark.workers),
    ],
)
def test_ctrl_c(tmp_path: Path, diary: Diary, interrupt: Callable[[Festival], None]) -> None:
    """Ctrl-C ends load within 2 s on every worker, although refused shoppers ask again and again."""
    page = ("--html", str(tmp_path / "report.html"))
    with start_festival(tmp_path, *LOAD, *HAMMER, *page, *diary.host, *processes(2), scenario="steady") as running:
        diary.wait_for(300, running)
        interrupted_s = time.monotonic()
        interrupt(running)
        ended = running.ended()
    finished = running.run().finished

    assert finished is not None, ended.output
    assert 0 < max(diary.came_s) - interrupted_s <= ENDS_WITHIN_S
    assert finished.ended_by == "interrupted"
    assert (finished.problems, len(finished.workers)) == ([], 2)
    assert finished.released == sum(finished.outcomes.values()) + finished.in_flight
    assert "Traceback" not in ended.output


def test_a_refusal_comes_before_the_first_packet(tmp_path: Path, diary: Diary) -> None:
    """A window that has closed, and a stop file that is there, end the command with exit code 2 before anything is sent."""
    (tmp_path / "stop").touch()
    for flags, sentence in (
        (
            ("--allow", allow_list(tmp_path, diary.server.port, hours=-1)),
            "ask Li Wei, checkout team for another window.",
        ),
        (("--stop-file", str(tmp_path / "stop")), "is there, so nothing is loaded"),
    ):
        with start_festival(tmp_path, *LOAD, *flags, *diary.host, scenario="steady") as running:
            ended = running.ended()

        assert ended.exit_code == 2
        assert sentence in ended.words
        assert "Traceback" not in ended.output
        assert not running.runs.exists()
    assert diary.server.accepted == 0
