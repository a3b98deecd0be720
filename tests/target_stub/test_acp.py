"""The ACP door: headers, statuses, and what each call makes of its body."""

import asyncio

import pytest

from tests.helpers.clocks import VirtualClock
from tests.helpers.shops import DECLINED_PAYMENT, PAYMENT, ShopClient, apply_body, create_body, with_shop


def test_one_purchase_from_top_to_bottom() -> None:
    """Create, card, delivery, payment and a look back give one completed session with its order."""

    async def story(shopper: ShopClient, _clock: VirtualClock) -> None:
        created = await shopper.create("pearl-milk-tea")
        assert (created.status, created.body["status"]) == (201, "not_ready_for_payment")
        session_id = created.body["id"]

        applied = await shopper.apply(session_id, await shopper.claimed_code())
        assert (applied.status, applied.body["status"]) == (200, "ready_for_payment")
        assert applied.body["totals"][-1] == {"type": "total", "display_text": "Total", "amount": 1}

        paid = await shopper.complete(session_id)
        assert (paid.status, paid.body["status"]) == (200, "completed")
        assert paid.body["order"]["id"].startswith("ord_")
        assert (await shopper.get(f"/checkout_sessions/{session_id}")).body == paid.body

    with_shop(story)


def test_a_session_without_delivery_repeats_what_it_lacks() -> None:
    """Complete on a session that is not ready answers 200, unchanged, with its messages."""

    async def story(shopper: ShopClient, _clock: VirtualClock) -> None:
        created = await shopper.create("lemon-tea")
        answer = await shopper.complete(created.body["id"])

        assert (answer.status, answer.body) == (200, created.body)
        assert answer.body["messages"][0]["param"] == "$.selected_fulfillment_options"

    with_shop(story)


def test_a_declined_payment_can_be_tried_again() -> None:
    """A declined token answers 200 with payment_declined and no order; another token then buys."""

    async def story(shopper: ShopClient, _clock: VirtualClock) -> None:
        session_id = await shopper.ready("lemon-tea")
        declined = await shopper.complete(session_id, DECLINED_PAYMENT)
        assert (declined.status, declined.body["status"]) == (200, "ready_for_payment")
        assert [message["code"] for message in declined.body["messages"]] == ["payment_declined"]
        assert "order" not in declined.body

        assert (await shopper.complete(session_id)).body["status"] == "completed"

    with_shop(story)


def test_replies_echo_key_and_request_id() -> None:
    """A POST's reply repeats Idempotency-Key and Request-Id, an error's too, and a replay says so."""

    async def story(shopper: ShopClient, _clock: VirtualClock) -> None:
        first = await shopper.create("lemon-tea", idempotency_key="k", request_id="r1")
        again = await shopper.create("lemon-tea", idempotency_key="k", request_id="r2")
        wrong = await shopper.create("durian", idempotency_key="k2", request_id="r3")

        assert (first.headers["idempotency-key"], first.headers["request-id"]) == ("k", "r1")
        assert (again.headers["idempotent-replayed"], again.headers["request-id"]) == ("true", "r2")
        assert (again.status, again.body) == (201, first.body)
        assert (wrong.status, wrong.headers["request-id"]) == (400, "r3")

    with_shop(story)


@pytest.mark.parametrize(
    ("first", "then", "status", "amounts"),
    [
        pytest.param({}, {}, "not_ready_for_payment", [1400, 1400], id="nothing given changes nothing"),
        pytest.param(
            apply_body(["lemon-tea"]), {"selected_fulfillment_options": []}, "not_ready_for_payment", [1400, 1400],
            id="an empty list takes the choice back",
        ),
        pytest.param(
            apply_body(["lemon-tea"]), {"line_items": [{"id": "eggs-30"}]}, "ready_for_payment", [2580, 500, 3080],
            id="a new basket replaces the old one and its delivery",
        ),
        pytest.param(
            apply_body(["lemon-tea"]), {"fulfillment_details": {"name": "Li"}}, "not_ready_for_payment",
            [1400, 300, 1700], id="details without an address break what was ready",
        ),
        pytest.param(
            apply_body(["lemon-tea"]), apply_body(["taro-milk-tea"]), "not_ready_for_payment", [1400, 1400],
            id="an option for another product is no choice",
        ),
        pytest.param(
            {"line_items": [{"id": "lemon-tea"}, {"id": "eggs-30"}]}, apply_body(["lemon-tea", "eggs-30"]),
            "ready_for_payment", [3980, 500, 4480], id="the dearest delivery of a mixed basket",
        ),
    ],
)  # fmt: skip
def test_an_update_changes_what_it_names(
    first: dict[str, object], then: dict[str, object], status: str, amounts: list[int]
) -> None:
    """What an update leaves out stays, a list that it gives replaces the list, and the bill follows."""

    async def story(shopper: ShopClient, _clock: VirtualClock) -> None:
        session_id = (await shopper.create("lemon-tea")).body["id"]
        await shopper.post(f"/checkout_sessions/{session_id}", first)
        answer = await shopper.post(f"/checkout_sessions/{session_id}", then)

        assert answer.body["status"] == status
        assert [total["amount"] for total in answer.body["totals"]] == amounts

    with_shop(story)


