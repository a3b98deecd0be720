"""The stub as a whole in virtual time: what the presets do under load, and the truth about it."""

import asyncio
import random

import msgspec
import pytest

from target_stub.app import keep_truth
from target_stub.chat import PATH
from target_stub.clock import NS_PER_S
from target_stub.command_line import parse
from target_stub.config import PRESETS, Config
from tests.helpers.asgi import AsgiCall, ask
from tests.helpers.clocks import VirtualClock, settle
from tests.helpers.stub import BEARER, chat_body, virtual_stub

FIELDS = ("arrived", "admitted", "refused_hard", "refused_soft", "overflowed", "served", "abandoned")


def test_health_needs_no_key() -> None:
    """Whoever started the stub can ask whether it is up."""
    call = asyncio.run(ask(virtual_stub(Config(), VirtualClock()).public, "GET", "/healthz"))

    assert (call.status, call.body) == (200, b'{"status":"ok"}')


def test_the_shops_routes_are_served() -> None:
    """The routes of the shop stand beside the chat."""
    call = asyncio.run(ask(virtual_stub(Config(), VirtualClock()).public, "GET", "/orders/ord_1"))

    assert (call.status, call.body) == (200, b'{"id":"ord_1"}')


def festival(preset: str, offered_per_s: int, duration_s: int, patience_s: float) -> list[dict[str, int]]:
    """Return the truth of a constant load on a stub of 20 orders/s; shoppers leave after their patience."""

    async def scenario() -> list[dict[str, int]]:
        clock = VirtualClock()
        lines: list[bytes] = []
        config = msgspec.convert({**PRESETS[preset], "preset": preset, "capacity_per_s": 20.0}, Config)
        stub = virtual_stub(config, clock, lines)
        rng = random.Random(3)
        instants = sorted(rng.uniform(0, duration_s) for _ in range(offered_per_s * duration_s))
        calls: list[tuple[float, AsgiCall]] = []
        for at_s in instants:
            await clock.advance_to(round(at_s * NS_PER_S))
            while calls and calls[0][0] + patience_s < at_s:
                calls.pop(0)[1].leave()
            body = chat_body("two pearl milk tea")
            calls.append((at_s, AsgiCall(stub.public, "POST", "/v1/chat/completions", headers=BEARER, body=body)))
        for _, call in calls:
            call.leave()
        await asyncio.wait([call.task for _, call in calls])
        await clock.advance_to(duration_s * NS_PER_S)
        stub.stations.close()
        return [msgspec.json.decode(line) for line in lines]

    return asyncio.run(scenario())


def test_graceful_serves_its_capacity_and_refuses_the_rest() -> None:
    """At three times its capacity the graceful stub serves its capacity, refuses the rest, and keeps its queue short."""
    rows = festival("graceful", offered_per_s=60, duration_s=6, patience_s=4.0)

    later = rows[2:6]
    assert all(row["admitted"] == pytest.approx(20, abs=1) for row in later)
    assert all(abs(row["refused_hard"] - row["refused_soft"]) <= 1 for row in later)
    assert all(row["abandoned"] == 0 for row in rows[:5])
    assert all(row["queue_wait_max_ms"] < 1500 for row in rows)
    assert rows[0]["first_refusal_unix_ns"]


def test_the_incident_refuses_nobody_and_serves_nobody_in_time() -> None:
    """At three times its capacity the open stub lets all in until hardly any shopper has the patience to be served."""
    rows = festival("incident", offered_per_s=60, duration_s=9, patience_s=2.0)

    assert all(row["refused_hard"] == row["refused_soft"] == row["overflowed"] == 0 for row in rows)
    assert rows[0]["served"] > 10
    assert rows[7]["served"] == 0
    assert rows[7]["abandoned"] > 30
    assert rows[7]["in_system"] == pytest.approx(8 * 40, rel=0.2)
    assert rows[7]["queue_wait_max_ms"] > 10_000


@pytest.mark.parametrize("preset", ["graceful", "incident"])
def test_the_truth_conserves_shoppers(preset: str) -> None:
    """Every arrival has one decision, and every ticket one end or is still open."""
    rows = festival(preset, offered_per_s=60, duration_s=3, patience_s=0.5)
    total = {name: sum(row[name] for row in rows) for name in FIELDS}

    refused = total["refused_hard"] + total["refused_soft"] + total["overflowed"]
    assert total["arrived"] == 180 == total["admitted"] + refused
    assert total["admitted"] == total["served"] + total["abandoned"]


def test_each_second_is_written_when_it_is_over() -> None:
    """The keeper of the truth closes a second within the next one, without an event that asks for it."""

    async def scenario() -> list[bytes]:
        clock = VirtualClock(unix_ns=1_770_000_000_400_000_000)
        lines: list[bytes] = []
        stub = virtual_stub(Config(), clock, lines)
        keeper = asyncio.ensure_future(keep_truth(stub.stations, clock))
        stub.stations.chat.truth.refused("hard")
        await clock.advance_to(NS_PER_S * 7 // 10)
        keeper.cancel()
        return lines

    assert len(asyncio.run(scenario())) == 1


@pytest.mark.parametrize(
    ("preset", "status", "word"),
    [
        pytest.param("graceful", 429, "limit_requests", id="graceful: a bucket's 429"),
        pytest.param("ticketing", 200, '"inWaitingRoom":true', id="ticketing: a place in the waiting room"),
        pytest.param("flash-sale", 200, "FAIL_SYS_TRAFFIC_LIMIT", id="flash-sale: busy in a 200"),
    ],
)
def test_a_preset_says_no_in_its_own_way(preset: str, status: int, word: str) -> None:
    """Far beyond its capacity each preset turns shoppers away by its own technique and in its own words."""
    config = parse(["--preset", preset, "--capacity-per-s", "1", "--room-sessions", "1"]).config

    async def scenario() -> list[AsgiCall]:
        stub = virtual_stub(config, VirtualClock())
        headers = [{**BEARER, "x-shopper-id": f"u{number}"} for number in range(8)]
        calls = [AsgiCall(stub.public, "POST", PATH, headers=one, body=chat_body("tea")) for one in headers]
        await settle()
        return calls

    refused = [call for call in asyncio.run(scenario()) if call.ended]
    assert refused
    assert (refused[0].status, word in refused[0].body.decode()) == (status, True)
