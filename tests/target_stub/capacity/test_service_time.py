"""Laws of the service times: their mean, their spread, and that a seed repeats them."""

import random

import numpy as np
import pytest

from target_stub.capacity.service_time import ServiceLaw, service_times


def sample_ms(law: ServiceLaw, *, mean_ms: float = 250.0, cv: float = 0.5, seed: int = 7) -> np.ndarray:
    """Return 50,000 service times in milliseconds."""
    draw = service_times(law, mean_ms, cv=cv, rng=random.Random(seed))
    return np.array([draw() for _ in range(50_000)]) / 1e6


@pytest.mark.parametrize(
    ("law", "cv"),
    [
        pytest.param("deterministic", 0.0, id="a deterministic service has no spread"),
        pytest.param("exponential", 1.0, id="an exponential one spreads by its mean"),
        pytest.param("lognormal", 0.5, id="a lognormal one as it is told"),
    ],
)
def test_a_law_has_its_mean_and_its_spread(law: ServiceLaw, cv: float) -> None:
    """All laws have the mean they are given; standard deviation / mean is the law's."""
    times_ms = sample_ms(law)

    assert times_ms.mean() == pytest.approx(250.0, rel=0.02)
    assert times_ms.std() / times_ms.mean() == pytest.approx(cv, abs=0.02)


@pytest.mark.parametrize("law", ["exponential", "lognormal"])
def test_a_seed_repeats_its_times(law: ServiceLaw) -> None:
    """The same seed gives the same times, another seed others."""
    assert (sample_ms(law) == sample_ms(law)).all()
    assert (sample_ms(law) != sample_ms(law, seed=8)).any()


@pytest.mark.parametrize("law", ["deterministic", "exponential", "lognormal"])
def test_a_service_takes_at_least_a_nanosecond(law: ServiceLaw) -> None:
    """No draw is zero, however short the mean."""
    assert sample_ms(law, mean_ms=1e-7).min() == 1e-6


@pytest.mark.parametrize("mean_ms", [0.0, -1.0, float("nan")])
def test_a_mean_must_be_above_zero(mean_ms: float) -> None:
    """A mean that no service can have raises a sentence."""
    with pytest.raises(ValueError, match="is above 0 ms"):
        service_times("exponential", mean_ms, cv=0.5, rng=random.Random(1))
