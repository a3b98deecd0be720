"""Feeds Locust's own table from batches, in bulk, once a second: console, web UI, CSV and HTML show what the record holds.

One entry for each request step; ``order`` and ``arrival`` are no requests and stay out. Requests count in the wall-clock second
in which their batch comes, since Locust's current rate looks at the last seconds only. Response times are the response
clock's, from the intended start, in the milliseconds of each bucket's middle; the average is exact.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from locust import stats as locust_stats
from locust.stats import StatsEntry, StatsError

from reports.run_record.histogram import BUCKETS, bounds
from reports.run_record.outcome import ARRIVAL, ORDER, Clock, Outcome
from reports.run_record.schema import Batch

if TYPE_CHECKING:
    from locust.env import Environment

METHOD = "POST"
"""The method of a step whose batch names none: every request of a purchase is a POST."""
_US_PER_MS = 1000
_END_OF_SECOND_S = 0.999999
GOOD = frozenset({Outcome.DONE, Outcome.CONFIRMED, Outcome.DECLINED})
"""Outcomes that are no failure in Locust's sense; a declined card or an empty shelf is a correct answer."""


@dataclass(slots=True)
class _Step:
    """What one second adds to one entry of the table."""

    requests: int = 0
    failures: int = 0
    sum_us: int = 0
    min_us: int | None = None
    max_us: int = 0
    times_ms: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    errors: dict[str, int] = field(default_factory=lambda: defaultdict(int))


class LocustMirror:
    """Keeps one environment's table equal to the record; make one for each environment, it holds no state of a run."""

    def __init__(self, environment: "Environment") -> None:
        self._environment = environment

    def add(self, batches: Sequence[Batch], second_unix: int) -> None:
        """Add what the batches hold to the table, as requests of the wall-clock second ``second_unix``."""
        for _ in self.add_in_parts(batches, second_unix):
            pass

    def add_in_parts(self, batches: Sequence[Batch], second_unix: int) -> Iterator[None]:
        """The same, yielding between parts; a step is in its own entry and in the total at the same time."""
        methods = {name: method for batch in batches for name, method in batch.methods.items()}
        steps: dict[str, _Step] = defaultdict(_Step)
        for batch in batches:
            _add_batch(steps, batch)
            yield
        for name, step in steps.items():
            if step.requests:
                self._add_step(name, methods.get(name, METHOD), step, second_unix)
                yield

    def totals(self) -> tuple[int, int]:
        """(requests, failures) of Locust's own total."""
        total = self._environment.stats.total  # looked up each time: a new run replaces it
        return total.num_requests, total.num_failures

    def _add_step(self, name: str, method: str, step: _Step, second_unix: int) -> None:
        stats = self._environment.stats
        change: Any = StatsEntry(stats, name, method)  # Locust declares whole milliseconds and adds up floats itself
        change.num_requests, change.num_failures = step.requests, step.failures
        change.total_response_time = step.sum_us / _US_PER_MS
        change.min_response_time = None if step.min_us is None else step.min_us / _US_PER_MS
        change.max_response_time = step.max_us / _US_PER_MS
        for time_ms, n in step.times_ms.items():
            change.response_times[locust_stats.bucket_response_time(time_ms)] += n  # replaceable, says Locust
        change.num_reqs_per_sec[second_unix] = step.requests
        change.num_fail_per_sec[second_unix] = step.failures
        change.start_time = float(second_unix)
        change.last_request_timestamp = second_unix + _END_OF_SECOND_S
        stats.entries[(name, method)].extend(change)
        stats.total.extend(change)
        for error, n in step.errors.items():
            key = StatsError.create_key(method, name, error)
            row = stats.errors.setdefault(key, StatsError(method, name, error))
            row.occurrences += n
            row.first_seen, row.last_seen = row.first_seen or float(second_unix), float(second_unix)


def _add_batch(steps: dict[str, _Step], batch: Batch) -> None:
    for row in batch.outcomes:
        if row.step in (ORDER, ARRIVAL):
            continue
        step = steps[row.step]
        step.requests += row.n
        if row.outcome not in GOOD:
            step.failures += row.n
            step.errors[f"{row.outcome}: {row.reason}" if row.reason else row.outcome] += row.n
    for histogram in batch.histograms:
        if histogram.clock == Clock.RESPONSE and histogram.step not in (ORDER, ARRIVAL):
            _add_times(steps[histogram.step], histogram.buckets, histogram.counts, histogram.max_us)
            steps[histogram.step].sum_us += histogram.sum_us


def _add_times(step: _Step, buckets: Sequence[int], counts: Sequence[int], max_us: int) -> None:
    for bucket, n in zip(buckets, counts, strict=True):
        low_us, middle_us = _bucket_us(bucket)
        step.times_ms[round(min(middle_us, max_us) / _US_PER_MS)] += n
        step.min_us = low_us if step.min_us is None else min(step.min_us, low_us)
    step.max_us = max(step.max_us, max_us)


@lru_cache(BUCKETS)
def _bucket_us(bucket: int) -> tuple[int, float]:
    """A bucket's lowest value and its middle, inf for the overflow."""
    low, up = bounds(bucket)
    return low, (low + up - 1) / 2
