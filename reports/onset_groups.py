"""Which groups of shoppers were hit, and from which second on: each signal of each group has a series, charted and dated like that of all wishes.

A group is told by what its shoppers were before the run treated them: whom to serve worse could have been decided by that.
Whether a card was held is an outcome of the journey, since who is refused at the chat never gets one: by card there is a share
(``onset_cohorts``) and no chart. The counts are those of ended wishes by intended second, from purchase rows.

The chance of a false alarm in a run, alpha = 1 %, is that of all series together: those of all wishes have .9 alpha, and the
group series share .1 alpha. So however many groups there are, the charts of all wishes hardly notice.

Pure: counts in, episodes out. This module must not know how an episode of all wishes is reported (``throttle_onset``).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, NamedTuple

import msgspec
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import binom

from reports.counting import counted
from reports.onset_cohorts import NEW, RETURNING, SHOPPER, VERTICAL, shows
from reports.onset_evidence import DISTINCT, Evidence
from reports.onset_model import Span, date_episode
from reports.orders import Orders
from reports.run_record.cusum import FALSE_ALARM, OF_ALL, Excursion, Rule, scan

Counts = NDArray[np.int64]

MOST_GROUPS = 32
"""Groups of one grouping that have charts, the largest: of smaller ones too few are hit in a second for a date."""
ENOUGH_ROWS = 0.99
"""Of the wishes that ended, those that have a purchase row; where more are missing, nobody knows of which groups."""
WITH_ALL, EARLIER, LATER, ALONE = "with", "earlier", "later", "alone"
CHANCE = 0.01
"""Of one wrong "not hit" among all groups of a run; and of so many hits by what is tolerated."""


@dataclass(frozen=True, slots=True)
class Grouping:
    """A respect in which shoppers differ before the run treats them."""

    what: str
    names: Callable[[pd.DataFrame], Any]
    """The group of each kind of order."""
    words: str
    """What its shoppers are called; ``{}`` stands for the group's name."""


GROUPINGS = (
    Grouping(VERTICAL, lambda kinds: kinds["vertical"], "shoppers of vertical {}"),
    Grouping(SHOPPER, lambda kinds: np.where(kinds["returning"].to_numpy(dtype=bool), RETURNING, NEW), "{} shoppers"),
)
"""A record that does not know who returns has no returning shopper, so it has one group there and no chart."""


class GroupEpisode(msgspec.Struct, frozen=True, kw_only=True):
    """One stretch in which a signal exceeded the tolerated share of a group's wishes. Seconds from the run's start."""

    signal: str
    """One of the signals that contain no other: ``refused``, ``queued``, ``no_progress``, ``coupon_missing`` or ``shed``."""
    what: str
    """The grouping: ``vertical`` or ``shopper``."""
    name: str
    second: int
    """The onset: the first second of the episode."""
    set_first: int
    set_last: int
    """The onset lies in these seconds with 95 % probability."""
    alarm: int
    """The second in which the alarm was certain."""
    end: int | None
    """The first second after the episode; None when it is not certain that it ended."""
    turned_away: int
    """The group's wishes of the episode with this signal."""
    of: int
    """The group's wishes of the episode that ended."""
    all_turned_away: int
    all_of: int
    """The same of all wishes in the seconds of this episode."""
    beside: str
    """Beside the episodes of all wishes: ``with`` one, ``earlier`` or ``later`` when one alarm stood before the other set of seconds
    begins, ``alone`` when no episode of all wishes goes on meanwhile."""
    offered_per_s: float
    offered_low: float
    offered_high: float
    """What was offered by all shoppers at the onset, wishes per second, and its extremes over the 95 % set."""
    calm_per_s: float | None = None
    """The highest offered rate of a second before the onset, since the last episode; None when there is no such second."""
    first_throttle_per_s: float | None = None
    first_throttle_low: float | None = None
    first_throttle_high: float | None = None
    """The offered load at which the group's refusals begin, with its 95 % interval; None where the load jumped."""


class WatchedGroup(msgspec.Struct, frozen=True):
    """A group whose signals have charts of their own."""

    what: str
    name: str
    of: int
    """Its wishes that ended."""
    can_alarm: bool
    """Whether there would have been an alarm had every one of its wishes been refused; if not, no episode says nothing."""


class SparedGroup(msgspec.Struct, frozen=True, kw_only=True):
    """A group that was not hit by the first episode of all wishes with a signal, by more than chance."""

    signal: str
    what: str
    name: str
    second: int
    """The onset of that episode."""
    turned_away: int
    of: int
    """The group's wishes with the signal, and all that ended in that episode."""
    others_turned_away: int
    others_of: int


