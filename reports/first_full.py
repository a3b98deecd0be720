"""Which episode shows first that a target was full, and which step said so.

A target that is full says no, tells shoppers to wait, or leaves them without an answer. Faults have other causes than load, too: they
count before anything else only where the load was higher than what had been borne. This module must not know queues (``queueing``).
"""

import math
from dataclasses import dataclass

import msgspec

from reports.onset_cohorts import OUTCOMES
from reports.onset_evidence import QUEUED, REFUSED, SHED, Evidence
from reports.onset_load import WINDOW_S, borne_per_s
from reports.throttle_onset import Episode, OnsetReport
from reports.timeline import Timeline

BY_QUEUE, BY_REFUSALS, BY_ROOM, BY_FAULTS = "queue", "refusals", "waiting room", "faults"
"""How a full station shows: ``SaturationReport.first_by``."""
BY_SIGNAL = {REFUSED: BY_REFUSALS, QUEUED: BY_ROOM, SHED: BY_FAULTS}
_CHANCE = 1e-9


class FirstFull(msgspec.Struct, frozen=True):
    """The first episode of an overload."""

    episode: Episode
    by: str
    """``refusals``, ``waiting room`` or ``faults``."""
    was_borne: bool
    """Whether the load of an episode of faults was no higher than one that had been borne before; nothing then says that load caused them."""


@dataclass(frozen=True, slots=True)
class Station:
    """The step that said most often in an episode that it was full, and its most frequent reason."""

    step: str
    reason: str


def first_full(onset: OnsetReport, evidence: Evidence) -> FirstFull | None:
    """The earliest episode that load explains; where there is none, the earliest of faults; None without either."""
    signs = [one for one in onset.episodes if one.signal in BY_SIGNAL]
    found = [FirstFull(one, BY_SIGNAL[one.signal], one.signal == SHED and _was_borne(one, evidence)) for one in signs]
    return next((one for one in found if not one.was_borne), found[0] if found else None)


def _was_borne(episode: Episode, evidence: Evidence) -> bool:
    """Of a run that began with faults nothing is known to be borne, and nothing says that load brought them."""
    began = episode.second
    borne = borne_per_s(evidence.offered, evidence.jumps, began)
    until = min(began + WINDOW_S, evidence.seconds if episode.end is None else episode.end)
    return not borne or float(evidence.offered[began:until].mean()) <= borne * (1 + _CHANCE)


def station_of(timeline: Timeline, episode: Episode) -> Station | None:
    """Of the requests of the episode's seconds; None when the record names no step of it."""
    until = math.inf if episode.end is None else episode.end
    rows = timeline.outcomes
    rows = rows[rows["outcome"].isin(OUTCOMES[episode.signal]) & rows["step"].isin(timeline.steps)]
    rows = rows[(rows["second"] >= episode.second) & (rows["second"] < until)]
    if not len(rows):
        return None
    step = str(rows.groupby("step")["n"].sum().idxmax())
    reasons = rows[rows["step"] == step].groupby("reason")["n"].sum()
    return Station(step, str(reasons.idxmax()))
