"""What each answer comes to: one row a case, with the reason why in its id."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locustfiles.protocols.campaign import Card, NoCard
from locustfiles.protocols.checkout import BasketItem, Message, ProtocolFault, ServiceError
from locustfiles.protocols.tool_calls import ToolCall
from locustfiles.recording.classify import (
    DETAIL_CHARACTERS,
    FAULT_REASONS,
    Verdict,
    classify_chat,
    classify_checkout,
    classify_claim,
    classify_pay,
    classify_read,
    classify_talk,
)
from locustfiles.recording.soft_refusal import TemplateBook
from locustfiles.transport.exchange import Exchange, Fault
from reports.run_record.outcome import APPLY_CARD, CREATE, PAY, Outcome, Reason
from tests.helpers.exchanges import (
    OTHER_BASKETS,
    TEA,
    answered,
    chat_reply,
    faulted,
    good_call,
    session,
    tool_call,
)

BUSY = "活动太火爆，参与人数较多，请稍后再试。"
CARD = Card("SPRING25", "issued", 2500, "CNY", "")


def chat(reply: object, exchange: Exchange | None = None, book: TemplateBook | None = None) -> Verdict:
    """The verdict on a reply to the shopper who wants two pearl milk teas."""
    return classify_chat(exchange or answered(), reply, wished=TEA, book=book or TemplateBook(), shopper="s1", at_s=0.0)


# Faults.


@pytest.mark.parametrize("fault", list(Fault))
def test_every_fault_has_its_reason(fault: Fault) -> None:
    """A fault before anything can be bought is shed, and says why in a sentence."""
    verdict = chat(ProtocolFault("none"), faulted(fault))

    assert verdict == Verdict(Outcome.SHED, FAULT_REASONS[fault], fault.sentence)


@pytest.mark.parametrize("fault", list(Fault))
def test_a_fault_in_paying_is_unknown_once_a_byte_has_left(fault: Fault) -> None:
    """Whether an order exists is unknown from the first byte of the pay request on, and not before."""
    assert classify_pay(faulted(fault, sent=True), None).outcome is Outcome.UNKNOWN
    assert classify_pay(faulted(fault, sent=False), None).outcome is Outcome.SHED


def test_a_fault_goes_before_the_reply() -> None:
    """A tool call that came before the connection broke does not make the prompt done."""
    verdict = chat(chat_reply("", good_call()), faulted(Fault.TRUNCATED, status=200))

    assert verdict[:2] == (Outcome.SHED, Reason.TRUNCATED)


# The chat door.


@pytest.mark.parametrize(
    ("reply", "outcome", "reason"),
    [
        pytest.param(chat_reply("好的", good_call()), Outcome.DONE, Reason.NONE, id="the wished basket"),
        pytest.param(
            chat_reply("门店繁忙，系统繁忙，但已为您下单", good_call()),
            Outcome.DONE,
            Reason.NONE,
            id="shop busy, but ordered",
        ),
        pytest.param(
            chat_reply("", tool_call([{"sku": "pearl-milk-tea", "quantity": 1}] * 2)),
            Outcome.DONE,
            Reason.NONE,
            id="the wished basket on two lines",
        ),
        pytest.param(
            chat_reply("", tool_call([{"sku": "pearl-milk-tea", "quantity": 3}])),
            Outcome.DEGRADED,
            Reason.WRONG_ANSWER,
            id="one too many",
        ),
        pytest.param(
            chat_reply("", tool_call([{"sku": "lemon-tea", "quantity": 2}])),
            Outcome.DEGRADED,
            Reason.WRONG_ANSWER,
            id="another product",
        ),
        pytest.param(chat_reply("", tool_call("x")), Outcome.DEGRADED, Reason.WRONG_ANSWER, id="items are no list"),
        pytest.param(
            chat_reply("", tool_call([{"sku": "pearl-milk-tea", "quantity": True}])),
            Outcome.DEGRADED,
            Reason.WRONG_ANSWER,
            id="a quantity that is no number",
        ),
        pytest.param(
            chat_reply("", good_call(), good_call()),
            Outcome.DEGRADED,
            Reason.WRONG_ANSWER,
            id="two orders for one wish",
        ),
        pytest.param(
            chat_reply("", ToolCall("c", "create_checkout", None, "The arguments are not JSON.")),
            Outcome.DEGRADED,
            Reason.TRUNCATED,
            id="a call that was cut",
        ),
        pytest.param(
            chat_reply("", tool_call([], name="search")), Outcome.DEGRADED, Reason.NO_PROGRESS, id="another tool"
        ),
        pytest.param(chat_reply(BUSY), Outcome.REFUSED_SOFT, Reason.BUSY_CANNED, id="a busy text and no call"),
        pytest.param(
            chat_reply("您正在排队，前方还有88人"), Outcome.REFUSED_SOFT, Reason.WAITING_ROOM, id="a queue in words"
        ),
        pytest.param(
            chat_reply("要大杯还是中杯？"), Outcome.DEGRADED, Reason.NO_PROGRESS, id="a question about an open slot"
        ),
        pytest.param(
            chat_reply("Your card was declined, please try again later."),
            Outcome.DEGRADED,
            Reason.NO_PROGRESS,
            id="card declined, try again later",
        ),
        pytest.param(
            chat_reply("珍珠奶茶已售罄，请稍后再试"),
            Outcome.DEGRADED,
            Reason.NO_PROGRESS,
            id="sold out, try again later",
        ),
        pytest.param(
            chat_reply("我是一个大语言模型，无法下单"),
            Outcome.DEGRADED,
            Reason.DEGRADED_ANSWER,
            id="an assistant without tools",
        ),
        pytest.param(
            chat_reply("I can", finish="length"), Outcome.DEGRADED, Reason.TRUNCATED, id="cut at the token limit"
        ),
        pytest.param(
            chat_reply("", finish="", flags=frozenset({"truncated"})), Outcome.DEGRADED, Reason.TRUNCATED, id="no end"
        ),
        pytest.param(chat_reply(BUSY, finish="content_filter"), Outcome.DEGRADED, Reason.RISK_CONTROL, id="moderation"),
        pytest.param(chat_reply(""), Outcome.DEGRADED, Reason.NO_PROGRESS, id="silence"),
        pytest.param(
            ProtocolFault("An event is not JSON."), Outcome.DEGRADED, Reason.PROTOCOL_FAULT, id="bytes of no protocol"
        ),
        pytest.param(ServiceError(200, "oops", "x"), Outcome.SHED, Reason.SERVER_ERROR, id="an error event in a 200"),
        pytest.param(
            ProtocolFault("An event is not a chat chunk.", 0, '{"cfWaitingRoom":{"inWaitingRoom":true,"waitTime":5}}'),
            Outcome.QUEUED,
            Reason.WAITING_ROOM,
            id="a waiting room before the door",
        ),
        pytest.param(CARD, Outcome.DEGRADED, Reason.PROTOCOL_FAULT, id="a reply of another door"),
    ],
)
def test_a_chat_reply(reply: object, outcome: Outcome, reason: Reason) -> None:
    """A prompt is done by its tool call alone; words count only where there is none."""
    assert chat(reply)[:2] == (outcome, reason)


def test_a_deflection_without_busy_words_is_found_by_its_repetition() -> None:
    """The fifth shopper who is put off with the same kind words is refused softly."""
    book = TemplateBook()
    verdicts = [
        classify_chat(
            answered(),
            chat_reply("这件事我现在办不了，我们聊点别的吧"),
            wished=OTHER_BASKETS[number],
            book=book,
            shopper=f"s{number}",
            at_s=float(number),
        )
        for number in range(6)
    ]

    assert [verdict[:2] for verdict in verdicts] == [(Outcome.DEGRADED, Reason.NO_PROGRESS)] * 4 + [
        (Outcome.REFUSED_SOFT, Reason.BUSY_CANNED)
    ] * 2


def test_an_assistant_without_tools_refuses_softly_when_many_hear_it() -> None:
    """The fifth shopper who is told of a mere language model is refused softly, and the reason says by what answer."""
    book, text = TemplateBook(), "我是一个大语言模型，没有手和脚，帮不了这个忙"
    verdicts = [
        classify_chat(answered(), chat_reply(text), wished=OTHER_BASKETS[n], book=book, shopper=f"s{n}", at_s=0.0)
        for n in range(6)
    ]

    assert [verdict[:2] for verdict in verdicts] == [(Outcome.DEGRADED, Reason.DEGRADED_ANSWER)] * 4 + [
        (Outcome.REFUSED_SOFT, Reason.DEGRADED_ANSWER)
    ] * 2


def test_what_good_replies_say_never_becomes_a_refusal() -> None:
    """A sentence that comes with tool calls is no template when it comes without them."""
    book, sentence = TemplateBook(), "好的，马上为您安排。"
    assert chat(chat_reply(sentence, good_call()), book=book).outcome is Outcome.DONE
    verdicts = [
        classify_chat(answered(), chat_reply(sentence), wished=OTHER_BASKETS[n], book=book, shopper=f"s{n}", at_s=0.0)
        for n in range(9)
    ]

    assert {verdict.outcome for verdict in verdicts} == {Outcome.DEGRADED}


# The chat door where no tool is offered.

LONG = "珍珠奶茶配海苔很合适。" * 30


def talk(reply: object, exchange: Exchange | None = None) -> Verdict:
    """The verdict on a reply to the shopper who is offered no tool."""
    return classify_talk(exchange or answered(), reply, wished=TEA, book=TemplateBook(), shopper="s1", at_s=0.0)


@pytest.mark.parametrize(
    ("reply", "outcome", "reason"),
    [
        pytest.param(chat_reply("好的，推荐珍珠奶茶。"), Outcome.DONE, Reason.NONE, id="text"),
        pytest.param(chat_reply("Tea", finish="length"), Outcome.DONE, Reason.NONE, id="as long as was asked for"),
        pytest.param(chat_reply("珍珠奶茶已售罄，请稍后再试"), Outcome.DONE, Reason.NONE, id="sold out is an answer"),
        pytest.param(chat_reply(BUSY), Outcome.REFUSED_SOFT, Reason.BUSY_CANNED, id="a busy text"),
        pytest.param(
            chat_reply("您正在排队，前方还有88人"), Outcome.REFUSED_SOFT, Reason.WAITING_ROOM, id="a queue in words"
        ),
        pytest.param(chat_reply(LONG + BUSY), Outcome.DONE, Reason.NONE, id="busy words within a long answer"),
        pytest.param(chat_reply(""), Outcome.DEGRADED, Reason.NO_PROGRESS, id="DONE without content"),
        pytest.param(chat_reply(" \n"), Outcome.DEGRADED, Reason.NO_PROGRESS, id="blank"),
        pytest.param(
            chat_reply("", finish="length"), Outcome.DEGRADED, Reason.TRUNCATED, id="it thought until the limit"
        ),
        pytest.param(
            chat_reply("好的", flags=frozenset({"truncated"})), Outcome.DEGRADED, Reason.TRUNCATED, id="no end was told"
        ),
        pytest.param(chat_reply("x", finish="content_filter"), Outcome.DEGRADED, Reason.RISK_CONTROL, id="moderation"),
        pytest.param(
            chat_reply("", good_call()), Outcome.DONE, Reason.NONE, id="a call, which a prompt without a basket may get"
        ),
        pytest.param(ServiceError(200, "Throttling", "m"), Outcome.REFUSED_HARD, Reason.RATE_LIMITED, id="a throttle"),
        pytest.param(ProtocolFault("bad"), Outcome.DEGRADED, Reason.PROTOCOL_FAULT, id="no answer at all"),
        pytest.param(CARD, Outcome.DEGRADED, Reason.PROTOCOL_FAULT, id="a reply of another door"),
    ],
)
def test_talk(reply: object, outcome: Outcome, reason: Reason) -> None:
    """Where nothing is sold any answer with text is done, unless it is short and says that the shop is busy."""
    assert talk(reply)[:2] == (outcome, reason)


def test_a_long_busy_text_is_found_by_its_repetition() -> None:
    """A long text with busy words is no refusal until five shoppers with five baskets have it alike."""
    book, text = TemplateBook(), LONG + BUSY
    verdicts = [
        classify_talk(answered(), chat_reply(text), wished=OTHER_BASKETS[n], book=book, shopper=f"s{n}", at_s=0.0)
        for n in range(6)
    ]

    assert [verdict.outcome for verdict in verdicts] == [Outcome.DONE] * 4 + [Outcome.REFUSED_SOFT] * 2


@pytest.mark.parametrize(
    ("status", "outcome", "reason"),
    [
        pytest.param(200, Outcome.SHED, Reason.SERVER_ERROR, id="it tells none"),
        pytest.param(400, Outcome.DEGRADED, Reason.CLIENT_ERROR, id="our request"),
        pytest.param(429, Outcome.REFUSED_HARD, Reason.RATE_LIMITED, id="a rate limit"),
        pytest.param(500, Outcome.SHED, Reason.SERVER_ERROR, id="the server's"),
        pytest.param(503, Outcome.REFUSED_HARD, Reason.OVERLOADED, id="overload"),
    ],
)
def test_an_error_inside_a_stream(status: int, outcome: Outcome, reason: Reason) -> None:
    """An error behind a head that said 200 counts by the status that it tells of itself."""
    told = ServiceError(status, "SomeError", "words")
    assert chat(told)[:2] == talk(told)[:2] == (outcome, reason)


@pytest.mark.parametrize(
    ("status", "code", "outcome", "reason"),
    [
        pytest.param(500, "", Outcome.SHED, Reason.SERVER_ERROR, id="a server error"),
        pytest.param(502, "", Outcome.SHED, Reason.SERVER_ERROR, id="a gateway's error"),
        pytest.param(400, "invalid_item_id", Outcome.DEGRADED, Reason.CLIENT_ERROR, id="an unknown product"),
        pytest.param(401, "", Outcome.DEGRADED, Reason.CLIENT_ERROR, id="a wrong key"),
        pytest.param(400, "DataInspectionFailed", Outcome.DEGRADED, Reason.RISK_CONTROL, id="moderation"),
        pytest.param(430, "", Outcome.DEGRADED, Reason.RISK_CONTROL, id="taken for a bot"),
        pytest.param(302, "", Outcome.DEGRADED, Reason.PROTOCOL_FAULT, id="a redirect that nobody promised"),
        pytest.param(409, "out_of_stock", Outcome.DECLINED, Reason.OUT_OF_STOCK, id="no stock"),
    ],
)
def test_another_status(status: int, code: str, outcome: Outcome, reason: Reason) -> None:
    """A status that is no throttle is the server's fault, the caller's, or a business no, at every step but pay."""
    reply = ServiceError(status, code, "said the target")

    assert chat(reply, answered(status))[:2] == (outcome, reason)
    assert classify_checkout(CREATE, answered(status), reply)[:2] == (outcome, reason)


# The checkout.


@pytest.mark.parametrize(
    ("step", "reply", "outcome", "reason"),
    [
        pytest.param(CREATE, session("not_ready_for_payment"), Outcome.DONE, Reason.NONE, id="open, delivery missing"),
        pytest.param(
            CREATE, session("not_ready_for_payment", error="missing"), Outcome.DONE, Reason.NONE, id="and it says so"
        ),
        pytest.param(
            CREATE,
            session("not_ready_for_payment", error="out_of_stock"),
            Outcome.DECLINED,
            Reason.OUT_OF_STOCK,
            id="no stock",
        ),
        pytest.param(
            CREATE,
            session("not_ready_for_payment", error="rate_limited", content="slow down"),
            Outcome.REFUSED_HARD,
            Reason.RATE_LIMITED,
            id="a throttle in a 200 session",
        ),
        pytest.param(
            CREATE,
            session("ready_for_payment", messages=(Message("warning", "high_demand", BUSY),)),
            Outcome.DONE,
            Reason.NONE,
            id="a warning of high demand refuses nobody",
        ),
        pytest.param(CREATE, session("canceled"), Outcome.DEGRADED, Reason.NO_PROGRESS, id="closed at birth"),
        pytest.param(CREATE, session("strange"), Outcome.DEGRADED, Reason.NO_PROGRESS, id="a status of nobody's"),
        pytest.param(
            CREATE, session("pending_approval"), Outcome.DECLINED, Reason.NONE, id="waits for the buyer in person"
        ),
        pytest.param(
            APPLY_CARD,
            session("ready_for_payment", applied_codes=("SPRING25",), discount_minor=2500),
            Outcome.DONE,
            Reason.NONE,
            id="ready, with the card",
        ),
        pytest.param(
            APPLY_CARD,
            session("ready_for_payment", rejected_codes=(("SPRING25", "discount_code_expired"),)),
            Outcome.DECLINED,
            Reason.BAD_COUPON,
            id="the card is refused by rule",
        ),
        pytest.param(
            APPLY_CARD, session("ready_for_payment"), Outcome.DONE, Reason.COUPON_MISSING, id="ready, the card ignored"
        ),
        pytest.param(
            APPLY_CARD,
            session("ready_for_payment", messages=(Message("info", "", BUSY),)),
            Outcome.REFUSED_SOFT,
            Reason.COUPON_MISSING,
            id="the card ignored, in busy words",
        ),
        pytest.param(
            APPLY_CARD, session("not_ready_for_payment"), Outcome.DEGRADED, Reason.NO_PROGRESS, id="still not ready"
        ),
        pytest.param(
            APPLY_CARD, chat_reply("hello"), Outcome.DEGRADED, Reason.PROTOCOL_FAULT, id="another door's reply"
        ),
    ],
)
def test_a_checkout_step(step: str, reply: object, outcome: Outcome, reason: Reason) -> None:
    """A session that goes on is done; codes decide, and words only beside a missing discount."""
    assert classify_checkout(step, answered(), reply)[:2] == (outcome, reason)


def test_without_a_card_none_is_missing() -> None:
    """A shopper who brings no card is done with a session that can be paid, and told nothing of a discount."""
    ready = session("ready_for_complete")
    assert classify_checkout(APPLY_CARD, answered(), ready, with_card=False)[:2] == (Outcome.DONE, Reason.NONE)


@pytest.mark.parametrize(
    ("exchange", "reply", "outcome", "reason"),
    [
        pytest.param(answered(), session("completed", order_id="ord_9"), Outcome.DONE, Reason.NONE, id="paid"),
        pytest.param(answered(), session("ready_for_payment"), Outcome.DONE, Reason.NONE, id="open"),
        pytest.param(answered(), session("canceled"), Outcome.DONE, Reason.NONE, id="ended"),
        pytest.param(
            answered(), session("ready_for_payment", error="payment_declined"), Outcome.DONE, Reason.NONE, id="declined"
        ),
        pytest.param(
            answered(404), ServiceError(404, "not_found", ""), Outcome.DEGRADED, Reason.CLIENT_ERROR, id="unknown id"
        ),
        pytest.param(answered(500), ServiceError(500, "", ""), Outcome.SHED, Reason.SERVER_ERROR, id="a crash"),
        pytest.param(
            answered(), ProtocolFault("x"), Outcome.DEGRADED, Reason.PROTOCOL_FAULT, id="bytes of no protocol"
        ),
        pytest.param(faulted(Fault.RESET), None, Outcome.SHED, Reason.CONNECTION_LOST, id="no answer"),
    ],
)
def test_a_read(exchange: Exchange, reply: object, outcome: Outcome, reason: Reason) -> None:
    """A read is done with any session: what the session says is the payment's outcome."""
    assert classify_read(exchange, reply)[:2] == (outcome, reason)


