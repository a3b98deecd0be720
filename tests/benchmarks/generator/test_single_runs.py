"""The comparison of the generator's clock with the server's."""

import pytest

from benchmarks.generator.bench_machine import BenchError
from benchmarks.generator.rounds import Span
from benchmarks.generator.single_runs import LATENESS_WARM_UP_S, offsets, seen_late_ms
from locustfiles.arrivals.arrival_process import Schedule
from locustfiles.arrivals.rate_curve import RateCurve
from tests.helpers.exchanges import MS

SECOND = 1_000 * MS


def test_first_content_is_compared_stream_by_stream() -> None:
    """Streams that both sides know count, from the end of the warm-up on."""
    written = {"early": 0, "a": SECOND, "b": SECOND + 5, "unseen": SECOND + 6}
    seen = {"early": 900 * MS, "a": SECOND + MS, "b": SECOND + 5 + 3 * MS, "unknown": 1}

    off = offsets(seen, written, Span(1.0, 2.0))

    assert (off.streams, off.streams_per_s, off.p50_ms, off.p99_ms) == (2, 1.0, 1.0, 3.0)


def test_no_common_stream_is_said() -> None:
    """A comparison of nothing is refused in words."""
    with pytest.raises(BenchError, match="No stream was seen by both"):
        offsets({}, {}, Span(1.0, 2.0))


def test_lateness_at_the_server() -> None:
    """An arrival is late by its first request's instant minus its own time in the schedule, after the warm-up."""
    schedule = Schedule(RateCurve.constant(1.0, LATENESS_WARM_UP_S + 2.0), "even", 1)
    intended = [int(value) for chunk in schedule.chunks() for value in chunk.intended_ns]
    log = {f"shopper-1-{index}": [77 + due_ns + 2 * MS, 0] for index, due_ns in enumerate(intended)}

    late_ms = seen_late_ms(log, schedule, 77)

    assert late_ms == [2.0] * len([due_ns for due_ns in intended if due_ns >= LATENESS_WARM_UP_S * SECOND])
    assert late_ms
