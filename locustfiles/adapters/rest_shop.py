"""A worked example: a REST shop with baskets, vouchers and orders, whose amounts are decimal text.

    POST /baskets {}                                   201 {"id"}
    POST /baskets/{id}/lines {"sku", "quantity"}       201 | 409 {"code": "NOT_ENOUGH_STOCK"}
    GET  /baskets/{id}                                 200 {"id", "lines", "subtotal", "discount", "total"}
    POST /baskets/{id}/vouchers {"code"}               200 the basket | 422 {"code": "VOUCHER_EXPIRED" ...}
    POST /orders {"basket", "card"} Idempotency-Key    201 {"order": {"id"}} | 402 {"code": "CARD_REFUSED"}
    GET  /orders/{id}, GET /orders?basket={id}         200 {"id", "state", "lines", "total"} | 404

Busy: 429 with Retry-After, which no adapter has to look for.
"""

from typing import Any
from urllib.parse import quote

from locustfiles.adapters.shop_adapter import (
    Answer,
    Request,
    ShopAdapter,
    ShopSession,
    Verb,
    declined,
    degraded,
    minor_units,
)
from locustfiles.protocols.checkout import BasketItem, Buyer

_CONFLICT, _NOT_FOUND, _UNPROCESSABLE, _PAYMENT_REQUIRED = 409, 404, 422, 402


class RestShop(ShopAdapter):
    """Several requests to fill a basket, one for a voucher, one to order."""

    def create(self, items: tuple[BasketItem, ...], buyer: Buyer, key: str) -> Verb:
        """Open a basket, put each product in, and look at what it costs."""
        opened = yield Request("POST", "/baskets", json={"email": buyer.email, "currency": self.currency}, key=key)
        basket = _path(opened.json()["id"])
        for number, item in enumerate(items):
            line = {"sku": item.sku, "quantity": item.quantity}
            answer = yield Request("POST", f"/baskets/{basket}/lines", json=line, key=f"{key}-{number}")
            if answer.status == _CONFLICT:
                return declined("out_of_stock", answer.json()["code"])
        shown = yield Request("GET", f"/baskets/{basket}")
        return self._basket(shown)

    def apply_card(self, session: ShopSession, code: str | None, key: str) -> Verb:
        """Hand the voucher in; this shop delivers in one way only."""
        if code is None:
            return session
        answer = yield Request("POST", f"/baskets/{_path(session.id)}/vouchers", json={"code": code}, key=key)
        if answer.status == _UNPROCESSABLE:
            return declined("bad_coupon", answer.json()["code"])
        return self._basket(answer)

    def pay(self, session: ShopSession, key: str) -> Verb:
        """Order the basket under the wish's key."""
        body = {"basket": session.id, "card": self.credential or "test-card"}
        answer = yield Request("POST", "/orders", json=body, key=key)
        if answer.status == _PAYMENT_REQUIRED:
            return declined("payment_declined", answer.json()["code"])
        return self.session(session.id, order_id=answer.json()["order"]["id"])

    def read_order(self, session: ShopSession, key: str) -> Verb:  # noqa: ARG002 - this shop finds an order by its basket
        """Read the order by its id, or by its basket when the payment's answer was lost."""
        by_id = f"/orders/{_path(session.order_id)}" if session.order_id else f"/orders?basket={_path(session.id)}"
        answer = yield Request("GET", by_id)
        if answer.status == _NOT_FOUND:
            return self.no_order(session)
        told = answer.json()
        if told["state"] == "paying":
            return self.pending(session)
        if told["state"] != "placed":
            return degraded(words=told["state"])
        return self.session(
            session.id, order_id=told["id"], items=_lines(told), amount_minor=minor_units(told["total"])
        )

    def _basket(self, answer: Answer) -> ShopSession:
        told = answer.json()
        return self.session(
            told["id"],
            items=_lines(told),
            price_minor=minor_units(told["subtotal"]),
            discount_minor=minor_units(told["discount"]),
            amount_minor=minor_units(told["total"]),
        )


def _lines(told: Any) -> list[tuple[object, object]]:
    return [(line["sku"], line["quantity"]) for line in told["lines"]]


def _path(name: object) -> str:
    """An id of the shop's as one segment of a path, whatever it holds."""
    return quote(str(name), safe="")
