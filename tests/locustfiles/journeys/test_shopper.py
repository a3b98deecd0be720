"""A shopper waits for an arrival, lives it, and waits again; Locust's own user loop does the rest."""

from collections.abc import Callable, Iterator
from pathlib import Path

import gevent
import pytest
from gevent.event import Event
from gevent.pool import Group
from gevent.queue import Queue
from locust import TaskSet, User, task
from locust.env import Environment
from locust.exception import RescheduleTask, StopUser

from locustfiles.arrivals.arrival import Arrival
from locustfiles.arrivals.rate_curve import RateCurve
from locustfiles.journeys.prompts import Prompt, prompt_for
from locustfiles.journeys.retry import RetryPolicy, sole
from locustfiles.journeys.shopper import Journey, Shopper
from locustfiles.journeys.storefront import Storefront
from locustfiles.recording.intents import leave_token
from locustfiles.session.generator import Generator
from locustfiles.session.plan import Plan, curve_facts
from locustfiles.session.registry import provide_generator
from reports.run_record.schema import Batch
from tests.helpers.scripted_shop import ScriptedWire, json_answer

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
    leave_token(tmp_path, "r1")  # this process sees the run directory
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


def test_a_shopper_begins_in_the_turn_in_which_it_gets_its_arrival(generator: Generator) -> None:
    """Who comes from the gate has its journey begun when the hand-over returns: Locust's extra turn would make it late."""
    environment = Environment()
    begun: list[int] = []
    here = visitor(environment, lambda _store, _prompt, arrival: begun.append(arrival.index))
    provide_generator(environment, generator)
    hand_over(generator, Arrival(7, 0))

    in_the_next_callback: list[list[int]] = []
    gevent.get_hub().loop.run_callback(lambda: in_the_next_callback.append(list(begun)))
    gevent.sleep(0)

    assert in_the_next_callback == [[7]]
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


class Customer(Shopper):
    """A shopper with a journey of its own, which the test gives."""

    own_journey: Callable[[Shopper], object]

    @task
    def visit(self) -> None:
        """Send what the test wants."""
        self.own_journey(self)


def customer(
    generator: Generator, own_journey: Callable[[Shopper], object], *arrivals: Arrival
) -> tuple[Customer, Batch]:
    """A customer that has lived the arrivals, and what is then on record."""
    environment = Environment()
    provide_generator(environment, generator)
    generator.store.wire = ScriptedWire([json_answer(200, {"id": "b1"})])
    here = Customer(environment)
    here.own_journey = own_journey
    here.start(Group())
    gevent.sleep(0)
    for arrival in arrivals:
        hand_over(generator, arrival)
    with gevent.Timeout(DEADLINE_S):
        while not generator.gate.idle:
            gevent.sleep(0)
    batch = generator.cut()
    here.stop(force=True)
    return here, batch


def raising(error: Exception) -> Callable[[Shopper], object]:
    """A journey that sends one request and then raises."""

    def journey(shopper: Shopper) -> None:
        shopper.client.get("/basket")
        raise error

    return journey


@pytest.mark.parametrize(
    ("journey", "outcome", "requests"),
    [
        pytest.param(lambda shopper: shopper.client.post("/basket", json={}), "done", 1, id="a good request"),
        pytest.param(lambda shopper: shopper.client.get("/basket").fail("no id"), "degraded", 1, id="judged wrong"),
        pytest.param(lambda _: None, "degraded", 0, id="nothing sent"),
        pytest.param(raising(KeyError("id")), "degraded", 1, id="a crash"),
        pytest.param(raising(RescheduleTask()), "done", 1, id="another task, please"),
    ],
)
def test_a_task_is_one_wish(
    generator: Generator, tmp_path: Path, journey: Callable[[Shopper], object], outcome: str, requests: int
) -> None:
    """However a task ends, its wish is written ahead and has one outcome."""
    in_flight = generator.pacer.in_flight
    _, batch = customer(generator, journey, Arrival(0, 0), Arrival(1, 5))

    assert [(row.wish, row.outcome, row.requests) for row in batch.purchases] == [
        (0, outcome, requests),
        (1, outcome, requests),
    ]
    assert len((tmp_path / "intents.jsonl").read_text().splitlines()) == 2
    assert generator.pacer.in_flight == in_flight - 2


