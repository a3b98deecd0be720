"""Laws of the service times: their mean, their spread, and that a seed repeats them."""

import random

import numpy as np
import pytest

from target_stub.capacity.service_time import ServiceLaw, service_times, token_costs


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
        pytest.param("usl", 0.5, id="one alone under the law of scalability too"),
        pytest.param("token-proportional", 0.0, id="tokens are counted, not drawn"),
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


def test_tokens_cost_the_mean_for_the_mean_request() -> None:
    """Mean prompt and mean answer cost one mean service time, 0.3 of it the prompt, and each token the same."""
    costs = token_costs(75, 27)

    assert costs.work(75, 27) == pytest.approx(1)
    assert costs.work(75, 0) == pytest.approx(0.3)
    assert costs.work(150, 54) == pytest.approx(2)


def test_a_mix_of_requests_has_the_mean_of_its_tokens() -> None:
    """Short and long requests whose mean counts are the configured ones take the mean service time on average."""
    costs = token_costs(75, 27)
    requests = [(40, 20), (60, 25), (100, 27), (100, 36)]

    assert sum(costs.work(*request) for request in requests) / len(requests) == pytest.approx(1)
