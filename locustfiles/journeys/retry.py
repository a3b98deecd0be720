"""What a refused shopper does next: leaves, waits as told, backs off as the SDKs do, or hammers.

A policy is a pure function of the attempt's number and of what was said; the random number is an argument. Whether a step may
be repeated at all is the journey's decision, not the policy's.
"""

from enum import StrEnum

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
