"""What one request came to: exchange and reply in, one outcome with its reason out.

Every function is total: it never raises, whatever the target sent. First match wins, in this order:

    1 a fault or a deadline          unknown once a byte of the pay request is out, else shed
    2 a throttle, by code or status  refused hard; a waiting room is queued; a captcha is degraded
    3 a structured business no       declined
    4 what the step must produce     done; an order id after pay is confirmed
    5 an answer without it           refused soft when the evidence of ``soft_refusal`` says so, else degraded

Pay differs in one thing: whatever may have bought (no whole answer, any 5xx, an answer that nobody can read, a payment in
progress) is unknown, so that the ledger decides.
"""

from collections.abc import Sequence
from typing import NamedTuple

from locustfiles.protocols.campaign import Card, NoCard
from locustfiles.protocols.chat_completions import ChatReply
from locustfiles.protocols.checkout import BasketItem, CheckoutSession, Message, ProtocolFault, ServiceError
from locustfiles.protocols.tool_calls import ToolCall
from locustfiles.recording import signals
from locustfiles.recording.baskets import basket_of, counted
from locustfiles.recording.busy_words import busy_reason, sounds_degraded
from locustfiles.recording.soft_refusal import TemplateBook
from locustfiles.transport.exchange import Exchange, Fault
from reports.run_record.outcome import APPLY_CARD, PAY, Outcome, Reason

DETAIL_CHARACTERS = 200
CANNED_CHARACTERS = 200
"""What is longer says more than that the shop is busy."""
_SCANNED_BYTES = 4096
CREATE_CHECKOUT = "create_checkout"
_SERVER_ERRORS = range(500, 600)
_CLIENT_ERRORS = range(400, 500)
_SUCCESSES = range(200, 300)
_PAYMENT_REQUIRED = 402

FAULT_REASONS: dict[Fault, Reason] = {
    Fault.CONNECT_REFUSED: Reason.CONNECT_FAILED,
    Fault.CONNECT_FAILED: Reason.CONNECT_FAILED,
    Fault.CONNECT_TIMEOUT: Reason.CONNECT_FAILED,
    Fault.TLS_FAILED: Reason.CONNECT_FAILED,
    Fault.SEND_FAILED: Reason.CONNECTION_LOST,
    Fault.CLOSED_BEFORE_ANSWER: Reason.CONNECTION_LOST,
    Fault.RESET: Reason.CONNECTION_LOST,
    Fault.FIRST_BYTE_TIMEOUT: Reason.TIMED_OUT,
    Fault.IDLE_TIMEOUT: Reason.STALLED,
    Fault.TOTAL_TIMEOUT: Reason.TIMED_OUT,
    Fault.TRUNCATED: Reason.TRUNCATED,
    Fault.HEADER_TOO_LARGE: Reason.PROTOCOL_FAULT,
    Fault.BODY_TOO_LARGE: Reason.PROTOCOL_FAULT,
    Fault.MALFORMED_ANSWER: Reason.PROTOCOL_FAULT,
    Fault.POOL_TIMEOUT: Reason.TIMED_OUT,
}
"""What each fault is called in a report."""

_READY = frozenset({"ready_for_payment", "ready_for_complete"})
_OPEN = frozenset({"incomplete", "not_ready_for_payment", "in_progress"}) | _READY
_COMPLETED = "completed"
PAYING_STATUSES = frozenset({"complete_in_progress", "in_progress"})
"""Statuses of a session whose payment is under way."""
_BUYER_MUST_ACT = frozenset({"authentication_required", "requires_escalation", "pending_approval"})


class Verdict(NamedTuple):
    """An outcome with its reason; ``detail`` is the target's own words, hostile and bounded."""

    outcome: Outcome
    reason: Reason = Reason.NONE
    detail: str = ""


_DONE = Verdict(Outcome.DONE)
CONFIRMED = Verdict(Outcome.CONFIRMED)


