"""What the process does that owns a run whose users Locust drives: run directory, record, verdict. It starts and stops nothing.

A run is what lies between Locust's start of the test and its end; with workers, the beginning of its end. One request is one sample; there are no wishes,
since nothing was scheduled and nothing was written ahead.
"""

import shutil
import sys
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO

import gevent
import msgspec
from gevent.lock import RLock
from locust.runners import STATE_MISSING, LocalRunner

from locustfiles.recording.master_end import MasterEnd
from locustfiles.recording.merge import Fold
from locustfiles.session.abort_watch import AbortWatch, told
from locustfiles.session.conductor import host_facts, new_directory, point_latest_at, versions
from locustfiles.session.gate_options import Gate, gate_options, read_gate, warm_up_mistake
from locustfiles.session.gate_options import told as told_mistake
from locustfiles.session.master_role import ABORTED
from locustfiles.session.options import LOCUSTFILE_SLO, RUNS, span_s
from locustfiles.session.settings import without_userinfo
from locustfiles.session.verdict import Judgement, gate_mistake, judge_for
from locustfiles.session.watch_worker import WatchPlan
from reports.run_record.run_directory import RunError, RunWriter
from reports.run_record.schema import (
    NOT_COMPARED,
    UNSCHEDULED,
    Aborted,
    Batch,
    CurveFacts,
    Finished,
    Manifest,
    TargetFacts,
)

GATE_OPTIONS = gate_options(LOCUSTFILE_SLO)
WATCH_OPTIONS = (*GATE_OPTIONS, RUNS)
"""What can be said of a run whose load is not ours."""
SCENARIO = "locustfile"
NOTE = "Locust's own users, recorded: nothing was scheduled, and response times run from the send."
TICK_S = 1.0
ROSTER_S = 2.0
"""So long the start waits for the workers that are there to say that they record."""
ABORT_READY_S = 10.0
FINISH_DEADLINE_S = 15.0
USAGE, INCONCLUSIVE = 2, 3


