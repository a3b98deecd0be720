"""A ledger is read whole and in commit order, or not at all."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from reports.ledger_reader import AuditError, read_books
from tests.helpers.histories import write_orders


def test_tables_come_in_commit_order(tmp_path: Path) -> None:
    """Rows are sorted by sequence number and absent text stays absent."""
    ledger = write_orders(
        tmp_path / "l.sqlite",
        [3, 1, 2],
        statements=["UPDATE orders SET seq = 9 WHERE seq = 1", "UPDATE orders SET card_code = NULL"],
    )
    books = read_books(ledger)

    assert books.orders["order_id"].tolist() == ["order-1", "order-2", "order-3"]
    assert books.orders["card_code"].isna().all()
    assert books.payments is not None
    assert books.payments["amount_minor"].tolist() == [800] * 3
    assert books.card_events is not None
    assert len(books.card_events) == 9


def test_an_empty_ledger_is_a_ledger(tmp_path: Path) -> None:
    """A shop that sold nothing has tables without rows."""
    assert read_books(write_orders(tmp_path / "l.sqlite", [])).orders.empty


def test_optional_tables_may_be_missing(tmp_path: Path) -> None:
    """A ledger without payments, cards or campaign is read, and says so by None."""
    drops = [f"DROP TABLE {name}" for name in ("payments", "card_events", "campaign_events")]
    books = read_books(write_orders(tmp_path / "l.sqlite", [1], statements=drops))

    assert (books.payments, books.card_events, books.campaign_events) == (None, None, None)


def test_reading_changes_nothing(tmp_path: Path) -> None:
    """The file is opened read-only: its bytes and its folder stay as they are."""
    ledger = write_orders(tmp_path / "l.sqlite", [1, 2])
    before = ledger.read_bytes()
    read_books(ledger)

    assert ledger.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["l.sqlite"]


def test_a_ledger_that_is_still_written_is_read_as_committed(tmp_path: Path) -> None:
    """Orders of a commit that is under way are not seen, those before it are."""
    ledger = write_orders(tmp_path / "l.sqlite", [1, 2])
    with closing(sqlite3.connect(ledger, isolation_level=None)) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("BEGIN")
        writer.execute("DELETE FROM orders WHERE seq = 2")

        assert len(read_books(ledger).orders) == 2
        writer.execute("COMMIT")
        assert len(read_books(ledger).orders) == 1


@pytest.mark.parametrize(
    ("content", "says"),
    [
        pytest.param(lambda _whole: b"seq,order_id\n" * 100, "file is not a database", id="a text"),
        pytest.param(lambda _whole: b"", "it has no table orders", id="an empty file"),
        pytest.param(lambda whole: whole[: len(whole) // 2], "malformed", id="cut in half"),
        pytest.param(lambda whole: whole[:-4096], "malformed", id="its last page is missing"),
        pytest.param(lambda whole: whole[:-1], "its last page is cut", id="its last byte is missing"),
        pytest.param(
            lambda whole: whole[: 5 * 4096] + b"\xee" * 4096 + whole[6 * 4096 :], "The ledger .* (is damaged|cannot be read)",
            id="a page is garbled",
        ),
    ],
)  # fmt: skip
def test_a_file_that_is_no_whole_ledger_is_said(tmp_path: Path, content: Callable[[bytes], bytes], says: str) -> None:
    """A file that cannot be believed is an error of one sentence, never a short ledger."""
    ledger = write_orders(tmp_path / "l.sqlite", range(1, 400))
    ledger.write_bytes(content(ledger.read_bytes()))

    with pytest.raises(AuditError, match=says) as error:
        read_books(ledger)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("statements", "says"),
    [
        pytest.param(["DROP TABLE orders"], "it has no table orders", id="another database"),
        pytest.param(
            ["ALTER TABLE orders DROP COLUMN amount_minor"], "its table orders has no column amount_minor",
            id="a column is missing",
        ),
        pytest.param(
            ["DROP TABLE payments", "CREATE TABLE payments (seq, order_id, amount_minor)",
             "INSERT INTO payments VALUES (1, 'order-1', 'much')"],
            "holds a value in table payments that its column cannot have", id="text for a number",
        ),
        pytest.param(
            ["UPDATE orders SET order_id = CAST(x'ff' AS TEXT)"], "Could not decode to UTF-8", id="text that is no text"
        ),
    ],
)  # fmt: skip
def test_tables_that_are_no_ledger_are_said(tmp_path: Path, statements: list[str], says: str) -> None:
    """A database with other tables, columns or types is an error of one sentence."""
    with pytest.raises(AuditError, match=says):
        read_books(write_orders(tmp_path / "l.sqlite", [1], statements=statements))


@pytest.mark.parametrize("name", ["none.sqlite", "."])
def test_no_file_is_said(tmp_path: Path, name: str) -> None:
    """A path without a file, and a folder, are told as no ledger."""
    with pytest.raises(AuditError, match="There is no ledger at"):
        read_books(tmp_path / name)


def test_a_database_is_copied_first() -> None:
    """The URL of a shared ledger gets a sentence that says how, and is not repeated: it may hold a password."""
    with pytest.raises(AuditError, match="--export-ledger FILE") as caught:
        read_books(Path("postgresql://shop:s3cr3t@db/books"))
    assert "s3cr3t" not in str(caught.value)
