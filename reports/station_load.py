"""What each step of the journey holds at every second: requests in flight, and how long their answers take.

The record counts wishes in flight, not requests by step. They follow from when each request was due and how long it took: of
those due in second s that took d seconds, evenly spread over it, the share min(1, max(0, d - k)) is still in flight at the end of
second s + k. Requests that never ended are missing. This module must not know what is too many (``saturation``).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reports.run_record.histogram import BUCKETS, bounds
from reports.run_record.outcome import Clock, Outcome
from reports.timeline import Cells, Timeline

Floats = NDArray[np.float64]
LONGEST_S = 3600.0
_NO = [outcome.value for outcome in Outcome if outcome.is_refused]
_MIDDLES_S = np.array([min((low + up - 1) / 2e6, LONGEST_S) for low, up in map(bounds, range(BUCKETS))])


@dataclass(frozen=True, slots=True)
class StationLoad:
    """One step by second; both arrays have the run's length."""

    in_flight: Floats
    """Requests in flight at the end of the second."""
    latency_s: Floats
    """Mean response time of the requests due in the second that were not refused; NaN where there are none."""


def station_loads(timeline: Timeline) -> dict[str, StationLoad]:
    """The load of every step that has recorded response times, in the order of the journey."""
    found = {}
    for step in timeline.steps:
        cells = timeline.cells(step, Clock.RESPONSE)
        if len(cells.count):
            found[step] = StationLoad(in_flight(cells, timeline.length_s), mean_latency_s(cells, timeline.length_s))
    return found


def in_flight(cells: Cells, length_s: int) -> Floats:
    """Requests in flight at the end of each second."""
    lasts_s, second, count = _MIDDLES_S[cells.bucket], cells.second, cells.count
    sums, later = np.zeros(length_s), 0
    while len(second) and later < length_s:
        inside = second + later < length_s
        share = np.clip(lasts_s - later, 0.0, 1.0) * count
        sums += np.bincount(second[inside] + later, share[inside], length_s)
        later += 1
        still = lasts_s > later
        lasts_s, second, count = lasts_s[still], second[still], count[still]
    return sums


def mean_latency_s(cells: Cells, length_s: int) -> Floats:
    """Mean response time by second of what was not refused: a quick no must not hide a slow yes."""
    asked = ~np.isin(cells.outcome, _NO)
    second, count = cells.second[asked], cells.count[asked]
    n = np.bincount(second, count, length_s)
    total = np.bincount(second, count * _MIDDLES_S[cells.bucket[asked]], length_s)
    mean: Floats = np.divide(total, n, out=np.full(length_s, np.nan), where=n > 0)
    return mean
