"""One-line histories for the ledger audit: what shoppers were told, a bar, and the orders that the ledger holds.

    "c1 u2 f3 i4 | 1 2"      wish 1 confirmed, 2 unknown, 3 told no, 4 without a recorded end; orders of wishes 1 and 2

Wishes are numbers; a number on the right that is not on the left is an order that nobody asked for, one that stands twice an
order that was written twice. The ledger has the stub's tables without their UNIQUE and triggers, so that it can be wrong.
"""

import re
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path

from reports.ledger_audit import AuditReport, audit
from reports.run_record.outcome import Outcome, Reason
from reports.run_record.run_directory import RunWriter, open_run
from reports.run_record.schema import Batch, IntentRow, PurchaseRow
from tests.helpers.synthetic_run import LEDGER_SQL, STARTED_UNIX_NS, Wishes, manifest_of

PRICE, FULFILLMENT, DISCOUNT = 3000, 300, 2500
AMOUNT = PRICE + FULFILLMENT - DISCOUNT
ITEMS: list[dict[str, str | int]] = [{"sku": "pearl-milk-tea", "quantity": 2}]
EXPIRES_UNIX_NS = STARTED_UNIX_NS + 10**15
FATES = {
    "c": (Outcome.CONFIRMED, Reason.NONE, True),
    "u": (Outcome.UNKNOWN, Reason.TIMED_OUT, True),
    "f": (Outcome.DECLINED, Reason.PAYMENT_DECLINED, True),
}


def at_unix_ns(wish: int) -> int:
    """When the shop commits the order of a wish: one second after another."""
    return STARTED_UNIX_NS + wish * 10**9


def purchase(letter: str, wish: int) -> PurchaseRow:
    """How a wish ended, as its shopper was told."""
    outcome, reason, pay_sent = FATES[letter]
    return PurchaseRow(
        wish=wish, second=wish, idempotency_key=f"key-{wish}", user_id=f"user-{wish}", vertical="milk_tea",
        outcome=outcome, reason=reason, last_step="pay", intent_us=900_000, requests=5, prompts=1, pay_sent=pay_sent,
        session_id=f"session-{wish}", order_id=f"order-{wish}" if letter == "c" else "", card_code=f"card-{wish}",
        price_minor=PRICE, fulfillment_minor=FULFILLMENT, discount_minor=DISCOUNT, amount_minor=AMOUNT,
        coupon_due=True, coupon_ok=True, correct=True,
    )  # fmt: skip


def write_wishes(folder: Path, words: Iterable[str], *more: PurchaseRow, **manifest: object) -> Path:
    """The run in which these wishes were released; ``more`` rows are appended, ``manifest`` gives fields that differ."""
    wishes = [(word[0], int(word[1:])) for word in words]
    writer = RunWriter.create(folder, manifest_of(Wishes(manifest=dict(manifest))))
    for _, wish in wishes:
        writer.write_intent(IntentRow(wish, f"key-{wish}", f"user-{wish}", ITEMS, "milk_tea", wish * 10**6))
    rows = [purchase(letter, wish) for letter, wish in wishes if letter in FATES]
    rows += more
    writer.add(Batch("synthetic", "worker-1", 0, purchases=rows, final=True))
    writer.close()
    return folder


def write_orders(path: Path, wishes: Sequence[int], *, statements: Sequence[str] = ()) -> Path:
    """The ledger that holds the orders of these wishes, with payments and cards, after some SQL statements."""
    loose = re.sub(r"CREATE TRIGGER.*?END;", "", LEDGER_SQL.read_text(), flags=re.DOTALL).replace(" UNIQUE", "")
    with closing(sqlite3.connect(path)) as books, books:
        books.executescript(loose)
        books.execute(
            "INSERT INTO campaign_events VALUES (1, 'open', 'open', 1000000, 21, ?, ?)",
            (EXPIRES_UNIX_NS, STARTED_UNIX_NS),
        )
        books.executemany(
            "INSERT INTO orders VALUES (NULL, ?, ?, ?, ?, ?, 'CNY', ?, ?, ?, ?, ?, ?)",
            [
                (f"order-{n}", f"key-{n}", f"session-{n}", f"user-{n}", '[{"sku":"pearl-milk-tea","quantity":2}]',
                 PRICE, FULFILLMENT, DISCOUNT, AMOUNT, f"card-{n}", at_unix_ns(n))
                for n in wishes
            ],
        )  # fmt: skip
        books.executemany(
            "INSERT INTO payments VALUES (NULL, ?, ?, ?, ?)",
            [(f"payment-{n}", f"order-{n}", AMOUNT, at_unix_ns(n)) for n in wishes],
        )
        books.executemany(
            "INSERT INTO card_events VALUES (NULL, ?, ?, ?, 2500, ?, ?, ?, ?)",
            [
                (f"card-{n}", f"user-{n}", event, EXPIRES_UNIX_NS, session, order, at_unix_ns(n))
                for n in wishes
                for event, session, order in (
                    ("issued", None, None), ("reserved", f"session-{n}", None), ("used", f"session-{n}", f"order-{n}"),
                )
            ],
        )  # fmt: skip
        for statement in statements:
            books.execute(statement)
    books.close()
    return path


def audited(
    folder: Path, history: str, *statements: str, exclusive: bool | None = None, **manifest: object
) -> AuditReport:
    """The audit of a history, whose ledger was changed by SQL statements."""
    told, _, stored = history.partition("|")
    run = write_wishes(folder / "run", told.split(), **manifest)
    ledger = write_orders(folder / "ledger.sqlite", [int(word) for word in stored.split()], statements=statements)
    return audit(open_run(run), ledger, exclusive=exclusive)


def violated(report: AuditReport) -> dict[str, int]:
    """The checks that are violated, with the number of their rows."""
    return {check.id: check.violations for check in report.checks if check.state == "violated"}


def rows_of(report: AuditReport, check_id: str) -> list[str]:
    """The named rows of a check."""
    return next(check.rows for check in report.checks if check.id == check_id)
