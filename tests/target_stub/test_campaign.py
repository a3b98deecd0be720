"""The campaign door: claims, refusals in either voice, and what it tells."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from target_stub.campaign_issuing import IssuingPlan
from target_stub.campaign_pause import PauseRule
from target_stub.cards import CampaignTerms
from tests.helpers.clocks import VirtualClock
from tests.helpers.shops import ShopClient, with_shop

S = 1_000_000_000


def test_a_claim_gives_a_card() -> None:
    """A first claim answers 201 with the whole card, and the card can be read by id and by user."""

    async def story(shopper: ShopClient, _clock: VirtualClock) -> None:
        answer = await shopper.claim()
        card = answer.body["card"]

        assert answer.status == 201
        assert card == {
            "id": f"card_{card['code']}",
            "code": card["code"],
            "user_id": "u1",
            "state": "issued",
            "face_value": 2500,
            "currency": "CNY",
            "reason": "first",
            "issued_at": "2026-02-02T02:40:00Z",
            "expires_at": "2026-04-18T02:40:00Z",
            "checkout_session_id": None,
            "order_id": None,
            "amount_used": 0,
        }
        assert (await shopper.get(f"/campaign/cards/{card['id']}")).body == {"card": card}
        assert (await shopper.get("/campaign/cards?user_id=u1")).body == {"cards": [card]}
        assert (await shopper.get("/campaign/cards?user_id=u2")).body == {"cards": []}

    with_shop(story)


def test_a_card_tells_what_it_paid() -> None:
    """A card is reserved by its checkout, used by its order, and says how much it paid."""

    async def story(shopper: ShopClient, _clock: VirtualClock) -> None:
        code = await shopper.claimed_code()
        session_id = await shopper.ready("pearl-milk-tea", codes=(code,))
        held = (await shopper.get(f"/campaign/cards/card_{code}")).body["card"]
        order_id = (await shopper.complete(session_id)).body["order"]["id"]
        used = (await shopper.get(f"/campaign/cards/card_{code}")).body["card"]

        assert (held["state"], held["checkout_session_id"], held["order_id"]) == ("reserved", session_id, None)
        assert (used["state"], used["order_id"], used["amount_used"]) == ("used", order_id, 1799)

    with_shop(story)


def test_the_campaign_tells_its_terms_and_its_budget() -> None:
    """GET /campaign shows wave, switches, face value, cap, expiry and what of the budget is promised."""

    async def story(shopper: ShopClient, _clock: VirtualClock) -> None:
        await shopper.claim()
        answer = await shopper.get("/campaign")

        assert answer.body == {
            "wave": "2",
            "issuing": "open",
            "paused_by": [],
            "redeeming": "open",
            "face_value": 2500,
            "currency": "CNY",
            "cards_per_user": 10,
            "budget": {"total": 300_000_000_000, "spent": 0, "reserved": 2500},
            "expires_at": "2026-04-18T02:40:00Z",
        }

    with_shop(story)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        pytest.param({"user_id": "u1", "reason": "first"}, 409, "card_cap_reached", id="a second first card"),
        pytest.param(
            {"user_id": "u1", "reason": "invite", "invited_user_id": "u2"}, 409, "invite_already_paid", id="paid before"
        ),
        pytest.param({"user_id": "u3", "reason": "first"}, 410, "sold_out", id="the budget is promised"),
        pytest.param({"user_id": "u3", "reason": "gift"}, 400, "invalid_body", id="an unknown reason"),
        pytest.param({"user_id": "u3", "reason": "invite"}, 400, "invalid_body", id="an invitation of nobody"),
        pytest.param(
            {"user_id": "u3", "reason": "invite", "invited_user_id": "u3"},
            400,
            "invalid_body",
            id="an invitation of oneself",
        ),
        pytest.param({"user_id": "", "reason": "first"}, 400, "invalid_body", id="nobody"),
        pytest.param({"user_id": "u" * 256, "reason": "first"}, 400, "invalid_body", id="an endless name"),
        pytest.param({"user_id": "u3", "reason": "first", "vip": True}, 400, "invalid_body", id="an unknown member"),
    ],
)
def test_a_claim_is_refused(body: dict[str, object], status: int, code: str) -> None:
    """A claim that the rules refuse answers a flat error with the rule's code."""

    async def story(shopper: ShopClient, _clock: VirtualClock) -> None:
        await shopper.claim()
        await shopper.post("/campaign/cards", {"user_id": "u1", "reason": "invite", "invited_user_id": "u2"})
        answer = await shopper.post("/campaign/cards", body)

        assert (answer.status, answer.body["code"]) == (status, code)

    with_shop(story, terms=CampaignTerms(budget_minor=5000))


