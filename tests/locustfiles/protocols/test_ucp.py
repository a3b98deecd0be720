"""UCP from the platform's side: literal requests of each version, and every way in which shops say yes and no."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locustfiles.protocols.checkout import BasketItem, Buyer, CheckoutSession, ProtocolFault, ServiceError
from locustfiles.protocols.idempotency import uuid_of
from locustfiles.protocols.ucp import UcpDialect
from locustfiles.protocols.ucp_discovery import UcpVersion
from locustfiles.protocols.ucp_session import UcpSession
from tests.helpers.ucp_profiles import CHECKOUT, told

JANUARY_11, JANUARY_23, APRIL = UcpVersion
BUYER = Buyer("u-1", "Li Wei", "s1@shop.test", "13800000000", "1 Lake Rd", "Hangzhou", "310000")
KEY = "0d0c7a3e-4c55-4a1b-a5d4-58b1d1f6d7a1"
PROFILE = 'profile="https://agent.springtide.test/profile.json"'


def dialect(version: UcpVersion = APRIL, **options: Any) -> UcpDialect:
    """A dialect for a shop with a base path and a key."""
    headers = options.pop("headers", {"Authorization": "Bearer key-1"})
    return UcpDialect("shop.test:8000", version=version, headers=headers, base_path="/ucp/v1/", **options)


def test_the_whole_request_of_a_payment() -> None:
    """A complete of 2026-04-08, byte for byte."""
    body = (
        b'{"payment":{"instruments":[{"id":"pi_1","handler_id":"stub_card","type":"card",'
        b'"credential":{"type":"token","token":"success_token"},"selected":true,'
        b'"display":{"brand":"Visa","last_digits":"4242"}}]},"signals":{"dev.ucp.buyer_ip":"192.0.2.7"}}'
    )
    assert dialect().pay(told(), idempotency_key=KEY) == (
        b"POST /ucp/v1/checkout-sessions/chk_1/complete HTTP/1.1\r\nHost: shop.test:8000\r\nUser-Agent: springtide\r\n"
        b"Accept: application/json\r\nAuthorization: Bearer key-1\r\n"
        b'UCP-Agent: profile="https://agent.springtide.test/profile.json"\r\nContent-Type: application/json\r\n'
        b"Idempotency-Key: 0d0c7a3e-4c55-4a1b-a5d4-58b1d1f6d7a1\r\nRequest-Id: 0d0c7a3e-4c55-4a1b-a5d4-58b1d1f6d7a1\r\n"
        b"Content-Length: %d\r\n\r\n" % len(body) + body
    )


def head(wire: bytes) -> tuple[str, dict[str, str]]:
    """Request line and headers."""
    line, *fields = wire.partition(b"\r\n\r\n")[0].decode("ascii").split("\r\n")
    return line, dict(field.split(": ", 1) for field in fields)


def body_of(wire: bytes) -> Any:
    """The JSON body."""
    return json.loads(wire.partition(b"\r\n\r\n")[2])


@pytest.mark.parametrize("version", UcpVersion)
def test_the_calls(version: UcpVersion) -> None:
    """The four verbs go to the published paths, each with the platform's profile, a UUID as key and one as its own id."""
    spoken = dialect(version)
    wires = {
        "POST /ucp/v1/checkout-sessions HTTP/1.1": spoken.create((), BUYER, idempotency_key=f"{KEY}-create"),
        "PUT /ucp/v1/checkout-sessions/chk_1 HTTP/1.1": spoken.apply_card(
            told(), "X", buyer=BUYER, idempotency_key=f"{KEY}-apply"
        ),
        "POST /ucp/v1/checkout-sessions/chk_1/complete HTTP/1.1": spoken.pay(told(), idempotency_key=KEY),
        "GET /ucp/v1/checkout-sessions/chk_1 HTTP/1.1": spoken.read("chk_1"),
    }
    keys = set()
    for line, wire in wires.items():
        sent_line, headers = head(wire)
        assert sent_line == line
        assert headers["UCP-Agent"] == PROFILE
        assert headers["Authorization"] == "Bearer key-1"
        assert headers.get("Request-Signature") == (None if version is APRIL else "unsigned")
        assert headers["Idempotency-Key"] == uuid_of(headers["Idempotency-Key"]) == headers["Request-Id"]
        assert headers.get("X-Shopper-Id") == ("u-1" if "POST /ucp/v1/checkout-sessions H" in line else None)
        keys.add(headers["Idempotency-Key"])
    assert len(keys) == 4