def classify_chat(
    exchange: Exchange, reply: object, *, wished: Sequence[BasketItem], book: TemplateBook, shopper: str, at_s: float
) -> Verdict:
    """A prompt's outcome: done when the one ``create_checkout`` call holds the wished basket.

    ``reply`` is what ``ChatDecoder.finish`` gave; ``at_s`` is any monotonic clock in seconds. The book takes the reply in.
    """
    settled = _settled(exchange, reply, paying=False)
    if settled is not None:
        return settled
    if not isinstance(reply, ChatReply):
        return _unreadable(reply)
    basket = frozenset((item.sku, item.quantity) for item in wished)
    calls = [call for call in reply.tool_calls if call.name == CREATE_CHECKOUT]
    if calls:
        verdict = _basket_verdict(calls, wished)
        if verdict.outcome is Outcome.DONE:
            book.learn(reply.text, basket=basket, at_s=at_s, tokens=reply.usage_completion_tokens)
        return verdict
    tokens = reply.usage_completion_tokens
    return _without_progress(reply, book.note(reply.text, shopper=shopper, basket=basket, at_s=at_s, tokens=tokens))


def classify_talk(
    exchange: Exchange, reply: object, *, wished: Sequence[BasketItem], book: TemplateBook, shopper: str, at_s: float
) -> Verdict:
    """A prompt's outcome where no tool is offered or no basket is wished: done with any text that is no refusal, or a call.

    Words alone decide no refusal: the text must be as short as canned replies are, or go to many alike.
    """
    settled = _settled(exchange, reply, paying=False)
    if settled is not None:
        return settled
    if not isinstance(reply, ChatReply):
        return _unreadable(reply)
    words = busy_reason(reply.text)
    basket = frozenset((item.sku, item.quantity) for item in wished)
    is_template = words is not None and book.note(reply.text, shopper=shopper, basket=basket, at_s=at_s)
    if words is not None and (is_template or len(reply.text) <= CANNED_CHARACTERS):
        return Verdict(Outcome.REFUSED_SOFT, words, bounded(reply.text))
    is_whole = "truncated" not in reply.flags and reply.finish_reason != "content_filter"
    if is_whole and (reply.text.strip() or reply.tool_calls):
        return _DONE
    return _without_progress(reply, is_refusal=False)


def classify_checkout(step: str, exchange: Exchange, reply: object, *, with_card: bool = True) -> Verdict:
    """The outcome of a checkout step: ``create``, or ``apply_card``, ``with_card`` when one was sent; ``pay`` has its own rules."""
    if step == PAY:
        return classify_pay(exchange, reply)
    settled = _settled(exchange, reply, paying=False)
    if settled is not None:
        return settled
    if not isinstance(reply, CheckoutSession):
        return _unreadable(reply)
    said_no = _no_in_messages(reply.messages)
    if said_no is not None:
        return said_no
    return _card_verdict(reply, with_card=with_card) if step == APPLY_CARD else _open_verdict(reply)


def classify_read(exchange: Exchange, reply: object) -> Verdict:
    """The outcome of reading a session back: done with any session, since what it says is the payment's outcome, not the read's."""
    settled = _settled(exchange, reply, paying=False)
    if settled is not None:
        return settled
    return _DONE if isinstance(reply, CheckoutSession) else _unreadable(reply)


def classify_claim(exchange: Exchange, reply: object) -> Verdict:
    """The outcome of asking for a card: done with a card; a 200 without one is a refusal whose words name the reason."""
    settled = _settled(exchange, reply, paying=False)
    if settled is not None:
        return settled
    if isinstance(reply, Card):
        return _DONE
    if isinstance(reply, NoCard):
        reason = busy_reason(reply.message) or Reason.COUPON_MISSING
        return Verdict(Outcome.REFUSED_SOFT, reason, bounded(reply.message))
    return _unreadable(reply)


def classify_pay(exchange: Exchange, reply: object) -> Verdict:
    """The outcome of paying: confirmed with an order id; unknown whenever it may have happened."""
    settled = _settled(exchange, reply, paying=True)
    if settled is not None:
        return settled
    if not isinstance(reply, CheckoutSession):
        return Verdict(Outcome.UNKNOWN, Reason.PROTOCOL_FAULT, _sentence(reply))
    if reply.status == _COMPLETED:
        # Paid without an id: nobody can tell the shopper which order it is.
        return (
            CONFIRMED if reply.order_id else Verdict(Outcome.UNKNOWN, Reason.PROTOCOL_FAULT, "completed, no order id")
        )
    if reply.status in PAYING_STATUSES:
        return Verdict(Outcome.UNKNOWN, Reason.NO_PROGRESS, bounded(reply.status))
    said_no = _no_in_messages(reply.messages)
    if said_no is not None:
        return said_no
    if reply.status in _BUYER_MUST_ACT:
        return Verdict(Outcome.DECLINED, Reason.PAYMENT_DECLINED, bounded(reply.status))
    return Verdict(Outcome.DEGRADED, Reason.NO_PROGRESS, bounded(reply.status))


