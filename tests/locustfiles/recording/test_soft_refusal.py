"""When an answer without progress is a refusal: the same text to many shoppers, or words that say so."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locustfiles.recording.soft_refusal import (
    MAX_MASKS,
    TemplateBook,
    busy_reason,
    mask,
    normalise,
    sounds_degraded,
)
from reports.run_record.outcome import Reason

CANNED = "小店今天有点忙不过来，要不改天再来看看？"
"""A deflection without one busy word of the lexicon."""
NAMES = {"pearl-milk-tea": ("珍珠奶茶", "pearl milk tea"), "lemon-tea": ("手打柠檬茶", "hand-pounded lemon tea")}


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


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param("系统繁忙，请稍后再试", Reason.BUSY_CANNED, id="the system is busy"),
        pytest.param("服务器繁忙，请稍后再试。", Reason.BUSY_CANNED, id="DeepSeek's text"),
        pytest.param("活动太火爆，请稍后再试", Reason.BUSY_CANNED, id="JD's text"),
        pytest.param("哎哟喂，被挤爆啦", Reason.BUSY_CANNED, id="Taobao's text"),
        pytest.param("今天累垮了，球球大家明天再来~", Reason.BUSY_CANNED, id="the incident's text"),
        pytest.param("系統繁忙，請稍後再試", Reason.BUSY_CANNED, id="traditional characters"),
        pytest.param("请求限频,请稍后重试", Reason.RATE_LIMITED, id="a rate"),
        pytest.param("您正在排队，前方还有120人", Reason.WAITING_ROOM, id="a queue"),
        pytest.param("当前运力紧张", Reason.CAPACITY_REFUSAL, id="no riders"),
        pytest.param("There are TOO MANY participants right now.", Reason.BUSY_CANNED, id="the incident in English"),
        pytest.param(
            "**NETWORK ERROR DUE TO HIGH TRAFFIC. PLEASE REGENERATE OR REFRESH THIS PAGE.**",
            Reason.BUSY_CANNED,
            id="FastChat's catch-all",
        ),
        pytest.param("You are in line. Estimated wait: 5 minutes", Reason.WAITING_ROOM, id="a queue in English"),
        pytest.param("Your card was declined, please try again later.", None, id="a declined card is no busy shop"),
        pytest.param("珍珠奶茶已售罄，请稍后再试", None, id="sold out is no busy shop"),
        pytest.param("要大杯还是中杯？", None, id="a question"),
        pytest.param(CANNED, None, id="a deflection without a busy word: words cannot find it"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_the_reason_that_words_name(text: str, reason: Reason | None) -> None:
    """Each phrase names its reason; a text that also tells a business no names none."""
    assert busy_reason(text) == reason


@pytest.mark.parametrize(
    ("text", "degraded"),
    [
        pytest.param("我是一个大语言模型，没有实体，无法下单", True, id="a model without hands"),
        pytest.param("As a large language model I cannot place orders.", True, id="the same in English"),
        pytest.param("系统繁忙", False, id="busy is not degraded"),
    ],
)
def test_words_of_an_assistant_without_tools(text: str, degraded: bool) -> None:
    """An assistant that says it cannot order is known by its words."""
    assert sounds_degraded(text) is degraded