def test_a_repeated_request_is_the_same_bytes_but_a_read_is_not() -> None:
    """A key is a function of its text, so that a repeat is a repeat; a read is never answered from a shop's store of keys."""
    spoken = dialect()
    assert spoken.pay(told(), idempotency_key=KEY) == spoken.pay(told(), idempotency_key=KEY)
    assert head(spoken.read("chk_1"))[1]["Idempotency-Key"] != head(spoken.read("chk_1"))[1]["Idempotency-Key"]


@pytest.mark.parametrize(
    ("options", "session_handler", "handler"),
    [
        pytest.param({"payment_handler": "mine", "offered_handler": "theirs"}, "h", "mine", id="configured"),
        pytest.param({"offered_handler": "theirs"}, "h", "h", id="the session's first"),
        pytest.param({"offered_handler": "theirs"}, "", "theirs", id="the discovery document's first"),
        pytest.param({}, "", "card", id="none is told"),
    ],
)
def test_the_payment_handler(options: dict[str, Any], session_handler: str, handler: str) -> None:
    """The configured handler pays, else the first that the shop offers."""
    payment = {"ucp": None, "payment": {"handlers": [{"id": session_handler}]}} if session_handler else {"ucp": None}
    body = body_of(dialect(**options).pay(told(**payment), idempotency_key=KEY))
    assert body["payment"]["instruments"][0]["handler_id"] == handler


@pytest.mark.parametrize(
    ("version", "quirks", "name", "value"),
    [
        pytest.param(APRIL, {"agent": "name"}, "UCP-Agent", "springtide", id="no address that a shop would fetch"),
        pytest.param(APRIL, {"request_signature": "send"}, "Request-Signature", "unsigned", id="a signature all the same"),
        pytest.param(JANUARY_11, {"request_signature": "omit"}, "Request-Signature", None, id="no signature"),
    ],
)  # fmt: skip
def test_switches_of_headers(version: UcpVersion, quirks: dict[str, str], name: str, value: str | None) -> None:
    """A switch changes one header."""
    assert head(dialect(version, quirks=quirks).read("chk_1"))[1].get(name) == value


def test_headers_of_the_target_replace_ours() -> None:
    """A target file may say for itself who the platform is and how it signs."""
    headers = head(dialect(JANUARY_11, headers={"ucp-agent": 'profile="x"', "Request-Signature": "s"}).read("chk_1"))[1]
    assert (headers.get("ucp-agent"), headers["Request-Signature"]) == ('profile="x"', "s")
    assert "UCP-Agent" not in headers


@pytest.mark.parametrize(
    ("version", "quirks", "item"),
    [
        pytest.param(JANUARY_11, {}, {"id": "milk-tea", "title": "Milk tea"}, id="2026-01-11 has titles"),
        pytest.param(JANUARY_11, {"item_title": "omit"}, {"id": "milk-tea"}, id="or not"),
        pytest.param(APRIL, {}, {"id": "milk-tea"}, id="2026-04-08 has none"),
        pytest.param(APRIL, {"item_title": "send"}, {"id": "milk-tea", "title": "Milk tea"}, id="or has"),
    ],
)
def test_the_switch_of_titles(version: UcpVersion, quirks: dict[str, str], item: dict[str, str]) -> None:
    """A product is named by id and, where a shop wants it, by title."""
    spoken = dialect(version, quirks=quirks, titles={"milk-tea": "Milk tea"})
    wire = spoken.create((BasketItem("milk-tea", 1),), BUYER, idempotency_key=KEY)
    assert body_of(wire)["line_items"] == [{"item": item, "quantity": 1}]


def test_mistakes() -> None:
    """What cannot be spoken is refused when the dialect is made."""
    with pytest.raises(ValueError, match="There is no quirk 'agnt' of UCP 2026-04-08; the nearest is 'agent'"):
        dialect(quirks={"agnt": "name"})
    with pytest.raises(ValueError, match="The value of the header Authorization"):
        dialect(headers={"Authorization": "x\r\ny"})
    with pytest.raises(ValueError, match="are the transport's; leave them out"):
        dialect(headers={"Content-Length": "0"})


def test_a_hostile_id_stays_in_its_place() -> None:
    """A checkout id that tries to leave the path is percent-encoded."""
    line, _ = head(dialect().read("../x?y=1#z\r\nHost: evil"))
    assert line == "GET /ucp/v1/checkout-sessions/..%2Fx%3Fy%3D1%23z%0D%0AHost%3A%20evil HTTP/1.1"


