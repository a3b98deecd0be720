"""Behaviour of the control door."""

import asyncio

import msgspec
import pytest

from target_stub.config import Config
from tests.helpers.asgi import AsgiCall, ask
from tests.helpers.clocks import VirtualClock
from tests.helpers.stub import BEARER, chat_body, control_headers, virtual_stub

GRACEFUL = Config(capacity_per_s=1.0)


def control(method: str, path: str, body: object = None, token: str = "control-token") -> AsgiCall:
    """Return the answer of a fresh stub's control door."""
    stub = virtual_stub(GRACEFUL, VirtualClock())
    sent = b"" if body is None else msgspec.json.encode(body)
    return asyncio.run(ask(stub.control, method, path, headers=control_headers(token), body=sent))


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/control/counters"),
        ("GET", "/control/truth"),
        ("POST", "/control/campaign"),
        ("POST", "/control/door"),
        ("POST", "/control/limit"),
        ("POST", "/control/queue"),
    ],
)
def test_every_control_route_wants_the_token(method: str, path: str) -> None:
    """A wrong token is a 401 whatever is asked."""
    assert control(method, path, token="wrong").status == 401


def test_counters_tell_chat_station_door_and_shop() -> None:
    """The counters hold what the chat door did, what the station holds, the door's rule and the shop's own counts."""

    async def scenario() -> AsgiCall:
        stub = virtual_stub(GRACEFUL, VirtualClock())
        post = "/v1/chat/completions"
        answering = AsgiCall(stub.public, "POST", post, headers=BEARER, body=chat_body("tea"))
        for headers, body in ((BEARER, chat_body("tea")), (BEARER, b"?"), ({}, b"?")):
            await ask(stub.public, "POST", post, headers=headers, body=body)
        told = await ask(stub.control, "GET", "/control/counters", headers=control_headers())
        answering.task.cancel()
        return told

    told = msgspec.json.decode(asyncio.run(scenario()).body)
    stations = told.pop("stations")

    assert list(stations) == ["chat"]
    assert {name: count for name, count in stations["chat"].items() if count} == {
        "servers": 1,
        "busy": 1,
        "capacity_orders_per_s": 1.0,
        "arrived": 2,
        "admitted": 1,
        "refused_hard": 1,
    }
    assert told == {
        "chat": {
            "arrived": 2,
            "admitted": 1,
            "refused_hard": 1,
            "refused_soft": 0,
            "refused_queued": 0,
            "refused_shed": 0,
            "overflowed": 0,
            "served": 0,
            "abandoned": 0,
            "dropped": 0,
            "malformed": 1,
            "unauthorized": 1,
        },
        "station": {"servers": 1, "busy": 1, "waiting": 0},
        "door": {"kind": "token-bucket", "rate_per_s": 1.0, "burst_s": 1.0},
        "limit": {"kind": "none"},
        "limit_now": None,
        "queue": {"kind": "fifo"},
        "capacity": {"orders_per_s": 1.0, "binding": "chat", "stations": {"chat": 1.0}},
        "shop": {"orders": 3},
    }


def test_the_truth_is_told_in_lines() -> None:
    """The truth so far is JSON lines, one a finished second."""

    async def scenario() -> AsgiCall:
        clock = VirtualClock()
        stub = virtual_stub(GRACEFUL, clock)
        await ask(stub.public, "POST", "/v1/chat/completions", headers=BEARER, body=chat_body("tea", stream=None)[:-1])
        stub.stations.chat.truth.refused("hard")
        clock.set_to(1_500_000_000)
        stub.stations.chat.truth.refused("hard")
        return await ask(stub.control, "GET", "/control/truth", headers=control_headers())

    call = asyncio.run(scenario())

    assert call.headers["content-type"] == "application/x-ndjson"
    assert [msgspec.json.decode(line)["refused_hard"] for line in call.body.splitlines()] == [1]


