"""Orders that nobody placed: how many of each vertical ended in each way in each second."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from reports.onset_evidence import REFUSED, Evidence
from reports.orders import KIND_COLUMNS, Orders
from tests.helpers.counted_evidence import evidence_of

Counts = NDArray[np.int64]
Ended = Mapping[tuple[str, str], Counts]
"""Counts by second for each (vertical, outcome)."""


def orders_of(ended: Ended) -> Orders:
    """The orders of these counts; without a card, and correct."""
    rows = [{"vertical": vertical, "outcome": outcome, "correct": True} for vertical, outcome in ended]
    kinds = pd.DataFrame(rows, columns=list(KIND_COLUMNS))
    kinds[["reason", "last_step"]] = ""
    kinds[["coupon_due", "coupon_ok"]] = False, True
    seconds = [np.repeat(np.arange(len(counts)), counts) for counts in ended.values()]
    n = sum(len(each) for each in seconds)
    nothing = np.zeros(n, dtype=np.int64)
    kind = np.repeat(np.arange(len(ended)), [len(each) for each in seconds])
    return Orders(np.concatenate(seconds), nothing, nothing, nothing, kind, kinds)


def all_of(ended: Ended, offered: NDArray[np.float64]) -> Evidence:
    """The evidence of all of them together, of which those that end ``refused_hard`` are refused."""
    nothing = np.zeros(len(offered), dtype=np.int64)
    refused = sum((counts for (_, outcome), counts in ended.items() if outcome == "refused_hard"), nothing)
    return evidence_of(refused, offered, REFUSED, sum(ended.values(), nothing))
