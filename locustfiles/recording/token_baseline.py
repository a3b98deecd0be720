"""How many output tokens good replies to a turn have, and when answers without progress collapse below that.

    collapse = output tokens < the first percentile of the good replies, of at least 1,000,
               told to five shoppers with different baskets within a minute, and to one in twenty of those who asked

One short answer is no sign: of good replies one in a hundred is as short, and a model has its weak moments. That is why the share is asked
for as well. A reply whose usage tells no tokens takes no part. This module must not know texts.
"""

from array import array
from collections import OrderedDict, deque
from collections.abc import Hashable

LEAST_GOOD = 1_000
"""Good replies without which there is no baseline: ten of them lie below the first percentile."""
PERCENTILE = 0.01
LEAST_SHARE = 0.05
MAX_TOKENS = 4_096
"""Longer replies count as so long."""
_ASKED_AGAIN_EVERY = 256
"""Good replies after which the percentile is worked out anew."""


class TokenBaseline:
    """Token counts of good replies, and who got less of late; bounded in memory, the clock is an argument."""

    def __init__(self, window_s: float, shoppers: int) -> None:
        self._window_s = window_s
        self._shoppers = shoppers
        self._counts = array("q", bytes(8 * (MAX_TOKENS + 1)))
        self._good = 0
        self.least_tokens = 0
        """The first percentile of the good replies; 0 while there are too few."""
        self._told: deque[tuple[int, int, int]] = deque()
        """Whole second, replies that tell their tokens, and those of them that collapsed."""
        self._short: OrderedDict[Hashable, tuple[str, float]] = OrderedDict()

    def learn(self, tokens: int | None, *, at_s: float) -> None:
        """Take in a reply that made progress."""
        if tokens is None or tokens < 0:
            return
        self._counts[min(tokens, MAX_TOKENS)] += 1
        self._good += 1
        if self._good >= LEAST_GOOD and (self._good == LEAST_GOOD or not self._good % _ASKED_AGAIN_EVERY):
            self.least_tokens = self._percentile()
        self._count(at_s, has_collapsed=False)

    def note(self, tokens: int | None, *, shopper: str, basket: frozenset[tuple[str, int]], at_s: float) -> bool:
        """Take in a reply without progress; whether it is part of a collapse by now."""
        if tokens is None or not self.least_tokens:
            return False
        is_short = tokens < self.least_tokens
        self._count(at_s, has_collapsed=is_short)
        if not is_short:
            return False
        self._short.pop(basket, None)
        self._short[basket] = (shopper, at_s)
        while len(self._short) > 2 * self._shoppers:
            self._short.popitem(last=False)
        recent = [name for name, seen_s in self._short.values() if at_s - seen_s <= self._window_s]
        is_crowd = len(recent) >= self._shoppers and len(set(recent)) >= self._shoppers
        return is_crowd and self._share() >= LEAST_SHARE

    def _count(self, at_s: float, *, has_collapsed: bool) -> None:
        second = int(at_s)
        if self._told and self._told[-1][0] >= second:
            last, n, collapsed = self._told.pop()
        else:
            last, n, collapsed = second, 0, 0
        self._told.append((last, n + 1, collapsed + has_collapsed))
        while self._told[0][0] <= last - self._window_s:
            self._told.popleft()

    def _share(self) -> float:
        return sum(one[2] for one in self._told) / sum(one[1] for one in self._told)

    def _percentile(self) -> int:
        """The smallest number of tokens with at least one hundredth of the good replies at or below it."""
        below = 0
        for tokens, n in enumerate(self._counts):
            below += n
            if below >= PERCENTILE * self._good:
                return tokens
        return MAX_TOKENS
