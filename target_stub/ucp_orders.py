"""An order as UCP 2026-04-08 tells it, from what the books have committed (protocols.md 3.2)."""

from collections.abc import Mapping
from typing import Final

import msgspec

from target_stub.catalogue import Product
from target_stub.ledger import OrderRow
from target_stub.ucp_contents import line_id
from target_stub.ucp_dialect import UcpVersion
from target_stub.ucp_profile import ORDER
from target_stub.ucp_replies import ToldItem, Total, bill, permalink

_VERSION: Final = UcpVersion.APRIL


class OrderedQuantity(msgspec.Struct, frozen=True):
    """How many were ordered, are still meant, and have arrived."""

    original: int
    total: int
    fulfilled: int


class OrderedLine(msgspec.Struct, frozen=True):
    """One product of an order."""

    id: str
    item: ToldItem
    quantity: OrderedQuantity
    totals: list[Total]
    status: str


class OrderFulfillment(msgspec.Struct, frozen=True):
    """What has happened to the goods."""

    events: tuple[str, ...]


class OrderReply(msgspec.Struct, frozen=True):
    """A whole order of 2026-04-08."""

    ucp: dict[str, object]
    id: str
    checkout_id: str
    permalink_url: str
    currency: str
    line_items: list[OrderedLine]
    fulfillment: OrderFulfillment
    totals: list[Total]


class _Bought(msgspec.Struct, frozen=True):
    """One product as the books have it."""

    sku: str
    quantity: int


_UCP: Final[dict[str, object]] = {
    "version": _VERSION,
    "status": "success",
    "capabilities": {ORDER: [{"version": _VERSION}]},
}


def order_body(row: OrderRow, products: Mapping[str, Product], base_url: str) -> bytes:
    """The order as a reply body; nothing of it has been delivered."""
    reply = OrderReply(
        ucp=_UCP,
        id=row.order_id,
        checkout_id=row.session_id,
        permalink_url=permalink(row.order_id, base_url),
        currency=row.currency,
        line_items=[_line(bought, products) for bought in msgspec.json.decode(row.items, type=list[_Bought])],
        fulfillment=OrderFulfillment(()),
        totals=bill(_VERSION, row.price_minor, row.fulfillment_minor, row.discount_minor, row.amount_minor),
    )
    return msgspec.json.encode(reply)


def _line(bought: _Bought, products: Mapping[str, Product]) -> OrderedLine:
    product = products[bought.sku]
    item = ToldItem(bought.sku, product.en, product.price_minor)
    amount = product.price_minor * bought.quantity
    quantity = OrderedQuantity(bought.quantity, bought.quantity, 0)
    totals = [Total("subtotal", amount), Total("total", amount)]
    return OrderedLine(line_id(bought.sku), item, quantity, totals, "processing")