@pytest.mark.parametrize(
    ("voice", "statuses"), [("hard", [503, 503, 503]), ("soft", [200, 200, 200]), ("mixed", [503, 200, 503])]
)
def test_paused_issuing_refuses_in_its_voice(voice: str, statuses: list[int]) -> None:
    """Paused issuing says 503 issuing_paused, or 200 with no card and a busy text, or each in turn."""

    async def story(shopper: ShopClient, _clock: VirtualClock) -> None:
        shopper.shop.campaign_switch("paused", None, None)
        answers = [await shopper.claim() for _ in statuses]

        assert [answer.status for answer in answers] == statuses
        for answer in answers:
            if answer.status == 503:
                assert answer.body["code"] == "issuing_paused"
                assert answer.headers["retry-after"] == "1"
            else:
                assert answer.body["card"] is None
                assert "稍后再来" in answer.body["message"]
        assert shopper.counters()["cards_refused_paused"] == 3

    with_shop(story, voice=voice)


def test_a_silent_campaign_gives_no_card_and_no_word() -> None:
    """The silent voice is a 200 whose card is null: only whoever looks for the card finds out."""

    async def story(shopper: ShopClient, _clock: VirtualClock) -> None:
        shopper.shop.campaign_switch("paused", None, None)
        answer = await shopper.claim()
        assert (answer.status, answer.body) == (200, {"card": None})

    with_shop(story, voice="silent")


@pytest.mark.parametrize("voice", ["hard", "soft"])
def test_a_paused_claim_can_be_repeated_with_its_key(voice: str) -> None:
    """A claim refused while issuing is paused gets its card when it is repeated with the same key afterwards."""

    async def story(shopper: ShopClient, _clock: VirtualClock) -> None:
        shopper.shop.campaign_switch("paused", None, None)
        await shopper.claim(idempotency_key="k")
        shopper.shop.campaign_switch("open", None, None)

        assert (await shopper.claim(idempotency_key="k")).status == 201

    with_shop(story, voice=voice)


def test_pausing_issuing_leaves_cards_valid() -> None:
    """A card issued before the pause pays during it."""

    async def story(shopper: ShopClient, _clock: VirtualClock) -> None:
        code = await shopper.claimed_code()
        shopper.shop.campaign_switch("paused", None, None)
        session_id = await shopper.ready("pearl-milk-tea", codes=(code,))

        assert (await shopper.complete(session_id)).body["totals"][-1]["amount"] == 1

    with_shop(story)


def test_an_expired_card_says_so() -> None:
    """An unused card past the campaign's expiry is told as expired, until the expiry moves later."""

    async def story(shopper: ShopClient, clock: VirtualClock) -> None:
        code = await shopper.claimed_code()
        clock.set_to(clock.monotonic_ns() + 30 * S)
        late = (await shopper.get(f"/campaign/cards/card_{code}")).body["card"]["state"]
        shopper.shop.campaign_switch(None, None, clock.unix_ns() + 30 * S)
        extended = (await shopper.get(f"/campaign/cards/card_{code}")).body["card"]["state"]

        assert (late, extended) == ("expired", "issued")

    clock = VirtualClock()
    with_shop(story, clock=clock, cards_expire_unix_ns=clock.unix_ns() + 30 * S)


def test_a_card_that_the_books_cannot_take_is_not_given() -> None:
    """When the ledger cannot be written, a claim answers 503 and no card is out."""

    async def story(shopper: ShopClient, _clock: VirtualClock) -> None:
        await shopper.shop.close()
        answer = await shopper.claim()

        assert (answer.status, answer.body["code"]) == (503, "service_unavailable")
        assert (await shopper.get("/campaign/cards?user_id=u1")).body == {"cards": []}
        assert (await shopper.get("/campaign")).body["budget"]["reserved"] == 0

    with_shop(story)


