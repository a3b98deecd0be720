"""Orders: what became of one, and its after-sales: cancel it, or have its money back.

The path is ours, the order is the protocol's (ACP 2026-04-17, object Order): a refund shows as an adjustment and as
`amount_refunded`. Errors flat and keys as everywhere else (protocols.md 2.4 and 2.5).
"""

from typing import Final

import msgspec

from target_stub.acp_replies import CURRENCY
from target_stub.after_sales import AfterSales, AlreadyRefundedError, RefundKind, Standing, lines_of
from target_stub.api_door import ApiDoor, base_url
from target_stub.catalogue import CATALOGUE
from target_stub.instants import rfc3339
from target_stub.protocol_error import ProtocolError
from target_stub.web import Reply, Request, Route, json_reply


class AfterSalesRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """POST /orders/{id}/cancel and /refund; the body may be left out."""

    reason: str = ""


_ASKED: Final = msgspec.json.Decoder(AfterSalesRequest)


class OrdersDoor:
    """The routes of the orders; reads what is committed, never what is under way."""

    def __init__(self, after_sales: AfterSales, door: ApiDoor) -> None:
        self._after_sales = after_sales
        self._door = door

    def routes(self) -> list[Route]:
        """One order by its id, and the two ways of giving its money back."""
        write = self._door.writing
        return [
            Route("GET", "/orders/{id}", self._door.reading(self.get)),
            Route("POST", "/orders/{id}/cancel", write(self.cancel)),
            Route("POST", "/orders/{id}/refund", write(self.refund)),
        ]

    async def get(self, request: Request) -> Reply:
        """The order, 200, or 404 when the books have none; amounts in minor units, every one positive."""
        return json_reply(200, order_view(await self._found(request), base_url(request)))

    async def cancel(self, request: Request) -> Reply:
        """Undo the order: 200 and the order with its refund."""
        return await self._give_back(request, "canceled")

    async def refund(self, request: Request) -> Reply:
        """Give the money back and leave the goods: 200 and the order with its refund."""
        return await self._give_back(request, "refunded")

    async def _give_back(self, request: Request, kind: RefundKind) -> Reply:
        if request.body:
            try:
                _ASKED.decode(request.body)
            except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
                raise ProtocolError(400, "invalid_body", str(error)[:300]) from error
        standing = await self._found(request)
        try:
            if standing.refund is not None:
                raise AlreadyRefundedError(f"the order is {standing.status}")
            standing = await self._after_sales.give_back(standing.order, kind, request.headers["idempotency-key"])
        except AlreadyRefundedError as error:
            raise ProtocolError(405, "order_not_modifiable", str(error)) from error
        return json_reply(200, order_view(standing, base_url(request)))

    async def _found(self, request: Request) -> Standing:
        standing = await self._after_sales.find(request.path_params["id"])
        if standing is None:
            raise ProtocolError(404, "not_found", "the books have no such order")
        return standing


def order_view(standing: Standing, shop_url: str) -> dict[str, object]:
    """The order as the protocol writes it."""
    order, refund = standing
    canceled = standing.status == "canceled"
    totals = [
        ("subtotal", "Subtotal", order.price_minor),
        ("fulfillment", "Delivery", order.fulfillment_minor),
        ("discount", "Discount", order.discount_minor),
        ("total", "Total", order.amount_minor),
    ]
    view: dict[str, object] = {
        "type": "order",
        "id": order.order_id,
        "checkout_session_id": order.session_id,
        "permalink_url": f"{shop_url}/orders/{order.order_id}",
        "status": standing.status,
        "line_items": [
            {
                "id": f"li_{place}",
                "title": CATALOGUE[line.sku].en,
                "product_id": line.sku,
                "description": f"sold by {CATALOGUE[line.sku].merchant}",
                "quantity": {"ordered": line.quantity, "current": 0 if canceled else line.quantity},
                "unit_price": CATALOGUE[line.sku].price_minor,
                "subtotal": CATALOGUE[line.sku].price_minor * line.quantity,
            }
            for place, line in enumerate(lines_of(order), start=1)
        ],
    }
    if refund is not None:
        totals.append(("amount_refunded", "Refunded", refund.amount_minor))
        view["adjustments"] = [
            {
                "id": refund.refund_id,
                "type": "cancellation" if canceled else "refund",
                "occurred_at": rfc3339(refund.refunded_unix_ns),
                "status": "completed",
                "amount": refund.amount_minor,
                "currency": CURRENCY,
            }
        ]
    view["totals"] = [{"type": kind, "display_text": text, "amount": amount} for kind, text, amount in totals]
    return view
