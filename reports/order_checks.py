r"""Checks of orders and payments: what was told against what is stored, in multiset differences.

    lost          A \ keys(L) = {}            told an order that the ledger does not hold
    phantom       keys(L) \ W = {}            an order nobody of this run asked for
    doubled       count(key), count(wish) <= 1
    replay        one key, one order id told
    false_failure F and keys(L) share nothing
    mismatch      on A and keys(L), told = stored
    money         amount = price - discount + fulfillment >= 1, captured once, in full; given back once at most, in full
    between       discounts: sum over A <= spent <= sum over A + sum over U

A confirmed, F failed, U unknown, W everything attempted, L the ledger's rows. Source: Jepsen's set and queue checkers.
"""

from collections.abc import Iterator
from typing import Any

import msgspec
import pandas as pd

from reports.audit_rule import Case, Finding, order_row, quoted
from reports.told import among, basket

MINIMUM_CHARGE_MINOR = 1
"""Nothing is free in this campaign: a fen is charged at least."""
_ITEMS = msgspec.json.Decoder(list[dict[str, int | str]])


def lost(case: Case) -> Iterator[Finding]:
    """Confirmed orders that the ledger does not hold."""
    confirmed = case.told.confirmed
    gone = confirmed[~among(confirmed["idempotency_key"], case.books.orders["idempotency_key"])]
    yield (
        gone,
        lambda row: (
            f"wish {row.wish}, key {quoted(row.idempotency_key)}: told order {quoted(row.order_id)}, which is not in orders"
        ),
    )


def phantom(case: Case) -> Iterator[Finding]:
    """Orders under keys that the run never used."""
    orders = case.books.orders
    yield (
        orders[~among(orders["idempotency_key"], case.told.keys)],
        lambda row: f"{order_row(row)}: no wish of the run has this key",
    )


def doubled(case: Case) -> Iterator[Finding]:
    """Second and later orders of one key, and of one wish."""
    orders = case.books.orders
    again = orders["idempotency_key"].duplicated()
    yield orders[again], lambda row: f"{order_row(row)}: the key has an earlier order"
    wish = _wish_of(case, orders)
    yield (
        orders.assign(wish=wish)[wish.notna() & wish.duplicated() & ~again],
        lambda row: f"{order_row(row)}: wish {row.wish:.0f} has an earlier order",
    )


def _wish_of(case: Case, orders: pd.DataFrame) -> "pd.Series[float]":
    """The wish of each order: by its key, else by the checkout session that the wish was told."""
    told = case.told.purchases
    by_key = pd.concat([case.told.intents, told])[["idempotency_key", "wish"]].drop_duplicates("idempotency_key")
    sessions = told[told["session_id"] != ""][["session_id", "wish"]].drop_duplicates("session_id")
    wish = orders["idempotency_key"].map(by_key.set_index("idempotency_key")["wish"])
    return wish.fillna(orders["session_id"].map(sessions.set_index("session_id")["wish"])).astype("float64")


def replay(case: Case) -> Iterator[Finding]:
    """Keys that were told more than one order id."""
    told = case.told.purchases
    ids = told[told["order_id"] != ""][["idempotency_key", "order_id"]].drop_duplicates()
    yield (
        ids[ids["idempotency_key"].duplicated()],
        lambda row: f"key {quoted(row.idempotency_key)}: told order {quoted(row.order_id)} after another one",
    )


def false_failure(case: Case) -> Iterator[Finding]:
    """Orders of wishes that were told no."""
    failed = case.told.failed[["idempotency_key", "outcome", "reason", "last_step"]]
    yield (
        case.books.orders.merge(failed.drop_duplicates("idempotency_key"), on="idempotency_key"),
        lambda row: (
            f"{order_row(row)}: the shopper was told {quoted(row.outcome)} ({quoted(row.reason)}) at {quoted(row.last_step)}"
        ),
    )


_AMOUNTS = ("price_minor", "fulfillment_minor", "discount_minor", "amount_minor")


def mismatch(case: Case) -> Iterator[Finding]:
    """Confirmed orders that are stored otherwise than they were told; what was never told is not compared."""
    wished = case.told.intents[["idempotency_key", "items"]].drop_duplicates("idempotency_key")
    told = case.told.confirmed.merge(wished, how="left", on="idempotency_key")
    both = told.merge(
        case.books.orders.drop_duplicates("idempotency_key"), on="idempotency_key", suffixes=("_told", "")
    )
    both["items"] = both["items"].map({text: _stored_basket(text) for text in both["items"].unique()})
    both["card_code"] = both["card_code"].fillna("")
    paid_by_card = (both["discount_minor_told"] > 0) | (both["card_code"] != "")
    # The basket that was told is the wished one exactly when the record calls the order correct.
    as_wished = both["items_told"] == both["items"]
    differs = pd.DataFrame(
        {
            "order_id": (both["order_id_told"] != "") & (both["order_id_told"] != both["order_id"]),
            "items": both["items_told"].notna() & (as_wished != both["correct"]),
            **{name: (both[f"{name}_told"] >= 0) & (both[f"{name}_told"] != both[name]) for name in _AMOUNTS},
            "card_code": paid_by_card & (both["card_code_told"] != both["card_code"]),
        }
    )
    yield both.join(differs.add_prefix("differs_"))[differs.any(axis=1)], _told_and_stored


def _stored_basket(text: object) -> str:
    try:
        return basket(_ITEMS.decode(str(text)))
    except msgspec.DecodeError:
        return f"unreadable {text}"


