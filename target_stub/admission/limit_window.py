"""One sample made of all of a stretch of time, so that a limit moves once per stretch and not once per answer.

As Netflix's WindowedLimit: a limit that moves with every answer has moved a hundred times before the first answer shows what
the first move did, and swings. The window's sample has the mean round-trip time, the most in flight, and whether
anything was dropped.
"""

from typing import Final

import msgspec

from target_stub.admission.limits import FixedLimit, Limit, NoLimit, Sample
from target_stub.clock import NS_PER_MS

_SAMPLES_MIN: Final = 10  # a window with fewer says nothing


class Window(msgspec.Struct, frozen=True, gc=False):
    """What was seen since the last move, and when the next may be."""

    ends_ns: int = 0
    samples: int = 0
    rtt_sum_ns: int = 0
    in_flight: int = 0
    dropped: bool = False


def gathered(rule: Limit, window: Window, sample: Sample, now_ns: int) -> tuple[Window, Sample | None]:
    """Return the window after one more sample, and the sample that the limit is to see now, if any."""
    if isinstance(rule, NoLimit | FixedLimit) or not rule.window_ms:
        return window, sample
    # A full queue gives no round trip: it counts as a drop and leaves the mean alone.
    samples = window.samples + (sample.rtt_ns > 0)
    rtt_sum_ns = window.rtt_sum_ns + sample.rtt_ns
    in_flight, dropped = max(window.in_flight, sample.in_flight), window.dropped or sample.dropped
    if now_ns <= window.ends_ns:
        return Window(window.ends_ns, samples, rtt_sum_ns, in_flight, dropped), None
    begun = Window(now_ns + round(rule.window_ms * NS_PER_MS))
    if samples < _SAMPLES_MIN:
        return begun, None
    return begun, Sample(rtt_sum_ns // samples, in_flight, dropped)
