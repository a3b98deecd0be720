"""The law of scalability: its published figures, its peak, and the least n for a throughput."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from target_stub.capacity.usl import Usl

MEASURED = Usl(0.02, 0.0005)
LAWS = st.builds(Usl, st.floats(0, 1), st.floats(0, 0.5) | st.just(0.0))


@pytest.mark.parametrize(
    ("n", "per_s"),
    [
        pytest.param(1, 100.0, id="one alone"),
        pytest.param(8, 684.93, id="eight lose a seventh"),
        pytest.param(32, 1512.29, id="32 lose half"),
    ],
)
def test_throughput(n: int, per_s: float) -> None:
    """X(n) = n c / (1 + sigma (n - 1) + kappa n (n - 1)), here with c = 100/s."""
    assert 100 * MEASURED.gain(n) == pytest.approx(per_s, abs=0.005)


@pytest.mark.parametrize(
    ("law", "most", "best"),
    [
        pytest.param(MEASURED, 100, 44, id="the whole number beside the peak at 44.27"),
        pytest.param(MEASURED, 20, 20, id="below the peak more is better"),
        pytest.param(Usl(), 7, 7, id="without loss too"),
        pytest.param(Usl(0.5), 7, 7, id="contention alone has no peak"),
        pytest.param(Usl(1.0), 7, 1, id="what only one can do gains nothing from a second"),
        pytest.param(Usl(1.0, 0.1), 7, 1, id="and loses with coherence"),
    ],
)
def test_the_best_number(law: Usl, most: int, best: int) -> None:
    """The best n is the first with the highest throughput of all that are allowed."""
    assert law.best(most) == best


@given(LAWS, st.integers(1, 60))
def test_the_best_number_is_as_good_as_any(law: Usl, most: int) -> None:
    """No other n up to the bound has a higher throughput."""
    highest = max(law.gain(n) for n in range(1, most + 1))

    assert law.gain(law.best(most)) == pytest.approx(highest)


@given(LAWS, st.floats(0.1, 40))
def test_the_least_number_is_enough_and_one_less_is_not(law: Usl, gain: float) -> None:
    """The least n reaches the throughput, n - 1 does not; None means that no n up to a hundred does."""
    n = law.least(gain)

    if n is None:
        assert max(law.gain(other) for other in range(1, 101)) < gain
    else:
        assert law.gain(n) >= gain * (1 - 1e-9)
        assert n == 1 or law.gain(n - 1) < gain * (1 + 1e-9)


@pytest.mark.parametrize(("sigma", "kappa"), [(-0.1, 0.0), (1.1, 0.0), (0.0, float("nan"))])
def test_coefficients_are_shares(sigma: float, kappa: float) -> None:
    """A coefficient that is no share raises a sentence with the values."""
    with pytest.raises(ValueError, match="are each 0 to 1, not"):
        Usl(sigma, kappa)
