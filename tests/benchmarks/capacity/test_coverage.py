"""Short runs in virtual time follow from their seed and come close to the truth."""

import pytest

from benchmarks.capacity.coverage import ShortRun, short_run, short_runs


@pytest.mark.parametrize("door", ["bucket", "queue"])
def test_a_short_run_comes_close(door: str) -> None:
    """The estimate is within 5 % of what the door or the station holds, and the same again."""
    found = short_run(4, door)

    assert found.per_s == pytest.approx(found.true_per_s, rel=0.05)
    assert found == short_run(4, door)


def test_most_intervals_hold_the_truth() -> None:
    """Of ten runs at both doors at least eight intervals hold the truth; forty are counted by the benchmark."""
    found = short_runs(10)

    assert {one.door for one in found} == {"bucket", "queue"}
    assert sum(one.holds for one in found) >= 8


def test_no_interval_holds_nothing() -> None:
    """A run without an interval is counted as a miss."""
    assert not ShortRun("bucket", 50.0, None, None, None).holds
