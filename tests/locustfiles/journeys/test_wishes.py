"""Where a run's prompts come from: a function of seed and index, whatever the source."""

import json
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locustfiles.journeys.prompt_file import FilePrompt
from locustfiles.journeys.prompts import prompt_for
from locustfiles.journeys.returning import Returning
from locustfiles.journeys.wishes import FilePrompts, foreign_prompt, prompts_of
from locustfiles.target.target import Goods, Target

GOODS = (Goods("rose", "red roses", "红玫瑰", vertical="flowers"), Goods("pot", "ceramic pot"))


def lines(count: int) -> tuple[FilePrompt, ...]:
    """So many prompts of a file, numbered in their text."""
    return tuple(FilePrompt(f"prompt {number}", (), "other", "en") for number in range(count))


@given(st.integers(1, 40), st.integers(0, 3), st.integers(0, 2**63 - 1))
def test_no_prompt_comes_again_before_all_have_come(count: int, round_: int, seed: int) -> None:
    """Each round through a file gives every prompt once, in the order that the seed gives, and to shoppers of their own."""
    prompts = FilePrompts(lines(count), "r1", seed)
    told = [prompts.at(index) for index in range(round_ * count, (round_ + 1) * count)]

    assert sorted(prompt.text for prompt in told) == sorted(prompt.text for prompt in lines(count))
    assert len({prompt.buyer.user_id for prompt in told}) == len({prompt.idempotency_key for prompt in told}) == count
    assert [prompt.text for prompt in told] == [prompts.at(index).text for index in range(count)]


def test_the_seed_gives_the_order() -> None:
    """Another seed gives another order, the same one the same prompts in any run, under keys of the run."""
    one, again, other = (FilePrompts(lines(30), run, seed) for run, seed in (("r1", 1), ("r2", 1), ("r1", 2)))

    assert [one.at(i).text for i in range(30)] == [again.at(i).text for i in range(30)]
    assert [one.at(i).text for i in range(30)] != [other.at(i).text for i in range(30)]
    assert one.at(0).idempotency_key != again.at(0).idempotency_key


def test_prompts_about_foreign_goods() -> None:
    """A drawn prompt names goods, quantity and place, in Chinese only where the goods have a Chinese name."""
    told = [foreign_prompt(GOODS, "r1", 1, index) for index in range(400)]

    for prompt in told:
        (item,) = prompt.items
        product = next(one for one in GOODS if one.sku == item.sku)
        name = product.name_zh if prompt.language == "zh" else product.name
        assert name in prompt.text
        assert str(item.quantity) in prompt.text
        assert prompt.buyer.address_line in prompt.text
        assert prompt.vertical == product.vertical
    languages = Counter((prompt.items[0].sku, prompt.language) for prompt in told)
    assert set(languages) == {("rose", "zh"), ("rose", "en"), ("pot", "en")}
    assert told == [foreign_prompt(GOODS, "r1", 1, index) for index in range(400)]


def test_which_source() -> None:
    """A file of prompts goes before a catalogue, and without both the prompts are Springtide's own."""
    file = json.dumps({"text": "from the file", "items": [{"sku": "rose", "quantity": 1}]}).encode()

    assert prompts_of(Target("t", prompts=file, goods=GOODS), "r1", Returning(0.0, 1))(0).text == "from the file"
    assert prompts_of(Target("t", goods=GOODS), "r1", Returning(0.0, 1))(0) == foreign_prompt(GOODS, "r1", 1, 0)
    assert prompts_of(Target("t"), "r1", Returning(0.0, 1))(0) == prompt_for("r1", 1, 0)


FILE = b"\n".join(
    json.dumps({"text": text, "items": [{"sku": "rose", "quantity": 1}]}).encode()
    for text in ("one", "两束玫瑰", "three")
)
SOURCES = [
    pytest.param(Target("t"), id="drawn"),
    pytest.param(Target("t", goods=GOODS), id="of a shop's goods"),
    pytest.param(Target("t", prompts=FILE, goods=GOODS), id="of a file"),
]


@pytest.mark.parametrize("target", SOURCES)
def test_a_returning_shopper_is_one_person_in_every_source(target: Target) -> None:
    """Whoever has one user id has one name, address, phone and mail, and each wish its own id and key."""
    returning = Returning(0.5, 1)
    told = [prompts_of(target, "r1", returning)(index) for index in range(400)]

    assert len({prompt.buyer.user_id for prompt in told}) == len({prompt.buyer for prompt in told}) < 300
    assert len({prompt.id for prompt in told}) == len({prompt.idempotency_key for prompt in told}) == 400
    for index, prompt in enumerate(told):
        first = returning.first(index)
        assert prompt.buyer == told[first].buyer
        assert prompt.returning == (first != index)
    assert told == [prompts_of(target, "r1", returning)(index) for index in range(400)]


@pytest.mark.parametrize("target", SOURCES)
def test_a_new_shopper_wishes_what_it_would_without_others_who_return(target: Target) -> None:
    """With a share, the prompts of new shoppers are those of a run without one; without a share all are."""
    alone, among = (prompts_of(target, "r1", Returning(share, 7)) for share in (0.0, 0.5))
    pairs = [(alone(index), among(index)) for index in range(200)]

    assert all(there == here for here, there in pairs if not there.returning)
    assert not any(here.returning for here, _ in pairs)
    assert any(there.returning for _, there in pairs)


def test_goods_without_a_chinese_name_are_wished_in_english() -> None:
    """A returning shopper who speaks Chinese asks for them in English, and keeps the address."""
    told = [foreign_prompt(GOODS, "r1", 1, index) for index in range(60)]
    chinese = next(index for index, prompt in enumerate(told) if prompt.language == "zh")
    pots = [foreign_prompt(GOODS, "r1", 1, index, chinese) for index in range(chinese + 1, 60)]
    pots = [prompt for prompt in pots if prompt.items[0].sku == "pot"]

    assert {prompt.language for prompt in pots} == {"en"}
    assert {prompt.buyer for prompt in pots} == {told[chinese].buyer}
    assert all(told[chinese].buyer.address_line in prompt.text for prompt in pots)
