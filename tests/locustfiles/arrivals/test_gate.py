"""The line of idle shoppers, on the real hub."""

import gevent
import pytest
from gevent.event import Event

from locustfiles.arrivals.arrival import Arrival
from locustfiles.arrivals.gate import Gate


class Handovers:
    """What the gate told about the arrivals that it accepted."""

    def __init__(self) -> None:
        self.told: list[tuple[int, bool]] = []

    def __call__(self, arrival: Arrival, released: bool) -> None:
        """Keep what is told."""
        self.told.append((arrival.index, released))


@pytest.fixture
def handed() -> Handovers:
    """A listener for the gate."""
    return Handovers()


def test_an_arrival_reaches_a_waiting_shopper(handed: Handovers) -> None:
    """A shopper that takes gets the arrival that is released."""
    gate = Gate()
    shopper = gevent.spawn(gate.take)
    gevent.sleep(0)
    assert gate.idle == 1
    assert gate.release(Arrival(7, 123), handed)
    assert shopper.get(timeout=5) == Arrival(7, 123)
    assert handed.told == [(7, True)]
    assert gate.idle == 0


def test_without_an_idle_shopper_an_arrival_is_refused(handed: Handovers) -> None:
    """An empty line takes nothing, and nothing is told about it later."""
    gate = Gate()
    assert not gate.release(Arrival(0, 0), handed)
    gevent.sleep(0)
    assert handed.told == []


def test_each_shopper_gets_one_arrival(handed: Handovers) -> None:
    """Of three arrivals and two shoppers, two are handed over and one is refused, all in one go."""
    gate = Gate()
    shoppers = [gevent.spawn(gate.take) for _ in range(2)]
    gevent.sleep(0)
    assert [gate.release(Arrival(index, 0), handed) for index in range(3)] == [True, True, False]
    gevent.joinall(shoppers, timeout=5)
    assert sorted(shopper.get().index for shopper in shoppers) == [0, 1]


def test_the_last_to_come_is_the_first_to_go(handed: Handovers) -> None:
    """The shopper whose connections are warmest is used first."""
    gate = Gate()
    early, late = gevent.spawn(gate.take), gevent.spawn(gate.take)
    gevent.sleep(0)
    gate.release(Arrival(1, 0), handed)
    assert late.get(timeout=5).index == 1
    assert gate.idle == 1
    early.kill()


def test_a_killed_shopper_leaves_the_line(handed: Handovers) -> None:
    """After its only shopper was killed, a gate has nobody to hand an arrival to."""
    gate = Gate()
    shopper = gevent.spawn(gate.take)
    gevent.sleep(0)
    shopper.kill()
    assert gate.idle == 0
    assert not gate.release(Arrival(0, 0), handed)


def test_a_shopper_killed_between_choice_and_switch_is_told_as_gone(handed: Handovers) -> None:
    """An arrival whose chosen shopper dies before the hand-over is told as not released, exactly once."""
    gate = Gate()
    shopper = gevent.spawn(gate.take)
    gevent.sleep(0)
    # The kill is in the hub's queue first, so the shopper is gone by the time of the hand-over.
    shopper.kill(block=False)
    assert gate.release(Arrival(4, 0), handed)
    shopper.join(timeout=5)
    gevent.sleep(0)
    assert handed.told == [(4, False)]
    assert isinstance(shopper.value, gevent.GreenletExit)


def test_a_killed_shopper_that_cleans_up_is_not_switched_into(handed: Handovers) -> None:
    """A shopper that waits for something else while it ends never gets an arrival as that thing's answer."""
    gate = Gate()
    answers = []

    def live() -> None:
        try:
            gate.take()
        finally:
            event = Event()
            gevent.get_hub().loop.run_callback(lambda: gevent.get_hub().loop.run_callback(event.set))
            answers.append(event.wait(timeout=5))

    shopper = gevent.spawn(live)
    gevent.sleep(0)
    shopper.kill(block=False)
    assert gate.release(Arrival(4, 0), handed)
    shopper.join(timeout=5)
    assert answers == [True]
    assert handed.told == [(4, False)]


def test_a_shopper_killed_after_the_hand_over_had_its_arrival(handed: Handovers) -> None:
    """An arrival that a shopper has taken stays released, whatever happens to the shopper then."""
    gate = Gate()

    def take_and_sleep() -> None:
        gate.take()
        gevent.sleep(30)

    shopper = gevent.spawn(take_and_sleep)
    gevent.sleep(0)
    gate.release(Arrival(4, 0), handed)
    gevent.sleep(0)
    shopper.kill()
    assert handed.told == [(4, True)]
