"""Vegas against a service that begins to queue at 50 in flight."""

from benchmarks.doors.virtual_service import VirtualService
from target_stub.admission.limits import Vegas
from target_stub.clock import NS_PER_MS
from tests.helpers.crowd import Crowd


def test_it_keeps_a_few_in_the_queue() -> None:
    """With equal service times the limit stays where limit * (1 - no-load / round trip) is between alpha = 3 and beta = 6."""
    service = VirtualService(50, lambda: 250 * NS_PER_MS, limit=Vegas(20, 1000, probe=1_000_000, window_ms=500.0))
    crowd = Crowd(service, 600, 60)
    service.run(60)

    settled = crowd.limits[len(crowd.limits) // 2 :]
    assert 50 <= min(settled)
    assert max(settled) <= 50 + 6 + 1
    assert crowd.done_per_s(30, 60) > 0.97 * 200
