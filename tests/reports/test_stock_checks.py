"""The stock check: sales against shelves, in ledger order."""

from pathlib import Path

import pytest

from tests.helpers.histories import at_unix_ns, audited, rows_of, violated


def moved(event: str, quantity: int, order: str = "") -> str:
    """The statement that moves tea on the shelf."""
    return f"INSERT INTO stock_events VALUES (NULL, 'pearl-milk-tea', '{event}', {quantity}, nullif('{order}', ''), 1)"


SOLD = (moved("sold", 2, "order-1"), moved("sold", 2, "order-2"))
BACK = moved("returned", 2, "order-1")
ROWS: list[tuple[str, list[str], str, str]] = [
    ("nothing has an end", [], "not_run", ""),
    ("everything is sold", [moved("supplied", 4), *SOLD], "clean", ""),
    ("sold, returned and sold again", [moved("supplied", 2), SOLD[0], BACK, SOLD[1]], "clean", ""),
    ("one too many", [moved("supplied", 3), *SOLD], "violated", "seq 3, 'pearl-milk-tea': sold 2, which leaves -1"),
    ("a prefix oversells, the whole does not", [SOLD[0], moved("supplied", 4), SOLD[1]], "violated", "leaves -2"),
    ("an order that took nothing", [moved("supplied", 4), SOLD[0]], "violated", "ordered 2, but 0 taken from the shelf"),
    ("a sale without an order", [moved("supplied", 9), *SOLD, moved("sold", 1, "order-9")], "violated",
     "order 'order-9', 'pearl-milk-tea': ordered 0, but 1 taken"),
    ("returned twice", [moved("supplied", 4), *SOLD, BACK, BACK], "violated", "4 returned of 2 sold"),
]  # fmt: skip


@pytest.mark.parametrize(("statements", "state", "names"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_sales_stay_within_the_shelves(tmp_path: Path, statements: list[str], state: str, names: str) -> None:
    """Each wrong movement is named; products without an end are not judged."""
    report = audited(tmp_path, "c1 c2 | 1 2", *statements)

    assert next(check.state for check in report.checks if check.id == "stock") == state
    assert set(violated(report)) == ({"stock"} if state == "violated" else set())
    assert names in "\n".join(rows_of(report, "stock"))


REFUND = f"INSERT INTO refunds VALUES (NULL, 'ref-1', 'order-1', 'canceled', 800, 2500, 'k', {at_unix_ns(1) + 5})"
CARD_BACK = (
    "INSERT INTO card_events SELECT {seq}, card_code, user_id, 'released', face_minor, expires_unix_ns, session_id, order_id, "
    "at_unix_ns FROM card_events WHERE seq = 3"
)
USED_AGAIN = (
    "INSERT INTO card_events SELECT 11, card_code, user_id, 'used', face_minor, expires_unix_ns, 'session-2', 'order-2', "
    "at_unix_ns FROM card_events WHERE seq = 3"
)


def test_the_card_of_a_canceled_order_pays_another_one(tmp_path: Path) -> None:
    """A cancelation frees card and budget, so neither a second use nor a budget for one order is a violation."""
    again = [
        "DELETE FROM card_events WHERE card_code = 'card-2'",
        CARD_BACK.format(seq=10),
        USED_AGAIN,
        "UPDATE orders SET card_code = 'card-1', user_id = 'user-1' WHERE seq = 2",
        "UPDATE campaign_events SET budget_minor = 2500",
    ]

    assert violated(audited(tmp_path / "canceled", "c1 i2 | 1 2", REFUND, *again)) == {}
    assert "budget" in violated(audited(tmp_path / "not", "c1 i2 | 1 2", *again))


@pytest.mark.parametrize(
    ("statements", "check", "names"),
    [
        pytest.param(
            [REFUND, REFUND], "money", "refunds seq 2, order 'order-1': the order was refunded before", id="twice"
        ),
        pytest.param([REFUND.replace("800", "900")], "money", "refunded 900, the order had charged 800", id="too much"),
        pytest.param(
            [REFUND.replace("order-1", "order-9")],
            "money",
            "refunded 800 for an order that is not in orders",
            id="for nothing",
        ),
        pytest.param(
            [CARD_BACK.format(seq=10)], "coupon_back", "given back from order 'order-1', which stands", id="card only"
        ),
    ],
)
def test_a_refund_that_is_wrong_is_named(tmp_path: Path, statements: list[str], check: str, names: str) -> None:
    """Money goes back once, in full, for an order; a card comes back with it and not without."""
    report = audited(tmp_path, "c1 c2 | 1 2", *statements)

    assert set(violated(report)) == {check}
    assert names in "\n".join(rows_of(report, check))
