"""A wish becomes two rows: what was wanted before it starts, and how it ended."""

import pytest
from msgspec.structs import replace

from locustfiles.journeys.wish import NOT_TOLD, Wish
from locustfiles.protocols.checkout import BasketItem
from locustfiles.recording.classify import Verdict
from locustfiles.transport.exchange import Fault
from reports.run_record.outcome import Outcome, Reason
from reports.run_record.schema import IntentRow, PurchaseRow
from tests.helpers.exchanges import MS, answered, faulted, session
from tests.helpers.scripted_shop import ARRIVAL, KEY, PROMPT

STARTED_NS = 5_000 * MS


def wish() -> Wish:
    """A wish that was just released."""
    return Wish(PROMPT, ARRIVAL, STARTED_NS, STARTED_NS)


def test_intent() -> None:
    """The row that is written ahead names wish, key, shopper and basket, its products in alphabetical order."""
    prompt = replace(PROMPT, items=(BasketItem("tea", 2), BasketItem("cake", 1)))

    assert Wish(prompt, ARRIVAL, STARTED_NS, STARTED_NS).intent() == IntentRow(
        wish=7,
        idempotency_key=KEY,
        user_id="shopper-1-7",
        items=[{"sku": "cake", "quantity": 1}, {"sku": "tea", "quantity": 2}],
        vertical="milk_tea",
        intended_us=1_500_000,
    )


def test_the_row_of_a_wish_that_reached_nobody() -> None:
    """What the target never told is -1 or empty in the row."""
    begun = wish()
    begun.note("chat", faulted(Fault.CONNECT_REFUSED, sent=False), Verdict(Outcome.SHED, Reason.CONNECT_FAILED))
    begun.next_intended_ns = STARTED_NS + 10 * MS

    assert begun.row() == PurchaseRow(
        wish=7,
        second=1,
        idempotency_key=KEY,
        user_id="shopper-1-7",
        vertical="milk_tea",
        outcome="shed",
        reason="connect_failed",
        last_step="chat",
        intent_us=10_000,
        requests=1,
        prompts=1,
        pay_sent=False,
        session_id="",
        order_id="",
        card_code="",
        price_minor=NOT_TOLD,
        fulfillment_minor=NOT_TOLD,
        discount_minor=NOT_TOLD,
        amount_minor=NOT_TOLD,
        coupon_due=False,
        coupon_ok=True,
        correct=True,
    )


def test_the_row_repeats_the_last_session() -> None:
    """Amounts and ids are those of the session that was told last."""
    begun = wish()
    begun.session = session("completed", order_id="ord_1", discount_minor=2500, amount_minor=800)
    row = begun.row()

    assert (row.session_id, row.order_id, row.price_minor, row.fulfillment_minor) == ("cs_1", "ord_1", 3000, 300)
    assert (row.discount_minor, row.amount_minor) == (2500, 800)


@pytest.mark.parametrize(
    ("card_code", "discount_minor", "due", "is_in_order"),
    [
        pytest.param("", None, False, True, id="no card, no discount: nothing was due"),
        pytest.param("SPRING25", 2500, True, True, id="a card and its discount"),
        pytest.param("SPRING25", 0, True, False, id="a card and a discount of nothing"),
        pytest.param("SPRING25", None, True, False, id="a card and no word of a discount"),
    ],
)
def test_coupon(card_code: str, discount_minor: int | None, due: bool, is_in_order: bool) -> None:
    """A discount is due when a card was issued, and in order when the order tells it."""
    begun = wish()
    begun.card_code = card_code
    begun.session = session("completed", discount_minor=discount_minor)

    assert (begun.row().coupon_due, begun.row().coupon_ok) == (due, is_in_order)


def test_attempts_are_counted() -> None:
    """Every attempt counts as a request, prompts also by themselves, and the next is due when the last one ended."""
    begun = wish()
    for step in ("chat", "chat", "create"):
        begun.note(step, answered(intended_ns=STARTED_NS), Verdict(Outcome.DONE))

    assert (begun.requests, begun.prompts, begun.last_step) == (3, 2, "create")
    assert begun.next_intended_ns == STARTED_NS + 10 * MS


@pytest.mark.parametrize(
    ("step", "sent", "pay_sent"),
    [
        pytest.param("pay", True, True, id="a payment whose first byte left"),
        pytest.param("pay", False, False, id="a payment that got no connection"),
        pytest.param("create", True, False, id="another request that left"),
    ],
)
def test_pay_sent(step: str, sent: bool, pay_sent: bool) -> None:
    """A payment counts as sent once a byte of it was handed to the kernel, and stays so."""
    begun = wish()
    begun.note(step, faulted(Fault.RESET, sent=sent), Verdict(Outcome.UNKNOWN))
    begun.note(step, faulted(Fault.CONNECT_REFUSED, sent=False), Verdict(Outcome.SHED))

    assert begun.pay_sent is pay_sent


def test_the_row_says_who_returns() -> None:
    """Whether the shopper has wished before is the prompt's word."""
    again = Wish(replace(PROMPT, returning=True), ARRIVAL, STARTED_NS, STARTED_NS)

    assert (wish().row().returning, again.row().returning) == (False, True)
