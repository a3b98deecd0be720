"""What the one process that owns the run does: open it, start everybody together, keep the record, end it, have it judged.

With a local runner the same process also generates (``worker_role``). Every way out of a run leads through ``finish``, which
runs once.
"""

import sys
import time
from collections.abc import Mapping
from typing import Any, TextIO

import gevent
import msgspec
from gevent.lock import RLock
from locust.runners import MasterRunner

from locustfiles.guard import GuardError
from locustfiles.recording.locust_mirror import LocustMirror
from locustfiles.recording.master_end import MasterEnd
from locustfiles.recording.merge import Fold
from locustfiles.recording.parts import Parts, at_once
from locustfiles.recording.request_event import foreign_listeners, told_of
from locustfiles.recording.roster import LOCAL_WORKER
from locustfiles.session.abort_watch import AbortWatch, announced, told
from locustfiles.session.breath import in_breaths
from locustfiles.session.conductor import Conductor
from locustfiles.session.doors import GeneratorError
from locustfiles.session.embedded_stub import StubError
from locustfiles.session.gate_options import Gate
from locustfiles.session.scenarios import Scenario
from locustfiles.session.settings import Settings, SettingsError, read_settings, without_userinfo
from locustfiles.session.stop_file import watch
from locustfiles.session.verdict import Judgement, gate_mistake
from reports.run_record.run_directory import RunError
from reports.run_record.schema import STOPPED_AFTER_ONSET, Aborted, Batch, Finished

HEAD_START_S = 0.5
"""From "go" to second 0 of the curve: long enough for the message to reach every worker."""
TICK_S = 1.0
LAST_BATCH_S = 1.5
"""After the curve's end, until the last second's batches are in."""
FINISH_DEADLINE_S = 15.0
ANSWER_S = 10.0
"""For the workers to build the run and to start their shoppers; who takes longer hangs, or is none of ours."""
CANNOT_RECORD = "ended since its record could not be written"
ABORTED = "aborted early"
NO_WORKERS = "ended since every worker was lost"
_TURN_S = 0.1
USAGE = 2
INCONCLUSIVE = 3


