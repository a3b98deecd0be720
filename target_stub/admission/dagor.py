"""WeChat's DAGOR: under overload, admission is cut by priority, and the same shoppers stay out together.

A request's level is its pair of business and user priority, the smaller the more important. Requests up to the admission
level come in. Each window, the mean time in the queue says whether the server is overloaded, and a histogram of the
window's levels says how far to move the cut (incident sheet 4.2; algorithm after the paper, SoCC '18).
"""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from target_stub.admission.arrival import SOON_S, YES, Arrival, No, Step, Yes
from target_stub.clock import NS_PER_MS, NS_PER_S

USER_LEVELS: Final = 128
# The nearer to an order, the more work would be wasted by a no.
BUSINESS: Final[dict[Step, int]] = {"payment": 0, "checkout": 1, "card": 2, "chat": 3}
LEVELS: Final = len(BUSINESS) * USER_LEVELS
_HOUR_NS: Final = 3600 * NS_PER_S
_REFUSED: Final = No("priority", SOON_S)


class Dagor(msgspec.Struct, frozen=True, tag="dagor", tag_field="kind", forbid_unknown_fields=True):
    """Overloaded when the mean queueing time of a window is above the threshold: the next admits (1 - alpha) as many.

    Otherwise (1 + beta) as many. A window ends after `window_s` or after `window_requests` requests.
    """

    threshold_ms: Annotated[float, Meta(gt=0, le=600_000)] = 20.0
    window_s: Annotated[float, Meta(gt=0, le=3600)] = 1.0
    window_requests: Annotated[int, Meta(ge=1, le=1_000_000)] = 2000
    alpha: Annotated[float, Meta(gt=0, lt=1)] = 0.05
    beta: Annotated[float, Meta(gt=0, le=1)] = 0.01


def level_of(arrival: Arrival, unix_ns: int) -> int:
    """Return the priority of a request, 0 first; a shopper keeps it for an hour of the wall clock, whatever they ask for.

    It is drawn by hash of shopper and hour, so that every server draws the same; who does not say their name is last.
    """
    user = USER_LEVELS - 1
    if arrival.shopper_id:
        drawn = blake2b(f"{unix_ns // _HOUR_NS}/{arrival.shopper_id}".encode(), digest_size=2).digest()
        user = int.from_bytes(drawn) % USER_LEVELS
    return BUSINESS[arrival.step] * USER_LEVELS + user


def next_cut(rule: Dagor, cut: int, histogram: Sequence[int], *, overloaded: bool) -> int:
    """Return the admission level of the next window, from the window's arrivals by level; at least 0.

    Overloaded: the highest level up to which at most (1 - alpha) as many came as were admitted. Otherwise the lowest
    up to which (1 + beta) as many came, at least one more.
    """
    admitted = sum(histogram[: cut + 1])
    total = 0
    if overloaded:
        for level in range(cut + 1):
            total += histogram[level]
            if total > (1 - rule.alpha) * admitted:
                return max(0, level - 1)
        return cut
    wanted = max(admitted + 1, (1 + rule.beta) * admitted)
    for level, came in enumerate(histogram):
        total += came
        if total >= wanted:
            return level
    return len(histogram) - 1


class DagorGate:
    """The cut in force and the window that will move it."""

    def __init__(self, rule: Dagor, now_ns: int) -> None:
        self.rule = rule
        self.cut = LEVELS - 1
        self._begin_window(now_ns)

    def _begin_window(self, now_ns: int) -> None:
        self._since_ns = now_ns
        self._histogram = [0] * LEVELS
        self._requests = 0
        self._waits = 0
        self._waited_ns = 0

    def switch(self, rule: Dagor) -> None:
        """Go on from the present cut under other parameters."""
        self.rule = rule

    def ask(self, arrival: Arrival, now_ns: int, unix_ns: int) -> Yes | No:
        """Decide by the cut, and count."""
        self._roll(now_ns)
        level = level_of(arrival, unix_ns)
        self._histogram[level] += 1
        self._requests += 1
        return YES if level <= self.cut else _REFUSED

    def queued(self, wait_ns: int, now_ns: int) -> None:
        """Count a request that waited so long and begins to be served at `now_ns`, or is dropped then."""
        self._roll(now_ns)
        self._waits += 1
        self._waited_ns += wait_ns

    def _roll(self, now_ns: int) -> None:
        rule = self.rule
        if self._requests < rule.window_requests and now_ns - self._since_ns < rule.window_s * NS_PER_S:
            return
        overloaded = self._waited_ns > rule.threshold_ms * NS_PER_MS * self._waits
        self.cut = next_cut(rule, self.cut, self._histogram, overloaded=overloaded)
        self._begin_window(now_ns)
