"""Checks of the stock: no prefix of sales takes more than there is, and the shelves moved as the orders say.

    stock   per product, in ledger order: sold - returned <= supplied; sold with an order = ordered; returned <= sold

Products that were never supplied have no end, and nothing is said of them. Source: measurement of prefix sums, as for a budget.
"""

from collections.abc import Iterator
from typing import Any

import msgspec
import pandas as pd

from reports.audit_rule import Case, Finding, quoted

_ITEMS = msgspec.json.Decoder(list[dict[str, int | str]])
_KEY = ["order_id", "sku"]


def stock(case: Case) -> Iterator[Finding]:
    """Sales beyond what was there, and shelves that moved otherwise than the orders say."""
    events = case.books.stock_events
    assert events is not None  # noqa: S101 - a need of the rule
    sold = events["event"] == "sold"
    change = events["quantity"].where(~sold, -events["quantity"])
    left = change.groupby(events["sku"]).cumsum()
    yield (
        events.assign(left=left)[sold & (left < 0)],
        lambda row: f"stock_events seq {row.seq}, {quoted(row.sku)}: sold {row.quantity}, which leaves {row.left}",
    )
    ordered = _ordered(case.books.orders, set(events["sku"]))
    both = pd.DataFrame(
        {
            "ordered": ordered.groupby(_KEY)["quantity"].sum(),
            "sold": events[sold].groupby(_KEY)["quantity"].sum(),
            "returned": events[events["event"] == "returned"].groupby(_KEY)["quantity"].sum(),
        }
    )
    both = both.fillna(0).astype("int64").reset_index()
    yield (
        both[both["ordered"] != both["sold"]],
        lambda row: f"{_where(row)}: ordered {row.ordered}, but {row.sold} taken from the shelf",
    )
    yield (
        both[both["returned"] > both["sold"]],
        lambda row: f"{_where(row)}: {row.returned} returned of {row.sold} sold",
    )


def _ordered(orders: pd.DataFrame, counted: set[str]) -> pd.DataFrame:
    """What orders hold of the products that have an end, a row an order and product."""
    baskets = {text: _basket(text, counted) for text in orders["items"].unique()}
    rows = [
        (order_id, sku, quantity)
        for order_id, text in zip(orders["order_id"], orders["items"], strict=True)
        for sku, quantity in baskets[text]
    ]
    types = {"order_id": "str", "sku": "str", "quantity": "int64"}
    return pd.DataFrame(rows, columns=list(types)).astype(types)


def _basket(text: object, counted: set[str]) -> list[tuple[str, int]]:
    try:
        items = _ITEMS.decode(str(text))
    except msgspec.DecodeError:
        return []
    pairs = [(str(item.get("sku", "")), item.get("quantity", 0)) for item in items]
    return [(sku, quantity) for sku, quantity in pairs if sku in counted and isinstance(quantity, int)]


def _where(row: Any) -> str:
    return f"order {quoted(row.order_id)}, {quoted(row.sku)}"
