"""The checkout's laws: whatever shoppers do in whatever order, the books stay right."""

import asyncio
import sqlite3
import tempfile
from collections.abc import Awaitable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from target_stub.cards import CampaignTerms, card_code
from tests.helpers.books import audit
from tests.helpers.clocks import VirtualClock
from tests.helpers.shops import DECLINED_PAYMENT, PAYMENT, Answer, ShopClient, with_shop

S = 1_000_000_000


def test_a_card_is_given_back_when_no_order_comes_of_it() -> None:
    """A decline, a cancel, an expiry and another code each free the card for the next checkout."""

    async def story(shopper: ShopClient, clock: VirtualClock) -> None:
        code = await shopper.claimed_code()

        async def state() -> str:
            card: dict[str, str] = (await shopper.get(f"/campaign/cards/card_{code}")).body["card"]
            return card["state"]

        session_id = await shopper.ready("eggs-30", codes=(code,))
        assert await state() == "reserved"
        await shopper.complete(session_id, DECLINED_PAYMENT)
        assert await state() == "issued"
        await shopper.apply(session_id, code)
        await shopper.cancel(session_id)
        assert await state() == "issued"
        session_id = await shopper.ready("eggs-30", codes=(code,))
        await shopper.post(f"/checkout_sessions/{session_id}", {"discounts": {"codes": []}})
        assert await state() == "issued"
        await shopper.apply(session_id, code)
        assert await state() == "reserved"
        clock.set_to(clock.monotonic_ns() + 3600 * S)
        await shopper.create("eggs-30")
        assert await state() == "issued"

    with_shop(story)


def test_a_card_lost_after_a_decline_is_not_charged_in_silence() -> None:
    """When another checkout took the card meanwhile, the payment stops, says so, and charges only when asked again."""

    async def story(shopper: ShopClient, _clock: VirtualClock) -> None:
        code = await shopper.claimed_code()
        first = await shopper.ready("eggs-30", codes=(code,))
        await shopper.complete(first, DECLINED_PAYMENT)
        second = await shopper.ready("eggs-30", codes=(code,))
        stopped = await shopper.complete(first)

        assert stopped.body["status"] == "ready_for_payment"
        assert stopped.body["messages"][0]["code"] == "coupon_invalid"
        assert stopped.body["discounts"]["rejected"][0]["reason"] == "discount_code_usage_limit_reached"
        assert stopped.body["totals"][-1]["amount"] == 3080
        assert (await shopper.complete(second)).body["totals"][-1]["amount"] == 580
        assert (await shopper.complete(first)).body["status"] == "completed"

    with_shop(story)


def test_paused_redeeming_keeps_the_card_and_the_price() -> None:
    """A payment with a card is told to come back while redeeming is paused, and then pays the price it was promised."""

    async def story(shopper: ShopClient, _clock: VirtualClock) -> None:
        session_id = await shopper.ready("eggs-30", codes=(await shopper.claimed_code(),))
        plain = await shopper.ready("eggs-30")
        shopper.shop.campaign_switch(None, "paused", None)
        paused = await shopper.complete(session_id, idempotency_key="k")
        assert (paused.status, paused.body["code"]) == (503, "redeeming_paused")
        assert (await shopper.complete(plain)).body["status"] == "completed"

        shopper.shop.campaign_switch(None, "open", None)
        assert (await shopper.complete(session_id, idempotency_key="k")).body["totals"][-1]["amount"] == 580

    with_shop(story)


