"""One run from the master's side: target and run directory before it, the record while it runs, the verdict after it.

The conductor owns what there is once in a run, however many workers generate load: settings, embedded stub, run directory, the
merged record, Locust's tables, the progress line, the gate. It is a state machine of four calls in this order: ``prepare``,
``begin``, ``take`` once a second, ``finish``.
"""

import math
import os
import platform
import shutil
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TextIO

from locustfiles.guard import permits_for
from locustfiles.journeys.itinerary import spoken_to
from locustfiles.protocols.ucp_discovery import UcpProfile
from locustfiles.recording.intents import leave_token, remove_token
from locustfiles.recording.live_onset import LiveOnset
from locustfiles.recording.parts import Parts
from locustfiles.session.discovery import discovered
from locustfiles.session.embedded_stub import LEDGER, TRUTH, EmbeddedStub, StubOrder
from locustfiles.session.plan import Plan, make_plan, offered_facts
from locustfiles.session.progress import Progress
from locustfiles.session.settings import Settings
from locustfiles.session.verdict import Judgement, judge_for
from locustfiles.target.target import Target
from reports.run_record.outcome import PAY, PURCHASE_STEPS
from reports.run_record.run_directory import INTENTS, RunWriter
from reports.run_record.schema import STOPPED_AFTER_ONSET, Batch, Finished, Manifest, Permit, TargetFacts

LATEST = "latest"
PROTOCOLS = "chat completions, ACP 2026-04-17, campaign"
OWN_PROTOCOL = "as the journey of the locustfile speaks it"
_NS = 1_000_000_000


