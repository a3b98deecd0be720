"""What the generator sends over UCP is what the official models of each version want, and the stub sells to it.

The models come from neither side. The purchase at the end passes over real sockets, through discovery, to a stub process.
"""

import json
from collections.abc import Iterator
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import pytest
from msgspec import structs

from locustfiles.protocols.campaign import CampaignDoor, Card
from locustfiles.protocols.checkout import BasketItem, Buyer, CheckoutReply, ProtocolFault, ServiceError
from locustfiles.protocols.dialects import dialect_for
from locustfiles.protocols.idempotency import uuid_of
from locustfiles.protocols.ucp import UcpDialect
from locustfiles.protocols.ucp_discovery import UcpProfile, UcpVersion, negotiate
from locustfiles.protocols.ucp_session import UcpSession
from locustfiles.session.embedded_stub import EmbeddedStub, StubOrder
from locustfiles.target.target import CheckoutService
from locustfiles.transport.connection_pool import ConnectionPool
from tests.helpers.transport import ask, pool_to
from tests.helpers.ucp_models import complaints
from tests.helpers.ucp_profiles import told

BUYER = Buyer("u1", "Li Wei", "u1@shop.test", "13800000000", "1 Lake Rd", "Hangzhou", "310000")
KEY = "0d0c7a3e-4c55-4a1b-a5d4-58b1d1f6d7a1"


def body(wire: bytes) -> bytes:
    """The body of a request."""
    return wire.partition(b"\r\n\r\n")[2]


def requests(version: UcpVersion) -> dict[str, bytes]:
    """The bodies of one purchase, by the model that each must satisfy."""
    dialect = UcpDialect("shop.test", version=version, headers={})
    return {
        "create": body(dialect.create((BasketItem("milk-tea", 2),), BUYER, idempotency_key=KEY)),
        "update": body(dialect.apply_card(told(), "SPRING25", buyer=BUYER, idempotency_key=KEY)),
        "complete": body(dialect.pay(told(), idempotency_key=KEY)),
    }


TITLE = ["$.line_items[0].item.title: not in the model"]
TOKEN = "credential.token: not in the model"
BEYOND: dict[tuple[str, str], list[str]] = {
    ("2026-01-11", "create"): TITLE,
    ("2026-01-11", "update"): [
        *TITLE,
        "$.fulfillment.methods[0].id: not in the model",
        "$.fulfillment.methods[0].groups[0].id: not in the model",
    ],
    ("2026-01-11", "complete"): [f"$.payment_data.{TOKEN}"],
    ("2026-01-23", "complete"): [f"$.payment.instruments[0].{TOKEN}"],
    ("2026-04-08", "complete"): [f"$.payment.instruments[0].{TOKEN}"],
}
"""What is sent beyond the models, which are open: without a title the one shop of 2026-01-11 fails (``item_title``), and what a
credential holds is left to its payment handler. The model of an update of 2026-01-11 is put together from parts of a create,
which lack the ids that its own text requires."""


@pytest.mark.parametrize("version", UcpVersion)
@pytest.mark.parametrize("name", ["create", "update", "complete"])
def test_every_request_is_valid(version: UcpVersion, name: str) -> None:
    """Each body satisfies the model of its version, with nothing missing and no member but those that are known."""
    found = complaints(version, name, requests(version)[name])
    assert sorted(found) == sorted(BEYOND.get((version, name), []))


@pytest.mark.parametrize("version", UcpVersion)
@pytest.mark.parametrize("name", ["create", "update", "complete"])
def test_the_models_would_complain(version: UcpVersion, name: str) -> None:
    """A body that lacks what it is about is invalid, so the test above can fail."""
    value: dict[str, Any] = json.loads(requests(version)[name])
    value.pop("line_items", None)
    value.pop("payment", None)
    value.pop("payment_data", None)
    broken = json.dumps(value).encode()
    assert any("Field required" in one for one in complaints(version, name, broken))


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedStub]:
    """A stub in a process of its own."""
    order = StubOrder(capacity_per_s=50.0, incident=False, voice="hard", seed=1)
    stub = EmbeddedStub.start(order, tmp_path_factory.mktemp("run"))
    yield stub
    stub.end()


