"""The kernel timer on the hub."""

import time

import gevent
import pytest

from locustfiles.arrivals.monotonic_timer import MonotonicTimer
from tests.helpers.descriptors import open_descriptors


def test_a_timer_fires_not_before_its_time() -> None:
    """A wait ends when the monotonic clock has passed the time that was set."""
    at_ns = time.monotonic_ns() + 5_000_000
    with MonotonicTimer() as timer:
        timer.set(at_ns)
        timer.wait()
    assert time.monotonic_ns() >= at_ns


@pytest.mark.parametrize("at_ns", [-5, 0, 1])
def test_a_time_in_the_past_fires_at_once(at_ns: int) -> None:
    """A time that has passed, even before the clock began, fires and does not disarm the timer."""
    with MonotonicTimer() as timer, gevent.Timeout(5):
        timer.set(at_ns)
        timer.wait()


def test_other_greenlets_run_while_a_timer_that_has_fired_is_waited_for() -> None:
    """Even a wait for the past gives the hub a turn."""
    ran: list[int] = []
    gevent.spawn(lambda: ran.append(1))
    with MonotonicTimer() as timer:
        timer.set(0)
        timer.wait()
    assert ran == [1]


def test_setting_again_replaces_the_time() -> None:
    """A waiter is woken by an earlier time that is set while it waits."""
    with MonotonicTimer() as timer, gevent.Timeout(5):
        timer.set(time.monotonic_ns() + 3_600_000_000_000)
        gevent.spawn(timer.set, 0)
        timer.wait()


def test_a_timer_gives_its_descriptor_back() -> None:
    """After its block, also one that was left by a kill, a timer holds no descriptor."""

    def wait_long() -> None:
        with MonotonicTimer() as timer:
            timer.set(time.monotonic_ns() + 3_600_000_000_000)
            timer.wait()

    gevent.sleep(0)
    before = open_descriptors()
    waiter = gevent.spawn(wait_long)
    gevent.sleep(0)
    assert open_descriptors() == before + 1
    waiter.kill()
    assert open_descriptors() == before
