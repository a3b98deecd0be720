"""A token bucket at three times its rate: never more than burst + rate * dt, and never noticeably less."""

import pytest

from benchmarks.doors.virtual_service import VirtualService
from target_stub.admission.token_bucket import TokenBucket
from target_stub.clock import NS_PER_MS
from tests.helpers.crowd import Crowd

RATE_PER_S, BURST = 200.0, 200


def admitted_by(crowd: Crowd, until_s: float) -> int:
    """How many had come in by then."""
    return sum(placement.arrival_ns <= until_s * 1e9 for placement in crowd.placements.values())


def test_admissions_follow_burst_and_rate() -> None:
    """From the first second on, the admitted are the bound to within one token, and the refused share is 1 - rate / offered."""
    service = VirtualService(75, lambda: 250 * NS_PER_MS, door=TokenBucket(RATE_PER_S, burst_s=1.0))
    crowd = Crowd(service, 3 * RATE_PER_S, 20)
    service.run()

    for until_s in range(1, 21):
        bound = BURST + RATE_PER_S * until_s
        assert bound - 2 <= admitted_by(crowd, until_s) <= bound
    late = range(crowd.asked // 2, crowd.asked)
    assert sum(number in crowd.refusals for number in late) / len(late) == pytest.approx(2 / 3, abs=0.02)
    assert max(crowd.waits_s()) == pytest.approx(0.0, abs=0.5)
