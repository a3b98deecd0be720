"""Who was turned away in an episode, and who said so first: shares by what the record knows of a shopper, and the first request.

A share is of the wishes of the episode's seconds that ended. This module must not know how an episode is found.
"""

from collections.abc import Iterable, Mapping

import msgspec
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from reports.counting import counted
from reports.onset_evidence import COUPON_MISSING, HARD, QUEUED, REFUSED, SHED, SOFT, silently_missing
from reports.run_record.outcome import ARRIVAL, ORDER, Outcome
from reports.selection import tells_returning
from reports.slo_source import SHOPPERS
from reports.timeline import Timeline

Bools = NDArray[np.bool_]
Int64s = NDArray[np.int64]

OUTCOMES: Mapping[str, tuple[str, ...]] = {
    REFUSED: (HARD, SOFT),
    HARD: (HARD,),
    SOFT: (SOFT,),
    QUEUED: (QUEUED,),
    SHED: (SHED, Outcome.UNKNOWN.value),
}
"""The outcomes that a signal is made of; other signals are reasons."""
VERTICAL, CARD, SHOPPER = "vertical", "card", "shopper"
HELD, NONE_YET = "held", "none"
NEW, RETURNING = SHOPPERS
NOT_RECORDED = ("new or returning shoppers",)
"""What an episode could be told apart by, had the record said so."""


class Cohort(msgspec.Struct, frozen=True):
    """Shoppers who are alike in one respect."""

    what: str
    """``vertical``: of the goods that were wished; ``card``: whether the shopper held one when the wish ended; ``shopper``: whether
    the shopper had wished before in the run.
    """
    name: str
    turned_away: int
    """Wishes with the episode's signal."""
    of: int
    """Wishes of the episode that ended."""
    first: int | None = None
    """The onset of its own series, seconds from the run's start; None where that has no chart, or its chart no alarm."""


class FirstSignal(msgspec.Struct, frozen=True):
    """The request that an episode's signal was first seen on: the most frequent one of its first second."""

    second: int
    step: str
    outcome: str
    reason: str


def first_signal(timeline: Timeline, signal: str, onset: int, until: int) -> FirstSignal | None:
    """Who said so first in the seconds [onset, until); None when no request did, as where a card is missing in silence."""
    rows = timeline.outcomes
    rows = rows[(rows["second"] >= onset) & (rows["second"] < until) & ~rows["step"].isin((ORDER, ARRIVAL))]
    rows = rows[rows["outcome"].isin(OUTCOMES[signal]) if signal in OUTCOMES else rows["reason"] == signal]
    if not len(rows):
        return None
    top = rows[rows["second"] == rows["second"].min()].sort_values("n", ascending=False).iloc[0]
    return FirstSignal(int(top["second"]), str(top["step"]), str(top["outcome"]), str(top["reason"]))


def cohorts_of(timeline: Timeline, signal: str, onset: int, until: int) -> list[Cohort]:
    """The cohorts of the wishes of [onset, until), most turned away first; empty when the record holds no purchase rows of them.

    Of shoppers only where the record knows who returns; of a run whose shoppers are all new that is one cohort.
    """
    orders = timeline.orders
    kinds = orders.kinds
    of = counted(orders.kind, len(kinds), (orders.second >= onset) & (orders.second < until))
    if not of.any():
        return []
    bad = np.where(shows(kinds, signal), of, 0)
    card = np.where(kinds["coupon_due"].to_numpy(dtype=bool), HELD, NONE_YET)
    told = [*_split(VERTICAL, kinds["vertical"], bad, of), *_split(CARD, card, bad, of)]
    if tells_returning(timeline.manifest, kinds):
        told += _split(SHOPPER, np.where(kinds["returning"].to_numpy(dtype=bool), RETURNING, NEW), bad, of)
    return told


def not_recorded(timeline: Timeline) -> tuple[str, ...]:
    """Whom the record does not tell apart."""
    return () if tells_returning(timeline.manifest, timeline.orders.kinds) else NOT_RECORDED


def are_all_new(cohorts: Iterable[Cohort]) -> bool:
    """Whether shoppers are told apart, and none of them has come before."""
    return {one.name for one in cohorts if one.what == SHOPPER} == {NEW}


def shows(kinds: pd.DataFrame, signal: str) -> Bools:
    """Which kinds of order show the signal."""
    if signal in OUTCOMES:
        return kinds["outcome"].isin(OUTCOMES[signal]).to_numpy(dtype=bool)
    said = (kinds["reason"] == signal).to_numpy(dtype=bool)
    if signal == COUPON_MISSING:
        return said | silently_missing(kinds)
    return said & (kinds["outcome"] == Outcome.DEGRADED.value).to_numpy(dtype=bool)


def _split(what: str, names: "pd.Series[str] | NDArray[np.str_]", bad: Int64s, of: Int64s) -> list[Cohort]:
    """The cohorts by the names of kinds, of which ``of`` wishes ended in each and ``bad`` show the signal."""
    counts = pd.DataFrame({"name": np.asarray(names, dtype=object), "bad": bad, "of": of})[of > 0].groupby("name").sum()
    found = [Cohort(what, str(name), int(row["bad"]), int(row["of"])) for name, row in counts.iterrows()]
    return sorted(found, key=lambda one: (-one.turned_away / one.of, one.name))
