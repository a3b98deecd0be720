"""What an adapter's request came to, and when an order is one: rules as tables, and laws over any answer."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locustfiles.adapters.course import Broken, Move
from locustfiles.adapters.rest_shop import RestShop
from locustfiles.adapters.shop_adapter import No, Request, ShopSession, declined, degraded, refused
from locustfiles.adapters.verdicts import (
    NO_ORDER_YET,
    STILL_PAYING,
    after_reading,
    busy_words,
    error_told,
    judge_after,
    judge_before,
    judge_read,
)
from locustfiles.recording.classify import Verdict
from locustfiles.transport.exchange import Fault
from reports.run_record.outcome import APPLY_CARD, CREATE, PAY, READ_SESSION, Outcome, Reason
from tests.helpers.exchanges import TEA, answered, faulted

SHOP = RestShop()
BASKET = SHOP.session("b-1", items=[("pearl-milk-tea", 2)], amount_minor=3300)
ORDER = SHOP.session("b-1", items=[("pearl-milk-tea", 2)], amount_minor=3300, order_id="o-1")
BROKEN = Broken("raised KeyError", "my_shop.py:7")
BUSY = "系统繁忙，请稍后再试"


def told(value: Any, status: int = 200, **headers: str):
    """An exchange with a JSON answer."""
    return answered(
        status, json.dumps(value).encode(), {name.replace("_", "-"): text for name, text in headers.items()}
    )


def name(verdict: Verdict) -> str:
    """Outcome and reason."""
    return f"{verdict.outcome} {verdict.reason}".strip()


def graphql(*codes: str | None) -> dict[str, Any]:
    """A GraphQL answer with these errors."""
    return {"data": None, "errors": [{"message": "no", "extensions": {"code": code}} for code in codes]}


@pytest.mark.parametrize(
    ("exchange", "code", "retry_after_s"),
    [
        pytest.param(told({"code": "TOO_FAST"}, 429, retry_after="2"), "TOO_FAST", 2.0, id="a status other than 2xx"),
        pytest.param(told({"error": {"code": "no"}}), "", None, id="an error without words is not told in a 200"),
        pytest.param(told({"error": {"code": "no", "message": "m"}}), "no", None, id="an error in a 200"),
        pytest.param(told({"code": "SPRING25"}), "", None, id="a voucher's code is no error"),
        pytest.param(told({"code": 1302, "id": 4}), "", None, id="an order's number is no error"),
        pytest.param(told({"code": 1302, "msg": "limit"}), "1302", None, id="a number beside a message is"),
        pytest.param(told(graphql("X", "THROTTLED")), "THROTTLED", None, id="of GraphQL's errors the throttle"),
        pytest.param(told(graphql(None, "X", "Y")), "X", None, id="else the first that has a code"),
        pytest.param(told({"errors": "x"}), "", None, id="errors that are no list"),
        pytest.param(told({"errors": [1, {"extensions": 2}, {"extensions": {"code": 3}}]}), "", None, id="no errors"),
        pytest.param(told([1]), "", None, id="a list"),
        pytest.param(answered(200, b"<html>"), "", None, id="no JSON"),
        pytest.param(answered(204), "", None, id="no body"),
    ],
)
def test_which_error_is_told(exchange, code: str, retry_after_s: float | None) -> None:
    """In a 2xx only what is said to be an error counts as one."""
    error = error_told(exchange)

    assert (error.code, error.retry_after_s) == (code, retry_after_s)


@pytest.mark.parametrize(
    ("step", "exchange", "verdict"),
    [
        pytest.param(CREATE, faulted(Fault.RESET), "shed connection_lost", id="a fault"),
        pytest.param(
            PAY, faulted(Fault.RESET), "unknown connection_lost", id="a fault after the first byte of a payment"
        ),
        pytest.param(PAY, faulted(Fault.CONNECT_REFUSED, sent=False), "shed connect_failed", id="no byte of it left"),
        pytest.param(CREATE, told({}, 429), "refused_hard rate_limited", id="429"),
        pytest.param(PAY, told({}, 429), "refused_hard rate_limited", id="429 at the payment"),
        pytest.param(CREATE, told({}, 503), "refused_hard overloaded", id="503"),
        pytest.param(PAY, told({}, 503), "unknown overloaded", id="503 at the payment"),
        pytest.param(READ_SESSION, told({}, 500), "shed server_error", id="500 at the books"),
        pytest.param(PAY, told({}, 500), "unknown server_error", id="500 at the payment"),
        pytest.param(CREATE, told(graphql("THROTTLED")), "refused_hard rate_limited", id="a throttle in a 200"),
        pytest.param(CREATE, told({"inWaitingRoom": True}), "queued waiting_room", id="a waiting room in a 200"),
        pytest.param(
            CREATE,
            answered(200, b"<html>", {"x-checkout-queue": "true"}),
            "queued waiting_room",
            id="a queue by header",
        ),
        pytest.param(CREATE, told({"ret": ["FAIL_SYS_USER_VALIDATE"]}), "degraded risk_control", id="a captcha"),
        pytest.param(CREATE, told({}, 430), "degraded risk_control", id="taken for a bot"),
        pytest.param(PAY, told({"code": "idempotency_in_flight"}, 409), "unknown client_error", id="the payment runs"),
    ],
)
def test_what_the_adapter_is_not_asked(step: str, exchange, verdict: str) -> None:
    """Faults, server errors, throttles, queues and captchas are decided without the adapter."""
    before, is_final = judge_before(step, exchange, error_told(exchange))

    assert (name(before), is_final) == (verdict, True)


@pytest.mark.parametrize(
    ("step", "exchange"),
    [
        (CREATE, told({"id": 1})),
        (PAY, told({"id": 1}, 201)),
        (PAY, told({"code": "nope"}, 402)),
        (PAY, answered(303, b"", {"location": "/orders/1"})),
        (PAY, told({"code": "CONFLICT"}, 409)),
        (CREATE, told({"code": "out_of_stock"}, 409)),
        (CREATE, told(graphql("STOCK"))),
        (READ_SESSION, told({}, 404)),
        (CREATE, told({"message": BUSY})),
    ],
    ids=[
        "200",
        "201 at the payment",
        "402",
        "303",
        "409 at the payment",
        "409",
        "an error of its own",
        "404",
        "busy words",
    ],
)
def test_what_the_adapter_is_asked(step: str, exchange) -> None:
    """Everything else may be the shop's own words."""
    assert not judge_before(step, exchange, error_told(exchange))[1]


