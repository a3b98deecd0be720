"""What the assistant makes of prompts: product, quantity, language."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from target_stub.assistant import QUANTITY_MAX, after_tool, answer, language_of
from target_stub.catalogue import CATALOGUE, Product


@pytest.mark.parametrize(
    ("prompt", "sku", "quantity"),
    [
        pytest.param("帮我点两杯珍珠奶茶", "pearl-milk-tea", 2, id="number and measure word before the product"),
        pytest.param(
            "来2杯少糖去冰的珍珠奶茶", "pearl-milk-tea", 2, id="words between the measure word and the product"
        ),
        pytest.param("珍珠奶茶,要三杯,送到公司", "pearl-milk-tea", 3, id="the quantity after the product"),
        pytest.param("买两张3D电影票", "cinema-3d", 2, id="a digit in the product's name is not a quantity"),
        pytest.param("我要一箱纯牛奶12盒装", "milk-12", 1, id="a measure in the product's name is not a quantity"),
        pytest.param("今天12点前送二盒丹东草莓500克装", "strawberries", 2, id="a time of day is not a quantity"),
        pytest.param("买一下茉莉轻乳茶", "jasmine-milk-tea", 1, id="a number without a measure word"),
        pytest.param("想喝手打柠檬茶", "lemon-tea", 1, id="no quantity"),
        pytest.param("Please order two pearl milk tea", "pearl-milk-tea", 2, id="a number word right before"),
        pytest.param("Get me 3 x Dolby film ticket", "cinema-dolby", 3, id="a multiplication sign"),
        pytest.param("I want three of your iced MANGO POMELO SAGO", "mango-sago", 3, id="upper case, words between"),
        pytest.param("a 5 kg bag of Wuchang rice please", "rice-5kg", 1, id="an article; the weight is not a quantity"),
        pytest.param("two tray of 30 eggs by 3.15 pm", "eggs-30", 2, id="a time after the product"),
        pytest.param("For my 12 guests: popcorn combo", "popcorn-combo", 1, id="a number that is no quantity of ours"),
        pytest.param("order 2 杨枝甘露 now", "mango-sago", 2, id="two languages in one prompt"),
    ],
)
def test_the_basket_is_read_from_the_prompt(prompt: str, sku: str, quantity: int) -> None:
    """The assistant orders the product and the quantity that the prompt names, one when it names none."""
    said = answer(prompt)

    assert (said.sku, said.quantity) == (sku, quantity)


def test_the_longest_name_wins() -> None:
    """When a prompt holds two product names, the longer one is ordered."""
    assert (
        answer("not the lemon but the train ticket from Hangzhou to Shanghai, and a popcorn combo").sku
        == "rail-hgh-sha"
    )


@pytest.mark.parametrize(
    ("prompt", "text"),
    [
        pytest.param("来两杯珍珠奶茶", "好的，马上为您下单：珍珠奶茶，2份。", id="Chinese"),
        pytest.param(
            "two pearl milk tea", "Sure, I am ordering this for you: pearl milk tea, quantity 2.", id="English"
        ),
        pytest.param("想买点好吃的", "请问您想买什么？告诉我商品名称和数量，我来为您下单。", id="Chinese, no product"),
        pytest.param(
            "", "What would you like to buy? Tell me the product and how many, and I will order it.", id="no words"
        ),
    ],
)
def test_the_assistant_speaks_the_language_of_the_prompt(prompt: str, text: str) -> None:
    """The answer's sentence is in the prompt's language."""
    assert answer(prompt).text == text


def test_without_a_product_nothing_is_ordered() -> None:
    """A prompt without a product gets a question and no basket."""
    assert (answer("something nice").sku, answer("something nice").arguments) == (None, "")


def test_without_the_tool_nothing_is_ordered() -> None:
    """An assistant that may not order recommends the product in words."""
    said = answer("two pearl milk tea", may_order=False)

    assert (said.sku, said.text) == (None, "I would suggest the pearl milk tea.")


def test_after_a_tool_result_nothing_is_ordered_again() -> None:
    """The turn after the tool call is words only."""
    assert (after_tool("zh").sku, after_tool("en").sku) == (None, None)


def test_arguments_are_the_tools_json() -> None:
    """The tool call's arguments are the basket as compact JSON."""
    assert answer("a 2D film ticket").arguments == '{"items":[{"sku":"cinema-2d","quantity":1}]}'


PRODUCTS = st.sampled_from(sorted(CATALOGUE.values(), key=lambda product: product.sku))
MEASURES = ((1, "一"), (2, "两"), (3, "三"), (1, "1"), (2, "2"), (3, "3"))


@given(product=PRODUCTS, number=st.sampled_from(MEASURES), measure=st.sampled_from("杯张份件盒袋箱个"))
def test_every_product_can_be_ordered_in_chinese(product: Product, number: tuple[int, str], measure: str) -> None:
    """Any product in any quantity is understood in Chinese."""
    said = answer(f"麻烦帮我下单，要{number[1]}{measure}{product.zh}，谢谢")

    assert (said.sku, said.quantity) == (product.sku, number[0])


@given(product=PRODUCTS, number=st.sampled_from([(1, "a"), (1, "an"), (1, "one"), (2, "two"), (3, "three"), (2, "2")]))
def test_every_product_can_be_ordered_in_english(product: Product, number: tuple[int, str]) -> None:
    """Any product in any quantity is understood in English."""
    said = answer(f"Hi, could you order {number[1]} {product.en} for me?")

    assert (said.sku, said.quantity) == (product.sku, number[0])


@given(st.text())
def test_any_text_gets_an_answer(prompt: str) -> None:
    """Whatever a shopper writes, the answer has words and its basket is within the catalogue and the quantities."""
    said = answer(prompt)

    assert said.text
    assert language_of(said.text) == language_of(prompt)
    if said.sku is not None:
        items = msgspec.json.decode(said.arguments)["items"]
        assert [{"sku": said.sku, "quantity": said.quantity}] == items
        assert said.sku in CATALOGUE
        assert 1 <= said.quantity <= QUANTITY_MAX
