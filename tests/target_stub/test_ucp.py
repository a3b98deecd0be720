"""The UCP door's own decisions: what an update leaves out, what pays, what a repeated key gets, in literal bodies."""

import asyncio
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from target_stub.ucp_dialect import UcpTerms
from target_stub.web import Reply, Request, RouteTable
from tests.helpers.clocks import VirtualClock
from tests.helpers.shops import ShopClient, with_shop
from tests.helpers.ucp_shopper import APRIL, JANUARY, VERSIONS, UcpShopper, complete_body, create_body, instrument

SESSIONS = "/checkout-sessions"
TEA = {"item": {"id": "lemon-tea"}, "quantity": 1}
EACH_VERSION = pytest.mark.parametrize("version", VERSIONS)

CREATE = b"""{"line_items":[{"item":{"id":"pearl-milk-tea"},"quantity":1}],"buyer":{"email":"s1@shop.test"},"fulfillment":{"methods":[
 {"type":"shipping","destinations":[{"street_address":"1 Lake Rd","postal_code":"310000","address_country":"CN"}]}]}}"""
CREATED = (
    b'{"ucp":{"version":"2026-04-08","capabilities":{"dev.ucp.shopping.checkout":[{"version":"2026-04-08"}],'
    b'"dev.ucp.shopping.discount":[{"version":"2026-04-08"}],"dev.ucp.shopping.fulfillment":[{"version":"2026-04-08"}]},'
    b'"payment_handlers":{"test.springtide.card":[{"id":"stub_card","version":"2026-04-08",'
    b'"available_instruments":[{"type":"card"}]}]},"status":"success"},"id":"chk_19c1c38a400_1","status":"incomplete",'
    b'"currency":"CNY","line_items":[{"id":"li_pearl-milk-tea","item":{"id":"pearl-milk-tea","title":"pearl milk tea",'
    b'"price":1500},"quantity":1,"totals":[{"type":"subtotal","amount":1500},{"type":"total","amount":1500}]}],'
    b'"fulfillment":{"methods":[{"id":"m_1","type":"shipping","line_item_ids":["li_pearl-milk-tea"],"destinations":['
    b'{"id":"d_1","street_address":"1 Lake Rd","address_country":"CN","postal_code":"310000"}],'
    b'"selected_destination_id":"d_1","groups":[{"id":"g_1","line_item_ids":["li_pearl-milk-tea"],"options":[{"id":"std",'
    b'"title":"Standard delivery","totals":[{"type":"total","amount":300}]}]}]}]},'
    b'"totals":[{"type":"subtotal","amount":1500},{"type":"total","amount":1500}],"messages":[{"type":"error",'
    b'"code":"missing","content":"Choose how to deliver",'
    b'"path":"$.fulfillment.methods[0].groups[0].selected_option_id","severity":"recoverable"}],'
    b'"links":[{"type":"terms_of_service","url":"https://shop.test/terms"}],"expires_at":"2026-02-02T03:10:00Z",'
    b'"buyer":{"email":"s1@shop.test"}}'
)


def test_a_create_is_answered_in_these_bytes() -> None:
    """The create of the protocol's own purchase, byte for byte."""

    async def story(client: ShopClient, _clock: VirtualClock) -> None:
        found = RouteTable(client.shop.routes()).find("POST", "/ucp/2026-04-08/checkout-sessions")
        assert not isinstance(found, Reply)
        headers = {"ucp-agent": 'profile="https://p.test/p"', "content-type": "application/json", "request-id": "r1"}
        request = Request("POST", "/ucp/2026-04-08/checkout-sessions", {}, headers, CREATE)
        reply = await found[0].handler(request)
        assert reply == Reply(201, [("content-type", "application/json"), ("request-id", "r1")], CREATED)

    with_shop(story)