class GroupsReport(msgspec.Struct, frozen=True, kw_only=True):
    """What the charts of groups of shoppers say."""

    episodes: list[GroupEpisode] = []
    """In the order of their onsets."""
    spared: list[SparedGroup] = []
    watched: list[WatchedGroup] = []
    """The groups that have charts; none where all wishes are of one group."""
    left_out: int = 0
    """Groups without charts, since there are more than 32 of a kind."""
    sentences: list[str] = []
    """What differs from all shoppers together."""
    why_not: str = ""
    """Why no group could be told apart; empty when they were."""


class Whole(NamedTuple):
    """An episode of all wishes, as far as one of a group is compared with it."""

    signal: str
    second: int
    set_first: int
    set_last: int
    alarm: int
    end: int | None


@dataclass(frozen=True, slots=True)
class Group:
    """The wishes of a group by intended second."""

    what: str
    name: str
    ended: Counts
    signals: dict[str, Counts]


def watch_groups(
    orders: Orders, evidence: Evidence, of_all: Sequence[Whole], *, planned_s: int, tolerated_share: float
) -> GroupsReport:
    """Chart and date every signal of every group over the analysed seconds; ``of_all`` are the episodes of all wishes."""
    every = np.ones(len(orders.kinds), dtype=bool)
    told = int(orders.by_second(every, evidence.seconds)[: evidence.seconds].sum())
    ended = int(evidence.ended.sum())
    if not told or told < ENOUGH_ROWS * ended:
        return GroupsReport(
            why_not=f"only purchase rows tell groups of shoppers apart, and there are {told:,} of {ended:,} wishes that ended"
        )
    groups, left_out = groups_of(orders, evidence.seconds)
    if not groups:
        return GroupsReport()
    rule = Rule(
        tolerated_share, planned_s, len(groups) * len(DISTINCT), evidence.warm_up_s, alpha=(1 - OF_ALL) * FALSE_ALARM
    )
    episodes = [one for group in groups for one in _episodes(group, evidence, rule, of_all)]
    return GroupsReport(
        episodes=sorted(episodes, key=lambda one: (one.second, -one.turned_away / max(1, one.of), one.name)),
        spared=list(_spared(groups, episodes, of_all, tolerated_share)),
        watched=[
            WatchedGroup(one.what, one.name, int(one.ended.sum()), bool(scan(one.ended, one.ended, rule).excursions))
            for one in groups
        ],
        left_out=left_out,
    )


def groups_of(orders: Orders, seconds: int) -> tuple[list[Group], int]:
    """The largest groups of each grouping that has several, and how many others there are; a kind of order belongs to one of each."""
    kinds = orders.kinds
    bits = sum((shows(kinds, signal).astype(np.int64) << bit for bit, signal in enumerate(DISTINCT)), np.int64(0))
    patterns, pattern = np.unique(bits, return_inverse=True)
    of = counted(orders.kind, len(kinds))
    found, left_out = [], 0
    for grouping in GROUPINGS:
        place, names = pd.factorize(np.asarray(grouping.names(kinds), dtype=object), sort=True)
        if len(names) == 1:
            continue
        sizes = counted(place, len(names), weights=of)
        kept = np.sort(np.argsort(-sizes, kind="stable")[:MOST_GROUPS])
        left_out += len(names) - len(kept)
        row_of = np.full(len(names), len(kept))
        row_of[kept] = np.arange(len(kept))
        label = row_of[place] * len(patterns) + pattern
        counts = orders.by_second_and_label(label, (len(kept) + 1) * len(patterns), seconds)[:, :seconds]
        for row, name in enumerate(names[kept]):
            own = counts[row * len(patterns) : (row + 1) * len(patterns)]
            signals = {signal: own[patterns >> bit & 1 == 1].sum(axis=0) for bit, signal in enumerate(DISTINCT)}
            found.append(Group(grouping.what, str(name), own.sum(axis=0), signals))
    return found, left_out


def _episodes(group: Group, evidence: Evidence, rule: Rule, of_all: Sequence[Whole]) -> Iterator[GroupEpisode]:
    """Counts but those of the load are the group's own."""
    own = replace(evidence, signals=group.signals, ended=group.ended)
    for signal, counts in group.signals.items():
        excursions = scan(counts, group.ended, rule).excursions
        same = [one for one in of_all if one.signal == signal]
        for excursion in excursions:
            span = date_episode(own, rule, signal, excursion, excursions[0].alarm)
            yield _episode(group, evidence, signal, excursion, span, same)


