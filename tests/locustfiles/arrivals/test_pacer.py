"""The pacer on the real hub, for moments; what is due when is tested in virtual time in ``test_timetable``."""

import time
from collections.abc import Iterator

import gevent
import pytest

from locustfiles.arrivals.arrival import Arrival
from locustfiles.arrivals.arrival_process import Schedule
from locustfiles.arrivals.gate import Gate
from locustfiles.arrivals.pacer import BURST, Pacer
from locustfiles.arrivals.rate_curve import RateCurve
from locustfiles.arrivals.timetable import Timetable
from tests.helpers.descriptors import open_descriptors

HOUR_NS = 3_600_000_000_000
SHORT = Schedule(RateCurve.steps([(0.2, 1000), (0.2, 300)]), "poisson", 5)
"""About 260 arrivals in 0.4 s."""


class Shoppers:
    """A few greenlets that take arrivals, live ``journey_s`` and say so, as Locust's users do."""

    def __init__(self, count: int, journey_s: float = 0.0) -> None:
        self.gate = Gate()
        self.pacer: Pacer | None = None
        self.journey_s = journey_s
        self.taken: list[Arrival] = []
        self.greenlets = [gevent.spawn(self._live) for _ in range(count)]
        gevent.sleep(0)

    def _live(self) -> None:
        while True:
            arrival = self.gate.take()
            self.taken.append(arrival)
            gevent.sleep(self.journey_s)
            assert self.pacer is not None
            self.pacer.ended()

    def serve(
        self,
        schedule: Schedule,
        share: tuple[int, int] = (0, 1),
        clock=time.monotonic_ns,
        most_per_s: float | None = None,
    ) -> Pacer:
        """A pacer that releases to these shoppers."""
        self.pacer = Pacer(schedule, gate=self.gate, share=share, clock=clock, most_per_s=most_per_s)
        return self.pacer


@pytest.fixture
def crowd() -> Iterator[Shoppers]:
    """Enough shoppers for every test here, killed at the end."""
    shoppers = Shoppers(2_500)
    yield shoppers
    gevent.killall(shoppers.greenlets)


def everything(schedule: Schedule) -> list[Arrival]:
    """All arrivals of a schedule."""
    return Timetable(schedule).take_due(HOUR_NS, limit=10**9)


def test_a_short_run_releases_every_arrival_once(crowd: Shoppers) -> None:
    """Shoppers take every arrival of the schedule, in order, each with its intended time."""
    pacer = crowd.serve(SHORT)
    gevent.spawn(pacer.run, time.monotonic_ns())
    assert pacer.done.wait(timeout=10)
    assert crowd.taken == everything(SHORT)
    assert pacer.completed
    assert (pacer.scheduled, pacer.released, pacer.dropped) == (len(crowd.taken), len(crowd.taken), 0)


def test_no_arrival_is_released_before_its_time(crowd: Shoppers) -> None:
    """When a shopper has its arrival, the intended time has passed."""
    early = []
    t0_ns = time.monotonic_ns() + 20_000_000

    class Noting(list):
        def append(self, arrival: Arrival) -> None:
            if time.monotonic_ns() < t0_ns + arrival.intended_ns:
                early.append(arrival)
            super().append(arrival)

    crowd.taken = Noting()
    pacer = crowd.serve(SHORT)
    gevent.spawn(pacer.run, t0_ns)
    assert pacer.done.wait(timeout=10)
    assert len(crowd.taken) == len(everything(SHORT))
    assert early == []


def test_with_too_few_shoppers_the_rest_is_dropped_and_counted() -> None:
    """Scheduled is released and dropped together, in every second and in total, and nothing is queued."""
    few = Shoppers(3, journey_s=0.02)
    pacer = few.serve(SHORT)
    gevent.spawn(pacer.run, time.monotonic_ns())
    assert pacer.done.wait(timeout=10)
    rows = pacer.take_rows()
    assert [row.second for row in rows] == [0]
    assert sum(row.scheduled for row in rows) == pacer.scheduled == len(everything(SHORT))
    assert pacer.released == len(few.taken)
    assert pacer.released + pacer.dropped == pacer.scheduled
    assert pacer.dropped > 0
    gevent.killall(few.greenlets)


def test_nobody_there_means_everything_is_dropped() -> None:
    """Without shoppers the schedule runs out all the same."""
    pacer = Pacer(SHORT, gate=Gate())
    pacer.run(time.monotonic_ns() - HOUR_NS)
    assert (pacer.scheduled, pacer.released, pacer.dropped) == (len(everything(SHORT)), 0, len(everything(SHORT)))


def test_a_backlog_longer_than_a_burst_is_released_completely(crowd: Shoppers) -> None:
    """A pacer that starts hours late releases all that is due, intended times unchanged, in portions."""
    schedule = Schedule(RateCurve.constant(2 * BURST + 17, 1), "even")
    pacer = crowd.serve(schedule)
    pacer.run(time.monotonic_ns() - HOUR_NS)
    assert crowd.taken == everything(schedule)


def test_other_greenlets_have_turns_during_a_backlog(crowd: Shoppers) -> None:
    """Between two portions of a backlog the hub serves others."""
    turns = []

    def neighbour() -> None:
        while True:
            turns.append(len(crowd.taken))
            gevent.sleep(0)

    watcher = gevent.spawn(neighbour)
    crowd.serve(Schedule(RateCurve.constant(2 * BURST, 1), "even")).run(time.monotonic_ns() - HOUR_NS)
    watcher.kill()
    assert any(0 < taken < 2 * BURST for taken in turns)