@EACH_VERSION
@pytest.mark.parametrize(("rule", "kept"), [("replace", False), ("merge", True)])
def test_what_an_update_leaves_out_is_gone_or_stays(version: str, rule: Any, kept: bool) -> None:
    """With `replace` an update without buyer, delivery and codes takes them away, with `merge` it leaves them alone."""

    async def story(client: ShopClient, _clock: VirtualClock) -> None:
        shopper = UcpShopper(client, version)
        code = await client.claimed_code()
        checkout = await shopper.ready("lemon-tea", codes=(code,))
        lines = [{"id": "li_lemon-tea", "item": {"id": "lemon-tea"}, "quantity": 3}]
        body = {"line_items": lines, **({"id": checkout["id"]} if version == JANUARY else {})}
        after = (await shopper.send("PUT", f"{SESSIONS}/{checkout['id']}", body)).body
        assert after["status"] == ("ready_for_complete" if kept else "incomplete")
        assert ("buyer" in after, "discounts" in after) == (kept, kept)
        assert after["totals"][0]["amount"] == 4200
        (card,) = (await client.get("/campaign/cards?user_id=u1")).body["cards"]
        assert card["state"] == ("reserved" if kept else "issued")

    with_shop(story, ucp=UcpTerms(update=rule))


@EACH_VERSION
@pytest.mark.parametrize("rule", ["replace", "merge"])
def test_an_empty_list_of_codes_clears_them(version: str, rule: Any) -> None:
    """`codes: []` gives the card back under both rules."""

    async def story(client: ShopClient, _clock: VirtualClock) -> None:
        shopper = UcpShopper(client, version)
        checkout = await shopper.ready("lemon-tea", codes=(await client.claimed_code(),))
        after = (await shopper.update(checkout)).body
        assert [total["type"] for total in after["totals"]] == ["subtotal", "fulfillment", "total"]

    with_shop(story, ucp=UcpTerms(update=rule))


def test_an_update_with_another_id_is_refused() -> None:
    """The id in the body is the one of the path."""

    async def story(client: ShopClient, _clock: VirtualClock) -> None:
        shopper = UcpShopper(client, APRIL)
        checkout = await shopper.ready("lemon-tea")
        answer = await shopper.send("PUT", f"{SESSIONS}/{checkout['id']}", {"id": "chk_0", "line_items": [TEA]})
        assert (answer.status, answer.body) == (
            400,
            {"code": "invalid_request", "content": "the id is not the one of the path - at $.id"},
        )

    with_shop(story)


@pytest.mark.parametrize(("version", "status"), [(JANUARY, 400), (APRIL, 200)])
def test_an_unknown_item_leaves_the_checkout_as_it_was(version: str, status: int) -> None:
    """An update with an item that the shop does not sell changes nothing; 2026-04-08 tells the checkout and says so."""

    async def story(client: ShopClient, _clock: VirtualClock) -> None:
        shopper = UcpShopper(client, version)
        checkout = await shopper.ready("lemon-tea")
        line = {"id": "li_durian", "item": {"id": "durian"}, "quantity": 1}
        body = {"line_items": [line], **({"id": checkout["id"]} if version == JANUARY else {})}
        answer = await shopper.send("PUT", f"{SESSIONS}/{checkout['id']}", body)
        (message,) = answer.body["messages"]
        assert (answer.status, message["code"], message["path"]) == (status, "item_unavailable", "$.line_items[0]")
        assert (await shopper.checkout(checkout["id"])).body == checkout

    with_shop(story)


