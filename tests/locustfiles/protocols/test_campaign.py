"""The campaign door: the claim's bytes, and a card in three voices or none."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locustfiles.protocols.campaign import CampaignDoor, Card, NoCard
from locustfiles.protocols.checkout import ProtocolFault, ServiceError

DOOR = CampaignDoor("shop.test", headers={"Authorization": "Bearer key-1"})


def test_claim() -> None:
    """A claim names the shopper and the reason, under its own key."""
    assert DOOR.claim("u-1", "first", "k-card") == (
        b"POST /campaign/cards HTTP/1.1\r\nHost: shop.test\r\nUser-Agent: springtide\r\nAccept: application/json\r\n"
        b"Authorization: Bearer key-1\r\nContent-Type: application/json\r\nIdempotency-Key: k-card\r\n"
        b"Request-Id: k-card\r\nX-Shopper-Id: u-1\r\nContent-Length: 34\r\n\r\n"
        b'{"user_id":"u-1","reason":"first"}'
    )


@pytest.mark.parametrize(
    ("status", "headers", "body", "told"),
    [
        pytest.param(
            201,
            {},
            b'{"card":{"id":"card_1","code":"SPRING25","user_id":"u-1","state":"issued","face_value":2500,"currency":"cny",'
            b'"reason":"first","issued_at":"2026-02-06T07:30:00Z","expires_at":"2026-02-28T16:00:00Z",'
            b'"checkout_session_id":null,"order_id":null,"amount_used":0}}',
            Card("SPRING25", "issued", 2500, "cny", "2026-02-28T16:00:00Z"),
            id="a card",
        ),
        pytest.param(
            200, {}, b'{"card":{"code":"X"}}', Card("X", "", None, "", ""), id="a card that tells only its code"
        ),
        pytest.param(
            200,
            {},
            b'{"card":{"code":"X","expires_at":1772294400}}',
            Card("X", "", None, "", "1772294400"),
            id="a number",
        ),
        pytest.param(
            200, {}, '{"card":null,"message":"活动太火爆"}'.encode(), NoCard("活动太火爆"), id="the soft voice"
        ),
        pytest.param(200, {}, b'{"card":null}', NoCard(""), id="the soft voice without words"),
        pytest.param(
            503,
            {"retry-after": "5"},
            b'{"type":"service_unavailable","code":"issuing_paused","message":"later"}',
            ServiceError(503, "issuing_paused", "later", 5.0),
            id="paused",
        ),
        pytest.param(
            409,
            {},
            b'{"type":"invalid_request","code":"card_cap_reached","message":"enough"}',
            ServiceError(409, "card_cap_reached", "enough"),
            id="declined",
        ),
        pytest.param(200, {}, b'{"code":"busy","message":"m"}', ServiceError(200, "busy", "m"), id="an error in a 200"),
    ],
)
def test_answer(status: int, headers: dict[str, str], body: bytes, told: object) -> None:
    """A claim is answered with a card, no card in a 200, or the service's no."""
    assert DOOR.decode_claim(status, headers, body) == told


@pytest.mark.parametrize("body", [b"", b"x", b"[]", b"{}", b'{"card":7}', b'{"card":{}}', b'{"card":{"code":""}}'])
def test_protocol_fault(body: bytes) -> None:
    """A 200 without a readable card is a fault."""
    assert isinstance(DOOR.decode_claim(200, {}, body), ProtocolFault)


def test_no_answer() -> None:
    """Without a status there is nothing to decode."""
    assert isinstance(DOOR.decode_claim(0, {}, b""), ProtocolFault)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.dictionaries(
        st.sampled_from(["card", "code", "message", "face_value", "expires_at", "error"]), inner, max_size=4
    ),
    max_leaves=8,
)


@given(st.integers(0, 600), JSON.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=60))
def test_hostile_answers_never_raise(status: int, body: bytes) -> None:
    """Any status and any bytes are a value."""
    assert isinstance(DOOR.decode_claim(status, {}, body), Card | NoCard | ServiceError | ProtocolFault)


def test_a_base_path() -> None:
    """A door that lives below a path is asked there."""
    door = CampaignDoor("shop.test", headers={}, base_path="/promo/")
    assert door.claim("u-1", "first", "k").startswith(b"POST /promo/campaign/cards HTTP/1.1\r\nHost: shop.test\r\n")