@pytest.mark.parametrize(
    ("codes", "reasons", "why"),
    [
        (["{card}"], [], "the shopper's own card applies"),
        (["{card}", "{card}"], ["discount_code_already_applied"], "a code that is given twice counts once"),
        (["{card}", "{other}"], ["discount_code_combination_disallowed"], "one card pays for one order"),
        (["NOPE", "{card}"], ["discount_code_invalid"], "an unknown code does not stop a good one"),
        (["{foreign}"], ["discount_code_user_ineligible"], "a card belongs to its shopper"),
        ([" {card} "], [], "white space and case do not count"),
    ],
)
def test_codes_are_judged_one_by_one(codes: list[str], reasons: list[str], why: str) -> None:
    """Each code of a list is applied or rejected with its reason."""

    async def story(shopper: ShopClient, _clock: VirtualClock) -> None:
        names = {"card": (await shopper.claimed_code()).lower()}
        invite = {"user_id": "u1", "reason": "invite", "invited_user_id": "u9"}
        names["other"] = (await shopper.post("/campaign/cards", invite)).body["card"]["code"]
        names["foreign"] = await ShopClient(shopper.shop, "u2").claimed_code()
        session_id = (await shopper.create("eggs-30")).body["id"]
        told = (await shopper.apply(session_id, *(code.format(**names) for code in codes))).body["discounts"]

        assert [one["reason"] for one in told["rejected"]] == reasons
        assert [one["code"] for one in told["applied"]] == ([names["card"].upper()] if "{card}" in str(codes) else [])
        assert why

    with_shop(story)


def test_a_failed_commit_charges_nothing_and_can_be_repeated(tmp_path: Path) -> None:
    """When the ledger is full, a payment answers 503, no order exists, and the session is payable with its card."""
    path = tmp_path / "ledger.sqlite"

    async def story(shopper: ShopClient, _clock: VirtualClock) -> None:
        code = await shopper.claimed_code()
        session_id = await shopper.ready("eggs-30", codes=(code,))
        for n in range(2000):
            filler = await shopper.ready("lemon-tea")
            answer = await shopper.complete(filler, idempotency_key=f"{n:0255d}")
            if answer.status != 200:
                break
        assert (answer.status, answer.body["code"]) == (503, "service_unavailable")
        refused = await shopper.complete(session_id, idempotency_key="K" * 255)
        assert refused.status == 503
        session = await shopper.get(f"/checkout_sessions/{session_id}")
        assert session.body["status"] == "ready_for_payment"
        assert session.body["discounts"]["applied"][0]["code"] == code

    with_shop(story, path, ledger_max_bytes=80 * 1024, ledger_window_s=0.0)
    with closing(sqlite3.connect(path)) as books:
        assert books.execute("SELECT count(*) FROM orders WHERE card_code IS NOT NULL").fetchone() == (0,)


BUDGET_MINOR = 5000
USERS = ("u0", "u1", "u2")
OPEN = {"ready_for_payment", "not_ready_for_payment"}


