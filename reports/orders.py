"""Every wish of a run and how it ended, as arrays: what a few dozen kinds of wish have in common is kept once for each kind.

A run of nine hours has ten million wishes: a flag of the ``where`` language is worked out for each kind and looked up, and a
count by second is a sum over kinds. This module must not know which kinds are good or bad (``population``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from reports.counting import ROWS_AT_ONCE, counted, places_of
from reports.run_record.histogram import buckets_of
from reports.run_record.outcome import Outcome

Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]
IN_FLIGHT = "in_flight"
"""Outcome of a wish that was released and has none in the record."""
ROW_COLUMNS = ("wish", "second", "intent_us", "requests", "prompts")
KIND_COLUMNS = ("outcome", "reason", "last_step", "vertical", "coupon_due", "coupon_ok", "correct", "returning")
"""Columns of ``PurchaseRow`` that a kind is made of; of the others only ``ROW_COLUMNS`` are held in memory."""
_GHOST = {"reason": "", "last_step": "", "vertical": ""} | dict.fromkeys(
    ("coupon_due", "coupon_ok", "correct", "returning"), False
)
_US_PER_S = 1_000_000
_LAST_SECOND = 10_000_000
_MOST_COUNTS = 1 << 23
"""A table of counts by second and kind takes at most 64 MB; beyond that each count is a pass over the rows."""


@dataclass(frozen=True)
class Orders:
    """Wishes as equally long arrays; ``kind`` is a row of ``kinds``, whose columns are ``KIND_COLUMNS``."""

    second: NDArray[Any]
    intent_us: NDArray[Any]
    """From the wish to its end; -1 of a wish that was dropped or never ended."""
    requests: NDArray[Any]
    prompts: NDArray[Any]
    kind: NDArray[Any]
    kinds: pd.DataFrame

    def __len__(self) -> int:
        """How many wishes there are."""
        return len(self.second)

    @cached_property
    def buckets(self) -> NDArray[np.int16]:
        """The histogram bucket of each wish's time; of one without a time the first."""
        found = np.empty(len(self), dtype=np.int16)
        for begin in range(0, len(self), ROWS_AT_ONCE):
            some = slice(begin, begin + ROWS_AT_ONCE)
            found[some] = buckets_of(np.maximum(self.intent_us[some], 0))
        return found

    @cached_property
    def _counts(self) -> Int64s | None:
        """Wishes by second and kind; None where that is too large a table."""
        return self._table(np.arange(len(self.kinds)), len(self.kinds))

    def _table(self, label: Int64s, labels: int) -> Int64s | None:
        """Wishes by second and label, of which each kind has one; None where that is too large a table."""
        seconds = int(self.second.max(initial=-1)) + 1
        if seconds * labels > _MOST_COUNTS:
            return None
        table = np.zeros(seconds * labels, dtype=np.int64)
        for begin in range(0, len(self), ROWS_AT_ONCE):
            some = slice(begin, begin + ROWS_AT_ONCE)
            places = self.second[some].astype(np.int64) * labels + label[self.kind[some]]
            table += np.bincount(places, minlength=len(table))
        return table.reshape(seconds, labels)

    def by_second(self, kinds: Bools, length_s: int) -> Int64s:
        """How many wishes of these kinds belong to each second, of at least ``length_s``."""
        table = self._counts
        if table is None:
            return counted(self.second, length_s, kinds[self.kind])
        sums: Int64s = table[:, kinds].sum(axis=1)
        return np.pad(sums, (0, max(0, length_s - len(sums))))

    def by_second_and_label(self, label: Int64s, labels: int, length_s: int) -> Int64s:
        """How many wishes of each second have each label, of which every kind has one: a row a label, at least ``length_s`` columns.

        One pass over the wishes at most, unless there are too many labels for a table.
        """
        table = self._table(label, labels) if self._counts is None else None
        if table is None:
            return np.stack([self.by_second(label == one, length_s) for one in range(labels)])
        return np.pad(table.T, ((0, 0), (0, max(0, length_s - len(table)))))

    def by_outcome(self) -> dict[str, int]:
        """How many wishes ended in each way."""
        n = pd.Series(counted(self.kind, len(self.kinds)))
        return {str(name): int(sums) for name, sums in n.groupby(self.kinds["outcome"].to_numpy()).sum().items()}

    def with_ghosts(self, ghosts: Mapping[str, Sequence[int] | Int64s]) -> "Orders":
        """These and those that left no row: by outcome, how many of each second."""
        added = {outcome: np.repeat(np.arange(len(counts)), counts) for outcome, counts in ghosts.items()}
        added = {outcome: seconds for outcome, seconds in added.items() if len(seconds)}
        if not added:
            return self
        sizes = [len(seconds) for seconds in added.values()]
        numbers = np.repeat(np.arange(len(sizes)) + len(self.kinds), sizes)
        kinds = pd.DataFrame([{"outcome": outcome, **_GHOST} for outcome in added], columns=list(KIND_COLUMNS))

        def ghostly(value: int) -> NDArray[np.int8]:
            return np.full(sum(sizes), value, dtype=np.int8)

        return Orders(
            np.concatenate([self.second, *added.values()], dtype=np.int32, casting="same_kind"),
            np.concatenate([self.intent_us, ghostly(-1)]),
            np.concatenate([self.requests, ghostly(0)]),
            np.concatenate([self.prompts, ghostly(0)]),
            np.concatenate([self.kind, numbers.astype(np.int32)]),
            pd.concat([self.kinds, kinds], ignore_index=True) if len(self.kinds) else kinds,
        )

    @property
    def are_ghosts(self) -> Bools:
        """Which kinds left no row, since the wish was dropped or never ended."""
        return self.kinds["outcome"].isin([Outcome.DROPPED, IN_FLIGHT]).to_numpy()


def ends_of(
    wish: NDArray[Any], intent_us: NDArray[Any], written: NDArray[Any], intended_us: NDArray[Any]
) -> NDArray[np.int32]:
    """The second in which each wish ended: its scheduled arrival + the time from wish to end; -1 of a wish not written ahead.

    ``written`` are the wishes that were written ahead, ``intended_us`` their arrivals.
    """
    ends = np.full(len(wish), -1, dtype=np.int32)
    if not len(written):
        return ends
    place_of = places_of(written)
    for begin in range(0, len(wish), ROWS_AT_ONCE):
        some = slice(begin, begin + ROWS_AT_ONCE)
        place = place_of(wish[some])
        second = ((intended_us[place] + intent_us[some]) // _US_PER_S).clip(0, _LAST_SECOND)
        ends[some] = np.where(written[place] == wish[some], second, -1)
    return ends
