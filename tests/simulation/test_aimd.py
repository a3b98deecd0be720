"""AIMD at three times a capacity of 50 in flight: a saw-tooth below the knee."""

import itertools
import random

from benchmarks.doors.virtual_service import VirtualService
from target_stub.admission.limits import Aimd
from target_stub.capacity.service_time import service_times
from tests.helpers.crowd import Crowd

KNEE = 50


def test_the_limit_climbs_to_the_knee_and_is_halved_there() -> None:
    """With a window a round, it grows by one a window, is cut to half by the first drop past 50, and serves most of the capacity."""
    times = service_times("lognormal", 250.0, cv=0.5, rng=random.Random(5))
    rule = Aimd(20, 5, 500, backoff=0.5, window_ms=250.0)
    service = VirtualService(KNEE, times, limit=rule, queue_limit=0)
    crowd = Crowd(service, 600, 60)
    service.run()

    steps = [(before, after) for before, after in itertools.pairwise(crowd.limits) if before != after]
    cuts = [(before, after) for before, after in steps if after < before]
    assert all(after == before + 1 for before, after in steps if after > before)
    assert all(after == before // 2 for before, after in cuts)
    assert len(cuts) >= 5
    assert all(KNEE <= before <= KNEE + 2 for before, _ in cuts)
    assert crowd.done_per_s(20, 60) > 0.7 * 200
