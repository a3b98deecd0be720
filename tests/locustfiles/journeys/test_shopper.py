"""A shopper waits for an arrival, lives it, and waits again; Locust's own user loop does the rest."""

from collections.abc import Iterator
from pathlib import Path

import gevent
import pytest
from gevent.event import Event
from gevent.pool import Group
from gevent.queue import Queue
from locust import User, task
from locust.env import Environment

from locustfiles.arrivals.arrival import Arrival
from locustfiles.arrivals.rate_curve import RateCurve
from locustfiles.journeys.prompts import Prompt, prompt_for
from locustfiles.journeys.retry import RetryPolicy, sole
from locustfiles.journeys.shopper import Journey, Shopper
from locustfiles.journeys.storefront import Storefront
from locustfiles.session.generator import Generator
from locustfiles.session.plan import Plan, curve_facts
from locustfiles.session.registry import provide_generator

DEADLINE_S = 10


class Visitor(Shopper):
    """A shopper whose journey the test gives."""

    journey: Journey

    @task
    def visit(self) -> None:
        """Live one arrival."""
        self.live(self.journey)


@pytest.fixture
def generator(tmp_path: Path) -> Iterator[Generator]:
    """A generator whose pacer has not begun: the test hands out the arrivals."""
    curve = curve_facts(RateCurve.constant(1, 1), name="test", process="even", note="")
    plan = Plan(
        "r1", str(tmp_path), 5, curve, "http://127.0.0.1:9", "SPRINGTIDE_TEST_NO_KEY", sole(RetryPolicy.LEAVE), 1.0, 2
    )
    made = Generator(plan, worker="local")
    yield made
    made.close()


def visitor(environment: Environment, journey: Journey) -> Visitor:
    """A visitor whose loop runs, as Locust starts it."""
    here = Visitor(environment)
    here.journey = journey
    here.start(Group())
    gevent.sleep(0)
    return here


def hand_over(generator: Generator, arrival: Arrival) -> None:
    """Hand an arrival to the shopper that waits for one."""
    with gevent.Timeout(DEADLINE_S):
        while not generator.gate.idle:
            gevent.sleep(0)
    assert generator.gate.release(arrival, lambda _arrival, _is_there: None)


def test_a_shopper_lives_one_arrival_after_another(generator: Generator) -> None:
    """Each arrival becomes the journey of its own prompt, also when the shopper was there before the run."""
    environment = Environment()
    lived: Queue[tuple[Storefront, Prompt, Arrival]] = Queue()
    here = visitor(environment, lambda *seen: lived.put(seen))
    provide_generator(environment, generator)
    for arrival in (Arrival(3, 10), Arrival(8, 20)):
        hand_over(generator, arrival)

        assert lived.get(timeout=DEADLINE_S) == (generator.store, prompt_for("r1", 5, arrival.index), arrival)
    here.stop(force=True)


def test_the_end_of_a_journey_is_told(generator: Generator) -> None:
    """The pacer learns of the end of each wish, and of none that is still on its way."""
    environment = Environment()
    on_the_way, go_on = Event(), Event()
    provide_generator(environment, generator)

    def journey(*_: object) -> None:
        on_the_way.set()
        go_on.wait(DEADLINE_S)

    here = visitor(environment, journey)
    hand_over(generator, Arrival(0, 0))
    assert on_the_way.wait(DEADLINE_S)
    before = generator.pacer.in_flight
    go_on.set()
    hand_over(generator, Arrival(1, 0))  # the shopper waits again, so its first journey is over

    assert generator.pacer.in_flight == before - 1
    here.stop(force=True)


def test_a_shopper_killed_on_the_way_leaves_its_wish_in_flight(generator: Generator) -> None:
    """A journey that is cut off by a kill tells no end."""
    environment = Environment()
    on_the_way = Event()
    provide_generator(environment, generator)

    def journey(*_: object) -> None:
        on_the_way.set()
        Event().wait()

    here = visitor(environment, journey)
    hand_over(generator, Arrival(0, 0))
    assert on_the_way.wait(DEADLINE_S)
    before = generator.pacer.in_flight
    here.stop(force=True)

    assert generator.pacer.in_flight == before


def test_a_shopper_killed_at_the_gate_is_no_longer_idle(generator: Generator) -> None:
    """An arrival finds nobody when the shopper that waited for it is gone."""
    environment = Environment()
    provide_generator(environment, generator)
    here = visitor(environment, lambda *_: None)
    gevent.sleep(0)
    assert generator.gate.idle == 1
    here.stop(force=True)

    assert generator.gate.idle == 0


@pytest.mark.parametrize(("kind", "is_abstract"), [(Shopper, True), (Visitor, False), (User, True)])
def test_only_scenarios_are_run(kind: type[User], is_abstract: bool) -> None:
    """Locust runs no base class: a shopper is abstract until a scenario derives from it."""
    assert kind.abstract is is_abstract
