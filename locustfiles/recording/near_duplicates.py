"""Which of the texts that are remembered is nearly the same as a new one.

    J(a, b) = |A & B| / |A | B|  over the sets of character 3-grams; nearly the same: J >= .8, and J >= .6 below 40 characters

One changed character in a text of L gives J = (L - 5) / (L + 1), so a busy line of 20 characters needs the lower bound. Candidates
come from a prefix filter, which by itself misses no pair: with the grams of every text in one order, sets of a and b grams with J >= t share
one of the first a - ceil(t a) + 1 and b - ceil(t b) + 1. The order is that of the grams' hashes, which spreads them.

Sources: Broder 1997 (resemblance); Chaudhuri, Ganti, Kaushik 2006 and Bayardo, Ma, Srikant 2007 (prefix filter). This module must
not know what the texts are.
"""

import math
from collections import Counter, OrderedDict, defaultdict
from itertools import chain

import numpy as np

MAX_CHARACTERS = 400
"""Of a text, that are compared."""
SHORT_GRAMS = 38
"""The 3-grams of 40 characters: below, the lower bound holds."""
NEAR, NEAR_WHEN_SHORT = 0.8, 0.6
MOST_CANDIDATES = 16
"""Compared at most, those first that share most of the prefix: a bound for texts that are all somewhat alike."""
_MIX = np.array([0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D, 0x27D4EB2F], dtype=np.uint32)
"""Odd constants (those of xxHash, Collet 2012) that spread three code points over 32 bits."""
Grams = frozenset[int]


def grams(text: str) -> Grams:
    """Hashes of the character 3-grams of a text's beginning; of a shorter text its own."""
    marks = np.frombuffer(text[:MAX_CHARACTERS].ljust(3, "\0").encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    mixed = (marks[:-2] * _MIX[0]) ^ (marks[1:-1] * _MIX[1]) ^ (marks[2:] * _MIX[2])
    return frozenset((mixed * _MIX[3]).tolist())


def jaccard(one: Grams, other: Grams) -> float:
    """|A & B| / |A | B|; neither set is empty."""
    both = len(one & other)
    return both / (len(one) + len(other) - both)


class NearDuplicates:
    """Groups texts: each belongs to one that is nearly the same, or founds a group of its own."""

    def __init__(self, most: int) -> None:
        """Remember at most ``most`` founders; the one that was longest of no use is forgotten first."""
        self._most = most
        self._founders: OrderedDict[int, Grams] = OrderedDict()
        self._holders: defaultdict[int, dict[int, None]] = defaultdict(dict)

    def group(self, key: int, text: str) -> int:
        """The key of the founder of this text's group; ``key`` itself when the text founds one."""
        if key in self._founders:
            self._founders.move_to_end(key)
            return key
        own = grams(text)
        prefix = _prefix(own)
        found = self._nearest(own, prefix)
        if found is not None:
            self._founders.move_to_end(found)
            return found
        self._founders[key] = own
        for gram in prefix:
            self._holders[gram][key] = None
        while len(self._founders) > self._most:
            self._forget(*self._founders.popitem(last=False))
        return key

    def find(self, text: str) -> int | None:
        """The founder's key of the group that the text belongs to, None when there is none; nothing is founded."""
        own = grams(text)
        return self._nearest(own, _prefix(own))

    def _nearest(self, own: Grams, prefix: list[int]) -> int | None:
        shared = Counter(chain.from_iterable(self._holders[gram] for gram in prefix if gram in self._holders))
        for key, _ in shared.most_common(MOST_CANDIDATES):
            theirs = self._founders[key]
            few, many = (len(own), len(theirs)) if len(own) < len(theirs) else (len(theirs), len(own))
            least = _least(few)
            if few >= least * many and jaccard(own, theirs) >= least:  # J is at most few / many
                return key
        return None

    def _forget(self, key: int, own: Grams) -> None:
        for gram in _prefix(own):
            holders = self._holders[gram]
            holders.pop(key, None)
            if not holders:
                del self._holders[gram]


def _least(size: float) -> float:
    return NEAR_WHEN_SHORT if size < SHORT_GRAMS else NEAR


def _prefix(own: Grams) -> list[int]:
    """The grams of which a near duplicate must have one: with the lower bound where the smaller of a pair may be short."""
    least = _least(NEAR_WHEN_SHORT * len(own))
    return sorted(own)[: len(own) - math.ceil(least * len(own)) + 1]
