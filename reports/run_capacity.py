"""What one run says of the capacity of what it loaded: good orders per second at saturation, with replicas and attempts.

Good orders are confirmed, correct, with the card that was due, and not later than a limit. Seconds just after the load has jumped
are left out: a bucket still gives what it has saved, and that is no capacity. This module must not know what a plan needs.
"""

import msgspec
import numpy as np
from numpy.typing import NDArray

from reports import throttle_onset
from reports.came_out import came_out
from reports.first_full import BY_REFUSALS, first_full
from reports.onset_evidence import Evidence, gather, good_kinds
from reports.onset_load import jumps_of, settled
from reports.population import GOOD_OUTCOMES
from reports.recovery_report import recovery_of
from reports.run_record.run_directory import Run
from reports.saturation import Capacity, capacity_of
from reports.saturation_report import SaturationReport, saturation_of
from reports.throttle_onset import OnsetReport
from reports.timeline import Timeline
from reports.validity import breaches

Floats = NDArray[np.float64]


class RunCapacity(msgspec.Struct, frozen=True, kw_only=True):
    """One run. Rates are good orders per second; None = the run cannot tell."""

    run: str
    replicas: int
    replicas_known: bool
    """Whether the run record or the reader said how many; else the target counts as one."""
    capacity_per_s: float | None
    low: float | None
    high: float | None
    """95 % interval within the run."""
    station: str | None
    """The step that was full first."""
    station_by: str
    attempts: float | None
    """Chat requests for each that an order needs: what retries cost."""
    prompts_per_order: float | None
    why_not: str
    """Why the run has no capacity; empty when it has one."""
    hysteresis: float | None = None
    """1 - load at which refusals ended / load at which they began, where the load came down gradually."""

    @property
    def per_replica(self) -> float | None:
        """What each replica held."""
        return None if self.capacity_per_s is None else self.capacity_per_s / self.replicas


def run_capacity(run: Run, *, within_s: float, replicas: int | None) -> RunCapacity:
    """Measure ``run``: orders that took longer than ``within_s`` are not good; ``replicas`` stands in for what it does not say."""
    timeline = Timeline(run)
    told = run.manifest.target.replicas
    evidence = gather(timeline)
    onset = throttle_onset.detect(run, timeline, evidence=evidence)
    saturation = saturation_of(timeline, onset, evidence)
    attempts, prompts = _asked(timeline)
    answer = RunCapacity(
        run=run.path.name, replicas=told or replicas or 1, replicas_known=bool(told or replicas), capacity_per_s=None,
        low=None, high=None, station=saturation.first_station, station_by=saturation.first_by, attempts=attempts,
        prompts_per_order=prompts, why_not="", hysteresis=recovery_of(timeline, onset, saturation, evidence).hysteresis,
    )  # fmt: skip
    if why_not := _why_not(timeline, within_s):
        return msgspec.structs.replace(answer, why_not=why_not)
    found = _capacity(timeline, evidence, onset, within_s, saturation.first_by)
    if found is None or not found.per_s:
        return msgspec.structs.replace(answer, why_not=_unseen(saturation))
    return msgspec.structs.replace(answer, capacity_per_s=found.per_s, low=found.low, high=found.high)


def _capacity(
    timeline: Timeline, evidence: Evidence | str, onset: OnsetReport, within_s: float, full_by: str
) -> Capacity | None:
    """Of a target that was full; one that was never full has shown no limit, whatever chance makes of its rates."""
    if not full_by or isinstance(evidence, str):
        return None
    if full_by != BY_REFUSALS:
        return came_out(timeline, evidence, full_by, first_full(onset, evidence), within_s)
    offered, good = _rates(timeline, within_s)
    return capacity_of(offered, good, timeline.manifest.seed) if len(offered) else None


def _unseen(saturation: SaturationReport) -> str:
    """Why a valid run with purchases shows no capacity."""
    if saturation.shoppers_left:
        return "those whom its waiting room told to wait left instead of coming back, so what came out of it is no capacity"
    if saturation.load_was_borne:
        return "it left shoppers without an answer at a load that is not known to be too high, so that shows no limit"
    return "it never offered more than the target could do, long enough to see it"


def _why_not(timeline: Timeline, within_s: float) -> str:
    if not len(timeline.purchases):
        return "its record holds no purchase"
    found = breaches(timeline, within_s * 1000)
    return f"the run is invalid: {found[0].sentence}" if found else ""


def _rates(timeline: Timeline, within_s: float) -> tuple[Floats, Floats]:
    """Offered and good wishes per second, by intended second, settled and after the warm-up."""
    orders, length = timeline.orders, timeline.covered_s
    good = good_kinds(orders.kinds)[orders.kind] & (orders.intent_us <= within_s * 1e6)
    counts = np.bincount(orders.second[good], minlength=length)[:length].astype(np.float64)
    offered = timeline.seconds["offered_per_s"].to_numpy(dtype=np.float64)[:length]
    keep = settled(jumps_of(timeline.segments, is_counted=timeline.is_counted), length) & (offered > 0)
    keep[: int(np.ceil(timeline.manifest.warm_up_s))] = False
    return offered[keep], counts[keep]


def _asked(timeline: Timeline) -> tuple[float | None, float | None]:
    """Chat requests of a wish that asked, for each that an order needs, and how many that is: the median of the orders."""
    orders = timeline.orders
    asked = orders.prompts > 0
    served = orders.kinds["outcome"].isin(GOOD_OUTCOMES).to_numpy(dtype=bool)[orders.kind] & asked
    if not served.any():
        return None, None
    needed = float(np.median(orders.prompts[served]))
    return float(orders.prompts[asked].mean()) / needed, needed
