"""ACP from the agent's side: exact requests, lenient replies, both layers of errors."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locustfiles.protocols.acp import AcpDialect
from locustfiles.protocols.checkout import BasketItem, Buyer, CheckoutSession, Message, ProtocolFault, ServiceError
from tests.helpers.acp_replies import OPEN, READY

DIALECT = AcpDialect("shop.test:8000", headers={"Authorization": "Bearer key-1"})
BUYER = Buyer("u-1", "Li Wei", "s1@shop.test", "13800000000", "1 Lake Rd", "Hangzhou", "310000")


def session(value: dict[str, Any], status: int = 200) -> CheckoutSession:
    """The session that this reply tells, which must be one."""
    told = DIALECT.decode(status, {}, json.dumps(value).encode())
    assert isinstance(told, CheckoutSession), told
    return told


def parts(wire: bytes) -> tuple[str, dict[str, str], Any]:
    """Request line, headers and JSON body of a request."""
    head, _, body = wire.partition(b"\r\n\r\n")
    line, *fields = head.decode("ascii").split("\r\n")
    return line, dict(field.split(": ", 1) for field in fields), json.loads(body) if body else None


COMMON = {
    "Host": "shop.test:8000",
    "User-Agent": "springtide",
    "Accept": "application/json",
    "Authorization": "Bearer key-1",
    "API-Version": "2026-04-17",
}


def test_create() -> None:
    """Create repeats an item for its quantity and names the shopper."""
    wire = DIALECT.create((BasketItem("milk-tea", 2), BasketItem("cake", 1)), BUYER, idempotency_key="k-create")
    line, headers, body = parts(wire)
    assert line == "POST /checkout_sessions HTTP/1.1"
    assert headers == {
        **COMMON,
        "Content-Type": "application/json",
        "Idempotency-Key": "k-create",
        "Request-Id": "k-create",
        "X-Shopper-Id": "u-1",
        "Content-Length": str(len(wire.partition(b"\r\n\r\n")[2])),
    }
    assert body == {
        "currency": "cny",
        "line_items": [{"id": "milk-tea"}, {"id": "milk-tea"}, {"id": "cake"}],
        "capabilities": {"extensions": ["discount"]},
        "buyer": {"email": "s1@shop.test"},
        "fulfillment_details": {
            "name": "Li Wei",
            "phone_number": "13800000000",
            "address": {
                "name": "Li Wei",
                "line_one": "1 Lake Rd",
                "city": "Hangzhou",
                "state": "Hangzhou",
                "country": "CN",
                "postal_code": "310000",
            },
        },
    }


def test_apply_card() -> None:
    """Applying a card chooses the first delivery option for all items and gives the code."""
    line, headers, body = parts(DIALECT.apply_card(session(OPEN), "SPRING25", buyer=BUYER, idempotency_key="k-apply"))
    assert line == "POST /checkout_sessions/cs_1 HTTP/1.1"
    assert (headers["Idempotency-Key"], headers["Request-Id"]) == ("k-apply", "k-apply")
    assert body == {
        "selected_fulfillment_options": [{"type": "shipping", "option_id": "std", "item_ids": ["milk-tea"]}],
        "discounts": {"codes": ["SPRING25"]},
    }


def test_apply_without_a_card() -> None:
    """Without a code the discounts stay as they are; without options none is chosen; null is never sent."""
    _, _, body = parts(DIALECT.apply_card(session(OPEN), None, buyer=BUYER, idempotency_key="k"))
    assert list(body) == ["selected_fulfillment_options"]
    _, _, body = parts(
        DIALECT.apply_card(session({**OPEN, "fulfillment_options": []}), None, buyer=BUYER, idempotency_key="k")
    )
    assert body == {}


def test_pay() -> None:
    """Paying completes the session with a test token."""
    line, headers, body = parts(DIALECT.pay(session(READY), idempotency_key="k"))
    assert line == "POST /checkout_sessions/cs_1/complete HTTP/1.1"
    assert headers["Idempotency-Key"] == "k"
    credential = {"type": "spt", "token": "spt_test_springtide"}
    assert body == {"payment_data": {"handler_id": "card", "instrument": {"type": "card", "credential": credential}}}


def test_read() -> None:
    """Reading is a GET without a key."""
    assert parts(DIALECT.read("cs_1")) == ("GET /checkout_sessions/cs_1 HTTP/1.1", COMMON, None)


def test_hostile_session_id_stays_in_its_place() -> None:
    """A session id that tries to leave the path is percent-encoded."""
    wire = DIALECT.read("../x?y=1#z\r\nHost: evil")
    assert wire.startswith(b"GET /checkout_sessions/..%2Fx%3Fy%3D1%23z%0D%0AHost%3A%20evil HTTP/1.1\r\n")


def test_open_session() -> None:
    """A created session tells its id, status, basket, totals, options and messages."""
    assert session(OPEN, 201) == CheckoutSession(
        id="cs_1",
        status="not_ready_for_payment",
        currency="cny",
        items=(BasketItem("milk-tea", 1),),
        price_minor=1500,
        fulfillment_minor=None,
        discount_minor=None,
        amount_minor=1500,
        option_ids=("std",),
        applied_codes=(),
        rejected_codes=(),
        messages=(Message("error", "missing", "Choose a delivery option"),),
        order_id=None,
    )


def test_ready_session() -> None:
    """A session with a card tells every amount and the applied code."""
    told = session(READY)
    assert (told.price_minor, told.fulfillment_minor, told.discount_minor, told.amount_minor) == (1500, 300, 1799, 1)
    assert (told.applied_codes, told.rejected_codes, told.messages) == (("SPRING25",), (), ())


def test_completed_session() -> None:
    """A completed session tells its order."""
    order = {"id": "ord_9", "checkout_session_id": "cs_1", "permalink_url": "https://shop.test/orders/ord_9"}
    told = session({**READY, "status": "completed", "order": order})
    assert (told.status, told.order_id) == ("completed", "ord_9")


@pytest.mark.parametrize(
    ("changes", "field", "value"),
    [
        pytest.param(
            {"line_items": [{"item": {"id": "a"}, "quantity": 1}, {"item": {"id": "a"}, "quantity": 2}]},
            "items",
            (BasketItem("a", 3),),
            id="lines of one product add up",
        ),
        pytest.param(
            {"line_items": [{"item": {"id": "a"}}]}, "items", (BasketItem("a", 1),), id="no quantity told is one"
        ),
        pytest.param(
            {"discounts": {"rejected": [{"code": "X", "reason": "discount_code_expired"}]}},
            "rejected_codes",
            (("X", "discount_code_expired"),),
            id="a rejected code and why",
        ),
        pytest.param(
            {"discounts": {"applied": [{"id": "d", "automatic": True, "amount": 5}]}},
            "applied_codes",
            (),
            id="an automatic discount has no code",
        ),
        pytest.param({"totals": None}, "amount_minor", None, id="no totals told"),
        pytest.param({"messages": None}, "messages", (), id="no messages told"),
        pytest.param({"unknown": {"x": 1}}, "id", "cs_1", id="unknown members are ignored"),
        pytest.param({"status": "brand_new"}, "status", "brand_new", id="an unknown status is kept as told"),
        pytest.param(
            {"totals": [{"type": "discount", "amount": 3}, {"type": "discount", "amount": 4}]},
            "discount_minor",
            7,
            id="totals of one type add up",
        ),
        pytest.param(
            {"messages": [{"type": "info", "content": "x" * 5000}]},
            "messages",
            (Message("info", "", "x" * 1000),),
            id="a message is bounded",
        ),
    ],
)
def test_lenient(changes: dict[str, Any], field: str, value: object) -> None:
    """What is absent is not told, what is unknown is ignored, what is long is cut."""
    assert getattr(session({**OPEN, **changes}), field) == value


@pytest.mark.parametrize(
    ("status", "headers", "body", "error"),
    [
        pytest.param(
            400,
            {},
            b'{"type":"invalid_request","code":"invalid_item_id","message":"no such item","param":"$.line_items[0]"}',
            ServiceError(400, "invalid_item_id", "no such item"),
            id="flat error",
        ),
        pytest.param(
            409,
            {"retry-after": "2"},
            b'{"type":"invalid_request","code":"idempotency_in_flight","message":"running"}',
            ServiceError(409, "idempotency_in_flight", "running", 2.0),
            id="first still running",
        ),
        pytest.param(
            429,
            {"retry-after": "1"},
            b'{"error":{"message":"slow","type":"limit_requests","code":"limit_requests"}}',
            ServiceError(429, "limit_requests", "slow", 1.0),
            id="an envelope all the same",
        ),
        pytest.param(503, {}, b"", ServiceError(503, "", ""), id="no body"),
        pytest.param(502, {}, b"<html>", ServiceError(502, "", "<html>"), id="a proxy's page"),
        pytest.param(302, {}, b"", ServiceError(302, "", ""), id="a redirect is no session"),
        pytest.param(
            200,
            {},
            b'{"error":{"code":"rate_limited","message":"m"}}',
            ServiceError(200, "rate_limited", "m"),
            id="in a 200",
        ),
        pytest.param(
            200,
            {},
            b'{"code":"rate_limited","message":"m"}',
            ServiceError(200, "rate_limited", "m"),
            id="flat in a 200",
        ),
        pytest.param(
            200,
            {},
            b'{"code":"x","message":"m","id":7}',
            ServiceError(200, "x", "m"),
            id="flat in a 200 with an id of another type",
        ),
    ],
)
def test_error(status: int, headers: dict[str, str], body: bytes, error: ServiceError) -> None:
    """Every way to say no is a ServiceError with its code and its wait."""
    assert DIALECT.decode(status, headers, body) == error


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"not json", id="text"),
        pytest.param(b"\xff" * 1000, id="no text"),
        pytest.param(b"{}", id="an empty object"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b"null", id="null"),
        pytest.param(b'{"id":"cs_1"}', id="no status"),
        pytest.param(b'{"id":"","status":"ready_for_payment"}', id="an empty id"),
        pytest.param(b'{"id":"%b","status":"x"}' % (b"x" * 300), id="an endless id"),
        pytest.param(b'{"id":"c","status":"x","totals":[{"type":"total","amount":"1"}]}', id="an amount as text"),
        pytest.param(b'{"id":"c","status":"x","totals":[{"type":"total","amount":1e400}]}', id="an endless amount"),
        pytest.param(
            b'{"id":"c","status":"x","totals":[{"type":"total","amount":99999999999999999999}]}', id="64 bits"
        ),
        pytest.param(b"[" * 100_000, id="nested without end"),
    ],
)
def test_protocol_fault(body: bytes) -> None:
    """A 200 that is no session is a fault with a bounded excerpt."""
    told = DIALECT.decode(200, {}, body)
    assert isinstance(told, ProtocolFault)
    assert told.sentence.startswith("The answer is not a checkout session")
    assert len(told.excerpt) <= 200


def test_no_answer() -> None:
    """Without a status there is nothing to decode."""
    assert isinstance(DIALECT.decode(0, {}, b""), ProtocolFault)


def spoken(**options: Any) -> AcpDialect:
    """A dialect without headers of the target's own."""
    return AcpDialect("shop.test", headers={}, **options)


