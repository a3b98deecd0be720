"""Every door of the stub under requests that nobody should send: a specified refusal always, and books that add up."""

import asyncio
import contextlib
import io
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from target_stub.app import Stub, build
from target_stub.catalogue import CATALOGUE
from target_stub.clock import SystemClock
from target_stub.config import Config
from target_stub.shop import Shop, open_shop
from target_stub.stations import open_stations
from target_stub.web import BODY_BYTES_MAX
from tests.helpers.asgi import AsgiCall, ask
from tests.helpers.shops import PAYMENT, apply_body, create_body, delegate_body
from tests.helpers.stub import CONTROL_TOKEN, chat_body
from tests.helpers.ucp_shopper import APRIL, JANUARY
from tests.helpers.ucp_shopper import complete_body as complete_ucp
from tests.helpers.ucp_shopper import create_body as create_ucp
from tests.helpers.ucp_shopper import update_body as update_ucp

SKU = "pearl-milk-tea"
REFUSALS = range(400, 500)
AT_ONCE = Config(capacity_per_s=20_000, service_ms=0.01, service_law="deterministic")
"""Room for everybody, and answers within a turn of the loop."""


LINE = {"id": f"li_{SKU}", "item": {"id": SKU}, "quantity": 1}


class Door(NamedTuple):
    """A way in: which application, and a request that it accepts; ``{id}`` is an open session, ``{chk}`` one of UCP."""

    control: bool
    method: str
    path: str
    body: Any


