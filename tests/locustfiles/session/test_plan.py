"""The plan says everything that a worker must know, and survives its message."""

import math
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from locustfiles.arrivals.arrival_process import PROCESSES
from locustfiles.arrivals.rate_curve import RateCurve
from locustfiles.journeys.retry import RetryPolicy, sole
from locustfiles.session.plan import Plan, curve_facts, make_plan, most_in_flight
from locustfiles.session.scenarios import STEADY
from locustfiles.session.settings import Settings, read_settings
from tests.helpers.curves import curves


def settings() -> Settings:
    """Settings with values of their own."""
    return read_settings({"seed": "11", "retry": "obey", "patience": "3s", "api_key_env": "SHOP_KEY"}, STEADY)


def plan_of(curve: RateCurve, process: str = "poisson") -> Plan:
    """A plan that offers the curve."""
    facts = curve_facts(curve, name="test", process=process, note="A curve.", burstiness=2.5)
    return make_plan(
        settings(), run_id="r1", run_path=Path("runs/r1"), curve=facts, target_url="http://127.0.0.1:1", shoppers=9
    )


@given(curves(), st.sampled_from(PROCESSES))
def test_the_schedule_survives_the_message(curve: RateCurve, process: str) -> None:
    """A worker that decodes the plan has the master's arrivals, instant by instant."""
    plan = plan_of(curve, process)
    there = msgspec.msgpack.decode(msgspec.msgpack.encode(plan), type=Plan)

    assert there == plan
    for here, far in zip(plan.schedule.chunks(), there.schedule.chunks(), strict=True):
        assert (here.second, here.first_index) == (far.second, far.first_index)
        assert np.array_equal(here.intended_ns, far.intended_ns)


def test_values() -> None:
    """A plan repeats the settings, with the run's path made absolute, since a worker may stand elsewhere."""
    plan = plan_of(RateCurve.constant(10, 5))

    assert (plan.run_id, plan.seed, plan.retry, plan.patience_s, plan.shoppers) == (
        "r1",
        11,
        sole(RetryPolicy.OBEY),
        3.0,
        9,
    )
    assert plan.run_path == str(Path.cwd() / "runs" / "r1")


def test_no_secret_travels(monkeypatch: pytest.MonkeyPatch) -> None:
    """The plan names the variable of the API key, and never holds the key."""
    monkeypatch.setenv("SHOP_KEY", "sk-hunter2")
    message = msgspec.msgpack.encode(plan_of(RateCurve.constant(10, 5)))

    assert b"SHOP_KEY" in message
    assert b"hunter2" not in message


@given(curves(), st.floats(0.01, 30.0), st.floats(0.0, 1.0))
def test_nobody_is_missing(curve: RateCurve, longest_s: float, at: float) -> None:
    """In no window as long as the longest wish are more arrivals expected than there are shoppers, deviations included."""
    since_s = at * curve.duration_s
    expected = curve.expected(since_s + longest_s) - curve.expected(since_s)

    assert most_in_flight(curve, longest_s) >= expected + 4 * math.sqrt(expected)


@given(curves(), st.floats(0.01, 30.0))
def test_shoppers_are_bounded(curve: RateCurve, longest_s: float) -> None:
    """There is always a shopper, and never many more than the whole curve has arrivals."""
    total = curve.expected_total

    assert 1 <= most_in_flight(curve, longest_s) <= total + 4 * math.sqrt(total) + 6


def test_bursts_need_more_shoppers() -> None:
    """With burstiness 4 the deviations are twice as long and the few are four times as many; regular arrivals need no fewer."""
    curve = RateCurve.constant(100, 60)

    assert most_in_flight(curve, 9.0, 4.0) == math.ceil(1000 + 2 * 4 * math.sqrt(1000)) + 20
    assert most_in_flight(curve, 9.0, 0.5) == most_in_flight(curve, 9.0)


def test_a_constant_rate() -> None:
    """100 wishes per second that last at most 9 s are 1000 in ten seconds, 4 deviations of about 32, and a few."""
    assert most_in_flight(RateCurve.constant(100, 60), 9.0) == 1000 + 127 + 5