@pytest.mark.parametrize(
    ("quirks", "key", "lines"),
    [
        pytest.param({}, "line_items", [{"id": "cake"}, {"id": "cake"}], id="as the schema has it"),
        pytest.param({"item_quantity": "send"}, "line_items", [{"id": "cake", "quantity": 2}], id="as prose has it"),
        pytest.param({"items_key": "items"}, "items", [{"id": "cake"}, {"id": "cake"}], id="as older examples have it"),
    ],
)
def test_switches(quirks: dict[str, str], key: str, lines: list[dict[str, Any]]) -> None:
    """A switch follows a shop that was built after another part of the published text."""
    _, _, body = parts(spoken(quirks=quirks).create((BasketItem("cake", 2),), BUYER, idempotency_key="k"))
    assert body[key] == lines
    assert ("line_items" in body) == (key == "line_items")


def test_currency_country_and_path() -> None:
    """A target's currency goes in small letters, its country into the address, and its base path before every path."""
    dialect = spoken(currency="USD", country="US", base_path="/agent/v1/")
    line, _, body = parts(dialect.create((BasketItem("cake", 1),), BUYER, idempotency_key="k"))
    assert line == "POST /agent/v1/checkout_sessions HTTP/1.1"
    assert (body["currency"], body["fulfillment_details"]["address"]["country"]) == ("usd", "US")


