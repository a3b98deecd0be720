"""Shared books in a real PostgreSQL: what holds for many processes, and that nobody sees the password."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import httpx
import msgspec
import psycopg
import pytest

from target_stub.cards import CampaignTerms
from target_stub.catalogue import CATALOGUE
from target_stub.ledger import (
    TABLES,
    CampaignEventRow,
    CampaignRefusedError,
    CardEventRow,
    CardSpentError,
    DuplicateKeyError,
    Ledger,
    LedgerUnavailableError,
    OrderRow,
    PaymentRow,
)
from target_stub.ledger_postgres import PostgresBooks, is_postgres, said_without_secrets, without_password
from target_stub.ledger_sqlite import SqliteBooks
from target_stub.shop import open_shop
from tests.helpers.clocks import VirtualClock
from tests.helpers.postgres import PASSWORD, PostgresServer
from tests.helpers.shops import PAYMENT, ShopClient, apply_body, create_body


def order(n: int, **changed: Any) -> OrderRow:
    """The n-th order of a made-up shop."""
    row = OrderRow(f"ord_{n}", f"k{n}", f"cs_{n}", "u1", "[]", "CNY", 1500, 300, 0, 1800, None, n)
    return row._replace(**changed)


def card_event(event: str, code: str = "F1", user: str = "u1", order_id: str | None = None) -> CardEventRow:
    """An event of a card."""
    return CardEventRow(code, user, event, 2500, 99, "cs_1", order_id, 1)


def terms(issuing: str = "open", budget_minor: int = 10_000, cards_per_user: int = 2) -> CampaignEventRow:
    """The campaign's terms."""
    return CampaignEventRow(issuing, "open", budget_minor, cards_per_user, 99, 1)


def rows(url: str, query: str) -> list[tuple[Any, ...]]:
    """What another connection reads."""
    with psycopg.connect(url) as books:
        return books.execute(query).fetchall()


def with_ledgers(url: str, count: int, story: Callable[..., Awaitable[None]]) -> None:
    """Open as many ledgers on the same books, as so many processes do, run a story, close them."""

    async def run() -> None:
        ledgers = [Ledger(PostgresBooks(url)) for _ in range(count)]
        for ledger in ledgers:
            await ledger.start()
        try:
            await story(*ledgers)
        finally:
            for ledger in ledgers:
                await ledger.close()

    asyncio.run(run())


def test_groups_of_two_processes_stand_in_commit_order(postgres: PostgresServer) -> None:
    """Appends share few commits, both ledgers find every order, and `seq` rises with the commits."""
    url = postgres.new_database()

    async def story(one: Ledger, other: Ledger) -> None:
        payment = PaymentRow("pay_1", "ord_1", 1800, 1)
        await asyncio.gather(
            one.commit(order(1), payment), *((one, other)[n % 2].commit(order(n)) for n in range(2, 100))
        )
        assert one.commits + other.commits <= 8
        assert await other.find_order("ord_1") == order(1)
        assert await one.find_order("ord_x") is None
        one.post(card_event("reserved"))

    with_ledgers(url, 2, story)

    assert rows(url, "SELECT count(*), count(DISTINCT order_id) FROM orders") == [(99, 99)]
    assert rows(url, "SELECT event FROM card_events") == [("reserved",)]


@pytest.mark.parametrize("table", sorted(TABLES.values()))
def test_both_databases_have_the_same_columns(postgres: PostgresServer, table: str) -> None:
    """Whoever reads the one ledger can read the other; `process` is PostgreSQL's own."""
    url = postgres.new_database()
    with_ledgers(url, 1, lambda _ledger: asyncio.sleep(0))
    file = SqliteBooks(None)
    file.open()

    columns = rows(url, f"SELECT attname FROM pg_attribute WHERE attrelid = '{table}'::regclass AND attnum > 0")

    assert [name for (name,) in columns if name != "process"] == [
        row[1] for row in file.fetch(f"PRAGMA table_info({table})")
    ]


