"""What the generator sends over ACP 2026-04-17 is what the published protocol asks for, and the stub understands it.

The schemas come from neither side. The purchase at the end passes whole HTTP bytes from one to the other.
"""

import json
from collections.abc import Awaitable, Callable

import pytest

from locustfiles.protocols.acp import AcpDialect
from locustfiles.protocols.campaign import CampaignDoor, Card, NoCard
from locustfiles.protocols.checkout import BasketItem, Buyer, CheckoutSession, ServiceError
from target_stub.catalogue import CATALOGUE, delivery_minor
from target_stub.web import Reply, Request, RouteTable
from tests.helpers.acp_schema import complaints
from tests.helpers.clocks import VirtualClock
from tests.helpers.shops import ShopClient, with_shop

HOST = "shop.test:8000"
BUYER = Buyer("u1", "Li Wei", "u1@shop.test", "13800000000", "1 Lake Rd", "Hangzhou", "310000")
DIALECT = AcpDialect(HOST, headers={"Authorization": "Bearer sk-test"})
CAMPAIGN = CampaignDoor(HOST, headers={"Authorization": "Bearer sk-test"})


def session(sku: str = "pearl-milk-tea", quantity: int = 2) -> CheckoutSession:
    """An open session as the generator knows it."""
    items = (BasketItem(sku, quantity),)
    return CheckoutSession(
        "cs_1", "not_ready_for_payment", "cny", items, None, None, None, None, ("std",), (), (), (), None
    )


def parsed(raw: bytes) -> Request:
    """The request in HTTP/1.1 bytes: request line, headers, a body of exactly Content-Length bytes."""
    head, _, body = raw.partition(b"\r\n\r\n")
    request_line, *lines = head.decode("ascii").split("\r\n")
    method, path, version = request_line.split(" ")
    assert version == "HTTP/1.1"
    pairs = [line.split(": ", 1) for line in lines]
    headers = {name.lower(): value for name, value in pairs}
    assert len(headers) == len(pairs), "a header is sent twice"
    assert int(headers.get("content-length", "0")) == len(body)
    return Request(method, path, {}, headers, body)


