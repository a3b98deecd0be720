"""When a queue began to grow, and where the curve of goodput bends: two rules on arrays by second.

Requests in flight grow with the load alone; only when answers take longer as well does a queue grow. Shares of refusals say
nothing of a queue: waits follow each other, and a chart that takes seconds for independent alarms nearly always. Pure.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

BASE_FROM_S, BASE_UNTIL_S = 10, 120
"""The seconds that say what is usual, where the load is constant so long."""
FEWEST_BASE_S = 5
BEGINS = 4
RISES = 1.25
"""The usual seconds end where the load has risen by so much."""
IN_A_ROW = 5
FEW = 10.0
TWICE = 2.0
MOST_BINS = 20
BENDS = 0.1
"""A knee is told when goodput lies at least so far above the straight line between the ends of its curve."""


@dataclass(frozen=True, slots=True)
class QueueOnset:
    """A queue that grows from ``second`` on, beside what was usual before."""

    second: int
    fired: int
    """The second in which it was certain."""
    in_flight_before: float
    in_flight_most: float
    latency_before_s: float
    latency_most_s: float


def usual_seconds(offered_per_s: Floats) -> slice:
    """The first seconds of a run, which say what is usual: 10 to 119, fewer when the run is short or the load rises.

    They end where the load has risen by a quarter, and begin after a quarter of them, at most 10 s.
    """
    level = float(offered_per_s[:FEWEST_BASE_S].mean()) if len(offered_per_s) else 0.0
    risen = np.flatnonzero(offered_per_s[:BASE_UNTIL_S] > RISES * level)
    until = int(risen[0]) if len(risen) else min(BASE_UNTIL_S, len(offered_per_s))
    return slice(min(BASE_FROM_S, until // BEGINS), until)


def queue_onset(in_flight: Floats, latency_s: Floats, usual: slice) -> QueueOnset | None:
    """The second from which a queue grows; None when none does, or when fewer than five seconds say what is usual.

    With I in flight at the end of a second it is certain at five consecutive seconds of I > max(2 max I, 10), maximum and
    median over the usual seconds, in which answers take twice their usual time as well; it began after the last earlier second
    with I <= max(2 median, median + 2) or answers under twice their usual time.
    """
    base, times = in_flight[usual], latency_s[usual]
    if len(base) < FEWEST_BASE_S or not np.isfinite(times).any():
        return None
    median, quick = float(np.median(base)), float(np.nanmedian(times))
    is_slow = np.nan_to_num(latency_s, nan=np.inf) > TWICE * quick
    full = (in_flight > max(TWICE * float(base.max()), FEW)) & is_slow
    full[: usual.stop] = False
    rows = np.convolve(full, np.ones(IN_A_ROW), "valid") >= IN_A_ROW
    if not rows.any():
        return None
    first = int(rows.argmax())
    calm = np.flatnonzero((in_flight[:first] <= max(TWICE * median, median + 2)) | ~is_slow[:first])
    second = int(calm[-1]) + 1 if len(calm) else 0
    slowest = float(np.nanmax(latency_s[second:])) if np.isfinite(latency_s[second:]).any() else float("nan")
    return QueueOnset(second, first + IN_A_ROW - 1, median, float(in_flight[second:].max()), quick, slowest)


def knee(offered_per_s: Floats, goodput_per_s: Floats) -> float | None:
    """The offered rate at which goodput lies farthest above the straight line between its ends (Kneedle); None without a bend.

    For the eye: it depends on how far the run went beyond it, so nothing is judged by it.
    """
    levels = np.unique(offered_per_s)
    edges = levels if len(levels) <= MOST_BINS else np.quantile(offered_per_s, np.linspace(0, 1, MOST_BINS + 1))[:-1]
    place = np.searchsorted(np.unique(edges), offered_per_s, side="right") - 1
    count = np.bincount(place)
    kept = count > 0
    rate, good = (np.bincount(place, values)[kept] / count[kept] for values in (offered_per_s, goodput_per_s))
    if len(rate) < 3 or rate[-1] <= rate[0] or good.max() <= good.min():  # noqa: PLR2004 - two points have no bend
        return None
    above = (good - good.min()) / (good.max() - good.min()) - (rate - rate[0]) / (rate[-1] - rate[0])
    best = int(above.argmax())
    return float(rate[best]) if above[best] >= BENDS else None
