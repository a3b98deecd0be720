"""What is compared of a text, and what is left without what is one shopper's own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locustfiles.recording.masking import mask, masked, normalise

NAMES = {"pearl-milk-tea": ("珍珠奶茶", "pearl milk tea"), "lemon-tea": ("手打柠檬茶", "hand-pounded lemon tea")}


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        pytest.param("Ｓｅｒｖｅｒ　ＢＵＳＹ！", "server busy!", id="full-width letters and punctuation"),
        pytest.param("系統繁忙，請稍後再試", "系统繁忙,请稍后再试", id="traditional characters"),
        pytest.param("稍后再试~~~ 😭🙏", "稍后再试", id="tildes and emoji"),
        pytest.param("ser\u200bver is\u200d busy", "server is busy", id="invisible characters between letters"),
        pytest.param(" a \n\t b ", "a b", id="blanks"),
    ],
)
def test_normalised_text(text: str, normal: str) -> None:
    """What only decorates a text does not change how it is compared."""
    assert normalise(text) == normal


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        pytest.param("前面还有12位", "前面还有3,405位", True, id="numbers"),
        pytest.param("Order cs_8f3a21 failed", "Order cs_77b0c9 failed", True, id="ids"),
        pytest.param("It costs ¥18.00 now", "It costs ¥5 now", True, id="prices"),
        pytest.param("We are BUSY ~", "we are busy", True, id="case and tildes"),
        pytest.param("We are busy", "We are closed", False, id="another word"),
    ],
)
def test_what_a_mask_forgets(one: str, other: str, same: bool) -> None:
    """Two texts have one mask when they differ in what belongs to the shopper, and in nothing else."""
    assert (mask(one) == mask(other)) is same


def test_the_shoppers_own_words_are_masked() -> None:
    """The name of the wished product, in either language, is no difference between two texts."""
    zh = mask("珍珠奶茶现在买不了", NAMES["pearl-milk-tea"])

    assert zh == mask("手打柠檬茶现在买不了", NAMES["lemon-tea"])
    assert zh != mask("手打柠檬茶现在买不了", NAMES["pearl-milk-tea"])


@given(st.text(max_size=300), st.lists(st.text(max_size=10), max_size=3).map(tuple))
def test_any_text_has_a_mask_of_64_bits(text: str, own_words: tuple[str, ...]) -> None:
    """Masking is total over hostile text."""
    assert 0 <= mask(text, own_words) < 2**64


def test_a_masked_text_can_be_read() -> None:
    """What is shown as a template has a sign where each shopper has their own words."""
    assert masked("抱歉，珍珠奶茶 ¥18.00 排队第 12 位", ("珍珠奶茶",)) == "抱歉,# ¥# 排队第 # 位"
