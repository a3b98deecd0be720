"""Every body that the stub sends over ACP 2026-04-17 is what the published protocol promises, no member more."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from target_stub.catalogue import CATALOGUE
from target_stub.config import Config
from target_stub.stations import open_stations
from tests.helpers.acp_schema import SCHEMA_FILE, complaints
from tests.helpers.clocks import VirtualClock
from tests.helpers.shops import (
    DECLINED_PAYMENT,
    PAYMENT,
    Answer,
    ShopClient,
    apply_body,
    create_body,
    delegate_body,
    with_shop,
)

S = 1_000_000_000


def check(answer: Answer, status: int, name: str) -> Answer:
    """The answer, whose status and body are as expected."""
    assert answer.status == status, answer.body
    assert complaints(name, answer.body) == []
    return answer


def test_the_schemas_are_schemas() -> None:
    """The schema file is valid JSON Schema 2020-12."""
    Draft202012Validator.check_schema(json.loads(SCHEMA_FILE.read_text(encoding="utf-8")))


def test_every_body_of_a_full_purchase_is_valid() -> None:
    """Discovery, create, update with a card, complete and get send closed, complete bodies."""

    async def story(shopper: ShopClient, _clock: VirtualClock) -> None:
        check(await shopper.get("/.well-known/acp.json"), 200, "discovery")
        code = await shopper.claimed_code()
        created = check(await shopper.create("pearl-milk-tea", "pearl-milk-tea"), 201, "session")
        session_id = created.body["id"]
        check(await shopper.apply(session_id, code, "NO-SUCH-CARD", code), 200, "session")
        check(await shopper.complete(session_id, DECLINED_PAYMENT), 200, "session")
        completed = check(await shopper.complete(session_id), 200, "session")
        check(await shopper.get(f"/checkout_sessions/{session_id}"), 200, "session")
        assert completed.body["order"]["checkout_session_id"] == session_id

    with_shop(story)


def test_the_bodies_of_sessions_that_do_not_end_in_an_order_are_valid() -> None:
    """A session that lacks something, was canceled, has expired or lost its card is told in a valid body."""

    async def story(shopper: ShopClient, clock: VirtualClock) -> None:
        bare = {"currency": "cny", "line_items": [{"id": "cinema-2d"}], "capabilities": {}}
        session_id = check(await shopper.post("/checkout_sessions", bare), 201, "session").body["id"]
        check(await shopper.complete(session_id), 200, "session")
        check(await shopper.cancel(session_id), 200, "session")
        code = await shopper.claimed_code()
        session_id = await shopper.ready("cinema-2d", codes=(code,))
        unknown_option = {"type": "shipping", "option_id": "drone", "item_ids": ["popcorn-combo"]}
        body = {"selected_fulfillment_options": [unknown_option]}
        check(await shopper.post(f"/checkout_sessions/{session_id}", body), 200, "session")
        clock.set_to(clock.monotonic_ns() + 24 * 3600 * S)
        expired = check(await shopper.get(f"/checkout_sessions/{session_id}"), 200, "session")
        assert expired.body["status"] == "expired"

    with_shop(story)


def test_the_refusal_of_a_full_station_is_valid() -> None:
    """A checkout that finds its station full is told in the protocol's own error, with Retry-After."""

    async def full() -> None:
        station = open_stations(Config(checkout_capacity_per_s=0.5, station_queue_limit=0), VirtualClock())
        taken = asyncio.ensure_future(station.turns["checkout"]())
        await asyncio.sleep(0)
        try:
            await station.turns["checkout"]()
        finally:
            taken.cancel()

    async def story(shopper: ShopClient, _clock: VirtualClock) -> None:
        refused = check(await shopper.create("cinema-2d"), 503, "error")
        assert (refused.body["type"], refused.headers["retry-after"]) == ("service_unavailable", "1")

    with_shop(story, stations={"checkout": full})


def test_a_card_that_falls_away_is_told_in_a_valid_body() -> None:
    """A complete whose card has expired answers 200 with a message of a published code."""

    async def story(shopper: ShopClient, clock: VirtualClock) -> None:
        session_id = await shopper.ready("cinema-2d", codes=(await shopper.claimed_code(),))
        clock.set_to(clock.monotonic_ns() + 60 * S)
        answer = check(await shopper.complete(session_id), 200, "session")
        assert answer.body["messages"][0]["code"] == "coupon_expired"

    clock = VirtualClock()
    with_shop(story, clock=clock, cards_expire_unix_ns=clock.unix_ns() + 30 * S)


@pytest.mark.parametrize("sku", list(CATALOGUE))
def test_every_product_can_be_bought_in_valid_bodies(sku: str) -> None:
    """Each product of the catalogue goes from create to order."""

    async def story(shopper: ShopClient, _clock: VirtualClock) -> None:
        session_id = await shopper.ready(sku)
        check(await shopper.complete(session_id), 200, "session")

    with_shop(story, ledger_window_s=0.0)


