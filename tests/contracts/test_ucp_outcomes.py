"""What a UCP shop's bytes come to: the outcome table of the three versions in both postures, from the wire to the verdict."""

import json
from typing import Any

import pytest

from locustfiles.protocols.ucp import UcpDialect
from locustfiles.protocols.ucp_discovery import UcpVersion
from locustfiles.recording.classify import classify_checkout
from reports.run_record.outcome import APPLY_CARD, CREATE, PAY, Outcome, Reason
from tests.helpers.exchanges import answered
from tests.helpers.ucp_profiles import CHECKOUT

JANUARY_11, JANUARY_23, APRIL = UcpVersion
NO = {"type": "error", "content": "no", "severity": "recoverable"}


def checkout(status: str, *codes: str, **members: Any) -> dict[str, Any]:
    """A checkout of this status with error messages of these codes."""
    return {**CHECKOUT, "status": status, "messages": [{**NO, "code": code} for code in codes], **members}


def nothing(code: str) -> dict[str, Any]:
    """2026-04-08: a 200 without a checkout."""
    return {"ucp": {"version": "2026-04-08", "status": "error"}, "messages": [{**NO, "code": code}]}


def shouted(code: str) -> dict[str, str]:
    """2026-01-11: every error that is one of the shop's own."""
    return {"detail": "no", "code": code}


def escalated(code: str) -> dict[str, Any]:
    """2026-01-23: every error."""
    return {"status": "requires_escalation", "messages": [{**NO, "code": code}]}


PLAIN = {"discounts": {"codes": ["X"], "applied": None}, "totals": [{"type": "subtotal", "amount": 5}, {"type": "total", "amount": 5}]}  # fmt: skip
REFUSED = {"type": "warning", "code": "discount_code_expired", "content": "no", "path": "$.discounts.codes[0]"}
CROOKED = [{"type": "subtotal", "amount": 1500}, {"type": "discount", "amount": 300}, {"type": "total", "amount": 1200}]

