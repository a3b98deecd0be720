"""However many workers share a run, however they were started and however it ends: the same arrivals, and sums that are the target's.

Marked ``workers`` is the whole matrix (``make test-workers``); the rest is what ``make test`` holds of it.
"""

import json
import os
import re
import shutil
import signal
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from locustfiles.arrivals.arrival_process import Schedule
from locustfiles.arrivals.rate_curve import RateCurve
from locustfiles.recording.messages import WIRE_VERSION
from reports.run_record.run_directory import Run
from reports.run_record.schema import Finished
from tests.helpers.festival_run import Ended, Festival, master, processes, springtide, start_festival, start_worker
from tests.helpers.ports import free_port
from tests.helpers.source_tree import ROOT

pytestmark = pytest.mark.load

RATE_PER_S, DURATION_S, SEED = 12, 6, 5
SHORT = ("--rate", str(RATE_PER_S), "--duration", f"{DURATION_S}s", "--capacity", "60", "--seed", str(SEED))
LONG = ("--rate", str(RATE_PER_S), "--duration", "60s", "--capacity", "60", "--seed", str(SEED))
GONE_S = 30.0
README = (ROOT / "README.md").read_text(encoding="utf-8")
Start = Callable[..., Festival]


def by_processes(folder: Path, workers: int, *flags: str) -> Festival:
    """One command that forks its workers."""
    return start_festival(folder, *flags, *processes(workers), scenario="steady")


def by_hand(folder: Path, workers: int, *flags: str, **environ: str) -> Festival:
    """A master and every worker, each a command of its own; ``environ`` is the last worker's."""
    port = free_port()
    running = start_festival(folder, *flags, *master(workers, port), scenario="steady")
    for number in range(workers):
        start_worker(running, port, **(environ if number == workers - 1 else {}))
    return running


def run_time(running: Festival) -> None:
    """``-t`` does it."""
    assert running.process.poll() is None


def ctrl_c(running: Festival) -> None:
    """Ctrl-C in a terminal reaches every process."""
    running.wait_for("confirmed [1-9]")
    running.signal_all(signal.SIGINT)


def sigint(running: Festival) -> None:
    """SIGINT reaches the master alone."""
    running.wait_for("confirmed [1-9]")
    running.interrupt()


def sigterm(running: Festival) -> None:
    """SIGTERM reaches the master alone."""
    running.wait_for("confirmed [1-9]")
    running.process.send_signal(signal.SIGTERM)


def sigterm_to_all(running: Festival) -> None:
    """SIGTERM reaches every process, as when a service ends."""
    running.wait_for("confirmed [1-9]")
    running.signal_all(signal.SIGTERM)


BY = [pytest.param(by_processes, id="--processes"), pytest.param(by_hand, id="separately")]
ENDS = [
    pytest.param(("-t", "5s"), run_time, "stopped", id="-t"),
    pytest.param((), sigint, "interrupted", id="SIGINT to the master"),
    pytest.param((), ctrl_c, "interrupted", id="Ctrl-C"),
    pytest.param((), sigterm, "terminated", id="SIGTERM to the master"),
    pytest.param((), sigterm_to_all, "terminated", id="SIGTERM to all"),
]


def finished_of(running: Festival, ended: Ended) -> Finished:
    """The end of the run's record."""
    finished = running.run().finished
    assert finished is not None, ended.output
    return finished


def planned(duration_s: float) -> dict[int, int]:
    """Every arrival of the schedule: index and intended microsecond."""
    schedule = Schedule(RateCurve.constant(RATE_PER_S, duration_s), "poisson", SEED)
    return {
        chunk.first_index + place: int(intended_ns) // 1000
        for chunk in schedule.chunks()
        for place, intended_ns in enumerate(chunk.intended_ns)
    }


def written_ahead(run: Run) -> dict[int, int]:
    """Every wish that was written ahead, once: index and intended microsecond."""
    rows = run.intents()
    assert len({row.wish for row in rows}) == len(rows)
    return {row.wish: row.intended_us for row in rows}


