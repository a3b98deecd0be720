"""Holds a target's order ledger against what shoppers were told: whether an order, a payment or a card was lost or doubled.

Two witnesses, the run's record and the target's books, are compared by fourteen statements. A row that contradicts one is a
violation and is named. What cannot be judged is *not run*, with the reason, and never clean: an unknown wish found in the ledger
is *recovered*, which is legal. This module must not know objectives or exit codes.
"""

from pathlib import Path

import msgspec

from reports import card_checks, order_checks, stock_checks
from reports.audit_rule import (
    Case,
    Rule,
    campaign_kept,
    cards_kept,
    found,
    intents_whole,
    ledger_exclusive,
    payments_kept,
    purchases_recorded,
    stock_kept,
    why_not,
)
from reports.ledger_reader import Books, read_books
from reports.run_record.run_directory import Run
from reports.told import Told, among, what_was_told


class Check(msgspec.Struct, frozen=True):
    """One statement about the ledger."""

    id: str
    statement: str
    state: str
    """``clean``, ``violated`` or ``not_run``."""
    violations: int
    """Rows that contradict the statement."""
    rows: list[str]
    """The first 20 of them: which row, and what is wrong with it."""
    why_not: str
    """Why the check did not run; of one that ran, what it leaves open. Empty when there is nothing to say."""


class AuditReport(msgspec.Struct, frozen=True):
    """All checks, and how many orders they are about."""

    ran: bool
    why_not: str
    """Why nothing could be compared; empty when it was."""
    confirmed: int
    """Wishes that were told an order id."""
    ledger_orders: int
    """Orders of the ledger that count as this run's."""
    recovered: int
    """Unknown wishes whose order is in the ledger: legal, the shopper only was not told."""
    unknown: int
    """Wishes that may have happened: a timeout after the pay request, or no recorded end."""
    checks: list[Check]


RULES = (
    Rule("lost", "every confirmed order is in the ledger", order_checks.lost, (purchases_recorded,)),
    Rule(
        "phantom", "every order of the ledger was attempted by the run", order_checks.phantom,
        (ledger_exclusive, intents_whole),
    ),
    Rule("doubled", "one order a key, one order a wish", order_checks.doubled),
    Rule("replay", "one key is told one order id", order_checks.replay, (purchases_recorded,)),
    Rule("false_failure", "who was told no has no order", order_checks.false_failure, (purchases_recorded,)),
    Rule(
        "mismatch", "order id, items, amounts and card are stored as they were told", order_checks.mismatch,
        (purchases_recorded,),
    ),
    Rule(
        "money", "amount = price - discount + fulfillment, at least 1, captured once and in full, given back once at most",
        order_checks.money,
        (payments_kept,),
    ),
    Rule("coupon", "a card pays once, for its owner, before it expires", card_checks.coupon, (cards_kept,)),
    Rule(
        "coupon_back", "no card is used up without its order", card_checks.coupon_back, (cards_kept,),
        card_checks.cards_held,
    ),
    Rule("cap", "no shopper got more cards than the terms allow", card_checks.cap, (cards_kept, campaign_kept)),
    Rule("budget", "the discounts never exceed the budget, in commit order", card_checks.budget, (campaign_kept,)),
    Rule(
        "between", "discounts add up to those told, plus at most those of unknown wishes", order_checks.between,
        (purchases_recorded, intents_whole, order_checks.discounts_told),
    ),
    Rule("stock", "no more is sold than there is", stock_checks.stock, (stock_kept,)),
    Rule(
        "pause", "no card is issued while issuing is paused", card_checks.pause, (cards_kept, campaign_kept)
    ),
)  # fmt: skip
"""Every check, in the order of the report."""


def audit(run: Run, ledger: Path, *, exclusive: bool | None = None) -> AuditReport:
    """Compare the ledger at ``ledger`` with what ``run`` was told; AuditError with one sentence when it cannot be read.

    ``exclusive``: every order of the ledger must be this run's. None takes that of the embedded stub, which keeps one
    ledger a run; the ledger of any other service is shared.
    """
    books, told = read_books(ledger), what_was_told(run)
    return compare(told, books, exclusive=run.manifest.target.kind == "stub" if exclusive is None else exclusive)


def compare(told: Told, books: Books, *, exclusive: bool) -> AuditReport:
    """Put every check to the two witnesses."""
    case = Case(told, books, exclusive)
    attempted = len(told.keys) > 0
    return AuditReport(
        ran=attempted,
        why_not="" if attempted else "the record holds no wish to compare the ledger with",
        confirmed=len(told.confirmed),
        ledger_orders=len(case.orders_of_run),
        recovered=int(among(told.unknown["idempotency_key"], books.orders["idempotency_key"]).sum()),
        unknown=len(told.unknown),
        checks=[_checked(rule, case) for rule in RULES] if attempted else [],
    )


def _checked(rule: Rule, case: Case) -> Check:
    if missing := why_not(rule, case):
        return Check(rule.id, rule.statement, "not_run", 0, [], missing)
    violations, rows = found(rule, case)
    remark = rule.remark(case) if rule.remark else ""
    return Check(rule.id, rule.statement, "violated" if violations else "clean", violations, rows, remark)