def test_an_unknown_card_and_a_nameless_list_are_refused() -> None:
    """An id that names no card answers 404, a list without its user 400."""

    async def story(shopper: ShopClient, _clock: VirtualClock) -> None:
        assert (await shopper.get("/campaign/cards/card_NOPE")).status == 404
        assert (await shopper.get("/campaign/cards")).status == 400

    with_shop(story)


def test_an_issued_card_is_in_the_books(tmp_path: Path) -> None:
    """Every card that a shopper was told of stands in the ledger as issued."""
    path = tmp_path / "ledger.sqlite"
    codes: list[str] = []

    async def story(shopper: ShopClient, _clock: VirtualClock) -> None:
        codes.append(await shopper.claimed_code())
        with closing(sqlite3.connect(path)) as books:
            assert books.execute("SELECT card_code, user_id, event FROM card_events").fetchall() == [
                (codes[0], "u1", "issued")
            ]

    with_shop(story, path)


async def _held(shopper: ShopClient) -> tuple[str, str]:
    """A card and an open checkout of the shopper."""
    return await shopper.claimed_code(), (await shopper.create("eggs-30")).body["id"]


def test_a_card_is_redeemed_and_released_at_its_own_door() -> None:
    """Redeeming puts the card into the checkout as its code would, releasing takes it out; each may be said twice."""

    async def story(shopper: ShopClient, _clock: VirtualClock) -> None:
        code, session_id = await _held(shopper)
        card = f"/campaign/cards/card_{code}"
        body = {"user_id": "u1", "checkout_session_id": session_id, "amount": 2500}
        for _ in range(2):
            redeemed = await shopper.post(f"{card}/redeem", body)
            assert (redeemed.status, redeemed.body["card"]["state"]) == (200, "reserved")
        told = await shopper.get(f"/checkout_sessions/{session_id}")
        assert [one["code"] for one in told.body["discounts"]["applied"]] == [code]
        for _ in range(2):
            released = await shopper.post(f"{card}/release", {"checkout_session_id": session_id})
            assert (released.status, released.body["card"]["state"]) == (200, "issued")
        assert "discounts" not in (await shopper.get(f"/checkout_sessions/{session_id}")).body

    with_shop(story)


REDEEM_REFUSALS: list[tuple[str, dict[str, object], int, str]] = [
    ("above the face value", {"amount": 2501}, 400, "invalid_amount"),
    ("for nothing", {"amount": 0}, 400, "invalid_body"),
    ("another shopper's card", {"user_id": "u2", "checkout_session_id": "{other}"}, 403, "not_owner"),
    ("another shopper's checkout", {"checkout_session_id": "{other}"}, 403, "not_owner"),
    ("no checkout", {"checkout_session_id": "cs_0"}, 404, "not_found"),
    ("a checkout that has ended", {"checkout_session_id": "{ended}"}, 405, "session_not_modifiable"),
]


@pytest.mark.parametrize(
    ("changed", "status", "code"), [row[1:] for row in REDEEM_REFUSALS], ids=[r[0] for r in REDEEM_REFUSALS]
)
def test_a_card_that_cannot_be_redeemed_is_refused(changed: dict[str, object], status: int, code: str) -> None:
    """Each reason has its status and its code, and the card stays issued."""

    async def story(shopper: ShopClient, _clock: VirtualClock) -> None:
        card, session_id = await _held(shopper)
        other = (await ShopClient(shopper.shop, "u2").create("eggs-30")).body["id"]
        ended = (await shopper.create("eggs-30")).body["id"]
        await shopper.cancel(ended)
        body = {"user_id": "u1", "checkout_session_id": session_id, "amount": 100, **changed}
        body["checkout_session_id"] = str(body["checkout_session_id"]).format(other=other, ended=ended)
        answer = await shopper.post(f"/campaign/cards/card_{card}/redeem", body)

        assert (answer.status, answer.body["code"]) == (status, code)
        assert (await shopper.get(f"/campaign/cards/card_{card}")).body["card"]["state"] == "issued"

    with_shop(story)