PAYMENTS: list[tuple[str, list[dict[str, Any]], str, str | None]] = [
    ("one means of payment needs no selection", [instrument(selected=False)], "completed", None),
    ("of several, the selected one pays", [instrument("fail_token", id="pi_0", selected=False), instrument()], "completed", None),
    ("none at all", [], "ready_for_complete", "missing $.payment.instruments"),
    ("two selected", [instrument(), instrument(id="pi_2")], "ready_for_complete", "missing $.payment.instruments"),
    ("another handler", [instrument(handler_id="barter")], "ready_for_complete", "invalid $.payment.instruments[0].handler_id"),
    ("the handler's name instead of its id", [instrument(handler_id="test.springtide.card")], "ready_for_complete",
     "invalid $.payment.instruments[0].handler_id"),
    ("a bare card number", [instrument(credential={"type": "card", "number": "4242424242424242"})], "ready_for_complete",
     "missing $.payment.instruments[0].credential.token"),
    ("no credential", [instrument(credential={"type": "token"})], "ready_for_complete",
     "missing $.payment.instruments[0].credential.token"),
    ("a declined token", [instrument("fail_token")], "ready_for_complete", "payment_failed $.payment"),
    ("the declined token of ACP", [instrument("spt_test_declined")], "ready_for_complete", "payment_failed $.payment"),
    ("a stolen card", [instrument("fraud_token")], "ready_for_complete", "payment_failed $.payment"),
]  # fmt: skip


@EACH_VERSION
@pytest.mark.parametrize(
    ("instruments", "status", "said"), [row[1:] for row in PAYMENTS], ids=[row[0] for row in PAYMENTS]
)
def test_what_pays(version: str, instruments: list[dict[str, Any]], status: str, said: str | None) -> None:
    """A payment that cannot be taken is a 200 that says why and leaves the checkout open; what pays is never told back."""

    async def story(client: ShopClient, _clock: VirtualClock) -> None:
        shopper = UcpShopper(client, version)
        checkout = await shopper.ready("lemon-tea")
        body = {**complete_body(version), "payment": {"instruments": instruments}}
        answer = await shopper.send("POST", f"{SESSIONS}/{checkout['id']}/complete", body)
        messages = [f"{one['code']} {one['path']}" for one in answer.body["messages"]]
        assert (answer.status, answer.body["status"], messages) == (200, status, [said] if said else [])
        assert client.counters()["orders"] == (status == "completed")
        told = msgspec.json.encode((await shopper.checkout(checkout["id"])).body)
        assert b"token" not in told
        assert b"4242424242" not in told

    with_shop(story)


def test_a_declined_payment_gives_the_card_back_and_may_be_tried_again() -> None:
    """After a decline the card is free, and another means of payment pays with it."""

    async def story(client: ShopClient, _clock: VirtualClock) -> None:
        shopper = UcpShopper(client, APRIL)
        checkout = await shopper.ready("lemon-tea", codes=(await client.claimed_code(),))
        await shopper.complete(checkout["id"], instrument("fail_token"))
        assert (await client.get("/campaign/cards?user_id=u1")).body["cards"][0]["state"] == "issued"
        done = await shopper.complete(checkout["id"])
        assert (done.body["status"], done.body["totals"][-1]["amount"]) == ("completed", 1)

    with_shop(story)


@EACH_VERSION
def test_a_replay_is_the_first_reply_without_a_mark(version: str) -> None:
    """The same key with the same body gets the same reply and acts once; no header says so."""

    async def story(client: ShopClient, _clock: VirtualClock) -> None:
        shopper = UcpShopper(client, version)
        checkout = await shopper.ready("lemon-tea")
        first = await shopper.complete(checkout["id"], idempotency_key="k", request_id="r1")
        again = await shopper.complete(checkout["id"], idempotency_key="k", request_id="r2")
        assert (again.status, again.body) == (first.status, first.body)
        assert again.headers == {"content-type": "application/json", "request-id": "r2"}
        assert (client.counters()["orders"], client.counters()["replays"]) == (1, 1)

    with_shop(story)


