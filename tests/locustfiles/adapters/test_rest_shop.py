"""The worked REST adapter on its server: bought, refused, throttled, and lied to."""

from pathlib import Path

import pytest

from locustfiles.adapters.rest_shop import RestShop
from locustfiles.journeys.retry import RetryPolicy
from tests.helpers.adapter_purchase import bought_at, buy, shoppers_at
from tests.helpers.little_shop import SPENT_VOUCHER, VOUCHER, Trouble, reply
from tests.helpers.rest_shop_server import BROKEN, BUSY, LOST, SOFT_BUSY, RestServer
from tests.helpers.scripted_shop import KEY


def test_bought(tmp_path: Path) -> None:
    """A purchase of several requests is confirmed by the shop's books, in their own figures."""
    shop = RestServer()
    bought = bought_at(tmp_path, shop, RestShop())
    row = bought.row

    assert (bought.end, row.last_step, row.order_id, row.session_id) == ("confirmed", "pay", "o-1", "b 1/x")
    assert (row.price_minor, row.discount_minor, row.amount_minor) == (1500, 1499, 1)
    assert (row.coupon_ok, row.correct, row.pay_sent, row.requests) == (True, True, True, 6)
    assert bought.ends == {
        "create done": 3,
        "apply_card done": 1,
        "pay done": 1,
        "read_session confirmed": 1,
        "order confirmed": 1,
    }
    assert bought.said == []


def test_headers_and_keys(tmp_path: Path) -> None:
    """The target's headers come with every request, the adapter's keys where it asks for them, and the payment has the wish's own."""
    shop = RestServer()
    with shoppers_at(tmp_path, shop, RestShop(credential="tok_1"), X_Env="staging", Authorization="Bearer k") as at:
        buy(*at)

    assert {asked.headers["X-Env"] for asked in shop.asked} == {"staging"}
    assert {asked.headers["Authorization"] for asked in shop.asked} == {"Bearer k"}
    keys = [asked.headers.get("Idempotency-Key", "") for asked in shop.asked]
    assert keys == [f"{KEY}-create", f"{KEY}-create-0", "", f"{KEY}-apply", KEY, ""]
    assert [asked.body["card"] for asked in shop.asked if asked.path == ("orders",)] == ["tok_1"]


@pytest.mark.parametrize(
    ("shop", "code", "end", "step"),
    [
        pytest.param(RestServer(stock=0), VOUCHER, "declined out_of_stock", "create", id="no stock"),
        pytest.param(RestServer(), SPENT_VOUCHER, "declined bad_coupon", "apply_card", id="a voucher against its rule"),
        pytest.param(RestServer(takes_cards=False), VOUCHER, "declined payment_declined", "pay", id="a refused card"),
    ],
)
def test_declined(tmp_path: Path, shop: RestServer, code: str, end: str, step: str) -> None:
    """The shop's own no is a correct business no, and sells nothing."""
    bought = bought_at(tmp_path, shop, RestShop(), code=code)

    assert (bought.end, bought.row.last_step, shop.orders) == (end, step, [])


def test_a_voucher_without_effect(tmp_path: Path) -> None:
    """A voucher that is taken without a word and takes nothing off is a missing coupon, and the order is sold."""
    bought = bought_at(tmp_path, RestServer(), RestShop(), code="NO-EFFECT")

    assert (bought.end, bought.row.coupon_due, bought.row.coupon_ok) == ("confirmed", True, False)


@pytest.mark.parametrize(
    ("door", "trouble", "end", "step"),
    [
        pytest.param("open", BUSY, "refused_hard rate_limited", "create", id="429 at the first request"),
        pytest.param("look", BUSY, "refused_hard rate_limited", "create", id="429 at the last of several"),
        pytest.param("open", SOFT_BUSY, "refused_soft busy_canned", "create", id="a busy page in a 200"),
        pytest.param("voucher", SOFT_BUSY, "refused_soft busy_canned", "apply_card", id="a busy page at the voucher"),
        pytest.param("order", BUSY, "refused_hard rate_limited", "pay", id="429 at the payment"),
        pytest.param("order", SOFT_BUSY, "refused_soft busy_canned", "pay", id="a busy page at the payment"),
        pytest.param("look", BROKEN, "shed server_error", "create", id="a broken shop"),
        pytest.param("look", Trouble(), "shed connection_lost", "create", id="a dead line"),
    ],
)
def test_throttled(tmp_path: Path, door: str, trouble: Trouble, end: str, step: str) -> None:
    """A shop that turns shoppers away is refused by the generic rules, and nobody has bought."""
    shop = RestServer(trouble={door: [trouble] * 10})
    bought = bought_at(tmp_path, shop, RestShop())

    assert (bought.end, bought.row.last_step, shop.orders) == (end, step, [])


