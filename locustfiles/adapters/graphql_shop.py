"""A worked example: a GraphQL shop, which answers everything with 200 and says no in ``errors`` and ``userErrors``.

``errors[].extensions.code`` THROTTLED is a throttle by the generic rules, and so are busy words in an answer without data. What is
left for the adapter are the shop's own ``userErrors``.
"""

from typing import Any

from locustfiles.adapters.shop_adapter import Answer, No, Request, ShopAdapter, ShopSession, Verb, declined, degraded
from locustfiles.protocols.checkout import BasketItem, Buyer

_BASKET = "basket { id lines { sku quantity } subtotal discount total } userErrors { code message }"
CREATE = f"mutation($lines: [LineInput!]!, $email: String!) {{ done: basketCreate(lines: $lines, email: $email) {{ {_BASKET} }} }}"
VOUCHER = f"mutation($id: ID!, $code: String!) {{ done: voucherApply(basketId: $id, code: $code) {{ {_BASKET} }} }}"
PAY = (
    "mutation($id: ID!, $card: String!, $key: String!) { done: orderPlace(basketId: $id, card: $card, key: $key) "
    "{ order { id } userErrors { code message } } }"
)
READ = "query($key: String!) { order(key: $key) { id state lines { sku quantity } total } }"
NO_BY_CODE = {
    "STOCK": "out_of_stock",
    "CARD": "payment_declined",
    "VOUCHER_RULE": "bad_coupon",
    "VOUCHER_USED": "bad_coupon",
}
"""The shop's own codes of a business no."""


class GraphqlShop(ShopAdapter):
    """One request a verb; amounts are whole minor units already, and the payment's key is a variable of its mutation."""

    def create(self, items: tuple[BasketItem, ...], buyer: Buyer, key: str) -> Verb:
        """Open a basket with all lines at once."""
        lines = [{"sku": item.sku, "quantity": item.quantity} for item in items]
        answer = yield _ask(CREATE, key, lines=lines, email=buyer.email)
        return self._basket(answer)

    def apply_card(self, session: ShopSession, code: str | None, key: str) -> Verb:
        """Apply the voucher."""
        if code is None:
            return session
        answer = yield _ask(VOUCHER, key, id=session.id, code=code)
        return self._basket(answer)

    def pay(self, session: ShopSession, key: str) -> Verb:
        """Place the order."""
        answer = yield _ask(PAY, id=session.id, card=self.credential or "test-card", key=key)
        return self.session(session.id, order_id=_done(answer)["order"]["id"])

    def read_order(self, session: ShopSession, key: str) -> Verb:
        """Find the order by the payment's key, whether its answer came or not."""
        answer = yield _ask(READ, key=key)
        order = answer.json()["data"]["order"]
        if order is None:
            return self.no_order(session)
        if order["state"] != "PLACED":
            return degraded(words=order["state"])
        return self.session(session.id, order_id=order["id"], items=_lines(order), amount_minor=order["total"])

    def _basket(self, answer: Answer) -> ShopSession:
        basket = _done(answer)["basket"]
        return self.session(
            basket["id"],
            items=_lines(basket),
            price_minor=basket["subtotal"],
            discount_minor=basket["discount"],
            amount_minor=basket["total"],
        )


def _ask(query: str, header_key: str = "", **variables: object) -> Request:
    return Request("POST", "/graphql", json={"query": query, "variables": variables}, key=header_key)


def _done(answer: Answer) -> Any:
    """What the mutation gave; raises the shop's no. Without data it raises as well, and the generic rules read the answer."""
    done = answer.json()["data"]["done"]
    for error in done["userErrors"]:
        raise _no(error["code"], error["message"])
    return done


def _no(code: str, words: str) -> No:
    return declined(NO_BY_CODE[code], words) if code in NO_BY_CODE else degraded(words=f"{code} {words}")


def _lines(told: Any) -> list[tuple[object, object]]:
    return [(line["sku"], line["quantity"]) for line in told["lines"]]
