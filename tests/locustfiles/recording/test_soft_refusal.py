"""When an answer without progress is a refusal: the same text to many shoppers, or words that say so."""

import pytest

from locustfiles.recording.soft_refusal import LEARN_EVERY, LEARNT_REPLIES, MAX_MASKS, TemplateBook

CANNED = "这件事我现在办不了，我们聊点别的吧"
"""A deflection without one busy word of the lexicon."""


def basket(number: int) -> frozenset[tuple[str, int]]:
    """One of many different baskets."""
    return frozenset({(f"sku-{number}", 1)})


def told(
    book: TemplateBook, numbers: range, *, at_s: float = 0.0, text: str = CANNED, step_s: float = 1.0
) -> list[bool]:
    """What the book says after each of these shoppers got the text, one after another."""
    return [
        book.note(text, shopper=f"s{number}", basket=basket(number), at_s=at_s + place * step_s)
        for place, number in enumerate(numbers)
    ]


def test_a_text_is_a_template_from_the_fifth_shopper_on() -> None:
    """Four shoppers with one text may be chance, the fifth is a template."""
    assert told(TemplateBook(), range(7)) == [False] * 4 + [True] * 3


def test_a_template_needs_different_shoppers_and_baskets() -> None:
    """One shopper who asks ten times, or ten shoppers who ask for one thing, make no template."""
    one_shopper, one_basket = TemplateBook(), TemplateBook()
    by_shopper = [one_shopper.note(CANNED, shopper="s1", basket=basket(n), at_s=0.0) for n in range(10)]
    by_basket = [one_basket.note(CANNED, shopper=f"s{n}", basket=basket(0), at_s=0.0) for n in range(10)]

    assert not any(by_shopper + by_basket)


def test_a_template_is_a_matter_of_one_minute() -> None:
    """The same text once in 16 seconds never has five shoppers within a minute, once in 15 seconds it has."""
    assert not any(told(TemplateBook(), range(20), step_s=16.0))
    assert told(TemplateBook(), range(20), step_s=15.0)[4:] == [True] * 16


def test_what_good_replies_say_is_no_template() -> None:
    """A text that also came with progress tells nothing, however many get it without."""
    book = TemplateBook()
    book.learn("好的，正在为您处理。", basket=basket(500))

    assert not any(told(book, range(10), text="好的，正在为您处理。"))


def test_blank_replies_are_no_template() -> None:
    """An empty answer says nothing, so it says no no."""
    assert not any(told(TemplateBook(), range(10), text=" \n"))


def test_names_of_products_are_masked_in_the_book() -> None:
    """A canned line that names the wished product is one template."""
    book = TemplateBook(names={f"sku-{n}": (f"tea {'x' * n}y",) for n in range(9)})
    answers = [book.note(f"No tea {'x' * n}y today", shopper=f"s{n}", basket=basket(n), at_s=0.0) for n in range(9)]

    assert answers == [False] * 4 + [True] * 5


def test_the_book_is_bounded() -> None:
    """A service whose every reply is different fills no memory: the oldest text is forgotten."""
    book = TemplateBook()
    told(book, range(4))
    for number in range(MAX_MASKS + 100):  # a hundred more, since a few characters are one when simplified
        book.note(chr(0x4E00 + number), shopper="s", basket=basket(0), at_s=5.0)

    assert told(book, range(4, 8), at_s=6.0) == [False] * 4


def test_texts_that_are_nearly_the_same_are_one_template() -> None:
    """A canned line that names each shopper is found though no two texts are equal."""
    names = ("小林", "阿杰", "王女士", "Mia", "Noah", "Priya", "老陈", "小满")
    book = TemplateBook()
    answers = [
        book.note(
            f"{name}您好，这件事我现在办不了，我们先聊聊别的话题好不好", shopper=f"s{n}", basket=basket(n), at_s=0.0
        )
        for n, name in enumerate(names)
    ]

    assert answers == [False] * 4 + [True] * 4


def test_what_is_nearly_what_good_replies_say_is_no_template() -> None:
    """A text that differs by a name from one that came with progress tells nothing."""
    book = TemplateBook()
    book.learn("小林您好，已经为您选好了离您最近的门店和您常点的口味", basket=basket(500))

    assert not any(told(book, range(10), text="阿杰您好，已经为您选好了离您最近的门店和您常点的口味"))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("抱歉，这款已经售罄，换一个口味吧", id="sold out"),
        pytest.param("Your card was declined, try again later.", id="a declined card"),
        pytest.param("内容包含敏感信息，无法生成回答", id="moderation"),
        pytest.param("Which size would you like?", id="a question about the wish"),
    ],
)
def test_something_else_to_many_is_no_refusal(text: str) -> None:
    """A business no, moderation and a question back come alike to many shoppers without any load."""
    assert not any(told(TemplateBook(), range(10), text=text))


def test_answers_that_collapse_are_a_refusal() -> None:
    """Different texts of hardly a token, where good replies have a hundred, are found by their length from the fifth shopper on."""
    book = TemplateBook()
    for number in range(1_000):
        book.learn(f"好的，第{number}份已经选好", basket=basket(number), at_s=0.0, tokens=100)
    answers = [
        book.note(chr(0xAC00 + n) * 9, shopper=f"s{n}", basket=basket(n), at_s=100.0, tokens=3) for n in range(7)
    ]

    assert answers == [False] * 4 + [True] * 3


def test_blank_answers_may_collapse() -> None:
    """An answer without text is no template, and may still be part of a collapse."""
    book = TemplateBook()
    for number in range(1_000):
        book.learn(f"好的，第{number}份已经选好", basket=basket(number), at_s=0.0, tokens=100)

    assert [book.note("", shopper=f"s{n}", basket=basket(n), at_s=100.0, tokens=0) for n in range(6)] == [False] * 4 + [
        True
    ] * 2


def test_learning_thins_out() -> None:
    """Every new text of the first three thousand good replies is learnt, then one in sixteen."""
    texts = [chr(0xAC00 + number) * 9 for number in range(LEARNT_REPLIES + LEARN_EVERY)]
    book = TemplateBook()
    for text in texts:
        book.learn(text, basket=basket(0))
    later = [any(told(book, range(5), text=text)) for text in texts[LEARNT_REPLIES:]]

    assert not any(told(book, range(5), text=texts[LEARNT_REPLIES - 1]))
    assert later.count(False) == 1