def _told_and_stored(row: Any) -> str:
    parts = []
    for name in ("order_id", *_AMOUNTS, "card_code"):
        if getattr(row, f"differs_{name}"):
            told, stored = (_shown(getattr(row, which)) for which in (f"{name}_told", name))
            parts.append(f"{name} told {told}, stored {stored}")
    if row.differs_items:
        what = "the wished" if row.correct else "another than the wished"
        parts.append(f"items told {what} {quoted(row.items_told)}, stored {quoted(row.items)}")
    return f"{order_row(row)}: {'; '.join(parts)}"


def _shown(value: object) -> str:
    return quoted(value) if isinstance(value, str) else str(value)


def money(case: Case) -> Iterator[Finding]:
    """Orders that do not add up or are free, and captures that are missing, too many, of another amount or of no order."""
    orders, payments = case.books.orders, case.books.payments
    assert payments is not None  # noqa: S101 - a need of the rule
    due = orders["price_minor"] - orders["discount_minor"] + orders["fulfillment_minor"]
    yield (
        orders[orders["amount_minor"] != due],
        lambda row: (
            f"{order_row(row)}: amount {row.amount_minor} is not price {row.price_minor} - discount {row.discount_minor} "
            f"+ fulfillment {row.fulfillment_minor}"
        ),
    )
    yield (
        orders[orders["amount_minor"] < MINIMUM_CHARGE_MINOR],
        lambda row: f"{order_row(row)}: amount {row.amount_minor} is below {MINIMUM_CHARGE_MINOR}",
    )
    yield (
        orders[~among(orders["order_id"], payments["order_id"])],
        lambda row: f"{order_row(row)}: amount {row.amount_minor} was never captured",
    )
    again = payments["order_id"].duplicated()
    yield payments[again], lambda row: f"{_payment_row(row)}: the order has an earlier capture"
    once = payments[~again].merge(
        orders[["order_id", "amount_minor"]].drop_duplicates("order_id"),
        how="left",
        on="order_id",
        suffixes=("", "_due"),
    )
    yield (
        once[once["amount_minor_due"].isna()],
        lambda row: f"{_payment_row(row)}: captured {row.amount_minor} for an order that is not in orders",
    )
    yield (
        once[once["amount_minor_due"].notna() & (once["amount_minor_due"] != once["amount_minor"])],
        lambda row: (
            f"{_payment_row(row)}: captured {row.amount_minor}, the order's amount is {row.amount_minor_due:.0f}"
        ),
    )
    if case.books.refunds is not None:
        yield from _refunds(case.books.refunds, orders)


def _refunds(refunds: pd.DataFrame, orders: pd.DataFrame) -> Iterator[Finding]:
    """Money given back twice, for no order, or in another amount than was charged."""
    again = refunds["order_id"].duplicated()
    yield refunds[again], lambda row: f"{_refund_row(row)}: the order was refunded before"
    charged = refunds["order_id"].map(orders.drop_duplicates("order_id").set_index("order_id")["amount_minor"])
    yield (
        refunds[charged.isna()],
        lambda row: f"{_refund_row(row)}: refunded {row.amount_minor} for an order that is not in orders",
    )
    yield (
        refunds.assign(charged=charged)[charged.notna() & (charged != refunds["amount_minor"])],
        lambda row: f"{_refund_row(row)}: refunded {row.amount_minor}, the order had charged {row.charged:.0f}",
    )


def _refund_row(row: Any) -> str:
    return f"refunds seq {row.seq}, order {quoted(row.order_id)}"


def _payment_row(row: Any) -> str:
    return f"payments seq {row.seq}, order {quoted(row.order_id)}"


def discounts_told(case: Case) -> str:
    """Every confirmed order was told its discount, and the most that an unknown one can have cost is known."""
    untold = int((_discounts_of(case.told.confirmed) < 0).sum())
    if untold:
        return f"{untold} confirmed orders were not told their discount"
    cards = case.books.card_events
    if (case.told.unknown["discount_minor"] < 0).any() and (cards is None or cards.empty):
        return "some unknown wishes were not told their discount, and the ledger tells no card's face value"
    return ""


def _discounts_of(purchases: pd.DataFrame) -> "pd.Series[int]":
    """The discount that each wish was told; 0 also by a bill that names none and adds up without one, -1 = never told."""
    price, fulfillment, amount = (purchases[f"{name}_minor"] for name in ("price", "fulfillment", "amount"))
    adds_up = (price >= 0) & (amount == price + fulfillment.clip(lower=0))
    return purchases["discount_minor"].mask((purchases["discount_minor"] < 0) & adds_up, 0)


def between(case: Case) -> Iterator[Finding]:
    """The ledger's discounts are at least those of confirmed orders and at most those of unknown ones more."""
    cards = case.books.card_events
    face_minor = 0 if cards is None or cards.empty else int(cards["face_minor"].max())
    unknown = case.told.unknown["discount_minor"]
    sums = pd.DataFrame(
        {
            "low": [int(_discounts_of(case.told.confirmed).sum())],
            "more": [int(unknown.where(unknown >= 0, face_minor).sum())],
            "spent": [int(case.orders_of_run["discount_minor"].sum())],
        }
    )
    outside = (sums["spent"] < sums["low"]) | (sums["spent"] > sums["low"] + sums["more"])
    yield (
        sums[outside],
        lambda row: (
            f"orders: discounts add up to {row.spent}, but confirmed orders were told {row.low} and unknown ones can add "
            f"{row.more} at most"
        ),
    )
