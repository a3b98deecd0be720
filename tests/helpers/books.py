"""The laws of a stub's ledger, checked on the file itself."""

import json
import sqlite3
from collections import Counter

from target_stub.catalogue import CATALOGUE, delivery_minor


def audit(books: sqlite3.Connection, told: dict[str, str], budget_minor: int) -> None:
    """Check every law of the books against the orders that shoppers were told of, by idempotency key."""
    books.row_factory = sqlite3.Row
    orders = books.execute("SELECT * FROM orders ORDER BY seq").fetchall()
    assert {row["idempotency_key"]: row["order_id"] for row in orders} == told
    for row in orders:
        (item,) = json.loads(row["items"])
        product = CATALOGUE[item["sku"]]
        assert row["price_minor"] == product.price_minor * item["quantity"]
        assert row["fulfillment_minor"] == delivery_minor(product.vertical)
        assert row["amount_minor"] == row["price_minor"] + row["fulfillment_minor"] - row["discount_minor"] >= 1
        assert (row["discount_minor"] > 0) == (row["card_code"] is not None)
    payments = Counter((row["order_id"], row["amount_minor"]) for row in books.execute("SELECT * FROM payments"))
    assert payments == Counter((row["order_id"], row["amount_minor"]) for row in orders)
    assert sum(row["discount_minor"] for row in orders) <= budget_minor
    _audit_cards(books, {row["order_id"]: row for row in orders})


def _audit_cards(books: sqlite3.Connection, orders: dict[str, sqlite3.Row]) -> None:
    """Each card goes issued, then held and given back any number of times, then used at most once, by its owner, in time."""
    stories: dict[str, list[sqlite3.Row]] = {}
    for row in books.execute("SELECT * FROM card_events ORDER BY seq"):
        stories.setdefault(row["card_code"], []).append(row)
    for code, story in stories.items():
        events = [row["event"] for row in story]
        assert events[0] == "issued"
        assert "issued" not in events[1:]
        held = None
        for row in story[1:]:
            if row["event"] == "reserved":
                assert held is None
                held = row["session_id"]
            else:
                assert held == row["session_id"]
                held = None
        assert "used" not in events[:-1]
        if events[-1] == "used":
            order = orders[story[-1]["order_id"]]
            by = (order["card_code"], order["user_id"], order["session_id"])
            assert by == (code, story[-1]["user_id"], story[-1]["session_id"])
            assert order["committed_unix_ns"] < story[-1]["expires_unix_ns"]
    used = {row["order_id"] for story in stories.values() for row in story if row["event"] == "used"}
    assert used == {order_id for order_id, row in orders.items() if row["card_code"] is not None}
