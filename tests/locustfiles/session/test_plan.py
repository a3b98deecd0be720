"""The plan says everything that a worker must know, and survives its message."""

from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from locustfiles.arrivals.arrival_process import PROCESSES
from locustfiles.arrivals.rate_curve import RateCurve
from locustfiles.journeys.retry import RetryPolicy, sole
from locustfiles.session.plan import Plan, curve_facts, make_plan
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
