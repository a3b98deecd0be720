"""A crowd at a virtual service: who got in, when, and how long they waited."""

from collections.abc import Callable

from benchmarks.doors.virtual_service import VirtualService, poisson_ns
from target_stub.admission.arrival import Arrival
from target_stub.admission.ticket import Outcome, Refusal
from target_stub.capacity.station import Placement
from target_stub.clock import NS_PER_S


class Crowd:
    """Patient shoppers who come by a Poisson process, ask once, and stay until their work is done."""

    def __init__(
        self,
        service: VirtualService,
        rate_per_s: float,
        duration_s: float,
        *,
        arrival: Callable[[int], Arrival] = lambda number: Arrival("chat", f"user-{number}"),
        seed: int = 1,
    ) -> None:
        """Schedule them all; `arrival` says who the nth is."""
        self.service = service
        self.asked = 0
        self.placements: dict[int, Placement] = {}
        self.refusals: dict[int, Refusal] = {}
        self.limits: list[int] = []
        for number, at_ns in enumerate(poisson_ns(rate_per_s, duration_s, seed)):
            service.at(at_ns, lambda number=number: self._ask(number, arrival(number)))  # type: ignore[misc]  # mypy infers no default of a lambda

    def _ask(self, number: int, arrival: Arrival) -> None:
        self.asked += 1
        self.service.ask(arrival, lambda outcome: self._told(number, outcome))
        self.limits.append(self.service.controller.limit_now() or 0)

    def _told(self, number: int, outcome: Outcome) -> None:
        if isinstance(outcome, Placement):
            self.placements[number] = outcome
        else:
            self.refusals[number] = outcome

    def waits_s(self, since_s: float = 0.0) -> list[float]:
        """How long those who started since then had waited, in order of their starts."""
        started = sorted(self.placements.values(), key=lambda placement: placement.start_ns)
        return [placement.wait_ns / NS_PER_S for placement in started if placement.start_ns >= since_s * NS_PER_S]

    def done_per_s(self, since_s: float, until_s: float) -> float:
        """Work ended a second in a stretch of time."""
        ends = [placement.end_ns / NS_PER_S for placement in self.placements.values()]
        return sum(since_s <= end < until_s for end in ends) / (until_s - since_s)
