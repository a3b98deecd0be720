"""The reply bodies of UCP 2026-01-23 and 2026-04-08: a checkout written out whole (protocols.md 3.1, 3.4).

Knows the session's values; it must not know HTTP. What the versions say differently: `ucp.status` and
`available_instruments` are new in 2026-04-08, a discount is positive in the totals before it and negative from then on.
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import Final

import msgspec
from msgspec import UNSET, UnsetType

from target_stub.catalogue import CURRENCY, Product
from target_stub.checkout import OPTION_ID, OPTION_TYPE
from target_stub.checkout_session import CheckoutSession, Line, Notice, Status
from target_stub.instants import rfc3339
from target_stub.ucp_contents import GROUP_ID, METHOD_ID, Echo, line_id
from target_stub.ucp_dialect import UcpVersion
from target_stub.ucp_profile import ORDER, active_capabilities, payment_handlers
from target_stub.ucp_requests import Address, Buyer, Instrument

_CARD_NAME: Final = "Spring card"
_RECOVERABLE: Final = "recoverable"
_STATUSES: Final = {
    Status.NOT_READY: "incomplete",
    Status.READY: "ready_for_complete",
    Status.IN_PROGRESS: "complete_in_progress",
    Status.COMPLETED: "completed",
    Status.CANCELED: "canceled",
    Status.EXPIRED: "canceled",
}
_METHOD: Final = "$.fulfillment.methods[0]"
# The rules point into a session as ACP writes it; this is where UCP has the same.
_PATHS: Final = (
    (re.compile(r"^\$\.fulfillment_details$"), f"{_METHOD}.destinations"),
    (
        re.compile(r"^\$\.selected_fulfillment_options(\[\d+\]\.option_id)?$"),
        f"{_METHOD}.groups[0].selected_option_id",
    ),
    (re.compile(r"^\$\.selected_fulfillment_options\[\d+\]\.item_ids$"), f"{_METHOD}.line_item_ids"),
    (re.compile(r"^\$\.payment_data$"), "$.payment"),
)
# What the rules call otherwise. UCP has no word for a code that is used up.
_CODES: Final = {
    "payment_declined": "payment_failed",
    "coupon_expired": "discount_code_expired",
    "coupon_invalid": "discount_code_invalid",
    "discount_code_usage_limit_reached": "discount_code_invalid",
}


class _Told(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A reply body or a part of one; what has a default is left out when it is at its default."""


class Total(_Told, frozen=True):
    """One line of a bill, in minor units."""

    type: str
    amount: int
    display_text: str | UnsetType = UNSET


class ToldItem(_Told, frozen=True):
    """A product; `price` is of one."""

    id: str
    title: str
    price: int


class LineItem(_Told, frozen=True):
    """One product of the basket."""

    id: str
    item: ToldItem
    quantity: int
    totals: list[Total]


class DeliveryOption(_Told, frozen=True):
    """A way to deliver, offered."""

    id: str
    title: str
    totals: list[Total]


class Group(_Told, frozen=True):
    """What is delivered together, and how it can be."""

    id: str
    line_item_ids: list[str]
    options: list[DeliveryOption]
    selected_option_id: str | UnsetType = UNSET


class Method(_Told, frozen=True):
    """Delivery by shipping; the group is there once a destination is chosen."""

    id: str
    type: str
    line_item_ids: list[str]
    destinations: tuple[Address, ...] = ()
    selected_destination_id: str | UnsetType = UNSET
    groups: list[Group] | UnsetType = UNSET


class Fulfillment(_Told, frozen=True):
    """How the basket is delivered."""

    methods: list[Method]


class AppliedDiscount(_Told, frozen=True):
    """A code that lowers the total; the amount is positive in both versions."""

    code: str
    title: str
    amount: int


class Discounts(_Told, frozen=True):
    """The codes as asked, and those that apply."""

    codes: tuple[str, ...]
    applied: list[AppliedDiscount]


class Message(_Told, frozen=True):
    """Something to tell the buyer; errors say who can resolve them."""

    type: str
    code: str
    content: str
    path: str | UnsetType = UNSET
    severity: str | UnsetType = UNSET


class Link(_Told, frozen=True):
    """A page that the platform must show."""

    type: str
    url: str


class ToldPayment(_Told, frozen=True):
    """The means of payment, without what pays."""

    instruments: tuple[Instrument, ...]


class Confirmation(_Told, frozen=True):
    """The order of a completed checkout."""

    id: str
    permalink_url: str


_LINKS: Final = [Link("terms_of_service", "https://shop.test/terms")]


class CheckoutReply(_Told, frozen=True):
    """A whole checkout."""

    ucp: msgspec.Raw
    id: str
    status: str
    currency: str
    line_items: list[LineItem]
    fulfillment: Fulfillment
    totals: list[Total]
    messages: list[Message]
    links: list[Link]
    expires_at: str
    buyer: Buyer | UnsetType = UNSET
    discounts: Discounts | UnsetType = UNSET
    payment: ToldPayment | UnsetType = UNSET
    order: Confirmation | UnsetType = UNSET


