"""How many shoppers a run needs, and how many this system can hold.

A shopper in flight holds a connection to each origin, and so open files. This module must not know Locust's runners.
"""

import math
import resource

from locustfiles.arrivals.rate_curve import RateCurve
from locustfiles.journeys.retry import RetryMix
from locustfiles.target.target import Waits

A_FEW = 5
SPARE_FILES = 256
"""Open files that a generating process needs beside its connections."""
MOST_UNASKED = 50_000
"""Shoppers that a run starts without being told ``-u``; so many cost half a gigabyte."""


def most_in_flight(curve: RateCurve, longest_s: float, burstiness: float = 1.0) -> int:
    """The most wishes that can be in flight when none lasts longer than ``longest_s``: a bound of the busiest window.

    max over t of R(t + longest) - R(t), plus four standard deviations, sqrt(burstiness x mean) each, and a few bursts, since a small
    random number strays further than its deviation says. Below burstiness 1 the bound is Poisson's. A window that starts within a second lies in the one that is a second longer and starts with it.
    """
    starts = range(math.ceil(curve.duration_s))
    busiest = max(curve.expected(t + 1 + longest_s) - curve.expected(t) for t in starts)
    burst = max(1.0, burstiness)
    return math.ceil(busiest + 4 * math.sqrt(busiest * burst) + A_FEW * burst)


def patience_with(patience_s: float, waits: Waits | None) -> float:
    """The patience that a target file's deadlines amount to: an answer may take twice as long in all as its first byte may."""
    if waits is None:
        return patience_s
    return max(waits.first_byte_s or patience_s, (waits.total_s or 2 * patience_s) / 2)


def longest_wish_s(patience_s: float, retry: RetryMix) -> float:
    """The longest that one wish is expected to last: every attempt of its chat until the shopper's patience ends, and the rest."""
    return patience_s * (1 + retry.most_retries) + patience_s / 2


def crowd_mistake(needed: int, asked: int | None, *, origins: int, processes: int, longest_s: float) -> str:
    """The sentence when a run needs or is given more shoppers than it may have; "" when they are not too many.

    ``asked`` is what ``-u`` says, None when it says nothing; ``processes`` share the shoppers evenly.
    """
    shoppers = needed if asked is None else asked
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    room = math.inf if limit == resource.RLIM_INFINITY else (limit - SPARE_FILES) // origins * processes
    files = "as many files as it likes" if limit == resource.RLIM_INFINITY else f"{limit:,} files (ulimit -Hn)"
    if asked is None and shoppers > min(MOST_UNASKED, room):
        return (
            f"Without -u this run starts {shoppers:,} shoppers, enough for every wish of the busiest {longest_s:g} s, but it starts "
            f"{MOST_UNASKED:,} at most unasked and a process may open {files}; say with -u how many there are, or lower the rate."
        )
    if shoppers > room:
        return (
            f"-u {shoppers}: each shopper needs {origins} open file{'s' if origins > 1 else ''}, but a process may open "
            f"{files}; give a smaller -u, or more --processes."
        )
    return ""