DOORS = (
    Door(False, "POST", "/v1/chat/completions", json.loads(chat_body("two pearl milk teas"))),
    Door(False, "POST", "/checkout_sessions", create_body(SKU)),
    Door(False, "POST", "/checkout_sessions/{id}", apply_body([SKU], "SPRING-X")),
    Door(False, "POST", "/checkout_sessions/{id}/complete", {"payment_data": PAYMENT}),
    Door(False, "POST", "/checkout_sessions/{id}/cancel", {"intent_trace": {"reason_code": "other"}}),
    Door(False, "GET", "/checkout_sessions/{id}", None),
    Door(False, "GET", "/.well-known/acp.json", None),
    Door(False, "POST", "/campaign/cards", {"user_id": "u1", "reason": "first"}),
    Door(False, "GET", "/campaign/cards?user_id=u1", None),
    Door(False, "POST", "/campaign/cards/card_X/redeem", {"user_id": "u1", "checkout_session_id": "cs_1", "amount": 1}),
    Door(False, "POST", "/campaign/cards/card_X/release", {"checkout_session_id": "cs_1"}),
    Door(False, "POST", "/orders/ord_X/cancel", {"reason": "late"}),
    Door(False, "POST", "/orders/ord_X/refund", {"reason": "late"}),
    Door(False, "POST", "/agentic_commerce/delegate_payment", delegate_body("cs_1", expires_at="2999-01-01T00:00:00Z")),
    Door(False, "GET", "/campaign", None),
    Door(False, "GET", "/orders/ord_1", None),
    Door(False, "GET", "/.well-known/ucp", None),
    Door(False, "POST", f"/ucp/{JANUARY}/checkout-sessions", create_ucp(JANUARY, SKU)),
    Door(False, "POST", f"/ucp/{APRIL}/checkout-sessions", create_ucp(APRIL, SKU)),
    Door(False, "GET", f"/ucp/{JANUARY}/checkout-sessions/{{chk}}", None),
    Door(
        False, "PUT", f"/ucp/{APRIL}/checkout-sessions/{{chk}}", update_ucp(APRIL, {"line_items": [LINE]}, "SPRING-X")
    ),
    Door(False, "POST", f"/ucp/{JANUARY}/checkout-sessions/{{chk}}/complete", complete_ucp(JANUARY)),
    Door(False, "POST", f"/ucp/{APRIL}/checkout-sessions/{{chk}}/complete", complete_ucp(APRIL)),
    Door(False, "POST", f"/ucp/{APRIL}/checkout-sessions/{{chk}}/cancel", {}),
    Door(False, "GET", f"/ucp/{APRIL}/orders/ord_1", None),
    Door(True, "GET", "/control/counters", None),
    Door(True, "GET", "/control/truth", None),
    Door(True, "POST", "/control/campaign", {"issuing": "open"}),
    Door(True, "POST", "/control/door", {"kind": "token-bucket", "rate_per_s": 100.0}),
)
GOOD_HEADERS = {
    "authorization": "Bearer key",
    "api-version": "2026-04-17",
    "content-type": "application/json",
    "idempotency-key": "k-1",
    "ucp-agent": 'profile="https://platform.test/profile.json"',
    "x-shopper-id": "u1",
    "host": "127.0.0.1:8000",
}

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=30)
    | st.sampled_from(["", "\x00", "\ud800", "x" * 5000, SKU, -1, 0, 10**30, 1e308]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
HEADER_VALUES = st.text(st.characters(codec="latin-1"), max_size=40) | st.sampled_from(
    ["", "x" * 300, "\xff", "%00", "null"]
)


def places_in(value: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every member of a JSON value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [way, *(place for key, child in inner for place in places_in(child, (*way, key)))]


def changed(value: Any, way: tuple[Any, ...], change: Callable[[Any], Any]) -> Any:
    """The value with one member changed; a change that returns ``...`` takes the member away."""
    if not way:
        return change(value)
    made = changed(value[way[0]], way[1:], change)
    if isinstance(value, dict):
        return {
            key: made if key == way[0] else child for key, child in value.items() if key != way[0] or made is not ...
        }
    return [
        made if place == way[0] else child for place, child in enumerate(value) if place != way[0] or made is not ...
    ]


def encoded(value: Any) -> bytes:
    """JSON as a careless client writes it: lone surrogates and infinities included."""
    return b"" if value is None or value is ... else json.dumps(value).encode("utf-8", "surrogatepass")


@st.composite
def bodies(draw: st.DrawFn, good: Any) -> bytes:
    """A body: good, with one member wrong, missing or too many, cut short, of other bytes, very deep, or too large."""
    kind = draw(st.sampled_from(["good", "wrong", "wrong", "missing", "more", "cut", "bytes", "deep", "huge"]))
    if kind in ("wrong", "missing", "more") and good is not None:
        way = draw(st.sampled_from(places_in(good)))
        put = draw(JSON)
        if kind == "wrong":
            return encoded(changed(good, way, lambda _: put))
        if kind == "missing":
            return encoded(changed(good, way, lambda _: ...))
        return encoded(changed(good, way, lambda old: {**old, "surplus": put} if isinstance(old, dict) else [old, put]))
    if kind == "cut":
        whole = encoded(good)
        return whole[: draw(st.integers(0, len(whole)))]
    if kind == "bytes":
        return draw(st.binary(max_size=60))
    if kind == "deep":
        return b"[" * 50_000
    return b" " * (BODY_BYTES_MAX + 1) if kind == "huge" and draw(st.integers(0, 9)) == 0 else encoded(good)


class Sent(NamedTuple):
    """One request of the fuzz."""

    control: bool
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@st.composite
def requests(draw: st.DrawFn) -> Sent:
    """A request near one that a door accepts: another verb, another path, headers that are missing or strange, another body."""
    door = draw(st.sampled_from(DOORS))
    method = (
        door.method
        if draw(st.integers(0, 4))
        else draw(st.sampled_from(["GET", "POST", "PUT", "DELETE", "HEAD", "BREW"]))
    )
    path = door.path
    if not draw(st.integers(0, 4)):
        path = draw(
            st.sampled_from([path + "/", path + "/..", "/" + path, path.upper(), "/" + "a" * 9000, path + "?&=&a=%ff"])
        )
    headers = dict(GOOD_HEADERS, authorization=f"Bearer {CONTROL_TOKEN}") if door.control else dict(GOOD_HEADERS)
    headers["idempotency-key"] = f"k-{draw(st.integers(0, 5))}"
    for name in draw(st.lists(st.sampled_from(sorted(headers)), max_size=2, unique=True)):
        value = draw(st.none() | HEADER_VALUES)
        if value is None:
            del headers[name]
        else:
            headers[name] = value
    return Sent(door.control, method, path, headers, draw(bodies(door.body)))


async def opened(ledger: Path) -> tuple[Stub, Shop]:
    """A started stub with all doors."""
    clock = SystemClock()
    stations = open_stations(AT_ONCE, clock)
    shop = open_shop(ledger, clock=clock, catalogue=CATALOGUE, ledger_window_s=0.0, stations=stations.turns)
    await shop.start()
    return build(AT_ONCE, shop, stations, clock, control_token=CONTROL_TOKEN), shop


async def open_sessions(stub: Stub) -> dict[str, str]:
    """A session that is open in each protocol, by what stands for its id in a path."""
    ways = {
        "{id}": ("/checkout_sessions", create_body(SKU)),
        "{chk}": (f"/ucp/{APRIL}/checkout-sessions", create_ucp(APRIL, SKU)),
    }
    opened = {}
    for place, (path, body) in ways.items():
        sent = Sent(False, "POST", path, {**GOOD_HEADERS, "idempotency-key": "open"}, encoded(body))
        opened[place] = msgspec.json.decode((await answered(stub, sent, {})).body)["id"]
    return opened


async def answered(stub: Stub, sent: Sent, sessions: dict[str, str]) -> AsgiCall:
    """The answer to one request."""
    latin = {name: value.encode("latin-1", "replace").decode("latin-1") for name, value in sent.headers.items()}
    path = sent.path
    for place, session_id in sessions.items():
        path = path.replace(place, session_id)
    return await ask(stub.control if sent.control else stub.public, sent.method, path, headers=latin, body=sent.body)


def unspecified(sent: Sent, call: AsgiCall) -> str:
    """What is wrong with an answer; "" when it is a success or a refusal that says what it refuses."""
    status = call.status or 0
    if 200 <= status < 300:
        return ""
    if status not in REFUSALS:
        return f"{sent.method} {sent.path[:60]} gave {status}: {call.body[:200]!r}"
    told = msgspec.json.decode(call.body)
    error = told.get("error", told.get("messages", [told])[0])
    return (
        ""
        if error.get("code") and (error.get("message") or error.get("content"))
        else f"{status} says nothing: {call.body[:200]!r}"
    )


def books(ledger: Path) -> dict[str, int]:
    """Counts from the ledger that must agree."""
    with contextlib.closing(sqlite3.connect(ledger)) as read:
        ask_one = lambda query: int(read.execute(query).fetchone()[0])  # noqa: E731 - three queries of one shape
        return {
            "orders": ask_one("SELECT count(*) FROM orders"),
            "keys": ask_one("SELECT count(DISTINCT idempotency_key) FROM orders"),
            "captured": ask_one("SELECT count(DISTINCT order_id) FROM payments"),
            "unbalanced": ask_one(
                "SELECT count(*) FROM orders WHERE amount_minor < 1 "
                "OR amount_minor != price_minor - discount_minor + fulfillment_minor"
            ),
        }


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.lists(requests(), min_size=1, max_size=8))
def test_no_request_makes_a_door_fail(sent: list[Sent]) -> None:
    """Whatever comes, the answer is a success or a 4xx with code and message, nothing is printed, and the books add up."""

    async def scenario(ledger: Path) -> list[str]:
        stub, shop = await opened(ledger)
        try:
            sessions = await open_sessions(stub)
            wrong = [unspecified(one, await answered(stub, one, sessions)) for one in sent]
        finally:
            await shop.close()
        return [sentence for sentence in wrong if sentence]

    with TemporaryDirectory() as folder, contextlib.redirect_stderr(io.StringIO()) as printed:
        ledger = Path(folder) / "ledger.sqlite"
        wrong = asyncio.run(scenario(ledger))
        counted = books(ledger)

    assert (wrong, printed.getvalue()) == ([], "")
    assert counted["orders"] == counted["keys"] == counted["captured"] <= 2
    assert counted["unbalanced"] == 0


@pytest.mark.parametrize("door", DOORS, ids=[f"{door.method} {door.path}" for door in DOORS])
def test_every_door_of_the_table_opens(door: Door) -> None:
    """The requests that the fuzz starts from are good ones: each is answered by its door, not refused for its form."""

    async def scenario(ledger: Path) -> int | None:
        stub, shop = await opened(ledger)
        try:
            sessions = await open_sessions(stub)
            token = CONTROL_TOKEN if door.control else "key"
            headers = {**GOOD_HEADERS, "authorization": f"Bearer {token}"}
            sent = Sent(door.control, door.method, door.path, headers, encoded(door.body))
            return (await answered(stub, sent, sessions)).status
        finally:
            await shop.close()

    with TemporaryDirectory() as folder:
        status = asyncio.run(scenario(Path(folder) / "ledger.sqlite"))

    creates = door.method == "POST" and door.path.endswith(("/cards", "_sessions", "-sessions", "/delegate_payment"))
    names_nobody = door.path.startswith(("/orders/", "/campaign/cards/"))
    assert status == (404 if names_nobody else 201 if creates else 200)
