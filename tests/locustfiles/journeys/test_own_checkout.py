"""The storefront's verbs bound to a wish of one's own journey."""

from pathlib import Path

from locustfiles.journeys.own_checkout import Checkout
from locustfiles.journeys.own_wish import OwnWish
from tests.helpers.scripted_shop import (
    ARRIVAL,
    CALL,
    GOOD,
    HAS_CARD,
    PROMPT,
    REFUSED_HARD,
    Answer,
    ScriptedShop,
    scripted_shop,
)


def lived(folder: Path, answers: tuple[Answer, ...], *, shoppers_return: bool = False) -> ScriptedShop:
    """A shop in which a whole purchase was tried in a straight line."""
    shop = scripted_shop(folder, answers)
    shop.store.shoppers_return = shoppers_return
    own = OwnWish.begin(shop.store, PROMPT, ARRIVAL, 0)
    checkout = Checkout(lambda: own)
    session = checkout.open(checkout.ask())
    if session is not None:
        checkout.pay(checkout.apply_card(session, checkout.claim_card()))
    own.end(crashed=False)
    return shop


def test_a_purchase_in_a_straight_line(tmp_path: Path) -> None:
    """What each verb gives is what the next one needs, and paying confirms the wish."""
    batch = lived(tmp_path, GOOD).cut()
    (row,) = batch.purchases

    assert [one.step for one in batch.outcomes] == ["chat", "create", "claim_card", "apply_card", "pay", "order"]
    assert (row.outcome, row.order_id, row.card_code, row.requests, row.prompts) == (
        "confirmed",
        "ord_1",
        "SPRING25",
        5,
        1,
    )


def test_nothing_is_sent_after_a_no(tmp_path: Path) -> None:
    """None that is handed on is answered with None, and the wish is named by the step that said no."""
    shop = lived(tmp_path, (CALL, REFUSED_HARD))
    (row,) = shop.cut().purchases

    assert len(shop.wire.requests) == 2
    assert (row.outcome, row.reason, row.last_step) == ("refused_hard", "rate_limited", "create")


def test_who_has_had_the_card_goes_on(tmp_path: Path) -> None:
    """A journey of one's own buys without a card as well, when the shopper has had it; else it ends with the claim."""
    answers = (*GOOD[:2], HAS_CARD, *GOOD[3:])
    (went_on,) = lived(tmp_path, answers, shoppers_return=True).cut().purchases
    (ended,) = lived(tmp_path, answers).cut().purchases

    assert (went_on.outcome, went_on.last_step, went_on.requests, went_on.coupon_due) == ("confirmed", "pay", 5, False)
    assert (ended.outcome, ended.reason, ended.last_step, ended.requests) == (
        "declined",
        "card_cap_reached",
        "claim_card",
        3,
    )
