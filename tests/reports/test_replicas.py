"""How many replicas a peak needs, at the reference values and at the edges of what runs can tell."""

import pytest

from reports.capacity_model import scaling_of
from reports.replicas import Need, Plan, design_rate, lower_capacity, need, spare_of

FIVE = [61.2, 59.8, 60.9, 62.0, 60.1]
MEAN_PER_S = 1e7 / 32_400
REFERENCE = Plan(amplification=(1.05, 1.15, 1.3), efficiency=0.92)
ALONE = scaling_of({1: FIVE}, 1)


@pytest.mark.parametrize(
    ("peak_to_mean", "replicas", "low", "high"),
    [
        pytest.param(3, 32, 29, 35, id="3 x the mean"),
        pytest.param(6, 61, 56, 66, id="6 x"),
        pytest.param(12, 118, 109, 129, id="12 x"),
        pytest.param(36, 345, 318, 375, id="36 x"),
    ],
)
def test_the_reference_values(peak_to_mean: float, replicas: int, low: int, high: int) -> None:
    """Ten million orders in nine hours, 92 % efficiency and 1.15 attempts: replicas before the spare, and the 90 % interval."""
    found = need([peak_to_mean * MEAN_PER_S], FIVE, ALONE, REFERENCE)

    assert (found.replicas, found.low, found.high) == (replicas, low, high)


def test_the_design_rate_adds_three_standard_deviations_to_the_worst_second() -> None:
    """308.64/s at 3 x the mean and IDC 2 may bring 1055 in a second; the mean is never what is sized for."""
    assert design_rate([3 * MEAN_PER_S, MEAN_PER_S], 2.0) == pytest.approx(1055, abs=0.1)


def test_the_lower_capacity_needs_five_runs() -> None:
    """c_lo of the reference runs is 59.962; four runs give none."""
    assert lower_capacity(FIVE) == pytest.approx(59.962, abs=0.0005)
    assert lower_capacity(FIVE[:4]) is None


@pytest.mark.parametrize(
    ("plan", "spare"),
    [
        pytest.param(Plan(), 1, id="one replica may be lost"),
        pytest.param(Plan(spare=3), 3, id="three may"),
        pytest.param(Plan(zones=3), 16, id="one of three zones may: 32 / 2"),
        pytest.param(Plan(spare=20, zones=3), 20, id="the larger of the two"),
    ],
)
def test_the_spare(plan: Plan, spare: int) -> None:
    """Against a lost replica, or against a lost zone."""
    assert spare_of(32, plan) == spare


def test_the_total_holds_the_spare() -> None:
    """The number to order is what the peak needs and the spare."""
    assert need([3 * MEAN_PER_S], FIVE, ALONE, REFERENCE).total == 33
    assert Need(1.0, 1.0, None, None, None, None, None).total is None


def test_too_few_runs_give_no_number() -> None:
    """Four runs are not five: the sentence says so and every number is absent."""
    found = need([300.0], FIVE[:4], ALONE, REFERENCE)

    assert (found.replicas, found.low, found.high, found.at_least, found.total) == (None,) * 5
    assert found.why_not == "4 runs with 1 replica, and 5 are needed to know how far runs differ"


def test_a_mistyped_load_gives_no_number() -> None:
    """More than a million replicas is a mistake of the question."""
    assert need([1e9], FIVE, ALONE, REFERENCE).why_not == "more than 1,000,000 replicas: check the load"


MEASURED = scaling_of({1: [60.0, 60.5, 59.5, 60.2, 59.8], 2: [118.0, 119.0, 117.5, 118.5, 117.0]}, 1)
ONES = [60.0, 60.5, 59.5, 60.2, 59.8]


def test_a_measured_law_replaces_an_assumed_efficiency() -> None:
    """Within twice the measured replicas the law says how many are needed, with an interval that holds the number."""
    found = need([90.0], ONES, MEASURED, Plan())

    assert found.replicas is not None
    assert found.low is not None
    assert found.high is not None
    assert found.low <= found.replicas <= found.high <= 4
    assert (found.at_least, found.why_not) == (None, "")


def test_beyond_twice_the_measured_only_the_least_is_told() -> None:
    """A hundred replicas are not predicted from two: the answer is what they would be at best, and what to measure."""
    found = need([3000.0], ONES, MEASURED, Plan())

    assert (found.replicas, found.low, found.high) == (None, None, None)
    assert found.at_least is not None
    assert found.at_least > 3000 / 60 / 0.7
    assert "more than twice the 2 that were measured" in found.why_not


def test_one_number_of_replicas_tells_nothing_of_another() -> None:
    """One replica that is enough is the answer; if it is not, nobody knows what a second one adds."""
    few, many = (need([rate], FIVE, ALONE, Plan()) for rate in (20.0, 300.0))

    assert (few.replicas, few.low, few.high) == (1, 1, 1)
    assert many.replicas is None
    assert many.why_not.endswith("they cannot tell what another one adds: measure with 2 replicas too")


def test_an_upper_end_beyond_the_runs_is_said_and_not_made_up() -> None:
    """Where chance could need more replicas than the law reaches, the upper end is absent with a sentence."""
    found = need([90.0], ONES, MEASURED, Plan(amplification=(1.0, 1.0, 1.6)))

    assert found.replicas is not None
    assert (found.high, found.why_not) == (None, "the upper end lies beyond what the runs can tell")


def test_more_attempts_need_more_replicas() -> None:
    """Replicas never fall when a wish costs more attempts."""
    found = [need([900.0], FIVE, ALONE, Plan(amplification=(a, a, a), efficiency=0.9)).replicas for a in (1, 1.5, 3)]

    assert found == sorted(found, key=lambda n: n or 0)
    assert found[0] != found[-1]
