"""What a request of a shop's own adapter came to, and when an order is one. Total functions.

First match wins:

    1 a fault, a 5xx, a throttle, a waiting room, a captcha    by the rules that every checkout shares, unseen by the adapter
    2 what the adapter says                                    it knows the shop's own words
    3 an adapter that could not read the answer                by status and code; by busy words, where nothing can be bought
    4 else                                                     degraded, and unknown when something may have been bought

**A 200 is not yet an order**: a payment is confirmed when the shop's own books, read back, hold the order under the id that was told,
with the basket that was wished and the amount that was agreed. What is promised and not in the books is unknown.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from locustfiles.adapters.course import Broken, Move
from locustfiles.adapters.shop_adapter import NO_ORDER, PENDING, No, Request, ShopSession
from locustfiles.protocols.checkout import BasketItem, ProtocolFault, ServiceError
from locustfiles.protocols.service_error import CODE_CHARACTERS, error_in, parse_json, retry_after_s, service_error
from locustfiles.recording.busy_words import busy_reason
from locustfiles.recording.classify import Verdict, classify_checkout
from locustfiles.recording.signals import hard_reason
from locustfiles.transport.exchange import Exchange
from reports.run_record.outcome import APPLY_CARD, CREATE, PAY, Outcome, Reason

_SUCCESSES = range(200, 300)
_CLIENT_ERRORS = range(400, 500)
_LOWEST_SERVER_ERROR = 500
_MAX_ERRORS = 20
_BUSY_WORDS_IN = frozenset({Reason.NO_PROGRESS, Reason.PROTOCOL_FAULT})
"""Reasons of a degraded answer that busy words turn into a refusal: nothing but the lack of progress is known."""
_DONE = Verdict(Outcome.DONE)
STILL_PAYING = Verdict(Outcome.DONE)
NO_ORDER_YET = Verdict(Outcome.DONE, Reason.NO_PROGRESS)
_NOT_IN_THE_BOOKS = Verdict(
    Outcome.DEGRADED, Reason.NO_PROGRESS, "The order that paying told is not in the shop's books."
)


def error_told(exchange: Exchange) -> ServiceError:
    """The error that an answer tells; code "" when it tells none.

    In a 2xx only what is said to be an error counts: a member ``error``, GraphQL's ``errors``, or a code beside a message.
    """
    status, body = exchange.status, exchange.body
    value = parse_json(body) if body else None
    retry_s = retry_after_s(exchange.headers)
    of_graphql = _graphql_error(status, value, retry_s)
    if of_graphql is not None:
        return of_graphql
    if status not in _SUCCESSES:
        return service_error(status, exchange.headers, body)
    told = error_in(status, value, retry_s)
    return told if told is not None and told.message else ServiceError(status, "", "", retry_s)


def _graphql_error(status: int, value: Any, retry_s: float | None) -> ServiceError | None:
    """The first of ``errors`` that is a throttle by its ``extensions.code``, else the first with a code."""
    errors = value.get("errors") if isinstance(value, dict) else None
    found: ServiceError | None = None
    for error in errors[:_MAX_ERRORS] if isinstance(errors, list) else []:
        extensions = error.get("extensions") if isinstance(error, dict) else None
        code = extensions.get("code") if isinstance(extensions, dict) else None
        if not isinstance(code, str) or not code:
            continue
        told = ServiceError(status, code[:CODE_CHARACTERS], str(error.get("message", "")), retry_s)
        if hard_reason(status, code) is not None:
            return told
        found = found or told
    return found


def judge_before(step: str, exchange: Exchange, told: ServiceError) -> tuple[Verdict, bool]:
    """What the answer came to by the rules that every checkout shares, and whether that is final, so that the adapter is not asked."""
    verdict = classify_checkout(PAY if step == PAY else CREATE, exchange, told)
    status, outcome = exchange.status, verdict.outcome
    is_final = (
        exchange.fault is not None
        or not status
        or status >= _LOWEST_SERVER_ERROR
        or outcome in (Outcome.QUEUED, Outcome.REFUSED_HARD)
        or verdict.reason is Reason.RISK_CONTROL
        or (outcome is Outcome.UNKNOWN and status in _CLIENT_ERRORS)
    )
    return verdict, is_final


def judge_after(step: str, exchange: Exchange, before: Verdict, move: Move, *, code: str | None = None) -> Verdict:
    """What the answer came to by the adapter's next move; ``code`` is the card that ``apply_card`` was to apply."""
    if isinstance(move, Request):
        return _DONE
    if isinstance(move, ShopSession):
        return _of_session(step, move, code)
    if isinstance(move, No):
        return _of_no(step, exchange, move)
    return _of_broken(step, exchange, before, move)


