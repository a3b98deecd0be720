"""What may become of an order after it is paid: canceled or refunded, once, with its money back.

    confirmed -- cancel --> canceled    nothing was sent: the units return to the shelf, the card to its shopper
    confirmed -- refund --> refunded    the buyer keeps the goods, and the card stays used

The card of a canceled order comes back because the campaign promises that no card is lost without an order (incident
sheet 2.3); what it is worth then is a matter of its expiry. The books refuse a second refund of an order, so two requests
at once end in one.
"""

from typing import Final, Literal, NamedTuple

import msgspec

from target_stub.cards import Campaign
from target_stub.checkout_session import Line
from target_stub.clock import Clock
from target_stub.ledger import DuplicateKeyError, Ledger, OrderRow, RefundRow, Row, StockEventRow
from target_stub.stock import Stock

RefundKind = Literal["canceled", "refunded"]
_ITEMS: Final = msgspec.json.Decoder(list[dict[str, str | int]])


class Standing(NamedTuple):
    """An order as the books have it, and its refund if there is one."""

    order: OrderRow
    refund: RefundRow | None

    @property
    def status(self) -> str:
        """`confirmed`, `canceled` or `refunded`."""
        return "confirmed" if self.refund is None else self.refund.kind


class AlreadyRefundedError(Exception):
    """The money of the order has been given back before."""


class AfterSales:
    """Orders over one ledger, one campaign and one stock."""

    def __init__(self, *, ledger: Ledger, campaign: Campaign, stock: Stock, clock: Clock) -> None:
        self.canceled = 0
        self.refunded = 0
        self._ledger = ledger
        self._campaign = campaign
        self._stock = stock
        self._clock = clock

    async def find(self, order_id: str) -> Standing | None:
        """The order as it stands, or None when the books have none."""
        order = await self._ledger.find_order(order_id)
        return None if order is None else Standing(order, await self._ledger.find_refund(order_id))

    async def give_back(self, order: OrderRow, kind: RefundKind, idempotency_key: str) -> Standing:
        """Give the order's money back; raises AlreadyRefundedError, or LedgerUnavailableError, and then nothing was."""
        now = self._clock.unix_ns()
        canceled = kind == "canceled"
        lines = lines_of(order) if canceled else []
        card = self._campaign.card(order.card_code) if canceled and order.card_code is not None else None
        refund = RefundRow(
            refund_id=order.order_id.replace("ord_", "ref_", 1),
            order_id=order.order_id,
            kind=kind,
            amount_minor=order.amount_minor,
            discount_minor=0 if card is None else order.discount_minor,
            idempotency_key=idempotency_key,
            refunded_unix_ns=now,
        )
        rows: list[Row] = [refund]
        rows += [
            StockEventRow(line.sku, "returned", line.quantity, order.order_id, now)
            for line in self._stock.counted(lines)
        ]
        if card is not None:
            rows.append(self._campaign.event_row(card, "released", now, order.order_id))
        try:
            await self._ledger.commit(*rows)
        except DuplicateKeyError as error:
            raise AlreadyRefundedError(f"order {order.order_id} has been refunded") from error
        self._stock.give_back(lines)
        if card is not None:
            self._campaign.give_back(card.code, order.order_id)
        if canceled:
            self.canceled += 1
        else:
            self.refunded += 1
        return Standing(order, refund)


def lines_of(order: OrderRow) -> list[Line]:
    """What the order is about; the books keep the price of the whole only."""
    return [Line(str(item["sku"]), int(item["quantity"]), 0) for item in _ITEMS.decode(order.items)]