def test_shares_of_two_pacers_make_the_whole(crowd: Shoppers) -> None:
    """Two workers release every arrival once between them."""
    for worker in range(2):
        crowd.serve(SHORT, share=(worker, 2)).run(time.monotonic_ns() - HOUR_NS)
    assert sorted(crowd.taken) == everything(SHORT)


def test_in_flight_is_released_and_not_ended() -> None:
    """A wish is in flight from its release until its shopper says that it ended."""
    shoppers = Shoppers(10, journey_s=30)
    pacer = shoppers.serve(Schedule(RateCurve.constant(4, 1), "even"))
    pacer.run(time.monotonic_ns() - HOUR_NS)
    assert pacer.in_flight == 4
    pacer.ended()
    assert pacer.in_flight == 3
    gevent.killall(shoppers.greenlets)


def test_stop_leaves_the_rest_unscheduled(crowd: Shoppers) -> None:
    """What was not due when the pacer was stopped is not counted at all; done is set and completed is not."""
    schedule = Schedule(RateCurve.steps([(1, 20), (7200, 0.001)]), "even")
    pacer = crowd.serve(schedule)
    # The first second is due at the start, the rest lies minutes ahead.
    runner = gevent.spawn(pacer.run, time.monotonic_ns() - 1_000_000_000)
    with gevent.Timeout(10):
        while len(crowd.taken) < 20:
            gevent.sleep(0)
    pacer.stop()
    pacer.stop()
    assert pacer.done.wait(timeout=10)
    runner.join(timeout=10)
    assert pacer.scheduled == pacer.released == len(crowd.taken) == 20
    assert not pacer.completed
    pacer.stop()


def test_stop_before_the_start_releases_nothing(crowd: Shoppers) -> None:
    """A pacer that was stopped before it ran is done, and running it does nothing."""
    pacer = crowd.serve(SHORT)
    pacer.stop()
    assert pacer.done.is_set()
    pacer.run(time.monotonic_ns() - HOUR_NS)
    assert pacer.scheduled == 0
    assert not pacer.completed


def test_a_killed_pacer_is_done_and_closes_its_timer(crowd: Shoppers) -> None:
    """A kill ends the release, sets done, and leaves no descriptor behind."""
    before = open_descriptors()
    pacer = crowd.serve(Schedule(RateCurve.constant(0.001, 7200), "even"))
    runner = gevent.spawn(pacer.run, time.monotonic_ns())
    gevent.sleep(0)
    assert open_descriptors() == before + 1
    runner.kill()
    assert pacer.done.is_set()
    assert not pacer.completed
    assert open_descriptors() == before
    pacer.stop()


def test_a_shopper_killed_before_it_could_start_counts_as_dropped() -> None:
    """An arrival whose shopper is gone at the hand-over is dropped, so the counts still add up."""
    shoppers = Shoppers(1)

    def kill_in_the_same_turn() -> int:
        # The pacer reads its clock just before it releases: the kill is queued first, the hand-over behind it.
        shoppers.greenlets[0].kill(block=False)
        return HOUR_NS

    pacer = shoppers.serve(Schedule(RateCurve.constant(1, 1), "even"), clock=kill_in_the_same_turn)
    pacer.run(0)
    assert (pacer.scheduled, pacer.released, pacer.dropped, pacer.in_flight) == (1, 0, 1, 0)


def test_a_pacer_runs_once(crowd: Shoppers) -> None:
    """A second run of the same pacer is refused, since its schedule is used up."""
    pacer = crowd.serve(SHORT)
    pacer.run(time.monotonic_ns() - HOUR_NS)
    with pytest.raises(RuntimeError, match="make a new pacer"):
        pacer.run(time.monotonic_ns())


def test_an_empty_schedule_is_done_at_once() -> None:
    """A curve without arrivals completes without waiting for its length."""
    pacer = Pacer(Schedule(RateCurve.constant(0, 3600)), gate=Gate())
    pacer.run(time.monotonic_ns())
    assert pacer.done.is_set()
    assert pacer.completed
    assert pacer.take_rows() == []


def test_what_exceeds_the_ceiling_is_dropped_and_told_apart(crowd: Shoppers) -> None:
    """However late and however fast the schedule comes, the ceiling's wishes are released and the rest is held back and dropped."""
    pacer = crowd.serve(Schedule(RateCurve.constant(2 * BURST, 1), "even"), most_per_s=7)
    pacer.run(time.monotonic_ns() - HOUR_NS)
    rows = pacer.take_rows()

    assert 7 <= pacer.released == len(crowd.taken) < 2 * BURST
    assert (pacer.scheduled, pacer.take_held_back(), pacer.take_held_back()) == (
        2 * BURST,
        2 * BURST - pacer.released,
        0,
    )
    assert sum(row.dropped for row in rows) == pacer.dropped == 2 * BURST - pacer.released


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_the_ceiling_is_of_all_workers_together(crowd: Shoppers, workers: int) -> None:
    """In one instant, however many workers there are, they release no more than the ceiling between them."""
    pacers = [
        crowd.serve(SHORT, share=(worker, workers), most_per_s=4, clock=lambda: HOUR_NS) for worker in range(workers)
    ]
    for pacer in pacers:
        pacer.run(0)

    assert len(crowd.taken) == sum(pacer.released for pacer in pacers) == 4
    assert sum(pacer.scheduled for pacer in pacers) == len(everything(SHORT))


def test_without_shoppers_nothing_is_held_back() -> None:
    """What finds a place below the ceiling and no shopper is dropped, and not the guard's doing."""
    pacer = Pacer(SHORT, gate=Gate(), most_per_s=10_000)
    pacer.run(time.monotonic_ns() - HOUR_NS)
    assert (pacer.dropped, pacer.take_held_back()) == (len(everything(SHORT)), 0)
