"""A session written out as an ACP body."""

import json
from typing import Any

import pytest

from target_stub.acp_replies import session_body
from target_stub.checkout_session import CheckoutSession, Event, Line, Notice, Rejected
from tests.helpers.acp_schema import complaints

BASE = "http://shop.test"


def session(**changed: Any) -> CheckoutSession:
    """A session of two milk teas with an address, as an update left it."""
    fields: dict[str, Any] = {
        "id": "cs_1",
        "user_id": "u1",
        "lines": (Line("pearl-milk-tea", 2, 1500),),
        "delivery_minor": 300,
        "delivery_title": "Standard delivery",
        "expires_unix_ns": 1_770_000_000_000_000_000,
        "has_address": True,
        "discount_extension": True,
    } | changed
    one = CheckoutSession(**fields)
    one.settle_readiness()
    return one


def body(one: CheckoutSession, *notices: Notice) -> Any:
    """The body, decoded, after the schema has seen it."""
    told = json.loads(session_body(one, list(notices), BASE))
    assert complaints("session", told) == []
    return told


def test_an_open_session_is_told_whole() -> None:
    """A session without delivery has its lines, its offer, its bill and the message on what it lacks."""
    assert body(session()) == {
        "id": "cs_1",
        "status": "not_ready_for_payment",
        "currency": "cny",
        "capabilities": {"extensions": [{"name": "discount"}]},
        "line_items": [
            {
                "id": "li_1",
                "item": {"id": "pearl-milk-tea"},
                "quantity": 2,
                "unit_amount": 1500,
                "totals": [{"type": "subtotal", "display_text": "Subtotal", "amount": 3000}],
            }
        ],
        "fulfillment_options": [
            {
                "type": "shipping",
                "id": "std",
                "title": "Standard delivery",
                "totals": [{"type": "total", "display_text": "Delivery", "amount": 300}],
            }
        ],
        "totals": [
            {"type": "subtotal", "display_text": "Subtotal", "amount": 3000},
            {"type": "total", "display_text": "Total", "amount": 3000},
        ],
        "messages": [
            {
                "type": "error",
                "code": "missing",
                "param": "$.selected_fulfillment_options",
                "content_type": "plain",
                "content": "Choose how to deliver",
                "resolution": "recoverable",
            }
        ],
        "links": [],
        "expires_at": "2026-02-02T02:40:00Z",
    }


def test_a_card_is_told_as_a_discount() -> None:
    """An applied card is a positive discount in the bill and an entry with its coupon."""
    told = body(session(has_option=True, codes=("C1",), card_code="C1", face_minor=2500))

    assert [(total["type"], total["amount"]) for total in told["totals"]] == [
        ("subtotal", 3000),
        ("fulfillment", 300),
        ("discount", 2500),
        ("total", 800),
    ]
    assert told["discounts"] == {
        "codes": ["C1"],
        "applied": [
            {
                "id": "di_1",
                "code": "C1",
                "amount": 2500,
                "coupon": {"id": "card_C1", "name": "Spring card", "amount_off": 2500, "currency": "cny"},
            }
        ],
        "rejected": [],
    }


def test_a_rejected_code_is_told_twice() -> None:
    """A rejected code stands under its discounts with a reason and as a warning that points at it."""
    rejected = Rejected(0, "C1", "discount_code_expired", "The card has expired")
    told = body(session(has_option=True, codes=("C1",), rejected=(rejected,)))

    assert told["discounts"]["rejected"] == [
        {"code": "C1", "reason": "discount_code_expired", "message": "The card has expired"}
    ]
    assert told["messages"] == [
        {
            "type": "warning",
            "code": "discount_code_expired",
            "param": "$.discounts.codes[0]",
            "content_type": "plain",
            "content": "The card has expired",
        }
    ]
    assert "discount" not in [total["type"] for total in told["totals"]]


def test_a_notice_comes_first() -> None:
    """What just happened is told before what the session lacks."""
    told = body(session(), Notice("error", "payment_declined", "$.payment_data", "The payment was declined"))

    assert [message["code"] for message in told["messages"]] == ["payment_declined", "missing"]


def test_a_completed_session_names_its_order() -> None:
    """A completed session carries its order, the order's session and a link."""
    one = session(has_option=True)
    one.take(Event.PAY)
    one.take(Event.PAID)
    one.order_id = "ord_1"
    told = body(one)

    assert told["order"] == {
        "id": "ord_1",
        "checkout_session_id": "cs_1",
        "permalink_url": "http://shop.test/orders/ord_1",
    }
    assert told["messages"] == []


@pytest.mark.parametrize(
    ("known", "capabilities"), [(True, {"extensions": [{"name": "discount"}]}), (False, {})], ids=["known", "unknown"]
)
def test_only_shared_extensions_are_told(known: bool, capabilities: dict[str, Any]) -> None:
    """The discount extension is told to a client that knows it, and to no other."""
    assert body(session(discount_extension=known))["capabilities"] == capabilities
