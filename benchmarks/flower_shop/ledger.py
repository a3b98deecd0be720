"""The Flower Shop's own books as an order ledger that ``springtide audit`` reads: orders and stock, from its SQLite file.

The shop stores each order, and under which idempotency key it answered with it. It stores no payments, so the ledger has no such
table, and the audit says that it could not look at them.
"""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

_SCHEMA = """
CREATE TABLE orders (seq INTEGER PRIMARY KEY, order_id TEXT, idempotency_key TEXT, session_id TEXT, user_id TEXT, items TEXT,
  currency TEXT, price_minor INTEGER, fulfillment_minor INTEGER, discount_minor INTEGER, amount_minor INTEGER, card_code TEXT,
  committed_unix_ns INTEGER) STRICT;
CREATE TABLE stock_events (seq INTEGER PRIMARY KEY, sku TEXT, event TEXT, quantity INTEGER, order_id TEXT,
  at_unix_ns INTEGER) STRICT;
"""
_ORDERS = """
SELECT orders.id AS order_id, orders.data AS told, checkouts.data AS checkout, records.key AS key, records.created_at AS at
FROM orders
LEFT JOIN checkouts ON checkouts.id = json_extract(orders.data, '$.checkout_id')
LEFT JOIN idempotency_records AS records
  ON json_extract(records.response_body, '$.order.id') = orders.id
  AND json_extract(records.response_body, '$.status') = 'completed'
ORDER BY records.created_at, orders.id
"""
_NOBODY = "no order of the shop"
"""Stands for the order of goods that left a shelf without one."""


class Order(NamedTuple):
    """A row of ``orders`` but for its number."""

    order_id: str
    idempotency_key: str
    session_id: str
    user_id: str
    items: str
    currency: str
    price_minor: int
    fulfillment_minor: int
    discount_minor: int
    amount_minor: int
    card_code: str | None
    committed_unix_ns: int


class StockEvent(NamedTuple):
    """A row of ``stock_events`` but for its number."""

    sku: str
    event: str
    quantity: int
    order_id: str | None
    at_unix_ns: int


def export(shop: Path, ledger: Path, *, supplied: Mapping[str, int]) -> int:
    """Write the books of the shop in this folder to a new ledger file, and return how many orders they have.

    ``supplied`` is what was on the shelves at first, by product. Reads while the shop runs. Raises FileExistsError, and
    sqlite3.Error when the books cannot be read.
    """
    if ledger.exists():
        raise FileExistsError(f"{ledger} exists: give the name of a new file.")
    books = sqlite3.connect(f"{(shop / 'transactions.db').absolute().as_uri()}?mode=ro", uri=True)
    with closing(books), closing(sqlite3.connect(ledger)) as file:
        books.row_factory = sqlite3.Row
        books.execute("BEGIN")
        orders = [_order(row) for row in books.execute(_ORDERS)]
        left = dict(books.execute("SELECT product_id, quantity FROM inventory").fetchall())
        file.executescript(_SCHEMA)
        _write(file, "orders", Order._fields, orders)
        _write(file, "stock_events", StockEvent._fields, _stock(orders, supplied, left))
        file.commit()
    return len(orders)


def _order(row: sqlite3.Row) -> Order:
    told, checkout = json.loads(row["told"]), json.loads(row["checkout"] or "{}")
    amounts: dict[str, int] = {}
    for total in told["totals"]:
        amounts[total["type"]] = amounts.get(total["type"], 0) + total["amount"]
    items = [{"sku": line["item"]["id"], "quantity": line["quantity"]["total"]} for line in told["line_items"]]
    applied = (checkout.get("discounts") or {}).get("applied") or []
    buyer = checkout.get("buyer") or {}
    return Order(
        row["order_id"],
        row["key"] or "",
        told["checkout_id"],
        buyer.get("email") or "",
        json.dumps(sorted(items, key=lambda item: str(item["sku"]))),
        checkout.get("currency") or "",
        amounts.get("subtotal", 0),
        amounts.get("fulfillment", 0),
        amounts.get("discount", 0),
        amounts.get("total", 0),
        applied[0]["code"] if applied else None,
        _unix_ns(row["at"]),
    )


def _stock(orders: list[Order], supplied: Mapping[str, int], left: Mapping[str, int]) -> Iterator[StockEvent]:
    """What was supplied, what each order took, and what the shelves lost or gained beyond that."""
    gone = {sku: quantity - left.get(sku, 0) for sku, quantity in supplied.items()}
    for sku, quantity in supplied.items():
        yield StockEvent(sku, "supplied", quantity, None, 0)
    for order in orders:
        for item in json.loads(order.items):
            sku, quantity = item["sku"], item["quantity"]
            gone[sku] = gone.get(sku, 0) - quantity
            yield StockEvent(sku, "sold", quantity, order.order_id, order.committed_unix_ns)
    for sku, quantity in gone.items():
        if quantity:
            yield StockEvent(sku, "sold" if quantity > 0 else "returned", abs(quantity), _NOBODY, 0)


def _unix_ns(instant: str | None) -> int:
    """Whole nanoseconds of an ISO date, which has microseconds; 0 when there is none."""
    if not instant:
        return 0
    since: Any = datetime.fromisoformat(instant) - datetime(1970, 1, 1, tzinfo=UTC)
    return int(since // timedelta(microseconds=1)) * 1000


def _write(file: sqlite3.Connection, table: str, columns: tuple[str, ...], rows: Any) -> None:
    numbered = [(seq, *row) for seq, row in enumerate(rows, 1)]
    places = ", ".join("?" * (len(columns) + 1))
    file.executemany(f"INSERT INTO {table} (seq, {', '.join(columns)}) VALUES ({places})", numbered)  # noqa: S608 - names of our own row types
