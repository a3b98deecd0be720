"""Books in a PostgreSQL database, shared by many stub processes.

What holds across processes, since the database sees to it: one order a key and a session, a card issued once and spent once, the
cards of one user, the budget, no card while issuing is paused, and no unit sold twice. What does not: sessions, and the holds of cards, live in
the process that opened them, so two processes may hold one card and the first payment wins.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg import errors

from target_stub.ledger import (
    TABLES,
    BooksError,
    CampaignEventRow,
    CampaignRefusedError,
    CardEventRow,
    CardSpentError,
    DuplicateKeyError,
    Group,
    News,
    Row,
    RowsRefusedError,
    SoldOutError,
)

SCHEMES: Final = ("postgresql://", "postgres://")
SCHEMA: Final = Path(__file__).with_name("ledger_postgres.sql")
_LOCK: Final = 0x5350_5249_4E47
"""The advisory lock of whoever writes: one group commits after another, so that `seq` is the commit order."""
_CONNECT_S: Final = 5
_CAMPAIGN_STATE, _CARD_STATE, _STOCK_STATE = "SP001", "SP002", "SP003"
_WHOLE_NUMBERS: Final = ("_minor", "_ns", "_per_user", "quantity")


def is_postgres(where: str) -> bool:
    """Whether a ledger's place is a database and not a file."""
    return where.startswith(SCHEMES)


def without_password(text: str) -> str:
    """The text with the password of a PostgreSQL URL in it struck out."""
    if not is_postgres(text):
        return text
    scheme, _, rest = text.partition("://")
    # The user's part ends at the last @ before the path, since a careless password may hold one itself.
    authority, slash, tail = rest.partition("/")
    if "@" in authority:
        user, _, host = authority.rpartition("@")
        name, colon, _secret = user.partition(":")
        authority = f"{name}{':***' if colon else ''}@{host}"
    return f"{scheme}://{authority}{slash}" + re.sub(r"([?&]password=)[^&]*", r"\1***", tail)


def _insert(kind: type[Row]) -> str:
    types = ("bigint" if name.endswith(_WHOLE_NUMBERS) else "text" for name in kind._fields)
    arrays = ", ".join(f"%s::{name}[]" for name in types)
    return f"INSERT INTO {TABLES[kind]} ({', '.join(kind._fields)}) SELECT * FROM unnest({arrays})"  # noqa: S608 - names of our own row types


_INSERTS: Final = {kind: _insert(kind) for kind in TABLES}