@pytest.mark.parametrize(
    ("step", "exchange", "move", "verdict"),
    [
        pytest.param(CREATE, told({}, 404), Request("GET", "/"), "done", id="a next request"),
        pytest.param(CREATE, told({}), BASKET, "done", id="a basket"),
        pytest.param(APPLY_CARD, told({}), BASKET, "done coupon_missing", id="a voucher that took nothing off"),
        pytest.param(PAY, told({}), ORDER, "done", id="an order is not confirmed by its answer"),
        pytest.param(PAY, told({}), BASKET, "unknown protocol_fault", id="paid without an order id"),
        pytest.param(PAY, told({}), declined("payment_declined"), "declined payment_declined", id="declined"),
        pytest.param(CREATE, told({}), refused(), "refused_soft busy_canned", id="refused in a 200"),
        pytest.param(CREATE, told({}, 418), refused(), "refused_hard busy_canned", id="refused by a status of its own"),
        pytest.param(CREATE, told({}), degraded(), "degraded no_progress", id="degraded"),
        pytest.param(CREATE, told({"m": BUSY}), degraded(), "refused_soft busy_canned", id="degraded, and busy"),
        pytest.param(CREATE, told({}), degraded(words=BUSY), "refused_soft busy_canned", id="busy in the words alone"),
        pytest.param(
            CREATE, told({"m": BUSY}), degraded("wrong_answer"), "degraded wrong_answer", id="wrong, not busy"
        ),
        pytest.param(PAY, told({"m": BUSY}), degraded(), "degraded no_progress", id="words decide no payment"),
        pytest.param(CREATE, told({"m": BUSY}), BASKET, "done", id="busy words in an answer that goes on"),
        pytest.param(CREATE, told([]), BROKEN, "degraded protocol_fault", id="unreadable"),
        pytest.param(CREATE, told({"m": BUSY}), BROKEN, "refused_soft busy_canned", id="unreadable, and busy"),
        pytest.param(CREATE, answered(200, BUSY.encode()), BROKEN, "refused_soft busy_canned", id="a busy page"),
        pytest.param(CREATE, told({"code": "sold_out"}, 409), BROKEN, "declined sold_out", id="a usual code of a no"),
        pytest.param(CREATE, told(graphql("SOLD_OUT")), BROKEN, "declined sold_out", id="the same in a 200"),
        pytest.param(CREATE, told({}, 404), BROKEN, "degraded client_error", id="a 404 that it did not expect"),
        pytest.param(PAY, told([]), BROKEN, "unknown protocol_fault", id="unreadable after paying"),
        pytest.param(PAY, told({"m": BUSY}), BROKEN, "unknown busy_canned", id="busy after paying"),
        pytest.param(PAY, told({}, 402), BROKEN, "declined payment_declined", id="402 needs no adapter"),
    ],
)
def test_what_the_adapter_says(step: str, exchange, move: Move, verdict: str) -> None:
    """The adapter knows its shop; where it does not, status, codes and words say what they can."""
    before, _ = judge_before(step, exchange, error_told(exchange))

    assert name(judge_after(step, exchange, before, move, code="SPRING25")) == verdict