# Rules 1 to 3, which every step shares.


def _settled(exchange: Exchange, reply: object, *, paying: bool) -> Verdict | None:
    """What faults, statuses and codes alone decide; None when the reply itself must be looked at."""
    if exchange.fault is not None or not exchange.status:
        return _faulted(exchange, paying=paying)
    if isinstance(reply, ServiceError):
        return _service_no(exchange, reply, paying=paying)
    if exchange.status not in _SUCCESSES:  # a reply that contradicts its status: the status decides
        return _service_no(exchange, ServiceError(exchange.status, "", _sentence(reply)), paying=paying)
    if isinstance(reply, ProtocolFault):
        return _foreign(exchange, reply.excerpt)
    return None


def _faulted(exchange: Exchange, *, paying: bool) -> Verdict:
    fault = exchange.fault
    reason = FAULT_REASONS[fault] if fault is not None else Reason.CONNECTION_LOST
    outcome = Outcome.UNKNOWN if paying and exchange.sent_ns is not None else Outcome.SHED
    return Verdict(outcome, reason, fault.sentence if fault is not None else "There is no answer and no fault.")


def _service_no(exchange: Exchange, told: ServiceError, *, paying: bool) -> Verdict:
    status, code = told.status if exchange.status in _SUCCESSES else exchange.status, told.code
    detail = bounded(f"{status} {code}: {told.message}")
    reason = signals.hard_reason(status, code, told.message, exchange.body)
    if paying and (status in _SERVER_ERRORS or code.casefold() in signals.MAY_BE_PAID):
        return Verdict(Outcome.UNKNOWN, reason or _error_reason(status), detail)
    foreign = _foreign(exchange, told.message) if not code else None
    if foreign is not None:
        return foreign
    if reason is not None:
        return Verdict(Outcome.REFUSED_HARD, reason, detail)
    if status == signals.BOT_STATUS or code.casefold() in signals.MODERATION:
        return Verdict(Outcome.DEGRADED, Reason.RISK_CONTROL, detail)
    declined = signals.business_reason(code)
    if declined is None and paying and status == _PAYMENT_REQUIRED:
        declined = Reason.PAYMENT_DECLINED
    if declined is not None:
        return Verdict(Outcome.DECLINED, declined, detail)
    if status in _CLIENT_ERRORS or (status in _SUCCESSES and code.casefold() in signals.OUR_MISTAKES):
        return Verdict(Outcome.DEGRADED, Reason.CLIENT_ERROR, detail)
    if paying:
        return Verdict(Outcome.UNKNOWN, _error_reason(status), detail)
    words = busy_reason(told.message) if status in _SUCCESSES else None
    if words is not None:  # an error that a 200 tells: its code says nothing, its words name the reason
        return Verdict(Outcome.REFUSED_SOFT, words, detail)
    if status in _SERVER_ERRORS or status in _SUCCESSES:
        return Verdict(Outcome.SHED, _error_reason(status), detail)
    return Verdict(Outcome.DEGRADED, Reason.PROTOCOL_FAULT, detail)


def _error_reason(status: int) -> Reason:
    """Whose error a status tells: a 5xx and an error within a 2xx are the server's, a 3xx is nobody's."""
    if status in _CLIENT_ERRORS:
        return Reason.CLIENT_ERROR
    return Reason.SERVER_ERROR if status in _SERVER_ERRORS or status in _SUCCESSES else Reason.PROTOCOL_FAULT


def _foreign(exchange: Exchange, excerpt: str) -> Verdict | None:
    """What an answer says that is not of the protocol: a queue page, a captcha, a throttle of a gateway before the shop."""
    if signals.is_waiting_room(exchange.status, exchange.headers):
        return Verdict(Outcome.QUEUED, Reason.WAITING_ROOM, bounded(excerpt))
    text = exchange.body[:_SCANNED_BYTES].decode("utf-8", "replace") if exchange.body else excerpt
    mark = signals.mark_in(text)
    return Verdict(mark.outcome, mark.reason, bounded(text)) if mark is not None else None


