"""GET /orders/{id}: what the books say of an order."""

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
            "currency": "CNY",
            "items": [{"sku": "taro-milk-tea", "quantity": 2}],
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
