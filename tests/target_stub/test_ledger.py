"""The books against real SQLite files: groups, refusals, a full disk, and readers from outside."""

import asyncio
import sqlite3
import subprocess
import sys
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path

import pytest

from target_stub.ledger import (
    CampaignEventRow,
    CardEventRow,
    DuplicateKeyError,
    Ledger,
    LedgerUnavailableError,
    OrderRow,
    PaymentRow,
    RefundRow,
    StockEventRow,
)
from target_stub.ledger_sqlite import SqliteBooks

REFUND = RefundRow("ref_2", "ord_2", "canceled", 1800, 0, "k-back", 3)


def order(n: int, key: str | None = None, card: str | None = None) -> OrderRow:
    """The n-th order of a made-up shop."""
    discount = 1799 if card else 0
    return OrderRow(
        f"ord_{n}", key or f"k{n}", f"cs_{n}", "u1", "[]", "CNY", 1500, 300, discount, 1800 - discount, card, n
    )


def payment(n: int) -> PaymentRow:
    """The capture of the n-th order."""
    return PaymentRow(f"pay_{n}", f"ord_{n}", 1800, n)


def card_event(n: int, event: str = "issued") -> CardEventRow:
    """An event of the n-th card."""
    return CardEventRow(f"card{n}", "u1", event, 2500, 99, None, None, n)


def rows(path: Path, query: str) -> list[tuple[object, ...]]:
    """What another connection reads."""
    with closing(sqlite3.connect(path)) as books:
        return books.execute(query).fetchall()


def with_ledger(
    path: Path | None, story: Callable[[Ledger], Awaitable[None]], *, max_bytes: int | None = None, **options: float
) -> Ledger:
    """Open a ledger, run a story, close it."""

    async def run() -> Ledger:
        ledger = Ledger(SqliteBooks(path, max_bytes=max_bytes), **options)
        await ledger.start()
        try:
            await story(ledger)
        finally:
            await ledger.close()
        return ledger

    return asyncio.run(run())


def test_concurrent_appends_share_few_commits(tmp_path: Path) -> None:
    """Two hundred orders at once take at most a handful of commits, and every one is readable afterwards."""
    path = tmp_path / "ledger.sqlite"

    async def story(ledger: Ledger) -> None:
        await asyncio.gather(*(ledger.commit(order(n), payment(n)) for n in range(200)))

    ledger = with_ledger(path, story)

    assert ledger.commits <= 5
    assert ledger.rows_written == 400
    assert rows(path, "SELECT count(*), count(DISTINCT order_id) FROM orders") == [(200, 200)]
    assert rows(path, "SELECT count(*) FROM payments") == [(200,)]


