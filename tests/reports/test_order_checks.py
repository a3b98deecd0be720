"""Each statement about orders and payments, broken in one row at a time."""

from pathlib import Path

import msgspec
import pytest

from reports.ledger_audit import audit
from reports.run_record.run_directory import open_run
from tests.helpers.histories import audited, purchase, rows_of, violated, write_orders, write_wishes


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        pytest.param("c1 c2 | 1 2", {}, id="told and stored"),
        pytest.param("c1 u2 f3 i4 | 1", {}, id="nothing is known of unknown wishes, and that is legal"),
        pytest.param("c1 u2 i4 | 1 2 4", {}, id="an unknown wish may be in the ledger: recovered"),
        pytest.param("c1 c2 | 1", {"lost", "between"}, id="a confirmed order is gone"),
        pytest.param("c1 f3 | 1 3", {"false_failure", "between"}, id="who was told no was charged"),
        pytest.param("c1 | 1 9", {"phantom", "between"}, id="an order that nobody asked for"),
        pytest.param("c1 c2 | 1 1 2", {"doubled", "money", "coupon", "between"}, id="an order that was written twice"),
        pytest.param("u1 u2 | 1 1 2", {"doubled", "money", "coupon", "between"}, id="also of an unknown wish"),
    ],
)
def test_a_history_breaks_these_statements(tmp_path: Path, history: str, expected: set[str]) -> None:
    """One line of what was told and what is stored decides which statements are broken."""
    assert set(violated(audited(tmp_path, history))) == set(expected)


@pytest.mark.parametrize(
    ("statement", "check", "names"),
    [
        pytest.param(
            "UPDATE orders SET order_id = 'order-9' WHERE seq = 2", "mismatch",
            "orders seq 2, order 'order-9', key 'key-2': order_id told 'order-2', stored 'order-9'", id="another order id",
        ),
        pytest.param(
            "UPDATE orders SET amount_minor = 801 WHERE seq = 2", "mismatch", "amount_minor told 800, stored 801",
            id="a fen more than told",
        ),
        pytest.param(
            "UPDATE orders SET discount_minor = 2400 WHERE seq = 2", "mismatch", "discount_minor told 2500, stored 2400",
            id="another discount",
        ),
        pytest.param(
            "UPDATE orders SET card_code = NULL WHERE seq = 2", "mismatch", "card_code told 'card-2', stored ''",
            id="a discount without its card",
        ),
        pytest.param(
            "UPDATE orders SET items = '[{\"sku\":\"eggs-30\",\"quantity\":1}]' WHERE seq = 2", "mismatch",
            "items told the wished '2 x pearl-milk-tea', stored '1 x eggs-30'", id="another basket",
        ),
        pytest.param(
            "UPDATE orders SET items = 'eggs' WHERE seq = 2", "mismatch", "stored 'unreadable eggs'",
            id="a basket that is no basket",
        ),
        pytest.param(
            "UPDATE orders SET amount_minor = 801 WHERE seq = 2", "money",
            "amount 801 is not price 3000 - discount 2500 + fulfillment 300", id="it does not add up",
        ),
        pytest.param(
            "UPDATE orders SET price_minor = 2200, amount_minor = 0 WHERE seq = 2", "money", "amount 0 is below 1",
            id="nothing was charged",
        ),
        pytest.param(
            "DELETE FROM payments WHERE seq = 2", "money",
            "orders seq 2, order 'order-2', key 'key-2': amount 800 was never captured", id="never captured",
        ),
        pytest.param(
            "INSERT INTO payments VALUES (NULL, 'again', 'order-2', 800, 0)", "money",
            "payments seq 3, order 'order-2': the order has an earlier capture", id="captured twice",
        ),
        pytest.param(
            "UPDATE payments SET amount_minor = 799 WHERE seq = 2", "money",
            "payments seq 2, order 'order-2': captured 799, the order's amount is 800", id="captured in part",
        ),
        pytest.param(
            "UPDATE payments SET order_id = 'order-7' WHERE seq = 2", "money",
            "payments seq 2, order 'order-7': captured 800 for an order that is not in orders", id="captured for nothing",
        ),
        pytest.param(
            "UPDATE orders SET idempotency_key = 'other' WHERE seq = 2", "lost",
            "wish 2, key 'key-2': told order 'order-2', which is not in orders", id="lost under another key",
        ),
        pytest.param(
            "INSERT INTO orders SELECT 7, 'copy', 'other', session_id, user_id, items, currency, price_minor, "
            "fulfillment_minor, discount_minor, amount_minor, card_code, committed_unix_ns FROM orders WHERE seq = 2",
            "doubled", "orders seq 7, order 'copy', key 'other': wish 2 has an earlier order",
            id="a second order of one checkout",
        ),
        pytest.param(
            "UPDATE orders SET discount_minor = 2499, price_minor = 2999 WHERE seq = 2", "between",
            "orders: discounts add up to 4999, but confirmed orders were told 5000 and unknown ones can add 0 at most",
            id="less discount than was told",
        ),
    ],
)  # fmt: skip
def test_a_changed_row_is_named(tmp_path: Path, statement: str, check: str, names: str) -> None:
    """The violated check names the row, by table, sequence number, order and key, and what is wrong with it."""
    report = audited(tmp_path, "c1 c2 | 1 2", statement)

    assert check in violated(report)
    assert any(names in row for row in rows_of(report, check)), rows_of(report, check)