OFFER = {"payment": {"handlers": [{"id": "shop_card", "name": "x"}, {"id": "other"}]}}


@pytest.mark.parametrize(
    ("options", "capabilities", "handler"),
    [
        pytest.param({}, {}, "card", id="the session offers none"),
        pytest.param({}, OFFER, "shop_card", id="the session's first"),
        pytest.param({"payment_handler": "mine"}, OFFER, "mine", id="configured"),
        pytest.param({}, {"payment": [1]}, "card", id="offered in another shape"),
        pytest.param({}, {"payment": {"handlers": [{"id": 7}]}}, "card", id="an id that is none"),
    ],
)
def test_the_payment_handler(options: dict[str, str], capabilities: dict[str, Any], handler: str) -> None:
    """The configured handler pays, else the first that the session offers."""
    _, _, body = parts(spoken(**options).pay(session({**READY, "capabilities": capabilities}), idempotency_key="k"))
    assert body["payment_data"]["handler_id"] == handler


def test_mistakes() -> None:
    """A header that would break the head and a switch that there is not are refused when the dialect is made."""
    with pytest.raises(ValueError, match="The value of the header Authorization"):
        AcpDialect("shop.test", headers={"Authorization": "Bearer key\r\nX: y"})
    with pytest.raises(ValueError, match="There is no quirk 'items' of ACP; the nearest is 'items_key'"):
        spoken(quirks={"items": "items"})


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["id", "status", "line_items", "item", "totals", "type", "amount", "discounts", "applied", "order"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=15,
)


@given(st.integers(0, 600), VALUES, st.dictionaries(st.sampled_from(sorted(OPEN)), VALUES, max_size=3))
def test_hostile_replies_never_raise(status: int, value: object, changes: dict[str, Any]) -> None:
    """Any status and any JSON are a session, a no or a fault, and what is kept can be written to a record."""
    for body in (value, {**OPEN, **changes}):
        told = DIALECT.decode(status, {}, json.dumps(body).encode())
        assert isinstance(told, CheckoutSession | ServiceError | ProtocolFault)
        if isinstance(told, CheckoutSession):
            assert abs(told.amount_minor or 0) <= 2**53
            DIALECT.apply_card(told, "X", buyer=BUYER, idempotency_key="k")


@given(st.binary(max_size=200))
def test_hostile_bytes_never_raise(body: bytes) -> None:
    """Any bytes in a 200 are a value."""
    assert DIALECT.decode(200, {}, body) is not None
