"""What the books say of an order, and how its money comes back."""

import asyncio
import contextlib
import sqlite3
from pathlib import Path

import pytest

from tests.helpers.clocks import VirtualClock
from tests.helpers.shops import ShopClient, with_shop


def test_an_order_is_told_as_the_books_have_it() -> None:
    """The order of a purchase is read back with its session, its items and its bill."""

    async def story(shopper: ShopClient, _clock: VirtualClock) -> None:
        session_id = await shopper.ready("taro-milk-tea", "taro-milk-tea", codes=(await shopper.claimed_code(),))
        order = (await shopper.complete(session_id)).body["order"]
        answer = await shopper.get(f"/orders/{order['id']}")

        assert order["permalink_url"] == f"http://127.0.0.1:8000/orders/{order['id']}"
        assert answer.body == {
            "type": "order",
            "id": order["id"],
            "checkout_session_id": session_id,
            "permalink_url": order["permalink_url"],
            "status": "confirmed",
            "line_items": [
                {
                    "id": "li_1",
                    "title": "taro milk tea",
                    "product_id": "taro-milk-tea",
                    "description": "sold by Lakeside Tea House",
                    "quantity": {"ordered": 2, "current": 2},
                    "unit_price": 1800,
                    "subtotal": 3600,
                }
            ],
            "totals": [
                {"type": "subtotal", "display_text": "Subtotal", "amount": 3600},
                {"type": "fulfillment", "display_text": "Delivery", "amount": 300},
                {"type": "discount", "display_text": "Discount", "amount": 2500},
                {"type": "total", "display_text": "Total", "amount": 1400},
            ],
        }

    with_shop(story)


def test_an_order_that_is_not_in_the_books_is_not_found() -> None:
    """An unknown id answers 404 with a flat error."""

    async def story(shopper: ShopClient, _clock: VirtualClock) -> None:
        answer = await shopper.get("/orders/ord_0")

        assert (answer.status, answer.body["code"]) == (404, "not_found")

    with_shop(story)


@pytest.mark.parametrize(
    ("verb", "status", "current", "kind"),
    [("cancel", "canceled", 0, "cancellation"), ("refund", "refunded", 1, "refund")],
)
def test_money_comes_back_once(verb: str, status: str, current: int, kind: str) -> None:
    """An order is canceled or refunded in full, the same request repeats the reply, and any further one is refused."""

    async def story(shopper: ShopClient, _clock: VirtualClock) -> None:
        order_id = (await shopper.complete(await shopper.ready("eggs-30"))).body["order"]["id"]
        answer = await shopper.post(f"/orders/{order_id}/{verb}", {"reason": "changed my mind"}, idempotency_key="k")
        assert (answer.status, answer.body["status"]) == (200, status)
        assert answer.body["totals"][-1] == {"type": "amount_refunded", "display_text": "Refunded", "amount": 3080}
        assert answer.body["line_items"][0]["quantity"] == {"ordered": 1, "current": current}
        assert [(one["type"], one["amount"]) for one in answer.body["adjustments"]] == [(kind, 3080)]
        again = await shopper.post(f"/orders/{order_id}/{verb}", {"reason": "changed my mind"}, idempotency_key="k")
        assert (again.body, again.headers["idempotent-replayed"]) == (answer.body, "true")
        for other in ("cancel", "refund"):
            refused = await shopper.post(f"/orders/{order_id}/{other}")
            assert (refused.status, refused.body["code"]) == (405, "order_not_modifiable")
        assert (await shopper.get(f"/orders/{order_id}")).body == answer.body

    with_shop(story)


def test_two_cancelations_at_once_give_the_money_back_once() -> None:
    """Of requests that run side by side under keys of their own, one is done and the others are refused."""

    async def story(shopper: ShopClient, _clock: VirtualClock) -> None:
        order_id = (await shopper.complete(await shopper.ready("eggs-30"))).body["order"]["id"]
        answers = await asyncio.gather(*(shopper.post(f"/orders/{order_id}/cancel") for _ in range(4)))

        assert sorted(answer.status for answer in answers) == [200, 405, 405, 405]
        assert shopper.counters()["orders_canceled"] == 1

    with_shop(story)


@pytest.mark.parametrize(("verb", "state"), [("cancel", "issued"), ("refund", "used")])
def test_a_canceled_order_gives_its_card_back_and_a_refunded_one_does_not(verb: str, state: str) -> None:
    """Nothing was bought with the card of a canceled order; whoever keeps the goods has spent it."""

    async def story(shopper: ShopClient, _clock: VirtualClock) -> None:
        code = await shopper.claimed_code()
        order_id = (await shopper.complete(await shopper.ready("eggs-30", codes=(code,)))).body["order"]["id"]
        await shopper.post(f"/orders/{order_id}/{verb}")
        card = (await shopper.get(f"/campaign/cards/card_{code}")).body["card"]
        budget = (await shopper.get("/campaign")).body["budget"]

        assert card["state"] == state
        assert budget["spent"] == card["amount_used"]
        assert budget["spent"] + budget["reserved"] == 2500
        again = await shopper.ready("eggs-30", codes=(code,)) if state == "issued" else None
        if again:
            assert (await shopper.complete(again)).body["totals"][-1]["amount"] == 580

    with_shop(story)


def test_a_wrong_request_gives_nothing_back() -> None:
    """An unknown order answers 404, a body with an unknown member 400."""

    async def story(shopper: ShopClient, _clock: VirtualClock) -> None:
        unknown = await shopper.post("/orders/ord_0/cancel")
        wrong = await shopper.post("/orders/ord_0/refund", {"amount": 1})

        assert (unknown.status, unknown.body["code"]) == (404, "not_found")
        assert (wrong.status, wrong.body["code"]) == (400, "invalid_body")

    with_shop(story)


def test_books_that_cannot_be_read_are_a_503(tmp_path: Path) -> None:
    """When the database fails at a question, the answer says so and when to ask again."""
    ledger = tmp_path / "ledger.sqlite"

    async def story(shopper: ShopClient, _clock: VirtualClock) -> None:
        with contextlib.closing(sqlite3.connect(ledger)) as vandal:
            vandal.execute("DROP TABLE orders")
        answer = await shopper.get("/orders/ord_1")

        assert (answer.status, answer.body["code"], answer.headers["retry-after"]) == (503, "service_unavailable", "1")
        assert "no such table" in answer.body["message"]

    with_shop(story, ledger)