def test_a_declined_reply_is_replayed_as_messages_and_forgotten_as_a_status() -> None:
    """A 200 that tells a decline is what its key gets; a 402 was no operation, and its key may pay later."""

    async def declined_then_paid(client: ShopClient, modelled: bool) -> list[int | str]:
        shopper = UcpShopper(client, APRIL, modelled=modelled)
        checkout = await shopper.ready("lemon-tea")
        bodies = [complete_body(APRIL, instrument("fail_token"))] * 2
        path = f"{SESSIONS}/{checkout['id']}/complete"
        answers = [await shopper.send("POST", path, body, idempotency_key="k") for body in bodies]
        answers.append(await shopper.send("POST", path, complete_body(APRIL), idempotency_key="k"))
        return [answer.body.get("status", answer.status) for answer in answers]

    async def messages(client: ShopClient, _clock: VirtualClock) -> None:
        assert await declined_then_paid(client, modelled=True) == ["ready_for_complete", "ready_for_complete", 409]

    async def status(client: ShopClient, _clock: VirtualClock) -> None:
        assert await declined_then_paid(client, modelled=False) == [402, 402, "completed"]

    with_shop(messages)
    with_shop(status, ucp=UcpTerms(posture="status"))


def test_a_write_may_go_without_a_key() -> None:
    """Without a key nothing is remembered: two creates are two checkouts, and the order is known by its checkout."""

    async def story(client: ShopClient, _clock: VirtualClock) -> None:
        shopper = UcpShopper(client, APRIL)
        opened = [await shopper.create("lemon-tea", idempotency_key=None) for _ in range(2)]
        assert opened[0].body["id"] != opened[1].body["id"]
        checkout = (await shopper.update(opened[0].body, idempotency_key=None)).body
        assert (await shopper.complete(checkout["id"], idempotency_key=None)).body["status"] == "completed"
        assert (await shopper.complete(checkout["id"], idempotency_key=None)).status == 409

    with_shop(story)


def test_a_key_that_the_books_know_from_another_order_is_a_conflict() -> None:
    """Another platform's key that has paid already is a 409, and charges nothing."""

    async def story(client: ShopClient, _clock: VirtualClock) -> None:
        shopper = UcpShopper(client, APRIL)
        checkouts = [await shopper.ready("lemon-tea") for _ in range(2)]
        for checkout, platform, status in zip(checkouts, ("Bearer a", "Bearer b"), (200, 409), strict=True):
            answer = await shopper.complete(checkout["id"], idempotency_key="k", authorization=platform)
            assert answer.status == status
        assert answer.body["code"] == "idempotency_conflict"
        assert client.counters()["orders"] == 1
        assert (await shopper.checkout(checkouts[1]["id"])).body["status"] == "ready_for_complete"

    with_shop(story)


@EACH_VERSION
def test_many_payments_at_once_are_one_order(version: str) -> None:
    """Eight completes of one checkout under eight keys: one order; the others are told that it is under way or done."""

    async def story(client: ShopClient, _clock: VirtualClock) -> None:
        shopper = UcpShopper(client, version)
        checkout = await shopper.ready("lemon-tea")
        answers = await asyncio.gather(*(shopper.complete(checkout["id"]) for _ in range(8)))
        told = sorted(answer.body["status"] for answer in answers)
        assert told == ["complete_in_progress"] * 7 + ["completed"]
        assert client.counters()["orders"] == 1

    with_shop(story)


def test_in_posture_status_the_others_of_many_payments_are_conflicts() -> None:
    """One 200 and seven 409, as the one shop that was seen says it; the paid key's reply can be had again."""

    async def story(client: ShopClient, _clock: VirtualClock) -> None:
        shopper = UcpShopper(client, JANUARY, modelled=False)
        checkout = await shopper.ready("lemon-tea")
        keys = [f"k{n}" for n in range(8)]
        answers = await asyncio.gather(*(shopper.complete(checkout["id"], idempotency_key=key) for key in keys))
        assert sorted(answer.status for answer in answers) == [200] + [409] * 7
        assert {answer.body["code"] for answer in answers if answer.status == 409} == {"CHECKOUT_NOT_MODIFIABLE"}
        paid = keys[[answer.status for answer in answers].index(200)]
        assert (await shopper.complete(checkout["id"], idempotency_key=paid)).body["status"] == "completed"

    with_shop(story, ucp=UcpTerms(posture="status"))


