"""The stub's books: append-only tables that one writer thread fills in groups, in a file or in a PostgreSQL database.

Appends of the same few milliseconds share one transaction and one fsync, so durability costs one disk write per group
and not per order. An append is acknowledged only after its group's COMMIT. Any process may read the books meanwhile.
The books know nothing of sessions: they take rows, refuse what contradicts rows that are there, and say when they cannot write.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, NamedTuple, Protocol, TypeVar

WINDOW_S: Final = 0.005
"""How long the first append of a group waits for company: short beside a checkout, long beside a commit."""
BACKLOG_LIMIT: Final = 50_000
"""Entries waiting for the writer; past it appends are refused, so that a dead disk costs bounded memory."""
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
TABLES: Final[dict[type[Row], str]] = {
    OrderRow: "orders",
    PaymentRow: "payments",
    CardEventRow: "card_events",
    CampaignEventRow: "campaign_events",
    StockEventRow: "stock_events",
    RefundRow: "refunds",
}


class LedgerUnavailableError(Exception):
    """The books could not be written or read; nothing of an append is in them."""


class RowsRefusedError(Exception):
    """The database refused the rows, since they contradict what is in the books; none of them is in."""


class DuplicateKeyError(RowsRefusedError):
    """An order, a session or an idempotency key is in the books already."""


class CardSpentError(RowsRefusedError):
    """The order's card has paid for another one, at another process."""


class SoldOutError(RowsRefusedError):
    """Other processes have sold the last units of a product of the order."""


class CampaignRefusedError(RowsRefusedError):
    """The campaign of all processes gives no card; `reason` is already_issued, card_cap_reached, sold_out or issuing_paused."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class BooksError(LedgerUnavailableError):
    """The books cannot be opened, read or written; the text says why, without secrets."""


Group = Sequence[Sequence[Row]]
"""Appends that share a transaction; the rows of each are written together or not at all."""


class News(NamedTuple):
    """What other processes have written since the last look, in commit order."""

    cards: list[CardEventRow]
    """Cards issued, used and returned; holds are their own processes' business."""
    paid_minor: dict[str, int]
    """What each used card among them paid, in minor units by order id."""
    campaign: CampaignEventRow | None
    """The latest terms and switches, when they are news."""


class Books(Protocol):
    """Where the rows are kept. All methods block and belong to one thread; each raises BooksError."""

    name: str
    """What people call these books; no secrets."""
    is_shared: bool
    """Whether other processes write into them at the same time."""

    def open(self) -> None:
        """Make what is missing and check that rows can be written."""
        ...

    def close(self) -> None:
        """Let go of them."""
        ...

    def write(self, group: Group) -> dict[int, RowsRefusedError]:
        """Commit the group; returns what was refused by its place. When it raises, nothing of the group is in."""
        ...

    def fetch(self, query: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """The rows of a query with ``?`` for its values."""
        ...

    def news(self) -> News:
        """What other processes have written since the last call; empty where there are none."""
        ...


class _Entry(NamedTuple):
    rows: Sequence[Row]
    done: "asyncio.Future[None] | None"  # None: nobody waits, so the rows are kept until they are written


class Ledger:
    """Takes rows for the books. Its methods belong to the event loop that called `start`."""

    def __init__(self, books: Books, *, window_s: float = WINDOW_S) -> None:
        self.commits = 0
        self.rows_written = 0
        self.failed_commits = 0
        self._books = books
        self._window_s = window_s
        self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ledger")
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: list[_Entry] = []
        self._timer: asyncio.TimerHandle | None = None
        self._group: asyncio.Task[None] | None = None
        self._due = False
        self._closing = False

    @property
    def is_shared(self) -> bool:
        """Whether other processes write into the same books."""
        return self._books.is_shared

    async def start(self) -> None:
        """Open the books and create what is missing; raises LedgerUnavailableError when they are none or not writable."""
        try:
            await self._in_writer(self._books.open)
        except BooksError as error:
            self._writer.shutdown()
            raise LedgerUnavailableError(f"cannot open the ledger {self._books.name}: {error}") from error
        self._loop = asyncio.get_running_loop()

    async def close(self) -> None:
        """Commit everything that waits, then close the file; raises LedgerUnavailableError when rows are left over."""
        if self._loop is None or self._closing:
            return
        self._closing = True
        if self._timer is not None:
            self._timer.cancel()
        while self._group is not None:
            await self._group
        if self._waiting:
            await self._start_group()
        lost = sum(len(entry.rows) for entry in self._waiting)
        await self._in_writer(self._books.close)
        self._writer.shutdown()
        if lost:
            raise LedgerUnavailableError(
                f"the ledger {self._books.name} was closed without {lost} rows that it could not write"
            )

    async def commit(self, *rows: Row) -> None:
        """Append the rows in one transaction and return after its COMMIT.

        Raises RowsRefusedError when the database refuses them, LedgerUnavailableError when the group could not be committed;
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
        return list(map(CardEventRow._make, await self._select(CardEventRow, "ORDER BY seq")))

    async def order_discounts(self) -> dict[str, int]:
        """What the card of each order paid, in minor units by order id."""
        query = "SELECT order_id, discount_minor FROM orders WHERE card_code IS NOT NULL"
        return dict(await self._in_writer(lambda: self._books.fetch(query)))

    async def news(self) -> News:
        """What other processes have written since the last call."""
        return await self._in_writer(self._books.news)

    async def stock_left(self) -> dict[str, int]:
        """Units left of every product that was ever supplied: supplied - sold + returned."""
        query = "SELECT sku, CAST(sum(CASE event WHEN 'sold' THEN -quantity ELSE quantity END) AS bigint) FROM stock_events GROUP BY sku"
        return dict(await self._in_writer(lambda: self._books.fetch(query)))

    async def _select(self, kind: type[Row], clause: str, *values: object) -> list[tuple[Any, ...]]:
        query = f"SELECT {', '.join(kind._fields)} FROM {TABLES[kind]} {clause}"  # noqa: S608 - our own types and words
        return await self._in_writer(lambda: self._books.fetch(query, values))

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
            refused = await self._in_writer(lambda: self._books.write([entry.rows for entry in group]))
        except BooksError as error:
            self._keep_or_fail(group, error)
        else:
            self.commits += 1
            self._acknowledge(group, refused)
        self._group = None
        if self._due:
            self._start_group()

    def _keep_or_fail(self, group: list[_Entry], error: BooksError) -> None:
        self.failed_commits += 1
        _log.error("the ledger %s could not commit %d entries: %s", self._books.name, len(group), error)
        self._waiting[:0] = [entry for entry in group if entry.done is None]
        for entry in group:
            if entry.done is not None and not entry.done.done():
                entry.done.set_exception(LedgerUnavailableError(f"the ledger could not commit: {error}"))

    def _acknowledge(self, group: list[_Entry], refused: dict[int, RowsRefusedError]) -> None:
        for index, entry in enumerate(group):
            why = refused.get(index)
            if why is None:
                self.rows_written += len(entry.rows)
                if entry.done is not None and not entry.done.done():
                    entry.done.set_result(None)
            elif entry.done is None:
                _log.error("the ledger %s refused %s: %s", self._books.name, entry.rows, why)
            elif not entry.done.done():
                entry.done.set_exception(why)

    async def _in_writer(self, work: Callable[[], _Result]) -> _Result:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._writer, work)
        except RuntimeError as error:  # the executor is shut down
            raise LedgerUnavailableError("the ledger is closed") from error
