"""The Flower Shop's books become a ledger: orders by their keys, and shelves that moved as the orders say, or otherwise."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from benchmarks.flower_shop.ledger import export
from reports.ledger_reader import read_books

AT = "2026-11-26T02:27:28.194869+00:00"


def order(number: int, quantity: int, **changes: Any) -> dict[str, Any]:
    """An order as the shop stores it."""
    totals = {"subtotal": 3000 * quantity, "fulfillment": 500, "discount": 350, "total": 3000 * quantity + 150}
    return {
        "id": f"o{number}",
        "checkout_id": f"c{number}",
        "line_items": [{"item": {"id": "tulips"}, "quantity": {"total": quantity, "fulfilled": 0}}],
        "totals": [{"type": kind, "amount": amount} for kind, amount in totals.items()],
        **changes,
    }


def books_of(folder: Path, orders: list[dict[str, Any]], left: int) -> Path:
    """A shop's file with these orders, each under the key of its number, and so many tulips left."""
    with closing(sqlite3.connect(folder / "transactions.db")) as file:
        file.executescript(
            "CREATE TABLE orders (id TEXT, data TEXT); CREATE TABLE checkouts (id TEXT, data TEXT);"
            "CREATE TABLE inventory (product_id TEXT, quantity INTEGER);"
            "CREATE TABLE idempotency_records (key TEXT, response_body TEXT, created_at TEXT);"
        )
        for number, one in enumerate(orders):
            checkout = {
                "buyer": {"email": "s@shop.test"},
                "currency": "USD",
                "discounts": {"applied": [{"code": "10OFF"}]},
            }
            reply = {"status": "completed", "order": {"id": one["id"]}}
            file.execute("INSERT INTO orders VALUES (?, ?)", (one["id"], json.dumps(one)))
            file.execute("INSERT INTO checkouts VALUES (?, ?)", (one["checkout_id"], json.dumps(checkout)))
            file.execute("INSERT INTO idempotency_records VALUES (?, ?, ?)", (f"k{number}", json.dumps(reply), AT))
        file.execute("INSERT INTO idempotency_records VALUES ('declined', '{\"status\": \"incomplete\"}', ?)", (AT,))
        file.execute("INSERT INTO inventory VALUES ('tulips', ?)", (left,))
        file.commit()
    return folder


def exported(folder: Path, orders: list[dict[str, Any]], left: int) -> Any:
    """The ledger of such a shop, read as the audit reads it; ten tulips were supplied."""
    ledger = folder / "ledger.sqlite"
    assert export(books_of(folder, orders, left), ledger, supplied={"tulips": 10}) == len(orders)
    return read_books(ledger)


def test_an_order(tmp_path: Path) -> None:
    """An order has the key that it was answered under, its amounts as the ledger counts them, and its code as card."""
    books = exported(tmp_path, [order(0, 2)], left=8)
    (row,) = books.orders.to_dict("records")
    assert row == {
        "seq": 1,
        "order_id": "o0",
        "idempotency_key": "k0",
        "session_id": "c0",
        "user_id": "s@shop.test",
        "items": '[{"sku": "tulips", "quantity": 2}]',
        "price_minor": 6000,
        "fulfillment_minor": 500,
        "discount_minor": 350,
        "amount_minor": 6150,
        "card_code": "10OFF",
        "committed_unix_ns": 1_795_660_048_194_869_000,
    }
    assert books.payments is None


@pytest.mark.parametrize(
    ("left", "events"),
    [
        pytest.param(7, [("supplied", 10), ("sold", 2), ("sold", 1)], id="as the orders say"),
        pytest.param(
            4, [("supplied", 10), ("sold", 2), ("sold", 1), ("sold", 3)], id="three more are gone, under no order"
        ),
        pytest.param(
            9, [("supplied", 10), ("sold", 2), ("sold", 1), ("returned", 2)], id="two that were ordered are still there"
        ),
    ],
)
def test_the_shelves(tmp_path: Path, left: int, events: list[tuple[str, int]]) -> None:
    """What the shelves lost or gained beyond the orders is in the ledger, so that the audit finds it."""
    books = exported(tmp_path, [order(0, 2), order(1, 1)], left)
    rows = books.stock_events.to_dict("records")
    assert [(row["event"], row["quantity"]) for row in rows] == events


def test_an_order_that_nobody_was_answered_with(tmp_path: Path) -> None:
    """An order without a key or a checkout is exported all the same, and belongs to no wish."""
    folder = books_of(tmp_path, [order(0, 1)], left=9)
    with closing(sqlite3.connect(folder / "transactions.db")) as file:
        file.execute("DELETE FROM idempotency_records")
        file.execute("DELETE FROM checkouts")
        file.commit()
    ledger = tmp_path / "ledger.sqlite"
    assert export(folder, ledger, supplied={"tulips": 10}) == 1
    (row,) = read_books(ledger).orders.to_dict("records")
    assert (row["order_id"], row["idempotency_key"], row["amount_minor"]) == ("o0", "", 3150)


def test_a_ledger_is_never_overwritten(tmp_path: Path) -> None:
    """An existing file is left alone."""
    ledger = tmp_path / "ledger.sqlite"
    ledger.touch()
    with pytest.raises(FileExistsError, match="give the name of a new file"):
        export(tmp_path, ledger, supplied={})
