"""One shopper walked through a target, every request and reply kept: the run's own doors, transport and judgement, without a run.

What is sent is a real purchase, so the guard is asked first, and ``until`` ends the walk before the step that must not happen.
"""

import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from locustfiles.arrivals.arrival import Arrival
from locustfiles.arrivals.rate_curve import RateCurve
from locustfiles.journeys.itinerary import steps_of
from locustfiles.journeys.retry import RetryPolicy, sole
from locustfiles.journeys.storefront import Wire
from locustfiles.protocols.ucp_discovery import UcpProfile
from locustfiles.recording.classify import Verdict
from locustfiles.recording.intents import leave_token
from locustfiles.recording.recorder import Recorder
from locustfiles.session.generator import Generator
from locustfiles.session.plan import Plan, curve_facts
from locustfiles.target.base_url import origins_of
from locustfiles.target.target import Target
from locustfiles.transport.connection_pool import BodySink
from locustfiles.transport.exchange import Exchange
from reports.run_record.outcome import Outcome, Reason
from reports.run_record.schema import Permit

DOCTOR = "doctor"
PATIENCE_S = 8.0
KEPT_BYTES = 64 * 1024
"""Of a stream, whose whole body nobody else keeps."""
_UNJUDGED = Verdict(Outcome.UNKNOWN)


@dataclass(slots=True)
class Leg:
    """One request and what came of it."""

    origin: str
    request: bytes
    exchange: Exchange
    body: bytes
    step: str = ""
    verdict: Verdict = _UNJUDGED
    first_content_ns: int | None = None

    @property
    def took_ms(self) -> float:
        """From the request to the last byte of its answer, a new connection included."""
        return (self.exchange.end_ns - self.exchange.ready_ns) / 1e6


@dataclass(slots=True)
class Walk:
    """The legs of one wish in order."""

    expected: tuple[str, ...]
    """The steps of the target's journey."""
    legs: list[Leg] = field(default_factory=list)

    @property
    def missing(self) -> list[str]:
        """Steps that were not reached, or did not get what they asked for."""
        good = {leg.step for leg in self.legs if leg.verdict.outcome.is_good}
        return [step for step in self.expected if step not in good]


class _EnoughError(Exception):
    """The last step that was asked for is done."""


class _Witness(Recorder):
    """Joins what came of a request to the request, which its wire has heard just before."""

    def __init__(self, walk: Walk, until: str) -> None:
        super().__init__("", DOCTOR)
        self._walk, self._until = walk, until

    def record(
        self,
        step: str,
        outcome: Outcome,
        reason: Reason,
        exchange: Exchange,
        first_content_ns: int | None = None,
        gaps_ns: Sequence[int] = (),
        **stream: int | None,
    ) -> None:
        """Keep the judgement of the last leg, and end the walk behind its last step."""
        super().record(step, outcome, reason, exchange, first_content_ns, gaps_ns, **stream)
        leg = self._walk.legs[-1]
        leg.step, leg.verdict, leg.first_content_ns = step, Verdict(outcome, reason), first_content_ns
        if step == self._until and outcome.is_good:
            raise _EnoughError


class _Sink:
    """Hands a stream on and keeps its beginning."""

    def __init__(self, sink: BodySink) -> None:
        self._sink = sink
        self.body = b""

    def feed(self, data: bytes, at_ns: int) -> None:
        """Take one read of the body."""
        self.body += data[: max(0, KEPT_BYTES - len(self.body))]
        self._sink.feed(data, at_ns)


class _Ear:
    """A wire that hears everything."""

    def __init__(self, wire: Wire, origin: str, walk: Walk) -> None:
        self._wire, self._origin, self._walk = wire, origin, walk

    def exchange(self, request: bytes, *, intended_ns: int, sink: BodySink | None = None) -> Exchange:
        """Send through the real wire."""
        kept = _Sink(sink) if sink is not None else None
        exchange = self._wire.exchange(request, intended_ns=intended_ns, sink=kept)
        self._walk.legs.append(Leg(self._origin, request, exchange, (kept and kept.body) or exchange.body))
        return exchange


def walk_through(
    target: Target,
    *,
    permits: tuple[Permit, ...],
    profile: UcpProfile | None = None,
    ca_pem: str = "",
    seed: int = 1,
    until: str = "",
    run_id: str,
    tell: Callable[[Callable[[str], str]], None] = lambda _clean: None,
) -> Walk:
    """Walk the shopper of arrival 0; ``permits`` are the guard's, ``profile`` is what UCP's discovery has found.

    ``tell`` gets what takes the target's secrets out of a text, before anything is sent. GeneratorError with one sentence when a
    secret or a switch cannot be used; whatever the target does is in the walk.
    """
    walk = Walk(steps_of(target))
    with tempfile.TemporaryDirectory(prefix="springtide-doctor-") as folder:
        leave_token(Path(folder), run_id)
        generator = Generator(_plan(target, permits, profile, ca_pem, seed, run_id, folder), worker=DOCTOR)
        tell(generator.keyring.redactor.clean)
        try:
            _listen(generator, walk, until)
            generator.journey(generator.store, generator.prompt(0), Arrival(0, 0))
        except _EnoughError:
            pass
        finally:
            generator.close()
    return walk


def _plan(
    target: Target,
    permits: tuple[Permit, ...],
    profile: UcpProfile | None,
    ca_pem: str,
    seed: int,
    run_id: str,
    folder: str,
) -> Plan:
    origins = origins_of(target, profile.endpoint if profile is not None else "")
    return Plan(
        run_id=run_id,
        run_path=folder,
        seed=seed,
        curve=curve_facts(RateCurve.constant(1.0, 1.0), name=DOCTOR, process="even", note="One wish."),
        target_url=origins[0],
        api_key_env="",
        retry=sole(RetryPolicy.LEAVE),
        patience_s=PATIENCE_S,
        shoppers=1,
        ca_pem=ca_pem,
        target=target,
        profile=profile,
        permits=permits,
    )


def _listen(generator: Generator, walk: Walk, until: str) -> None:
    store, doors = generator.store, generator.doors
    store.started_ns = time.monotonic_ns()
    store.recorder = _Witness(walk, until)
    store.wire = _Ear(store.wire, str(generator.pool.origin), walk)
    if store.chat_wire is not None:
        store.chat_wire = _Ear(store.chat_wire, doors.chat_origin, walk)
    if store.card_wire is not None:
        store.card_wire = _Ear(store.card_wire, doors.card_origin, walk)
