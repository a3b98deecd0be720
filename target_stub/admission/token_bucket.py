"""A token bucket: pure functions of its rule, its level and an instant."""

from typing import Final

import msgspec

# One token in units of the level: with the rate in millionths of a token a second, `rate * ns` is in these units, so the
# level is exact in integers and no rounding lets one shopper too many in.
_TOKEN: Final = 1_000_000 * 1_000_000_000
_RATE_PER_S_MIN: Final = 1e-3
_RATE_PER_S_MAX: Final = 1e6
_BURST_S_MAX: Final = 3600.0


class TokenBucket(msgspec.Struct, frozen=True, tag="token-bucket", tag_field="kind", forbid_unknown_fields=True):
    """The rule of a token bucket: filled at `rate_per_s`, holding at most `burst_s` seconds' worth, at least one token.

    level = min(burst, level + rate * dt); a shopper gets in if level >= 1 and takes 1 with them. Over any stretch of
    dt seconds it admits at most burst + rate * dt. Raises ValueError for a rate or a burst out of bounds.
    """

    rate_per_s: float
    burst_s: float = 1.0

    def __post_init__(self) -> None:
        if not _RATE_PER_S_MIN <= self.rate_per_s <= _RATE_PER_S_MAX:
            bounds = f"at least {_RATE_PER_S_MIN:g} and at most {_RATE_PER_S_MAX:g} per s"
            raise ValueError(f"a bucket's rate is {bounds}, not {self.rate_per_s}")
        if not 0 < self.burst_s <= _BURST_S_MAX:
            raise ValueError(f"a bucket's burst is above 0 and at most {_BURST_S_MAX:g} s, not {self.burst_s}")

    @property
    def burst(self) -> float:
        """The most tokens it holds."""
        return max(1.0, self.rate_per_s * self.burst_s)


class Bucket(msgspec.Struct, frozen=True, gc=False):
    """The state of a token bucket: its level, in 10^-15 tokens, at an instant."""

    level: int
    at_ns: int


def full_bucket(rule: TokenBucket, now_ns: int) -> Bucket:
    """Return a bucket that nobody has taken from."""
    return Bucket(int(rule.burst * _TOKEN), now_ns)


def take(rule: TokenBucket, bucket: Bucket, now_ns: int) -> tuple[Bucket, bool]:
    """Return the bucket after one shopper asked at `now_ns`, and whether they got in; time that goes back adds nothing."""
    filled = refilled(rule, bucket, now_ns)
    if filled.level < _TOKEN:
        return filled, False
    return Bucket(filled.level - _TOKEN, filled.at_ns), True


def refilled(rule: TokenBucket, bucket: Bucket, now_ns: int) -> Bucket:
    """Return the bucket at `now_ns` under a rule; a rule with a smaller burst spills what is above it."""
    passed_ns = max(0, now_ns - bucket.at_ns)
    level = bucket.level + round(rule.rate_per_s * 1_000_000) * passed_ns
    return Bucket(min(int(rule.burst * _TOKEN), level), bucket.at_ns + passed_ns)