def order(**changed: Any) -> ShopSession:
    """An order as the books tell it."""
    known = {"order_id": "o-1", "items": [("pearl-milk-tea", 2)], "amount_minor": 3300, **changed}
    return SHOP.session("b-1", **known)


@pytest.mark.parametrize(
    ("found", "promised", "verdict"),
    [
        pytest.param(order(), "o-1", "confirmed", id="as promised"),
        pytest.param(order(), None, "confirmed", id="found after a lost answer"),
        pytest.param(order(items=[("pearl-milk-tea", 1), ("pearl-milk-tea", 1)]), "o-1", "confirmed", id="two lines"),
        pytest.param(order(items=None), "o-1", "confirmed", id="by the amount alone"),
        pytest.param(order(amount_minor=None), "o-1", "confirmed", id="by the basket alone"),
        pytest.param(order(items=None, amount_minor=None), "o-1", "degraded wrong_answer", id="by nothing"),
        pytest.param(order(order_id="o-2"), "o-1", "degraded wrong_answer", id="another id"),
        pytest.param(order(items=[("coffee", 2)]), "o-1", "degraded wrong_answer", id="another product"),
        pytest.param(order(items=[("pearl-milk-tea", 3)]), "o-1", "degraded wrong_answer", id="another quantity"),
        pytest.param(order(amount_minor=1), "o-1", "degraded wrong_answer", id="another amount"),
        pytest.param(order(order_id=None), "o-1", "degraded no_progress", id="no order where one was promised"),
        pytest.param(SHOP.no_order(BASKET), "o-1", "degraded no_progress", id="the books deny it"),
        pytest.param(SHOP.no_order(BASKET), None, "done no_progress", id="no order, and none promised"),
        pytest.param(SHOP.pending(BASKET), "o-1", "done", id="still being paid"),
    ],
)
def test_when_the_books_confirm(found: ShopSession, promised: str | None, verdict: str) -> None:
    """Only the order that was bought, under the id that was told, is confirmed."""
    assert name(judge_read(found, promised=promised, agreed=BASKET, wished=TEA)) == verdict


def test_an_amount_that_nobody_agreed() -> None:
    """Books without items confirm nothing where no amount was agreed."""
    agreed = SHOP.session("b-1")

    assert name(judge_read(order(items=None), promised="o-1", agreed=agreed, wished=TEA)) == "degraded wrong_answer"


LOST = Verdict(Outcome.UNKNOWN, Reason.CONNECTION_LOST)
HELD_BACK = Verdict(Outcome.REFUSED_HARD, Reason.RATE_LIMITED)
NO_CARD = Verdict(Outcome.DECLINED, Reason.PAYMENT_DECLINED)