def no_resource(code: str, content: str = "no") -> dict[str, Any]:
    """2026-04-08: a 200 without a checkout."""
    message = {"type": "error", "code": code, "content": content, "severity": "unrecoverable"}
    return {"ucp": {"version": "2026-04-08", "status": "error"}, "messages": [{"type": "info"}, message]}


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        pytest.param(200, no_resource("not_found"), ServiceError(200, "not_found", "no"), id="04-08: no resource"),
        pytest.param(
            200,
            {**CHECKOUT, **no_resource("item_unavailable")},
            ServiceError(200, "item_unavailable", "no"),
            id="04-08: status error beside a checkout",
        ),
        pytest.param(
            409,
            {"code": "idempotency_conflict", "content": "other"},
            ServiceError(409, "idempotency_conflict", "other"),
            id="04-08: what the transport refuses",
        ),
        pytest.param(
            404,
            {"status": "requires_escalation", "messages": [{"type": "error", "code": "not_found", "content": "no"}]},
            ServiceError(404, "not_found", "no"),
            id="01-23: every error",
        ),
        pytest.param(
            409,
            {"detail": "sold", "code": "OUT_OF_STOCK"},
            ServiceError(409, "OUT_OF_STOCK", "sold"),
            id="01-11: by status",
        ),
        pytest.param(
            422,
            {"detail": [{"type": "missing", "loc": ["header", "ucp-agent"], "msg": "Field required"}]},
            ServiceError(422, "missing", "header.ucp-agent: Field required"),
            id="01-11: a list of mistakes",
        ),
        pytest.param(
            400,
            {"detail": {"status": "error", "errors": [{"code": "VERSION_UNSUPPORTED", "message": "too new"}]}},
            ServiceError(400, "VERSION_UNSUPPORTED", "too new"),
            id="01-11: a version that is not spoken",
        ),
        pytest.param(
            400,
            {"detail": {"code": "VERSION_UNSUPPORTED", "content": "no"}},
            ServiceError(400, "VERSION_UNSUPPORTED", "no"),
            id="an object as detail",
        ),
    ],
)
def test_a_no(status: int, body: dict[str, Any], error: ServiceError) -> None:
    """Both ways of saying no are read, code and words."""
    assert dialect().decode(status, {}, json.dumps(body).encode()) == error


@pytest.mark.parametrize(
    ("status", "body", "told_as"),
    [
        pytest.param(500, b"Internal Server Error", ServiceError(500, "", "Internal Server Error"), id="plain text"),
        pytest.param(503, b"", ServiceError(503, "", ""), id="no body"),
        pytest.param(0, b"", ProtocolFault("There is no answer to decode."), id="no answer"),
        pytest.param(
            200, b"{}", ProtocolFault("The answer is not a checkout: id or status is missing.", 0, "{}"), id="nothing"
        ),
    ],
)
def test_no_checkout(status: int, body: bytes, told_as: object) -> None:
    """What is no checkout says what it is."""
    assert dialect().decode(status, {}, body) == told_as


@pytest.mark.parametrize("version", UcpVersion)
def test_a_completed_checkout(version: UcpVersion) -> None:
    """The order's id is told in every version."""
    body = {**CHECKOUT, "status": "completed", "order": {"id": "ord_9", "permalink_url": "https://shop.test/o/9"}}
    session = dialect(version).decode(200, {}, json.dumps(body).encode())
    assert isinstance(session, UcpSession)
    assert (session.status, session.order_id) == ("completed", "ord_9")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["id", "type", "amount", "methods", "groups", "options", "codes", "applied", "code", "path", "detail"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
MEMBERS = [*sorted(CHECKOUT), "order", "payment", "detail", "error", "code"]


@given(
    st.sampled_from(UcpVersion),
    st.integers(0, 600),
    VALUES,
    st.dictionaries(st.sampled_from(MEMBERS), VALUES, max_size=3),
)
def test_hostile_replies_never_raise(version: UcpVersion, status: int, value: object, changes: dict[str, Any]) -> None:
    """Any status and any JSON are a checkout, a no or a fault, and the next requests can be made of what is kept."""
    spoken = dialect(version)
    for body in (value, {**CHECKOUT, **changes}):
        session = spoken.decode(status, {}, json.dumps(body).encode())
        assert isinstance(session, CheckoutSession | ServiceError | ProtocolFault)
        if isinstance(session, CheckoutSession):
            assert abs(session.discount_minor or 0) <= 2**53
            spoken.apply_card(session, "X", buyer=BUYER, idempotency_key=KEY)
            spoken.pay(session, idempotency_key=KEY)
            spoken.read(session.id)


@given(st.binary(max_size=200))
def test_hostile_bytes_never_raise(body: bytes) -> None:
    """Any bytes in a 200 are a value."""
    assert dialect().decode(200, {}, body) is not None
