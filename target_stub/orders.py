"""GET /orders/{id}: an order as the books have it, so that a client can ask what became of its payment."""

import msgspec

from target_stub.api_door import ApiDoor, base_url
from target_stub.ledger import Ledger
from target_stub.protocol_error import ProtocolError
from target_stub.web import Reply, Request, Route, json_reply


class OrdersDoor:
    """The route of the orders; reads what is committed, never what is under way."""

    def __init__(self, ledger: Ledger, door: ApiDoor) -> None:
        self._ledger = ledger
        self._door = door

    def routes(self) -> list[Route]:
        """One order by its id."""
        return [Route("GET", "/orders/{id}", self._door.reading(self.get))]

    async def get(self, request: Request) -> Reply:
        """The order, 200, or 404 when the books have none; amounts in minor units, every one positive."""
        row = await self._ledger.find_order(request.path_params["id"])
        if row is None:
            raise ProtocolError(404, "not_found", "the books have no such order")
        order = {
            "type": "order",
            "id": row.order_id,
            "checkout_session_id": row.session_id,
            "permalink_url": f"{base_url(request)}/orders/{row.order_id}",
            "status": "confirmed",
            "currency": row.currency,
            "items": msgspec.Raw(row.items.encode()),
            "totals": [
                {"type": "subtotal", "display_text": "Subtotal", "amount": row.price_minor},
                {"type": "fulfillment", "display_text": "Delivery", "amount": row.fulfillment_minor},
                {"type": "discount", "display_text": "Discount", "amount": row.discount_minor},
                {"type": "total", "display_text": "Total", "amount": row.amount_minor},
            ],
        }
        return json_reply(200, order)
