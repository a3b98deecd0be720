"""What the master tells every worker about a run: one value that travels as a message.

It holds no secret: the API key is read by each worker from its own environment, under the name given here.
"""

import math
from pathlib import Path

import msgspec

from locustfiles.arrivals.arrival_process import Schedule
from locustfiles.arrivals.rate_curve import RateCurve, Segment
from locustfiles.journeys.retry import RetryMix
from locustfiles.session.settings import Settings
from reports.run_record.schema import CurveFacts, CurveSegment

A_FEW = 5


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
    """The most wishes in flight over all workers, and so the most connections."""

    @property
    def schedule(self) -> Schedule:
        """The whole run's arrivals, the same on every worker."""
        return Schedule(_rate_curve(self.curve), self.curve.process, self.seed, self.curve.burstiness)


def most_in_flight(curve: RateCurve, longest_s: float, burstiness: float = 1.0) -> int:
    """The most wishes that can be in flight when none lasts longer than ``longest_s``: a bound of the busiest window.

    max over t of R(t + longest) - R(t), plus four standard deviations, sqrt(burstiness x mean) each, and a few bursts, since a small
    random number strays further than its deviation says. Below burstiness 1 the bound is Poisson's. A window that starts within a second lies in the one that is a second longer and starts with it.
    """
    starts = range(math.ceil(curve.duration_s))
    busiest = max(curve.expected(t + 1 + longest_s) - curve.expected(t) for t in starts)
    burst = max(1.0, burstiness)
    return math.ceil(busiest + 4 * math.sqrt(busiest * burst) + A_FEW * burst)


def curve_facts(curve: RateCurve, *, name: str, process: str, note: str, burstiness: float = 1.0) -> CurveFacts:
    """A rate curve as the run record keeps it."""
    segments = [CurveSegment(s.start_s, s.end_s, s.start_per_s, s.end_per_s) for s in curve.segments]
    return CurveFacts(name=name, segments=segments, process=process, note=note, burstiness=burstiness)


def _rate_curve(facts: CurveFacts) -> RateCurve:
    return RateCurve(tuple(Segment(s.start_s, s.end_s, s.start_per_s, s.end_per_s) for s in facts.segments))


def make_plan(
    settings: Settings, *, run_id: str, run_path: Path, curve: CurveFacts, target_url: str, shoppers: int
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
    )