def _episode(
    group: Group, evidence: Evidence, signal: str, excursion: Excursion, span: Span, same: Sequence[Whole]
) -> GroupEpisode:  # fmt: skip
    onset, hinge = span.rise.second, span.rise.hinge
    offered = [evidence.offered_at(second) for second in range(span.rise.first, span.rise.last + 1)]
    whole = Whole(signal, onset, span.rise.first, span.rise.last, excursion.alarm, span.end)
    return GroupEpisode(
        signal=signal,
        what=group.what,
        name=group.name,
        second=onset,
        set_first=whole.set_first,
        set_last=whole.set_last,
        alarm=whole.alarm,
        end=whole.end,
        turned_away=int(group.signals[signal][span.inside].sum()),
        of=int(group.ended[span.inside].sum()),
        all_turned_away=int(evidence.signals[signal][span.inside].sum()),
        all_of=int(evidence.ended[span.inside].sum()),
        beside=beside(whole, same),
        offered_per_s=evidence.offered_at(onset),
        offered_low=min(offered),
        offered_high=max(offered),
        calm_per_s=evidence.calm_before(excursion.floor, onset),
        first_throttle_per_s=None if hinge is None else hinge.first_throttle_per_s,
        first_throttle_low=None if hinge is None else hinge.low,
        first_throttle_high=None if hinge is None else hinge.high,
    )


def beside(one: Whole, of_all: Sequence[Whole]) -> str:
    """How an episode lies beside those of all wishes with its signal.

    Only an alarm that stood before the other could have begun makes it earlier or later: sets of few seconds miss each other
    by chance.
    """
    meanwhile = [each for each in of_all if _meet(one, each)]
    if not meanwhile:
        return ALONE
    if any(one.alarm >= each.set_first and each.alarm >= one.set_first for each in meanwhile):
        return WITH_ALL
    return EARLIER if one.alarm < meanwhile[0].set_first else LATER


def _spared(
    groups: Sequence[Group], episodes: Sequence[GroupEpisode], of_all: Sequence[Whole], tolerated_share: float
) -> Iterator[SparedGroup]:
    """Groups without an episode while all shoppers had their first one, of which fewer were hit than chance explains."""
    begun = {one.signal: one for one in reversed(of_all) if one.signal in DISTINCT}
    for (signal, whole), grouping in product(begun.items(), GROUPINGS):
        tallies = [_tally(one, signal, whole) for one in groups if one.what == grouping.what]
        hit = {one.name for one in episodes if (one.what, one.signal) == (grouping.what, signal) and _meet(one, whole)}
        spared = [
            one
            for one in tallies
            if one.name not in hit and _is_spared(one, _others(tallies, [one]), tolerated_share, len(groups))
        ]
        others = _others(tallies, spared)
        for one in spared:
            yield SparedGroup(
                signal=signal, what=grouping.what, name=one.name, second=whole.second,
                turned_away=one.bad, of=one.n, others_turned_away=others.bad, others_of=others.n,
            )  # fmt: skip


class _Tally(NamedTuple):
    """How many of a group's wishes were hit in an episode, of how many."""

    name: str
    bad: int
    n: int


def _tally(group: Group, signal: str, whole: Whole) -> _Tally:
    inside = slice(whole.second, whole.end)
    return _Tally(group.name, int(group.signals[signal][inside].sum()), int(group.ended[inside].sum()))


def _others(tallies: Sequence[_Tally], some: Sequence[_Tally]) -> _Tally:
    rest = [one for one in tallies if one not in some]
    return _Tally("", sum(one.bad for one in rest), sum(one.n for one in rest))


def _is_spared(one: _Tally, others: _Tally, tolerated_share: float, groups: int) -> bool:
    """Of n wishes with k hits, others being hit with share q: P(X <= k | n, q) is at most .01 over the number of groups, and
    P(X >= k | n, tolerated) is more than .01.
    """
    few = bool(others.n) and binom.cdf(one.bad, one.n, others.bad / others.n) <= CHANCE / groups
    return few and bool(binom.sf(one.bad - 1, one.n, tolerated_share) > CHANCE)


def _meet(one: GroupEpisode | Whole, other: Whole) -> bool:
    """Whether both episodes go on in some second."""
    return (other.end is None or one.second < other.end) and (one.end is None or other.second < one.end)
