"""Checks of the card campaign: who got cards, who spent them, and whether the terms in force allowed it.

    coupon       a card pays one order, its owner's, before it expires; and another one if the first was canceled
    coupon_back  the cards that are used are the cards of orders
    cap          cards per user, in the order of issue
    budget       every prefix sum of discounts, in commit order
    pause        nothing issued in [pause, resume), by the server's own clock

Source: the campaign's published terms and the audit invariants made from them.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from reports.audit_rule import Case, Finding, order_row, quoted
from reports.told import among

_BETWEEN = "\0"
"""Joins two texts into one that no other two give."""


def coupon(case: Case) -> Iterator[Finding]:
    """Cards that paid twice, for another shopper, after their expiry, or that nobody was given."""
    events = _card_events(case)
    paid = case.books.orders[case.books.orders["card_code"].notna()]
    standing = paid[~among(paid["order_id"], _given_back(events)["order_id"])]
    yield (
        standing[standing["card_code"].duplicated()],
        lambda row: f"{order_row(row)}: card {quoted(row.card_code)} paid an earlier order",
    )
    used = events["event"] == "used"
    back = events.index.isin(_given_back(events).index)
    uses = (used.astype("int64") - back.astype("int64")).groupby(events["card_code"]).cumsum()
    yield events[used & (uses > 1)], lambda row: f"{_event_row(row)}: the card was used before"
    issued = events[events["event"] == "issued"].drop_duplicates("card_code").set_index("card_code")["user_id"]
    owner = paid["card_code"].map(issued)
    yield (
        paid[owner.isna()],
        lambda row: f"{order_row(row)}: card {quoted(row.card_code)} was never issued",
    )
    yield (
        paid.assign(owner=owner)[owner.notna() & (owner != paid["user_id"])],
        lambda row: (
            f"{order_row(row)}: card {quoted(row.card_code)} of {quoted(row.owner)} paid for {quoted(row.user_id)}"
        ),
    )
    until = _expiry_at_commit(paid, events)
    yield (
        paid.assign(until=until)[until.notna() & (paid["committed_unix_ns"] >= until)],
        lambda row: f"{order_row(row)}: card {quoted(row.card_code)} had expired when the order was committed",
    )


def _expiry_at_commit(paid: pd.DataFrame, events: pd.DataFrame) -> "pd.Series[float]":
    """The expiry of each order's card as known when it was committed: terms may be extended, and never shortened."""
    both = paid[["seq", "card_code", "committed_unix_ns"]].merge(
        events[["card_code", "at_unix_ns", "expires_unix_ns"]], on="card_code"
    )
    known = both[both["at_unix_ns"] <= both["committed_unix_ns"]]
    return paid["seq"].map(known.groupby("seq")["expires_unix_ns"].max())


def coupon_back(case: Case) -> Iterator[Finding]:
    """Cards that are used up without their order, spent by an order yet still usable, or held by a session that is over."""
    events, orders = _card_events(case), case.books.orders
    paid = orders[orders["card_code"].notna()]
    used = events[events["event"] == "used"]
    spent, bought = (rows["card_code"] + _BETWEEN + rows["order_id"] for rows in (used, paid))
    yield (
        used[~among(spent, bought)],
        lambda row: f"{_event_row(row)}: used for order {quoted(row.order_id)}, which does not hold it",
    )
    yield (
        paid[~among(bought, spent)],
        lambda row: f"{order_row(row)}: card {quoted(row.card_code)} is not marked as used for it",
    )
    refunds = case.books.refunds
    refunded = pd.Series(dtype="str") if refunds is None else refunds["order_id"]
    back = _given_back(events)
    yield (
        back[~among(back["order_id"], refunded)],
        lambda row: f"{_event_row(row)}: given back from order {quoted(row.order_id)}, which stands",
    )
    held = _held(events)
    yield (
        held[among(held["session_id"], orders["session_id"])],
        lambda row: f"{_event_row(row)}: still held by session {quoted(row.session_id)}, whose order is committed",
    )


