"""Gradient2 against a service that begins to queue at 50 in flight."""

import random

import pytest

from benchmarks.doors.virtual_service import VirtualService
from target_stub.admission.limits import Gradient2
from target_stub.capacity.service_time import service_times
from tests.helpers.crowd import Crowd

KNEE = 50


def crowd_at(rate_per_s: float, rule: Gradient2, duration_s: float = 60) -> Crowd:
    """A crowd at a service of 50 servers and 200 a second."""
    times = service_times("lognormal", 250.0, cv=0.5, rng=random.Random(5))
    service = VirtualService(KNEE, times, limit=rule)
    crowd = Crowd(service, rate_per_s, duration_s)
    service.run(duration_s)
    return crowd


def test_under_overload_it_settles_where_its_gradient_balances_its_queue() -> None:
    """With a long average that keeps the time without load, limit = limit * g + queue at tolerance * knee + queue = 79."""
    crowd = crowd_at(600, Gradient2(20, 5, 1000, window_ms=250.0, long_window=1_000_000))
    settled = crowd.limits[len(crowd.limits) // 2 :]

    assert sum(settled) / len(settled) == pytest.approx(1.5 * KNEE + 4, abs=3)
    assert max(settled) - min(settled) <= 15
    assert crowd.done_per_s(30, 60) == pytest.approx(200, rel=0.02)


def test_below_the_capacity_it_keeps_out_of_the_way() -> None:
    """At 60 % of the capacity it grows until half of it is unused, and then refuses hardly anybody."""
    crowd = crowd_at(120, Gradient2(20, 5, 1000, window_ms=250.0))

    late = range(crowd.asked // 2, crowd.asked)
    assert sum(number in crowd.refusals for number in late) < 0.01 * len(late)
    assert crowd.limits[-1] == pytest.approx(2 * 30, rel=0.6)


def test_with_its_published_window_it_learns_to_live_with_overload() -> None:
    """A long average of 600 answers follows a queue that lasts, so the limit ends at its maximum."""
    crowd = crowd_at(600, Gradient2(20, 5, 1000))

    assert crowd.limits[-1] == 1000