@cache
def _checkout_ucp(version: UcpVersion) -> msgspec.Raw:
    names = {name: entry for name, entry in active_capabilities(version).items() if name != ORDER}
    ucp = {"version": version, "capabilities": names, "payment_handlers": payment_handlers(version)}
    if version is UcpVersion.APRIL:
        ucp["status"] = "success"
    return msgspec.Raw(msgspec.json.encode(ucp))


def checkout_body(
    version: UcpVersion, session: CheckoutSession, notices: list[Notice], products: Mapping[str, Product], base_url: str
) -> bytes:
    """The session as a reply body; `notices` are told once, beside what the session lacks and what it rejected."""
    echo = session.echo if isinstance(session.echo, Echo) else Echo()
    totals = session.totals
    fulfillment_minor = totals.fulfillment_minor if session.has_option else None
    reply = CheckoutReply(
        ucp=_checkout_ucp(version),
        id=session.id,
        status=_STATUSES[session.status] if session.status else "",
        currency=CURRENCY,
        line_items=[_line_item(line, products) for line in session.lines],
        fulfillment=_fulfillment(session, echo),
        totals=bill(version, totals.price_minor, fulfillment_minor, totals.discount_minor, totals.amount_minor),
        messages=_messages(version, session, notices),
        links=_LINKS,
        expires_at=rfc3339(session.expires_unix_ns),
        buyer=UNSET if echo.buyer is None else echo.buyer,
        discounts=_discounts(session, totals.discount_minor) if session.codes else UNSET,
        payment=ToldPayment(echo.instruments) if echo.instruments else UNSET,
        order=UNSET
        if session.order_id is None
        else Confirmation(session.order_id, permalink(session.order_id, base_url)),
    )
    return msgspec.json.encode(reply)


def permalink(order_id: str, base_url: str) -> str:
    """Where a buyer reads about an order."""
    return f"{base_url}/orders/{order_id}"


def _line_item(line: Line, products: Mapping[str, Product]) -> LineItem:
    amount = line.quantity * line.unit_minor
    item = ToldItem(line.sku, products[line.sku].en, line.unit_minor)
    return LineItem(line_id(line.sku), item, line.quantity, [Total("subtotal", amount), Total("total", amount)])


def bill(
    version: UcpVersion, price_minor: int, fulfillment_minor: int | None, discount_minor: int, amount_minor: int
) -> list[Total]:
    """What is charged, None for delivery that is not chosen: total = subtotal + fulfillment - discount; from 2026-04-08 on the discount carries its sign (protocols.md 3.5)."""
    lines = [Total("subtotal", price_minor)]
    if fulfillment_minor is not None:
        lines.append(Total("fulfillment", fulfillment_minor, "Delivery"))
    if discount_minor:
        lines.append(Total("discount", -discount_minor if version is UcpVersion.APRIL else discount_minor, _CARD_NAME))
    lines.append(Total("total", amount_minor))
    return lines


def _fulfillment(session: CheckoutSession, echo: Echo) -> Fulfillment:
    ids = [line_id(line.sku) for line in session.lines]
    chosen = UNSET if echo.destination_id is None else echo.destination_id
    method = Method(METHOD_ID, OPTION_TYPE, ids, echo.destinations, chosen)
    if chosen is not UNSET:
        option = DeliveryOption(OPTION_ID, session.delivery_title, [Total("total", session.delivery_minor)])
        group = Group(GROUP_ID, ids, [option], OPTION_ID if session.has_option else UNSET)
        method = msgspec.structs.replace(method, groups=[group])
    return Fulfillment([method])


def _messages(version: UcpVersion, session: CheckoutSession, notices: list[Notice]) -> list[Message]:
    lacking = session.lacks() if session.status is Status.NOT_READY else []
    told = [_message(notice) for notice in (*notices, *lacking)]
    for rejected in session.rejected:
        where = f"$.discounts.codes[{rejected.place}]"
        told.append(Message("warning", _CODES.get(rejected.reason, rejected.reason), rejected.content, where))
    if session.status is Status.EXPIRED:
        severity = "unrecoverable" if version is UcpVersion.APRIL else _RECOVERABLE
        told.append(Message("error", "expired", "The checkout has expired; open a new one", severity=severity))
    return told


def _message(notice: Notice) -> Message:
    path = notice.param
    for pattern, there in _PATHS:
        path = pattern.sub(there, path)
    severity = _RECOVERABLE if notice.kind == "error" else UNSET
    return Message(notice.kind, _CODES.get(notice.code, notice.code), notice.content, path, severity)


def _discounts(session: CheckoutSession, discount_minor: int) -> Discounts:
    applied = []
    if session.card_code is not None:
        applied.append(AppliedDiscount(session.card_code, _CARD_NAME, discount_minor))
    return Discounts(session.codes, applied)