@pytest.mark.parametrize(
    ("status", "reply", "outcome", "reason"),
    [
        pytest.param(201, CARD, Outcome.DONE, Reason.NONE, id="a card"),
        pytest.param(
            200, NoCard("活动太火爆啦，请稍后再来"), Outcome.REFUSED_SOFT, Reason.BUSY_CANNED, id="no card, busy words"
        ),
        pytest.param(200, NoCard(""), Outcome.REFUSED_SOFT, Reason.COUPON_MISSING, id="no card, no words"),
        pytest.param(
            503,
            ServiceError(503, "issuing_paused", "", 1.0),
            Outcome.REFUSED_HARD,
            Reason.ISSUING_PAUSED,
            id="issuing is paused",
        ),
        pytest.param(
            409, ServiceError(409, "card_cap_reached", ""), Outcome.DECLINED, Reason.CARD_CAP_REACHED, id="has them all"
        ),
        pytest.param(
            410, ServiceError(410, "sold_out", ""), Outcome.DECLINED, Reason.SOLD_OUT, id="the budget is gone"
        ),
        pytest.param(200, ProtocolFault("x"), Outcome.DEGRADED, Reason.PROTOCOL_FAULT, id="bytes of no protocol"),
    ],
)
def test_a_claim(status: int, reply: object, outcome: Outcome, reason: Reason) -> None:
    """A claim without a card is a refusal, in whatever voice, unless a rule of the campaign forbids the card."""
    assert classify_claim(answered(status), reply)[:2] == (outcome, reason)