def check_target_agrees(run: Run) -> None:
    """Requests by step, as the record counts them, are what the stub's truth log and ledger hold."""
    steps: Counter[str] = Counter()
    for row in run.table("outcomes").to_pylist():
        steps[row["step"]] += row["n"]
    truth = [json.loads(line) for line in (run.path / "stub" / "truth.jsonl").read_text().splitlines()]
    with closing(sqlite3.connect(run.path / "stub" / "ledger.sqlite")) as books:
        orders, payments = (
            books.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("orders", "payments")
        )
        cards = dict(books.execute("SELECT event, count(*) FROM card_events GROUP BY event").fetchall())

    assert steps["chat"] == sum(row["arrived"] for row in truth)
    assert steps["claim_card"] == cards["issued"]
    assert steps["apply_card"] == cards["reserved"]
    assert steps["pay"] == cards["used"] == orders == payments
    assert steps["create"] == steps["order"] == len(run.intents())


def check_whole(running: Festival, finished: Finished, workers: int) -> None:
    """Nothing is missing: every worker's last batch, every wish's row and outcome, the target's own counts."""
    run = running.run()
    assert finished.problems == []
    assert [worker.final_received for worker in finished.workers] == [True] * workers
    assert (finished.dropped, finished.in_flight) == (0, 0)
    assert finished.scheduled == finished.released == sum(finished.outcomes.values()) == len(run.intents())
    assert running.stub_pids() == []
    check_target_agrees(run)


def check_cut_short(running: Festival, finished: Finished, workers: int) -> None:
    """The record is whole as far as it goes, and each worker's wishes are the first of its share, at their times."""
    check_whole(running, finished, workers)
    schedule, wishes = planned(60), written_ahead(running.run())
    assert wishes.items() <= schedule.items()
    for worker in range(workers):
        of_worker = [wish for wish in sorted(wishes) if wish % workers == worker]
        assert of_worker == list(range(worker, worker + workers * len(of_worker), workers))


@pytest.mark.workers
@pytest.mark.parametrize("workers", [1, 2, 4])
@pytest.mark.parametrize("start", BY)
def test_any_number_of_workers_gives_the_same_arrivals(tmp_path: Path, start: Start, workers: int) -> None:
    """One, two and four workers release the schedule of the seed, which is a local run's, and record what the target counts."""
    with start(tmp_path, workers, *SHORT) as running:
        finished = finished_of(running, running.ended())

    assert (finished.ended_by, finished.complete, finished.notes) == ("completed", True, [])
    assert written_ahead(running.run()) == planned(DURATION_S)
    check_whole(running, finished, workers)


@pytest.mark.workers
def test_a_local_run_gives_the_same_arrivals(tmp_path: Path) -> None:
    """Without workers the same seed releases the same schedule."""
    with start_festival(tmp_path, *SHORT, scenario="steady") as running:
        finished = finished_of(running, running.ended())

    assert written_ahead(running.run()) == planned(DURATION_S)
    check_whole(running, finished, 1)


@pytest.mark.workers
@pytest.mark.parametrize("workers", [1, 2, 4])
@pytest.mark.parametrize("start", BY)
@pytest.mark.parametrize(("flags", "end", "ended_by"), ENDS)
def test_every_ending(
    tmp_path: Path,
    start: Start,
    workers: int,
    flags: tuple[str, ...],
    end: Callable[[Festival], None],
    ended_by: str,
) -> None:
    """However a run is cut short, its record is whole as far as it goes, says how it ended, and does not pass."""
    with start(tmp_path, workers, *LONG, *flags) as running:
        end(running)
        ended = running.ended()
        finished = finished_of(running, ended)

    assert (ended.exit_code, finished.ended_by, finished.complete) == (3, ended_by, False)
    assert "Traceback" not in ended.output
    check_cut_short(running, finished, workers)


def test_ctrl_c_with_two_workers(tmp_path: Path) -> None:
    """Ctrl-C in a terminal reaches master and workers at once, and every worker's last batch is there all the same."""
    with by_processes(tmp_path, 2, *LONG) as running:
        ctrl_c(running)
        ended = running.ended()
        finished = finished_of(running, ended)

    assert (ended.exit_code, finished.ended_by, finished.complete) == (3, "interrupted", False)
    check_cut_short(running, finished, 2)


