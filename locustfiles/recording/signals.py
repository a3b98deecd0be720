"""How services say no because of load, as data: one row a machine code, a mark or a status, each with its reason.

Codes and marks are words for machines, so a row may decide; words for people never do (``soft_refusal``). The rows are those
that the services document, and a few that only their clients report. This module must not know steps or journeys.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from reports.run_record.outcome import Outcome, Reason

ANY_STATUS = 0
_REDIRECTS = range(300, 400)
_SCANNED_CHARACTERS = 4096


@dataclass(frozen=True, slots=True)
class Signal:
    """A machine code and what it means; ``status`` restricts a row whose code means something else elsewhere."""

    code: str
    reason: Reason
    service: str
    status: int = ANY_STATUS


CODES = (
    Signal("Throttling", Reason.RATE_LIMITED, "DashScope"),
    Signal("Throttling.RateQuota", Reason.RATE_LIMITED, "DashScope"),
    Signal("LimitRequests", Reason.RATE_LIMITED, "DashScope"),
    Signal("limit_requests", Reason.RATE_LIMITED, "DashScope, OpenAI mode"),
    Signal("Throttling.BurstRate", Reason.GROWTH_LIMITED, "DashScope"),
    Signal("limit_burst_rate", Reason.GROWTH_LIMITED, "DashScope, OpenAI mode"),
    Signal("Throttling.AllocationQuota", Reason.RATE_LIMITED, "DashScope: tokens a minute, in billing words"),
    Signal("Throttling.Concurrency", Reason.RATE_LIMITED, "DashScope"),
    Signal("CommodityNotPurchased", Reason.QUOTA_EXHAUSTED, "DashScope"),
    Signal("PrepaidBillOverdue", Reason.QUOTA_EXHAUSTED, "DashScope"),
    Signal("PostpaidBillOverdue", Reason.QUOTA_EXHAUSTED, "DashScope"),
    Signal("ModelServingError", Reason.OVERLOADED, "DashScope"),
    Signal("ModelUnavailable", Reason.OVERLOADED, "DashScope"),
    Signal("rate_limit_exceeded", Reason.RATE_LIMITED, "OpenAI, ACP delegate_payment"),
    Signal("rate_limit_error", Reason.RATE_LIMITED, "OpenAI, Anthropic"),
    Signal("slow_down", Reason.GROWTH_LIMITED, "OpenAI"),
    Signal("insufficient_quota", Reason.QUOTA_EXHAUSTED, "OpenAI"),
    Signal("credit_balance_exhausted", Reason.QUOTA_EXHAUSTED, "OpenAI"),
    Signal("server_is_overloaded", Reason.OVERLOADED, "OpenAI"),
    Signal("service_unavailable_error", Reason.OVERLOADED, "OpenAI"),
    Signal("overloaded_error", Reason.OVERLOADED, "Anthropic"),
    Signal("enforced_spend_limit_reached", Reason.QUOTA_EXHAUSTED, "Anthropic"),
    Signal("RESOURCE_EXHAUSTED", Reason.RATE_LIMITED, "Gemini"),
    Signal("UNAVAILABLE", Reason.OVERLOADED, "Gemini; a shop's item may be unavailable too", status=503),
    Signal("2003", Reason.RATE_LIMITED, "Tencent Hunyuan", status=400),
    Signal("EXCEED_TOKEN_QUOTA_LIMIT", Reason.QUOTA_EXHAUSTED, "Tencent CloudBase"),
    Signal("EXCEED_CONCURRENT_REQUEST_LIMIT", Reason.RATE_LIMITED, "Tencent CloudBase"),
    Signal("336501", Reason.RATE_LIMITED, "Baidu Qianfan, requests a minute"),
    Signal("336502", Reason.RATE_LIMITED, "Baidu Qianfan, tokens a minute"),
    Signal("1302", Reason.RATE_LIMITED, "Zhipu GLM, user limit"),
    Signal("1305", Reason.OVERLOADED, "Zhipu GLM, platform"),
    Signal("-1", Reason.OVERLOADED, "WeChat platform", status=200),
    Signal("990010", Reason.OVERLOADED, "WeChat platform", status=200),
    Signal("45009", Reason.QUOTA_EXHAUSTED, "WeChat platform, a day's quota", status=200),
    Signal("45011", Reason.RATE_LIMITED, "WeChat platform, a minute's quota", status=200),
    Signal("FREQUENCY_LIMITED", Reason.RATE_LIMITED, "WeChat Pay"),
    Signal("THROTTLED", Reason.RATE_LIMITED, "Shopify GraphQL"),
    Signal("too_many_requests", Reason.RATE_LIMITED, "ACP delegate_payment"),
    Signal("rate_limited", Reason.RATE_LIMITED, "ACP session message"),
    Signal("issuing_paused", Reason.ISSUING_PAUSED, "the campaign door"),
    Signal("redeeming_paused", Reason.ISSUING_PAUSED, "the campaign door"),
)
"""Machine codes of a throttle, compared without regard to case; they count in any status unless the row says which."""

_BY_CODE: Mapping[str, Signal] = {signal.code.casefold(): signal for signal in CODES}

STATUSES: Mapping[int, Reason] = {429: Reason.RATE_LIMITED, 503: Reason.OVERLOADED, 529: Reason.OVERLOADED}
"""What a status alone says, when no code says more."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A machine's word that stands for itself in a body of another protocol than the one that was spoken."""

    text: str
    outcome: Outcome
    reason: Reason
    service: str


