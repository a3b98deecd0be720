"""The station and the door that a configuration asks for."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from target_stub.admission.doors import OpenDoor
from target_stub.admission.policy import door_of
from target_stub.admission.token_bucket import TokenBucket
from target_stub.command_line import parse
from target_stub.config import Config, ConfigError
from target_stub.sizing import Capacity, Sizing, capacity_of, sizing, sizings, token_costs_of


@pytest.mark.parametrize(
    ("arguments", "size", "door"),
    [
        pytest.param(
            ["--preset", "graceful", "--capacity-per-s", "200"],
            Sizing(servers=65, mean_ms=250.0, queue_limit=400, orders_per_s=260.0),
            TokenBucket(200.0, 1.0),
            id="graceful: 260 orders/s of capacity behind a bucket of 200/s",
        ),
        pytest.param(
            ["--preset", "incident", "--capacity-per-s", "200"],
            Sizing(servers=50, mean_ms=250.0, queue_limit=1_000_000, orders_per_s=200.0),
            OpenDoor(),
            id="incident: 200 orders/s of capacity behind an open door",
        ),
        pytest.param(
            ["--preset=incident", "--capacity-per-s=200", "--admission=token-bucket", "--queue-limit=7"],
            Sizing(servers=50, mean_ms=250.0, queue_limit=7, orders_per_s=200.0),
            TokenBucket(200.0, 1.0),
            id="a flag wins over the preset",
        ),
        pytest.param(
            ["--capacity-per-s", "5", "--headroom", "1", "--service-ms", "300", "--bucket-burst-s", "2"],
            Sizing(servers=2, mean_ms=400.0, queue_limit=15, orders_per_s=5.0),
            TokenBucket(5.0, 2.0),
            id="the mean is stretched when servers come in whole numbers",
        ),
    ],
)
def test_a_preset_and_a_capacity_size_the_station(
    arguments: list[str], size: Sizing, door: OpenDoor | TokenBucket
) -> None:
    """Servers, mean service time, queue and door follow from the configuration."""
    made = parse(arguments).config

    assert (sizing(made), door_of(made)) == (size, door)


@given(st.floats(0.001, 20_000), st.floats(1, 5_000), st.sampled_from([1.0, 1.3]))
def test_a_station_has_exactly_the_capacity_asked_for(
    capacity_per_s: float, service_ms: float, headroom: float
) -> None:
    """Servers / mean service time is capacity * headroom, and the mean is never shorter than asked."""
    size = sizing(Config(capacity_per_s=capacity_per_s, service_ms=service_ms, headroom=headroom))

    assert size.servers / size.mean_ms * 1000 == pytest.approx(capacity_per_s * headroom)
    assert size.mean_ms >= service_ms * (1 - 1e-6)


@given(
    st.floats(0.01, 50),
    st.floats(0, 0.05),
    st.floats(0, 1e-3),
    st.integers(1, 20),
    st.none() | st.integers(1, 200),
)
def test_a_usl_station_peaks_at_the_capacity_asked_for(
    capacity_per_s: float, sigma: float, kappa: float, replicas: int, threads: int | None
) -> None:
    """The highest throughput that its servers reach, spread over its replicas, is the capacity of all of them."""
    config = Config(
        capacity_per_s=capacity_per_s,
        headroom=1.0,
        service_ms=100.0,
        service_law="usl",
        usl_sigma=sigma,
        usl_kappa=kappa,
        usl_threads=threads,
        replicas=replicas,
        replica_sigma=0.01,
    )
    size = sizing(config)
    assert size.usl is not None
    each = size.servers // replicas
    peak_per_s = max(size.usl.gain(n) for n in range(1, each + 1)) / size.mean_ms * 1000 * replicas

    assert size.servers == each * replicas
    assert peak_per_s == pytest.approx(capacity_per_s * replicas / (1 + 0.01 * (replicas - 1)))
    assert size.orders_per_s == pytest.approx(peak_per_s)


def test_a_usl_station_that_never_gets_there_is_told() -> None:
    """A throughput beyond the peak of the law is a sentence with its values."""
    with pytest.raises(ConfigError, match="cannot do 260 requests/s of 250 ms with usl_sigma 0"):
        sizing(Config(service_law="usl", usl_sigma=0.02, usl_kappa=0.0005))


@pytest.mark.parametrize(
    ("changes", "capacity"),
    [
        pytest.param({}, Capacity(200.0, "chat", {"chat": 200.0}), id="the bucket bounds the chat below its station"),
        pytest.param(
            {"admission": "open"},
            Capacity(260.0, "chat", {"chat": 260.0}),
            id="behind an open door the headroom counts",
        ),
        pytest.param(
            {"card_capacity_per_s": 150.0, "checkout_capacity_per_s": 90.0, "payment_capacity_per_s": 120.0},
            Capacity(90.0, "checkout", {"chat": 200.0, "card": 150.0, "checkout": 90.0, "payment": 120.0}),
            id="the least of all binds",
        ),
        pytest.param(
            {"payment_capacity_per_s": 200.0},
            Capacity(200.0, "chat", {"chat": 200.0, "payment": 200.0}),
            id="of equals the first in the purchase",
        ),
        pytest.param(
            {"payment_capacity_per_s": 100.0, "replicas": 4, "replica_sigma": 0.1, "replica_kappa": 0.01},
            Capacity(
                100 * 4 / 1.42,
                "payment",
                {"chat": 200 * 4 / 1.42, "payment": 100 * 4 / 1.42},
            ),
            id="four replicas are worth 4 / (1 + 3 sigma + 12 kappa)",
        ),
        pytest.param(
            {"prompts_per_order": 3.0, "preset": "incident"},
            Capacity(200.0, "chat", {"chat": 200.0}),
            id="orders, not prompts",
        ),
    ],
)
def test_the_capacity_is_known_by_construction(changes: dict[str, object], capacity: Capacity) -> None:
    """The least of the stations' capacities is the service's, and its station binds."""
    found = capacity_of(msgspec.convert(changes, Config))

    assert found.binding == capacity.binding
    assert found.stations == pytest.approx(capacity.stations)
    assert found.orders_per_s == pytest.approx(capacity.orders_per_s)


def test_an_order_asks_the_checkout_station_twice() -> None:
    """Servers follow from the requests of an order: prompts at the chat, two at the checkout, one at card and payment."""
    config = Config(
        capacity_per_s=10.0,
        headroom=1.0,
        prompts_per_order=3.0,
        service_ms=1000.0,
        card_capacity_per_s=10.0,
        card_service_ms=1000.0,
        checkout_capacity_per_s=10.0,
        checkout_service_ms=1000.0,
        payment_capacity_per_s=10.0,
        payment_service_ms=1000.0,
    )

    assert {name: size.servers for name, size in sizings(config).items()} == {
        "chat": 30,
        "card": 10,
        "checkout": 20,
        "payment": 10,
    }
    assert door_of(config) == TokenBucket(30.0, 1.0)


def test_a_rate_that_no_bucket_has_is_told() -> None:
    """Capacity, prompts and replicas that multiply to more than a bucket's rate are a sentence."""
    with pytest.raises(ConfigError, match="over all replicas is too much or too little: a bucket's rate is at least"):
        door_of(Config(capacity_per_s=20_000.0, prompts_per_order=100.0))


def test_tokens_cost_only_under_their_law() -> None:
    """A station whose law does not look at tokens has no costs for them."""
    assert token_costs_of(Config()) is None
    costs = token_costs_of(Config(service_law="token-proportional", mean_prompt_tokens=30.0, mean_answer_tokens=7.0))
    assert costs is not None
    assert costs.work(30, 7) == pytest.approx(1)