@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        pytest.param({"issuing": "paused"}, 200, '"issuing":"paused"', id="pausing"),
        pytest.param(
            {"expires_at": "1970-01-01T08:00:01.000001+08:00"},
            200,
            '"expires_unix_ns":1000001000',
            id="an expiry in another time zone",
        ),
        pytest.param({"expires_at": "1969-12-31T00:00:00Z"}, 409, "expiry_moved_earlier", id="an earlier expiry"),
        pytest.param({"expires_at": "2026-02-28T00:00:00"}, 400, "has no offset", id="an expiry without an offset"),
        pytest.param({"issuing": "maybe"}, 400, "not maybe", id="a state that is none"),
        pytest.param({"isuing": "open"}, 400, "unknown field `isuing`", id="a misspelt member"),
        pytest.param([], 400, "Expected `object`", id="another kind of JSON"),
    ],
)
def test_the_campaign_is_switched(body: object, status: int, told: str) -> None:
    """A switch of the campaign answers with the campaign, or with what is wrong."""
    call = control("POST", "/control/campaign", body)

    assert call.status == status
    assert told in call.body.decode()


def test_a_switched_door_is_in_force() -> None:
    """After the switch the counters show the new door, and shoppers meet it."""

    async def scenario() -> tuple[AsgiCall, AsgiCall, AsgiCall]:
        stub = virtual_stub(GRACEFUL, VirtualClock())
        body = b'{"rate_per_s": 50, "burst_s": 2}'
        told = await ask(stub.control, "POST", "/control/door", headers=control_headers(), body=body)
        wrong = await ask(stub.control, "POST", "/control/door", headers=control_headers(), body=b'{"rate": 50}')
        counters = await ask(stub.control, "GET", "/control/counters", headers=control_headers())
        return told, wrong, counters

    told, wrong, counters = asyncio.run(scenario())

    door = {"kind": "token-bucket", "rate_per_s": 50.0, "burst_s": 2.0}
    assert (told.status, msgspec.json.decode(told.body)) == (200, door)
    assert wrong.status == 400
    assert msgspec.json.decode(counters.body)["door"] == door


@pytest.mark.parametrize(
    ("path", "body", "after"),
    [
        pytest.param(
            "/control/door",
            {"kind": "waiting-room", "sessions": 3, "entries_per_s": 2},
            {"kind": "waiting-room", "sessions": 3, "entries_per_s": 2.0, "session_s": 300.0},
            id="a waiting room",
        ),
        pytest.param("/control/limit", {"kind": "aimd"}, {"kind": "aimd", "initial": 20, "backoff": 0.9}, id="AIMD"),
        pytest.param("/control/queue", {"kind": "codel"}, {"kind": "codel", "target_ms": 5.0}, id="CoDel"),
    ],
)
def test_each_part_of_admission_is_switched(path: str, body: object, after: dict[str, object]) -> None:
    """Door, limit and queue discipline are switched alone, and the answer is the rule with its defaults."""
    call = control("POST", path, body)

    told = msgspec.json.decode(call.body)
    assert call.status == 200
    assert {name: told[name] for name in after} == after


@pytest.mark.parametrize(
    ("path", "body", "sentence"),
    [
        pytest.param("/control/door", {"kind": "turnstile"}, "kind is one of open, token-bucket", id="an unknown kind"),
        pytest.param("/control/limit", {"kind": "aimd", "backoff": 0.2}, ">= 0.5", id="a value out of bounds"),
        pytest.param(
            "/control/queue", {"target_ms": 5}, "fifo has no target_ms: it has no parameters", id="a wrong field"
        ),
        pytest.param("/control/queue", [], "Expected `object`", id="another kind of JSON"),
    ],
)
def test_a_switch_that_makes_no_sense_is_a_400(path: str, body: object, sentence: str) -> None:
    """What is wrong with a switch is said in one sentence, and nothing changes."""
    call = control("POST", path, body)

    assert call.status == 400
    assert sentence in msgspec.json.decode(call.body)["message"]