def test_the_wish_of_a_user_that_stops(generator: Generator) -> None:
    """A task that stops its user ends its wish too."""
    environment = Environment()
    provide_generator(environment, generator)
    generator.store.wire = ScriptedWire([json_answer(200, {})])
    here = Customer(environment)
    here.own_journey = raising(StopUser())
    greenlet = here.start(Group())
    hand_over(generator, Arrival(0, 0))
    greenlet.join(DEADLINE_S)

    assert [row.outcome for row in generator.cut().purchases] == ["done"]


def test_a_journey_killed_on_the_way(generator: Generator, tmp_path: Path) -> None:
    """Its wish stays in flight, written ahead, and what it has sent is on record."""
    environment = Environment()
    provide_generator(environment, generator)
    generator.store.wire = ScriptedWire([json_answer(200, {})])
    on_the_way = Event()

    def journey(shopper: Shopper) -> None:
        shopper.client.get("/basket")
        on_the_way.set()
        Event().wait()

    here = Customer(environment)
    here.own_journey = journey
    here.start(Group())
    hand_over(generator, Arrival(0, 0))
    assert on_the_way.wait(DEADLINE_S)
    here.stop(force=True)
    batch = generator.cut()

    assert (batch.purchases, [row.step for row in batch.outcomes]) == ([], ["/basket"])
    assert len((tmp_path / "intents.jsonl").read_text().splitlines()) == 1


def test_a_busy_shopper_that_has_sent_nothing_is_written_ahead_at_the_end(generator: Generator, tmp_path: Path) -> None:
    """A released wish has its row when the run is drained, whatever its journey is doing."""
    environment = Environment()
    provide_generator(environment, generator)
    here = Customer(environment)
    here.own_journey = lambda _: Event().wait()
    here.start(Group())
    hand_over(generator, Arrival(0, 0))
    gevent.sleep(0)
    generator.drain(0.0)

    assert len((tmp_path / "intents.jsonl").read_text().splitlines()) == 1
    here.stop(force=True)


class Inside(TaskSet):
    """Tasks within a task."""

    @task
    def look(self) -> None:
        """Send one request for each arrival, three times."""
        user = self.user
        assert isinstance(user, Nested)
        user.client.get("/inside")
        user.looked += 1
        if user.looked == 3:
            self.interrupt()


class Nested(Shopper):
    """A shopper whose only task is a task set."""

    tasks = [Inside]  # noqa: RUF012 - Locust's own way
    looked = 0


def test_tasks_within_a_task(generator: Generator) -> None:
    """Each task of a task set is a wish of its own; the one that leaves the set goes on in the same wish."""
    environment = Environment()
    provide_generator(environment, generator)
    generator.store.wire = ScriptedWire([json_answer(200, {})])
    here = Nested(environment)
    here.start(Group())
    for index in range(4):
        hand_over(generator, Arrival(index, index))
    with gevent.Timeout(DEADLINE_S):
        while not generator.gate.idle:
            gevent.sleep(0)
    rows = generator.cut().purchases
    here.stop(force=True)

    assert [(row.wish, row.outcome, row.requests) for row in rows] == [
        (0, "done", 1),
        (1, "done", 1),
        (2, "done", 2),
        (3, "done", 1),
    ]


@pytest.mark.parametrize(("kind", "is_abstract"), [(Shopper, True), (Visitor, False), (User, True)])
def test_only_scenarios_are_run(kind: type[User], is_abstract: bool) -> None:
    """Locust runs no base class: a shopper is abstract until a scenario derives from it."""
    assert kind.abstract is is_abstract
