"""The service in virtual time."""

import pytest

from benchmarks.doors.virtual_service import EventClock, VirtualService, poisson_ns
from target_stub.admission.arrival import Arrival
from target_stub.admission.limits import FixedLimit
from target_stub.admission.queue_discipline import Lifo
from target_stub.admission.ticket import Outcome, Refusal
from target_stub.capacity.station import Placement


def outcomes(service: VirtualService, count: int) -> list[Outcome]:
    """What shoppers are told who come a ns apart."""
    told: list[Outcome] = []

    def ask() -> None:
        service.ask(Arrival(), told.append)

    for number in range(count):
        service.at(number, ask)
    service.run()
    return told


def test_events_happen_in_order_and_answers_are_served() -> None:
    """Two servers take three jobs, and each answer counts as served when its work ends."""
    service = VirtualService(2, lambda: 100)

    assert outcomes(service, 3) == [Placement(0, 0, 100), Placement(1, 1, 101), Placement(2, 100, 200)]
    assert service.truth.totals.served == 3
    assert service.clock.monotonic_ns() == 200


def test_a_line_moves_between_events() -> None:
    """Under LIFO the last of three to come starts first, though nothing was scheduled for that instant."""
    service = VirtualService(1, lambda: 100, discipline=Lifo())
    service.at(1000, lambda: None)

    assert [told.start_ns for told in outcomes(service, 3) if isinstance(told, Placement)] == [0, 100, 200]


def test_a_refusal_is_told_at_once() -> None:
    """Past the limit the shopper hears no."""
    assert isinstance(outcomes(VirtualService(9, lambda: 100, limit=FixedLimit(1)), 2)[1], Refusal)


def test_time_stops_where_it_is_told_to() -> None:
    """What is scheduled for later stays scheduled."""
    service, seen = VirtualService(1, lambda: 1), []
    for at_s in (1, 2, 3):
        service.at(at_s * 10**9, lambda at_s=at_s: seen.append(at_s))  # type: ignore[misc]  # mypy infers no default of a lambda
    service.run(2)

    assert (seen, service.now_s) == ([1, 2], 2.0)


def test_arrivals_have_their_rate_and_their_seed() -> None:
    """A thousand seconds at ten a second are ten thousand arrivals, the same for the same seed."""
    assert len(poisson_ns(10.0, 1000.0, 1)) == pytest.approx(10_000, rel=0.03)
    assert poisson_ns(10.0, 10.0, 1) == poisson_ns(10.0, 10.0, 1) != poisson_ns(10.0, 10.0, 2)


def test_the_clock_moves_forward_only() -> None:
    """Wall time and monotonic time move together."""
    clock = EventClock()
    before = clock.unix_ns()
    clock.now_ns = 5

    assert (clock.unix_ns() - before, clock.monotonic_ns()) == (5, 5)
