"""The stub's books: append-only SQLite tables that one writer thread fills in groups.

Appends of the same few milliseconds share one transaction and one fsync, so durability costs one disk write per group
and not per order. An append is acknowledged only after its group's COMMIT. Any process may read the file meanwhile (WAL).
The books know nothing of sessions or cards: they take rows, refuse doubled keys, and say when they cannot write.
"""

import asyncio
import contextlib
import logging
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

WINDOW_S: Final = 0.005
"""How long the first append of a group waits for company: short beside a checkout, long beside a commit."""
BACKLOG_LIMIT: Final = 50_000
"""Entries waiting for the writer; past it appends are refused, so that a dead disk costs bounded memory."""
_PAGE_BYTES: Final = 4096
_SCHEMA: Final = Path(__file__).with_name("ledger.sql")
_log: Final = logging.getLogger(__name__)
_Result = TypeVar("_Result")


class OrderRow(NamedTuple):
    """One order; amounts in minor units, `items` as JSON sorted by sku. The columns of table `orders` without `seq`."""

    order_id: str
    idempotency_key: str
    session_id: str
    user_id: str
    items: str
    currency: str
    price_minor: int
    fulfillment_minor: int
    discount_minor: int
    amount_minor: int
    card_code: str | None
    committed_unix_ns: int
    """The instant of the decision to commit; the group's COMMIT follows within the window."""


class PaymentRow(NamedTuple):
    """One capture of money for an order."""

    payment_id: str
    order_id: str
    amount_minor: int
    captured_unix_ns: int


class CardEventRow(NamedTuple):
    """One step in the life of a card: issued, reserved, released or used."""

    card_code: str
    user_id: str
    event: str
    face_minor: int
    expires_unix_ns: int
    session_id: str | None
    order_id: str | None
    at_unix_ns: int


class StockEventRow(NamedTuple):
    """Units of a product: supplied to the shop, sold with an order, or returned by its cancelation."""

    sku: str
    event: str
    quantity: int
    order_id: str | None
    at_unix_ns: int


class RefundRow(NamedTuple):
    """An order's money given back, whole and once; `discount_minor` is what its card had paid if the card went back too."""

    refund_id: str
    order_id: str
    kind: str
    amount_minor: int
    discount_minor: int
    idempotency_key: str
    refunded_unix_ns: int


class CampaignEventRow(NamedTuple):
    """The terms and switches of the campaign from an instant on."""

    issuing: str
    redeeming: str
    budget_minor: int
    cards_per_user: int
    expires_unix_ns: int
    at_unix_ns: int


Row = OrderRow | PaymentRow | CardEventRow | StockEventRow | RefundRow | CampaignEventRow
_TABLES: Final[dict[type[Row], str]] = {
    OrderRow: "orders",
    PaymentRow: "payments",
    CardEventRow: "card_events",
    CampaignEventRow: "campaign_events",
    StockEventRow: "stock_events",
    RefundRow: "refunds",
}


def _insert(kind: type[Row]) -> str:
    places = ", ".join("?" * len(kind._fields))
    return f"INSERT INTO {_TABLES[kind]} ({', '.join(kind._fields)}) VALUES ({places})"  # noqa: S608 - only names from our own row types


_INSERTS: Final[dict[type[Row], str]] = {kind: _insert(kind) for kind in _TABLES}


class LedgerUnavailableError(Exception):
    """The books could not be written; nothing of the append is in them."""


class DuplicateKeyError(Exception):
    """The database refused the rows: an order, a session or an idempotency key is in the books already."""


class _Entry(NamedTuple):
    rows: Sequence[Row]
    done: "asyncio.Future[None] | None"  # None: nobody waits, so the rows are kept until they are written


