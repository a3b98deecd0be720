"""Orders and runs that nobody made: how many wishes of each vertical ended in each way in each second."""

from collections.abc import Mapping
from pathlib import Path

import msgspec
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from reports.onset_evidence import REFUSED, Evidence
from reports.orders import KIND_COLUMNS, Orders
from reports.run_record.outcome import ORDER
from reports.run_record.run_directory import Run, open_run
from reports.run_record.schema import Batch, OutcomeRow, SecondRow
from tests.helpers.counted_evidence import evidence_of
from tests.helpers.synthetic_run import Wishes, batch_of, write_run

Counts = NDArray[np.int64]
Ended = Mapping[tuple[str, str], Counts]
"""Counts by second for each (vertical, outcome)."""
REASONS = {"refused_hard": "rate_limited", "confirmed": ""}


def hit(calm: Mapping[str, Counts], refused: Mapping[str, Counts]) -> Ended:
    """Wishes of each vertical, of which these are refused hard and the others confirmed."""
    ended: dict[tuple[str, str], Counts] = {}
    for vertical, n in calm.items():
        bad = refused.get(vertical, np.zeros_like(n))
        ended |= {(vertical, "refused_hard"): bad, (vertical, "confirmed"): n - bad}
    return ended


def orders_of(ended: Ended, returning: str = "") -> Orders:
    """The orders of these counts; without a card, correct, and by returning shoppers in one vertical."""
    rows = [
        {"vertical": vertical, "outcome": outcome, "correct": True, "returning": vertical == returning}
        for vertical, outcome in ended
    ]
    kinds = pd.DataFrame(rows, columns=list(KIND_COLUMNS))
    kinds[["reason", "last_step"]] = ""
    kinds[["coupon_due", "coupon_ok"]] = False, True
    seconds = [np.repeat(np.arange(len(counts)), counts) for counts in ended.values()]
    nothing = np.zeros(sum(len(each) for each in seconds), dtype=np.int64)
    kind = np.repeat(np.arange(len(ended)), [len(each) for each in seconds])
    return Orders(np.concatenate(seconds), nothing, nothing, nothing, kind, kinds)


def all_of(ended: Ended) -> Evidence:
    """The evidence of all of them together under a flat load, of which those that end ``refused_hard`` are refused."""
    n = sum(ended.values(), np.zeros(1, dtype=np.int64))
    refused = sum((counts for (_, outcome), counts in ended.items() if outcome == "refused_hard"), np.zeros_like(n))
    return evidence_of(refused, np.full(len(n), n.mean()), REFUSED, n)


def grouped_run(path: Path, ended: Ended, returning: str = "") -> Run:
    """The run of these counts, with a row for every purchase, in one vertical by returning shoppers; its curve is flat and as long."""
    n = sum(ended.values(), np.zeros(1, dtype=np.int64))
    truth = Wishes(rates=((len(n), float(n.mean())),))
    like = batch_of(Wishes(rates=((1, 1.0),))).purchases[0]
    batch = Batch("synthetic", "worker-1", 0, final=True)
    batch.seconds = [SecondRow(second, int(each), int(each), 0) for second, each in enumerate(n)]
    for (vertical, outcome), counts in ended.items():
        for second, each in enumerate(counts.tolist()):
            reason = REASONS[outcome]
            batch.outcomes += [OutcomeRow(second, step, outcome, reason, each) for step in (ORDER, "chat") if each]
            batch.purchases += [
                msgspec.structs.replace(
                    like,
                    wish=len(batch.purchases) + place,
                    second=second,
                    vertical=vertical,
                    outcome=outcome,
                    reason=reason,
                    returning=vertical == returning,
                )
                for place in range(each)
            ]
    return open_run(write_run(path, truth, batch=batch))
