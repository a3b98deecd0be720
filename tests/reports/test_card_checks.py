"""Each statement about cards and the campaign, broken in one row at a time."""

from pathlib import Path

import pytest

from reports.ledger_audit import Check
from tests.helpers.histories import EXPIRES_UNIX_NS, at_unix_ns, audited, rows_of, violated

TERMS = "INSERT INTO campaign_events VALUES ({seq}, '{issuing}', 'open', {budget}, {cards}, {expires}, {at})"


def terms(seq: int, wish: float, *, issuing: str = "open", budget: int = 1_000_000, cards: int = 21) -> str:
    """The campaign's terms from half a second before the order of a wish on."""
    at = at_unix_ns(0) + int((wish - 0.5) * 10**9)
    return TERMS.format(seq=seq, issuing=issuing, budget=budget, cards=cards, expires=EXPIRES_UNIX_NS, at=at)


@pytest.mark.parametrize(
    ("statement", "check", "names"),
    [
        pytest.param(
            "UPDATE orders SET card_code = 'card-1' WHERE seq = 2", "coupon",
            "orders seq 2, order 'order-2', key 'key-2': card 'card-1' paid an earlier order", id="spent twice",
        ),
        pytest.param(
            "UPDATE card_events SET user_id = 'user-9' WHERE card_code = 'card-2'", "coupon",
            "card 'card-2' of 'user-9' paid for 'user-2'", id="spent by another shopper",
        ),
        pytest.param(
            f"UPDATE card_events SET expires_unix_ns = {at_unix_ns(2)} WHERE card_code = 'card-2'", "coupon",
            "orders seq 2, order 'order-2', key 'key-2': card 'card-2' had expired when the order was committed",
            id="spent in the instant of its expiry",
        ),
        pytest.param(
            "DELETE FROM card_events WHERE card_code = 'card-2' AND event = 'issued'", "coupon",
            "card 'card-2' was never issued", id="spent but never given",
        ),
        pytest.param(
            "INSERT INTO card_events SELECT 9, card_code, user_id, event, face_minor, expires_unix_ns, session_id, order_id, "
            "at_unix_ns FROM card_events WHERE seq = 6", "coupon",
            "card_events seq 9, card 'card-2': the card was used before", id="used up twice",
        ),
        pytest.param(
            "DELETE FROM orders WHERE seq = 2", "coupon_back",
            "card_events seq 6, card 'card-2': used for order 'order-2', which does not hold it", id="used up without an order",
        ),
        pytest.param(
            "DELETE FROM card_events WHERE card_code = 'card-2' AND event = 'used'", "coupon_back",
            "orders seq 2, order 'order-2', key 'key-2': card 'card-2' is not marked as used for it", id="spent yet usable",
        ),
        pytest.param(
            "UPDATE card_events SET card_code = 'card-8' WHERE seq = 5", "coupon_back",
            "card_events seq 5, card 'card-8': still held by session 'session-2', whose order is committed",
            id="held for ever",
        ),
        pytest.param(
            terms(2, 2, cards=0), "cap", "card_events seq 4, card 'card-2': card number 1 of 'user-2', 0 are allowed",
            id="more cards than the terms allow",
        ),
        pytest.param(
            terms(2, 2, budget=4999), "budget",
            "orders seq 2, order 'order-2', key 'key-2': discounts up to it add up to 5000, the budget is 4999",
            id="more than the budget",
        ),
        pytest.param(
            terms(2, 2, issuing="paused"), "pause",
            "card_events seq 4, card 'card-2': issued to 'user-2' while issuing was paused", id="issued in a pause",
        ),
    ],
)  # fmt: skip
def test_a_changed_row_is_named(tmp_path: Path, statement: str, check: str, names: str) -> None:
    """The violated check names the row and what is wrong with it."""
    report = audited(tmp_path, "c1 c2 | 1 2", statement)

    assert check in violated(report)
    assert any(names in row for row in rows_of(report, check)), rows_of(report, check)


@pytest.mark.parametrize(
    "statements",
    [
        pytest.param([terms(2, 1.6, issuing="paused"), terms(3, 2)], id="a pause between two cards"),
        pytest.param([terms(2, 3, issuing="paused")], id="a pause begins after the last card"),
        pytest.param([terms(2, 2, budget=5000)], id="the budget is spent to the last fen"),
        pytest.param([terms(2, 2, cards=1)], id="every shopper has as many cards as allowed"),
        pytest.param(
            [
                f"UPDATE card_events SET expires_unix_ns = {at_unix_ns(2)} WHERE seq = 4",
                f"UPDATE card_events SET expires_unix_ns = {at_unix_ns(3)} WHERE seq = 6",
            ],
            id="an expiry that was extended is honoured",
        ),
        pytest.param(
            ["INSERT INTO card_events VALUES (9, 'card-9', 'user-2', 'issued', 2500, 0, NULL, NULL, 0)"],
            id="a card that nobody spent may have expired",
        ),
    ],
)
def test_what_the_terms_allow_is_clean(tmp_path: Path, statements: list[str]) -> None:
    """A campaign at the edge of its terms breaks nothing."""
    assert violated(audited(tmp_path, "c1 c2 | 1 2", *statements)) == {}


def test_a_prefix_may_overspend_though_the_total_does_not(tmp_path: Path) -> None:
    """A budget that is raised later does not excuse the order before it."""
    raised = [
        "UPDATE campaign_events SET budget_minor = 3000",
        terms(2, 3, budget=10_000),
    ]
    report = audited(tmp_path, "c1 c2 c3 | 1 2 3", *raised)

    assert rows_of(report, "budget") == [
        "orders seq 2, order 'order-2', key 'key-2': discounts up to it add up to 5000, the budget is 3000"
    ]


def test_a_card_that_is_still_held_is_told_and_no_violation(tmp_path: Path) -> None:
    """The ledger does not know sessions, so a reserved card is counted in a remark."""
    held = "INSERT INTO card_events VALUES (9, 'card-9', 'user-9', 'reserved', 2500, 0, 'session-9', NULL, 0)"
    back: Check = next(check for check in audited(tmp_path, "c1 | 1", held).checks if check.id == "coupon_back")

    assert (back.state, back.violations) == ("clean", 0)
    assert back.why_not.startswith("1 cards are reserved and neither used nor released")


def test_a_card_that_was_given_back_is_not_held(tmp_path: Path) -> None:
    """A released card leaves no remark."""
    events = [
        f"INSERT INTO card_events VALUES ({seq}, 'card-9', 'user-9', '{event}', 2500, 0, 'session-9', NULL, 0)"
        for seq, event in ((9, "reserved"), (10, "released"))
    ]
    back = next(check for check in audited(tmp_path, "c1 | 1", *events).checks if check.id == "coupon_back")

    assert (back.state, back.why_not) == ("clean", "")