def _given_back(events: pd.DataFrame) -> pd.DataFrame:
    """The cards that came back from orders: such a release names the order."""
    return events[(events["event"] == "released") & events["order_id"].notna()]


def _held(events: pd.DataFrame) -> pd.DataFrame:
    """The reservations that no later event of their card has ended."""
    last = events.drop_duplicates("card_code", keep="last")
    return last[last["event"] == "reserved"]


def cards_held(case: Case) -> str:
    """How many cards are reserved at the ledger's end, which is neither right nor wrong."""
    held = len(_held(_card_events(case)))
    if not held:
        return ""
    return (
        f"{held} cards are reserved and neither used nor released: the ledger holds no sessions, so whether theirs are "
        "still open is not known"
    )


def cap(case: Case) -> Iterator[Finding]:
    """Cards beyond the number per user that the terms allowed when they were issued."""
    events = _card_events(case)
    issued = events[events["event"] == "issued"]
    nth = issued.groupby("user_id").cumcount() + 1
    allowed = _in_force(case, issued["at_unix_ns"], "cards_per_user")
    yield (
        issued.assign(nth=nth, allowed=allowed)[nth > allowed],
        lambda row: f"{_event_row(row)}: card number {row.nth} of {quoted(row.user_id)}, {row.allowed} are allowed",
    )


def budget(case: Case) -> Iterator[Finding]:
    """Orders with which the discounts granted so far exceed the budget."""
    orders = case.books.orders
    spent = orders["discount_minor"].cumsum() - _returned_until(case, orders["committed_unix_ns"])
    allowed = _in_force(case, orders["committed_unix_ns"], "budget_minor")
    yield (
        orders.assign(spent=spent, allowed=allowed)[spent > allowed],
        lambda row: f"{order_row(row)}: discounts up to it add up to {row.spent}, the budget is {row.allowed}",
    )


def _returned_until(case: Case, at_unix_ns: "pd.Series[int]") -> "pd.Series[int]":
    """What cards had paid for orders that were canceled with them, by each instant."""
    refunds = case.books.refunds
    if refunds is None:
        return pd.Series(0, index=at_unix_ns.index)
    refunds = refunds.sort_values("refunded_unix_ns", kind="stable")
    sums = np.concatenate([[0], refunds["discount_minor"].cumsum().to_numpy()])
    place = np.searchsorted(refunds["refunded_unix_ns"].to_numpy(), at_unix_ns.to_numpy(), side="right")
    return pd.Series(sums[place], index=at_unix_ns.index)


def pause(case: Case) -> Iterator[Finding]:
    """Cards that were issued while issuing was paused."""
    events = _card_events(case)
    issued = events[events["event"] == "issued"]
    yield (
        issued[_in_force(case, issued["at_unix_ns"], "issuing") == "paused"],
        lambda row: f"{_event_row(row)}: issued to {quoted(row.user_id)} while issuing was paused",
    )


def _card_events(case: Case) -> pd.DataFrame:
    events = case.books.card_events
    assert events is not None  # noqa: S101 - a need of every rule here
    return events


def _in_force(case: Case, at_unix_ns: "pd.Series[int]", term: str) -> "pd.Series[Any]":
    """The campaign's term at each instant; before its first event, the first one's."""
    terms = case.books.campaign_events
    assert terms is not None  # noqa: S101 - a need of the rules that ask
    terms = terms.sort_values("at_unix_ns", kind="stable")
    place = np.searchsorted(terms["at_unix_ns"].to_numpy(), at_unix_ns.to_numpy(), side="right") - 1
    return pd.Series(terms[term].to_numpy()[np.maximum(place, 0)], index=at_unix_ns.index)


def _event_row(row: Any) -> str:
    return f"card_events seq {row.seq}, card {quoted(row.card_code)}"
