"""Which station binds, and at how many orders a second, is what the configuration says: purchases through all four, in virtual time."""

import heapq
import random

import msgspec
import numpy as np
import pytest

from target_stub.capacity.service_time import service_times
from target_stub.capacity.station import StationName
from target_stub.clock import NS_PER_S
from target_stub.config import Config
from target_stub.sizing import capacity_of, sizings

PURCHASE: tuple[StationName, ...] = ("chat", "checkout", "card", "checkout", "payment")
"""The stations of one order: ask, create, claim the card, apply it, pay."""
ORDERS = 12_000


def purchases(config: Config, offered_per_s: float) -> tuple[float, dict[StationName, float]]:
    """Orders a second from the first arrival to the last payment, and each station's longest wait in seconds."""
    sizes = sizings(config)
    stations = {name: size.station() for name, size in sizes.items()}
    draws = {
        name: service_times(size.law, size.mean_ms, cv=config.service_cv, rng=random.Random(name))
        for name, size in sizes.items()
    }
    arrivals_s = np.cumsum(np.random.default_rng(1).exponential(1 / offered_per_s, ORDERS))
    due = [(round(at_s * NS_PER_S), 0) for at_s in arrivals_s]
    longest_s: dict[StationName, float] = dict.fromkeys(stations, 0.0)
    paid_ns = 0
    while due:
        now_ns, step = heapq.heappop(due)
        if step == len(PURCHASE):
            paid_ns = now_ns
            continue
        name = PURCHASE[step]
        if name not in stations:
            heapq.heappush(due, (now_ns, step + 1))
            continue
        placement = stations[name].place(now_ns, draws[name]())
        assert placement is not None
        longest_s[name] = max(longest_s[name], placement.wait_ns / NS_PER_S)
        heapq.heappush(due, (placement.end_ns, step + 1))
    return ORDERS / paid_ns * NS_PER_S, longest_s


@pytest.mark.parametrize(
    ("changes", "binding", "orders_per_s"),
    [
        pytest.param({}, "chat", 60.0, id="only the chat has a limit"),
        pytest.param(
            {"payment_capacity_per_s": 40.0, "card_capacity_per_s": 50.0}, "payment", 40.0, id="payment binds"
        ),
        pytest.param({"card_capacity_per_s": 30.0, "payment_capacity_per_s": 50.0}, "card", 30.0, id="cards bind"),
        pytest.param(
            {"checkout_capacity_per_s": 45.0, "payment_capacity_per_s": 100.0},
            "checkout",
            45.0,
            id="the checkout binds, with two requests an order",
        ),
        pytest.param(
            {"payment_capacity_per_s": 20.0, "replicas": 3, "replica_sigma": 0.1, "replica_kappa": 0.02},
            "payment",
            20 * 3 / 1.32,
            id="three replicas that hinder each other",
        ),
    ],
)
def test_a_flood_is_served_at_the_binding_stations_capacity(
    changes: dict[str, object], binding: StationName, orders_per_s: float
) -> None:
    """At 1.15 times its capacity the service makes the orders it should within 2 %, and shoppers wait where it says."""
    config = msgspec.convert(
        {"preset": "incident", "admission": "open", "headroom": 1.0, "capacity_per_s": 60.0} | changes, Config
    )
    capacity = capacity_of(config)

    served_per_s, longest_s = purchases(config, 1.15 * capacity.orders_per_s)

    assert (capacity.binding, capacity.orders_per_s) == (binding, pytest.approx(orders_per_s))
    assert served_per_s == pytest.approx(orders_per_s, rel=0.02)
    assert max(longest_s, key=longest_s.__getitem__) == binding
