"""The prediction for the largest number of replicas rests on the smaller ones only."""

from benchmarks.capacity.live_runs import LiveRun, held_against
from tests.helpers.capacity_results import LIVE
from tests.helpers.capacity_runs import found


def test_four_are_predicted_from_one_and_two() -> None:
    """The interval holds what four were measured to hold; their own runs do not move it."""
    verdict = held_against(LIVE)
    wild = held_against([*LIVE, LiveRun(4, 7, 40.0, found(4, 90.0))])

    assert verdict.within
    assert verdict.low is not None
    assert verdict.high is not None
    assert verdict.low < 36.7 < verdict.high < 40
    assert (wild.low, wild.high, wild.within) == (verdict.low, verdict.high, False)


def test_without_runs_nothing_is_within() -> None:
    """No usable run of the smaller numbers gives no prediction, and one number alone none either."""
    assert not held_against([]).within
    assert not held_against([one for one in LIVE if one.replicas == 4]).within
    assert held_against([one for one in LIVE if one.replicas == 1]).per_s is None