class Market:
    """Shoppers at one shop: each verb is something that one of them, the operator or time does."""

    def __init__(self, shopper: ShopClient, clock: VirtualClock) -> None:
        self.shop = shopper.shop
        self.clock = clock
        self.shoppers = {user: ShopClient(self.shop, user) for user in USERS}
        self.sessions: list[tuple[str, str]] = []
        self.payments: list[tuple[str, str, bool]] = []
        self.told: dict[str, str] = {}
        self.issuing = "open"

    async def open(self, user: str, sku: str, owner: str) -> None:
        """A shopper opens a checkout and chooses delivery, with a card that may be somebody else's."""
        session_id = (await self.shoppers[user].create(sku)).body["id"]
        self.sessions.append((user, session_id))
        await self.shoppers[user].apply(session_id, *([card_code("first", owner)] if owner else []))

    async def claim(self, user: str) -> None:
        """A shopper asks for a first card; there is none while issuing is paused."""
        answer = await self.shoppers[user].claim()
        assert answer.status in ({201, 409, 410} if self.issuing == "open" else {503})

    async def apply(self, pick: int, owner: str) -> None:
        """The codes of a checkout are replaced, perhaps by none."""
        for user, session_id in self.picked(pick):
            codes = [card_code("first", owner)] if owner else []
            await self.shoppers[user].post(f"/checkout_sessions/{session_id}", {"discounts": {"codes": codes}})

    async def pay(self, pick: int, declined: bool) -> None:
        """A checkout is paid, perhaps with a token that is declined."""
        for user, session_id in self.picked(pick):
            self.payments.append((user, session_id, declined))
            await self.pay_again(0)

    async def pay_again(self, pick: int) -> None:
        """A payment is sent with its key, twice at the same moment."""
        if self.payments:
            n = len(self.payments) - 1 - pick % len(self.payments)
            user, session_id, declined = self.payments[n]
            payment = DECLINED_PAYMENT if declined else PAYMENT
            shopper = self.shoppers[user]
            await self.together(
                {f"pay{n}": [shopper.complete(session_id, payment, idempotency_key=f"pay{n}") for _ in range(2)]}
            )

    async def pay_at_once(self, pick: int, other: int) -> None:
        """Two checkouts, perhaps the same one, are paid at the same moment."""
        calls: dict[str, list[Awaitable[Answer]]] = {}
        for user, session_id in self.picked(pick) + self.picked(other):
            key = f"pay{len(self.payments)}"
            self.payments.append((user, session_id, False))
            calls[key] = [self.shoppers[user].complete(session_id, idempotency_key=key)]
        await self.together(calls)

    async def cancel(self, pick: int) -> None:
        """A checkout is given up."""
        for user, session_id in self.picked(pick):
            await self.shoppers[user].cancel(session_id)

    async def wait(self, seconds: int) -> None:
        """Time passes."""
        self.clock.set_to(self.clock.monotonic_ns() + seconds * S)

    async def switch(self, issuing: str | None, redeeming: str | None, extended_s: int) -> None:
        """The operator pauses or reopens something, or moves the cards' expiry later."""
        self.issuing = issuing or self.issuing
        expiry = self.clock.unix_ns() + extended_s * S if extended_s else None
        self.shop.campaign_switch(issuing, redeeming, expiry)

    def picked(self, pick: int) -> list[tuple[str, str]]:
        """A checkout and its shopper, the newest for 0; none before the first."""
        return [self.sessions[-1 - pick % len(self.sessions)]] if self.sessions else []

    async def together(self, calls: dict[str, list[Awaitable[Answer]]]) -> None:
        """Send payments at the same moment; a key that was told an order is told the same one again."""
        keys = [key for key, group in calls.items() for _ in group]
        known = set(self.told)
        answers = await asyncio.gather(*(call for group in calls.values() for call in group))
        for key, answer in zip(keys, answers, strict=True):
            assert key not in known or "order" in answer.body
            if "order" in answer.body:
                order_id = answer.body["order"]["id"]
                assert self.told.setdefault(key, order_id) == order_id

    async def check(self) -> None:
        """A held card belongs to an open checkout, and what is spent and promised stays within the budget."""
        reader = self.shoppers["u0"]
        await reader.get("/checkout_sessions/any")  # a look at any checkout lets the late ones expire
        budget = (await reader.get("/campaign")).body["budget"]
        assert budget["spent"] + budget["reserved"] <= BUDGET_MINOR
        for user in USERS:
            for card in (await reader.get(f"/campaign/cards?user_id={user}")).body["cards"]:
                if card["state"] == "reserved":
                    session = await reader.get(f"/checkout_sessions/{card['checkout_session_id']}")
                    assert session.body["status"] in OPEN


USER = st.sampled_from(USERS)
OWNER = st.sampled_from([*USERS, ""])
PICK = st.integers(0, 3)
WORD = st.sampled_from(["open", "paused", None])


