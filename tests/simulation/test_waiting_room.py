"""A waiting room before a service at three times what it lets in."""

from benchmarks.doors.virtual_service import VirtualService, poisson_ns
from target_stub.admission.arrival import Arrival
from target_stub.admission.ticket import Outcome, Refusal
from target_stub.admission.waiting_room import WaitingRoom
from target_stub.clock import NS_PER_MS, NS_PER_S

RULE = WaitingRoom(sessions=100, entries_per_s=20.0, session_s=5.0, refresh_s=2.0, keep_s=10.0, opens_at=10.0)


class Visitors:
    """Shoppers who come back as they are told, with their tokens, until they get in."""

    def __init__(self, service: VirtualService, rate_per_s: float, duration_s: float) -> None:
        """Schedule their first visits."""
        self.service = service
        self.entered: list[tuple[int, int]] = []
        self.positions: dict[int, list[int]] = {}
        instants_ns = poisson_ns(rate_per_s, duration_s, 1)
        self.came = len(instants_ns)
        for number, at_ns in enumerate(instants_ns):
            service.at(at_ns, lambda number=number: self.visit(number, None))  # type: ignore[misc]  # mypy infers no default of a lambda

    def visit(self, number: int, token: str | None) -> None:
        """Ask to come in."""

        def told(outcome: Outcome) -> None:
            if not isinstance(outcome, Refusal):
                self.entered.append((self.service.clock.now_ns, number))
                return
            assert outcome.place is not None
            self.positions.setdefault(number, []).append(outcome.place.position)
            again_ns = self.service.clock.now_ns + 500 * NS_PER_MS
            place = outcome.place
            self.service.at(again_ns, lambda: self.visit(number, place.token))

        self.service.ask(Arrival(room_token=token), told)


def test_order_is_kept_and_the_number_inside_is_bounded() -> None:
    """Shoppers enter in the order of arrival but for a second's entries, and at most 100 within a session's time."""
    service = VirtualService(50, lambda: 250 * NS_PER_MS, door=RULE)
    visitors = Visitors(service, 60, 20)
    service.run(120)

    assert len(visitors.entered) == visitors.came > 1000
    in_order_of_entry = [number for _, number in visitors.entered]
    looks = 20 * 0.5 + 20  # entries between two looks of one shopper, and a burst of them
    assert all(abs(place - number) <= looks + 1 for place, number in enumerate(in_order_of_entry))
    instants_ns = [at_ns for at_ns, _ in visitors.entered]
    # A session begins with the place's turn, at most half a second before the shopper looks.
    window_ns = 4.5 * NS_PER_S
    for first, at_ns in enumerate(instants_ns):
        assert sum(other < at_ns + window_ns for other in instants_ns[first : first + 120]) <= 100


def test_positions_only_get_better() -> None:
    """Whoever waits moves up with each look."""
    service = VirtualService(50, lambda: 250 * NS_PER_MS, door=RULE)
    visitors = Visitors(service, 60, 10)
    service.run(90)

    assert all(seen == sorted(seen, reverse=True) for seen in visitors.positions.values())
    assert max(seen[0] for seen in visitors.positions.values()) > 100
