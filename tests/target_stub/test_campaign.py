"""The campaign door: claims, refusals in either voice, and what it tells."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

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