def _step(verb: str, *arguments: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.tuples(st.just(verb), *arguments)


STEP = st.one_of(
    _step("open", USER, st.sampled_from(["lemon-tea", "eggs-30"]), OWNER),
    _step("open", st.just("u0"), st.just("eggs-30"), st.just("u0")),
    _step("pay", PICK, st.just(False)),
    _step("pay", PICK, st.just(True)),
    _step("pay_again", PICK),
    _step("pay_at_once", PICK, PICK),
    _step("apply", PICK, OWNER),
    _step("claim", USER),
    _step("cancel", PICK),
    _step("wait", st.sampled_from([1, 200, 601])),
    _step("switch", WORD, WORD, st.sampled_from([0, 1000])),
)


@settings(max_examples=80)
@given(st.lists(STEP, min_size=10, max_size=30))
def test_the_books_are_right_whatever_shoppers_do(steps: list[tuple[Any, ...]]) -> None:
    """After any order of checkouts, payments, repeats, declines, pauses and expiries the ledger keeps every law."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "ledger.sqlite"
        told: dict[str, str] = {}

        async def story(shopper: ShopClient, clock: VirtualClock) -> None:
            market = Market(shopper, clock)
            market.told = told
            for user in USERS[:2]:
                await market.claim(user)
                await market.open(user, "eggs-30", user)
            for verb, *arguments in steps:
                await getattr(market, verb)(*arguments)
                await market.check()

        clock = VirtualClock()
        with_shop(
            story,
            path,
            clock,
            terms=CampaignTerms(budget_minor=BUDGET_MINOR),
            cards_expire_unix_ns=clock.unix_ns() + 700 * S,
            session_ttl_ns=600 * S,
            session_limit=6,
            ledger_window_s=0.0,
        )
        with closing(sqlite3.connect(path)) as books:
            audit(books, told, BUDGET_MINOR)


def test_whoever_pays_first_has_the_last_unit() -> None:
    """Twelve shoppers hold checkouts for five units: five pay, and seven are told at every call that there are none."""

    async def story(shopper: ShopClient, _clock: VirtualClock) -> None:
        shoppers = [ShopClient(shopper.shop, f"u{n}") for n in range(12)]
        sessions = [await one.ready("cinema-imax") for one in shoppers]
        pairs = list(zip(shoppers, sessions, strict=True))
        answers = await asyncio.gather(*(one.complete(session) for one, session in pairs))
        statuses = [answer.body["status"] for answer in answers]
        assert [statuses.count(status) for status in ("completed", "not_ready_for_payment")] == [5, 7]
        assert shopper.counters()["units_left"] == 0
        late = statuses.index("not_ready_for_payment")
        for answer in (
            answers[late],
            await shoppers[late].get(f"/checkout_sessions/{sessions[late]}"),
            await shoppers[late].apply(sessions[late]),
            await shoppers[late].create("cinema-imax"),
        ):
            assert answer.status in {200, 201}
            assert answer.body["status"] == "not_ready_for_payment"
            assert [(m["code"], m["param"]) for m in answer.body["messages"] if m["code"] != "missing"] == [
                ("out_of_stock", "$.line_items[0]")
            ]

    with_shop(story, supply={"cinema-imax": 5})


def test_a_unit_that_comes_back_can_be_paid_again() -> None:
    """A decline takes no unit, and a canceled order makes the checkout of somebody else payable again."""

    async def story(shopper: ShopClient, _clock: VirtualClock) -> None:
        first, second = await shopper.ready("eggs-30"), await shopper.ready("eggs-30")
        await shopper.complete(first, DECLINED_PAYMENT)
        assert shopper.counters()["units_left"] == 1
        order_id = (await shopper.complete(first)).body["order"]["id"]
        assert (await shopper.complete(second)).body["status"] == "not_ready_for_payment"
        await shopper.post(f"/orders/{order_id}/cancel")
        assert (await shopper.complete(second)).body["status"] == "completed"

    with_shop(story, supply={"eggs-30": 1})


def test_more_than_the_limit_of_a_product_is_refused() -> None:
    """A basket over the limit is not payable and says so; one unit less is."""

    async def story(shopper: ShopClient, _clock: VirtualClock) -> None:
        answer = await shopper.create("eggs-30", "eggs-30", "eggs-30", "rice-5kg")
        assert ("quantity_exceeded", "$.line_items[0].quantity") in [
            (message["code"], message["param"]) for message in answer.body["messages"]
        ]
        assert (await shopper.complete(answer.body["id"])).body["status"] == "not_ready_for_payment"
        await shopper.complete(await shopper.ready("eggs-30", "eggs-30", "rice-5kg"))
        assert shopper.counters()["orders"] == 1

    with_shop(story, quantity_limit=2)


def test_a_failed_commit_gives_the_units_back(tmp_path: Path) -> None:
    """When the books cannot take the order, its unit is on the shelf again."""

    async def story(shopper: ShopClient, _clock: VirtualClock) -> None:
        session_id = await shopper.ready("eggs-30")
        await shopper.shop.close()
        assert (await shopper.complete(session_id)).status == 503
        assert shopper.counters()["units_left"] == 3

    with_shop(story, tmp_path / "ledger.sqlite", supply={"eggs-30": 3})
