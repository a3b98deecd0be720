"""What shoppers attempted and were told, from the run's own record: the other witness of a ledger audit.

Every wish is confirmed (an order id was received), failed (a definite no, or nothing was bought because nothing was paid) or
unknown (it may have happened). Unknown is what a timeout after the pay request leaves, and a wish whose end was never
recorded. This module must not know the ledger.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from reports.run_record.outcome import Outcome, Reason
from reports.run_record.run_directory import Run
from reports.run_record.schema import IntentRow

_SAID_NO = [Outcome.DECLINED, Outcome.REFUSED_HARD, Outcome.REFUSED_SOFT, Outcome.DEGRADED, Outcome.QUEUED]
_SAID_NOTHING = [Reason.SERVER_ERROR, Reason.PROTOCOL_FAULT, Reason.TRUNCATED, Reason.WRONG_ANSWER]
"""Reasons of answers that say neither yes nor no; after a pay request they leave the wish unknown, whatever it is called."""
_PURCHASE_COLUMNS = [
    "wish", "idempotency_key", "outcome", "reason", "last_step", "pay_sent", "session_id", "order_id", "card_code",
    "price_minor", "fulfillment_minor", "discount_minor", "amount_minor", "correct",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Told:
    """Attempts and answers of one run, as frames.

    Purchases have the columns of ``PurchaseRow``, amounts in minor units, -1 or "" = never told.
    """

    intents: pd.DataFrame
    """One row a released wish: wish, idempotency_key, items (text as of ``basket``)."""
    purchases: pd.DataFrame
    """One row an ended wish."""
    confirmed: pd.DataFrame
    """The purchases that were told an order: A."""
    failed: pd.DataFrame
    """The purchases that ended in a definite no: F."""
    unknown: pd.DataFrame
    """The wishes that may have happened: U. Those without a recorded end were told nothing."""
    keys: pd.Series
    """The idempotency keys of everything that was attempted: W."""
    damage: list[str]
    """Sentences about files of the record that are missing or cut."""


def what_was_told(run: Run) -> Told:
    """Read the run's intents and purchases; an unfinished or damaged run gives what it has."""
    intents = _intents(run.intents())
    purchases: pd.DataFrame = run.table("purchases").select(_PURCHASE_COLUMNS).to_pandas()
    confirmed, failed = _fates(purchases)
    silent = intents[~among(intents["idempotency_key"], purchases["idempotency_key"])]
    return Told(
        intents=intents,
        purchases=purchases,
        confirmed=purchases[confirmed],
        failed=purchases[failed],
        unknown=pd.concat([purchases[~confirmed & ~failed], _never_ended(silent)], ignore_index=True),
        keys=pd.concat([intents["idempotency_key"], purchases["idempotency_key"]], ignore_index=True),
        damage=list(run.truncated),
    )


def among(texts: pd.Series, others: pd.Series) -> pd.Series:
    """Whether each text is one of the others; an absent text is none. For a million texts ten times as fast as isin."""
    found = pc.is_in(pa.array(texts, pa.large_string()), value_set=pa.array(others, pa.large_string()), skip_nulls=True)
    return pd.Series(found.to_numpy(zero_copy_only=False), index=texts.index)


def basket(items: Iterable[Mapping[str, object]]) -> str:
    """Items as one canonical text, sorted by sku, such as ``1 x eggs-30 + 2 x milk-12``."""
    return " + ".join(f"{item.get('quantity')} x {item.get('sku')}" for item in sorted(items, key=_sku))


def _sku(item: Mapping[str, object]) -> str:
    return str(item.get("sku"))


def _intents(rows: list[IntentRow]) -> pd.DataFrame:
    columns = {
        "wish": pd.Series([row.wish for row in rows], dtype="int64"),
        "idempotency_key": pd.Series([row.idempotency_key for row in rows], dtype="str"),
        "items": pd.Series([basket(row.items) for row in rows], dtype="str"),
    }
    return pd.DataFrame(columns)


def _never_ended(intents: pd.DataFrame) -> pd.DataFrame:
    return intents[["wish", "idempotency_key"]].assign(discount_minor=-1)


def _fates(purchases: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Which purchases are confirmed and which failed; the rest is unknown (Jepsen's ok, fail and info)."""
    outcome, paid = purchases["outcome"], purchases["pay_sent"]
    said_no = outcome.isin([word.value for word in _SAID_NO])
    said_nothing = purchases["reason"].isin([word.value for word in _SAID_NOTHING])
    confirmed = outcome == Outcome.CONFIRMED.value
    bought_nothing = ~paid & (outcome != Outcome.UNKNOWN.value)
    return confirmed, ~confirmed & (bought_nothing | (said_no & ~said_nothing))