def test_killed_worker(tmp_path: Path) -> None:
    """A worker killed with -9 makes the run invalid: the loss is named, and nobody waits for wishes that cannot end."""
    with by_processes(tmp_path, 2, *SHORT, "--patience", "60s") as running:
        running.wait_for("confirmed [1-9]")
        kill(running.worker_pids()[0])
        ended = running.ended()
        finished = finished_of(running, ended)

    assert ended.exit_code == 3
    loss, missing, *unknown = finished.problems
    assert all("written ahead and have no outcome" in sentence for sentence in unknown)
    assert "was lost before it had sent everything: batch " in loss
    assert missing.startswith(f"Of the schedule's {len(planned(DURATION_S))} wishes, ")
    assert "was lost before it had sent everything" in ended.words
    assert finished.elapsed_s < DURATION_S + GONE_S


@pytest.mark.workers
@pytest.mark.parametrize("start", BY)
def test_every_worker_is_killed(tmp_path: Path, start: Start) -> None:
    """When nobody is left the run ends by itself long before its time, and every loss is named."""
    with start(tmp_path, 2, *LONG) as running:
        running.wait_for("confirmed [1-9]")
        for pid in running.worker_pids():
            kill(pid)
        ended = running.ended()
        finished = finished_of(running, ended)

    assert ended.exit_code == 3
    assert len([problem for problem in finished.problems if "was lost before" in problem]) == 2
    assert finished.elapsed_s < GONE_S


@pytest.mark.parametrize(
    "start",
    [pytest.param(by_processes, id="--processes", marks=pytest.mark.workers), pytest.param(by_hand, id="separately")],
)
def test_killed_master(tmp_path: Path, start: Start) -> None:
    """When the master is killed with -9, no worker goes on sending load that nobody records."""
    with start(tmp_path, 2, *LONG) as running:
        running.wait_for("confirmed [1-9]")
        workers = running.worker_pids()
        running.process.kill()
        running.process.wait()
        wait_until_gone(running, workers)
        told = running.output() + "".join(path.read_text() for path in tmp_path.glob("worker-*.txt"))

    assert told.count("The master has been silent for 5 s") == 2
    assert running.run().finished is None


@pytest.mark.workers
def test_a_worker_that_leaves(tmp_path: Path) -> None:
    """A worker that is ended by itself sends all that it has, and what it did not offer makes the run invalid."""
    with by_hand(tmp_path, 2, *SHORT) as running:
        running.wait_for("confirmed [1-9]")
        running.workers[0].send_signal(signal.SIGTERM)
        ended = running.ended()
        finished = finished_of(running, ended)

    assert ended.exit_code == 3
    assert any("left before the run had ended" in problem for problem in finished.problems)
    assert all(worker.final_received for worker in finished.workers)


@pytest.mark.workers
def test_a_worker_that_comes_late(tmp_path: Path) -> None:
    """A worker that joins a run under way gets no load, costs nobody a wish, and the record says so."""
    port = free_port()
    with start_festival(tmp_path, *SHORT, *master(1, port), scenario="steady") as running:
        start_worker(running, port)
        running.wait_for("Target http")
        start_worker(running, port)
        ended = running.ended()
        finished = finished_of(running, ended)

    assert written_ahead(running.run()) == planned(DURATION_S)
    check_whole(running, finished, 1)
    (note,) = finished.notes
    assert "came after the run had begun and gets no load" in note
    assert note in ended.words


@pytest.mark.workers
def test_a_worker_of_another_version(tmp_path: Path) -> None:
    """A worker that speaks other messages than its master is named with both versions, and nothing is loaded."""
    port = free_port()
    older = "from locustfiles.recording import messages; messages.WIRE_VERSION = 1"
    with start_festival(tmp_path, *SHORT, *master(2, port), scenario="steady") as running:
        start_worker(running, port)
        start_worker(running, port, first=older)
        ended = running.ended()

    assert ended.exit_code == 2
    assert re.search(
        rf"It runs springtide \S+ \(messages 1\), the master springtide \S+ \(messages {WIRE_VERSION}\)", ended.words
    )
    assert list(running.runs.iterdir()) == []


@pytest.mark.workers
def test_a_worker_whose_clock_is_off(tmp_path: Path) -> None:
    """A worker whose wall clock is two seconds ahead starts with the others, and the record says by how much it was corrected."""
    port = free_port()
    ahead = "import time; right = time.time_ns; time.time_ns = lambda: right() + 2 * 10**9"
    with start_festival(tmp_path, *SHORT, *master(2, port), scenario="steady") as running:
        start_worker(running, port)
        start_worker(running, port, first=ahead)
        finished = finished_of(running, running.ended())

    (note,) = finished.notes
    assert re.search(r"is \+(199\d|200\d)\.\d ms off the master's", note), note
    check_whole(running, finished, 2)


