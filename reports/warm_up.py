"""Whether the warm-up that was declared is long enough: MSER-5 on the mean response time of wishes by second.

Objectives leave out the declared warm-up and nothing else: what is cut after looking at the results is chosen by them. So this
rule only warns. It asks a load that is constant from the start; where the load changes, so do the times. Source: White 1997.
"""

from itertools import takewhile

import numpy as np
from numpy.typing import NDArray

from reports.run_record.outcome import ORDER, Clock
from reports.run_record.schema import CurveSegment
from reports.station_load import mean_latency_s
from reports.timeline import Timeline

Floats = NDArray[np.float64]
BATCH_S = 5
FEWEST_BATCHES = 24
"""Two minutes: of less, nothing is said."""
LAST = 5
"""So few batches always look settled."""
CLEARLY = 4.0
"""Standard errors by which what is left out must differ from the rest: the best cut of mere scatter is seldom none."""


def settled_after(batches: Floats) -> int | None:
    """How many leading batches are not yet like the rest; None where no steady state is seen.

    d = argmin over 0 <= d <= m - 5 of sum_{i > d} (Y_i - mean_d)^2 / (m - d)^2, the first on ties; beyond m/2 there is none.
    """
    m = len(batches)
    errors = [
        float(np.sum((batches[d:] - batches[d:].mean()) ** 2)) / (m - d) ** 2 for d in range(max(1, m - LAST + 1))
    ]
    d = errors.index(min(errors))
    rest = batches[d:]
    if d and abs(batches[:d].mean() - rest.mean()) <= CLEARLY * rest.std() / np.sqrt(d):
        return 0
    return d if d <= m / 2 else None


def warm_up_warning(timeline: Timeline) -> str:
    """One sentence when the times of wishes settle later than the declared warm-up ends, or never; else empty."""
    level_s = min(level_from_start_s(timeline.segments), timeline.length_s)
    latency_s = mean_latency_s(timeline.histogram_heads(ORDER, Clock.INTENT.value), timeline.length_s)
    m = level_s // BATCH_S
    seconds = latency_s[: m * BATCH_S].reshape(m, BATCH_S)
    if m < FEWEST_BATCHES or np.isnan(seconds).all(axis=1).any():
        return ""
    d = settled_after(np.nanmean(seconds, axis=1))
    declared = (
        f"a warm-up of {timeline.manifest.warm_up_s:g} s was declared"
        if timeline.manifest.warm_up_s
        else "no warm-up was declared"
    )
    if d is None:
        return f"At constant load the time from wish to end did not settle in {level_s} s ({declared}): there was no steady state to measure."
    if d * BATCH_S > timeline.manifest.warm_up_s:
        return f"At constant load the time from wish to end settled after {d * BATCH_S} s, and {declared}: the seconds before are judged as well."
    return ""


def level_from_start_s(segments: list[CurveSegment]) -> int:
    """For how many whole seconds from the start the offered rate stays what it is; 0 when it changes at once."""
    first = segments[0].start_per_s if segments else 0.0
    level = list(takewhile(lambda one: one.start_per_s == one.end_per_s == first, segments))
    return int(level[-1].end_s) if level and first else 0
