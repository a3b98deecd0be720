"""What a refused shopper does next: leaves, waits as told, backs off as the SDKs do, or hammers; and how many do which.

A policy is a pure function of the attempt's number and of what was said; the random number is an argument. Whether a step may
be repeated at all is the journey's decision, not the policy's.
"""

import math
from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b

SDK_RETRIES = 2
SDK_FIRST_DELAY_S = 0.5
SDK_LONGEST_DELAY_S = 8.0
SDK_JITTER_SHARE = 0.25
SDK_RETRY_AFTER_MAX_S = 60.0
"""Figures of openai-python: 2 retries, min(0.5 * 2^n, 8) s less up to a quarter, Retry-After obeyed up to a minute."""
OBEY_RETRIES = 5
HAMMER_RETRIES = 10
HAMMER_DELAY_S = 0.2
"""A shopper who taps again and again: five taps a second, ten times."""
_ROUNDING = 1e-9


class RetryPolicy(StrEnum):
    """What a refused shopper does."""

    LEAVE = "leave"
    OBEY = "obey"
    SDK = "sdk"
    HAMMER = "hammer"


def most_retries(policy: RetryPolicy) -> int:
    """How often a policy retries one step at most."""
    retries = {RetryPolicy.LEAVE: 0, RetryPolicy.OBEY: OBEY_RETRIES, RetryPolicy.SDK: SDK_RETRIES}
    return retries.get(policy, HAMMER_RETRIES)


def delay_before_retry_s(
    policy: RetryPolicy, *, retries_done: int, retry_after_s: float | None, draw: float
) -> float | None:
    """Seconds to wait before the next attempt, None = the shopper leaves.

    ``retries_done`` counts the retries of this step so far, ``retry_after_s`` is what the target asked for, ``draw`` is
    uniform in [0, 1).
    """
    match policy:
        case RetryPolicy.LEAVE:
            return None
        case RetryPolicy.OBEY:
            return retry_after_s if retry_after_s is not None and retries_done < OBEY_RETRIES else None
        case RetryPolicy.SDK:
            if retries_done >= SDK_RETRIES:
                return None
            if retry_after_s is not None and 0 < retry_after_s <= SDK_RETRY_AFTER_MAX_S:
                return retry_after_s
            delay_s: float = min(SDK_FIRST_DELAY_S * 2.0**retries_done, SDK_LONGEST_DELAY_S)
            return delay_s * (1 - SDK_JITTER_SHARE * draw)
        case RetryPolicy.HAMMER:
            return HAMMER_DELAY_S if retries_done < HAMMER_RETRIES else None


@dataclass(frozen=True, slots=True)
class RetryMix:
    """Shoppers of several kinds: (policy, share of the shoppers), each policy at most once, shares above 0 that add up to 1."""

    shares: tuple[tuple[RetryPolicy, float], ...]

    @classmethod
    def parse(cls, text: str) -> "RetryMix":
        """The mix of a text such as ``leave:0.6,sdk:0.3,hammer:0.1``, or of one name alone; ValueError with a sentence."""
        if ":" not in text:
            return sole(_policy(text.strip()))
        shares: dict[RetryPolicy, float] = {}
        for part in text.split(","):
            name, _, share = (word.strip() for word in part.partition(":"))
            policy = _policy(name)
            if policy in shares:
                raise ValueError(f"{name!r} is there twice; give each policy one share.")
            shares[policy] = _share(name, share)
        total = math.fsum(shares.values())
        if not math.isclose(total, 1.0, abs_tol=_ROUNDING):
            raise ValueError(f"The shares add up to {total:.6g}; make them add up to 1.")
        return cls(tuple((policy, shares[policy]) for policy in RetryPolicy if policy in shares))

    @property
    def most_retries(self) -> int:
        """How often anybody retries one step at most."""
        return max(most_retries(policy) for policy, _ in self.shares)

    def policy_of(self, seed: int, index: int) -> RetryPolicy:
        """What the shopper of arrival ``index`` does: a function of mix, seed and index, so the same on every worker."""
        key = blake2b(f"{seed}/{index}".encode(), digest_size=8, person=b"springtide-retry")
        point = int.from_bytes(key.digest(), "little") / 2**64
        for policy, share in self.shares:
            point -= share
            if point < 0:
                return policy
        return self.shares[-1][0]


def sole(policy: RetryPolicy) -> RetryMix:
    """Shoppers who all do the same."""
    return RetryMix(((policy, 1.0),))


def _policy(name: str) -> RetryPolicy:
    if name not in set(RetryPolicy):
        raise ValueError(f"There is no policy {name!r}; there are {', '.join(RetryPolicy)}.")
    return RetryPolicy(name)


def _share(name: str, text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = math.nan
    if not 0 < share <= 1:
        raise ValueError(f"{name!r} has the share {text!r}; give a number above 0 that is at most 1.")
    return share
