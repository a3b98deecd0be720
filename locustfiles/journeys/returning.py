"""Which wishes are by a shopper who has wished before: with a given probability, by the shopper of one of the arrivals before.

Each of them is as likely, so whoever has come often comes often again (H. A. Simon's model, Biometrika 42, 1955): of n wishes the
first shopper makes about n to the power of the share. Who comes when is a function of (seed, index), so it is the same on
any number of workers, and they need not speak of it. "Before" is in the order of the arrivals' numbers: an earlier wish may be under way
still, or have been dropped, and in the closed model, which numbers thoughts as they begin, one with a longer thought comes later.
"""

from dataclasses import dataclass
from hashlib import blake2b

_HASH = blake2b(digest_size=16, person=b"springtide-again")
_DRAWS = 2**64


@dataclass(frozen=True, slots=True)
class Returning:
    """Whose wish each arrival is. ``share`` is the probability that a wish is by a returning shopper, from 0 to less than 1."""

    share: float
    seed: int

    def first(self, index: int) -> int:
        """The arrival with which the shopper of arrival ``index`` came first: ``index`` itself when the shopper is new."""
        limit = self.share * _DRAWS
        while index and limit:
            hashed = _HASH.copy()
            hashed.update(f"{self.seed}/{index}".encode())
            place, chance = divmod(int.from_bytes(hashed.digest(), "little"), _DRAWS)
            if chance >= limit:
                break
            index = place % index
        return index