MARKS = (
    Mark('"inWaitingRoom":true', Outcome.QUEUED, Reason.WAITING_ROOM, "Cloudflare Waiting Room"),
    Mark("FAIL_SYS_USER_VALIDATE", Outcome.DEGRADED, Reason.RISK_CONTROL, "Taobao mtop: busy words, then a captcha"),
    Mark("RGV587_ERROR", Outcome.DEGRADED, Reason.RISK_CONTROL, "Taobao mtop: busy words, then a captcha"),
    Mark("FAIL_SYS_TRAFFIC_LIMIT", Outcome.REFUSED_HARD, Reason.RATE_LIMITED, "Taobao mtop"),
    Mark('"THROTTLED"', Outcome.REFUSED_HARD, Reason.RATE_LIMITED, "Shopify GraphQL"),
    Mark("SubmitThrottled", Outcome.REFUSED_HARD, Reason.RATE_LIMITED, "Shopify Storefront"),
    Mark("CartThrottled", Outcome.REFUSED_HARD, Reason.RATE_LIMITED, "Shopify Storefront"),
)
"""First match wins: what ends in a captcha is not a throttle, whatever it says."""

THROTTLE_MESSAGES = frozenset({"rate_limited", "too_many_requests"})
"""Codes of a session's error messages that are a throttle (ACP); the session itself comes with a 200."""

BUSINESS: Mapping[str, Reason] = {
    "out_of_stock": Reason.OUT_OF_STOCK,
    "quantity_exceeded": Reason.OUT_OF_STOCK,
    "item_unavailable": Reason.OUT_OF_STOCK,
    "low_stock": Reason.OUT_OF_STOCK,
    "payment_declined": Reason.PAYMENT_DECLINED,
    "payment_failed": Reason.PAYMENT_DECLINED,
    "insufficient_funds": Reason.PAYMENT_DECLINED,
    "unknown_token": Reason.PAYMENT_DECLINED,
    "fraud_detected": Reason.PAYMENT_DECLINED,
    "authentication_required": Reason.PAYMENT_DECLINED,
    "requires_3ds": Reason.PAYMENT_DECLINED,
    "coupon_invalid": Reason.BAD_COUPON,
    "coupon_expired": Reason.BAD_COUPON,
    "minimum_not_met": Reason.BAD_COUPON,
    "card_used": Reason.BAD_COUPON,
    "card_expired": Reason.BAD_COUPON,
    "not_owner": Reason.BAD_COUPON,
    "card_cap_reached": Reason.CARD_CAP_REACHED,
    "invite_already_paid": Reason.CARD_CAP_REACHED,
    "sold_out": Reason.SOLD_OUT,
    "address_undeliverable": Reason.NONE,
    "eligibility_invalid": Reason.NONE,
    "identity_required": Reason.NONE,
    "requires_sign_in": Reason.NONE,
    "maximum_exceeded": Reason.NONE,
    "region_restricted": Reason.NONE,
    "age_verification_required": Reason.NONE,
    "approval_required": Reason.NONE,
    "intervention_required": Reason.NONE,
}
"""Codes of a correct business no, of a session's error messages and of protocol errors alike."""
_BAD_COUPON_PREFIX = "discount_code_"

