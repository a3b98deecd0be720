"""Literal UCP discovery documents of the three versions, and checkouts as shops tell them."""

import json
from typing import Any

from locustfiles.protocols.ucp_discovery import UcpVersion
from locustfiles.protocols.ucp_session import UcpSession, decode_told, session_of

SHOPPING = "dev.ucp.shopping"
JANUARY_11: dict[str, Any] = {
    "ucp": {
        "version": "2026-01-11",
        "services": {SHOPPING: {"version": "2026-01-11", "rest": {"schema": "s", "endpoint": "https://shop.test/"}}},
        "capabilities": [
            {"name": "dev.ucp.shopping.checkout", "version": "2026-01-11"},
            {"name": "dev.ucp.shopping.discount", "version": "2026-01-11", "extends": "dev.ucp.shopping.checkout"},
        ],
    },
    "payment": {"handlers": [{"id": "shop_pay"}, {"id": "mock_payment_handler"}]},
}
JANUARY_23: dict[str, Any] = {
    "ucp": {
        "version": "2026-01-23",
        "services": {
            SHOPPING: [
                {"version": "2026-01-23", "transport": "mcp", "endpoint": "https://shop.test/mcp"},
                {"version": "2026-01-23", "transport": "rest", "endpoint": "https://shop.test/ucp/v1/"},
            ]
        },
        "capabilities": {"dev.ucp.shopping.checkout": [{"version": "2026-01-23"}]},
        "payment_handlers": {"test.springtide.card": [{"id": "stub_card", "version": "2026-01-23"}]},
    }
}
APRIL: dict[str, Any] = {
    "ucp": {
        **JANUARY_23["ucp"],
        "version": "2026-04-08",
        "supported_versions": {"2026-01-23": "https://shop.test/.well-known/ucp/2026-01-23"},
    }
}

CHECKOUT: dict[str, Any] = {
    "ucp": {
        "version": "2026-04-08",
        "status": "success",
        "capabilities": {"dev.ucp.shopping.checkout": [{"version": "2026-04-08"}]},
        "payment_handlers": {"test.springtide.card": [{"id": "stub_card", "version": "2026-04-08"}]},
    },
    "id": "chk_1",
    "status": "ready_for_complete",
    "currency": "CNY",
    "line_items": [{"id": "li_1", "item": {"id": "milk-tea", "title": "Milk tea", "price": 1500}, "quantity": 1}],
    "fulfillment": {
        "methods": [
            {
                "id": "m_1",
                "type": "shipping",
                "selected_destination_id": "d_1",
                "destinations": [{"id": "d_0"}, {"id": "d_1"}],
                "groups": [{"id": "g_1", "selected_option_id": "std", "options": [{"id": "std"}, {"id": "express"}]}],
            }
        ]
    },
    "discounts": {"codes": ["SPRING25"], "applied": [{"code": "SPRING25", "title": "Spring card", "amount": 1799}]},
    "totals": [
        {"type": "subtotal", "amount": 1500},
        {"type": "fulfillment", "amount": 300},
        {"type": "discount", "amount": -1799},
        {"type": "total", "amount": 1},
    ],
    "messages": [],
}
"""A checkout of 2026-04-08 with delivery and a card, ready to be paid."""


def told(version: UcpVersion = UcpVersion.APRIL_08, **changes: Any) -> UcpSession:
    """The checkout of 2026-04-08 with these members set, as a shop of this version tells it."""
    body = json.dumps({**CHECKOUT, **changes}).encode()
    session = session_of(decode_told(body), version, body)
    assert isinstance(session, UcpSession), session
    return session