class Ledger:
    """The books at `path`, or in memory when it is None. Its methods belong to the event loop that called `start`."""

    def __init__(self, path: Path | None, *, window_s: float = WINDOW_S, max_bytes: int | None = None) -> None:
        """`max_bytes` bounds the file's size; past it appends fail as they do on a full disk."""
        self.commits = 0
        self.rows_written = 0
        self.failed_commits = 0
        self._path = path
        self._window_s = window_s
        self._max_bytes = max_bytes
        self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ledger")
        self._connection: sqlite3.Connection | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: list[_Entry] = []
        self._timer: asyncio.TimerHandle | None = None
        self._group: asyncio.Task[None] | None = None
        self._due = False
        self._closing = False

    async def start(self) -> None:
        """Open the file and create what is missing; raises LedgerUnavailableError when it is no ledger or not writable."""
        try:
            self._connection = await self._in_writer(self._open)
        except sqlite3.Error as error:
            self._writer.shutdown()
            where = self._path or "memory"
            sentence = f"cannot open the ledger {where}: {error}; give a writable SQLite file"
            raise LedgerUnavailableError(sentence) from error
        self._loop = asyncio.get_running_loop()

    async def close(self) -> None:
        """Commit everything that waits, then close the file; raises LedgerUnavailableError when rows are left over."""
        if self._connection is None or self._closing:
            return
        self._closing = True
        if self._timer is not None:
            self._timer.cancel()
        while self._group is not None:
            await self._group
        if self._waiting:
            await self._start_group()
        lost = sum(len(entry.rows) for entry in self._waiting)
        connection, self._connection = self._connection, None
        await self._in_writer(connection.close)
        self._writer.shutdown()
        if lost:
            raise LedgerUnavailableError(
                f"the ledger {self._path} was closed without {lost} rows that it could not write"
            )

    async def commit(self, *rows: Row) -> None:
        """Append the rows in one transaction and return after its COMMIT.

        Raises DuplicateKeyError when the database refuses a key, LedgerUnavailableError when the group could not be committed;
        in both cases none of the rows is in the books.
        """
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._add(_Entry(rows, done))
        await done

    def post(self, *rows: Row) -> None:
        """Append the rows without waiting; they are retried with the next group until they are written.

        Raises LedgerUnavailableError when too much waits already.
        """
        self._add(_Entry(rows, None))

    async def find_order(self, order_id: str) -> OrderRow | None:
        """The order with this id, as committed."""
        rows = await self._select(OrderRow, "WHERE order_id = ?", order_id)
        return OrderRow(*rows[0]) if rows else None

    async def find_refund(self, order_id: str) -> RefundRow | None:
        """The refund of this order, as committed."""
        rows = await self._select(RefundRow, "WHERE order_id = ?", order_id)
        return RefundRow(*rows[0]) if rows else None

    async def card_history(self) -> list[CardEventRow]:
        """Every card event in commit order."""
        return [CardEventRow(*row) for row in await self._select(CardEventRow, "ORDER BY seq")]

    async def order_discounts(self) -> dict[str, int]:
        """What the card of each order paid, in minor units by order id."""
        query = "SELECT order_id, discount_minor FROM orders WHERE card_code IS NOT NULL"
        return dict(await self._in_writer(lambda: self._books().execute(query).fetchall()))

    async def stock_left(self) -> dict[str, int]:
        """Units left of every product that was ever supplied: supplied - sold + returned."""
        query = (
            "SELECT sku, sum(CASE event WHEN 'sold' THEN -quantity ELSE quantity END) FROM stock_events GROUP BY sku"
        )
        return dict(await self._in_writer(lambda: self._books().execute(query).fetchall()))

    async def _select(self, kind: type[Row], clause: str, *values: object) -> list[tuple[Any, ...]]:
        query = f"SELECT {', '.join(kind._fields)} FROM {_TABLES[kind]} {clause}"  # noqa: S608 - our own types and words
        return await self._in_writer(lambda: self._books().execute(query, values).fetchall())

    # -- the loop's side: who waits, and when a group closes ------------------------------------------------------

    def _add(self, entry: _Entry) -> None:
        if self._loop is None or self._closing:
            raise LedgerUnavailableError("the ledger is not open")
        if len(self._waiting) >= BACKLOG_LIMIT:
            raise LedgerUnavailableError(f"{BACKLOG_LIMIT} entries wait for the ledger's writer")
        self._waiting.append(entry)
        if self._timer is None and not self._due:
            self._timer = self._loop.call_later(self._window_s, self._window_over)

    def _window_over(self) -> None:
        """Close the group, or leave it open until the commit that is running ends."""
        self._timer = None
        if self._group is None:
            self._start_group()
        else:
            self._due = True

    def _start_group(self) -> "asyncio.Task[None]":
        self._due = False
        group, self._waiting = self._waiting, []
        self._group = asyncio.get_running_loop().create_task(self._commit_group(group))
        return self._group

    async def _commit_group(self, group: list[_Entry]) -> None:
        try:
            refused = await self._in_writer(lambda: self._write(group))
        except sqlite3.Error as error:
            self._keep_or_fail(group, error)
        else:
            self.commits += 1
            self._acknowledge(group, refused)
        self._group = None
        if self._due:
            self._start_group()

    def _keep_or_fail(self, group: list[_Entry], error: sqlite3.Error) -> None:
        self.failed_commits += 1
        _log.error("the ledger %s could not commit %d entries: %s", self._path, len(group), error)
        self._waiting[:0] = [entry for entry in group if entry.done is None]
        for entry in group:
            if entry.done is not None and not entry.done.done():
                entry.done.set_exception(LedgerUnavailableError(f"the ledger could not commit: {error}"))

    def _acknowledge(self, group: list[_Entry], refused: dict[int, str]) -> None:
        for index, entry in enumerate(group):
            why = refused.get(index)
            if why is None:
                self.rows_written += len(entry.rows)
                if entry.done is not None and not entry.done.done():
                    entry.done.set_result(None)
            elif entry.done is None:
                _log.error("the ledger %s refused %s: %s", self._path, entry.rows, why)
            elif not entry.done.done():
                entry.done.set_exception(DuplicateKeyError(why))

    # -- the writer thread's side ---------------------------------------------------------------------------------

    async def _in_writer(self, work: Callable[[], _Result]) -> _Result:
        return await asyncio.get_running_loop().run_in_executor(self._writer, work)

    def _books(self) -> sqlite3.Connection:
        if self._connection is None:
            raise LedgerUnavailableError("the ledger is closed")
        return self._connection

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path or ":memory:", isolation_level=None)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            # fsync on COMMIT: an acknowledged order survives power loss
            connection.execute("PRAGMA synchronous = FULL")
            connection.executescript(_SCHEMA.read_text(encoding="utf-8"))
            if self._max_bytes is not None:
                connection.execute(f"PRAGMA max_page_count = {self._max_bytes // _PAGE_BYTES:d}")
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    def _write(self, group: list[_Entry]) -> dict[int, str]:
        """Commit the group; returns the indexes of entries that the database refused, with its words."""
        rows_by_kind: dict[type[Row], list[Row]] = {}
        for entry in group:
            for row in entry.rows:
                rows_by_kind.setdefault(type(row), []).append(row)
        try:
            with self._transaction() as books:
                for kind, rows in rows_by_kind.items():
                    books.executemany(_INSERTS[kind], rows)
        except sqlite3.IntegrityError:
            return self._write_one_by_one(group)
        return {}

    def _write_one_by_one(self, group: list[_Entry]) -> dict[int, str]:
        """Commit the group with a savepoint an entry, so that a doubled key costs nobody but its own entry."""
        refused: dict[int, str] = {}
        with self._transaction() as books:
            for index, entry in enumerate(group):
                books.execute("SAVEPOINT entry")
                try:
                    for row in entry.rows:
                        books.execute(_INSERTS[type(row)], row)
                except sqlite3.IntegrityError as error:
                    books.execute("ROLLBACK TO entry")
                    refused[index] = str(error)
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
