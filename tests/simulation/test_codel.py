"""CoDel and plain FIFO at a fifth more than the capacity."""

import random

import pytest

from benchmarks.doors.virtual_service import VirtualService
from target_stub.admission.queue_discipline import Codel, Fifo, FollyCodel, QueueDiscipline
from target_stub.capacity.service_time import service_times
from tests.helpers.crowd import Crowd


def crowd_at(rate_per_s: float, discipline: QueueDiscipline, duration_s: float = 40) -> Crowd:
    """A crowd at a service of 50 servers and 200 a second."""
    times = service_times("lognormal", 250.0, cv=0.5, rng=random.Random(5))
    service = VirtualService(50, times, discipline=discipline)
    crowd = Crowd(service, rate_per_s, duration_s)
    service.run(duration_s)
    return crowd


def mean(values: list[float]) -> float:
    """The mean of some values."""
    return sum(values) / len(values)


def test_a_fifo_queue_grows_without_bound() -> None:
    """Who starts at t has waited for the excess of all that time, t * (1 - capacity / offered)."""
    crowd = crowd_at(240, Fifo())

    for at_s in (20, 38):
        assert mean(crowd.waits_s(at_s)[:200]) == pytest.approx(at_s / 6, rel=0.25)


def test_codel_keeps_the_sojourn_near_its_target() -> None:
    """The queue comes back to its target again and again, the mean wait stays constant, and the servers stay busy."""
    crowd = crowd_at(240, Codel())

    assert min(crowd.waits_s(30)) < 0.005
    assert mean(crowd.waits_s(10)) < 0.08
    assert mean(crowd.waits_s(30)) < 0.08
    assert crowd.done_per_s(10, 40) > 0.95 * 200


@pytest.mark.parametrize("rate_per_s", [240, 600])
def test_the_folly_variant_bounds_the_wait_at_any_load(rate_per_s: float) -> None:
    """In an interval after an overloaded one nobody is served who waited over twice the target, also at three times the capacity."""
    crowd = crowd_at(rate_per_s, FollyCodel(lifo_under_overload=False))
    waits = sorted(crowd.waits_s(5))

    assert waits[int(0.5 * len(waits))] <= 0.012
    assert waits[-1] < 0.25
    assert crowd.done_per_s(5, 40) > 0.95 * 200
