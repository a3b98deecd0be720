"""Literal ACP session replies, after the purchase that the protocol's text shows."""

from typing import Any

OPEN: dict[str, Any] = {
    "id": "cs_1",
    "status": "not_ready_for_payment",
    "currency": "cny",
    "capabilities": {"extensions": [{"name": "discount"}]},
    "line_items": [
        {
            "id": "li_1",
            "item": {"id": "milk-tea"},
            "quantity": 1,
            "unit_amount": 1500,
            "totals": [{"type": "subtotal", "display_text": "Subtotal", "amount": 1500}],
        }
    ],
    "fulfillment_options": [
        {
            "type": "shipping",
            "id": "std",
            "title": "Standard",
            "totals": [{"type": "total", "display_text": "Delivery", "amount": 300}],
        }
    ],
    "totals": [
        {"type": "subtotal", "display_text": "Subtotal", "amount": 1500},
        {"type": "total", "display_text": "Total", "amount": 1500},
    ],
    "messages": [
        {
            "type": "error",
            "code": "missing",
            "param": "$.selected_fulfillment_options",
            "resolution": "recoverable",
            "content_type": "plain",
            "content": "Choose a delivery option",
        }
    ],
    "links": [],
}
"""A session that was just created: no delivery chosen yet."""

READY: dict[str, Any] = {
    **OPEN,
    "status": "ready_for_payment",
    "messages": [],
    "discounts": {
        "codes": ["SPRING25"],
        "applied": [
            {
                "id": "di_1",
                "code": "SPRING25",
                "amount": 1799,
                "coupon": {"id": "card_1", "name": "Spring card", "amount_off": 2500, "currency": "cny"},
            }
        ],
        "rejected": [],
    },
    "totals": [
        {"type": "subtotal", "display_text": "Subtotal", "amount": 1500},
        {"type": "fulfillment", "display_text": "Delivery", "amount": 300},
        {"type": "discount", "display_text": "Spring card", "amount": 1799},
        {"type": "total", "display_text": "Total", "amount": 1},
    ],
}
"""The same session with delivery and a card: ready to be paid."""
