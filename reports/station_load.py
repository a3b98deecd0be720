"""What each step of the journey holds at every second: requests in flight, and how long their answers take.

The record counts wishes in flight, not requests by step. They follow from when requests were due and how long they took, by the sums
that each histogram carries, so that no histogram is read: of n requests due in second s that took d seconds on average, evenly
spread over it, n min(1, max(0, d - k)) are still in flight at the end of second s + k. Requests that never ended are missing. This
module must not know what is too many (``queueing``).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from reports.run_record.outcome import Clock, Outcome
from reports.timeline import Timeline

Floats = NDArray[np.float64]
_NO = [outcome.value for outcome in Outcome if outcome.is_refused or outcome is Outcome.QUEUED]
_US_PER_S = 1_000_000


@dataclass(frozen=True, slots=True)
class StationLoad:
    """One step by second; both arrays have the run's length."""

    in_flight: Floats
    """Requests in flight at the end of the second."""
    latency_s: Floats
    """Mean response time of the requests due in the second that were neither refused nor told to wait; NaN where there are none."""


def station_loads(timeline: Timeline) -> dict[str, StationLoad]:
    """The load of every step that has recorded response times, in the order of the journey."""
    found = {}
    for step in timeline.steps:
        heads = timeline.histogram_heads(step, Clock.RESPONSE.value)
        if len(heads):
            found[step] = StationLoad(in_flight(heads, timeline.length_s), mean_latency_s(heads, timeline.length_s))
    return found


def in_flight(heads: pd.DataFrame, length_s: int) -> Floats:
    """Requests in flight at the end of each second, of columns second, outcome, n and sum_us."""
    second, n = heads["second"].to_numpy(dtype=np.int64), heads["n"].to_numpy(dtype=np.float64)
    lasts_s = np.divide(heads["sum_us"].to_numpy(dtype=np.float64) / _US_PER_S, n, out=np.zeros_like(n), where=n > 0)
    sums, later = np.zeros(length_s), 0
    while len(second) and later < length_s:
        inside = second + later < length_s
        share = np.clip(lasts_s - later, 0.0, 1.0) * n
        sums += np.bincount(second[inside] + later, share[inside], length_s)
        later += 1
        still = lasts_s > later
        lasts_s, second, n = lasts_s[still], second[still], n[still]
    return sums


def mean_latency_s(heads: pd.DataFrame, length_s: int) -> Floats:
    """Mean response time by second of what was neither refused nor told to wait: a quick no must not hide a slow yes."""
    asked = heads[~heads["outcome"].isin(_NO)]
    second = asked["second"].to_numpy(dtype=np.int64)
    n = np.bincount(second, asked["n"], length_s)
    total = np.bincount(second, asked["sum_us"] / _US_PER_S, length_s)
    mean: Floats = np.divide(total, n, out=np.full(length_s, np.nan), where=n > 0)
    return mean