def test_what_is_written_stays_written(postgres: PostgresServer) -> None:
    """UPDATE, DELETE and TRUNCATE are refused on every table, for the owner of the database too."""
    url = postgres.new_database()
    with_ledgers(url, 1, lambda ledger: ledger.commit(order(1)))

    with psycopg.connect(url, autocommit=True) as books:
        for table in TABLES.values():
            for change in ("UPDATE {} SET seq = DEFAULT", "DELETE FROM {}", "TRUNCATE {}"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege, match=f"{table} is append-only"):
                    books.execute(change.format(table))


@pytest.mark.parametrize(
    "second",
    [
        pytest.param(order(2, idempotency_key="k1"), id="the key has an order"),
        pytest.param(order(2, session_id="cs_1"), id="the session has an order"),
        pytest.param(order(2, order_id="ord_1"), id="the order is there"),
    ],
)
def test_a_doubled_order_is_refused_across_processes(postgres: PostgresServer, second: OrderRow) -> None:
    """The database refuses what another process wrote, and the rest of the group is committed."""
    url = postgres.new_database()

    async def story(one: Ledger, other: Ledger) -> None:
        await one.commit(order(1))
        answers = await asyncio.gather(other.commit(second), other.commit(order(3)), return_exceptions=True)
        assert isinstance(answers[0], DuplicateKeyError)
        assert answers[1] is None

    with_ledgers(url, 2, story)

    assert rows(url, "SELECT order_id FROM orders ORDER BY seq") == [("ord_1",), ("ord_3",)]


def test_a_card_is_issued_once_and_spent_once_by_all_processes(postgres: PostgresServer) -> None:
    """The second issue and the second spending are refused; a card that its order gave back can be spent again."""
    url = postgres.new_database()

    async def story(one: Ledger, other: Ledger) -> None:
        await one.commit(terms())
        await one.commit(card_event("issued"))
        with pytest.raises(CampaignRefusedError, match="already_issued"):
            await other.commit(card_event("issued", user="u2"))
        await one.commit(order(1, discount_minor=1799, card_code="F1"), card_event("used", order_id="ord_1"))
        with pytest.raises(CardSpentError):
            await other.commit(order(2), card_event("used", order_id="ord_2"))
        await other.commit(card_event("released"))
        with pytest.raises(CardSpentError):
            await other.commit(order(2), card_event("used", order_id="ord_2"))
        await one.commit(card_event("released", order_id="ord_1"))
        await other.commit(order(2), card_event("used", order_id="ord_2"))

    with_ledgers(url, 2, story)

    assert rows(url, "SELECT order_id FROM orders ORDER BY seq") == [("ord_1",), ("ord_2",)]
    assert rows(url, "SELECT promised_minor, spent_minor FROM campaign_account") == [(2500, 0)]


@pytest.mark.parametrize(
    ("in_force", "users", "given", "reason"),
    [
        pytest.param(terms(budget_minor=5000), "abcd", 2, "sold_out", id="the budget"),
        pytest.param(terms(cards_per_user=3), "aaaaa", 3, "card_cap_reached", id="the cards of one user"),
        pytest.param(terms("paused"), "ab", 0, "issuing_paused", id="a paused campaign"),
    ],
)
def test_the_campaigns_limits_hold_for_all_processes(
    postgres: PostgresServer, in_force: CampaignEventRow, users: str, given: int, reason: str
) -> None:
    """Whichever process asks, no more is issued than the terms allow, within one group and across groups."""
    url = postgres.new_database()

    async def story(*ledgers: Ledger) -> None:
        await ledgers[0].commit(in_force)
        answers = await asyncio.gather(
            *(ledgers[n % 2].commit(card_event("issued", f"F{n}", user)) for n, user in enumerate(users)),
            return_exceptions=True,
        )
        refused = [answer for answer in answers if isinstance(answer, CampaignRefusedError)]
        assert len(answers) - len(refused) == given
        assert {refusal.reason for refusal in refused} == {reason}

    with_ledgers(url, 2, story)