def test_a_card_that_is_used_expired_or_held_is_refused_with_its_reason() -> None:
    """A used or held card answers 409, an expired one 410, and paused redeeming 503."""

    async def story(shopper: ShopClient, clock: VirtualClock) -> None:
        code, session_id = await _held(shopper)
        other = (await shopper.create("eggs-30")).body["id"]
        path = f"/campaign/cards/card_{code}"

        async def redeem(into: str) -> tuple[int, str]:
            body = {"user_id": "u1", "checkout_session_id": into, "amount": 1}
            answer = await shopper.post(f"{path}/redeem", body)
            return answer.status, answer.body.get("code", "")

        shopper.shop.campaign_switch(None, "paused", None)
        assert await redeem(session_id) == (503, "redeeming_paused")
        shopper.shop.campaign_switch("paused", "open", None)
        assert await redeem(session_id) == (200, "")
        assert await redeem(other) == (409, "card_used")
        assert (await shopper.post(f"{path}/release", {"checkout_session_id": other})).status == 409
        assert (await shopper.post(f"{path}/release", {"checkout_session_id": session_id})).status == 200
        clock.set_to(60 * S)
        assert await redeem(session_id) == (410, "card_expired")

    clock = VirtualClock()
    with_shop(story, clock=clock, cards_expire_unix_ns=clock.unix_ns() + 60 * S)


def test_a_grey_release_ends_sold_out() -> None:
    """With a quota of two, the third shopper is told 410 sold_out, until the campaign opens to everybody."""

    async def story(shopper: ShopClient, clock: VirtualClock) -> None:
        clients = {f"u{n}": ShopClient(shopper.shop, f"u{n}") for n in range(4)}

        async def claim(user_id: str) -> tuple[int, str]:
            answer = await clients[user_id].claim()
            return answer.status, answer.body.get("code", "")

        assert await claim("u0") == (503, "issuing_paused")
        assert (await shopper.get("/campaign")).body["issuing"] == "announced"
        clock.set_to(10 * S)
        assert [await claim(f"u{n}") for n in range(3)] == [(201, ""), (201, ""), (410, "sold_out")]
        assert (await shopper.get("/campaign")).body["issuing"] == "grey"
        clock.set_to(20 * S)
        assert await claim("u2") == (201, "")
        clock.set_to(30 * S)
        assert await claim("u3") == (410, "campaign_closed")

    with_shop(story, plan=IssuingPlan(grey_at_s=10, opens_at_s=20, closes_at_s=30, grey_quota=2))


def test_a_campaign_pauses_by_its_queue_and_its_budget_and_says_by_what(tmp_path: Path) -> None:
    """A claim that meets a long queue is refused and pauses the campaign; cards that are out are spent all the same."""
    path = tmp_path / "ledger.sqlite"

    async def story(shopper: ShopClient, clock: VirtualClock) -> None:
        queue = [0]
        shopper.shop.watch_queue(lambda: queue[0])
        code = await shopper.claimed_code()
        queue[0] = 10
        clock.set_to(1)
        assert (await ShopClient(shopper.shop, "u2").claim()).body["code"] == "issuing_paused"
        assert (await shopper.get("/campaign")).body["paused_by"] == ["queue"]
        session_id = await shopper.ready("eggs-30", codes=(code,))
        assert (await shopper.complete(session_id)).body["status"] == "completed"
        clock.set_to(2)
        queue[0] = 5
        shopper.shop.look_at_campaign()
        assert (await ShopClient(shopper.shop, "u2").claim()).status == 201
        clock.set_to(3)
        assert (await ShopClient(shopper.shop, "u3").claim()).status == 503
        assert (await shopper.get("/campaign")).body["paused_by"] == ["budget"]

    rule = PauseRule(queue_high=10, budget_share=0.5)
    with_shop(story, path, plan=IssuingPlan(pause=rule), terms=CampaignTerms(budget_minor=10_000))

    with closing(sqlite3.connect(path)) as books:
        assert [row[0] for row in books.execute("SELECT issuing FROM campaign_events ORDER BY seq")] == [
            "open", "paused", "open", "paused"
        ]  # fmt: skip
