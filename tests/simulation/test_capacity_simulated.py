"""Whether the capacity beside an onset is the target's, on random series at a token bucket whose rate is known."""

import numpy as np
import pytest

from reports.onset_load import jumps_of, settled
from reports.saturation import capacity_of, settled_capacity
from tests.helpers.throttled_run import arrivals, steps, token_bucket

SEEDS = range(20)
RATE = 100
"""Orders a second: what the bucket lets in for good."""


def read(level: float, burst: int, seed: int) -> tuple[float, float]:
    """The capacity by all seconds and by the settled ones, of 20 s with room, 20 s at the level and 20 s with room."""
    curve = steps((20.0, 40.0), (20.0, level), (20.0, 40.0))
    arriving = arrivals(curve, seed)
    good = (arriving - token_bucket(arriving.tolist(), rate=RATE, burst=burst)).astype(np.float64)
    offered = np.repeat([40.0, level, 40.0], 20)
    everything = np.ones(60, dtype=bool)
    plain = capacity_of(offered, good, seed)
    quiet = settled_capacity(offered, good, everything, settled(jumps_of(curve), 60), seed)
    assert plain is not None
    assert quiet is not None
    assert quiet.is_settled
    return plain.per_s, quiet.per_s


@pytest.mark.parametrize(
    ("level", "burst", "biased", "left"),
    [
        pytest.param(300.0, 100, 4.0, 0.5, id="three times the rate, a second's tokens saved: 5 % too high"),
        pytest.param(150.0, 100, 4.0, 0.5, id="one and a half times the rate: the tokens last for two seconds"),
        pytest.param(300.0, 300, 12.0, 0.5, id="three seconds' tokens saved: 15 % too high"),
        pytest.param(130.0, 100, 4.0, 2.0, id="just above the rate the tokens last longer than what is left out"),
    ],
)
def test_saved_tokens_do_not_count_as_capacity(level: float, burst: int, biased: float, left: float) -> None:
    """Of twenty runs each, all seconds read high by more than ``biased`` orders/s; without those after the jump hardly any bias is left."""
    found = np.array([read(level, burst, seed) for seed in SEEDS]) - RATE
    plain, quiet = found.mean(axis=0)

    assert plain > biased
    assert abs(quiet) < left
