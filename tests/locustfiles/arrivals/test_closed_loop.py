"""The closed model: shoppers think, wish, and think again; workers share the indices, and nothing is dropped."""

import statistics
import time
from itertools import pairwise

import gevent
import pytest

from locustfiles.arrivals.arrival import Arrival
from locustfiles.arrivals.closed_loop import ClosedLoop, Thinking

NS = 1_000_000_000
QUICK = Thinking(0.004, "exponential", 0.2)


def shop(loop: ClosedLoop, taken: list[Arrival], buys_s: float = 0.002) -> None:
    """One shopper until the end of the run."""
    while True:
        taken.append(loop.take())
        gevent.sleep(buys_s)
        loop.ended()


def run(
    thinking: Thinking, shoppers: int, share: tuple[int, int] = (0, 1), **shopping: float
) -> tuple[ClosedLoop, list[Arrival]]:
    """A closed loop from its begin to its end, and the wishes that were begun."""
    loop = ClosedLoop(thinking, seed=3)
    taken: list[Arrival] = []
    crowd = [gevent.spawn(shop, loop, taken, **shopping) for _ in range(shoppers)]
    gevent.sleep(0)
    assert loop.idle == shoppers
    loop.begin(time.monotonic_ns(), share)
    gevent.sleep(thinking.duration_s + 0.05)
    assert loop.done.is_set()
    assert loop.idle == shoppers
    gevent.killall(crowd)
    return loop, taken


def test_every_wish_is_counted_in_its_second() -> None:
    """What was begun is what was scheduled and released, in the second of its intended time; nothing is dropped."""
    loop, taken = run(QUICK, shoppers=4)
    rows = loop.take_rows()

    assert sum(row.scheduled for row in rows) == sum(row.released for row in rows) == len(taken) > 0
    assert (sum(row.dropped for row in rows), loop.in_flight) == (0, 0)
    assert all(0 <= arrival.intended_ns < QUICK.duration_s * NS for arrival in taken)
    assert len({arrival.index for arrival in taken}) == len(taken)


def test_workers_have_indices_of_their_own() -> None:
    """Every worker's wishes have the indices that leave its number, so that together they are unique."""
    for worker in range(3):
        _, taken = run(QUICK, shoppers=2, share=(worker, 3))
        assert {arrival.index % 3 for arrival in taken} == {worker}


def test_a_wish_comes_when_thinking_ends() -> None:
    """A single shopper's next wish is intended a thought after the end of the last: never before, however long buying takes."""
    thinking = Thinking(0.01, "fixed", 0.3)
    _, taken = run(thinking, shoppers=1, buys_s=0.03)
    gaps_s = [(after.intended_ns - before.intended_ns) / NS for before, after in pairwise(taken)]

    assert taken[0].intended_ns == int(thinking.before_wish_s(3, 0, is_first=True) * NS)
    assert all(gap_s > 0.01 for gap_s in gaps_s)


def test_thoughts_come_from_the_seed() -> None:
    """How long a wish is thought over depends on seed and index only; the mean is the one that is asked for."""
    thoughts = [Thinking(2.0, "exponential", 60.0).before_wish_s(1, index, is_first=False) for index in range(4000)]

    assert thoughts == [
        Thinking(2.0, "exponential", 9.0).before_wish_s(1, index, is_first=True) for index in range(4000)
    ]
    assert thoughts[:3] != [
        Thinking(2.0, "exponential", 60.0).before_wish_s(2, index, is_first=False) for index in range(3)
    ]
    # The mean of 4000 exponential values of mean 2 has the deviation 2 / sqrt(4000) = 0.032.
    assert statistics.fmean(thoughts) == pytest.approx(2.0, abs=5 * 0.032)
    assert min(thoughts) >= 0.0


def test_fixed_thoughts() -> None:
    """A fixed thought lasts as long as told, but before a shopper's first wish only a random share of it."""
    fixed = Thinking(2.0, "fixed", 60.0)
    first = [fixed.before_wish_s(1, index, is_first=True) for index in range(100)]

    assert {fixed.before_wish_s(1, index, is_first=False) for index in range(100)} == {2.0}
    assert len(set(first)) == 100
    assert all(0.0 <= thought_s < 2.0 for thought_s in first)


def test_stop() -> None:
    """After a stop no wish is begun any more, and those in flight end."""
    loop = ClosedLoop(Thinking(0.02, "fixed", 60.0), seed=1)
    taken: list[Arrival] = []
    crowd = [gevent.spawn(shop, loop, taken, buys_s=0.01) for _ in range(3)]
    gevent.sleep(0)
    loop.begin(time.monotonic_ns(), (0, 1))
    while not taken:
        gevent.sleep(0.005)
    loop.stop()
    begun = len(taken)
    gevent.sleep(0.1)
    gevent.killall(crowd)

    assert (len(taken), loop.in_flight) == (begun, 0)


def test_a_shopper_that_is_killed_is_not_idle() -> None:
    """Who is killed while thinking leaves no trace."""
    loop = ClosedLoop(QUICK, seed=1)
    shopper = gevent.spawn(loop.take)
    gevent.sleep(0)
    assert loop.idle == 1
    shopper.kill()

    assert loop.idle == 0


@pytest.mark.parametrize("think_s", [1e-9, 0.001])
def test_a_ceiling(think_s: float) -> None:
    """Shoppers that would wish more often than the ceiling allows are turned back, and each attempt is counted as held back."""
    loop = ClosedLoop(Thinking(think_s, "fixed", 0.4), seed=1, most_per_s=3)
    taken: list[Arrival] = []
    crowd = [gevent.spawn(shop, loop, taken, buys_s=0.001) for _ in range(8)]
    gevent.sleep(0)
    loop.begin(time.monotonic_ns(), (0, 1))
    gevent.sleep(0.3)
    gevent.killall(crowd)
    rows = loop.take_rows()

    assert len(taken) == sum(row.released for row in rows) == 3
    assert sum(row.dropped for row in rows) == loop.take_held_back() == 8
    assert loop.take_held_back() == 0


def test_a_worker_without_a_place() -> None:
    """With more workers than the ceiling has places, the ones without let nobody through, and do not spin."""
    loop = ClosedLoop(Thinking(1e-9, "fixed", 0.4), seed=1, most_per_s=1)
    crowd = [gevent.spawn(shop, loop, [], buys_s=0.001) for _ in range(4)]
    gevent.sleep(0)
    loop.begin(time.monotonic_ns(), (1, 2))
    gevent.sleep(0.2)
    gevent.killall(crowd)

    assert sum(row.released for row in loop.take_rows()) == 0
    assert loop.take_held_back() == 4
