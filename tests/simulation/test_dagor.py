"""DAGOR beyond saturation: by priority, the same shoppers together, and little work for nothing."""

import random

import pytest

from benchmarks.doors.virtual_service import VirtualService
from target_stub.admission.arrival import Arrival, Step
from target_stub.admission.dagor import Dagor, level_of
from target_stub.admission.doors import Door
from target_stub.admission.ticket import Outcome
from target_stub.admission.token_bucket import TokenBucket
from target_stub.capacity.service_time import service_times
from target_stub.capacity.station import Placement
from tests.helpers.crowd import Crowd

CAPACITY_PER_S = 500.0
# The published shares for windows as short, relative to the load, as those of a service of thousands of calls a second.
RULE = Dagor(window_requests=200)


def service_with(door: Door) -> VirtualService:
    """A service of 50 servers and 500 calls a second."""
    times = service_times("lognormal", 100.0, cv=0.5, rng=random.Random(5))
    return VirtualService(50, times, door=door)


def test_payments_pass_while_chats_are_shed() -> None:
    """At twice the capacity with a fifth of it payments, nearly all payments get in and chats fill the rest."""
    steps: tuple[Step, ...] = ("payment", *(("chat",) * 9))
    service = service_with(RULE)
    crowd = Crowd(service, 1000, 20, arrival=lambda number: Arrival(steps[number % 10], f"user-{number % 3000}"))
    service.run()

    late = range(crowd.asked // 2, crowd.asked)
    shares = {
        step: sum(n in crowd.placements for n in late if steps[n % 10] == step)
        / sum(steps[n % 10] == step for n in late)
        for step in ("payment", "chat")
    }
    assert shares["payment"] > 0.99
    assert shares["chat"] == pytest.approx((500 - 100) / 900, abs=0.08)


def test_the_same_shoppers_fail_and_others_never_do() -> None:
    """Once the cut has settled, a shopper's level decides: the upper quarter all get in, the lower quarter none."""
    service = service_with(RULE)
    crowd = Crowd(service, 1000, 30, arrival=lambda number: Arrival("chat", f"user-{number % 2000}"))
    service.run()

    start = service.clock.unix_ns() - service.clock.now_ns
    late = range(2 * crowd.asked // 3, crowd.asked)
    by_quarter: dict[int, list[bool]] = {0: [], 3: []}
    for number in late:
        quarter = level_of(Arrival("payment", f"user-{number % 2000}"), start) // 32
        if quarter in by_quarter:
            by_quarter[quarter].append(number in crowd.placements)

    assert sum(by_quarter[0]) / len(by_quarter[0]) > 0.97
    assert sum(by_quarter[3]) / len(by_quarter[3]) < 0.03


def tasks_done(door: Door, tasks_per_s: float) -> float:
    """Tasks of two calls, one after the other, that are done in a second: the second call is made when the first ends."""
    service = service_with(door)
    done = 0

    def second(number: int) -> None:
        def told(outcome: Outcome) -> None:
            nonlocal done
            done += isinstance(outcome, Placement) and service.now_s > 10

        service.ask(Arrival("chat", f"user-{number % 3000}"), told)

    def first(number: int) -> None:
        def told(outcome: Outcome) -> None:
            if isinstance(outcome, Placement):
                service.at(outcome.end_ns, lambda: second(number))

        service.ask(Arrival("chat", f"user-{number % 3000}"), told)

    rng = random.Random(3)
    at_ns = 0
    for number in range(round(tasks_per_s * 25)):
        at_ns += round(rng.expovariate(tasks_per_s) * 1e9)
        service.at(at_ns, lambda number=number: first(number))  # type: ignore[misc]  # mypy infers no default of a lambda
    service.run(25)
    return done / 15


def test_goodput_of_two_calls_stays_flat_beyond_saturation() -> None:
    """At two and three times the capacity most of it becomes whole tasks, where a bucket spends the more the more it refuses."""
    saturated = CAPACITY_PER_S / 2
    dagor = [tasks_done(RULE, factor * saturated) / saturated for factor in (2, 3)]
    bucket = [tasks_done(TokenBucket(CAPACITY_PER_S), factor * saturated) / saturated for factor in (2, 3)]

    assert min(dagor) > 0.85
    assert dagor[1] == pytest.approx(dagor[0], abs=0.1)
    assert max(bucket) < min(dagor) - 0.1
