"""Copies books from a PostgreSQL database into a SQLite file, which is what an audit reads."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

import psycopg

from target_stub.ledger import TABLES, BooksError
from target_stub.ledger_postgres import said_without_secrets, without_password
from target_stub.ledger_sqlite import SCHEMA

_ROWS_AT_ONCE: Final = 10_000


def export(url: str, path: Path) -> int:
    """Write the books at `url`, as they stand at one instant, to a new file; returns how many rows they have.

    Raises BooksError when the file exists, or the books cannot be read whole; then there is no file.
    """
    if path.exists():
        raise BooksError(f"{path} exists: give the name of a new file")
    try:
        with psycopg.connect(url) as books, closing(sqlite3.connect(path, isolation_level=None)) as file:
            books.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            books.read_only = True
            file.executescript(SCHEMA.read_text(encoding="utf-8"))
            file.execute("BEGIN")
            rows = sum(_copied(books, file, table, ("seq", *kind._fields)) for kind, table in TABLES.items())
            file.execute("COMMIT")
    except (psycopg.Error, sqlite3.Error) as error:
        path.unlink(missing_ok=True)
        said = said_without_secrets(url, error)
        raise BooksError(f"the books at {without_password(url)} cannot be copied to {path}: {said}") from None
    return rows


def _copied(books: psycopg.Connection, file: sqlite3.Connection, table: str, columns: tuple[str, ...]) -> int:
    names, places = ", ".join(columns), ", ".join("?" * len(columns))
    rows = 0
    with books.cursor(name="export") as cursor:
        cursor.execute(f"SELECT {names} FROM {table} ORDER BY seq")  # noqa: S608 - names of our own row types
        while part := cursor.fetchmany(_ROWS_AT_ONCE):
            file.executemany(f"INSERT INTO {table} ({names}) VALUES ({places})", part)  # noqa: S608 - names of our own row types
            rows += len(part)
    return rows
