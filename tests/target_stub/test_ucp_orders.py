"""An order of the books as UCP tells it."""

import msgspec

from target_stub.catalogue import CATALOGUE
from target_stub.ledger import OrderRow
from target_stub.ucp_orders import order_body

ROW = OrderRow(
    order_id="ord_1",
    idempotency_key="k",
    session_id="chk_1",
    user_id="u1",
    items='[{"sku":"lemon-tea","quantity":2}]',
    currency="CNY",
    price_minor=2800,
    fulfillment_minor=300,
    discount_minor=2500,
    amount_minor=600,
    card_code="F1",
    committed_unix_ns=0,
)
TOLD = (
    b'{"ucp":{"version":"2026-04-08","status":"success","capabilities":{"dev.ucp.shopping.order":[{"version":"2026-04-08"}]}},'
    b'"id":"ord_1","checkout_id":"chk_1","permalink_url":"http://shop.test/orders/ord_1","currency":"CNY","line_items":['
    b'{"id":"li_lemon-tea","item":{"id":"lemon-tea","title":"hand-pounded lemon tea","price":1400},'
    b'"quantity":{"original":2,"total":2,"fulfilled":0},"totals":[{"type":"subtotal","amount":2800},'
    b'{"type":"total","amount":2800}],"status":"processing"}],"fulfillment":{"events":[]},'
    b'"totals":[{"type":"subtotal","amount":2800},{"type":"fulfillment","amount":300,"display_text":"Delivery"},'
    b'{"type":"discount","amount":-2500,"display_text":"Spring card"},{"type":"total","amount":600}]}'
)


def test_an_order_is_told_in_these_bytes() -> None:
    """Lines, bill and checkout of the books, nothing delivered yet."""
    assert order_body(ROW, CATALOGUE, "http://shop.test") == TOLD


def test_an_order_without_a_card_has_no_discount() -> None:
    """A discount of nothing is no line: the version wants it below zero."""
    body = msgspec.json.decode(order_body(ROW._replace(discount_minor=0, amount_minor=3100), CATALOGUE, "http://s"))
    assert [one["type"] for one in body["totals"]] == ["subtotal", "fulfillment", "total"]