REQUESTS: list[tuple[str, bytes, str, str, str]] = [
    ("create", DIALECT.create((BasketItem("rice-5kg", 1),), BUYER, idempotency_key="k-create"), "POST",
     "/checkout_sessions", "create_request"),
    ("create of three", DIALECT.create((BasketItem("rice-5kg", 3),), BUYER, idempotency_key="k-create"), "POST",
     "/checkout_sessions", "create_request"),
    ("apply without a card", DIALECT.apply_card(session(), None, buyer=BUYER, idempotency_key="k-apply"), "POST",
     "/checkout_sessions/cs_1", "update_request"),
    ("apply with a card", DIALECT.apply_card(session(), "CARD", buyer=BUYER, idempotency_key="k-apply"), "POST",
     "/checkout_sessions/cs_1", "update_request"),
    ("pay", DIALECT.pay(session(), idempotency_key="k"), "POST", "/checkout_sessions/cs_1/complete", "complete_request"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("raw", "method", "path", "schema"), [row[1:] for row in REQUESTS], ids=[r[0] for r in REQUESTS]
)
def test_every_request_is_valid(raw: bytes, method: str, path: str, schema: str) -> None:
    """Each verb is a POST to its published path, with the required headers and a body of the published shape."""
    request = parsed(raw)

    assert (request.method, request.path) == (method, path)
    assert complaints(schema, json.loads(request.body)) == []
    assert request.headers["api-version"] == "2026-04-17"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["authorization"] == "Bearer sk-test"
    assert request.headers["host"] == HOST
    assert 1 <= len(request.headers["idempotency-key"]) <= 255
    assert request.headers["request-id"]


def test_a_read_is_a_get_without_a_key() -> None:
    """Reading a session back sends no body and no idempotency key."""
    request = parsed(DIALECT.read("cs_1"))

    assert (request.method, request.path, request.body) == ("GET", "/checkout_sessions/cs_1", b"")
    assert request.headers["api-version"] == "2026-04-17"
    assert "idempotency-key" not in request.headers


def test_a_quantity_is_said_by_repeating_the_item() -> None:
    """Three bags of rice are three items, since a request's item has no quantity."""
    body = json.loads(parsed(DIALECT.create((BasketItem("rice-5kg", 3),), BUYER, idempotency_key="k")).body)

    assert body["line_items"] == [{"id": "rice-5kg"}] * 3


Send = Callable[[bytes], Awaitable[tuple[int, dict[str, str], bytes]]]


def over_bytes(shopper: ShopClient) -> Send:
    """Hands the generator's bytes to the stub's handlers and returns what a transport would."""
    table = RouteTable(shopper.shop.routes())

    async def send(raw: bytes) -> tuple[int, dict[str, str], bytes]:
        request = parsed(raw)
        found = table.find(request.method, request.path)
        assert not isinstance(found, Reply), f"no route for {request.method} {request.path}"
        route, params = found
        reply = await route.handler(Request(request.method, request.path, params, request.headers, request.body))
        assert isinstance(reply, Reply)
        return reply.status, dict(reply.headers), reply.body

    return send


@pytest.mark.parametrize("sku", ["pearl-milk-tea", "cinema-2d", "rail-hgh-sha", "eggs-30"])
@pytest.mark.parametrize("quantity", [1, 3])
def test_a_purchase_crosses_the_wire(sku: str, quantity: int) -> None:
    """The generator's bytes buy the basket at the stub, with the card, for the amounts that both sides expect."""

    async def story(shopper: ShopClient, _clock: VirtualClock) -> None:
        send = over_bytes(shopper)
        items = (BasketItem(sku, quantity),)
        created = DIALECT.decode(*await send(DIALECT.create(items, BUYER, idempotency_key="k-create")))
        assert isinstance(created, CheckoutSession)
        card = CAMPAIGN.decode_claim(*await send(CAMPAIGN.claim(BUYER.user_id, "first", "k-card")))
        assert isinstance(card, Card)
        assert (card.state, card.face_minor, card.currency) == ("issued", 2500, "CNY")
        applied = DIALECT.decode(
            *await send(DIALECT.apply_card(created, card.code, buyer=BUYER, idempotency_key="k-apply"))
        )
        assert isinstance(applied, CheckoutSession)
        assert (applied.status, applied.applied_codes) == ("ready_for_payment", (card.code,))
        paid = DIALECT.decode(*await send(DIALECT.pay(applied, idempotency_key="k")))
        assert isinstance(paid, CheckoutSession)

        price_minor = quantity * CATALOGUE[sku].price_minor
        fulfillment_minor = delivery_minor(CATALOGUE[sku].vertical)
        discount_minor = min(2500, price_minor + fulfillment_minor - 1)
        assert paid.status == "completed"
        assert paid.order_id is not None
        assert paid.items == items
        assert (paid.price_minor, paid.fulfillment_minor, paid.discount_minor) == (
            price_minor,
            fulfillment_minor,
            discount_minor,
        )
        assert paid.amount_minor == price_minor + fulfillment_minor - discount_minor
        assert DIALECT.decode(*await send(DIALECT.read(paid.id))) == paid
        assert DIALECT.decode(*await send(DIALECT.pay(applied, idempotency_key="k"))) == paid

    with_shop(story, api_key="sk-test")


def test_refusals_are_understood() -> None:
    """The stub's errors reach the generator with their status, code and waiting time."""

    async def story(shopper: ShopClient, _clock: VirtualClock) -> None:
        send = over_bytes(shopper)
        shopper.shop.campaign_switch("paused", None, None)
        hard = CAMPAIGN.decode_claim(*await send(CAMPAIGN.claim("u1", "first", "k1")))
        soft = CAMPAIGN.decode_claim(*await send(CAMPAIGN.claim("u1", "first", "k1")))
        gone = DIALECT.decode(*await send(DIALECT.read("cs_0")))

        assert isinstance(hard, ServiceError)
        assert (hard.status, hard.code, hard.retry_after_s) == (503, "issuing_paused", 1.0)
        assert isinstance(soft, NoCard)
        assert soft.message
        assert isinstance(gone, ServiceError)
        assert (gone.status, gone.code) == (404, "not_found")

    with_shop(story, voice="mixed")
