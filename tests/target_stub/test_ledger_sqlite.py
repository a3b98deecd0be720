"""Books in a SQLite file, as the writer thread uses them."""

from pathlib import Path

import pytest

from target_stub.ledger import BooksError, CardEventRow, News
from target_stub.ledger_sqlite import SqliteBooks


def event(n: int) -> CardEventRow:
    """The n-th event."""
    return CardEventRow(f"card{n}", "u1", "issued", 2500, 99, None, None, n)


@pytest.mark.parametrize("count", [1, 3, 4, 15, 64, 85, 200])
def test_a_group_of_any_size_is_written_whole_and_in_order(count: int) -> None:
    """However many rows one statement takes."""
    books = SqliteBooks(None)
    books.open()

    assert books.write([[event(n)] for n in range(count)]) == {}

    assert books.fetch("SELECT at_unix_ns FROM card_events ORDER BY seq") == [(n,) for n in range(count)]
    assert books.news() == News([], {}, None)
    books.close()


def test_books_that_cannot_be_used_say_so(tmp_path: Path) -> None:
    """Closed, no place for the file, or a query that is none."""
    books = SqliteBooks(None)
    with pytest.raises(BooksError, match="closed"):
        books.write([[event(1)]])
    with pytest.raises(BooksError, match="give a writable SQLite file"):
        SqliteBooks(tmp_path / "missing" / "l.sqlite").open()
    books.open()
    with pytest.raises(BooksError, match="syntax"):
        books.fetch("nonsense")
    books.close()
