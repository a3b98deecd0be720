"""When the events of an answer go out: pure functions from events and a placement to instants.

The head of the answer goes when a server is free, the first token after the prefill, the last byte at the service's end, so that
time to first token and inter-token time scale with the service.
"""

import random
from collections.abc import Sequence
from itertools import accumulate
from typing import Final, Literal

from target_stub.capacity.service_time import PREFILL_SHARE
from target_stub.capacity.station import Placement
from target_stub.clock import NS_PER_S

Pace = Literal["bursts", "tokens"]
Moments = list[tuple[int, bytes]]
_BURSTS: Final = 5  # wake-ups an answer: enough to show a pace to the client, few enough to serve hundreds a second


def in_bursts(events: Sequence[bytes], placement: Placement) -> Moments:
    """Return the events in bursts with their instants in nanoseconds: the first at the start, the last at the end."""
    first, rest = events[0], events[1:]
    moments = [(placement.start_ns, first)]
    token_ns = placement.start_ns + round((placement.end_ns - placement.start_ns) * PREFILL_SHARE)
    bursts = min(_BURSTS, len(rest))
    for burst in range(bursts):
        data = b"".join(rest[burst * len(rest) // bursts : (burst + 1) * len(rest) // bursts])
        at_ns = placement.end_ns if bursts == 1 else token_ns + (placement.end_ns - token_ns) * burst // (bursts - 1)
        moments.append((at_ns, data))
    return moments


def by_token(
    events: Sequence[bytes],
    placement: Placement,
    *,
    completion_tokens: int,
    tokens_per_s: float | None,
    gap_cv: float,
    rng: random.Random,
) -> Moments:
    """Return every event with an instant of its own: the first at the start, the last at the end.

    The tokens after the first take ``completion_tokens / tokens_per_s``, at most the service time; without a rate they take what
    the prefill leaves. Gaps are gamma distributed with this coefficient of variation and stretched to that time: real servers
    emit at a steady step with the jitter of their batches.
    """
    first, rest = events[0], events[1:]
    if not rest:
        return [(placement.end_ns, first)]
    service_ns = placement.end_ns - placement.start_ns
    decode_ns = round(service_ns * (1 - PREFILL_SHARE))
    if tokens_per_s is not None:
        decode_ns = min(service_ns, round(completion_tokens / tokens_per_s * NS_PER_S))
    steps = [1.0] * (len(rest) - 1) if gap_cv == 0 else [rng.gammavariate(gap_cv**-2, 1.0) for _ in rest[1:]]
    total = sum(steps) or 1.0
    begin_ns = placement.end_ns - (decode_ns if steps else 0)
    offsets = [0.0, *accumulate(steps)]
    moments = [(begin_ns + round(decode_ns * offset / total), data) for offset, data in zip(offsets, rest, strict=True)]
    return [(placement.start_ns, first), *moments[:-1], (placement.end_ns, moments[-1][1])]
