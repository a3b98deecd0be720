"""What a canceled order leaves in the books, for this process and the next."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.helpers.clocks import VirtualClock
from tests.helpers.shops import ShopClient, with_shop


@pytest.mark.parametrize(("verb", "left"), [("cancel", 2), ("refund", 1)])
def test_units_of_a_canceled_order_are_sold_again(tmp_path: Path, verb: str, left: int) -> None:
    """A cancelation puts the units back on the shelf, a refund does not; the next process knows it from the books."""
    path = tmp_path / "ledger.sqlite"

    async def story(shopper: ShopClient, _clock: VirtualClock) -> None:
        order_id = (await shopper.complete(await shopper.ready("eggs-30"))).body["order"]["id"]
        assert shopper.counters()["units_left"] == 1
        await shopper.post(f"/orders/{order_id}/{verb}")
        assert shopper.counters()["units_left"] == left

    async def later(shopper: ShopClient, _clock: VirtualClock) -> None:
        assert shopper.counters()["units_left"] == left

    with_shop(story, path, supply={"eggs-30": 2})
    with_shop(later, path, clock=VirtualClock(unix_ns=1_770_000_100_000_000_000), supply={"eggs-30": 50})

    returned = [("returned", 1)] if verb == "cancel" else []
    with closing(sqlite3.connect(path)) as books:
        events = books.execute("SELECT event, quantity FROM stock_events ORDER BY seq").fetchall()
    assert events == [("supplied", 2), ("sold", 1), *returned]


def test_the_card_of_a_canceled_order_is_known_to_the_next_process(tmp_path: Path) -> None:
    """A card that came back can be spent after a restart, and the budget counts it once."""
    path = tmp_path / "ledger.sqlite"

    async def story(shopper: ShopClient, _clock: VirtualClock) -> None:
        code = await shopper.claimed_code()
        order_id = (await shopper.complete(await shopper.ready("lemon-tea", codes=(code,)))).body["order"]["id"]
        await shopper.post(f"/orders/{order_id}/cancel")
        await shopper.complete(await shopper.ready("lemon-tea", codes=(code,)))

    async def later(shopper: ShopClient, _clock: VirtualClock) -> None:
        budget = (await shopper.get("/campaign")).body["budget"]
        (card,) = (await shopper.get("/campaign/cards?user_id=u1")).body["cards"]
        assert (card["state"], card["amount_used"]) == ("used", 1699)
        assert (budget["spent"], budget["reserved"]) == (1699, 801)
        await shopper.post(f"/orders/{card['order_id']}/cancel")
        assert (await shopper.get("/campaign")).body["budget"]["reserved"] == 2500

    with_shop(story, path)
    with_shop(later, path, clock=VirtualClock(unix_ns=1_770_000_100_000_000_000))
