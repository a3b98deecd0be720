"""What a shopper asks for, and that every reader of it finds the basket that was meant."""

import re
from collections import Counter, defaultdict
from functools import cache

import pytest

from locustfiles.journeys.catalogue import PRODUCTS
from locustfiles.journeys.prompts import LANGUAGE_PERCENT, QUANTITY_PERCENT, VERTICAL_PERCENT, Prompt, prompt_for

RUN = "20260206T073000Z-festival"
KINDS = [(vertical, language) for vertical in VERTICAL_PERCENT for language in LANGUAGE_PERCENT]
ENOUGH = 2_000

NUMBERS = {"一": 1, "两": 2, "二": 2, "三": 3, "1": 1, "2": 2, "3": 3, "a": 1, "an": 1, "one": 1, "two": 2, "three": 3}
NAMES = sorted(((name, p.sku) for p in PRODUCTS for name in (p.zh, p.en)), key=lambda pair: -len(pair[0]))
MEASURED = re.compile(r"(?<!\d)([一两二三123])(?:杯|张|份|件|盒|袋|箱|个)")
WORD_BEFORE = re.compile(r"(?:^|[^0-9A-Za-z])(an|a|one|two|three|[123]) $", re.IGNORECASE)


@cache
def sample() -> dict[tuple[str, str], list[Prompt]]:
    """The first prompts of a run, at least ``ENOUGH`` of every vertical in each language."""
    kinds: dict[tuple[str, str], list[Prompt]] = defaultdict(list)
    for index in range(120_000):
        prompt = prompt_for(RUN, 1, index)
        kinds[prompt.vertical, prompt.language].append(prompt)
    return kinds


def product_at(text: str) -> tuple[str, int, int]:
    """Sku, beginning and end of the longest catalogue name in a text."""
    for name, sku in NAMES:
        at = text.lower().find(name.lower())
        if at >= 0:
            return sku, at, at + len(name)
    raise AssertionError(f"no product in {text!r}")


def read_beside_the_product(text: str) -> tuple[str, int]:
    """Reads the number that stands directly before the product, or before a measure word that does."""
    sku, at, _ = product_at(text)
    measured = re.search(r"([一两二三123])[杯张份件盒袋箱个]$", text[:at])
    worded = WORD_BEFORE.search(text[:at])
    found = measured or worded
    return sku, NUMBERS[found[1].lower()] if found else 1


def read_anywhere(text: str) -> tuple[str, int]:
    """Reads the first number with a measure word anywhere in the text, or else the first number word before the product."""
    sku, at, end = product_at(text)
    measured = MEASURED.findall(f"{text[:at]}…{text[end:]}")
    worded = re.findall(r"\b(an|a|one|two|three|1|2|3)\b", text[:at], re.IGNORECASE)
    return sku, NUMBERS[(measured or worded)[0].lower()]


@pytest.mark.parametrize("read", [read_beside_the_product, read_anywhere])
@pytest.mark.parametrize(("vertical", "language"), KINDS)
def test_every_reader_finds_the_basket(vertical: str, language: str, read) -> None:
    """Two thousand prompts of a kind, read by the shop's rules in a strict and in a loose way, give their baskets."""
    prompts = sample()[vertical, language][:ENOUGH]
    assert len(prompts) == ENOUGH
    for prompt in prompts:
        (item,) = prompt.items
        assert read(prompt.text) == (item.sku, item.quantity), prompt.text


@pytest.mark.parametrize(("vertical", "language"), KINDS)
def test_a_text_names_one_product_once_and_one_number(vertical: str, language: str) -> None:
    """No other product and no other number with a measure word is in a text, and Chinese orders use a measure word."""
    for prompt in sample()[vertical, language][:ENOUGH]:
        _, at, end = product_at(prompt.text)
        rest = f"{prompt.text[:at]}…{prompt.text[end:]}"
        assert not any(name.lower() in rest.lower() for name, _ in NAMES), prompt.text
        assert len(MEASURED.findall(rest)) == (1 if language == "zh" else 0), prompt.text


@pytest.mark.parametrize(("vertical", "language"), KINDS)
def test_texts_vary(vertical: str, language: str) -> None:
    """Two thousand prompts of a kind have far more than two hundred texts and use every product and quantity."""
    prompts = sample()[vertical, language][:ENOUGH]
    assert len({prompt.text for prompt in prompts}) > 1000
    assert {prompt.items[0].sku for prompt in prompts} == {p.sku for p in PRODUCTS if p.vertical == vertical}
    assert {prompt.items[0].quantity for prompt in prompts} == QUANTITY_PERCENT.keys()