@pytest.mark.workers
def test_a_worker_that_cannot_take_part(tmp_path: Path) -> None:
    """A run whose worker cannot write ahead is refused before any load, with the worker's name and reason."""
    with by_hand(tmp_path, 2, *SHORT, SPRINGTIDE_SPOOL="/proc/nowhere") as running:
        ended = running.ended()

    assert ended.exit_code == 2
    assert "cannot take part. [Errno 2] No such file or directory: '/proc/nowhere'" in ended.words
    assert "The run is not started" in ended.words
    assert list(running.runs.iterdir()) == []


def test_a_worker_on_another_host(tmp_path: Path) -> None:
    """A worker that does not see the run directory writes ahead on its own host, and its rows reach the record, each once."""
    spool = tmp_path / "spool"
    with by_hand(tmp_path, 2, *SHORT, SPRINGTIDE_SPOOL=str(spool)) as running:
        running.wait_for("confirmed [1-9]")
        (file,) = spool.iterdir()
        ahead = file.read_bytes().splitlines()
        finished = finished_of(running, running.ended())
        running.workers[1].wait(timeout=GONE_S)

    assert len(ahead) > 0
    assert written_ahead(running.run()) == planned(DURATION_S)
    check_whole(running, finished, 2)
    assert list(spool.iterdir()) == []


@pytest.mark.workers
def test_a_killed_worker_on_another_host(tmp_path: Path) -> None:
    """The rows of a lost worker stay on its host, where the record says they are."""
    spool = tmp_path / "spool"
    with by_hand(tmp_path, 2, *SHORT, SPRINGTIDE_SPOOL=str(spool)) as running:
        running.wait_for("confirmed [1-9]")
        kill(running.workers[1].pid)
        ended = running.ended()
        finished = finished_of(running, ended)

    (file,) = spool.iterdir()
    run = running.runs / "latest"
    assert ended.exit_code == 3
    assert any(f":{file} into the run directory" in problem for problem in finished.problems)
    assert "intents.jsonl lacks rows" in springtide("audit", run, "--ledger", run / "stub/ledger.sqlite").words
    shutil.copy(file, run)
    audit = springtide("audit", run, "--ledger", run / "stub/ledger.sqlite")
    assert audit.exit_code == 0, audit.output
    assert "lacks rows" not in audit.words
    assert {row.wish for row in running.run().intents()} >= {
        json.loads(line)["wish"] for line in file.read_text().splitlines()
    }


@pytest.mark.workers
def test_the_readmes_commands(tmp_path: Path) -> None:
    """What the README types on several hosts is a run when all of them are this one."""
    typed = re.findall(r"^(master|worker)\$ +\.venv/bin/locust -f locustfiles/steady\.py (.+)$", README, re.MULTILINE)
    (on_master, on_worker) = (words.replace("10.0.0.1", "127.0.0.1").split() for _, words in typed)
    assert on_worker == ["--worker", "--master-host", "127.0.0.1"]
    port = free_port()
    flags = [word for word in on_master if word != "--headless"]
    with start_festival(tmp_path, *SHORT, *flags, "--master-bind-port", str(port), scenario="steady") as running:
        for _ in range(2):
            start_worker(running, port)
        finished = finished_of(running, running.ended())

    check_whole(running, finished, 2)


def kill(pid: int) -> None:
    """Kill a worker as the kernel does when memory runs out."""
    os.kill(pid, signal.SIGKILL)


def wait_until_gone(running: Festival, pids: list[int]) -> None:
    """Return when none of the processes lives; TimeoutError when one stays."""
    pause = threading.Event()
    until_s = time.monotonic() + GONE_S
    while any(Path(f"/proc/{pid}").exists() for pid in pids):
        for worker in running.workers:
            worker.poll()  # a dead child stays in /proc until its parent has asked
        if time.monotonic() > until_s:
            raise TimeoutError(f"Workers live on: {pids}")
        pause.wait(0.1)