@pytest.mark.parametrize(
    ("status", "reply", "outcome", "reason"),
    [
        pytest.param(200, session("completed", order_id="ord_9"), Outcome.CONFIRMED, Reason.NONE, id="an order id"),
        pytest.param(
            200,
            session("completed", order_id="ord_9", error="rate_limited"),
            Outcome.CONFIRMED,
            Reason.NONE,
            id="an order id, whatever else is said",
        ),
        pytest.param(
            200, session("completed"), Outcome.UNKNOWN, Reason.PROTOCOL_FAULT, id="completed without an order id"
        ),
        pytest.param(200, session("complete_in_progress"), Outcome.UNKNOWN, Reason.NO_PROGRESS, id="still paying"),
        pytest.param(
            200,
            session("ready_for_payment", error="payment_declined", content="card declined, try again later"),
            Outcome.DECLINED,
            Reason.PAYMENT_DECLINED,
            id="card declined, try again later",
        ),
        pytest.param(
            200, session("authentication_required"), Outcome.DECLINED, Reason.PAYMENT_DECLINED, id="3-D Secure"
        ),
        pytest.param(
            200,
            session("ready_for_payment", error="rate_limited"),
            Outcome.REFUSED_HARD,
            Reason.RATE_LIMITED,
            id="a throttle in a 200 session",
        ),
        pytest.param(200, session("not_ready_for_payment"), Outcome.DEGRADED, Reason.NO_PROGRESS, id="not ready"),
        pytest.param(429, ServiceError(429, "", ""), Outcome.REFUSED_HARD, Reason.RATE_LIMITED, id="a definite no"),
        pytest.param(
            503, ServiceError(503, "", ""), Outcome.UNKNOWN, Reason.OVERLOADED, id="a 503 may come after the deed"
        ),
        pytest.param(500, ServiceError(500, "", ""), Outcome.UNKNOWN, Reason.SERVER_ERROR, id="any 5xx may"),
        pytest.param(402, ServiceError(402, "", ""), Outcome.DECLINED, Reason.PAYMENT_DECLINED, id="payment required"),
        pytest.param(400, ServiceError(400, "invalid", ""), Outcome.DEGRADED, Reason.CLIENT_ERROR, id="a definite 4xx"),
        pytest.param(
            409,
            ServiceError(409, "idempotency_in_flight", ""),
            Outcome.UNKNOWN,
            Reason.CLIENT_ERROR,
            id="a payment under this key is running",
        ),
        pytest.param(
            405,
            ServiceError(405, "session_not_modifiable", ""),
            Outcome.UNKNOWN,
            Reason.CLIENT_ERROR,
            id="the session has ended, perhaps by an order",
        ),
        pytest.param(302, ServiceError(302, "", ""), Outcome.UNKNOWN, Reason.PROTOCOL_FAULT, id="a redirect"),
        pytest.param(200, ServiceError(200, "x", ""), Outcome.UNKNOWN, Reason.SERVER_ERROR, id="an error in a 200"),
        pytest.param(200, ProtocolFault("no JSON"), Outcome.UNKNOWN, Reason.PROTOCOL_FAULT, id="a 200 nobody can read"),
    ],
)
def test_a_payment(status: int, reply: object, outcome: Outcome, reason: Reason) -> None:
    """Paying is confirmed by an order id, refused by a definite no, and unknown whenever the order may exist."""
    assert classify_pay(answered(status), reply)[:2] == (outcome, reason)
    assert classify_checkout(PAY, answered(status), reply)[:2] == (outcome, reason)