class MasterRole:
    """The conducting half of an environment, over one run after another."""

    def __init__(self, environment: Any, scenario: Scenario, *, output: TextIO | None = None) -> None:
        """Listen to the workers; ``output`` takes the progress line and the verdict, standard output by default."""
        self._environment = environment
        self._runner = environment.runner
        self._scenario = scenario
        self._output = output or sys.stdout
        self._mirror = LocustMirror(environment)
        self._end = MasterEnd(environment.runner, take=self._take)
        self._conductor: Conductor | None = None
        self._arrived: list[Batch] = []
        self._ticker: gevent.Greenlet[..., None] | None = None
        self._watch: gevent.Greenlet[..., None] | None = None
        self._finishing = RLock()
        self._recording = RLock()
        self._has_begun = False
        self._ended_by = ""
        self._judgement: Judgement | None = None
        self._abort = AbortWatch(())
        self._aborted: Aborted | None = None
        self._gate_mistakes: dict[tuple[object, ...], str] = {}

    def settings(self) -> Settings:
        """The present options, checked; SettingsError with a sentence for every mistake."""
        parsed = {**vars(self._environment.parsed_options), "host": self._environment.host}
        self._forget_password()
        return read_settings(parsed, self._scenario, gate_mistake=self._gate_mistake)

    def _forget_password(self) -> None:
        """A URL with a password is refused, and Locust's page must not go on showing it."""
        for owner in (self._environment, self._environment.parsed_options):
            if "@" in (getattr(owner, "host", None) or ""):
                owner.host = without_userinfo(owner.host)

    def _gate_mistake(self, gate: Gate, segments: int | None, steps: tuple[str, ...]) -> str:
        """What is wrong with the objectives; asked once for each state of their files, since options are read more than once."""
        key = (*gate.state, segments, steps)
        if key not in self._gate_mistakes:
            self._gate_mistakes[key] = gate_mistake(gate, segments, steps)
        return self._gate_mistakes[key]

    def open_run(self) -> None:
        """Prepare target and plan; on a mistake say it, end the test unsent with exit code 2."""
        try:
            settings = self.settings()
            conductor = Conductor(
                self._scenario.name,
                settings,
                shoppers=self._shoppers(settings),
                output=self._output,
            )
            self._conductor, self._has_begun, self._ended_by, self._judgement = conductor, False, "", None
            self._aborted = None
            plan = conductor.prepare()
            self._end.open(plan.run_id, msgspec.msgpack.encode(plan))
            self._abort = AbortWatch(settings.gate.abort_on)
        except SettingsError as error:
            self._refuse(error.sentences)
        except (GuardError, StubError, GeneratorError, RunError, OSError) as error:
            self._refuse([str(error)])
        else:
            self._refuse_without(self._end.roster.left_out)
            ceiling = "" if plan.most_per_s is None else f", {plan.most_per_s:g} wishes/s by the guard's ceiling"
            self._say(
                f"{plan.curve.note}\nTarget {plan.target_url}, at most {plan.shoppers} shoppers at once{ceiling}.\n"
                f"{announced(settings.gate.abort_on)}"
            )

    def _shoppers(self, settings: Settings) -> int:
        users = self._environment.parsed_options.num_users
        return int(users) if users else settings.usual_shoppers

    def _refuse_without(self, left_out: Mapping[str, str]) -> None:
        """A run without a worker that its user has started would drop that worker's part of the load: better none."""
        if left_out:
            advice = (
                ["The run is not started: mend or stop the workers named above."]
                if left_out.keys() - {LOCAL_WORKER}
                else []
            )
            self._refuse([*left_out.values(), *advice])

    def _refuse(self, sentences: list[str]) -> None:
        for sentence in sentences:
            sys.stderr.write(f"{sentence}\n")
            if self._environment.web_ui is not None:
                # Whoever pressed the button sees its page and not this process's output.
                self._runner.log_exception("springtide", sentence, sentence)
        conductor, self._conductor = self._conductor, None
        self._abort.end()
        if conductor is not None:
            conductor.end_target()
        self._environment.process_exit_code = USAGE
        gevent.spawn(self._end_refused)
        # Ends the greenlet that starts the test in silence; Locust's StopTest would print its traceback after the sentences.
        raise gevent.GreenletExit

    def _end_refused(self) -> None:
        """Let the workers that have built the run close it, then end the test."""
        if self._end.fold is not None:
            self._end.finish(FINISH_DEADLINE_S)
        gevent.sleep(_TURN_S)
        self._end_test()

    def begin(self) -> None:
        """All shoppers are there: write the manifest and start every worker at the same instant; once a run."""
        conductor, fold = self._conductor, self._end.fold
        if conductor is None or fold is None or self._has_begun:
            return
        self._has_begun = True
        self._abort.await_ready(ANSWER_S)
        workers = self._end.muster(ANSWER_S)
        if self._conductor is not conductor:  # the run was ended meanwhile
            return
        self._refuse_without(self._end.roster.left_out)
        if isinstance(self._runner, MasterRunner):
            # To serve a worker that joins later, Locust would kill shoppers of the others, and their wishes would be lost.
            self._runner._users_dispatcher = None
        started_unix_ns = time.time_ns() + int(HEAD_START_S * 1e9)
        try:
            conductor.begin(started_unix_ns, len(workers), fold.places)
        except (RunError, OSError) as error:
            self._give_up(error)
            return
        self._abort.begin(conductor.path)
        self._say(told_of(foreign_listeners(self._environment)))
        self._end.go(started_unix_ns)
        self._ticker = gevent.spawn(self._tick, conductor)
        self._watch = watch(conductor.settings.stop_file, conductor.closes_unix_ns, self._end_load)

    def _take(self, batch: Batch) -> None:
        self._arrived.append(batch)

    def _record_arrived(self, conductor: Conductor) -> Parts[None]:
        batches, self._arrived = self._arrived, []
        for batch in batches:
            yield from self._end.unpack_in_parts(batch)
        yield from conductor.take_in_parts(batches)
        yield
        yield from self._mirror.add_in_parts(batches, time.time_ns() // 1_000_000_000)

    def _tick(self, conductor: Conductor) -> None:
        try:
            while not self._is_over(conductor):
                gevent.sleep(TICK_S)
                with self._recording:
                    in_breaths(self._record_arrived(conductor))
                if (found := self._abort.look()) and conductor.elapsed_s() < conductor.settings.duration_s:
                    self._aborted = found
                    self._say(told(found))
                    self._end_load(ABORTED)
                if conductor.has_seen_enough and not self._ended_by:
                    self._end_load(STOPPED_AFTER_ONSET)
        except OSError as error:
            self._give_up(error)
            return
        ran_out = conductor.elapsed_s() >= conductor.settings.duration_s
        if not ran_out:
            self._ended_by = self._ended_by or (CANNOT_RECORD if self._end.living() else NO_WORKERS)
        self._ended_by = self._ended_by or "completed"
        self._end_test()

    def _end_test(self) -> None:
        gevent.spawn(self._runner.stop if self._environment.web_ui is not None else self._runner.quit)

    def _give_up(self, error: Exception) -> None:
        """Load that cannot be recorded is worth nothing: say why, and end the test."""
        self._ended_by = self._ended_by or CANNOT_RECORD
        sys.stderr.write(f"\nThe record cannot be written ({error}), so the run ends here.\n")
        self._end_test()

    def _is_over(self, conductor: Conductor) -> bool:
        """Whether the curve has run out and every wish of a living worker has ended, or outlived all patience.

        Also whether nobody is left: all workers have given up or are lost. The wishes of a lost worker can never end.
        """
        fold = self._end.fold
        if fold is None:
            return False
        working = [worker for worker in self._end.living() if not fold.has_ended(worker)]
        if not working:
            return True
        after_s = conductor.elapsed_s() - conductor.settings.duration_s - LAST_BATCH_S
        in_flight = sum(map(fold.in_flight_of, working))
        return after_s > 0 and (in_flight == 0 or after_s > conductor.settings.longest_wish_s)

    def interrupt(self) -> None:
        """The user ended the run: remember it, and end the load before Locust writes its reports."""
        self._ended_by = self._ended_by or "interrupted"
        self._ask_to_finish()

    def _end_load(self, why: str) -> None:
        """End the load, and then the test, for this reason."""
        self._ended_by = self._ended_by or why
        self._ask_to_finish()
        self._end_test()

    def _ask_to_finish(self) -> None:
        """End the load now; in a greenlet of its own, since a local runner drains in the one that asks."""
        if self._has_begun and self._end.fold is not None:
            gevent.spawn(self._end.ask_to_finish)

    def finish(self, ended_by: str) -> None:
        """End the present run: drain, close the record, end the stub, ask the gate; idempotent, from any greenlet."""
        with self._finishing:
            conductor, self._conductor = self._conductor, None
            if conductor is None:
                return
            if self._watch is not None:
                self._watch.kill(block=False)
            self._abort.end()
            if self._ticker is not None and self._ticker is not gevent.getcurrent():
                with self._recording:  # what it has begun to record is whole
                    self._ticker.kill()
            if self._has_begun and not self._end.living():
                # Locust stops a test that has lost its last worker, and then sits there until its run time is over.
                self._ended_by = self._ended_by or NO_WORKERS
                if self._environment.web_ui is None:
                    gevent.spawn(self._runner.quit)
            try:
                fold = self._end.finish(FINISH_DEADLINE_S)
                if self._has_begun:
                    self._close_record(conductor, fold, self._ended_by or ended_by)
            except OSError as error:
                sys.stderr.write(f"\nThe record could not be closed ({error}); it stays unfinished.\n")
            finally:
                conductor.end_target()
            self._judgement = conductor.judge()
            self._environment.process_exit_code = INCONCLUSIVE if self._judgement is None else self._judgement.exit_code
            if self._environment.web_ui is not None:
                self.print_verdict()

    def _close_record(self, conductor: Conductor, fold: Fold, ended_by: str) -> None:
        at_once(self._record_arrived(conductor))
        requests, failures = self._mirror.totals()
        totals, problems = fold.totals, [*fold.problems(), *self._end.roster.problems()]
        is_planned = ended_by == "completed" and conductor.settings.offer.thinking is None
        if is_planned and (missing := conductor.planned_wishes() - totals.scheduled):
            problems.append(f"Of the schedule's {conductor.planned_wishes()} wishes, {missing} are in no batch.")
        if problems and (unknown := conductor.written_ahead() - totals.outcomes.total()) > 0:
            problems.append(
                f"{unknown} wish(es) were written ahead and have no outcome; the ledger audit tells which became orders."
            )
        conductor.finish(
            Finished(
                ended_by=ended_by,
                complete=ended_by == "completed" and not problems,
                ended_unix_ns=time.time_ns(),
                elapsed_s=conductor.elapsed_s(),
                scheduled=totals.scheduled,
                released=totals.released,
                dropped=totals.dropped,
                in_flight=totals.in_flight,
                held_back=totals.held_back,
                outcomes=dict(totals.outcomes),
                locust_requests=requests,
                locust_failures=failures,
                workers=fold.workers(),
                problems=problems,
                announced=fold.announced.rows(),
                notes=[
                    *self._end.roster.notes(),
                    *conductor.guard_notes(totals.held_back, totals.scheduled),
                    *self._abort.notes,
                    *conductor.stop_notes(ended_by),
                ],
                aborted=self._aborted if ended_by == ABORTED else None,
            )
        )

    def print_verdict(self) -> None:
        """Write the verdict of the last run, once."""
        judgement, self._judgement = self._judgement, None
        if judgement is not None:
            self._say(f"\n{judgement.text}")

    def _say(self, text: str) -> None:
        self._output.write(text)
        self._output.flush()
