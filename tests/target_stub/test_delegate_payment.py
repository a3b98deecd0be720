"""A card becomes a token, and the token pays one checkout."""

from typing import Any

import pytest

from target_stub.delegate_payment import has_check_digit
from tests.helpers.clocks import VirtualClock
from tests.helpers.shops import ShopClient, delegate_body, with_shop

PATH = "/agentic_commerce/delegate_payment"
S = 1_000_000_000


async def token_for(shopper: ShopClient, session_id: str, **allowance: object) -> str:
    """A token for the session; the clock of the tests stands on 2 February 2026."""
    answer = await shopper.post(PATH, delegate_body(session_id, **allowance))
    assert answer.status == 201, answer.body
    token: str = answer.body["id"]
    return token


def paying(token: str) -> dict[str, Any]:
    """The payment data with a token."""
    return {"handler_id": "card", "instrument": {"type": "card", "credential": {"type": "spt", "token": token}}}


def test_a_token_pays_its_checkout() -> None:
    """The reply has the token, the instant and the metadata; the token then pays the exact amount."""

    async def story(shopper: ShopClient, _clock: VirtualClock) -> None:
        session_id = await shopper.ready("eggs-30")
        answer = await shopper.post(PATH, delegate_body(session_id, max_amount=3080))
        assert answer.body == {
            "id": answer.body["id"],
            "created": "2026-02-02T02:40:00Z",
            "metadata": {"source": "test"},
        }
        paid = await shopper.complete(session_id, paying(answer.body["id"]))
        assert paid.body["status"] == "completed"

    with_shop(story)


@pytest.mark.parametrize(
    ("allowance", "wait_s", "says"),
    [
        pytest.param({"expires_at": "2026-02-02T02:41:00Z"}, 60, "has expired", id="expired"),
        pytest.param({"max_amount": 3079}, 0, "allows 3079 at most", id="above max_amount"),
        pytest.param({"checkout_session_id": "cs_other"}, 0, "for another checkout", id="another session"),
    ],
)
def test_a_token_outside_its_allowance_is_declined(allowance: dict[str, object], wait_s: int, says: str) -> None:
    """The payment is declined with the reason, nothing is charged, and a fitting token pays afterwards."""

    async def story(shopper: ShopClient, clock: VirtualClock) -> None:
        session_id = await shopper.ready("eggs-30")
        token = await token_for(shopper, session_id, **allowance)
        clock.set_to(wait_s * S)
        declined = await shopper.complete(session_id, paying(token))
        (message,) = declined.body["messages"]
        assert (declined.status, declined.body["status"], message["code"]) == (
            200,
            "ready_for_payment",
            "payment_declined",
        )
        assert says in message["content"]
        paid = await shopper.complete(session_id, paying(await token_for(shopper, session_id)))
        assert paid.body["status"] == "completed"

    with_shop(story)


def test_a_token_that_nobody_gave_is_declined() -> None:
    """A made-up token of the service's form pays nothing."""

    async def story(shopper: ShopClient, _clock: VirtualClock) -> None:
        declined = await shopper.complete(await shopper.ready("eggs-30"), paying("vt_1"))
        assert declined.body["messages"][0]["code"] == "payment_declined"

    with_shop(story)


FAULTS: list[tuple[str, dict[str, Any], int, str | None]] = [
    ("a wrong check digit", {"payment_method": {"number": "4242424242424241"}}, 422, "$.payment_method.number"),
    ("no number", {"payment_method": {"number": "tea"}}, 422, "$.payment_method.number"),
    ("month 13", {"payment_method": {"exp_month": "13"}}, 422, "$.payment_method.exp_month"),
    ("an expired card", {"payment_method": {"exp_year": "2025"}}, 422, "$.payment_method.exp_year"),
    ("another currency", {"allowance": {"currency": "usd"}}, 422, "$.allowance.currency"),
    ("another merchant", {"allowance": {"merchant_id": "mall"}}, 422, "$.allowance.merchant_id"),
    ("an allowance of the past", {"allowance": {"expires_at": "2026-02-02T02:40:00Z"}}, 422, "$.allowance.expires_at"),
    ("a negative amount", {"allowance": {"max_amount": -1}}, 400, None),
    ("a month of three digits", {"payment_method": {"exp_month": "001"}}, 400, None),
    ("an instant without offset", {"allowance": {"expires_at": "2027-02-02T02:40:00"}}, 400, None),
    ("an unknown member", {"allowance": {"tip": 1}}, 400, None),
]


@pytest.mark.parametrize(("changed", "status", "param"), [row[1:] for row in FAULTS], ids=[row[0] for row in FAULTS])
def test_a_card_that_cannot_pay_is_refused(changed: dict[str, Any], status: int, param: str | None) -> None:
    """A malformed body answers 400 and an impossible value 422, both invalid_card, and no number is repeated."""

    async def story(shopper: ShopClient, _clock: VirtualClock) -> None:
        body = delegate_body("cs_1")
        for part, members in changed.items():
            body[part] = {**body[part], **members}
        answer = await shopper.post(PATH, body)

        assert (answer.status, answer.body["code"], answer.body.get("param")) == (status, "invalid_card", param)
        assert "424242424242424" not in str(answer.body).replace("4242424242424242", "")

    with_shop(story)


@pytest.mark.parametrize(
    ("number", "passes"),
    [("4242424242424242", True), ("5555555555554444", True), ("378282246310005", True), ("4242424242424243", False)],
)
def test_check_digits(number: str, passes: bool) -> None:
    """The sandbox's cards pass, and a number with one digit changed does not."""
    assert has_check_digit(number) is passes