@pytest.mark.parametrize(
    ("shares", "of"),
    [
        pytest.param(LANGUAGE_PERCENT, lambda prompt: prompt.language, id="languages"),
        pytest.param(VERTICAL_PERCENT, lambda prompt: prompt.vertical, id="verticals"),
        pytest.param(QUANTITY_PERCENT, lambda prompt: prompt.items[0].quantity, id="quantities"),
    ],
)
def test_shares_are_as_declared(shares: dict, of) -> None:
    """Each language, vertical and quantity has its declared share, to within half a percent of 120,000 prompts."""
    counts = Counter(of(prompt) for prompts in sample().values() for prompt in prompts)
    assert sum(shares.values()) == 100
    for name, percent in shares.items():
        assert 100 * counts[name] / counts.total() == pytest.approx(percent, abs=0.6)


@pytest.mark.parametrize("words", ["免单卡", "free-order card"])
def test_some_shoppers_mention_the_campaign(words: str) -> None:
    """A part of the prompts, neither none nor all, asks to use the free-order card."""
    language = "en" if words.isascii() else "zh"
    prompts = sample()["milk_tea", language]
    assert 0.2 < sum(words in prompt.text for prompt in prompts) / len(prompts) < 0.8


@pytest.mark.parametrize(
    ("sku", "measured"),
    [
        pytest.param("pearl-milk-tea", "杯珍珠奶茶", id="tea by the cup"),
        pytest.param("cinema-imax", "张IMAX电影票", id="tickets by the sheet"),
        pytest.param("popcorn-combo", "份爆米花套餐", id="combos by the portion"),
        pytest.param("rail-hgh-sha", "张杭州到上海的高铁票", id="train tickets by the sheet"),
        pytest.param("eggs-30", "份鲜鸡蛋30枚装", id="egg trays by the portion"),
        pytest.param("milk-12", "箱纯牛奶12盒装", id="cases of milk by the case"),
        pytest.param("rice-5kg", "袋五常大米5公斤装", id="rice by the bag"),
        pytest.param("strawberries", "盒丹东草莓500克装", id="strawberries by the box"),
        pytest.param("tangerines", "箱砂糖橘3公斤装", id="tangerines by the crate"),
    ],
)
def test_chinese_measure_words_fit_the_product(sku: str, measured: str) -> None:
    """Each product is counted with the measure word that a native shopper would use."""
    texts = [p.text for kind, prompts in sample().items() if kind[1] == "zh" for p in prompts if p.items[0].sku == sku]
    assert all(measured in text for text in texts)


def test_texts_are_tidy() -> None:
    """No slot is left open, no blanks stand at an end or twice, and a text fits a chat line."""
    for prompts in sample().values():
        for prompt in prompts:
            assert not re.search(r"[{}]|  |^\s|\s$", prompt.text), prompt.text
            assert 8 <= len(prompt.text) <= 300


def test_text_basket_and_buyer_depend_on_seed_and_index_only() -> None:
    """Another run of the same seed asks the same, but with other idempotency keys."""
    one, other = prompt_for(RUN, 5, 77), prompt_for("another-run", 5, 77)
    assert (one.id, one.text, one.items, one.buyer) == (other.id, other.text, other.items, other.buyer)
    assert one.idempotency_key != other.idempotency_key


def test_same_run_seed_and_index_same_prompt() -> None:
    """A prompt is a function of run, seed and index, key included."""
    assert prompt_for(RUN, 5, 77) == prompt_for(RUN, 5, 77)


def test_other_seed_other_prompts() -> None:
    """Another seed asks other things."""
    assert [prompt_for(RUN, 1, i).text for i in range(20)] != [prompt_for(RUN, 2, i).text for i in range(20)]


def test_every_wish_has_its_own_shopper_and_keys() -> None:
    """Prompt id, user and idempotency key are never shared by two arrivals."""
    prompts = [prompt for kind in sample().values() for prompt in kind]
    for values in (
        {prompt.id for prompt in prompts},
        {prompt.buyer.user_id for prompt in prompts},
        {prompt.idempotency_key for prompt in prompts},
    ):
        assert len(values) == len(prompts)


def test_a_returning_shopper_is_the_same_person_with_another_wish() -> None:
    """Name, address, phone, mail and language are those of the first wish; text, basket, id and key are the wish's own."""
    texts = []
    for index in range(100, 160):
        before, new, again = prompt_for(RUN, 5, 9), prompt_for(RUN, 5, index), prompt_for(RUN, 5, index, 9)

        assert (again.buyer, again.language) == (before.buyer, before.language)
        assert new.buyer.address_line not in again.text
        assert (again.items, again.vertical, again.id) == (new.items, new.vertical, new.id)
        assert again.idempotency_key == new.idempotency_key
        assert (before.returning, new.returning, again.returning) == (False, False, True)
        texts.append(again.text)
    assert any(prompt_for(RUN, 5, 9).buyer.address_line in text for text in texts)


def test_every_reader_finds_the_basket_of_a_returning_shopper() -> None:
    """A wish in the language of the shopper's first one is told as clearly as any."""
    for index in range(1, 400):
        prompt = prompt_for(RUN, 1, index, index // 2)
        (item,) = prompt.items
        assert read_beside_the_product(prompt.text) == (item.sku, item.quantity), prompt.text