MAY_BE_PAID = frozenset(
    {"idempotency_in_flight", "session_not_modifiable", "checkout_not_modifiable", "checkout_in_progress"}
)
"""Codes of a 4xx after which an order may exist all the same: a payment is running, or has ended the session."""

OUR_MISTAKES = frozenset(
    {
        "not_found",
        "invalid_request",
        "insufficient_scope",
        "invalid_profile_url",
        "profile_unreachable",
        "profile_malformed",
        "version_unsupported",
        "capabilities_incompatible",
    }
)
"""Codes with which UCP refuses a request, or the platform that sent it, under a 200."""

MODERATION = frozenset({"datainspectionfailed", "data_inspection_failed", "content_filter", "content_policy_violation"})
"""Codes of a content filter: neither load nor business."""
BOT_STATUS = 430
"""Shopify's "security rejection": the generator was taken for a bot."""


def hard_reason(status: int, code: str, message: str = "", body: bytes = b"") -> Reason | None:
    """The reason when the answer says no because of load by a code or by its status, None otherwise; total.

    Two codes need more than themselves. ``insufficient_quota`` is for good at OpenAI and for a minute at DashScope, which
    alone speaks of an allocated quota; a Gemini quota that is counted by the day is named so in the body's details.
    """
    signal = _BY_CODE.get(code.casefold())
    if signal is None and code.casefold().startswith("throttling."):
        return Reason.RATE_LIMITED
    if signal is None or signal.status not in (ANY_STATUS, status):
        return STATUSES.get(status)
    if signal.code == "insufficient_quota" and "allocated quota" in message.casefold():
        return Reason.RATE_LIMITED
    if signal.code == "RESOURCE_EXHAUSTED" and b"PerDay" in body:
        return Reason.QUOTA_EXHAUSTED
    return signal.reason


def business_reason(code: str) -> Reason | None:
    """The reason when the code is that of a correct business no (``Reason.NONE`` when it needs no name), else None."""
    folded = code.casefold()
    return Reason.BAD_COUPON if folded.startswith(_BAD_COUPON_PREFIX) else BUSINESS.get(folded)


def mark_in(text: str) -> Mark | None:
    """The first mark that stands in the beginning of a text that is no reply of the protocol."""
    head = text[:_SCANNED_CHARACTERS]
    bare = head.replace(" ", "")
    return next((mark for mark in MARKS if mark.text in head or mark.text in bare), None)


def is_waiting_room(status: int, headers: Mapping[str, str]) -> bool:
    """Whether the headers of an answer that is no reply of the protocol put the shopper in a queue.

    Cloudflare's page comes with its cookie and tells when to refresh; Shopify's older checkout queue says so; Queue-it
    redirects to its own host.
    """
    if headers.get("x-checkout-queue", "").strip().lower() == "true":
        return True
    if "refresh" in headers and "__cfwaitingroom" in headers.get("set-cookie", ""):
        return True
    return status in _REDIRECTS and "queue-it.net" in headers.get("location", "")