def test_the_older_coupons_are_read_and_beaten_by_discounts() -> None:
    """`coupons` applies a code, and `discounts.codes` beside it decides."""

    async def story(shopper: ShopClient, _clock: VirtualClock) -> None:
        code = await shopper.claimed_code()
        old = await shopper.post("/checkout_sessions", {**create_body("eggs-30"), "coupons": [code.lower()]})
        assert old.body["discounts"]["applied"][0]["code"] == code
        both = {**create_body("eggs-30"), "coupons": [code], "discounts": {"codes": ["OTHER"]}}
        assert (await shopper.post("/checkout_sessions", both)).body["discounts"]["codes"] == ["OTHER"]

    with_shop(story)


def test_the_shopper_is_named_by_header_or_email() -> None:
    """A card is its owner's by X-Shopper-Id, and by the buyer's email where no such header is sent."""

    async def story(shopper: ShopClient, _clock: VirtualClock) -> None:
        by_email = ShopClient(shopper.shop, "s1@shop.test")
        code = await by_email.claimed_code()
        created = await by_email.create("eggs-30", x_shopper_id=None)
        applied = await by_email.apply(created.body["id"], code)
        assert applied.body["discounts"]["applied"][0]["code"] == code

        other = await shopper.ready("eggs-30")
        stolen = await shopper.apply(other, code)
        assert stolen.body["discounts"]["rejected"][0]["reason"] == "discount_code_user_ineligible"

    with_shop(story)


def test_a_cancel_needs_no_body() -> None:
    """A cancel without a body or with an intent trace ends the session."""

    async def story(shopper: ShopClient, _clock: VirtualClock) -> None:
        for body in (None, {"intent_trace": {"reason_code": "shipping_cost"}}):
            session_id = await shopper.ready("lemon-tea")
            answer = await shopper.post(f"/checkout_sessions/{session_id}/cancel", body)
            assert (answer.status, answer.body["status"]) == (200, "canceled")

    with_shop(story)


def test_eight_payments_at_once_make_one_order() -> None:
    """Of eight concurrent completes with their own keys one pays, the others see it in progress, and all end the same."""

    async def story(shopper: ShopClient, _clock: VirtualClock) -> None:
        session_id = await shopper.ready("lemon-tea", codes=(await shopper.claimed_code(),))
        answers = await asyncio.gather(*(shopper.complete(session_id, idempotency_key=f"k{n}") for n in range(8)))

        statuses = sorted(answer.body["status"] for answer in answers)
        assert statuses == ["complete_in_progress"] * 7 + ["completed"]
        assert shopper.counters()["orders"] == 1
        assert (await shopper.get(f"/checkout_sessions/{session_id}")).body["status"] == "completed"

    with_shop(story)


def test_eight_payments_with_one_key_make_one_order() -> None:
    """Of eight concurrent completes with one key one pays, seven are told to wait, and a repeat is the replay."""

    async def story(shopper: ShopClient, _clock: VirtualClock) -> None:
        session_id = await shopper.ready("lemon-tea")
        answers = await asyncio.gather(*(shopper.complete(session_id, idempotency_key="k") for _ in range(8)))
        again = await shopper.complete(session_id, idempotency_key="k")

        assert sorted(answer.status for answer in answers) == [200] + [409] * 7
        assert again.headers["idempotent-replayed"] == "true"
        assert again.body["status"] == "completed"
        assert shopper.counters()["orders"] == 1

    with_shop(story)


def test_one_key_pays_for_one_session_only() -> None:
    """A key that has paid for a session is refused by the database on another one, which stays payable."""

    async def story(shopper: ShopClient, _clock: VirtualClock) -> None:
        first, second = await shopper.ready("lemon-tea"), await shopper.ready("lemon-tea")
        await shopper.complete(first, idempotency_key="k")
        refused = await shopper.complete(second, idempotency_key="k")

        assert (refused.status, refused.body["code"]) == (422, "idempotency_conflict")
        assert (await shopper.complete(second, idempotency_key="k2")).body["status"] == "completed"

    with_shop(story)


def test_discovery_is_cacheable_and_needs_no_headers() -> None:
    """The discovery document names version, base URL and services and may be cached for an hour."""

    async def story(shopper: ShopClient, _clock: VirtualClock) -> None:
        answer = await shopper.call("GET", "/.well-known/acp.json", b"", {"host": "127.0.0.1:8000"})

        assert answer.headers["cache-control"] == "public, max-age=3600"
        assert answer.body["protocol"] == {
            "name": "acp",
            "version": "2026-04-17",
            "supported_versions": ["2026-04-17"],
        }
        assert answer.body["api_base_url"] == "http://127.0.0.1:8000"
        assert answer.body["capabilities"]["services"] == ["checkout", "delegate_payment"]

    with_shop(story)


def test_a_body_error_names_its_place() -> None:
    """A body that is wrong somewhere is refused with the place as param and without echoing the value."""

    async def story(shopper: ShopClient, _clock: VirtualClock) -> None:
        body = {"payment_data": {**PAYMENT, "instrument": {"type": "card", "credential": {"type": "spt", "token": 7}}}}
        answer = await shopper.post("/checkout_sessions/x/complete", body)

        assert answer.status == 400
        assert answer.body["param"] == "$.payment_data.instrument.credential.token"

    with_shop(story)