def test_who_was_told_no_is_named_with_the_no(tmp_path: Path) -> None:
    """A false failure repeats what the shopper was told, and where."""
    report = audited(tmp_path, "f3 | 3")

    assert rows_of(report, "false_failure") == [
        "orders seq 1, order 'order-3', key 'key-3': the shopper was told 'declined' ('payment_declined') at 'pay'"
    ]


def test_one_key_is_told_one_order(tmp_path: Path) -> None:
    """A repeated payment that was told another order than the first breaks the promise of the idempotency key."""
    again = msgspec.structs.replace(purchase("c", 1), order_id="order-5")
    run = write_wishes(tmp_path / "run", ["c1"], again)
    report = audit(open_run(run), write_orders(tmp_path / "ledger.sqlite", [1]))

    assert rows_of(report, "replay") == ["key 'key-1': told order 'order-5' after another one"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"correct": False}, {"mismatch"}, id="told another basket than the one that is stored"),
        pytest.param(
            {"amount_minor": -1, "price_minor": -1, "order_id": ""}, set(), id="what was never told is not compared"
        ),
        pytest.param({"card_code": ""}, {"mismatch"}, id="paid by a card that was never claimed"),
    ],
)
def test_told_is_compared_with_stored(tmp_path: Path, changes: dict[str, object], expected: set[str]) -> None:
    """The record's own words decide what a stored order must be."""
    row = msgspec.structs.replace(purchase("c", 1), **changes)
    run = write_wishes(tmp_path / "run", ["i1"], row)

    assert set(violated(audit(open_run(run), write_orders(tmp_path / "ledger.sqlite", [1])))) == expected


def test_discounts_that_were_never_told_cannot_be_added(tmp_path: Path) -> None:
    """Without the told discounts of confirmed orders the sums are not compared, and the check says so."""
    row = msgspec.structs.replace(purchase("c", 1), discount_minor=-1)
    run = write_wishes(tmp_path / "run", ["i1"], row)
    report = audit(open_run(run), write_orders(tmp_path / "ledger.sqlite", [1]))
    between = next(check for check in report.checks if check.id == "between")

    assert (between.state, between.why_not) == ("not_run", "1 confirmed orders were not told their discount")


def test_a_bill_without_a_discount_tells_that_there_is_none(tmp_path: Path) -> None:
    """An order without a card, whose bill adds up, is counted with nothing; a discount in the ledger is then too much."""
    row = purchase("c", 1)
    bare = msgspec.structs.replace(row, discount_minor=-1, amount_minor=row.price_minor + row.fulfillment_minor)
    run = write_wishes(tmp_path / "run", ["i1"], bare)

    assert violated(audit(open_run(run), write_orders(tmp_path / "ledger.sqlite", [1])))["between"] == 1


def test_unknown_wishes_widen_what_may_be_spent(tmp_path: Path) -> None:
    """An unknown order may have spent its discount, one without a recorded end a card's face value."""
    assert violated(audited(tmp_path, "c1 u2 i3 | 1 2 3")) == {}
    (tmp_path / "again").mkdir()
    spent = "UPDATE orders SET discount_minor = 2501, price_minor = 3001 WHERE seq = 3"
    assert violated(audited(tmp_path / "again", "c1 u2 i3 | 1 2 3", spent)) == {"between": 1}


def test_hostile_text_is_quoted(tmp_path: Path) -> None:
    """Text of the ledger is shown in ASCII, on one line and bounded."""
    hostile = "UPDATE orders SET order_id = char(27) || '[31m' || char(10) || hex(zeroblob(100)) WHERE seq = 1"
    (row,) = rows_of(audited(tmp_path, "c1 | 1", hostile), "mismatch")

    assert row.isascii()
    assert row.isprintable()
    assert "\\x1b[31m\\n000" in row
    assert len(row) < 300
