"""The live detector is measured on batches such as a master gets."""

from benchmarks.onset_calibration.live_cost import EPISODE, SPREAD_S, WISHES_PER_S, batches_of, cpu_share
from locustfiles.recording.live_onset import LiveOnset


def test_the_batches_hold_ten_thousand_outcomes() -> None:
    """Four workers' batches of a second hold about as many ended wishes as are released, of eleven seconds."""
    rows = [row for batch in batches_of(EPISODE[20]) for row in batch.outcomes if row.step == "order"]

    assert 0.99 * WISHES_PER_S < sum(row.n for row in rows) <= WISHES_PER_S
    assert len({row.second for row in rows}) == SPREAD_S


def test_the_detector_sees_the_episode_that_is_measured() -> None:
    """What is measured is work: an onset is found, and its end."""
    live = LiveOnset(3600)
    news = [said for second in range(300) for said in live.add(batches_of(second), second + 1.0)]

    assert news[0].startswith(f"throttling since second {EPISODE[0]}, offered 10000/s, chat: rate_limited")
    assert news[-1].endswith(f"ended in second {EPISODE[-1] + 1}")


def test_the_share_is_that_of_the_time_spent() -> None:
    """Some CPU time is spent, and it is told per second of the run."""
    assert 0 < cpu_share(5)
