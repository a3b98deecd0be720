"""LIFO at a fifth more than the capacity."""

import random

from benchmarks.doors.virtual_service import VirtualService
from target_stub.admission.queue_discipline import Lifo
from target_stub.capacity.service_time import service_times
from tests.helpers.crowd import Crowd


def test_the_fresh_are_served_at_once_and_the_old_starve() -> None:
    """Most who are served have waited a few ms; those passed over wait for a lull that does not come, and stay to the end."""
    times = service_times("lognormal", 250.0, cv=0.5, rng=random.Random(5))
    service = VirtualService(50, times, discipline=Lifo())
    crowd = Crowd(service, 240, 30)
    service.run(30)

    waits = sorted(crowd.waits_s(5))
    waiting = [number for number in range(crowd.asked) if number not in crowd.placements]
    assert waits[len(waits) // 2] < 0.01
    assert waits[int(len(waits) * 0.9)] < 0.1
    assert len(waiting) > 0.1 * crowd.asked
    assert min(waiting) < 0.2 * crowd.asked
    assert crowd.done_per_s(5, 30) > 0.98 * 200