def _no_in_messages(messages: Sequence[Message]) -> Verdict | None:
    """The first error message that says no: because of load, or as a business no. Warnings never do."""
    for message in messages:
        if message.kind != "error":
            continue
        detail = bounded(f"{message.code}: {message.content}")
        if message.code in signals.THROTTLE_MESSAGES:
            return Verdict(Outcome.REFUSED_HARD, Reason.RATE_LIMITED, detail)
        declined = signals.business_reason(message.code)
        if declined is not None:
            return Verdict(Outcome.DECLINED, declined, detail)
    return None


# Rules 4 and 5: the replies themselves.


def _basket_verdict(calls: Sequence[ToolCall], wished: Sequence[BasketItem]) -> Verdict:
    if len(calls) == 1 and calls[0].arguments is not None and basket_of(calls[0].arguments) == counted(wished):
        return _DONE
    broken = next((call.broken for call in calls if call.arguments is None), None)
    if broken is not None:
        return Verdict(Outcome.DEGRADED, Reason.TRUNCATED, bounded(broken))
    return Verdict(Outcome.DEGRADED, Reason.WRONG_ANSWER, bounded(str(calls[0].arguments)))


def _without_progress(reply: ChatReply, is_refusal: bool) -> Verdict:
    """``is_refusal``: many shoppers get the same, or hardly anything, so that words only name the reason."""
    detail = bounded(reply.text)
    if reply.finish_reason == "content_filter":
        return Verdict(Outcome.DEGRADED, Reason.RISK_CONTROL, detail)
    words = busy_reason(reply.text)
    is_toolless = sounds_degraded(reply.text)
    if words is not None or is_refusal:
        unnamed = Reason.DEGRADED_ANSWER if is_toolless else Reason.BUSY_CANNED
        return Verdict(Outcome.REFUSED_SOFT, words or unnamed, detail)
    if is_toolless:
        return Verdict(Outcome.DEGRADED, Reason.DEGRADED_ANSWER, detail)
    is_cut = "truncated" in reply.flags or reply.finish_reason == "length"
    return Verdict(Outcome.DEGRADED, Reason.TRUNCATED if is_cut else Reason.NO_PROGRESS, detail)


def _open_verdict(session: CheckoutSession) -> Verdict:
    return _DONE if session.status in _OPEN else _stuck_verdict(session)


def _stuck_verdict(session: CheckoutSession) -> Verdict:
    """A session that does not go on: by rule, when it waits for the buyer in person, else for no reason that it tells."""
    if session.status in _BUYER_MUST_ACT:
        return Verdict(Outcome.DECLINED, Reason.NONE, bounded(session.status))
    return Verdict(Outcome.DEGRADED, Reason.NO_PROGRESS, bounded(session.status))


def _card_verdict(session: CheckoutSession, *, with_card: bool) -> Verdict:
    """Done when the session can be paid. A card that had no effect without a word is named; one refused is declined.

    A session whose bill does not add up, where its protocol promises that, is not to be paid.
    """
    if session.rejected_codes:
        return Verdict(Outcome.DECLINED, Reason.BAD_COUPON, bounded(session.rejected_codes[0][1]))
    if session.status not in _READY:
        return _stuck_verdict(session)
    if not session.adds_up:
        return Verdict(Outcome.DEGRADED, Reason.INCONSISTENT_TOTAL, f"total {session.amount_minor}")
    if session.applied_codes or session.discount_minor or not with_card:
        return _DONE
    words = next((message for message in session.messages if busy_reason(message.content)), None)
    if words is not None:
        return Verdict(Outcome.REFUSED_SOFT, Reason.COUPON_MISSING, bounded(words.content))
    return Verdict(Outcome.DONE, Reason.COUPON_MISSING)


def _unreadable(reply: object) -> Verdict:
    """What no protocol knows is degraded, and a soft refusal when its words say so: what the step must produce is not there."""
    words = busy_reason(reply.excerpt) if isinstance(reply, ProtocolFault) else None
    if words is not None and isinstance(reply, ProtocolFault):
        return Verdict(Outcome.REFUSED_SOFT, words, bounded(reply.excerpt))
    return Verdict(Outcome.DEGRADED, Reason.PROTOCOL_FAULT, _sentence(reply))


def _sentence(reply: object) -> str:
    if isinstance(reply, ProtocolFault):
        return bounded(reply.sentence)
    return f"The reply is a {type(reply).__name__}, which this step cannot have."


def bounded(text: str) -> str:
    """The beginning of hostile text on one line, without what a terminal would obey."""
    head = text[:DETAIL_CHARACTERS]
    return head if head.isprintable() else "".join(mark if mark.isprintable() else " " for mark in head)
