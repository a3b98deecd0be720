"""What every check of the ledger is made of: a statement, what it needs, and the rows that contradict it.

A check whose need is missing does not run, and says so; it is never clean. This module must not know the checks themselves.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from reports.ledger_reader import Books
from reports.told import Told, among

ROWS_NAMED = 20
"""Rows of a check that are named; all are counted."""
TEXT_LIMIT = 64
"""Characters of a target's text that a sentence repeats."""


@dataclass(frozen=True, slots=True)
class Case:
    """Both witnesses, and whether every order of the ledger must be this run's."""

    told: Told
    books: Books
    exclusive: bool

    @property
    def orders_of_run(self) -> pd.DataFrame:
        """The ledger's orders that count as this run's."""
        orders = self.books.orders
        return orders if self.exclusive else orders[among(orders["idempotency_key"], self.told.keys)]


Finding = tuple[pd.DataFrame, Callable[[Any], str]]
"""Rows that contradict a statement, and the sentence for one of them (a named tuple of its columns)."""
Need = Callable[[Case], str]
"""Why a check cannot run, "" when it can."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One check of the audit."""

    id: str
    statement: str
    find: Callable[[Case], Iterator[Finding]]
    needs: tuple[Need, ...] = ()
    remark: Callable[[Case], str] | None = None
    """What a clean check leaves open, as a sentence."""


def why_not(rule: Rule, case: Case) -> str:
    """The first missing need of a rule; "" when it can run."""
    return next((sentence for need in rule.needs if (sentence := need(case))), "")


def found(rule: Rule, case: Case) -> tuple[int, list[str]]:
    """How many rows contradict the rule, and a sentence for the first of them."""
    count, sentences = 0, list[str]()
    for rows, sentence in rule.find(case):
        count += len(rows)
        named = rows.head(ROWS_NAMED - len(sentences))
        sentences += [sentence(row) for row in named.itertuples(index=False)]
    return count, sentences


def quoted(text: object) -> str:
    """A target's text in quotes, in ASCII on one line, bounded; ``none`` when there is none."""
    if not isinstance(text, str):
        return "none"
    return ascii(text if len(text) <= TEXT_LIMIT else text[: TEXT_LIMIT - 3] + "...")


def order_row(row: Any) -> str:
    """How a sentence names a row of table orders."""
    return f"orders seq {row.seq}, order {quoted(row.order_id)}, key {quoted(row.idempotency_key)}"


# Needs


def purchases_recorded(case: Case) -> str:
    """The run recorded how its wishes ended."""
    return _damaged(case, "purchases") if case.told.purchases.empty else ""


def intents_whole(case: Case) -> str:
    """The write-ahead log is whole: else an unknown key may be a wish that was lost from it."""
    return _damaged(case, "intents") if any("intents" in sentence for sentence in case.told.damage) else ""


def _damaged(case: Case, name: str) -> str:
    return next((line for line in case.told.damage if name in line), f"the run recorded no {name}")


def ledger_exclusive(case: Case) -> str:
    """Every order of the ledger is this run's."""
    return "" if case.exclusive else "the ledger is shared: an order under an unknown key may be another client's"


def payments_kept(case: Case) -> str:
    """The ledger has a table of payments."""
    return "the ledger has no table payments" if case.books.payments is None else ""


def cards_kept(case: Case) -> str:
    """The ledger has a table of card events."""
    return "the ledger has no table card_events" if case.books.card_events is None else ""


def campaign_kept(case: Case) -> str:
    """The ledger tells the campaign's terms."""
    events = case.books.campaign_events
    return "the ledger tells no terms of a campaign (campaign_events)" if events is None or events.empty else ""


def stock_kept(case: Case) -> str:
    """The ledger tells how much of some product there was."""
    events = case.books.stock_events
    return "the ledger holds no stock" if events is None or events.empty else ""