@pytest.mark.parametrize(
    ("paid", "read", "busy", "is_promised", "verdict"),
    [
        pytest.param(LOST, Verdict(Outcome.CONFIRMED), None, False, "confirmed", id="lost, and in the books"),
        pytest.param(NO_CARD, Verdict(Outcome.CONFIRMED), None, False, "confirmed", id="declined, and in the books"),
        pytest.param(LOST, NO_CARD, None, False, "declined payment_declined", id="the books know the no"),
        pytest.param(LOST, NO_ORDER_YET, None, False, "unknown connection_lost", id="lost, and not in the books"),
        pytest.param(LOST, NO_ORDER_YET, Reason.BUSY_CANNED, False, "refused_soft busy_canned", id="busy, not sold"),
        pytest.param(LOST, STILL_PAYING, None, False, "unknown connection_lost", id="lost, and being paid"),
        pytest.param(HELD_BACK, NO_ORDER_YET, None, False, "refused_hard rate_limited", id="refused, not sold"),
        pytest.param(HELD_BACK, Verdict(Outcome.SHED), None, False, "unknown rate_limited", id="refused, books shut"),
        pytest.param(NO_CARD, NO_ORDER_YET, None, False, "declined payment_declined", id="declined, not sold"),
        pytest.param(
            Verdict(Outcome.DONE), STILL_PAYING, None, True, "unknown no_progress", id="promised, and being paid"
        ),
        pytest.param(
            Verdict(Outcome.DONE),
            Verdict(Outcome.DEGRADED, Reason.WRONG_ANSWER),
            None,
            True,
            "unknown wrong_answer",
            id="promised, and another order",
        ),
        pytest.param(
            Verdict(Outcome.DONE),
            Verdict(Outcome.SHED, Reason.TIMED_OUT),
            None,
            True,
            "unknown timed_out",
            id="silence",
        ),
    ],
)
def test_what_paying_came_to(
    paid: Verdict, read: Verdict, busy: Reason | None, is_promised: bool, verdict: str
) -> None:
    """The books decide; what they cannot tell is unknown."""
    assert name(after_reading(paid, read, busy=busy, is_promised=is_promised)) == verdict


verdicts = st.builds(Verdict, st.sampled_from(Outcome), st.sampled_from(Reason))


@given(paid=verdicts, read=verdicts, busy=st.none() | st.sampled_from(Reason), is_promised=st.booleans())
def test_nothing_is_confirmed_but_by_the_books(
    paid: Verdict, read: Verdict, busy: Reason | None, is_promised: bool
) -> None:
    """Whatever paying said, a payment is confirmed when the books confirmed it, and a promise that they do not keep is never clean."""
    end = after_reading(paid._replace(outcome=Outcome.UNKNOWN), read, busy=busy, is_promised=is_promised)

    assert (end.outcome is Outcome.CONFIRMED) == (read.outcome is Outcome.CONFIRMED)
    assert not is_promised or end.outcome in (Outcome.CONFIRMED, Outcome.DECLINED, Outcome.UNKNOWN)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["errors", "extensions", "code", "error", "message", "data"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)
bodies = st.binary(max_size=200) | values.map(lambda value: json.dumps(value).encode())


@given(
    step=st.sampled_from([CREATE, APPLY_CARD, PAY, READ_SESSION]),
    status=st.integers(0, 599),
    body=bodies,
    move=st.sampled_from([BASKET, ORDER, Request("GET", "/"), declined(), refused(), degraded(), BROKEN]),
)
def test_every_answer_has_a_verdict(step: str, status: int, body: bytes, move: Move) -> None:
    """No answer raises, none is confirmed by itself, and a payment that may have bought is never shed."""
    exchange = answered(status, body)
    before, is_final = judge_before(step, exchange, error_told(exchange))
    after = judge_after(step, exchange, before, move)

    assert Outcome.CONFIRMED not in (before.outcome, after.outcome)
    assert not (is_final and before.outcome.is_good)
    assert isinstance(move, No) or step != PAY or status == 0 or after.outcome is not Outcome.SHED
    assert busy_words(exchange) is None or status in range(200, 300)
