"""Laws of the token bucket."""

from fractions import Fraction
from itertools import accumulate, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from target_stub.admission.token_bucket import Bucket, TokenBucket, full_bucket, refilled, take
from target_stub.clock import NS_PER_S

RATES = st.integers(1000, 10**9).map(lambda micro: micro / 1e6)
RULES = st.builds(TokenBucket, RATES, st.floats(0.01, 10))
GAPS = st.lists(st.integers(0, 3 * NS_PER_S), min_size=1, max_size=60)


def admissions(rule: TokenBucket, instants_ns: list[int]) -> list[bool]:
    """Return who of the arrivals at these instants a full bucket lets in."""
    bucket = full_bucket(rule, 0)
    entries = []
    for now_ns in instants_ns:
        bucket, lets_in = take(rule, bucket, now_ns)
        entries.append(lets_in)
    return entries


@given(RULES, GAPS)
def test_no_stretch_admits_more_than_burst_and_rate_allow(rule: TokenBucket, gaps_ns: list[int]) -> None:
    """Between any two arrivals, at most burst + rate * dt shoppers get in."""
    instants_ns = list(accumulate(gaps_ns))
    entered_ns = [at for at, lets_in in zip(instants_ns, admissions(rule, instants_ns), strict=True) if lets_in]
    rate_per_ns = Fraction(round(rule.rate_per_s * 10**6), 10**6 * NS_PER_S)

    for first, since_ns in enumerate(entered_ns):
        for last in range(first, len(entered_ns)):
            bound = Fraction(rule.burst) + rate_per_ns * (entered_ns[last] - since_ns)
            assert last - first + 1 <= bound


@given(RULES, GAPS)
def test_nobody_is_refused_while_a_token_is_there(rule: TokenBucket, gaps_ns: list[int]) -> None:
    """A refusal means that the level, computed afresh in exact arithmetic, is below one token."""
    rate_per_ns = Fraction(round(rule.rate_per_s * 10**6), 10**6 * NS_PER_S)
    level = burst = Fraction(int(rule.burst * 10**15), 10**15)
    instants_ns = list(accumulate(gaps_ns))
    for (before_ns, now_ns), lets_in in zip(pairwise([0, *instants_ns]), admissions(rule, instants_ns), strict=True):
        level = min(burst, level + rate_per_ns * (now_ns - before_ns))
        assert lets_in == (level >= 1)
        level -= lets_in


def test_a_burst_passes_and_then_the_rate() -> None:
    """Of 600 shoppers a second at a bucket of 200/s, the first 200 pass at once and 200 a second from then on."""
    rule = TokenBucket(200.0, burst_s=1.0)
    instants_ns = [index * NS_PER_S // 600 for index in range(3 * 600)]

    entries = admissions(rule, instants_ns)

    assert all(entries[:299])
    assert not entries[299]
    assert [399, 200, 200] == [sum(entries[second * 600 : second * 600 + 600]) for second in range(3)]


def test_a_slow_bucket_still_holds_one_token() -> None:
    """A bucket of one shopper in ten seconds lets the first one in."""
    assert [True, False, True] == admissions(TokenBucket(0.1, burst_s=1.0), [0, 9 * NS_PER_S, 10 * NS_PER_S])


def test_time_that_goes_back_adds_nothing() -> None:
    """An instant before the bucket's own leaves its level as it is."""
    bucket = Bucket(level=5, at_ns=100)

    assert refilled(TokenBucket(1.0), bucket, 50) == bucket


def test_a_smaller_bucket_spills() -> None:
    """Changing to a rule with a smaller burst keeps what fits."""
    spilled = refilled(TokenBucket(10.0, 1.0), full_bucket(TokenBucket(200.0, 1.0), 0), 0)

    assert spilled == full_bucket(TokenBucket(10.0, 1.0), 0)


@pytest.mark.parametrize(
    ("rate_per_s", "burst_s", "sentence"),
    [
        pytest.param(0.0, 1.0, "rate is at least 0.001", id="no rate"),
        pytest.param(float("nan"), 1.0, "rate is at least 0.001", id="not a number"),
        pytest.param(2e6, 1.0, "at most 1e", id="a rate beyond any machine"),
        pytest.param(1.0, -1.0, "burst is above 0 and at most 3600 s, not -1.0", id="a negative burst"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(rate_per_s: float, burst_s: float, sentence: str) -> None:
    """Rate and burst are bounded, and the sentence gives the bound and the value."""
    with pytest.raises(ValueError, match=sentence):
        TokenBucket(rate_per_s, burst_s)