def _of_session(step: str, told: ShopSession, code: str | None) -> Verdict:
    if step == PAY and not told.order_id:
        return Verdict(Outcome.UNKNOWN, Reason.PROTOCOL_FAULT, "The payment was answered without an order id.")
    if step == APPLY_CARD and code is not None and not told.discount_minor:
        return Verdict(Outcome.DONE, Reason.COUPON_MISSING)
    return _DONE


def _of_no(step: str, exchange: Exchange, no: No) -> Verdict:
    outcome, reason = no.outcome, no.reason
    detail = _line(no.words)
    if outcome is Outcome.REFUSED_SOFT and exchange.status not in _SUCCESSES:
        outcome = Outcome.REFUSED_HARD
    if outcome is Outcome.DEGRADED and reason in _BUSY_WORDS_IN and step != PAY:
        busy = busy_reason(no.words) or busy_words(exchange)
        if busy is not None:
            return Verdict(Outcome.REFUSED_SOFT, busy, detail)
    return Verdict(outcome, reason, detail)


def _of_broken(step: str, exchange: Exchange, before: Verdict, broken: Broken) -> Verdict:
    if exchange.status not in _SUCCESSES or before.outcome is Outcome.DECLINED:
        return before
    busy = busy_words(exchange)
    if step == PAY:  # it may have bought, whatever it says: the books decide
        return Verdict(Outcome.UNKNOWN, busy or Reason.PROTOCOL_FAULT, broken.what)
    return (
        Verdict(Outcome.REFUSED_SOFT, busy) if busy else Verdict(Outcome.DEGRADED, Reason.PROTOCOL_FAULT, broken.what)
    )


def busy_words(exchange: Exchange) -> Reason | None:
    """The reason that the words of a 2xx name for a refusal; escaped JSON is read as what it says."""
    if exchange.status not in _SUCCESSES:
        return None
    value = parse_json(exchange.body) if exchange.body else None
    if value is None or isinstance(value, ProtocolFault):
        return busy_reason(exchange.body.decode("utf-8", "replace"))
    return busy_reason(msgspec.json.encode(value).decode("utf-8", "replace"))


def judge_read(
    found: ShopSession, *, promised: str | None, agreed: ShopSession, wished: Sequence[BasketItem]
) -> Verdict:
    """Whether the books confirm an order; ``promised`` is the id that paying told, ``agreed`` the session that was paid.

    Besides: ``NO_ORDER_YET`` and ``STILL_PAYING``, which are done, since the question was answered; degraded = another order than was
    bought, or none where one was promised.
    """
    if found.status == PENDING:
        return STILL_PAYING
    if found.status == NO_ORDER or not found.order_id:
        return NO_ORDER_YET if promised is None else _NOT_IN_THE_BOOKS
    wrong = _contradiction(found, promised, agreed, wished)
    return Verdict(Outcome.DEGRADED, Reason.WRONG_ANSWER, wrong) if wrong else Verdict(Outcome.CONFIRMED)


def _contradiction(found: ShopSession, promised: str | None, agreed: ShopSession, wished: Sequence[BasketItem]) -> str:
    """Why the order that was found is not the one that was bought; "" when it is."""
    if promised is not None and found.order_id != promised:
        return "The books hold another order id than paying told."
    if not found.items and found.amount_minor is None:
        return "The order was read back without items and without an amount."
    if found.items and _counted(found.items) != _counted(wished):
        return "The order in the books is of another basket."
    if None not in (found.amount_minor, agreed.amount_minor) and found.amount_minor != agreed.amount_minor:
        return "The order in the books is of another amount than was agreed."
    if not found.items and agreed.amount_minor is None:
        return "The order was read back without items, and no amount was agreed."
    return ""


def after_reading(paid: Verdict, read: Verdict, *, busy: Reason | None, is_promised: bool) -> Verdict:
    """What paying came to in the end: ``paid`` as its answer was judged, ``read`` as the books were, ``busy`` as its words named."""
    if read.outcome is Outcome.CONFIRMED:
        return Verdict(Outcome.CONFIRMED)
    if read.outcome is Outcome.DECLINED:
        return read
    if read.reason is Reason.WRONG_ANSWER:
        return Verdict(Outcome.UNKNOWN, Reason.WRONG_ANSWER, read.detail)
    if is_promised:
        return Verdict(Outcome.UNKNOWN, read.reason or Reason.NO_PROGRESS, read.detail)
    if read == NO_ORDER_YET:
        if paid.outcome is Outcome.UNKNOWN and busy is not None:
            return Verdict(Outcome.REFUSED_SOFT, busy, paid.detail)
        return paid
    return Verdict(Outcome.UNKNOWN, paid.reason, paid.detail)


def _counted(items: Sequence[BasketItem]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for item in items:
        counts[item.sku] = counts.get(item.sku, 0) + item.quantity
    return counts


def _line(text: str) -> str:
    return "".join(mark if mark.isprintable() else " " for mark in text[:200])