class PostgresBooks:
    """The database of a ``postgresql://`` URL; a password may also come from PGPASSWORD or ~/.pgpass."""

    is_shared = True

    def __init__(self, url: str) -> None:
        self.name = without_password(url)
        self._url = url
        self._connection: psycopg.Connection | None = None
        self._process = 0
        self._seen = 0
        self._campaign_seen = 0

    def open(self) -> None:
        """Connect, create what is missing, and take a process number."""
        books = self._connected()
        try:
            with books.transaction():
                # Two processes that start together would make the same tables.
                books.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
                books.execute(SCHEMA.read_text(encoding="utf-8"))
            row = books.execute("SELECT nextval('stub_processes')").fetchone()
            self._process = row[0] if row else 0
            self._introduce(books)
        except psycopg.Error as error:
            self.close()
            raise BooksError(said_without_secrets(self._url, error)) from error

    def close(self) -> None:
        """Close the connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def write(self, group: Group) -> dict[int, RowsRefusedError]:
        """Commit the group; what contradicts the books costs nobody but its own append."""
        xid: list[int] = []
        try:
            books = self._connected()
            try:
                self._write_at_once(books, group, xid)
            except psycopg.Error as error:
                if _refusal(error) is None:
                    raise
                xid.clear()
                return self._write_one_by_one(books, group, xid)
        except psycopg.Error as error:
            if xid and self._was_committed(xid[0]):
                return {}
            raise BooksError(said_without_secrets(self._url, error)) from error
        return {}

    def fetch(self, query: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """The rows of a query with ``?`` for its values."""
        try:
            return self._connected().execute(query.replace("?", "%s"), values).fetchall()
        except psycopg.Error as error:
            raise BooksError(said_without_secrets(self._url, error)) from error

    def news(self) -> News:
        """Cards and switches of other processes since the last call; the first one tells everything."""
        columns = ", ".join(f"e.{name}" for name in CardEventRow._fields)
        rows = self.fetch(
            f"SELECT {columns}, e.seq, o.discount_minor FROM card_events e LEFT JOIN orders o USING (order_id)"  # noqa: S608 - our own columns
            " WHERE e.seq > ? AND e.process <> ? AND (e.event IN ('issued', 'used') OR e.order_id IS NOT NULL)"
            " ORDER BY e.seq",
            (self._seen, self._process),
        )
        events = [CardEventRow(*row[:-2]) for row in rows]
        paid = {row[6]: row[-1] for row in rows if row[2] == "used"}
        self._seen = rows[-1][-2] if rows else self._seen
        terms = self.fetch(
            f"SELECT {', '.join(CampaignEventRow._fields)}, seq FROM campaign_events"  # noqa: S608 - our own columns
            " WHERE seq > ? AND process <> ? ORDER BY seq DESC LIMIT 1",
            (self._campaign_seen, self._process),
        )
        self._campaign_seen = terms[0][-1] if terms else self._campaign_seen
        return News(events, paid, CampaignEventRow(*terms[0][:-1]) if terms else None)

    # -- the connection --------------------------------------------------------------------------------------------

    def _connected(self) -> psycopg.Connection:
        if self._connection is not None and not self._connection.broken:
            return self._connection
        self.close()
        try:
            books = psycopg.connect(
                self._url, autocommit=True, connect_timeout=_CONNECT_S, application_name="springtide-stub"
            )
        except (psycopg.Error, ValueError) as error:
            raise BooksError(
                said_without_secrets(self._url, error)
            ) from None  # libpq repeats a URL that it cannot read
        self._connection = books
        if self._process:
            self._introduce(books)
        return books

    def _introduce(self, books: psycopg.Connection) -> None:
        books.execute("SELECT set_config('stub.process', %s, false)", (str(self._process),))

    def _was_committed(self, xid: int) -> bool:
        """Whether a transaction whose COMMIT was not answered came through; raises BooksError when nobody can tell."""
        self.close()
        rows = self.fetch("SELECT pg_xact_status(?::text::xid8)", (str(xid),))
        return bool(rows) and rows[0][0] == "committed"

    # -- a group ---------------------------------------------------------------------------------------------------

    @staticmethod
    def _write_at_once(books: psycopg.Connection, group: Group, xid: list[int]) -> None:
        by_kind: dict[type[Row], list[Row]] = {kind: [] for kind in TABLES}
        for rows in group:
            for row in rows:
                by_kind[type(row)].append(row)
        with books.transaction():
            _take_turn(books, xid)
            with books.pipeline():
                for kind, rows in by_kind.items():  # orders before the card events that are about them
                    if rows:
                        books.execute(_INSERTS[kind], [list(column) for column in zip(*rows, strict=True)])

    @staticmethod
    def _write_one_by_one(books: psycopg.Connection, group: Group, xid: list[int]) -> dict[int, RowsRefusedError]:
        refused: dict[int, RowsRefusedError] = {}
        with books.transaction():
            _take_turn(books, xid)
            for index, rows in enumerate(group):
                try:
                    with books.transaction():
                        for row in rows:
                            books.execute(_INSERTS[type(row)], [[value] for value in row])
                except psycopg.Error as error:
                    refusal = _refusal(error)
                    if refusal is None:
                        raise
                    refused[index] = refusal
        return refused


def _take_turn(books: psycopg.Connection, xid: list[int]) -> None:
    row = books.execute("SELECT pg_current_xact_id()::text, pg_advisory_xact_lock(%s)", (_LOCK,)).fetchone()
    xid.append(int(row[0]) if row else 0)


def _refusal(error: psycopg.Error) -> RowsRefusedError | None:
    """What the database holds against the rows, or None when it is something else."""
    if error.sqlstate == _CAMPAIGN_STATE:
        return CampaignRefusedError(error.diag.message_primary or "")
    if error.sqlstate == _CARD_STATE:
        return CardSpentError("the card has paid for another order")
    if error.sqlstate == _STOCK_STATE:
        return SoldOutError(error.diag.message_primary or "")
    if isinstance(error, errors.IntegrityError):
        return DuplicateKeyError(error.diag.message_primary or "a row is in the books already")
    return None


def said_without_secrets(url: str, error: Exception) -> str:
    """The first line of an error, without the URL and its password, which libpq may repeat."""
    text = (str(error).strip() or type(error).__name__).splitlines()[0]
    authority = url.partition("://")[2].partition("/")[0]
    secrets = [authority.rpartition("@")[0].partition(":")[2], *re.findall(r"[?&]password=([^&]*)", url)]
    for secret in (url, *secrets):
        text = text.replace(secret, "***") if secret else text
    return text[:300]