def test_a_lost_connection_costs_no_row(postgres: PostgresServer) -> None:
    """After the server ended the connection, the append that met it may fail; rows that nobody waits for come through."""
    url = postgres.new_database()

    async def story(ledger: Ledger) -> None:
        await ledger.commit(order(1))
        rows(url, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'springtide-stub'"
                  " AND datname = current_database()")  # fmt: skip
        ledger.post(card_event("reserved"))
        with pytest.raises(LedgerUnavailableError):
            await ledger.commit(order(2))
        await ledger.commit(order(3))

    with_ledgers(url, 1, story)

    assert rows(url, "SELECT order_id FROM orders ORDER BY seq") == [("ord_1",), ("ord_3",)]
    assert rows(url, "SELECT event FROM card_events") == [("reserved",)]


def test_two_shops_share_a_campaign(postgres: PostgresServer) -> None:
    """A card claimed at one shop is known and spent at the other, once; switches and the budget are common."""
    url = postgres.new_database()

    async def run() -> None:
        shops = [
            open_shop(
                url, clock=VirtualClock(), catalogue=CATALOGUE, terms=CampaignTerms(budget_minor=5000), instance=name
            )
            for name in ("a", "b")
        ]
        for shop in shops:
            await shop.start()
        try:
            here, there = ShopClient(shops[0]), ShopClient(shops[1])
            code = await here.claimed_code()
            again = await there.claim(idempotency_key="other")
            assert (again.status, again.body["code"]) == (409, "card_cap_reached")
            await shops[1].read_news()
            sessions = [await client.ready("pearl-milk-tea", codes=(code,)) for client in (here, there)]
            first, second = [
                await client.complete(session, idempotency_key=f"pay-{session}")
                for client, session in zip((here, there), sessions, strict=True)
            ]
            assert first.body["status"] == "completed"
            assert second.body["status"] == "ready_for_payment"
            assert next(message["code"] for message in second.body["messages"]) == "coupon_invalid"
            await shops[1].read_news()
            assert (await there.get("/campaign")).body["budget"] == {"total": 5000, "spent": 1799, "reserved": 701}
            shops[0].campaign_switch(issuing="paused")
            await ShopClient(shops[0], "u3").claim()
            await asyncio.sleep(0.05)
            refused = await ShopClient(shops[1], "u2").claim()
            assert (refused.status, refused.body["code"]) == (503, "issuing_paused")
        finally:
            for shop in shops:
                await shop.close()

    asyncio.run(run())


def test_two_shops_never_sell_the_last_unit_twice(postgres: PostgresServer) -> None:
    """The second payment makes no order and its session says that the basket is out of stock; both shops then know."""
    url = postgres.new_database()

    async def run() -> None:
        shops = []
        for name in ("a", "b"):
            shop = open_shop(url, clock=VirtualClock(), catalogue=CATALOGUE, supply={"eggs-30": 1}, instance=name)
            await shop.start()
            shops.append(shop)
        try:
            clients = [ShopClient(shop, name) for shop, name in zip(shops, ("u1", "u2"), strict=True)]
            sessions = [await client.ready("eggs-30") for client in clients]
            answers = [await client.complete(session) for client, session in zip(clients, sessions, strict=True)]
            assert [answer.body["status"] for answer in answers] == ["completed", "not_ready_for_payment"]
        finally:
            for shop in shops:
                await shop.close()

    asyncio.run(run())
    assert rows(url, "SELECT sku, units FROM stock_account") == [("eggs-30", 0)]
    assert rows(url, "SELECT count(*) FROM orders") == [(1,)]


