"""The reply bodies of ACP 2026-04-17: a checkout session written out whole, and nothing that the protocol lacks.

Knows the session's values; it must not know HTTP.
"""

from functools import lru_cache
from typing import Final

import msgspec
from msgspec import UNSET, UnsetType

from target_stub.checkout import OPTION_ID, OPTION_TYPE
from target_stub.checkout_session import CheckoutSession, Line, Notice, Totals
from target_stub.instants import rfc3339

CURRENCY: Final = "cny"
DISCOUNT: Final = "discount"
CARD_NAME: Final = "Spring card"


class _Told(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A reply body or a part of one; what has a default is left out when it is at its default."""


class Total(_Told, frozen=True):
    """One line of a bill; `amount` is positive in minor units."""

    type: str
    display_text: str
    amount: int


class ItemId(_Told, frozen=True):
    """A product by its id."""

    id: str


class LineItem(_Told, frozen=True):
    """One product of the basket."""

    id: str
    item: ItemId
    quantity: int
    unit_amount: int
    totals: list[Total]


class FulfillmentOption(_Told, frozen=True):
    """A way to deliver, offered."""

    type: str
    id: str
    title: str
    totals: list[Total]


class SelectedOption(_Told, frozen=True):
    """A way to deliver, chosen."""

    type: str
    option_id: str
    item_ids: list[str]


class Message(_Told, frozen=True):
    """Something to tell the buyer."""

    type: str
    code: str
    param: str
    content_type: str
    content: str
    resolution: str | UnsetType = UNSET


class Coupon(_Told, frozen=True):
    """The card behind a discount."""

    id: str
    name: str
    amount_off: int
    currency: str


class AppliedDiscount(_Told, frozen=True):
    """A code that lowers the total."""

    id: str
    code: str
    amount: int
    coupon: Coupon


class RejectedDiscount(_Told, frozen=True):
    """A code that does not, and why."""

    code: str
    reason: str
    message: str


class Discounts(_Told, frozen=True):
    """What became of every code."""

    codes: list[str]
    applied: list[AppliedDiscount]
    rejected: list[RejectedDiscount]


class Extension(_Told, frozen=True):
    """An extension that both sides know."""

    name: str


class Capabilities(_Told, frozen=True):
    """What client and shop have in common."""

    extensions: list[Extension] | UnsetType = UNSET


class Order(_Told, frozen=True):
    """The order of a completed session."""

    id: str
    checkout_session_id: str
    permalink_url: str


class SessionReply(_Told, frozen=True):
    """A whole checkout session."""

    id: str
    status: str
    currency: str
    capabilities: Capabilities
    line_items: list[LineItem]
    fulfillment_options: list[FulfillmentOption]
    totals: list[Total]
    messages: list[Message]
    links: list[str]
    expires_at: str
    selected_fulfillment_options: list[SelectedOption] | UnsetType = UNSET
    discounts: Discounts | UnsetType = UNSET
    order: Order | UnsetType = UNSET


def session_body(session: CheckoutSession, notices: list[Notice], base_url: str) -> bytes:
    """The session as a reply body; `notices` are told once, beside what the session lacks and what it rejected."""
    totals = session.totals
    chosen: list[SelectedOption] | UnsetType = UNSET
    if session.has_option:
        chosen = [SelectedOption(OPTION_TYPE, OPTION_ID, [line.sku for line in session.lines])]
    order: Order | UnsetType = UNSET
    if session.order_id is not None:
        order = Order(session.order_id, session.id, f"{base_url}/orders/{session.order_id}")
    reply = SessionReply(
        id=session.id,
        status=str(session.status),
        currency=CURRENCY,
        capabilities=_WITH_DISCOUNT if session.discount_extension else _PLAIN,
        line_items=[_line_item(index, line) for index, line in enumerate(session.lines, start=1)],
        fulfillment_options=_options(session.delivery_title, session.delivery_minor),
        totals=_totals(totals, has_option=session.has_option),
        messages=_messages(session, notices),
        links=[],
        expires_at=rfc3339(session.expires_unix_ns),
        selected_fulfillment_options=chosen,
        discounts=_discounts(session, totals) if session.codes else UNSET,
        order=order,
    )
    return _ENCODER.encode(reply)


# Values that many sessions share are made once: they are frozen, and nobody changes the lists in them.
_PLAIN: Final = Capabilities()
_WITH_DISCOUNT: Final = Capabilities([Extension(DISCOUNT)])
_ENCODER: Final = msgspec.json.Encoder()


@lru_cache(maxsize=256)
def _options(title: str, delivery_minor: int) -> list[FulfillmentOption]:
    return [FulfillmentOption(OPTION_TYPE, OPTION_ID, title, [Total("total", "Delivery", delivery_minor)])]


@lru_cache(maxsize=1024)
def _line_item(index: int, line: Line) -> LineItem:
    subtotal = Total("subtotal", "Subtotal", line.quantity * line.unit_minor)
    return LineItem(f"li_{index}", ItemId(line.sku), line.quantity, line.unit_minor, [subtotal])


def _totals(totals: Totals, *, has_option: bool) -> list[Total]:
    """Total = subtotal + fulfillment - discount, every amount positive (protocols.md 2.6)."""
    bill = [Total("subtotal", "Subtotal", totals.price_minor)]
    if has_option:
        bill.append(Total("fulfillment", "Delivery", totals.fulfillment_minor))
    if totals.discount_minor:
        bill.append(Total("discount", CARD_NAME, totals.discount_minor))
    bill.append(Total("total", "Total", totals.amount_minor))
    return bill


def _messages(session: CheckoutSession, notices: list[Notice]) -> list[Message]:
    messages = [
        Message(notice.kind, notice.code, notice.param, "plain", notice.content, "recoverable")
        for notice in (*notices, *(session.lacks() if session.order_id is None else ()))
    ]
    for rejected in session.rejected:
        where = f"$.discounts.codes[{rejected.place}]"
        messages.append(Message("warning", rejected.reason, where, "plain", rejected.content))
    return messages


def _discounts(session: CheckoutSession, totals: Totals) -> Discounts:
    applied = []
    if session.card_code is not None:
        coupon = Coupon(f"card_{session.card_code}", CARD_NAME, session.face_minor, CURRENCY)
        applied.append(AppliedDiscount("di_1", session.card_code, totals.discount_minor, coupon))
    rejected = [RejectedDiscount(one.code, one.reason, one.content) for one in session.rejected]
    return Discounts(list(session.codes), applied, rejected)
