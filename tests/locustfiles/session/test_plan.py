"""The plan says everything that a worker must know, and survives its message."""

from hashlib import sha256
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from locustfiles.arrivals.arrival_process import PROCESSES
from locustfiles.arrivals.closed_loop import Thinking
from locustfiles.arrivals.rate_curve import RateCurve
from locustfiles.journeys.retry import RetryPolicy, sole
from locustfiles.session.plan import Plan, curve_facts, make_plan, offered_facts
from locustfiles.session.scenarios import CLOSED_LOOP, STEADY
from locustfiles.session.settings import Settings, read_settings
from locustfiles.transport.origin import Origin, address_of
from reports.run_record.schema import Permit
from tests.helpers.curves import curves


def settings() -> Settings:
    """Settings with values of their own."""
    return read_settings(
        {"seed": "11", "retry": "obey", "patience": "3s", "api_key_env": "SHOP_KEY", "returning": "0.3"}, STEADY
    )


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
    assert plan.returning_share == 0.3


def test_no_secret_travels(monkeypatch: pytest.MonkeyPatch) -> None:
    """The plan names the variable of the API key, and never holds the key."""
    monkeypatch.setenv("SHOP_KEY", "sk-hunter2")
    message = msgspec.msgpack.encode(plan_of(RateCurve.constant(10, 5)))

    assert b"SHOP_KEY" in message
    assert b"hunter2" not in message


def sent(told: Settings) -> Plan:
    """The plan of these settings as a worker gets it."""
    plan = make_plan(
        told,
        run_id="r1",
        run_path=Path("runs/r1"),
        curve=offered_facts(told),
        target_url="https://127.0.0.1:1",
        shoppers=9,
    )
    return msgspec.msgpack.decode(msgspec.msgpack.encode(plan), type=Plan)


def test_recorded_arrivals_travel(tmp_path: Path) -> None:
    """A worker that has no file has its arrivals; the record names the file, its hash and the arrivals of each second."""
    (tmp_path / "trace.csv").write_text("0.25\n0.5\n2\n")
    plan = sent(read_settings({"arrivals": str(tmp_path / "trace.csv")}, STEADY))
    times_ns = [t for chunk in plan.schedule.chunks() for t in chunk.intended_ns.tolist()]

    assert times_ns == [250_000_000, 500_000_000, 2_000_000_000]
    assert (plan.curve.process, plan.curve.name, plan.curve.file) == ("trace", "trace.csv", "trace.csv")
    assert plan.curve.sha256 == sha256(b"0.25\n0.5\n2\n").hexdigest()
    assert [(s.start_s, s.end_s, s.start_per_s) for s in plan.curve.segments] == [(0, 1, 2), (1, 2, 0), (2, 3, 1)]


def test_a_closed_loop_travels() -> None:
    """A worker learns how shoppers think; the record has no curve."""
    plan = sent(read_settings({"think": "2s"}, CLOSED_LOOP))

    assert plan.thinking == Thinking(2.0, "exponential", 60.0)
    assert (plan.curve.process, plan.curve.segments) == ("closed", [])


def test_targets_travel(authority: Path) -> None:
    """A worker learns every origin, how connections are kept, and whom to trust, without the CA's file."""
    parsed = {
        "host": "https://127.0.0.1:1",
        "chat_host": "https://127.0.0.1:2",
        "ca_file": str(authority / "ca.pem"),
        "connections": "fresh",
    }
    plan = sent(read_settings(parsed, STEADY))

    assert plan.origins == ("https://127.0.0.1:1", "https://127.0.0.1:2")
    assert plan.connections == "fresh"
    assert plan.tls.ca_pem == (authority / "ca.pem").read_text()
    assert sent(settings()).origins == ("https://127.0.0.1:1",)


PERMIT = Permit("https://shop.test", ("203.0.113.7", "2001:db8::7"), "proof", "Li Wei", 50.0, 10**18)


def test_permits_travel(tmp_path: Path) -> None:
    """A worker learns what is permitted, at which addresses, how hard and until when, and where to look for the stop file."""
    told = read_settings({"stop_file": str(tmp_path / "stop")}, STEADY)
    plan = make_plan(
        told, run_id="r1", run_path=tmp_path, curve=offered_facts(told), target_url=PERMIT.origin, shoppers=9, permits=(PERMIT,)
    )  # fmt: skip
    there = msgspec.msgpack.decode(msgspec.msgpack.encode(plan), type=Plan)

    assert there == plan
    assert (there.most_per_s, there.closes_unix_ns, there.stop_file) == (50.0, 10**18, str(tmp_path / "stop"))
    assert [address.location[:2] for address in there.addresses_of(Origin.parse(PERMIT.origin))] == [
        ("203.0.113.7", 443),
        ("2001:db8::7", 443),
    ]


def test_where_a_plan_does_not_lead() -> None:
    """An origin without a permit has no addresses, not even by its name; an address of this machine needs none."""
    plan = plan_of(RateCurve.constant(10, 5))

    assert (plan.most_per_s, plan.closes_unix_ns, plan.stop_file) == (None, None, "")
    assert plan.addresses_of(Origin.parse("http://127.0.0.1:1")) == [address_of("127.0.0.1", 1)]
    for url in ("http://localhost:1", "http://203.0.113.7", "https://shop.test"):
        with pytest.raises(ValueError, match="holds no permit"):
            plan.addresses_of(Origin.parse(url))
