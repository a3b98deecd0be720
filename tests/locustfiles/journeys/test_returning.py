"""Who comes again: a function of seed and index, the same wherever it is asked."""

import math
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locustfiles.journeys.returning import Returning

SEEDS = st.integers(0, 2**63 - 1)
SHARES = st.floats(0, 1, exclude_max=True)
N = 20_000


@given(SHARES, SEEDS, st.integers(0, 10**9))
def test_a_shopper_has_come_before(share: float, seed: int, index: int) -> None:
    """The first arrival of a shopper is none after this one, is the shopper's own, and is the same whenever it is asked for."""
    returning = Returning(share, seed)
    first = returning.first(index)

    assert 0 <= first <= index
    assert returning.first(first) == first
    assert Returning(share, seed).first(index) == first


@given(SEEDS, st.integers(0, 10**9))
def test_without_a_share_nobody_returns(seed: int, index: int) -> None:
    """Every arrival is by a shopper of its own, and the first of a run always is."""
    assert Returning(0.0, seed).first(index) == index
    assert Returning(0.999, seed).first(0) == 0


@pytest.mark.parametrize("share", [0.05, 0.3, 0.9])
def test_the_share_is_kept(share: float) -> None:
    """So many of the wishes are by returning shoppers, to four standard deviations."""
    returning = Returning(share, 1)
    found = sum(returning.first(index) != index for index in range(N))

    assert abs(found - share * N) < 4 * math.sqrt(N * share * (1 - share))


def test_a_larger_share_takes_none_back() -> None:
    """Whoever returns at a share returns at a larger one too, so two runs differ in the added wishes only."""
    few, many = ({index for index in range(2_000) if Returning(share, 1).first(index) != index} for share in (0.2, 0.6))

    assert few < many


def test_who_came_often_comes_often_again() -> None:
    """Of n wishes the first shopper makes G(n + share) / (G(n) G(1 + share)) on average, about n to the power of the share."""
    n, share, runs = 500, 0.5, 300
    found = sum(Returning(share, seed).first(index) == 0 for seed in range(runs) for index in range(n)) / runs
    expected = math.exp(math.lgamma(n + share) - math.lgamma(n) - math.lgamma(1 + share))

    assert found == pytest.approx(expected, rel=0.15)


def test_seeds_differ() -> None:
    """Another seed has other shoppers return."""
    one, other = (Counter(Returning(0.5, seed).first(index) for index in range(500)) for seed in (1, 2))

    assert one != other
