"""Which seconds and which shoppers an objective speaks of, and how to say so."""

import math

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from reports.orders import Orders
from reports.run_record.schema import CLOSED, Manifest
from reports.slo_source import RETURNING, EventSource
from reports.slo_where import OPERATORS, written
from reports.timeline import Timeline

Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]
UPPER_BOUNDS = frozenset({"<", "<="})
SAME_RATE = 1e-3
"""Offered rates that differ by less than this share are equal."""


def selected_seconds(source: EventSource, timeline: Timeline) -> tuple[Int64s, str]:
    """The seconds that ``stage`` and ``while`` pick, in order; and a sentence when there is none or none is known."""
    planned, missing = _planned(source, timeline)
    found = np.flatnonzero(planned & (np.arange(timeline.length_s) < timeline.covered_s))
    if missing or len(found):
        return found, missing
    condition = f" while {source.while_.source}" if source.while_ else ""
    reached = ", since the run ended before them" if planned.any() else ""
    return found, f"no second of the run fits{condition}{reached}"


def planned_share(source: EventSource, timeline: Timeline, seconds: Int64s) -> float:
    """How many times as many wishes the curve has in all the seconds that the source picks as in those that the run reached.

    1 for a complete run, and where no curve says what was to come.
    """
    offered = timeline.seconds["offered_per_s"].to_numpy()
    reached = float(offered[seconds].sum())
    if timeline.manifest.curve.process == CLOSED or not reached:
        return 1.0
    return max(1.0, float(offered[_planned(source, timeline)[0]].sum()) / reached)


def _planned(source: EventSource, timeline: Timeline) -> tuple[Bools, str]:
    manifest = timeline.manifest
    at = np.arange(timeline.length_s)
    chosen = np.ones(timeline.length_s, dtype=bool)
    if source.stage is None:
        chosen = at >= math.ceil(manifest.warm_up_s)
    elif source.stage:
        segment = manifest.curve.segments[source.stage - 1]
        chosen = (at >= segment.start_s) & (at < segment.end_s)
    condition = source.while_
    if condition is not None:
        limit = condition.limit
        if condition.of_capacity:
            if manifest.target.capacity_orders_per_s is None:
                return np.zeros_like(chosen), "the manifest declares no capacity (target.capacity_orders_per_s)"
            limit *= manifest.target.capacity_orders_per_s
        low, high = timeline.offered_range_per_s
        # a second in which the curve jumps fits only when all of it does
        rate = high if condition.op in UPPER_BOUNDS else low
        # a curve that touches the limit is neither above nor below it, whatever the last digits say
        rate = np.where(np.isclose(rate, limit, rtol=SAME_RATE, atol=0), limit, rate)
        chosen = chosen & OPERATORS[condition.op](rate, limit)
    return chosen, ""


def cohort_missing(cohort: str, manifest: Manifest) -> str:
    """Why the record cannot tell this cohort apart; empty when every shopper of the run belongs to it.

    The record knows what refused shoppers do from the options of the run, and not from one shopper.
    """
    told = manifest.arguments.get("retry")
    if told is None:
        return "the record does not say what a refused shopper does (option --retry), so it knows no cohorts"
    ran = str(told) or ("sdk" if manifest.arguments.get("incident") == "yes" else "leave")
    if ran == cohort:
        return ""
    if cohort in ran:
        return f"the run mixes cohorts ({ran}) and the record does not say which shopper is of which"
    return f"no shopper of the run is of cohort {cohort}: all of them {ran}"


def tells_returning(manifest: Manifest, kinds: pd.DataFrame) -> bool:
    """Whether the record knows which wishes are by shoppers who have wished before: its options say so, or a wish does.

    Rows of a record that knows nothing of it say ``False`` too.
    """
    return manifest.arguments.get("returning") is not None or bool(kinds["returning"].any())


def shoppers_missing(cohort: str, manifest: Manifest, orders: Orders) -> str:
    """Why the record cannot tell wishes by new or by returning shoppers; empty when it has some."""
    if not tells_returning(manifest, orders.kinds):
        return "the record does not say which shoppers are new (option --returning)"
    return "" if are_of(cohort, orders.kinds).any() else f"no wish by a {cohort} shopper is on record"


def are_of(cohort: str, kinds: pd.DataFrame) -> Bools:
    """Which kinds of order are by new shoppers, or by returning ones."""
    returning: Bools = kinds["returning"].to_numpy(dtype=bool)
    return returning if cohort == RETURNING else ~returning


def scope_text(source: EventSource) -> str:
    """Which events of which seconds, in a few words."""
    parts = [f"requests of step {source.step}" if source.step else "orders"]
    if where := written(source.where):
        parts.append(f"where {where}")
    parts += [f"{name} {value}" for name, value in (("vertical", source.vertical), ("cohort", source.cohort)) if value]
    if source.stage is not None:
        parts.append(f"segment {source.stage} of the curve" if source.stage else "the whole curve")
    if source.while_ is not None:
        parts.append(f"while {source.while_.source}")
    return ", ".join(parts)
