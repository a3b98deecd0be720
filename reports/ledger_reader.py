"""Reads a target's order ledger: six tables of a SQLite file, in one read transaction, as frames.

Columns and units are those of the stub's ``ledger.sql``, which any target may write. The file is opened read-only and checked
whole before it is believed: a truncated file is an error, not a short ledger. This module must not know what a run was told.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from reports.run_record.run_directory import RunError

_COLUMNS = {
    "orders": {
        "seq": "int64", "order_id": "str", "idempotency_key": "str", "session_id": "str", "user_id": "str",
        "items": "str", "price_minor": "int64", "fulfillment_minor": "int64", "discount_minor": "int64",
        "amount_minor": "int64", "card_code": "str", "committed_unix_ns": "int64",
    },
    "payments": {"seq": "int64", "order_id": "str", "amount_minor": "int64"},
    "card_events": {
        "seq": "int64", "card_code": "str", "user_id": "str", "event": "str", "face_minor": "int64",
        "expires_unix_ns": "int64", "session_id": "str", "order_id": "str", "at_unix_ns": "int64",
    },
    "campaign_events": {
        "seq": "int64", "issuing": "str", "budget_minor": "int64", "cards_per_user": "int64", "at_unix_ns": "int64",
    },
    "stock_events": {"seq": "int64", "sku": "str", "event": "str", "quantity": "int64", "order_id": "str"},
    "refunds": {
        "seq": "int64", "order_id": "str", "kind": "str", "amount_minor": "int64", "discount_minor": "int64",
        "refunded_unix_ns": "int64",
    },
}  # fmt: skip
"""The columns that the audit reads, with their types; text may be absent (NULL)."""
_DATABASES = ("postgresql:", "postgres:")
_ROWS_AT_ONCE = 50_000
_WAIT_S = 10.0
"""How long a writer that holds the file is waited for."""


class AuditError(RunError):
    """A ledger that cannot be audited; the text is one sentence for the user."""


@dataclass(frozen=True, slots=True)
class Books:
    """The ledger's tables in commit order, with columns as in ``ledger.sql``; None = the ledger has no such table."""

    orders: pd.DataFrame
    payments: pd.DataFrame | None
    card_events: pd.DataFrame | None
    campaign_events: pd.DataFrame | None
    stock_events: pd.DataFrame | None = None
    refunds: pd.DataFrame | None = None


def read_books(path: Path) -> Books:
    """The whole ledger at ``path``; AuditError when it is missing, no SQLite file, damaged, or holds no orders table."""
    if str(path).startswith(_DATABASES):  # it may hold a password, so it is not repeated
        raise AuditError(
            "The audit reads a SQLite file: copy the database's ledger to one first, "
            "with springtide-stub --ledger URL --export-ledger FILE."
        )
    if not path.is_file():
        raise AuditError(f"There is no ledger at {path}: give the target's order ledger, a SQLite file.")
    try:
        with closing(_open(path)) as connection:
            connection.execute("BEGIN")
            _check_whole(connection, path)
            tables = {name: _table(connection, path, name) for name in _COLUMNS}
    except sqlite3.Error as error:
        raise AuditError(
            f"The ledger {path} cannot be read: {error}. Give a whole SQLite file that no one is writing anew."
        ) from error
    orders = tables["orders"]
    if orders is None:
        raise AuditError(f"{path} is not an order ledger: it has no table orders.")
    return Books(orders, **{name: table for name, table in tables.items() if name != "orders"})


def _open(path: Path) -> sqlite3.Connection:
    uri = f"{path.absolute().as_uri()}?mode=ro"
    return sqlite3.connect(uri, uri=True, timeout=_WAIT_S, isolation_level=None)


def _check_whole(connection: sqlite3.Connection, path: Path) -> None:
    found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise AuditError(f"The ledger {path} is damaged: {' '.join(str(found).split())[:200]}.")
    # SQLite notices when whole pages are gone, but reads a page that is cut as if it ended in zeros.
    page_bytes = connection.execute("PRAGMA page_size").fetchone()[0]
    if path.stat().st_size % page_bytes:
        raise AuditError(f"The ledger {path} is damaged: its last page is cut.")


def _table(connection: sqlite3.Connection, path: Path, name: str) -> pd.DataFrame | None:
    types = _COLUMNS[name]
    known = {row[1] for row in connection.execute(f"PRAGMA table_info({name})")}
    if not known:
        return None
    if missing := [column for column in types if column not in known]:
        raise AuditError(f"{path} is not an order ledger: its table {name} has no column {missing[0]}.")
    query = f"SELECT {', '.join(types)} FROM {name} ORDER BY seq"  # noqa: S608 - names are our own, written above
    empty = pd.DataFrame({column: pd.Series(dtype=kind) for column, kind in types.items()})
    try:
        parts = [pd.DataFrame(rows, columns=list(types)).astype(types) for rows in _chunks(connection.execute(query))]
    except (ValueError, TypeError, OverflowError) as error:
        raise AuditError(
            f"The ledger {path} holds a value in table {name} that its column cannot have: {error}."
        ) from error
    return pd.concat([empty, *parts], ignore_index=True) if parts else empty


def _chunks(cursor: sqlite3.Cursor) -> Iterator[list[tuple[Any, ...]]]:
    while rows := cursor.fetchmany(_ROWS_AT_ONCE):
        yield rows
