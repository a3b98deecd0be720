"""A result of `make capacity` with round numbers."""

from benchmarks.capacity.coverage import ShortRun
from benchmarks.capacity.live_runs import LiveRun, held_against
from benchmarks.capacity.results import Result
from tests.helpers.capacity_runs import found

HELD = {1: [10.0, 10.1, 9.9, 10.0, 10.0], 2: [19.4, 19.5, 19.3, 19.4, 19.4], 4: [36.6, 36.8, 36.7, 36.7, 36.7]}
LIVE = [
    *(
        LiveRun(n, seed, 10.0 * n, found(n, per_s))
        for n, values in HELD.items()
        for seed, per_s in enumerate(values, 1)
    ),
    LiveRun(4, 6, 40.0, found(4, None)),
]
SHORT = [ShortRun("bucket", 50.0, 50.1, 49.0, 51.0)] * 9 + [ShortRun("queue", 50.0, 52.0, 51.0, 53.0)]
RESULT = Result("2026-02-06", "2 x Some CPU", LIVE, held_against(LIVE), SHORT)
