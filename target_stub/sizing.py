"""From a configuration to what it asks for: the size of each station, and the capacity of the whole.

A station's `capacity_per_s` is the orders a second it is good for. One order asks the chat station `prompts_per_order`
times, the checkout station twice (create the session, apply the card), the card and the payment station once. A replica has
all its stations once: R replicas have R times the servers, each slowed by the law of scalability, so that a station is good
for R / (1 + sigma (R - 1) + kappa R (R - 1)) times the orders of one. So the capacity of the service is known before it runs:
the least of its stations', and the station that has the least binds.
"""

import math
from collections.abc import Callable
from typing import Final

import msgspec

from target_stub.capacity.service_time import ServiceLaw, TokenCosts, token_costs
from target_stub.capacity.station import Station, StationName
from target_stub.capacity.usl import Usl
from target_stub.config import Config, ConfigError

CHECKOUT_REQUESTS: Final = 2
"""Of one order at the checkout station: create the session, apply card and delivery. Reads and a cancel ask no station."""

# A queue that outlasts any client's patience, and still a bound.
_INCIDENT_QUEUE: Final = 1_000_000


class Sizing(msgspec.Struct, frozen=True):
    """A station: `mean_ms` is the service time of work that is alone in its replica, `orders_per_s` what it all adds up to."""

    servers: int
    mean_ms: float
    queue_limit: int
    orders_per_s: float
    law: ServiceLaw = "lognormal"
    usl: Usl | None = None
    replicas: int = 1

    def station(self) -> Station:
        """Return the station, empty."""
        return Station(self.servers, self.queue_limit, slowdown=self._slowdown())

    def _slowdown(self) -> Callable[[int], float] | None:
        usl, replicas = self.usl, self.replicas
        # Requests spread evenly over the replicas, and hinder only those of their own.
        return None if usl is None else lambda in_service: usl.slowdown(-(-in_service // replicas))


class Capacity(msgspec.Struct, frozen=True):
    """What the whole service is good for, which station binds, and the orders a second of each station that has a limit."""

    orders_per_s: float
    binding: StationName
    stations: dict[StationName, float]


class _Asked(msgspec.Struct, frozen=True):
    """What the configuration says of one station of one replica."""

    orders_per_s: float
    requests_per_order: float
    service_ms: float
    law: ServiceLaw


def sizing(config: Config) -> Sizing:
    """Return the size of the chat station."""
    asked = _Asked(
        config.capacity_per_s * config.headroom, config.prompts_per_order, config.service_ms, config.service_law
    )
    # Behind a token bucket the default holds a whole burst and one second more: it is never reached.
    return _sized(config, "chat", asked, config.queue_limit, prompts_per_s(config))


def sizings(config: Config) -> dict[StationName, Sizing]:
    """Return the sizes of all stations that have a limit, in the order of a purchase; raises ConfigError with a sentence."""
    sizes: dict[StationName, Sizing] = {"chat": sizing(config)}
    rows: tuple[tuple[StationName, float | None, int, float, ServiceLaw], ...] = (
        ("card", config.card_capacity_per_s, 1, config.card_service_ms, config.card_service_law),
        (
            "checkout",
            config.checkout_capacity_per_s,
            CHECKOUT_REQUESTS,
            config.checkout_service_ms,
            config.checkout_service_law,
        ),
        ("payment", config.payment_capacity_per_s, 1, config.payment_service_ms, config.payment_service_law),
    )
    for name, orders_per_s, requests, service_ms, law in rows:
        if orders_per_s is not None:
            asked = _Asked(orders_per_s, requests, service_ms, law)
            requests_per_s = orders_per_s * requests * _replicas(config).gain(config.replicas)
            sizes[name] = _sized(config, name, asked, config.station_queue_limit, requests_per_s)
    return sizes


def _sized(config: Config, name: StationName, asked: _Asked, queue_limit: int | None, requests_per_s: float) -> Sizing:
    servers, mean_ms = _one_replica(config, name, asked)
    if queue_limit is None:
        incident = config.preset == "incident"
        queue_limit = _INCIDENT_QUEUE if incident else math.ceil(requests_per_s * (1 + config.bucket_burst_s))
    replicas, scaling = config.replicas, _replicas(config)
    return Sizing(
        servers=servers * replicas,
        mean_ms=mean_ms * scaling.slowdown(replicas),
        queue_limit=queue_limit,
        orders_per_s=asked.orders_per_s * scaling.gain(replicas),
        law=asked.law,
        usl=_within(config) if asked.law == "usl" else None,
        replicas=replicas,
    )


def _one_replica(config: Config, name: StationName, asked: _Asked) -> tuple[int, float]:
    """Return c = ceil(requests/s * service time) servers, with the mean stretched so that c / mean is requests/s exactly.

    Without the stretch a small station would be larger than asked: one server of 250 ms is already worth 4 orders/s. Under
    the law usl c servers are worth gain(c) < c: as many as it takes, or `usl_threads`, whose peak is then what is asked.
    """
    requests_per_s = asked.orders_per_s * asked.requests_per_order
    at_work = requests_per_s * asked.service_ms / 1000
    if asked.law != "usl":
        # The small amount absorbs binary fractions: 1.3 * 200 * 0.25 s is 65 servers, not 66.
        servers = max(1, math.ceil(at_work - 1e-9))
        return servers, servers / requests_per_s * 1000
    usl = _within(config)
    if config.usl_threads is not None:
        return config.usl_threads, usl.gain(usl.best(config.usl_threads)) / requests_per_s * 1000
    needed = usl.least(at_work)
    if needed is None:
        sentence = (
            f"the {name} station cannot do {requests_per_s:g} requests/s of {asked.service_ms:g} ms with usl_sigma "
            f"{usl.sigma:g} and usl_kappa {usl.kappa:g}: lower one of the four, or give usl_threads, "
            "from which the service time then follows"
        )
        raise ConfigError([sentence])
    return needed, usl.gain(needed) / requests_per_s * 1000


def _within(config: Config) -> Usl:
    return Usl(config.usl_sigma, config.usl_kappa)


def _replicas(config: Config) -> Usl:
    return Usl(config.replica_sigma, config.replica_kappa)


def prompts_per_s(config: Config) -> float:
    """Return the chat requests a second that `capacity_per_s` orders mean, over all replicas."""
    return config.capacity_per_s * config.prompts_per_order * _replicas(config).gain(config.replicas)


def capacity_of(config: Config) -> Capacity:
    """Return what the service is good for, by construction; raises ConfigError with a sentence.

    A token bucket lets in `capacity_per_s` orders and no more, so it bounds the chat station whatever its headroom.
    """
    stations = {name: size.orders_per_s for name, size in sizings(config).items()}
    if config.admission == "token-bucket":
        stations["chat"] = min(stations["chat"], prompts_per_s(config) / config.prompts_per_order)
    binding = min(stations, key=stations.__getitem__)
    return Capacity(stations[binding], binding, stations)


def token_costs_of(config: Config) -> TokenCosts | None:
    """Return what tokens cost at the chat station, None when the law does not look at them."""
    if config.service_law != "token-proportional":
        return None
    return token_costs(config.mean_prompt_tokens, config.mean_answer_tokens)
