"""The station and the door that a configuration asks for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from target_stub.admission.doors import OpenDoor
from target_stub.admission.policy import door_of
from target_stub.admission.token_bucket import TokenBucket
from target_stub.command_line import parse
from target_stub.config import Config
from target_stub.sizing import Sizing, sizing


@pytest.mark.parametrize(
    ("arguments", "size", "door"),
    [
        pytest.param(
            ["--preset", "graceful", "--capacity-per-s", "200"],
            Sizing(servers=65, mean_ms=250.0, queue_limit=400),
            TokenBucket(200.0, 1.0),
            id="graceful: 260 orders/s of capacity behind a bucket of 200/s",
        ),
        pytest.param(
            ["--preset", "incident", "--capacity-per-s", "200"],
            Sizing(servers=50, mean_ms=250.0, queue_limit=1_000_000),
            OpenDoor(),
            id="incident: 200 orders/s of capacity behind an open door",
        ),
        pytest.param(
            ["--preset=incident", "--capacity-per-s=200", "--admission=token-bucket", "--queue-limit=7"],
            Sizing(servers=50, mean_ms=250.0, queue_limit=7),
            TokenBucket(200.0, 1.0),
            id="a flag wins over the preset",
        ),
        pytest.param(
            ["--capacity-per-s", "5", "--headroom", "1", "--service-ms", "300", "--bucket-burst-s", "2"],
            Sizing(servers=2, mean_ms=400.0, queue_limit=15),
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
