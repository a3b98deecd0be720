"""The worked GraphQL adapter on its server, which answers everything with 200: bought, refused, throttled, and lied to."""

from pathlib import Path
from typing import Any

import pytest

from locustfiles.adapters.graphql_shop import GraphqlShop
from locustfiles.journeys.retry import RetryPolicy
from tests.helpers.adapter_purchase import bought_at
from tests.helpers.graphql_shop_server import BROKEN, BUSY, LOST, SOFT_BUSY, GraphqlServer, done
from tests.helpers.little_shop import SPENT_VOUCHER, VOUCHER, Trouble, reply
from tests.helpers.scripted_shop import KEY


def test_bought(tmp_path: Path) -> None:
    """A purchase is confirmed by the shop's books, in their own figures."""
    shop = GraphqlServer()
    bought = bought_at(tmp_path, shop, GraphqlShop())
    row = bought.row

    assert (bought.end, row.last_step, row.order_id, row.session_id) == ("confirmed", "pay", "o-1", "b 1/x")
    assert (row.price_minor, row.discount_minor, row.amount_minor, row.coupon_ok) == (1500, 1499, 1, True)
    assert bought.ends == {
        "create done": 1,
        "apply_card done": 1,
        "pay done": 1,
        "read_session confirmed": 1,
        "order confirmed": 1,
    }
    assert [order.key for order in shop.orders] == [KEY]


@pytest.mark.parametrize(
    ("shop", "code", "end", "step"),
    [
        pytest.param(GraphqlServer(stock=0), VOUCHER, "declined out_of_stock", "create", id="no stock"),
        pytest.param(
            GraphqlServer(), SPENT_VOUCHER, "declined bad_coupon", "apply_card", id="against a voucher's rule"
        ),
        pytest.param(
            GraphqlServer(takes_cards=False), VOUCHER, "declined payment_declined", "pay", id="a refused card"
        ),
    ],
)
def test_declined(tmp_path: Path, shop: GraphqlServer, code: str, end: str, step: str) -> None:
    """The shop's own no in a 200 is a correct business no, and sells nothing."""
    bought = bought_at(tmp_path, shop, GraphqlShop(), code=code)

    assert (bought.end, bought.row.last_step, shop.orders) == (end, step, [])


@pytest.mark.parametrize(
    ("door", "trouble", "end", "step"),
    [
        pytest.param("open", BUSY, "refused_hard rate_limited", "create", id="THROTTLED at the basket"),
        pytest.param("order", BUSY, "refused_hard rate_limited", "pay", id="THROTTLED at the payment"),
        pytest.param("open", SOFT_BUSY, "refused_soft busy_canned", "create", id="busy words without data"),
        pytest.param("order", SOFT_BUSY, "refused_soft busy_canned", "pay", id="busy words at the payment, no order"),
        pytest.param(
            "open",
            Trouble(done("QUEUE", basket=None)),
            "degraded no_progress",
            "create",
            id="a user error that the adapter does not know",
        ),
        pytest.param("open", BROKEN, "degraded protocol_fault", "create", id="an error that nobody knows"),
        pytest.param("order", BROKEN, "unknown protocol_fault", "pay", id="the same at the payment, twice"),
    ],
)
def test_a_no_in_a_200(tmp_path: Path, door: str, trouble: Trouble, end: str, step: str) -> None:
    """The generic rules find the throttle in a 200, and the words in an answer that brings nothing; nobody has bought."""
    shop = GraphqlServer(trouble={door: [trouble] * 2})
    bought = bought_at(tmp_path, shop, GraphqlShop())

    assert (bought.end, bought.row.last_step, shop.orders) == (end, step, [])


def test_throttled_for_a_while(tmp_path: Path) -> None:
    """Who comes again after a throttle in a 200 buys, by the same request."""
    shop = GraphqlServer(trouble={"open": [BUSY], "order": [BUSY, BUSY]})
    bought = bought_at(tmp_path, shop, GraphqlShop(), RetryPolicy.HAMMER)

    assert bought.end == "confirmed"
    assert len(shop.baskets) == len(shop.orders) == 1
    assert bought.ends["pay refused_hard"] == 2


@pytest.mark.parametrize(
    ("troubles", "end", "payments", "orders"),
    [
        pytest.param([LOST], "confirmed", 1, 1, id="the answer was lost, and the books have the order"),
        pytest.param([BROKEN], "confirmed", 2, 1, id="an error, no order: the same payment once more"),
        pytest.param([Trouble(SOFT_BUSY.answer, True)], "confirmed", 1, 1, id="busy, yet sold"),
        pytest.param([Trouble(done(order=None), True)], "confirmed", 1, 1, id="no order and no error, yet sold"),
    ],
)
def test_a_payment_in_doubt(tmp_path: Path, troubles: list[Trouble], end: str, payments: int, orders: int) -> None:
    """A payment whose end is not known is read back; its key is in the mutation, so that it can be repeated under it."""
    shop = GraphqlServer(trouble={"order": list(troubles)})
    bought = bought_at(tmp_path, shop, GraphqlShop())
    paid = [asked.body for asked in shop.asked if "orderPlace(" in asked.body["query"]]

    assert (bought.end, len(paid), len(shop.orders)) == (end, payments, orders)
    assert {body["variables"]["key"] for body in paid} == {KEY}


def told(**changed: Any) -> bytes:
    """The order of the books, changed."""
    order = {"id": "o-1", "state": "PLACED", "lines": [{"sku": "milk-tea", "quantity": 1}], "total": 1, **changed}
    return reply(200, {"data": {"order": order}})


@pytest.mark.parametrize(
    ("read", "end"),
    [
        pytest.param(reply(200, {"data": {"order": None}}), "unknown no_progress", id="an id that leads nowhere"),
        pytest.param(told(id="o-2"), "unknown wrong_answer", id="another order's id"),
        pytest.param(told(lines=[{"sku": "coffee", "quantity": 1}]), "unknown wrong_answer", id="another basket"),
        pytest.param(told(total=2), "unknown wrong_answer", id="another amount"),
        pytest.param(told(total="1"), "unknown protocol_fault", id="an amount that is none"),
        pytest.param(told(state="FAILED"), "unknown no_progress", id="a state of no order"),
        pytest.param(BUSY.answer, "unknown rate_limited", id="books that are too busy"),
    ],
)
def test_a_200_is_not_yet_an_order(tmp_path: Path, read: bytes, end: str) -> None:
    """What paying promised and the books do not confirm is unknown, never confirmed."""
    shop = GraphqlServer(trouble={"read": [Trouble(read)] * 10})
    bought = bought_at(tmp_path, shop, GraphqlShop())

    assert (bought.end, bought.row.last_step) == (end, "pay")
    assert "order confirmed" not in bought.ends
