"""A journey that buys without asking, and cards from three sources."""

import json
from pathlib import Path

import pytest

from locustfiles.arrivals.arrival import Arrival
from locustfiles.journeys.checkout_only import checkout_only
from locustfiles.journeys.storefront import NoDoorError
from tests.helpers.acp_replies import READY
from tests.helpers.scripted_shop import ARRIVAL, CARD, CREATED, PAID, PROMPT, Answer, json_answer, scripted_shop

PLAIN = json_answer(200, {**READY, "discounts": {"codes": [], "applied": []}, "totals": []})
BOUGHT = json_answer(200, {**READY, "status": "completed", "order": {"id": "ord_1"}})


def test_with_a_claimed_card(tmp_path: Path) -> None:
    """The purchase begins with the session for the prompt's own basket."""
    shop = scripted_shop(tmp_path, (CREATED, CARD, json_answer(200, READY), PAID))
    checkout_only(shop.store, PROMPT, ARRIVAL)
    (row,) = shop.cut().purchases

    assert [request.split(b" ")[1] for request in shop.wire.requests] == [
        *(b"/checkout_sessions", b"/campaign/cards", b"/checkout_sessions/cs_1", b"/checkout_sessions/cs_1/complete"),
    ]
    assert (row.outcome, row.prompts, row.coupon_due) == ("confirmed", 0, True)


@pytest.mark.parametrize("index", [0, 1, 2, 7])
def test_with_codes(tmp_path: Path, index: int) -> None:
    """Wish i applies code i modulo their number, sends no claim, and the discount is due."""
    shop = scripted_shop(tmp_path, (CREATED, json_answer(200, READY), PAID))
    shop.store.campaign, shop.store.codes = None, ("TEN", "TWENTY", "FREE")
    checkout_only(shop.store, PROMPT, Arrival(index, 0))
    (row,) = shop.cut().purchases
    code = ("TEN", "TWENTY", "FREE")[index % 3]

    assert json.loads(shop.wire.requests[1].partition(b"\r\n\r\n")[2])["discounts"] == {"codes": [code]}
    assert (row.outcome, row.card_code, row.coupon_due, row.requests) == ("confirmed", code, True, 3)


def test_without_cards(tmp_path: Path) -> None:
    """Where the target gives no cards none is sent or missed, and nothing is due."""
    shop = scripted_shop(tmp_path, (CREATED, PLAIN, BOUGHT))
    shop.store.campaign = None
    checkout_only(shop.store, PROMPT, ARRIVAL)
    batch = shop.cut()

    assert "discounts" not in json.loads(shop.wire.requests[1].partition(b"\r\n\r\n")[2])
    assert (batch.purchases[0].outcome, batch.purchases[0].coupon_due, batch.purchases[0].coupon_ok) == (
        *("confirmed", False, True),
    )
    assert {row.reason for row in batch.outcomes} == {""}


def test_a_door_that_is_not_there(tmp_path: Path) -> None:
    """A journey that asks for a door which the target does not have is told which table to write."""
    shop = scripted_shop(tmp_path, (Answer(),))
    shop.store.till, shop.store.chat = None, None
    wish = shop.store.write_ahead(PROMPT, ARRIVAL)

    with pytest.raises(NoDoorError, match=r"give it a \[checkout\] table"):
        shop.store.open_checkout(wish, PROMPT.items)
    with pytest.raises(NoDoorError, match=r"give it a \[chat\] table"):
        shop.store.ask(wish)