def test_a_commit_returns_when_another_process_can_read_the_row(tmp_path: Path) -> None:
    """An order that is acknowledged is in the file for a reader of its own process, while the ledger is open."""
    path = tmp_path / "ledger.sqlite"
    program = (
        "import sqlite3, sys; "
        "print(sqlite3.connect(f'file:{sys.argv[1]}?mode=ro', uri=True).execute('SELECT order_id FROM orders').fetchall())"
    )

    async def story(ledger: Ledger) -> None:
        await ledger.commit(order(1))
        reader = await asyncio.to_thread(
            subprocess.run, [sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True
        )
        assert reader.stdout == "[('ord_1',)]\n"

    with_ledger(path, story)


def test_rows_stand_in_the_order_of_their_appends(tmp_path: Path) -> None:
    """The sequence of every table is the order in which rows were appended, whether or not somebody waited."""
    path = tmp_path / "ledger.sqlite"

    async def story(ledger: Ledger) -> None:
        ledger.post(card_event(0))
        waiting = [asyncio.ensure_future(ledger.commit(card_event(n))) for n in range(1, 5)]
        await asyncio.gather(*waiting)
        ledger.post(card_event(5))

    with_ledger(path, story)

    assert rows(path, "SELECT card_code FROM card_events ORDER BY seq") == [(f"card{n}",) for n in range(6)]


def test_closing_commits_everything_that_waits(tmp_path: Path) -> None:
    """Rows that nobody waited for and commits that are under way are in the file after the close."""
    path = tmp_path / "ledger.sqlite"

    async def story(ledger: Ledger) -> None:
        waiting = asyncio.ensure_future(ledger.commit(order(1)))
        ledger.post(card_event(1))
        ledger.post(CampaignEventRow("open", "open", 1, 10, 99, 1))
        await asyncio.sleep(0)
        await ledger.close()
        await waiting

    with_ledger(path, story, window_s=3600)

    assert rows(path, "SELECT (SELECT count(*) FROM orders), (SELECT count(*) FROM card_events)") == [(1, 1)]
    assert rows(path, "SELECT issuing FROM campaign_events") == [("open",)]


@pytest.mark.parametrize("table", ["orders", "payments", "card_events", "campaign_events", "stock_events", "refunds"])
@pytest.mark.parametrize("change", ["UPDATE {} SET seq = 9", "DELETE FROM {}"], ids=["update", "delete"])
def test_what_is_written_stays_written(tmp_path: Path, table: str, change: str) -> None:
    """UPDATE and DELETE are refused on every table, from any connection."""
    path = tmp_path / "ledger.sqlite"

    async def story(ledger: Ledger) -> None:
        await ledger.commit(order(1), payment(1), card_event(1), CampaignEventRow("open", "open", 1, 10, 99, 1))
        await ledger.commit(REFUND, StockEventRow("tea", "supplied", 9, None, 1))

    with_ledger(path, story)

    with (
        closing(sqlite3.connect(path)) as books,
        pytest.raises(sqlite3.IntegrityError, match=f"{table} is append-only"),
    ):
        books.execute(change.format(table))


@pytest.mark.parametrize(
    ("second", "why"),
    [
        (order(2, key="k1"), "the idempotency key has an order"),
        (order(1, key="k2"), "the order and its session are in the books"),
        (order(3)._replace(session_id="cs_1"), "the session has an order"),
    ],
)
def test_a_doubled_order_is_refused_by_the_database(tmp_path: Path, second: OrderRow, why: str) -> None:
    """A key, an order id or a session that is in the books is refused, and nothing of the entry is written."""
    path = tmp_path / "ledger.sqlite"

    async def story(ledger: Ledger) -> None:
        await ledger.commit(order(1), payment(1))
        with pytest.raises(DuplicateKeyError):
            await ledger.commit(second, payment(7), card_event(7, "used"))

    with_ledger(path, story)

    assert why
    assert rows(path, "SELECT order_id FROM orders") == [("ord_1",)]
    assert rows(path, "SELECT payment_id FROM payments") == [("pay_1",)]
    assert rows(path, "SELECT count(*) FROM card_events") == [(0,)]


def test_an_order_is_not_written_without_its_payment(tmp_path: Path) -> None:
    """When the last row of an entry is refused, the rows before it are not in the books either."""
    path = tmp_path / "ledger.sqlite"

    async def story(ledger: Ledger) -> None:
        await ledger.commit(order(1), payment(1))
        with pytest.raises(DuplicateKeyError):
            await ledger.commit(order(2), payment(1))

    with_ledger(path, story)

    assert rows(path, "SELECT order_id FROM orders") == [("ord_1",)]


def test_a_refused_entry_costs_nobody_else(tmp_path: Path) -> None:
    """Of a group with one doubled key, every other entry is committed and the first of the two wins."""
    path = tmp_path / "ledger.sqlite"

    async def story(ledger: Ledger) -> None:
        keys = ["a", "b", "a", "c"]
        results = await asyncio.gather(
            *(ledger.commit(order(n, key=key), payment(n)) for n, key in enumerate(keys)), return_exceptions=True
        )
        assert [type(result) for result in results] == [type(None), type(None), DuplicateKeyError, type(None)]

    with_ledger(path, story)

    assert rows(path, "SELECT order_id FROM orders ORDER BY seq") == [("ord_0",), ("ord_1",), ("ord_3",)]
    assert rows(path, "SELECT payment_id FROM payments ORDER BY seq") == [("pay_0",), ("pay_1",), ("pay_3",)]


def test_a_full_disk_acknowledges_nothing(tmp_path: Path) -> None:
    """When SQLite cannot grow the file, the waiting commits fail, and the file holds exactly what was acknowledged."""
    path = tmp_path / "ledger.sqlite"
    acknowledged: list[str] = []

    async def story(ledger: Ledger) -> None:
        for n in range(200):
            wide = order(n)._replace(items="x" * 2000)
            try:
                await ledger.commit(wide, payment(n))
            except LedgerUnavailableError:
                break
            acknowledged.append(wide.order_id)
        assert ledger.failed_commits == 1
        with pytest.raises(LedgerUnavailableError, match="full"):
            await asyncio.gather(*(ledger.commit(order(n)._replace(items="x" * 9000)) for n in (300, 301)))

    with_ledger(path, story, window_s=0.0, max_bytes=160 * 1024)

    assert 0 < len(acknowledged) < 200
    assert rows(path, "SELECT order_id FROM orders ORDER BY seq") == [(order_id,) for order_id in acknowledged]
    assert rows(path, "SELECT count(*) FROM payments") == [(len(acknowledged),)]


def test_rows_that_nobody_waits_for_survive_a_failed_commit(tmp_path: Path) -> None:
    """A posted row whose group did not fit on the disk is written with the next group."""
    path = tmp_path / "ledger.sqlite"

    async def story(ledger: Ledger) -> None:
        ledger.post(card_event(1))
        with pytest.raises(LedgerUnavailableError):
            await ledger.commit(order(1)._replace(items="x" * 1_000_000))
        await ledger.commit(card_event(2))

    with_ledger(path, story, max_bytes=160 * 1024)

    assert rows(path, "SELECT card_code FROM card_events ORDER BY seq") == [("card1",), ("card2",)]
    assert rows(path, "SELECT count(*) FROM orders") == [(0,)]


def test_a_close_says_when_rows_are_lost(tmp_path: Path) -> None:
    """Rows that could not be written by the close are counted in its error."""
    path = tmp_path / "ledger.sqlite"

    async def story() -> None:
        ledger = Ledger(SqliteBooks(path, max_bytes=160 * 1024))
        await ledger.start()
        ledger.post(card_event(1)._replace(user_id="u" * 1_000_000), card_event(2))
        with pytest.raises(LedgerUnavailableError, match="without 2 rows"):
            await ledger.close()

    asyncio.run(story())
    assert rows(path, "SELECT count(*) FROM card_events") == [(0,)]


def test_a_file_that_is_no_ledger_is_said_in_a_sentence(tmp_path: Path) -> None:
    """Opening a file that is not SQLite, or in a directory that is not there, names the path and the cause."""
    text = tmp_path / "ledger.sqlite"
    text.write_text("not a database, but long enough to be read as one", encoding="utf-8")

    for path in (text, tmp_path / "nowhere" / "ledger.sqlite"):
        with pytest.raises(LedgerUnavailableError, match=str(path)):
            asyncio.run(Ledger(SqliteBooks(path)).start())


def test_a_closed_ledger_takes_nothing() -> None:
    """After the close every append is refused, and a second close does nothing."""

    async def story(ledger: Ledger) -> None:
        await ledger.close()
        await ledger.close()
        with pytest.raises(LedgerUnavailableError, match="not open"):
            ledger.post(card_event(1))
        with pytest.raises(LedgerUnavailableError, match="not open"):
            await ledger.commit(order(1))

    with_ledger(None, story)


def test_a_caller_that_gives_up_does_not_take_its_row_along(tmp_path: Path) -> None:
    """An append whose caller was cancelled is committed with its group, and its neighbours are acknowledged."""
    path = tmp_path / "ledger.sqlite"

    async def story(ledger: Ledger) -> None:
        gone = asyncio.ensure_future(ledger.commit(order(1)))
        stays = asyncio.ensure_future(ledger.commit(order(2)))
        await asyncio.sleep(0)
        gone.cancel()
        await stays

    with_ledger(path, story)

    assert rows(path, "SELECT order_id FROM orders ORDER BY seq") == [("ord_1",), ("ord_2",)]


def test_a_ledger_is_read_back(tmp_path: Path) -> None:
    """A ledger that is opened again finds its orders and refunds, its card events in order, its stock, and what each card paid."""
    path = tmp_path / "ledger.sqlite"

    async def write(ledger: Ledger) -> None:
        await ledger.commit(order(1, card="card1"), card_event(1), card_event(1, "used"))
        await ledger.commit(
            order(2), StockEventRow("tea", "supplied", 9, None, 1), StockEventRow("tea", "sold", 4, "ord_2", 2)
        )
        await ledger.commit(REFUND, StockEventRow("tea", "returned", 3, "ord_2", 3))

    async def read(ledger: Ledger) -> None:
        assert await ledger.find_order("ord_1") == order(1, card="card1")
        assert await ledger.find_order("ord_9") is None
        assert await ledger.card_history() == [card_event(1), card_event(1, "used")]
        assert await ledger.find_refund("ord_2") == REFUND
        assert await ledger.find_refund("ord_1") is None
        assert await ledger.stock_left() == {"tea": 8}
        assert await ledger.order_discounts() == {"ord_1": 1799}

    with_ledger(path, write)
    with_ledger(path, read)


def test_an_order_is_refunded_once(tmp_path: Path) -> None:
    """The database refuses a second refund of an order, under whatever key and kind."""

    async def story(ledger: Ledger) -> None:
        await ledger.commit(REFUND)
        with pytest.raises(DuplicateKeyError):
            await ledger.commit(REFUND._replace(refund_id="ref_9", kind="refunded", idempotency_key="k9"))

    with_ledger(tmp_path / "ledger.sqlite", story)