def test_a_checkout_is_found_through_its_own_protocol_only() -> None:
    """ACP answers 404 for a checkout of UCP, whose parts it could not tell."""

    async def story(client: ShopClient, _clock: VirtualClock) -> None:
        checkout = await UcpShopper(client, APRIL).ready("lemon-tea")
        assert (await client.get(f"/checkout_sessions/{checkout['id']}")).status == 404

    with_shop(story)


@EACH_VERSION
def test_a_card_pays_once_over_both_protocols(version: str) -> None:
    """A card that a checkout of ACP holds is warned of in UCP, is free once that is given up, and then is refused in ACP."""

    async def story(client: ShopClient, _clock: VirtualClock) -> None:
        shopper = UcpShopper(client, version)
        code = await client.claimed_code()
        acp = await client.ready("eggs-30", codes=(code,))
        checkout = await shopper.ready("lemon-tea", codes=(code,))
        assert [one["code"] for one in checkout["messages"]] == ["discount_code_invalid"]
        await client.cancel(acp)
        checkout = (await shopper.update(checkout, code)).body
        assert (checkout["messages"], checkout["totals"][-1]["amount"]) == ([], 1)
        await shopper.complete(checkout["id"])
        (rejected,) = (await client.apply(await client.ready("eggs-30"), code)).body["discounts"]["rejected"]
        assert rejected["reason"] == "discount_code_usage_limit_reached"

    with_shop(story)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
MEMBERS = st.sampled_from(["line_items", "buyer", "fulfillment", "discounts", "payment", "signals", "id", "context"])


HEADERS = st.dictionaries(
    st.sampled_from(
        ["ucp_agent", "content_type", "idempotency_key", "x_shopper_id", "request_id", "host", "x_api_key"]
    ),
    st.none()
    | st.text(st.characters(codec="latin-1"), max_size=20)
    | st.sampled_from(["", "x" * 300, 'profile="http://["']),
    max_size=2,
)


@settings(max_examples=60, deadline=None)
@given(requests=st.lists(st.tuples(HEADERS, st.binary(max_size=30) | st.just(b"[" * 50_000)), max_size=12))
def test_no_header_and_no_bytes_are_too_strange_to_be_answered(
    requests: list[tuple[dict[str, str | None], bytes]],
) -> None:
    """Whatever the headers and the body are, a create is refused in a valid body, or accepted."""

    async def story(client: ShopClient, _clock: VirtualClock) -> None:
        for version in VERSIONS:
            shopper = UcpShopper(client, version)
            for headers, body in requests:
                assert (await shopper.call("POST", SESSIONS, body, **headers)).status in {400, 409}
                answer = await shopper.create("lemon-tea", **headers)
                assert answer.status in {201, 400, 409}

    with_shop(story)


@settings(max_examples=60, deadline=None)
@given(
    bodies=st.lists(st.tuples(MEMBERS, JSON, st.sampled_from(["create", "update", "complete", "cancel"])), max_size=12)
)
def test_no_body_is_too_strange_to_be_answered(bodies: list[tuple[str, Any, str]]) -> None:
    """Whatever a member holds, the reply is a checkout or a refusal in a valid body, and the shop stays up."""

    async def story(client: ShopClient, _clock: VirtualClock) -> None:
        for version in VERSIONS:
            shopper = UcpShopper(client, version)
            checkout = await shopper.ready("lemon-tea")
            one = f"{SESSIONS}/{checkout['id']}"
            ways = {
                "create": ("POST", SESSIONS),
                "update": ("PUT", one),
                "complete": ("POST", f"{one}/complete"),
                "cancel": ("POST", f"{one}/cancel"),
            }
            for member, value, verb in bodies:
                body = {**create_body(version, "lemon-tea"), member: value}
                answer = await shopper.send(*ways[verb], body if verb in {"create", "update"} else {member: value})
                assert answer.status in {200, 201, 400, 409}

    with_shop(story)