class WatchMaster:
    """Keeps one run after another of an environment."""

    def __init__(self, environment: Any, *, output: TextIO | None = None) -> None:
        """Listen to the workers; ``output`` takes the verdict, standard output by default."""
        self._environment = environment
        self._runner = environment.runner
        self._output = output or sys.stdout
        self._end = MasterEnd(environment.runner, take=self._take)
        self._writer: RunWriter | None = None
        self._gate = Gate()
        self._abort = AbortWatch(())
        self._aborted: Aborted | None = None
        self._started_ns = 0
        self._planned_s = 0.0
        self._arrived: list[Batch] = []
        self._problems: list[str] = []
        self._ticker: gevent.Greenlet[..., None] | None = None
        self._finishing = RLock()
        self._ended_by = ""
        self._recorded: Path | None = None
        """A run that is closed and not judged."""
        self._judgement: Judgement | None = None

    def mistakes(self) -> list[str]:
        """What is wrong with the options, a sentence each."""
        wrong: list[str] = []
        gate = read_gate(GATE_OPTIONS, vars(self._environment.parsed_options), wrong)
        if gate is not None:
            self._gate = gate
            if mistake := gate_mistake(gate, 0, ()):
                wrong.append(told_mistake(mistake))
            run_time_s = _seconds(vars(self._environment.parsed_options).get("run_time"))
            wrong += filter(None, [warm_up_mistake(gate.warm_up_s, run_time_s)])
        return wrong

    def make_ready(self) -> None:
        """Start what --abort-on asks for: it takes seconds, which belong before the test, whose time they would be taken from."""
        self._abort = AbortWatch(self._gate.abort_on)
        self._abort.await_ready(ABORT_READY_S)

    def open_run(self) -> None:
        """The test starts: make the record and have every worker record; on a mistake say it and end the test with exit code 2."""
        self.end("stopped")
        wrong = self.mistakes()
        try:
            if not wrong:
                self._begin(vars(self._environment.parsed_options))
        except (RunError, OSError) as error:
            wrong = [str(error)]
        if wrong:
            self._refuse(wrong)

    def _begin(self, parsed: Mapping[str, Any]) -> None:
        self._planned_s = _seconds(parsed.get("run_time"))
        self._problems, self._arrived, self._ended_by, self._judgement = [], [], "", None
        self._aborted = None
        if not self._abort.is_there:
            self.make_ready()
        run_id = uuid.uuid4().hex[:12]
        self._end.open(run_id, msgspec.msgpack.encode(WatchPlan(run_id)))
        roster = self._await_roster()
        path = new_directory(Path(RUNS.text_in(parsed)), SCENARIO)
        started_unix_ns = time.time_ns()
        self._started_ns = time.monotonic_ns()
        try:
            self._writer = RunWriter.create(path, self._manifest(run_id, started_unix_ns, len(roster)))
        except BaseException:
            shutil.rmtree(path, ignore_errors=True)
            raise
        point_latest_at(path)
        self._abort.begin(path)
        self._end.go(started_unix_ns)
        self._say(f"Recording every request in {path}; nothing is scheduled, so response times run from the send.\n")
        self._ticker = gevent.spawn(self._tick)

    def _await_roster(self) -> list[str]:
        """Who records; a local runner answers at once."""
        fold = self._end.fold
        assert fold is not None  # noqa: S101 - it was opened before
        until_s = time.monotonic() + ROSTER_S
        while self._others(fold) and time.monotonic() < until_s:
            gevent.sleep(0.01)
        return fold.roster

    def _others(self, fold: Fold) -> list[str]:
        """Workers that Locust knows and that do not record."""
        clients = getattr(self._runner, "clients", {})
        there = {name for name, client in clients.items() if client.state != STATE_MISSING}
        return sorted(there - set(fold.roster))

    def _manifest(self, run_id: str, started_unix_ns: int, workers: int) -> Manifest:
        environment, options = self._environment, self._environment.parsed_options
        hosts = [environment.host, *(getattr(user, "host", None) for user in environment.user_classes)]
        names = ("num_users", "spawn_rate", "run_time")
        return Manifest(
            run_id=run_id,
            scenario=SCENARIO,
            started_unix_ns=started_unix_ns,
            duration_s=self._planned_s,
            seed=0,
            curve=CurveFacts(name=SCENARIO, segments=[], process=UNSCHEDULED, note=NOTE),
            target=TargetFacts(kind="service", url=without_userinfo(next(filter(None, hosts), ""))),
            steps=[],
            arguments={**self._gate.recorded, **{name: getattr(options, name, None) for name in names}},
            versions=versions(),
            host=host_facts(),
            clocks={"durations": "as Locust's clients measure them", "wall": "CLOCK_REALTIME, nanoseconds"},
            workers=workers,
            warm_up_s=self._gate.warm_up_s,
        )

    def _refuse(self, sentences: list[str]) -> None:
        for sentence in sentences:
            sys.stderr.write(f"{sentence}\n")
            if self._environment.web_ui is not None:
                self._runner.log_exception("springtide", sentence, sentence)
        self._environment.process_exit_code = USAGE
        if self._environment.web_ui is None:
            gevent.spawn_later(0.1, self._runner.quit)
        raise gevent.GreenletExit  # ends the greenlet that starts the test, in silence

    def _take(self, batch: Batch) -> None:
        self._arrived.append(batch)

    def _tick(self) -> None:
        while True:
            gevent.sleep(TICK_S)
            try:
                self._record_arrived()
            except OSError as error:
                self._problems.append(f"The record could not be written ({error}).")
                return
            if found := self._abort.look():
                self._aborted, self._ended_by = found, self._ended_by or ABORTED
                self._say(told(found))
                gevent.spawn(self._runner.stop if self._environment.web_ui is not None else self._runner.quit)

    def _record_arrived(self) -> None:
        batches, self._arrived = self._arrived, []
        for batch in batches:
            if self._writer is not None:
                self._writer.add(batch)

    def interrupt(self) -> None:
        """Remember that the user ended the run."""
        self._ended_by = self._ended_by or "interrupted"

    def quitting(self) -> None:
        """The process ends, perhaps with its users at full load: stop them first, so that nobody loads the target unrecorded."""
        if self._writer is not None and isinstance(self._runner, LocalRunner):
            self._ended_by = self._ended_by or "terminated"
            self._runner.stop()
        self.end("terminated")

    def end(self, ended_by: str) -> None:
        """No user is busy any more: close the record, if that has not been done, and ask the gate; idempotent."""
        self.finish(ended_by)
        with self._finishing:
            path, self._recorded = self._recorded, None
            if path is not None:
                self._judge(path)

    def finish(self, ended_by: str) -> None:
        """Close the record; idempotent, from any greenlet."""
        with self._finishing:
            fold = self._end.fold
            if self._writer is None or fold is None:
                return
            if self._ticker is not None:
                self._ticker.kill()
            self._abort.end()
            elapsed_s = (time.monotonic_ns() - self._started_ns) / 1e9
            strangers = self._others(fold)
            self._end.finish(FINISH_DEADLINE_S)
            writer = self._writer
            try:
                self._record_arrived()
                writer.finish(self._finished(fold, strangers, ended_by, elapsed_s))
            except OSError as error:
                sys.stderr.write(f"\nThe record could not be closed ({error}); it stays unfinished.\n")
            self._writer, self._recorded = None, writer.path

    def _finished(self, fold: Fold, strangers: list[str], ended_by: str, elapsed_s: float) -> Finished:
        problems = [*self._problems, *fold.problems()]
        problems += [f"Worker {name} joined after the start, and its requests are not on record." for name in strangers]
        ended_by = self._ended_by or ended_by
        has_run_out = elapsed_s >= self._planned_s - 1.0 if self._planned_s else ended_by not in ("terminated", ABORTED)
        ended_by = "completed" if has_run_out else ended_by
        return Finished(
            ended_by=ended_by,
            complete=has_run_out and not problems,
            ended_unix_ns=time.time_ns(),
            elapsed_s=elapsed_s,
            scheduled=0,
            released=0,
            dropped=0,
            in_flight=0,
            outcomes={},
            locust_requests=NOT_COMPARED,
            workers=fold.workers(),
            problems=problems,
            announced=fold.announced.rows(),
            notes=self._abort.notes,
            aborted=self._aborted if ended_by == ABORTED else None,
        )

    def _judge(self, path: Path) -> None:
        self._judgement = judge_for(self._output, path, self._gate)
        self._environment.process_exit_code = self._judgement.exit_code
        if self._environment.web_ui is not None:
            self.print_verdict()

    def print_verdict(self) -> None:
        """Write the verdict of the last run, once."""
        judgement, self._judgement = self._judgement, None
        if judgement is not None:
            self._say(f"\n{judgement.text}")

    def _say(self, text: str) -> None:
        self._output.write(text)
        self._output.flush()


def _seconds(run_time: Any) -> float:
    """Seconds of Locust's run time, which its web form gives as text; 0 = none."""
    try:
        return span_s(str(run_time)) if run_time else 0.0
    except ValueError:
        return 0.0
