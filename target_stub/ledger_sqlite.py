"""Books in a SQLite file with a write-ahead log, for one stub process; any other process may read them meanwhile."""

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, Final

from target_stub.ledger import TABLES, BooksError, DuplicateKeyError, Group, News, Row, RowsRefusedError

SCHEMA: Final = Path(__file__).with_name("ledger.sql")
_PAGE_BYTES: Final = 4096
_ROWS_AT_ONCE: Final = (64, 16, 4, 1)
"""Rows of one INSERT. The interpreter's lock is given up and asked for again at each statement, and a busy event loop gives
it back late: one statement for many rows keeps the writer from waiting for every row."""


def _insert(kind: type[Row], rows: int) -> str:
    places = ", ".join([f"({', '.join('?' * len(kind._fields))})"] * rows)
    return f"INSERT INTO {TABLES[kind]} ({', '.join(kind._fields)}) VALUES {places}"  # noqa: S608 - names of our own row types


_INSERTS: Final = {(kind, rows): _insert(kind, rows) for kind in TABLES for rows in _ROWS_AT_ONCE}


class SqliteBooks:
    """The file at `path`, or books in memory when it is None."""

    is_shared = False

    def __init__(self, path: Path | None, *, max_bytes: int | None = None) -> None:
        """`max_bytes` bounds the file's size; past it writes fail as they do on a full disk."""
        self.name = str(path or "memory")
        self._path = path
        self._max_bytes = max_bytes
        self._connection: sqlite3.Connection | None = None

    def open(self) -> None:
        """Open the file and create what is missing; raises BooksError when it is no ledger or not writable."""
        try:
            self._connection = self._opened()
        except sqlite3.Error as error:
            raise BooksError(f"{error}; give a writable SQLite file") from error

    def _opened(self) -> sqlite3.Connection:
        # Opened and used in the writer thread, closed in it too, whichever thread that is.
        connection = sqlite3.connect(
            self._path or ":memory:", isolation_level=None, check_same_thread=False, cached_statements=256
        )
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute(
                "PRAGMA synchronous = FULL"
            )  # fsync on COMMIT: an acknowledged order survives power loss
            connection.executescript(SCHEMA.read_text(encoding="utf-8"))
            if self._max_bytes is not None:
                connection.execute(f"PRAGMA max_page_count = {self._max_bytes // _PAGE_BYTES:d}")
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    def close(self) -> None:
        """Close the file."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def write(self, group: Group) -> dict[int, RowsRefusedError]:
        """Commit the group; a doubled key costs nobody but its own append."""
        try:
            try:
                self._write_at_once(group)
            except sqlite3.IntegrityError:
                return self._write_one_by_one(group)
        except sqlite3.Error as error:
            raise BooksError(str(error)) from error
        return {}

    def fetch(self, query: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        try:
            return self._books().execute(query, values).fetchall()
        except sqlite3.Error as error:
            raise BooksError(str(error)) from error

    def news(self) -> News:
        """Nothing: the file has one writer."""
        return News([], {}, None)

    def _books(self) -> sqlite3.Connection:
        if self._connection is None:
            raise BooksError("they are closed")
        return self._connection

    def _write_at_once(self, group: Group) -> None:
        rows_by_kind: dict[type[Row], list[Row]] = {}
        for rows in group:
            for row in rows:
                rows_by_kind.setdefault(type(row), []).append(row)
        with self._transaction() as books:
            for kind, rows in rows_by_kind.items():
                begin = 0
                for size in _ROWS_AT_ONCE:
                    while len(rows) - begin >= size:
                        part = rows[begin : begin + size]
                        books.execute(_INSERTS[kind, size], tuple(chain.from_iterable(part)))
                        begin += size

    def _write_one_by_one(self, group: Group) -> dict[int, RowsRefusedError]:
        """Commit the group with a savepoint an append."""
        refused: dict[int, RowsRefusedError] = {}
        with self._transaction() as books:
            for index, rows in enumerate(group):
                books.execute("SAVEPOINT entry")
                try:
                    for row in rows:
                        books.execute(_INSERTS[type(row), 1], row)
                except sqlite3.IntegrityError as error:
                    books.execute("ROLLBACK TO entry")
                    refused[index] = DuplicateKeyError(str(error))
                books.execute("RELEASE entry")
        return refused

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        books = self._books()
        books.execute("BEGIN IMMEDIATE")
        try:
            yield books
            books.execute("COMMIT")
        except BaseException:
            if books.in_transaction:  # SQLite may have rolled back by itself, as it does on a full disk
                books.execute("ROLLBACK")
            raise