class Conductor:
    """One run. Raises GuardError, StubError and OSError from ``prepare``, each with a sentence for the user."""

    def __init__(
        self,
        scenario: str,
        settings: Settings,
        *,
        shoppers: int,
        output: TextIO,
    ) -> None:
        """Plan a run of ``scenario``; nothing is touched yet."""
        self.settings = settings
        self.path = Path()
        self.started_unix_ns = 0
        self._started_ns = 0
        self._scenario = scenario
        self._shoppers = shoppers
        self._output = output
        self._steps = settings.steps
        self._stub: EmbeddedStub | None = None
        self._writer: RunWriter | None = None
        self._plan: Plan | None = None
        self._loaded = settings.target
        """With the version that discovery has found."""
        load = "offered" if settings.offer.thinking is None else "begun"
        served = "confirmed" if PAY in settings.steps and {*settings.steps} <= {*PURCHASE_STEPS} else "served"
        self._progress = Progress(settings.duration_s, output.isatty(), load, served)
        self._live = LiveOnset(
            max(1, math.ceil(settings.duration_s)),
            warm_up_s=math.ceil(settings.gate.warm_up_s),
            offered_per_s=offered_in(settings),
        )

    def prepare(self) -> Plan:
        """Make the run directory, start or check the target, and say what workers must know."""
        self.path = new_directory(self.settings.runs, self._scenario)
        try:
            url, permits = self._target()
            self._loaded, profile = self._discovered(permits)
        except BaseException:
            shutil.rmtree(self.path, ignore_errors=True)
            raise
        self._plan = make_plan(
            self.settings,
            run_id=uuid.uuid4().hex[:12],
            run_path=self.path,
            curve=offered_facts(self.settings),
            target_url=url,
            shoppers=self._shoppers,
            permits=permits,
            target=self._loaded,
            profile=profile,
        )
        leave_token(self.path, self._plan.run_id)
        return self._plan

    @property
    def closes_unix_ns(self) -> int | None:
        """Wall clock at which load must have ended; None = whenever the run ends. To be asked after ``prepare``."""
        return None if self._plan is None else self._plan.closes_unix_ns

    def guard_notes(self, held_back: int, scheduled: int) -> list[str]:
        """What the guard's ceiling did to the run, in a sentence; empty when it did nothing."""
        if self._plan is None or not held_back:
            return []
        permitted_per_s = self._plan.most_per_s
        told = f"The guard held back {held_back} of {scheduled} wishes, which count as dropped"
        return [f"{told}: {permitted_per_s:g} wishes/s over all workers are permitted."]

    def planned_wishes(self) -> int:
        """How many arrivals the whole schedule has; to be asked after ``prepare``."""
        assert self._plan is not None  # noqa: S101 - prepare comes first by the class's contract
        return sum(len(chunk.intended_ns) for chunk in self._plan.schedule.chunks())

    def written_ahead(self) -> int:
        """How many wishes are in the run directory's write-ahead log."""
        with (self.path / INTENTS).open("rb") as lines:
            return sum(1 for _ in lines)

    def _target(self) -> tuple[str, tuple[Permit, ...]]:
        """The shop's base URL, and what permits the run to load it; the embedded stub needs no permit."""
        permits = permitted(self.settings)
        if self.settings.host:
            return self.settings.host, permits
        order = StubOrder(
            capacity_per_s=self.settings.offer.capacity_per_s,
            incident=self.settings.incident,
            voice=self.settings.voice,
            seed=self.settings.seed,
            replicas=self.settings.replicas or 1,
            contention=self.settings.replica_contention,
        )
        self._stub = EmbeddedStub.start(order, self.path)
        return self._stub.url, ()

    def _discovered(self, permits: tuple[Permit, ...]) -> tuple[Target | None, UcpProfile | None]:
        target = self.settings.target
        return (None, None) if target is None else discovered(target, permits, self.settings.ca_pem)

    def begin(self, started_unix_ns: int, workers: int, spools: Mapping[str, str] | None = None) -> None:
        """Write the manifest: second 0 of the curve is at ``started_unix_ns``, and so many workers share it.

        ``spools``: by worker, where its write-ahead rows lie when that is not here.
        """
        assert self._plan is not None  # noqa: S101 - prepare comes first by the class's contract
        self.started_unix_ns = started_unix_ns
        self._started_ns = time.monotonic_ns() + started_unix_ns - time.time_ns()
        remove_token(self.path)
        self._writer = RunWriter.create(self.path, self._manifest(self._plan, workers, dict(spools or {})))
        point_latest_at(self.path)

    def _manifest(self, plan: Plan, workers: int, spools: dict[str, str]) -> Manifest:
        stub = self._stub
        return Manifest(
            run_id=plan.run_id,
            scenario=self._scenario,
            started_unix_ns=self.started_unix_ns,
            duration_s=self.settings.duration_s,
            seed=self.settings.seed,
            curve=plan.curve,
            target=TargetFacts(
                kind="stub" if stub else "service",
                url=plan.target_url,
                name=self._loaded.name if self._loaded else "",
                protocol=self._protocol(),
                chat_url=plan.chat_url or None,
                capacity_orders_per_s=stub.capacity_orders_per_s if stub else None,
                ledger=str(LEDGER) if stub else None,
                truth_log=str(TRUTH) if stub else None,
                replicas=self.settings.replicas or (1 if stub else None),
                permits=list(plan.permits),
            ),
            steps=list(self._steps),
            arguments={**self.settings.arguments, "shoppers": self._shoppers},
            versions=versions(),
            host=host_facts(),
            clocks={
                "durations": "CLOCK_MONOTONIC, nanoseconds",
                "wall": "CLOCK_REALTIME at the run's start, nanoseconds",
            },
            workers=workers,
            spools=spools,
            warm_up_s=self.settings.gate.warm_up_s,
        )

    def _protocol(self) -> str:
        if self._loaded is not None:
            return spoken_to(self._loaded)
        return PROTOCOLS if self._steps == PURCHASE_STEPS else OWN_PROTOCOL

    def elapsed_s(self) -> float:
        """Seconds since second 0 of the curve, 0 before it began."""
        return max(0.0, (time.monotonic_ns() - self._started_ns) / _NS) if self._started_ns else 0.0

    def take_in_parts(self, batches: Sequence[Batch]) -> Parts[None]:
        """Append what the workers saw, unpacked, to the record and move the progress line; yields between parts, to be exhausted."""
        if self._writer is None:
            return
        yield from self._writer.add_in_parts(batches)
        self._progress.add(batches)
        yield
        elapsed_s = self.elapsed_s()
        self._write(self._progress.news(self._live.add(batches, elapsed_s)))
        yield
        self._write(self._progress.text(elapsed_s, self._live.standing))

    @property
    def has_seen_enough(self) -> bool:
        """Whether the run was to be ended so long after an onset, and is."""
        after_s, onset = self.settings.stop_after_onset_s, self._live.first_onset
        return after_s is not None and onset is not None and self.elapsed_s() >= onset + after_s

    def stop_notes(self, ended_by: str) -> list[str]:
        """Why a run ended before its curve did, in a sentence, when an onset ended it."""
        if ended_by != STOPPED_AFTER_ONSET:
            return []
        after_s, onset = self.settings.stop_after_onset_s, self._live.first_onset
        return [
            f"Shoppers were turned away from second {onset} on, and the run was ended {after_s:g} s later, as it was asked to."
        ]

    def finish(self, finished: Finished) -> None:
        """Close the record; the run directory is complete after this."""
        if self._writer is not None:
            self._writer.finish(finished)
        if self._progress.is_terminal:
            self._write("\n")

    def end_target(self) -> None:
        """End the embedded stub, so that its books are closed before anybody reads them; idempotent."""
        stub, self._stub = self._stub, None
        if stub is not None:
            stub.end()
        if self._writer is None and self.path != Path():
            shutil.rmtree(self.path, ignore_errors=True)

    def judge(self) -> Judgement | None:
        """What the gate says of the record; None when the run never began."""
        if self._writer is None:
            return None
        return judge_for(self._output, self.path, self.settings.gate)

    def _write(self, text: str) -> None:
        if text:
            self._output.write(text)
            self._output.flush()


