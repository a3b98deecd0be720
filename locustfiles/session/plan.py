"""What the master tells every worker about a run: one value that travels as a message.

It holds no secret: each worker reads them itself, from its own environment and files, under the names given here.
"""

from pathlib import Path

import msgspec
from msgspec import structs

from locustfiles.arrivals.arrival_process import Arrivals, Schedule
from locustfiles.arrivals.closed_loop import Thinking
from locustfiles.arrivals.rate_curve import RateCurve, Segment
from locustfiles.arrivals.recorded_schedule import RecordedSchedule
from locustfiles.journeys.retry import RetryMix
from locustfiles.protocols.ucp_discovery import UcpProfile
from locustfiles.session.settings import Settings
from locustfiles.target.base_url import origins_of
from locustfiles.target.permission import ceiling_per_s, closes_unix_ns, pinned_addresses
from locustfiles.target.target import Target
from locustfiles.transport.connection_pool import Mode
from locustfiles.transport.origin import Address, Origin, address_of
from locustfiles.transport.tls import TlsOptions
from reports.run_record.schema import CurveFacts, CurveSegment, Permit


class Plan(msgspec.Struct, frozen=True):
    """A run as its generators need it; ``run_path`` is where write-ahead rows go."""

    run_id: str
    run_path: str
    seed: int
    curve: CurveFacts
    target_url: str
    api_key_env: str
    retry: RetryMix
    patience_s: float
    shoppers: int
    """The most wishes in flight over all workers, and so the most connections to each origin."""
    connections: Mode = "pooled"
    ca_pem: str = ""
    """Whom https targets are trusted by, as PEM text, since a worker elsewhere has no such file; empty = the system's authorities."""
    chat_url: str = ""
    """Where the assistant lives; empty = at ``target_url``."""
    recorded: bytes = b""
    """The arrivals of process ``trace`` (``RecordedSchedule.packed``)."""
    thinking: Thinking | None = None
    """Of process ``closed``, which has no schedule."""
    target: Target | None = None
    """What the target file says; None = Springtide's own doors at ``target_url``."""
    profile: UcpProfile | None = None
    """What UCP's discovery has found; its endpoint is at a permitted origin."""
    permits: tuple[Permit, ...] = ()
    """What the guard has permitted, by origin; without one only an address of this machine is loaded."""
    stop_file: str = ""
    """Load ends when this file appears, on any host that has it; empty = no such file."""
    returning_share: float = 0.0
    """The probability that a wish is by a shopper who has wished before."""
    keep_texts: float = 0.0
    """Share of the wishes whose answers of the assistant are kept as texts."""

    @property
    def most_per_s(self) -> float | None:
        """Ceiling of released wishes per second over all workers; None = none."""
        return ceiling_per_s(self.permits)

    @property
    def closes_unix_ns(self) -> int | None:
        """Wall clock at which load must have ended; None = whenever the run ends."""
        return closes_unix_ns(self.permits)

    def addresses_of(self, origin: Origin) -> list[Address]:
        """Where an origin's connections go; ValueError with a sentence when the plan does not permit it."""
        pinned = pinned_addresses(str(origin), self.permits)
        if not pinned:
            raise ValueError(f"The plan holds no permit for {origin}, so nothing is sent there.")
        return [address_of(address, origin.port) for address in pinned]

    @property
    def schedule(self) -> Arrivals:
        """The whole run's arrivals, the same on every worker; a closed model has no use for it."""
        if self.recorded:
            return RecordedSchedule.unpacked(self.recorded)
        return Schedule(_rate_curve(self.curve), self.curve.process, self.seed, self.curve.burstiness)

    @property
    def origins(self) -> tuple[str, ...]:
        """The origins that are loaded, each once, that of ``target_url`` first."""
        if self.target is not None:
            return origins_of(self.target, self.profile.endpoint if self.profile is not None else "")
        return (self.target_url, self.chat_url) if self.chat_url else (self.target_url,)

    @property
    def tls(self) -> TlsOptions:
        """Whom https targets are trusted by."""
        return TlsOptions(ca_pem=self.ca_pem)


def curve_facts(curve: RateCurve, *, name: str, process: str, note: str, burstiness: float = 1.0) -> CurveFacts:
    """A rate curve as the run record keeps it."""
    segments = [CurveSegment(s.start_s, s.end_s, s.start_per_s, s.end_per_s) for s in curve.segments]
    return CurveFacts(name=name, segments=segments, process=process, note=note, burstiness=burstiness)


def offered_facts(settings: Settings) -> CurveFacts:
    """What a run is asked to offer, as the run record keeps it; a closed model has no curve."""
    offer, recording = settings.offer, settings.recording
    facts = curve_facts(
        offer.curve, name=offer.name, process=settings.arrivals, note=offer.note, burstiness=settings.burstiness
    )
    if offer.thinking is not None:
        return structs.replace(facts, segments=[])
    if recording is not None:
        return structs.replace(facts, file=recording.name, sha256=recording.sha256)
    return facts


def _rate_curve(facts: CurveFacts) -> RateCurve:
    return RateCurve(tuple(Segment(s.start_s, s.end_s, s.start_per_s, s.end_per_s) for s in facts.segments))


def make_plan(
    settings: Settings,
    *,
    run_id: str,
    run_path: Path,
    curve: CurveFacts,
    target_url: str,
    shoppers: int,
    permits: tuple[Permit, ...] = (),
    target: Target | None = None,
    profile: UcpProfile | None = None,
) -> Plan:
    """The plan of a run."""
    return Plan(
        run_id=run_id,
        run_path=str(run_path.resolve()),
        seed=settings.seed,
        curve=curve,
        target_url=target_url,
        api_key_env=settings.api_key_env,
        retry=settings.retry,
        patience_s=settings.patience_s,
        shoppers=shoppers,
        connections=settings.connections,
        ca_pem=settings.ca_pem,
        chat_url=settings.chat_host,
        recorded=settings.recording.schedule.packed() if settings.recording else b"",
        thinking=settings.offer.thinking,
        target=target,
        profile=profile,
        permits=permits,
        stop_file=str(settings.stop_file or ""),
        returning_share=settings.returning_share,
        keep_texts=settings.keep_texts,
    )