@pytest.fixture
def pool(shop: EmbeddedStub) -> Iterator[ConnectionPool]:
    """Connections to it."""
    with pool_to(shop.url) as pool:
        yield pool


def get(pool: ConnectionPool, url: str) -> tuple[int, bytes]:
    """A plain GET of an address at the shop."""
    exchange = ask(pool, f"GET {urlsplit(url).path} HTTP/1.1\r\nHost: {urlsplit(url).netloc}\r\n\r\n".encode())
    return exchange.status, exchange.body


@pytest.mark.parametrize("version", ["", "2026-01-23", "2026-04-08"])
def test_a_purchase_crosses_the_wire(shop: EmbeddedStub, pool: ConnectionPool, version: str) -> None:
    """From the discovery document to an order with a card, a replayed payment, and a second payment that is refused and read."""
    profile = negotiate(partial(get, pool), shop.url, version)
    assert isinstance(profile, UcpProfile)
    assert profile.version == (version or "2026-04-08")
    service = CheckoutService("ucp", shop.url)
    dialect = dialect_for(service, headers={"Authorization": "Bearer k"}, credential="", profile=profile)
    campaign = CampaignDoor(urlsplit(shop.url).netloc, headers={"Authorization": "Bearer k"})

    def send(wire: bytes) -> CheckoutReply:
        exchange = ask(pool, wire)
        return dialect.decode(exchange.status, exchange.headers, exchange.body)

    buyer = structs.replace(BUYER, user_id=f"u-{version}")
    key = uuid_of(f"{shop.url} {version}")
    claim = ask(pool, campaign.claim(buyer.user_id, "first", f"{key}-card"))
    card = campaign.decode_claim(claim.status, claim.headers, claim.body)
    assert isinstance(card, Card)
    created = send(dialect.create((BasketItem("pearl-milk-tea", 2),), buyer, idempotency_key=f"{key}-create"))
    assert isinstance(created, UcpSession)
    assert (created.status, created.option_ids) == ("incomplete", ("std",))
    applied = send(dialect.apply_card(created, card.code, buyer=buyer, idempotency_key=f"{key}-apply"))
    assert isinstance(applied, UcpSession)
    assert (applied.status, applied.applied_codes, applied.adds_up) == ("ready_for_complete", (card.code,), True)
    paid = send(dialect.pay(applied, idempotency_key=key))
    assert isinstance(paid, UcpSession)
    assert (paid.status, paid.items, paid.discount_minor) == ("completed", (BasketItem("pearl-milk-tea", 2),), 2500)
    assert paid.order_id
    assert paid.amount_minor == (paid.price_minor or 0) + (paid.fulfillment_minor or 0) - 2500
    again = send(dialect.pay(applied, idempotency_key=key))
    assert isinstance(again, UcpSession)
    assert again.order_id == paid.order_id
    second = send(dialect.pay(applied, idempotency_key=f"{key}-another"))
    assert isinstance(second, ServiceError)
    assert (second.status, second.code) == (409, "checkout_not_modifiable")
    read = send(dialect.read(applied.id))
    assert isinstance(read, UcpSession)
    assert read.order_id == paid.order_id


def test_a_version_that_the_shop_lacks(shop: EmbeddedStub, pool: ConnectionPool) -> None:
    """Negotiation ends with a sentence when the configured version is not offered."""
    told = negotiate(partial(get, pool), shop.url, "2026-01-11")
    assert isinstance(told, ProtocolFault)
    assert told.sentence == "The shop does not speak UCP 2026-01-11; it offers 2026-01-23, 2026-04-08."
