"""The copy of a database's books, as the audit reads it."""

import asyncio
from pathlib import Path

import pytest

from reports.ledger_reader import read_books
from target_stub.__main__ import EXIT_USAGE, main
from target_stub.ledger import BooksError, CardEventRow, Ledger, OrderRow
from target_stub.ledger_export import export
from target_stub.ledger_postgres import PostgresBooks
from tests.helpers.postgres import PASSWORD, PostgresServer

ORDER = OrderRow("ord_1", "k1", "cs_1", "u1", "[]", "CNY", 1500, 300, 0, 1800, None, 1)


async def _fill(url: str) -> None:
    ledger = Ledger(PostgresBooks(url))
    await ledger.start()
    await ledger.commit(ORDER, CardEventRow("F1", "u1", "reserved", 2500, 99, "cs_1", None, 1))
    await ledger.close()


def test_a_copy_is_what_the_audit_reads(postgres: PostgresServer, tmp_path: Path) -> None:
    """Every row with its place in the commit order; the program copies as the function does, and refuses an old file."""
    url = postgres.new_database()
    asyncio.run(_fill(url))
    file = tmp_path / "copy.sqlite"

    assert main(["--ledger", url, "--export-ledger", str(file)]) == 0

    books = read_books(file)
    assert books.orders[["seq", "order_id", "amount_minor"]].to_numpy().tolist() == [[1, "ord_1", 1800]]
    assert books.card_events is not None
    assert books.card_events["event"].tolist() == ["reserved"]
    with pytest.raises(BooksError, match="exists"):
        export(url, file)


def test_what_cannot_be_copied_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2, a sentence without the password, and no file."""
    file = tmp_path / "copy.sqlite"
    nobody = f"postgresql://u:{PASSWORD}@127.0.0.1:1/db"

    assert main(["--ledger", nobody, "--export-ledger", str(file)]) == EXIT_USAGE
    assert main(["--ledger", "a.sqlite", "--export-ledger", str(file)]) == EXIT_USAGE

    told = capsys.readouterr().err
    assert "cannot be copied" in told
    assert "copies the books of a postgresql:// --ledger" in told
    assert PASSWORD not in told
    assert not file.exists()
