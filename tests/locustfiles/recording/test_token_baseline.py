"""When answers without progress collapse below what good ones have."""

from locustfiles.recording.token_baseline import LEAST_GOOD, MAX_TOKENS, TokenBaseline


def learnt(good: int = LEAST_GOOD) -> TokenBaseline:
    """A baseline of so many replies with 100, 101 ... 199 tokens, all in second 0."""
    baseline = TokenBaseline(60.0, 5)
    for number in range(good):
        baseline.learn(100 + number % 100, at_s=0.0)
    return baseline


def told(baseline: TokenBaseline, tokens: int | None, shoppers: int, at_s: float = 100.0) -> list[bool]:
    """What the baseline says after each of these shoppers got so many tokens."""
    return [
        baseline.note(tokens, shopper=f"s{number}", basket=frozenset({(f"sku-{number}", 1)}), at_s=at_s)
        for number in range(shoppers)
    ]


def test_the_first_percentile_of_good_replies() -> None:
    """One in a hundred of the good replies has 100 tokens, so fewer than 100 are few."""
    assert learnt().least_tokens == 100


def test_no_baseline_below_a_thousand_replies() -> None:
    """With too few good replies nothing is known, and nothing collapses."""
    baseline = learnt(LEAST_GOOD - 1)

    assert baseline.least_tokens == 0
    assert told(baseline, 1, 10) == [False] * 10


def test_a_collapse_is_seen_from_the_fifth_shopper_on() -> None:
    """Four short answers may be chance, the fifth is a crowd."""
    assert told(learnt(), 5, 7) == [False] * 4 + [True] * 3


def test_answers_as_long_as_good_ones_are_no_collapse() -> None:
    """The first percentile itself is not below it; neither is an answer whose tokens are not told."""
    assert not any(told(learnt(), 100, 10) + told(learnt(), None, 10))


def test_a_collapse_needs_different_shoppers_and_baskets() -> None:
    """One shopper who asks ten times, or ten who ask for one thing, make no collapse."""
    baseline = learnt()
    by_shopper = [baseline.note(1, shopper="s", basket=frozenset({(f"k{n}", 1)}), at_s=99.0) for n in range(10)]
    by_basket = [baseline.note(1, shopper=f"s{n}", basket=frozenset({("k", 1)}), at_s=99.0) for n in range(10)]

    assert not any(by_shopper + by_basket)


def test_a_models_weak_moments_are_no_collapse() -> None:
    """Five short answers beside a hundred good ones in the same minute are one in twenty-one: too few."""
    baseline = learnt()
    for _ in range(100):
        baseline.learn(150, at_s=100.0)

    assert told(baseline, 5, 6) == [False] * 5 + [True]


def test_short_answers_of_another_minute_do_not_count() -> None:
    """Four short answers and a fifth 61 seconds later are no crowd."""
    baseline = learnt()
    told(baseline, 5, 4)

    assert told(baseline, 5, 5, at_s=161.0)[0] is False


def test_hostile_counts_are_bounded() -> None:
    """A reply that claims a billion tokens, or fewer than none, breaks nothing."""
    baseline = learnt()
    baseline.learn(10**9, at_s=0.0)
    baseline.learn(-5, at_s=0.0)

    assert baseline.least_tokens <= MAX_TOKENS
    assert baseline.note(10**12, shopper="s", basket=frozenset(), at_s=1.0) is False
