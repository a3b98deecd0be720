"""A fixed limit is a rate by Little's law: L = X * W."""

import random

import pytest

from benchmarks.doors.virtual_service import VirtualService
from target_stub.admission.limits import FixedLimit
from target_stub.capacity.service_time import ServiceLaw, service_times
from tests.helpers.crowd import Crowd


@pytest.mark.parametrize("law", ["deterministic", "exponential", "lognormal"])
def test_throughput_is_the_limit_by_the_time_inside(law: ServiceLaw) -> None:
    """Far past its capacity, 20 in flight of 250 ms each are 80 a second whatever the law, and nobody waits."""
    times = service_times(law, 250.0, cv=1.0, rng=random.Random(2))
    service = VirtualService(50, times, limit=FixedLimit(20))
    crowd = Crowd(service, 2000, 20)
    service.run()

    assert crowd.done_per_s(2, 20) == pytest.approx(20 / 0.25, rel=0.05)
    assert max(crowd.waits_s()) == 0
    assert all(refusal.cause == "concurrency" for refusal in crowd.refusals.values())
