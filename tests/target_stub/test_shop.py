"""The shop as a whole: start, close, switches, counters, and a ledger that outlives a process."""

import logging
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from target_stub.web import RouteTable
from tests.helpers.clocks import VirtualClock
from tests.helpers.shops import ShopClient, with_shop


def read(path: Path, query: str) -> list[tuple[object, ...]]:
    """What another connection reads."""
    with closing(sqlite3.connect(path)) as books:
        return books.execute(query).fetchall()


def test_the_books_of_one_purchase(tmp_path: Path) -> None:
    """One purchase with a card leaves one order, one payment and the card's three events, all of one story."""
    path = tmp_path / "ledger.sqlite"
    told: dict[str, str] = {}

    async def story(shopper: ShopClient, _clock: VirtualClock) -> None:
        told["code"] = await shopper.claimed_code()
        told["session"] = await shopper.ready("mango-sago", codes=(told["code"],))
        completed = await shopper.complete(told["session"], idempotency_key="K")
        told["order"] = completed.body["order"]["id"]

    with_shop(story, path)

    assert read(
        path,
        "SELECT order_id, idempotency_key, session_id, user_id, items, currency, price_minor, fulfillment_minor,"
        " discount_minor, amount_minor, card_code FROM orders",
    ) == [
        (
            told["order"],
            "K",
            told["session"],
            "u1",
            '[{"sku":"mango-sago","quantity":1}]',
            "CNY",
            1900,
            300,
            2199,
            1,
            told["code"],
        )
    ]
    assert read(path, "SELECT order_id, amount_minor FROM payments") == [(told["order"], 1)]
    assert read(path, "SELECT event, session_id, order_id FROM card_events ORDER BY seq") == [
        ("issued", None, None),
        ("reserved", told["session"], None),
        ("used", told["session"], told["order"]),
    ]


def test_the_campaign_is_in_the_books_from_the_start(tmp_path: Path) -> None:
    """The terms stand in the ledger when the shop opens, and every switch adds a row in its order."""
    path = tmp_path / "ledger.sqlite"
    clock = VirtualClock()

    async def story(shopper: ShopClient, _clock: VirtualClock) -> None:
        shopper.shop.campaign_switch("paused", None, None)
        shopper.shop.campaign_switch(None, "paused", clock.unix_ns() + 2000)
        with pytest.raises(ValueError, match="expiry_moved_earlier"):
            shopper.shop.campaign_switch("open", None, clock.unix_ns())

    start = clock.unix_ns()
    with_shop(story, path, clock, cards_expire_unix_ns=start + 1000)

    assert read(
        path,
        "SELECT issuing, redeeming, budget_minor, cards_per_user, expires_unix_ns FROM campaign_events ORDER BY seq",
    ) == [
        ("open", "open", 300_000_000_000, 10, start + 1000),
        ("paused", "open", 300_000_000_000, 10, start + 1000),
        ("paused", "paused", 300_000_000_000, 10, start + 2000),
    ]


def test_a_switch_returns_the_campaign() -> None:
    """What a switch returns is what GET /campaign tells."""

    async def story(shopper: ShopClient, _clock: VirtualClock) -> None:
        after = shopper.shop.campaign_switch("paused", "paused", None)

        assert (after["issuing"], after["redeeming"]) == ("paused", "paused")
        assert (await shopper.get("/campaign")).body == after

    with_shop(story)


def test_a_ledger_outlives_its_process(tmp_path: Path) -> None:
    """A shop that opens an earlier shop's ledger knows its orders and cards and repeats none of its ids."""
    path = tmp_path / "ledger.sqlite"
    told: list[str] = []

    async def first(shopper: ShopClient, _clock: VirtualClock) -> None:
        code = await shopper.claimed_code()
        session_id = await shopper.ready("lemon-tea", codes=(code,))
        order = (await shopper.complete(session_id)).body["order"]["id"]
        told.extend((code, session_id, order))

    async def second(shopper: ShopClient, _clock: VirtualClock) -> None:
        code, session_id, order = told
        assert (await shopper.claim()).body["code"] == "card_cap_reached"
        assert (await shopper.get(f"/orders/{order}")).status == 200
        created = await shopper.create("lemon-tea")
        assert created.body["id"] != session_id
        applied = await shopper.apply(created.body["id"], code)
        assert applied.body["discounts"]["rejected"][0]["reason"] == "discount_code_usage_limit_reached"
        assert (await shopper.get("/campaign")).body["budget"]["spent"] == 1699
        assert (await shopper.complete(created.body["id"])).body["order"]["id"] != order

    with_shop(first, path, VirtualClock())
    with_shop(second, path, VirtualClock(unix_ns=1_770_000_100_000_000_000))

    assert read(path, "SELECT count(*) FROM orders") == [(2,)]


def test_counters_count_what_happened() -> None:
    """The counters tell sessions, orders, cards, replays and commits of this process."""

    async def story(shopper: ShopClient, _clock: VirtualClock) -> None:
        await shopper.complete(await shopper.ready("lemon-tea", codes=(await shopper.claimed_code(),)))
        session_id = (await shopper.create("lemon-tea", idempotency_key="k")).body["id"]
        await shopper.create("lemon-tea", idempotency_key="k")
        await shopper.create("taro-milk-tea", idempotency_key="k")
        await shopper.cancel(session_id)
        counters = shopper.counters()

        assert counters.pop("ledger_commits") <= counters.pop("ledger_rows") == 6
        assert counters == {
            "sessions": 2,
            "sessions_kept": 2,
            "sessions_expired": 0,
            "sessions_canceled": 1,
            "orders": 1,
            "orders_canceled": 0,
            "orders_refunded": 0,
            "units_left": 0,
            "payments_declined": 0,
            "cards_issued": 1,
            "cards_refused_paused": 0,
            "replays": 1,
            "key_conflicts": 1,
            "ledger_failed_commits": 0,
        }

    with_shop(story)


def test_a_close_that_loses_rows_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """When the disk is full at the close, the shop still closes and its log says how many rows are missing."""

    async def story(shopper: ShopClient, _clock: VirtualClock) -> None:
        for _ in range(5000):
            shopper.shop.campaign_switch("paused", None, None)

    with caplog.at_level(logging.ERROR):
        with_shop(story, tmp_path / "ledger.sqlite", ledger_max_bytes=80 * 1024)

    assert "without 5000 rows" in caplog.text


def test_the_routes_can_be_served() -> None:
    """No two routes of the shop claim one method and path."""

    async def story(shopper: ShopClient, _clock: VirtualClock) -> None:
        routes = shopper.shop.routes()

        RouteTable(routes)
        assert ("POST", "/checkout_sessions/{id}/complete") in {(route.method, route.pattern) for route in routes}

    with_shop(story)