def permitted(settings: Settings) -> tuple[Permit, ...]:
    """What permits the run to load its targets, none for the embedded stub; GuardError when it may not be started."""
    return permits_for(
        *settings.origins,
        allow=settings.allow,
        typed=settings.typed_hosts,
        stop_file=settings.stop_file,
        ca_pem=settings.ca_pem,
    )


def offered_in(settings: Settings) -> Callable[[int], float] | None:
    """What the curve offers in a second, in wishes; None in a closed model, which has no curve."""
    if settings.offer.thinking is not None:
        return None
    expected = settings.offer.curve.expected
    return lambda second: expected(second + 1.0) - expected(float(second))


def versions() -> dict[str, str]:
    """Of what a run's figures depend on."""
    names = ("springtide", "locust", "gevent", "numpy")
    return {**{name: version(name) for name in names}, "python": platform.python_version()}


def host_facts() -> dict[str, str | int | float]:
    """What this machine is."""
    return {"cores": os.cpu_count() or 0, "platform": platform.platform(), "machine": platform.machine()}


def new_directory(runs: Path, scenario: str) -> Path:
    """A fresh run directory; OSError with a sentence when none can be made."""
    stamp = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{scenario}"
    try:
        runs.mkdir(parents=True, exist_ok=True)
        return _free_directory(runs, stamp)
    except OSError as error:
        msg = f"No run directory can be made in {runs} ({error.strerror or error}); give another --runs."
        raise OSError(msg) from error


def _free_directory(runs: Path, stamp: str) -> Path:
    for suffix in ("", *(f"-{number}" for number in range(2, 1000))):
        path = runs / f"{stamp}{suffix}"
        try:
            path.mkdir()
        except FileExistsError:
            continue
        return path
    raise OSError("it holds a thousand runs of this second already")


def point_latest_at(path: Path) -> None:
    """Make the run at ``path`` the latest of its folder."""
    beside = path.parent / f".{LATEST}.{os.getpid()}"
    beside.unlink(missing_ok=True)
    try:
        beside.symlink_to(path.name)
        beside.replace(path.parent / LATEST)
    except OSError:  # a convenience: a folder of that name, or a disk without links, must not cost the run
        beside.unlink(missing_ok=True)