@contextmanager
def stub(url: str) -> Iterator[tuple[httpx.Client, "subprocess.Popen[bytes]", bytes]]:
    """A stub process on the books, a client of it, and its ready line."""
    command = [sys.executable, "-m", "target_stub", "--preset", "incident", "--until-stdin-closes", "--ledger", url]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        line = process.stdout.readline()
        try:
            base = msgspec.json.decode(line)["url"]
            with httpx.Client(base_url=base, timeout=20, headers={"authorization": "Bearer k"}) as client:
                yield client, process, line
        finally:
            process.stdin.close()
            process.wait(20)


def post(client: httpx.Client, path: str, body: object, key: str) -> httpx.Response:
    """One request of shopper u1."""
    headers = {"api-version": "2026-04-17", "x-shopper-id": "u1", "idempotency-key": key}
    return client.post(path, json=body, headers=headers)


@pytest.mark.load
def test_one_key_at_two_processes_makes_one_order(postgres: PostgresServer) -> None:
    """Both processes are asked to pay with one key: one order; an order survives kill -9; nobody tells the password."""
    url = postgres.new_database()
    with ExitStack() as stack:
        stubs = [stack.enter_context(stub(url)) for _ in range(2)]
        answers = []
        for client, _process, _line in stubs:
            session = post(client, "/checkout_sessions", create_body("pearl-milk-tea"), "c").json()["id"]
            post(client, f"/checkout_sessions/{session}", apply_body(["pearl-milk-tea"]), "a")
            answers.append(post(client, f"/checkout_sessions/{session}/complete", {"payment_data": PAYMENT}, "k1"))
        assert [answer.status_code for answer in answers] == [200, 422]
        order_id = answers[0].json()["order"]["id"]
        os.kill(stubs[0][1].pid, signal.SIGKILL)
        assert stubs[1][0].get(f"/orders/{order_id}").json()["id"] == order_id
        said = [line for _client, _process, line in stubs]
    for _client, process, _line in stubs:
        assert process.stderr is not None
        said.append(process.stderr.read() if not process.stderr.closed else b"")
    assert PASSWORD.encode() not in b"".join(said)
    assert rows(url, "SELECT idempotency_key FROM orders") == [("k1",)]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://u:pw@h:5/db", "postgresql://u:***@h:5/db"),
        ("postgresql://u:p@w@h/db", "postgresql://u:***@h/db"),
        ("postgres://u@h/db?a=1&password=pw&b=2", "postgres://u@h/db?a=1&password=***&b=2"),
        ("postgresql:///db?host=/tmp", "postgresql:///db?host=/tmp"),
        ("books/ledger.sqlite", "books/ledger.sqlite"),
    ],
)
def test_a_password_is_struck_out(text: str, shown: str) -> None:
    """The rest of the URL stays, so that people see which books are meant."""
    assert without_password(text) == shown
    assert is_postgres(text) == (text != shown or text.startswith("postgresql:"))


def test_an_error_that_repeats_the_url_tells_no_secret() -> None:
    """Neither the URL nor its password comes through."""
    url = "postgresql://u:hidden@h/db"
    assert said_without_secrets(url, ValueError(f"cannot read {url}\nmore")) == "cannot read ***"
    assert said_without_secrets(url, ValueError("password hidden is wrong")) == "password *** is wrong"


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://u:{PASSWORD}@127.0.0.1:1/db",
        f"postgresql://u:{PASSWORD}@[::1/db",
        f"postgresql://u:{PASSWORD}@127.0.0.1:port/db",
    ],
)
def test_books_that_cannot_be_opened_are_one_sentence_without_the_password(url: str) -> None:
    """Nobody listens there, or the URL is none."""
    with pytest.raises(LedgerUnavailableError) as caught:
        asyncio.run(Ledger(PostgresBooks(url)).start())
    assert PASSWORD not in str(caught.value)
    assert str(caught.value).startswith("cannot open the ledger postgresql://u:***@")