@pytest.mark.parametrize(
    ("door", "trouble", "policy", "pauses"),
    [
        pytest.param("look", BUSY, RetryPolicy.OBEY, [2], id="who obeys waits the throttle's own two seconds"),
        pytest.param("order", BUSY, RetryPolicy.OBEY, [2], id="the same at the payment"),
        pytest.param("look", SOFT_BUSY, RetryPolicy.SDK, [0], id="an SDK waits half a second after a busy page"),
    ],
)
def test_a_refused_request_alone_is_repeated(
    tmp_path: Path, door: str, trouble: Trouble, policy: RetryPolicy, pauses: list[int]
) -> None:
    """Who waits and comes again repeats the one request that was refused, and opens no second basket."""
    shop = RestServer(trouble={door: [trouble]})
    bought = bought_at(tmp_path, shop, RestShop(), policy)

    assert bought.end == "confirmed"
    assert len(shop.baskets) == len(shop.orders) == 1
    assert (bought.row.requests, [round(pause) for pause in bought.pauses]) == (7, pauses)


@pytest.mark.parametrize(
    ("troubles", "end", "payments", "orders"),
    [
        pytest.param([LOST], "confirmed", 1, 1, id="the answer was lost, and the books have the order"),
        pytest.param([BROKEN], "confirmed", 2, 1, id="a 500, no order: the same payment once more"),
        pytest.param([BROKEN, BROKEN], "unknown server_error", 2, 0, id="a 500 twice stays in doubt"),
        pytest.param([Trouble(), Trouble()], "unknown connection_lost", 2, 0, id="a dead line twice"),
        pytest.param([BROKEN, BUSY], "unknown rate_limited", 2, 0, id="a doubt is not settled by a refusal"),
        pytest.param([Trouble(reply(409, {"code": "IN_FLIGHT"}), True)], "confirmed", 1, 1, id="a 409 is looked up"),
        pytest.param([Trouble(reply(200, {"thanks": 1}), True)], "confirmed", 1, 1, id="a 200 that nobody can read"),
        pytest.param([Trouble(reply(200, SOFT_BUSY.answer.decode()), True)], "confirmed", 1, 1, id="busy, yet sold"),
    ],
)
def test_a_payment_in_doubt(tmp_path: Path, troubles: list[Trouble], end: str, payments: int, orders: int) -> None:
    """A payment whose end is not known is read back, and is never made under another key."""
    shop = RestServer(trouble={"order": list(troubles)})
    bought = bought_at(tmp_path, shop, RestShop())
    paid = [asked for asked in shop.asked if asked.method == "POST" and asked.path == ("orders",)]

    assert (bought.end, bought.row.last_step, len(paid), len(shop.orders)) == (end, "pay", payments, orders)
    assert len({str(asked) for asked in paid}) == 1
    assert {asked.headers["Idempotency-Key"] for asked in paid} == {KEY}


def told(**changed: object) -> bytes:
    """The order of the books, changed."""
    order = {"id": "o-1", "state": "placed", "lines": [{"sku": "milk-tea", "quantity": 1}], "total": "0.01"}
    return reply(200, {**order, **changed})


@pytest.mark.parametrize(
    ("order", "read", "end"),
    [
        pytest.param(
            Trouble(reply(201, {"order": {"id": "o-9"}})), None, "unknown no_progress", id="an id that leads nowhere"
        ),
        pytest.param(None, told(id="o-2"), "unknown wrong_answer", id="another order's id"),
        pytest.param(None, told(lines=[{"sku": "coffee", "quantity": 1}]), "unknown wrong_answer", id="another basket"),
        pytest.param(None, told(lines=[{"sku": "milk-tea", "quantity": 2}]), "unknown wrong_answer", id="too many"),
        pytest.param(None, told(total="9.99"), "unknown wrong_answer", id="another amount"),
        pytest.param(None, told(state="paying"), "unknown no_progress", id="paid without an end"),
        pytest.param(None, told(state="burnt"), "unknown no_progress", id="a state of no order"),
        pytest.param(None, reply(200, []), "unknown protocol_fault", id="books that nobody can read"),
        pytest.param(None, BROKEN.answer, "unknown server_error", id="broken books"),
        pytest.param(None, BUSY.answer, "unknown rate_limited", id="books that are too busy"),
    ],
)
def test_a_200_is_not_yet_an_order(tmp_path: Path, order: Trouble | None, read: bytes | None, end: str) -> None:
    """What paying promised and the books do not confirm is unknown, never confirmed."""
    trouble = {"order": [order] if order else [], "read": [Trouble(read)] * 10 if read else []}
    shop = RestServer(trouble=trouble)
    bought = bought_at(tmp_path, shop, RestShop())

    assert (bought.end, bought.row.last_step) == (end, "pay")
    assert "order confirmed" not in bought.ends
    assert "read_session confirmed" not in bought.ends


def test_books_that_lag(tmp_path: Path) -> None:
    """An order that is in the books a little later is confirmed, after a pause and without a second payment."""
    shop = RestServer(trouble={"read": [Trouble(reply(404, {})), Trouble(told(state="paying"))]})
    bought = bought_at(tmp_path, shop, RestShop())

    assert (bought.end, bought.pauses) == ("confirmed", [0.5, 0.5])
    assert sum(asked.method == "POST" and asked.path == ("orders",) for asked in shop.asked) == 1
