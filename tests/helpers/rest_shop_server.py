"""The server of the worked REST adapter: baskets, lines, vouchers, orders; amounts as decimal text."""

from typing import Any

from tests.helpers.little_shop import (
    SPENT_VOUCHER,
    VOUCHER,
    VOUCHER_OFF,
    Asked,
    Basket,
    LittleShop,
    Order,
    Trouble,
    reply,
)

BUSY = Trouble(reply(429, {"code": "TOO_FAST"}, Retry_After="2"))
SOFT_BUSY = Trouble(reply(200, "<p>系统繁忙，请稍后再试。</p>"))
BROKEN = Trouble(reply(500, {"code": "OOPS"}))
LOST = Trouble(has_acted=True)
"""The shop has acted, and nobody hears of it."""


class RestServer(LittleShop):
    """A shop whose status says no."""

    def door(self, asked: Asked) -> str:
        """The name of what is asked for."""
        match asked.method, asked.path:
            case "POST", ["baskets"]:
                return "open"
            case "POST", ["baskets", _, "lines"]:
                return "line"
            case "GET", ["baskets", _]:
                return "look"
            case "POST", ["baskets", _, "vouchers"]:
                return "voucher"
            case "POST", ["orders"]:
                return "order"
            case "GET", ["orders", *_]:
                return "read"
        return "nowhere"

    def serve(self, door: str, asked: Asked) -> bytes:
        """Do it, and say so."""
        match door:
            case "open":
                return reply(201, {"id": self.open().name})
            case "line":
                is_in = self.fill(self.baskets[asked.path[1]], asked.body["sku"], asked.body["quantity"])
                return reply(201, {}) if is_in else reply(409, {"code": "NOT_ENOUGH_STOCK"})
            case "look":
                return reply(200, told_basket(self.baskets[asked.path[1]]))
            case "voucher":
                return self._voucher(self.baskets[asked.path[1]], asked.body["code"])
            case "order":
                return self._order(asked)
            case "read":
                name = {"name": asked.path[1]} if len(asked.path) > 1 else {"basket": asked.query["basket"]}
                order = self.find(**name)
                return reply(404, {"code": "NO_SUCH_ORDER"}) if order is None else reply(200, told_order(order))
        return reply(404, {})

    def _voucher(self, basket: Basket, code: str) -> bytes:
        if code == SPENT_VOUCHER:
            return reply(422, {"code": "VOUCHER_EXPIRED"})
        basket.discount = VOUCHER_OFF if code == VOUCHER else 0
        return reply(200, told_basket(basket))

    def _order(self, asked: Asked) -> bytes:
        if not self.takes_cards:
            return reply(402, {"code": "CARD_REFUSED"})
        order = self.place(self.baskets[asked.body["basket"]], asked.headers["Idempotency-Key"])
        return reply(201, {"order": {"id": order.name}})


def told_basket(basket: Basket) -> dict[str, Any]:
    """A basket as this shop tells it."""
    lines = [{"sku": sku, "quantity": quantity} for sku, quantity in basket.lines.items()]
    amounts = {"subtotal": basket.subtotal, "discount": basket.discount, "total": basket.total}
    return {"id": basket.name, "lines": lines} | {name: f"{minor / 100:.2f}" for name, minor in amounts.items()}


def told_order(order: Order, **changed: Any) -> dict[str, Any]:
    """An order as this shop tells it."""
    basket = told_basket(order.basket)
    return {"id": order.name, "state": order.state, "lines": basket["lines"], "total": basket["total"], **changed}