# Laws.

TEXT = st.one_of(st.text(max_size=40), st.just(BUSY), st.just("\x1b[2J" * 100))
NUMBER = st.one_of(st.none(), st.integers(-(2**70), 2**70))
CODE = st.sampled_from(
    ["", "rate_limited", "Throttling", "2003", "-1", "out_of_stock", "\ud800", "unavailable", "x" * 500]
)
JSON: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBER, st.floats(), TEXT),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXT, inner, max_size=3)),
    max_leaves=6,
)
CALLS = st.builds(
    ToolCall,
    TEXT,
    st.sampled_from(["create_checkout", "other"]),
    st.one_of(st.none(), st.builds(lambda value: {"items": value}, JSON)),
    TEXT,
)
REPLIES = st.one_of(
    st.none(),
    st.builds(
        lambda text, calls, finish: chat_reply(text, *calls, finish=finish), TEXT, st.lists(CALLS, max_size=3), TEXT
    ),
    st.builds(ServiceError, st.integers(0, 999), CODE, TEXT),
    st.builds(ProtocolFault, TEXT, st.integers(0, 9), TEXT),
    st.builds(
        lambda status, error, content, order: session(status, error=error, content=content, order_id=order),
        st.one_of(TEXT, st.sampled_from(["completed", "ready_for_payment", "complete_in_progress"])),
        CODE,
        TEXT,
        st.one_of(st.none(), TEXT),
    ),
    st.just(CARD),
    st.builds(NoCard, TEXT),
)
EXCHANGES = st.builds(
    lambda status, body, headers, fault, sent: Exchange(
        0, 1, 9, sent_ns=2 if sent else None, status=status, headers=headers, body=body, fault=fault
    ),
    st.one_of(st.sampled_from([0, 200, 201, 302, 402, 429, 430, 500, 503, 529]), st.integers(0, 999)),
    st.binary(max_size=30),
    st.dictionaries(st.sampled_from(["location", "refresh", "set-cookie", "x-checkout-queue"]), TEXT, max_size=2),
    st.one_of(st.none(), st.sampled_from(list(Fault))),
    st.booleans(),
)