def test_what_the_shelves_lack_is_told_in_a_valid_body() -> None:
    """Out of stock, over the limit and a price that the client has wrong are messages of published codes."""

    async def story(shopper: ShopClient, _clock: VirtualClock) -> None:
        body = create_body("eggs-30", "eggs-30", "eggs-30", "rice-5kg")
        body["line_items"][3]["unit_amount"] = 1
        told = check(await shopper.post(PATH, body), 201, "session")
        assert {message["code"] for message in told.body["messages"]} == {
            "price_change", "missing", "out_of_stock", "quantity_exceeded"
        }  # fmt: skip
        check(await shopper.complete(told.body["id"]), 200, "session")

    with_shop(story, supply={"eggs-30": 2}, quantity_limit=2)


def test_the_bodies_of_after_sales_are_valid() -> None:
    """An order is the protocol's Order object, before and after its money went back."""

    async def story(shopper: ShopClient, _clock: VirtualClock) -> None:
        for verb in ("cancel", "refund"):
            completed = await shopper.complete(await shopper.ready("cinema-2d"))
            path = f"/orders/{completed.body['order']['id']}"
            check(await shopper.get(path), 200, "order")
            check(await shopper.post(f"{path}/{verb}", {}), 200, "order")
            check(await shopper.get(path), 200, "order")
            check(await shopper.post(f"{path}/{verb}", {}), 405, "error")
        check(await shopper.get("/orders/ord_0"), 404, "error")

    with_shop(story)


DELEGATE = "/agentic_commerce/delegate_payment"


def test_the_bodies_of_a_delegated_payment_are_valid() -> None:
    """A token is told in the published object, and each refusal with one of the few published codes."""

    async def story(shopper: ShopClient, _clock: VirtualClock) -> None:
        body = delegate_body("cs_1")
        assert complaints("delegate_request", body) == []
        check(await shopper.post(DELEGATE, body, idempotency_key="k"), 201, "delegate_reply")
        again = check(await shopper.post(DELEGATE, body, idempotency_key="k"), 201, "delegate_reply")
        assert again.headers["idempotent-replayed"] == "true"
        check(await shopper.post(DELEGATE, delegate_body("cs_2"), idempotency_key="k"), 422, "delegate_error")
        check(await shopper.post(DELEGATE, body, idempotency_key=None), 400, "delegate_error")
        check(await shopper.post(DELEGATE, {**body, "tip": 1}), 400, "delegate_error")
        check(await shopper.post(DELEGATE, delegate_body("cs_1", currency="usd")), 422, "delegate_error")

    with_shop(story)


Ask = Callable[[ShopClient], Awaitable[Answer]]


async def _terminal(shopper: ShopClient, verb: str, body: Any) -> Answer:
    session_id = await shopper.ready("lemon-tea")
    await shopper.complete(session_id)
    return await shopper.post(f"/checkout_sessions/{session_id}{verb}", body)


async def _same_key_other_body(shopper: ShopClient) -> Answer:
    await shopper.create("lemon-tea", idempotency_key="k")
    return await shopper.create("taro-milk-tea", idempotency_key="k")


async def _same_key_at_once(shopper: ShopClient) -> Answer:
    session_id = await shopper.ready("lemon-tea")
    answers = await asyncio.gather(*(shopper.complete(session_id, idempotency_key="k") for _ in range(2)))
    return next(answer for answer in answers if answer.status != 200)


async def _update_while_paying(shopper: ShopClient) -> Answer:
    session_id = await shopper.ready("lemon-tea")
    path = f"/checkout_sessions/{session_id}"
    answers = await asyncio.gather(shopper.complete(session_id), shopper.post(path, apply_body(["lemon-tea"])))
    return answers[1]


async def _redeeming_paused(shopper: ShopClient) -> Answer:
    code = await shopper.claimed_code()
    session_id = (await shopper.create("lemon-tea")).body["id"]
    shopper.shop.campaign_switch(None, "paused", None)
    return await shopper.apply(session_id, code)


async def _closed_ledger(shopper: ShopClient) -> Answer:
    session_id = await shopper.ready("lemon-tea")
    await shopper.shop.close()
    return await shopper.complete(session_id)


