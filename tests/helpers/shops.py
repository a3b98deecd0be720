"""A started shop and a client that calls its handlers with request values: no socket, no process."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec

from target_stub.catalogue import CATALOGUE
from target_stub.shop import Shop, open_shop
from target_stub.web import Reply, Request, RouteTable
from tests.helpers.clocks import VirtualClock

ADDRESS = {
    "name": "Li Wei",
    "line_one": "1 Lake Rd",
    "city": "Hangzhou",
    "state": "ZJ",
    "country": "CN",
    "postal_code": "310000",
}
DETAILS = {"name": "Li Wei", "phone_number": "13800000000", "address": ADDRESS}
PAYMENT = {"handler_id": "card", "instrument": {"type": "card", "credential": {"type": "spt", "token": "spt_test_1"}}}
DECLINED_PAYMENT = {
    "handler_id": "card",
    "instrument": {"type": "card", "credential": {"type": "spt", "token": "spt_test_declined"}},
}


class Answer:
    """A reply with its body decoded; headers by lower-case name."""

    def __init__(self, reply: Reply) -> None:
        self.status = reply.status
        self.headers = dict(reply.headers)
        self.body: Any = msgspec.json.decode(reply.body)


class ShopClient:
    """Calls a shop as one shopper; every POST gets a fresh idempotency key unless one is given."""

    def __init__(self, shop: Shop, user_id: str = "u1") -> None:
        self.shop = shop
        self.user_id = user_id
        self._table = RouteTable(shop.routes())
        self._keys = itertools.count(1)

    def headers(self, **changed: str | None) -> dict[str, str]:
        """The headers of a well-formed request; a name given as None is left out, `_` stands for `-`."""
        headers: dict[str, str | None] = {
            "api-version": "2026-04-17",
            "content-type": "application/json",
            "x-shopper-id": self.user_id,
            "host": "127.0.0.1:8000",
            "idempotency-key": f"{self.user_id}-{next(self._keys)}",
        }
        headers.update({name.replace("_", "-"): value for name, value in changed.items()})
        return {name: value for name, value in headers.items() if value is not None}

    async def call(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        """One request as bytes and headers."""
        path, _, query = path.partition("?")
        found = self._table.find(method, path)
        assert not isinstance(found, Reply), f"no route for {method} {path}"
        route, params = found
        pairs = dict(pair.split("=", 1) for pair in query.split("&")) if query else {}
        answer = await route.handler(Request(method, path, params, headers, body, pairs))
        assert isinstance(answer, Reply)
        return Answer(answer)

    def finds(self, method: str, path: str) -> bool:
        """Whether the shop has a route there."""
        return not isinstance(self._table.find(method, path), Reply)

    async def post(self, path: str, body: object = None, **headers: str | None) -> Answer:
        """POST a JSON body."""
        data = b"" if body is None else msgspec.json.encode(body)
        return await self.call("POST", path, data, self.headers(**headers))

    async def get(self, path: str, **headers: str | None) -> Answer:
        """GET a path."""
        return await self.call("GET", path, b"", self.headers(idempotency_key=None, **headers))

    async def create(self, *skus: str, **headers: str | None) -> Answer:
        """Open a session for the products, with an address."""
        return await self.post("/checkout_sessions", create_body(*skus), **headers)

    async def apply(self, session_id: str, *codes: str, **headers: str | None) -> Answer:
        """Choose delivery and, when there are any, apply codes."""
        session = await self.get(f"/checkout_sessions/{session_id}")
        skus = [line["item"]["id"] for line in session.body["line_items"]]
        return await self.post(f"/checkout_sessions/{session_id}", apply_body(skus, *codes), **headers)

    async def complete(self, session_id: str, payment: object = None, **headers: str | None) -> Answer:
        """Pay a session."""
        body = {"payment_data": payment or PAYMENT}
        return await self.post(f"/checkout_sessions/{session_id}/complete", body, **headers)

    async def cancel(self, session_id: str) -> Answer:
        """Give a session up."""
        return await self.post(f"/checkout_sessions/{session_id}/cancel", {})

    async def claim(self, **headers: str | None) -> Answer:
        """Ask for the first card."""
        return await self.post("/campaign/cards", {"user_id": self.user_id, "reason": "first"}, **headers)

    async def claimed_code(self) -> str:
        """The code of the first card, claimed."""
        code: str = (await self.claim()).body["card"]["code"]
        return code

    async def ready(self, *skus: str, codes: tuple[str, ...] = ()) -> str:
        """The id of a session that can be paid."""
        session_id: str = (await self.create(*skus)).body["id"]
        answer = await self.apply(session_id, *codes)
        assert answer.body["status"] == "ready_for_payment"
        return session_id

    def counters(self) -> dict[str, int]:
        """What the shop has counted."""
        return self.shop.counters()


def create_body(*skus: str) -> dict[str, Any]:
    """The body that opens a session for the products."""
    return {
        "currency": "cny",
        "line_items": [{"id": sku} for sku in skus],
        "capabilities": {"extensions": ["discount"]},
        "buyer": {"email": "s1@shop.test"},
        "fulfillment_details": DETAILS,
    }


def apply_body(skus: list[str], *codes: str) -> dict[str, Any]:
    """The body that chooses delivery and applies codes."""
    option = {"type": "shipping", "option_id": "std", "item_ids": skus}
    body: dict[str, Any] = {"selected_fulfillment_options": [option]}
    if codes:
        body["discounts"] = {"codes": list(codes)}
    return body


def delegate_body(session_id: str, **allowance: object) -> dict[str, Any]:
    """The body that delegates a test card to a session."""
    return {
        "payment_method": {
            "type": "card",
            "card_number_type": "fpan",
            "number": "4242424242424242",
            "exp_month": "11",
            "exp_year": "9999",
            "display_card_funding_type": "credit",
            "metadata": {},
        },
        "allowance": {
            "reason": "one_time",
            "max_amount": 100_000,
            "currency": "cny",
            "checkout_session_id": session_id,
            "merchant_id": "shop",
            "expires_at": "2027-02-06T12:00:00Z",
            **allowance,
        },
        "risk_signals": [{"type": "card_testing", "score": 10, "action": "authorized"}],
        "metadata": {"source": "test"},
    }


def with_shop(
    story: Callable[[ShopClient, VirtualClock], Awaitable[None]],
    ledger: Path | None = None,
    clock: VirtualClock | None = None,
    **options: Any,
) -> None:
    """Run a story against a started shop and close it."""
    time = clock or VirtualClock()

    async def run() -> None:
        shop = open_shop(ledger, clock=time, catalogue=CATALOGUE, **options)
        await shop.start()
        try:
            await story(ShopClient(shop), time)
        finally:
            await shop.close()

    asyncio.run(run())