@given(EXCHANGES, REPLIES, st.lists(st.builds(BasketItem, TEXT, st.integers(1, 3)), max_size=2))
def test_every_exchange_and_reply_has_one_verdict(exchange: Exchange, reply: object, wished: list[BasketItem]) -> None:
    """No step raises for anything a target may send; details are bounded and hold nothing that a terminal obeys."""
    verdicts = [
        *(
            judge(exchange, reply, wished=wished, book=TemplateBook(), shopper="s", at_s=0.0)
            for judge in (classify_chat, classify_talk)
        ),
        classify_claim(exchange, reply),
        *(classify_checkout(step, exchange, reply) for step in (CREATE, APPLY_CARD, PAY)),
    ]

    for verdict in verdicts:
        assert verdict.outcome in Outcome
        assert verdict.reason in Reason
        assert len(verdict.detail) <= DETAIL_CHARACTERS
        assert verdict.detail.isprintable()


@given(EXCHANGES, REPLIES)
def test_only_an_order_id_confirms(exchange: Exchange, reply: object) -> None:
    """Confirmed is never said but by pay, and then a completed session with an order id came whole."""
    paid = classify_pay(exchange, reply)
    others = [classify_claim(exchange, reply), classify_checkout(CREATE, exchange, reply)]

    assert all(verdict.outcome is not Outcome.CONFIRMED for verdict in others)
    if paid.outcome is Outcome.CONFIRMED:
        assert getattr(reply, "order_id", None)
        assert exchange.fault is None


@given(EXCHANGES, REPLIES)
def test_a_payment_without_a_whole_answer_is_never_called_failed(exchange: Exchange, reply: object) -> None:
    """Once a byte of the pay request has left, no whole answer or a 5xx, whatever it says, leaves the order to the ledger."""
    unanswered = (exchange.fault is not None or not exchange.status) and exchange.sent_ns is not None
    if unanswered or (exchange.fault is None and exchange.status in range(500, 600)):
        assert classify_pay(exchange, reply).outcome is Outcome.UNKNOWN
