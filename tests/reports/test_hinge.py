"""On a ramp, refusals bend upwards at the limit, and the hinge finds the bend."""

import numpy as np
import pytest

from reports.hinge import fit_hinge, hinge_window

RAMP = np.linspace(50.0, 149.0, 100)
"""One wish per second more in every second; 100 wishes/s in second 50."""
WHOLE = slice(0, 100)


def counts(limit: float, voice: float = 1.0, base: float = 0.0002) -> np.ndarray:
    """Refusals of 10,000 events a second, exactly as the hinge says, fractions and all."""
    return 10_000 * (base + voice * (1 - base) * np.maximum(0, 1 - limit / RAMP))


@pytest.mark.parametrize(
    ("limit", "voice"),
    [
        pytest.param(100.0, 1.0, id="all refusals"),
        pytest.param(100.0, 0.5, id="one voice of two"),
        pytest.param(60.0, 1.0, id="a low limit"),
        pytest.param(140.0, 1.0, id="a high limit"),
    ],
)
def test_exact_counts_give_the_limit_exactly(limit: float, voice: float) -> None:
    """Counts that follow the hinge give back its limit, whichever share of refusals the series counts."""
    found = fit_hinge(
        counts(limit, voice), np.full(100, 10_000), RAMP,
        window=WHOLE, alarm=99, base=0.0002, tolerated_share=0.001, voice=voice,
    )  # fmt: skip

    assert found is not None
    assert found.first_throttle_per_s == limit
    assert found.low <= limit <= found.high
    assert (found.second, found.first <= found.second <= found.last) == (limit - 49, True)


def test_a_plateau_that_equals_the_limit_refuses_nobody() -> None:
    """The onset is the first second whose share exceeds the tolerated one, not the first at the limit."""
    rate = np.concatenate([np.linspace(50, 100, 50), np.full(30, 100.0), np.linspace(100.2, 120, 100)])
    bad = 10_000 * (0.0002 + 0.9998 * np.maximum(0, 1 - 100 / rate))
    found = fit_hinge(
        bad, np.full(180, 10_000), rate, window=slice(0, 180), alarm=170, base=0.0002, tolerated_share=0.001
    )

    assert found is not None
    assert found.first_throttle_per_s == pytest.approx(100.0)
    assert found.second == 80


def test_a_slow_ramp_exceeds_the_tolerated_share_later_than_the_limit() -> None:
    """At .1 % tolerated the onset lies where the rate exceeds the limit by a tenth of a per cent."""
    rate = np.linspace(99.0, 101.0, 401)
    bad = 100_000 * (0.0002 + 0.9998 * np.maximum(0, 1 - 100 / rate))
    found = fit_hinge(
        bad, np.full(401, 100_000), rate, window=slice(0, 401), alarm=300, base=0.0002, tolerated_share=0.001
    )

    assert found is not None
    assert rate[found.second] >= 100 / (1 - 0.001)
    assert rate[found.second - 1] < 100 / (1 - 0.001)


def test_saved_tokens_delay_the_onset_and_not_the_limit() -> None:
    """A bucket that refuses nobody until second 70 and then as the hinge says has its onset there, and the same limit."""
    bad = np.where(np.arange(100) < 70, 2, counts(100.0))
    found = fit_hinge(bad, np.full(100, 10_000), RAMP, window=WHOLE, alarm=75, base=0.0002, tolerated_share=0.001)

    assert found is not None
    assert (found.first_throttle_per_s, found.second, found.first, found.last) == (100.0, 70, 70, 70)


def test_scattered_counts_widen_the_interval() -> None:
    """A limit that refuses all the scatter of random arrivals is less certain than independent refusals would make it."""
    rate = np.linspace(200, 400, 300)
    n = np.random.default_rng(3).poisson(rate)
    exact = np.maximum(0, n - 300)
    independent = np.random.default_rng(3).binomial(n, np.maximum(0.0002, 1 - 300 / rate))
    one, other = (
        fit_hinge(bad, n, rate, window=slice(0, 300), alarm=200, base=0.0002, tolerated_share=0.001)
        for bad in (exact, independent)
    )

    assert one is not None
    assert other is not None
    assert one.high - one.low > 2 * (other.high - other.low)


def test_without_load_above_the_limit_there_is_no_hinge() -> None:
    """A run in which nothing was refused, or nothing offered, has no bend."""
    n = np.full(100, 10_000)

    assert fit_hinge(np.zeros(100), n, RAMP, window=WHOLE, alarm=99, base=0.0002, tolerated_share=0.001) is None
    assert (
        fit_hinge(np.zeros(100), n, np.zeros(100), window=WHOLE, alarm=99, base=0.0002, tolerated_share=0.001) is None
    )


@pytest.mark.parametrize(
    ("floor", "alarm", "length", "expected"),
    [
        pytest.param(0, 50, 300, slice(0, 111), id="to a minute after the alarm"),
        pytest.param(30, 50, 70, slice(30, 70), id="from the floor to the end of the record"),
        pytest.param(0, 5000, 9000, slice(4100, 5061), id="not further back than a quarter of an hour"),
    ],
)
def test_the_window_of_a_fit(floor: int, alarm: int, length: int, expected: slice) -> None:
    """A hinge is fitted to the seconds around its alarm."""
    assert hinge_window(floor, alarm, length) == expected