PATH = "/checkout_sessions"
BODY = create_body("lemon-tea")
ERRORS: list[tuple[str, int, str, Ask]] = [
    ("no API-Version", 400, "missing_api_version", lambda c: c.post(PATH, BODY, api_version=None)),
    ("another API-Version", 400, "unsupported_api_version", lambda c: c.post(PATH, BODY, api_version="2025-09-29")),
    ("no key on create", 400, "idempotency_key_required", lambda c: c.post(PATH, BODY, idempotency_key=None)),
    ("no key on update", 400, "idempotency_key_required", lambda c: c.post(f"{PATH}/x", {}, idempotency_key=None)),
    ("no key on complete", 400, "idempotency_key_required", lambda c: c.complete("x", idempotency_key=None)),
    ("an endless key", 400, "idempotency_key_required", lambda c: c.post(PATH, BODY, idempotency_key="k" * 256)),
    ("the same key with another body", 422, "idempotency_conflict", _same_key_other_body),
    ("the same key while the first runs", 409, "idempotency_in_flight", _same_key_at_once),
    ("a body that is no JSON", 400, "invalid_body", lambda c: c.call("POST", PATH, b"{", c.headers())),
    ("a body that is no UTF-8", 400, "invalid_body", lambda c: c.call("POST", PATH, b'{"currency":"\xff"}', c.headers())),
    ("a body nested too deep", 400, "invalid_body", lambda c: c.call("POST", PATH, b"[" * 100_000, c.headers())),
    ("a member nobody published", 400, "invalid_body", lambda c: c.post(PATH, {**BODY, "tip": 5})),
    ("a quantity in a request", 400, "invalid_body", lambda c: c.post(PATH, {**BODY, "line_items": [{"id": "a", "quantity": 2}]})),
    ("null for a member", 400, "invalid_body", lambda c: c.post(PATH, {**BODY, "buyer": None})),
    ("an empty basket", 400, "invalid_body", lambda c: c.post(PATH, {**BODY, "line_items": []})),
    ("another currency", 400, "invalid_currency", lambda c: c.post(PATH, {**BODY, "currency": "usd"})),
    ("an unknown item", 400, "invalid_item_id", lambda c: c.create("lemon-tea", "durian")),
    ("another content type", 415, "unsupported_media_type", lambda c: c.post(PATH, BODY, content_type="text/plain")),
    ("an endless shopper id", 400, "invalid_header", lambda c: c.post(PATH, BODY, x_shopper_id="u" * 256)),
    ("an unknown payment handler", 400, "invalid_payment_handler", lambda c: c.complete("x", {**PAYMENT, "handler_id": "barter"})),
    ("get of an unknown session", 404, "not_found", lambda c: c.get(f"{PATH}/cs_0")),
    ("update of an unknown session", 404, "not_found", lambda c: c.post(f"{PATH}/cs_0", apply_body(["lemon-tea"]))),
    ("complete of an unknown session", 404, "not_found", lambda c: c.complete("cs_0")),
    ("cancel of an unknown session", 404, "not_found", lambda c: c.cancel("cs_0")),
    ("update after the end", 405, "session_not_modifiable", lambda c: _terminal(c, "", apply_body(["lemon-tea"]))),
    ("complete after the end", 405, "session_not_modifiable", lambda c: _terminal(c, "/complete", {"payment_data": PAYMENT})),
    ("cancel after the end", 405, "session_not_modifiable", lambda c: _terminal(c, "/cancel", {})),
    ("update while the payment runs", 409, "session_in_progress", _update_while_paying),
    ("a card while redeeming is paused", 503, "redeeming_paused", _redeeming_paused),
    ("a ledger that cannot be written", 503, "service_unavailable", _closed_ledger),
]  # fmt: skip


@pytest.mark.parametrize(("status", "code", "ask"), [row[1:] for row in ERRORS], ids=[row[0] for row in ERRORS])
def test_every_documented_error_is_flat_and_valid(status: int, code: str, ask: Ask) -> None:
    """A refused request answers its documented status with a flat body of its documented code."""

    async def story(shopper: ShopClient, _clock: VirtualClock) -> None:
        answer = check(await ask(shopper), status, "error")
        assert answer.body["code"] == code
        assert ("retry-after" in answer.headers) is (status in {409, 503})

    with_shop(story)


def test_a_version_error_names_the_versions_that_are_spoken() -> None:
    """A request without or with another API-Version is told which ones the shop speaks."""

    async def story(shopper: ShopClient, _clock: VirtualClock) -> None:
        for version in (None, "2025-09-29"):
            answer = await shopper.create("lemon-tea", api_version=version)
            assert answer.body["supported_versions"] == ["2026-04-17"]

    with_shop(story)


def test_a_wrong_key_is_refused_in_a_valid_body() -> None:
    """With an API key configured, a request without it answers 401 with a flat error, discovery apart."""

    async def story(shopper: ShopClient, _clock: VirtualClock) -> None:
        answer = check(await shopper.create("lemon-tea"), 401, "error")
        assert answer.headers["www-authenticate"] == "Bearer"
        check(await shopper.create("lemon-tea", authorization="Bearer wrong"), 401, "error")
        check(await shopper.create("lemon-tea", authorization="Bearer right"), 201, "session")
        check(await shopper.get("/.well-known/acp.json"), 200, "discovery")

    with_shop(story, api_key="right")
