"""The ten rules of the campaign, whatever shoppers, operator, queue and time do in whatever order.

1  cards per shopper <= cap; an invited shopper is rewarded once      6  what was told as discount is what is spent
2  a card pays one standing order, its owner's, before its expiry     7  a pause gives nothing and stops no redemption
3  a failed or canceled order gives its card back                     8  charged = price - discount + delivery >= 1
4  an order whose checkout showed a card carries its discount         9  one key, one order
5  no prefix of discounts exceeds the budget; spent + reserved fits  10  charged exactly when told; money back once
"""

import asyncio
import sqlite3
import tempfile
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from target_stub.campaign_issuing import IssuingPlan
from target_stub.campaign_pause import PauseRule
from target_stub.cards import CampaignTerms
from target_stub.catalogue import CATALOGUE
from target_stub.shop import open_shop
from tests.helpers.clocks import VirtualClock
from tests.helpers.shops import DECLINED_PAYMENT, PAYMENT, Answer, ShopClient

S = 1_000_000_000
USERS = ("u0", "u1", "u2")
CAP, BUDGET, STOCK = 3, 12_500, 6
USER, PICK = st.sampled_from(USERS), st.integers(0, 5)


class Campaign(RuleBasedStateMachine):
    """One shop with a small budget, a small shelf and a pause by queue length."""

    @initialize()
    def open_shop(self) -> None:
        """Start a shop with a ledger file of its own."""
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "ledger.sqlite"
        self.loop = asyncio.new_event_loop()
        self.clock = VirtualClock()
        self.queue = 0
        self.shop = open_shop(
            self.path,
            clock=self.clock,
            catalogue=CATALOGUE,
            terms=CampaignTerms(cards_per_user=CAP, budget_minor=BUDGET),
            plan=IssuingPlan(pause=PauseRule(queue_high=8, queue_low=3)),
            supply={"eggs-30": STOCK},
            cards_expire_unix_ns=self.clock.unix_ns() + 900 * S,
            ledger_window_s=0.0,
        )
        self.loop.run_until_complete(self.shop.start())
        self.shop.watch_queue(lambda: self.queue)
        self.clients = {user: ShopClient(self.shop, user) for user in USERS}
        self.sessions: list[tuple[str, str]] = []
        self.paid: list[tuple[str, str, str, bool]] = []
        self.told: dict[str, Any] = {}
        self.gone: dict[str, str] = {}

    def ask(self, call: Any) -> Answer:
        """One call; each is an instant later than the one before."""
        self.clock.set_to(self.clock.monotonic_ns() + 1)
        answer: Answer = self.loop.run_until_complete(call)
        return answer

    def view(self) -> dict[str, Any]:
        """The campaign as it tells itself."""
        body: dict[str, Any] = self.ask(self.clients["u0"].get("/campaign")).body
        return body

    def cards(self, user: str) -> list[dict[str, Any]]:
        """The cards of a shopper."""
        cards: list[dict[str, Any]] = self.ask(self.clients[user].get(f"/campaign/cards?user_id={user}")).body["cards"]
        return cards

    @rule(user=USER)
    def claim(self, user: str) -> None:
        """A shopper asks for the first card."""
        giving = self.view()["issuing"] == "open"
        assert self.ask(self.clients[user].claim()).status in ({201, 409, 410} if giving else {503})

    @rule(user=USER, friend=st.sampled_from(["f0", "f1", "f2", "f3"]))
    def invite(self, user: str, friend: str) -> None:
        """A shopper asks for the reward of an invitation."""
        body = {"user_id": user, "reason": "invite", "invited_user_id": friend}
        giving = self.view()["issuing"] == "open"
        assert self.ask(self.clients[user].post("/campaign/cards", body)).status in (
            {201, 409, 410} if giving else {503}
        )

    @rule(user=USER, owner=USER, card=PICK, sku=st.sampled_from(["lemon-tea", "eggs-30"]))
    def open(self, user: str, owner: str, card: int, sku: str) -> None:
        """A shopper opens a checkout with a card, which may be somebody else's, used or none at all."""
        session_id = self.ask(self.clients[user].create(sku)).body["id"]
        cards = self.cards(owner)
        codes = [cards[card % len(cards)]["code"]] if cards else []
        self.ask(self.clients[user].apply(session_id, *codes))
        self.sessions.append((user, session_id))

    @rule(user=USER, sku=st.sampled_from(["lemon-tea", "eggs-30"]))
    def buy(self, user: str, sku: str) -> None:
        """A shopper goes all the way with a card of his own, as far as there is one."""
        self.claim(user)
        self.open(user, user, 0, sku)
        self.pay(0, declined=False)

    @precondition(lambda self: self.sessions)
    @rule(pick=PICK, declined=st.booleans())
    def pay(self, pick: int, declined: bool) -> None:
        """A checkout is paid; what its card took off is what the order tells."""
        user, session_id = self.sessions[-1 - pick % len(self.sessions)]
        shown = self.ask(self.clients[user].get(f"/checkout_sessions/{session_id}")).body
        self.paid.append((user, session_id, f"pay{len(self.paid)}", declined))
        answer = self._send(0)
        if answer.status == 200 and answer.body["status"] == "completed" and shown["status"] == "ready_for_payment":
            assert not declined
            assert answer.body["totals"] == shown["totals"]
        if declined:
            assert answer.body.get("status") != "completed"

    @precondition(lambda self: self.paid)
    @rule(pick=PICK)
    def pay_again(self, pick: int) -> None:
        """A payment is sent again with its key: an order that was told is told again."""
        self._send(pick)

    def _send(self, pick: int) -> Answer:
        user, session_id, key, declined = self.paid[-1 - pick % len(self.paid)]
        payment = DECLINED_PAYMENT if declined else PAYMENT
        answer = self.ask(self.clients[user].complete(session_id, payment, idempotency_key=key))
        if key in self.told:
            assert answer.body["order"] == self.told[key]["order"]
        if answer.status == 200 and "order" in answer.body:
            self.told[key] = answer.body
        return answer

    @precondition(lambda self: self.sessions)
    @rule(pick=PICK)
    def give_up(self, pick: int) -> None:
        """A checkout is canceled."""
        user, session_id = self.sessions[-1 - pick % len(self.sessions)]
        self.ask(self.clients[user].cancel(session_id))

    @precondition(lambda self: self.told)
    @rule(pick=PICK, verb=st.sampled_from(["cancel", "refund"]))
    def undo(self, pick: int, verb: str) -> None:
        """An order is canceled or refunded: once, and never again."""
        body = list(self.told.values())[pick % len(self.told)]
        order_id = body["order"]["id"]
        answer = self.ask(self.clients["u0"].post(f"/orders/{order_id}/{verb}"))
        assert answer.status == (405 if order_id in self.gone else 200)
        self.gone.setdefault(order_id, verb)

    @rule(queue=st.sampled_from([0, 3, 5, 8]))
    def crowd(self, queue: int) -> None:
        """The queue that the campaign looks at becomes longer or shorter."""
        self.queue = queue

    @rule(seconds=st.sampled_from([1, 400, 2000]))
    def wait(self, seconds: int) -> None:
        """Time passes: checkouts and cards expire."""
        self.clock.set_to(self.clock.monotonic_ns() + seconds * S)

    @rule(
        issuing=st.sampled_from([None, "open", "paused"]), redeeming=st.sampled_from([None, "open", "open", "paused"])
    )
    def switch(self, issuing: str | None, redeeming: str | None) -> None:
        """The operator moves a switch."""
        self.clock.set_to(self.clock.monotonic_ns() + 1)
        self.shop.campaign_switch(issuing, redeeming)

    @rule()
    def extend(self) -> None:
        """The cards' expiry is moved later."""
        self.shop.campaign_switch(None, None, self.clock.unix_ns() + 10_000 * S)

    @invariant()
    def budget_and_cap_hold(self) -> None:
        """Rules 1, 3, 5 and 6 and the shelf, as the doors tell them."""
        if not hasattr(self, "shop"):
            return
        budget = self.view()["budget"]
        cards = {user: self.cards(user) for user in USERS}
        out = sum(len(held) for held in cards.values())
        assert budget["spent"] + budget["reserved"] == 2500 * out <= BUDGET
        assert all(len(held) <= CAP for held in cards.values())
        used = {card["order_id"] for held in cards.values() for card in held if card["state"] == "used"}
        standing = [body for body in self.told.values() if self.gone.get(body["order"]["id"]) != "cancel"]
        assert used == {body["order"]["id"] for body in standing if _discount(body)}  # rule 3
        assert budget["spent"] == sum(map(_discount, standing))  # rule 6: nothing is unknown here
        sold = sum(
            line["quantity"] for body in standing for line in body["line_items"] if line["item"]["id"] == "eggs-30"
        )
        assert self.shop.counters()["units_left"] == STOCK - sold >= 0

    def teardown(self) -> None:
        """Close the shop and hold every rule against its books."""
        if not hasattr(self, "shop"):
            return
        used = {card["order_id"] for user in USERS for card in self.cards(user) if card["state"] == "used"}
        self.loop.run_until_complete(self.shop.close())
        self.loop.close()
        try:
            with closing(sqlite3.connect(self.path)) as books:
                books.row_factory = sqlite3.Row
                self._hold(books, used)
        finally:
            self.folder.cleanup()

    def _hold(self, books: sqlite3.Connection, used: set[str]) -> None:
        orders = books.execute("SELECT * FROM orders ORDER BY seq").fetchall()
        assert {row["idempotency_key"]: row["order_id"] for row in orders} == {
            key: body["order"]["id"] for key, body in self.told.items()
        }  # rules 9 and 10
        refunds = {row["order_id"]: row for row in books.execute("SELECT * FROM refunds")}
        assert {order_id: row["kind"] for order_id, row in refunds.items()} == {
            order_id: {"cancel": "canceled", "refund": "refunded"}[verb] for order_id, verb in self.gone.items()
        }
        standing = [row for row in orders if self.gone.get(row["order_id"]) != "cancel"]
        assert used == {row["order_id"] for row in standing if row["card_code"] is not None}  # rule 3
        events = books.execute("SELECT * FROM card_events ORDER BY seq").fetchall()
        issued = {row["card_code"]: row for row in events if row["event"] == "issued"}
        assert len(issued) == sum(row["event"] == "issued" for row in events)
        assert not issued or max(Counter(row["user_id"] for row in issued.values()).values()) <= CAP  # rule 1
        cards = [row["card_code"] for row in standing if row["card_code"] is not None]
        assert len(cards) == len(set(cards))  # rule 2
        payments = Counter((row["order_id"], row["amount_minor"]) for row in books.execute("SELECT * FROM payments"))
        assert payments == Counter((row["order_id"], row["amount_minor"]) for row in orders)
        for row in orders:
            assert (
                row["amount_minor"] == row["price_minor"] + row["fulfillment_minor"] - row["discount_minor"] >= 1
            )  # 8
            assert (row["discount_minor"] > 0) == (row["card_code"] is not None)  # rule 4
            if row["order_id"] in refunds:
                assert refunds[row["order_id"]]["amount_minor"] == row["amount_minor"]
            if row["card_code"] is not None:
                (use,) = [one for one in events if (one["event"], one["order_id"]) == ("used", row["order_id"])]
                assert issued[row["card_code"]]["user_id"] == row["user_id"]
                assert row["committed_unix_ns"] < use["expires_unix_ns"]
        moves = [(row["committed_unix_ns"], row["discount_minor"]) for row in orders]
        moves += [(row["refunded_unix_ns"], -row["discount_minor"]) for row in refunds.values()]
        spent = 0
        for _, change in sorted(moves):
            spent += change
            assert 0 <= spent <= BUDGET  # rule 5
        switches = books.execute("SELECT at_unix_ns, issuing FROM campaign_events ORDER BY seq").fetchall()
        for row in issued.values():
            in_force = [word for at, word in switches if at <= row["at_unix_ns"]]
            assert in_force[-1] == "open"  # rule 7
        left = 0
        for event, quantity in books.execute("SELECT event, quantity FROM stock_events ORDER BY seq"):
            left += -quantity if event == "sold" else quantity
            assert left >= 0


def _discount(body: dict[str, Any]) -> int:
    return sum(total["amount"] for total in body["totals"] if total["type"] == "discount")


TestCampaignLaws = Campaign.TestCase
TestCampaignLaws.settings = settings(max_examples=30, stateful_step_count=30, deadline=None)
