"""Many samples as one."""

from target_stub.admission.limit_window import Window, gathered
from target_stub.admission.limits import Aimd, FixedLimit, Gradient2, NoLimit, Sample
from target_stub.clock import NS_PER_MS, NS_PER_S

MS = NS_PER_MS
RULE = Gradient2(window_ms=1000.0)


def seen(samples: list[tuple[int, Sample]]) -> list[Sample]:
    """What the limit sees of samples at instants in ms."""
    window, told = Window(ends_ns=NS_PER_S), []
    for at_ms, sample in samples:
        window, one = gathered(RULE, window, sample, at_ms * MS)
        told += [one] if one else []
    return told


def test_a_window_is_one_sample() -> None:
    """A second of samples is told as their mean round trip, the most in flight, and whether one was dropped."""
    samples = [(at_ms, Sample(at_ms * MS, at_ms)) for at_ms in range(100, 1001, 100)]

    assert seen([*samples, (1001, Sample(1100 * MS, 3, dropped=True))]) == [Sample(600 * MS, 1000, dropped=True)]


def test_a_window_of_few_samples_says_nothing() -> None:
    """Nine answers are too few, and they are not kept for the next window."""
    nine = [(at_ms, Sample(MS, 1)) for at_ms in range(8)]

    assert seen([*nine, (1500, Sample(MS, 1)), (2600, Sample(MS, 1))]) == []


def test_a_full_queue_is_a_drop_without_a_time() -> None:
    """Who found the queue full leaves the mean alone."""
    ten = [(at_ms, Sample(5 * MS, 1)) for at_ms in range(10)]

    assert seen([*ten, (1001, Sample(0, 1, dropped=True))]) == [Sample(5 * MS, 1, dropped=True)]


def test_without_a_window_each_sample_is_seen() -> None:
    """A limit that moves with each answer gets each, and a fixed one does not care."""
    sample = Sample(MS, 1)
    for rule in (Aimd(), Gradient2(), FixedLimit(3), NoLimit()):
        assert gathered(rule, Window(), sample, 5) == (Window(), sample)
