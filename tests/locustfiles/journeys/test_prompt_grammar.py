"""Choices from a hash, and sentences from tables."""

from collections import Counter

import pytest

from locustfiles.journeys.prompt_grammar import Draws, layout, sentence


def test_same_key_same_choices() -> None:
    """Draws are a function of their key."""
    one, other = Draws("7/3"), Draws("7/3")
    assert [one.below(1000) for _ in range(20)] == [other.below(1000) for _ in range(20)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("7/3", "7/4", id="another arrival"),
        pytest.param("7/3", "8/3", id="another seed"),
        pytest.param("1/23", "12/3", id="the same digits, parted elsewhere"),
    ],
)
def test_other_key_other_choices(one: str, other: str) -> None:
    """Keys that differ in anything lead to other choices."""
    first, second = Draws(one), Draws(other)
    assert [first.below(1000) for _ in range(20)] != [second.below(1000) for _ in range(20)]


def test_choices_are_even_and_independent() -> None:
    """Over many keys every pair of two successive choices is taken about equally often."""
    pairs: Counter[tuple[str, str]] = Counter()
    for index in range(9000):
        draws = Draws(f"1/{index}")
        pairs[draws.pick(("a", "b", "c")), draws.pick(("x", "y", "z"))] += 1
    # Nine cells of 1000 with a standard deviation of 30.
    assert len(pairs) == 9
    assert all(abs(count - 1000) < 4 * 30 for count in pairs.values())


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        pytest.param(("only this",), "only this", id="a fixed text stands as it is"),
        pytest.param(("a ", ("b",), " c"), "a b c", id="one text of every part, in order"),
        pytest.param(("I want {order}.",), "I want two teas.", id="the order is filled in"),
        pytest.param((("to {place}", "to {place}"),), "to 18 Sea Road", id="the place is filled in"),
    ],
)
def test_a_sentence_is_made_of_its_parts(parts: tuple, text: str) -> None:
    """A sentence takes one text of every table and fills in order and place."""
    assert sentence(layout(*parts), Draws("1/1"), order="two teas", place="18 Sea Road") == text
