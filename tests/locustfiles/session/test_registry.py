"""Shoppers find the run that their environment carries out, whoever comes first."""

from pathlib import Path

import gevent
from locust.env import Environment

from locustfiles.arrivals.rate_curve import RateCurve
from locustfiles.journeys.retry import RetryPolicy, sole
from locustfiles.session.generator import Generator
from locustfiles.session.plan import Plan, curve_facts
from locustfiles.session.registry import generator_of, provide_generator


def generator(folder: Path, run_id: str) -> Generator:
    """A generator that sends nothing."""
    folder.mkdir(exist_ok=True)
    curve = curve_facts(RateCurve.constant(1, 1), name="test", process="even", note="")
    return Generator(
        Plan(
            run_id,
            str(folder),
            1,
            curve,
            "http://127.0.0.1:9",
            "SPRINGTIDE_TEST_NO_KEY",
            sole(RetryPolicy.LEAVE),
            1.0,
            2,
        ),
        worker="local",
    )


def test_a_shopper_that_comes_first_waits(tmp_path: Path) -> None:
    """Who asks before the plan is there gets its generator when it comes."""
    environment = Environment()
    waiting = [gevent.spawn(generator_of, environment) for _ in range(3)]
    gevent.sleep(0)
    assert not any(greenlet.ready() for greenlet in waiting)

    here = generator(tmp_path, "r1")
    provide_generator(environment, here)
    gevent.joinall(waiting, timeout=5)

    assert [greenlet.value for greenlet in waiting] == [here] * 3
    here.close()


def test_the_latest_run_counts(tmp_path: Path) -> None:
    """After a second run began, its generator is the environment's, and the first shoppers keep theirs."""
    environment = Environment()
    first, second = generator(tmp_path / "a", "r1"), generator(tmp_path / "b", "r2")
    provide_generator(environment, first)
    assert generator_of(environment) is first
    provide_generator(environment, second)

    assert generator_of(environment) is second
    first.close()
    second.close()


def test_environments_are_apart(tmp_path: Path) -> None:
    """A run belongs to its own environment only."""
    here, there = Environment(), Environment()
    one = generator(tmp_path, "r1")
    provide_generator(here, one)
    waiting = gevent.spawn(generator_of, there)
    gevent.sleep(0)

    assert not waiting.ready()
    waiting.kill()
    one.close()
