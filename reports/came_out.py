"""How many good orders a second came out of a target that was full and did not refuse: of a queue, a waiting room, or beside faults.

Orders count in the second in which they *ended*: by the second in which they were wished, a target that queues seems to serve all
that is offered, until everybody has waited too long. This module must not know sentences.
"""

import math

import numpy as np
from numpy.typing import NDArray

from reports.first_full import BY_FAULTS, BY_QUEUE, BY_ROOM, FirstFull
from reports.onset_evidence import Evidence, good_kinds
from reports.onset_load import borne_per_s, settled
from reports.queueing import FEW, IN_A_ROW, TWICE, usual_seconds
from reports.saturation import Capacity, plateau, settled_capacity
from reports.throttle_onset import Episode
from reports.timeline import Timeline

Floats = NDArray[np.float64]


def came_out(
    timeline: Timeline, evidence: Evidence, by: str, found: FirstFull | None, within_s: float = math.inf
) -> Capacity | None:
    """Good orders per second, none later than ``within_s``, while the target was full ``by`` a queue, a waiting room or faults.

    None for anything else, and where too few seconds say it.
    """
    if by == BY_QUEUE:
        return _of_queue(timeline, evidence, within_s)
    if found is not None and by == BY_ROOM:
        held = _of_room(timeline, evidence, found.episode, within_s)
        return None if held is None or _is_less_than_borne(held, evidence, found.episode) else held
    if found is not None and by == BY_FAULTS and not found.was_borne:
        return _beside_faults(timeline, evidence, found.episode, within_s)
    return None


def left_the_room(timeline: Timeline, evidence: Evidence, found: FirstFull) -> bool:
    """Whether fewer orders came out of a waiting room than had been borne: shoppers left instead of coming back, and that is no capacity."""
    if found.by != BY_ROOM:
        return False
    held = _of_room(timeline, evidence, found.episode, math.inf)
    return held is not None and _is_less_than_borne(held, evidence, found.episode)


def _of_queue(timeline: Timeline, evidence: Evidence, within_s: float) -> Capacity | None:
    """In the seconds in which twice the usual wishes were in flight; the first of them are left out, since there the queue still fills."""
    in_flight = timeline.seconds["in_flight"].to_numpy(dtype=np.float64)
    usual = float(np.nanmedian(in_flight[usual_seconds(evidence.offered)]))
    standing = np.flatnonzero(in_flight > max(TWICE * usual, FEW))[IN_A_ROW:]
    return plateau(_finished(timeline, within_s)[standing])


def _of_room(timeline: Timeline, evidence: Evidence, episode: Episode, within_s: float) -> Capacity | None:
    """While it held people, but for the first seconds, in which those come out who were let in before."""
    return plateau(_finished(timeline, within_s)[episode.second + IN_A_ROW : _until(episode, evidence)])


def _is_less_than_borne(found: Capacity, evidence: Evidence, episode: Episode) -> bool:
    return not found.per_s or found.per_s < borne_per_s(evidence.offered, evidence.jumps, episode.second)


def _beside_faults(timeline: Timeline, evidence: Evidence, episode: Episode, within_s: float) -> Capacity | None:
    """Up to the end of the faults: what comes out after it was wished before."""
    length = evidence.seconds
    seconds = np.arange(length)
    keep = (seconds >= evidence.warm_up_s) & (seconds < _until(episode, evidence)) & (evidence.offered > 0)
    good = _finished(timeline, within_s)[:length]
    return settled_capacity(evidence.offered, good, keep, settled(evidence.jumps, length), timeline.manifest.seed)


def _until(episode: Episode, evidence: Evidence) -> int:
    """The first second after what is known of the episode."""
    if episode.end is not None:
        return episode.end
    return evidence.seconds if episode.last_seen is None else episode.last_seen + 1


def _finished(timeline: Timeline, within_s: float) -> Floats:
    """Good orders by the second in which they ended."""
    orders, ends = timeline.orders, timeline.purchase_ends
    good = good_kinds(orders.kinds)[orders.kind] & (orders.intent_us <= within_s * 1e6) & (ends >= 0)
    length = max(timeline.length_s, int(ends.max(initial=0)) + 1)
    return np.bincount(ends[good], minlength=length).astype(np.float64)
