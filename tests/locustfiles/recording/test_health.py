"""The generator's own health, with injected readings and a clock that the test moves."""

import os
from collections.abc import Iterator

import gevent
import numpy as np
import pytest

from locustfiles.recording.health import HealthSampler, Process, StallProbe, Stalls, read_process
from reports.run_record.schema import HealthRow
from tests.helpers.exchanges import MS

S = 1000 * MS
NO_LATENESS = np.array([], dtype=np.int64)


def sampler(readings: Iterator[Process], now_ns: int = 0, stalls: Stalls | None = None) -> HealthSampler:
    """A sampler whose readings are scripted."""
    return HealthSampler("w1", now_ns=now_ns, stalls=stalls, read=lambda: next(readings))


def row_of(health: HealthSampler, now_ns: int, lateness_us: object = NO_LATENESS) -> HealthRow:
    """The row that the sampler makes at an instant of a run that began at 0."""
    return health.sample(
        now_ns, started_ns=0, lateness_us=np.asarray(lateness_us), in_flight=3, idle_shoppers=2, connections=1
    )


@pytest.mark.parametrize(
    ("gaps_ms", "stalls", "longest_us"),
    [
        pytest.param([20, 20, 20], 0, 0, id="a loop that gives a turn in time"),
        pytest.param([20, 120, 20], 0, 0, id="100 ms late is no stall yet"),
        pytest.param([20, 121, 20], 1, 101_000, id="101 ms late is one"),
        pytest.param([500, 20, 320], 2, 480_000, id="two, and the longer of them"),
    ],
)
def test_stalls(gaps_ms: list[int], stalls: int, longest_us: int) -> None:
    """A stall is a turn that comes more than 100 ms after it was due."""
    watch, now_ns = Stalls(), 0
    watch.tick(now_ns)
    for gap_ms in gaps_ms:
        now_ns += gap_ms * MS
        watch.tick(now_ns)

    assert watch.take() == (stalls, longest_us)
    assert watch.take() == (0, 0)


def test_a_row_holds_the_second_that_ended() -> None:
    """A row has the quantiles of the lateness, the CPU share of the time since the last row, memory and gauges."""
    stalls = Stalls()
    stalls.tick(0)
    stalls.tick(400 * MS)
    health = sampler(iter([Process(1.0, 0), Process(1.5, 90)]), stalls=stalls)
    row = row_of(health, 1 * S, list(range(1, 101)))

    assert row == HealthRow(0, "w1", 50, 99, 100, 1, 380_000, 0.5, 90, 3, 2, 1)


def test_without_wishes_the_lateness_is_nothing() -> None:
    """A second without arrivals has no lateness."""
    row = row_of(sampler(iter([Process(0, 0)] * 2)), 1 * S)

    assert (row.lateness_p50_us, row.lateness_p99_us, row.lateness_max_us) == (0, 0, 0)


@pytest.mark.parametrize(
    ("cuts_ms", "seconds"),
    [
        pytest.param([1000, 2000, 3000], [0, 1, 2], id="on time"),
        pytest.param([1100, 1950, 3020], [0, 1, 2], id="early and late cuts"),
        pytest.param([1000, 1200, 2000], [0, 1, 2], id="a cut too many takes the next second"),
        pytest.param([1000, 5000, 6000], [0, 4, 5], id="after a pause"),
    ],
)
def test_a_second_has_one_row(cuts_ms: list[int], seconds: list[int]) -> None:
    """No two rows of a worker have one second, however unevenly the cuts come."""
    health = sampler(iter([Process(0, 0)] * 9))

    assert [row_of(health, cut_ms * MS).second for cut_ms in cuts_ms] == seconds


def test_the_readings_of_this_process() -> None:
    """Linux tells the CPU seconds and the resident memory of the process, a Python's at least some megabytes."""
    process = read_process()

    assert process.cpu_s > 0
    assert process.rss_bytes % os.sysconf("SC_PAGE_SIZE") == 0
    assert process.rss_bytes > 1 << 20


def test_the_probe_sees_a_loop_that_was_held() -> None:
    """Work that gives the loop no turn is a stall, and a probe that was stopped asks no more."""
    instants = iter([0, 500 * MS, *range(600 * MS, 10_000 * MS, 20 * MS)])
    stalls = Stalls()
    probe = StallProbe(stalls, clock=lambda: next(instants))
    probe.start()
    probe.start()
    gevent.sleep(0.05)
    probe.stop()
    probe.stop()
    seen = stalls.take()
    gevent.sleep(0.05)

    assert seen == (1, 480_000)
    assert stalls.take() == (0, 0)