ROWS: list[tuple[str, UcpVersion, str, int, dict[str, Any], Outcome, Reason]] = [
    ("an open checkout", APRIL, CREATE, 201, checkout("incomplete", "missing"), Outcome.DONE, Reason.NONE),
    ("ready at birth", JANUARY_11, CREATE, 201, checkout("ready_for_complete"), Outcome.DONE, Reason.NONE),
    ("no stock", APRIL, CREATE, 201, checkout("incomplete", "out_of_stock"), Outcome.DECLINED, Reason.OUT_OF_STOCK),
    ("nothing to sell", APRIL, CREATE, 200, nothing("item_unavailable"), Outcome.DECLINED, Reason.OUT_OF_STOCK),
    ("no stock, by status", JANUARY_11, CREATE, 400, shouted("OUT_OF_STOCK"), Outcome.DECLINED, Reason.OUT_OF_STOCK),
    ("no stock, escalated", JANUARY_23, CREATE, 400, escalated("item_unavailable"), Outcome.DECLINED, Reason.OUT_OF_STOCK),
    ("nobody delivers there", APRIL, CREATE, 201, checkout("incomplete", "address_undeliverable"), Outcome.DECLINED, Reason.NONE),
    ("the buyer must sign in", APRIL, CREATE, 200, nothing("identity_required"), Outcome.DECLINED, Reason.NONE),
    ("the buyer must act", APRIL, APPLY_CARD, 200, checkout("requires_escalation"), Outcome.DECLINED, Reason.NONE),
    ("our mistake, by status", JANUARY_11, CREATE, 400, shouted("INVALID_REQUEST"), Outcome.DEGRADED, Reason.CLIENT_ERROR),
    ("our mistake, in a list", JANUARY_11, CREATE, 422, {"detail": [{"type": "missing", "loc": ["header"], "msg": "no"}]},
     Outcome.DEGRADED, Reason.CLIENT_ERROR),
    ("another version", APRIL, CREATE, 422, nothing("version_unsupported"), Outcome.DEGRADED, Reason.CLIENT_ERROR),
    ("another version, in a 200", APRIL, CREATE, 200, nothing("version_unsupported"), Outcome.DEGRADED, Reason.CLIENT_ERROR),
    ("nothing in common", APRIL, CREATE, 200, nothing("capabilities_incompatible"), Outcome.DEGRADED, Reason.CLIENT_ERROR),
    ("our profile cannot be fetched", APRIL, CREATE, 424, {"code": "profile_unreachable", "content": "no"},
     Outcome.DEGRADED, Reason.CLIENT_ERROR),
    ("an unknown id, in a 200", APRIL, APPLY_CARD, 200, nothing("not_found"), Outcome.DEGRADED, Reason.CLIENT_ERROR),
    ("an unknown id", JANUARY_23, APPLY_CARD, 404, escalated("not_found"), Outcome.DEGRADED, Reason.CLIENT_ERROR),
    ("an unknown id, by status", JANUARY_11, APPLY_CARD, 404, shouted("RESOURCE_NOT_FOUND"), Outcome.DEGRADED, Reason.CLIENT_ERROR),
    ("a throttle", APRIL, CREATE, 429, {"code": "rate_limited", "content": "no"}, Outcome.REFUSED_HARD, Reason.RATE_LIMITED),
    ("a throttle, by status", JANUARY_11, CREATE, 429, shouted("RATE_LIMITED"), Outcome.REFUSED_HARD, Reason.RATE_LIMITED),
    ("a throttle in a checkout", APRIL, CREATE, 200, checkout("incomplete", "rate_limited"), Outcome.REFUSED_HARD, Reason.RATE_LIMITED),
    ("overload", JANUARY_11, CREATE, 503, shouted("SERVICE_UNAVAILABLE"), Outcome.REFUSED_HARD, Reason.OVERLOADED),
    ("a crash", JANUARY_11, CREATE, 500, {}, Outcome.SHED, Reason.SERVER_ERROR),
    ("ready, with the card", APRIL, APPLY_CARD, 200, checkout("ready_for_complete"), Outcome.DONE, Reason.NONE),
    ("still incomplete", APRIL, APPLY_CARD, 200, checkout("incomplete"), Outcome.DEGRADED, Reason.NO_PROGRESS),
    ("the code is refused", APRIL, APPLY_CARD, 200, checkout("ready_for_complete", **PLAIN) | {"messages": [REFUSED]},
     Outcome.DECLINED, Reason.BAD_COUPON),
    ("the code is refused", JANUARY_23, APPLY_CARD, 200, checkout("ready_for_complete", **PLAIN) | {"messages": [REFUSED]},
     Outcome.DECLINED, Reason.BAD_COUPON),
    ("the code is not among those applied", JANUARY_11, APPLY_CARD, 200, checkout("ready_for_complete", **PLAIN),
     Outcome.DECLINED, Reason.BAD_COUPON),
    ("the code had no effect, without a word", APRIL, APPLY_CARD, 200, checkout("ready_for_complete", **PLAIN),
     Outcome.DONE, Reason.COUPON_MISSING),
    ("the bill does not add up", APRIL, APPLY_CARD, 200, checkout("ready_for_complete", totals=CROOKED),
     Outcome.DEGRADED, Reason.INCONSISTENT_TOTAL),
    ("a positive discount is right here", JANUARY_23, APPLY_CARD, 200, checkout("ready_for_complete", totals=CROOKED),
     Outcome.DONE, Reason.NONE),
    ("ordered", APRIL, PAY, 200, checkout("completed", order={"id": "ord_9"}), Outcome.CONFIRMED, Reason.NONE),
    ("ordered, members null", JANUARY_11, PAY, 200, checkout("completed", order={"id": "ord_9"}, messages=None, ucp=None),
     Outcome.CONFIRMED, Reason.NONE),
    ("completed without an order", APRIL, PAY, 200, checkout("completed"), Outcome.UNKNOWN, Reason.PROTOCOL_FAULT),
    ("in progress", APRIL, PAY, 200, checkout("complete_in_progress"), Outcome.UNKNOWN, Reason.NO_PROGRESS),
    ("declined", APRIL, PAY, 200, checkout("ready_for_complete", "payment_failed"), Outcome.DECLINED, Reason.PAYMENT_DECLINED),
    ("no money", JANUARY_11, PAY, 402, shouted("INSUFFICIENT_FUNDS"), Outcome.DECLINED, Reason.PAYMENT_DECLINED),
    ("no such token", JANUARY_11, PAY, 402, shouted("UNKNOWN_TOKEN"), Outcome.DECLINED, Reason.PAYMENT_DECLINED),
    ("fraud", JANUARY_11, PAY, 403, shouted("FRAUD_DETECTED"), Outcome.DECLINED, Reason.PAYMENT_DECLINED),
    ("sold just now", JANUARY_11, PAY, 409, shouted("OUT_OF_STOCK"), Outcome.DECLINED, Reason.OUT_OF_STOCK),
    ("the checkout has ended", JANUARY_11, PAY, 409, shouted("CHECKOUT_NOT_MODIFIABLE"), Outcome.UNKNOWN, Reason.CLIENT_ERROR),
    ("the checkout has ended", JANUARY_23, PAY, 409, escalated("checkout_not_modifiable"), Outcome.UNKNOWN, Reason.CLIENT_ERROR),
    ("being paid for", APRIL, PAY, 409, {"code": "checkout_in_progress", "content": "no"}, Outcome.UNKNOWN, Reason.CLIENT_ERROR),
    ("the key with another body", JANUARY_11, PAY, 409, shouted("IDEMPOTENCY_CONFLICT"), Outcome.DEGRADED, Reason.CLIENT_ERROR),
    ("the buyer must act", APRIL, PAY, 200, checkout("requires_escalation"), Outcome.DECLINED, Reason.PAYMENT_DECLINED),
    ("delivery is not chosen", JANUARY_11, PAY, 400, shouted("INVALID_REQUEST"), Outcome.DEGRADED, Reason.CLIENT_ERROR),
    ("an unknown id", APRIL, PAY, 200, nothing("not_found"), Outcome.DEGRADED, Reason.CLIENT_ERROR),
    ("a crash", JANUARY_11, PAY, 500, {}, Outcome.UNKNOWN, Reason.SERVER_ERROR),
    ("overload after the deed", APRIL, PAY, 503, {}, Outcome.UNKNOWN, Reason.OVERLOADED),
]  # fmt: skip
"""What happened, and how each version's shops say it."""


@pytest.mark.parametrize(
    ("version", "step", "status", "body", "outcome", "reason"),
    [row[1:] for row in ROWS],
    ids=[f"{row[1]} {row[2]}: {row[0]}" for row in ROWS],
)
def test_what_a_shop_says_has_an_outcome(
    version: UcpVersion, step: str, status: int, body: dict[str, Any], outcome: Outcome, reason: Reason
) -> None:
    """Codes, shapes and statuses decide together, never a status alone."""
    wire = json.dumps(body).encode() if body else b"Internal Server Error"
    reply = UcpDialect("shop.test", version=version, headers={}).decode(status, {}, wire)
    assert classify_checkout(step, answered(status, wire), reply)[:2] == (outcome, reason)
