"""The server of the worked GraphQL adapter: everything is answered with 200."""

from typing import Any

from tests.helpers.little_shop import SPENT_VOUCHER, VOUCHER, VOUCHER_OFF, Asked, Basket, LittleShop, Trouble, reply

DOORS = {"basketCreate(": "open", "voucherApply(": "voucher", "orderPlace(": "order", "order(key:": "read"}


def errors(message: str, **extensions: Any) -> bytes:
    """A 200 without data."""
    return reply(200, {"data": None, "errors": [{"message": message, "extensions": extensions}]})


BUSY = Trouble(errors("Throttled", code="THROTTLED", cost={"requestedQueryCost": 10}))
SOFT_BUSY = Trouble(reply(200, {"data": {"done": None}, "errors": [{"message": "系统繁忙，请稍后再试。"}]}))
BROKEN = Trouble(errors("Something went wrong", code="INTERNAL_SERVER_ERROR"))
LOST = Trouble(has_acted=True)
"""The shop has acted, and nobody hears of it."""


class GraphqlServer(LittleShop):
    """A shop whose status never says no."""

    def door(self, asked: Asked) -> str:
        """The name of the mutation or query."""
        query = asked.body["query"] if asked.body else ""
        return next((door for mark, door in DOORS.items() if mark in query), "nowhere")

    def serve(self, door: str, asked: Asked) -> bytes:
        """Do it, and say so."""
        told = asked.body["variables"] if asked.body else {}
        match door:
            case "open":
                basket = self.open()
                is_in = all(self.fill(basket, line["sku"], line["quantity"]) for line in told["lines"])
                return done(basket=told_basket(basket)) if is_in else done("STOCK", basket=None)
            case "voucher" if told["code"] == SPENT_VOUCHER:
                return done("VOUCHER_RULE", basket=None)
            case "voucher":
                basket = self.baskets[told["id"]]
                basket.discount = VOUCHER_OFF if told["code"] == VOUCHER else 0
                return done(basket=told_basket(basket))
            case "order" if not self.takes_cards:
                return done("CARD", order=None)
            case "order":
                return done(order={"id": self.place(self.baskets[told["id"]], told["key"]).name})
            case "read":
                return reply(200, {"data": {"order": self._order(told["key"])}})
        return errors("No such field")

    def _order(self, key: str) -> dict[str, Any] | None:
        order = self.find(key=key)
        if order is None:
            return None
        basket = told_basket(order.basket)
        return {"id": order.name, "state": order.state.upper(), "lines": basket["lines"], "total": basket["total"]}


def done(code: str = "", **given: Any) -> bytes:
    """A mutation's answer, with a user error when there is a code."""
    told = [{"code": code, "message": f"Sorry: {code}"}] if code else []
    return reply(200, {"data": {"done": {**given, "userErrors": told}}})


def told_basket(basket: Basket) -> dict[str, Any]:
    """A basket as this shop tells it."""
    lines = [{"sku": sku, "quantity": quantity} for sku, quantity in basket.lines.items()]
    amounts = {"subtotal": basket.subtotal, "discount": basket.discount, "total": basket.total}
    return {"id": basket.name, "lines": lines, **amounts}
