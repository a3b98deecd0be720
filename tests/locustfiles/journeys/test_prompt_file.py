"""Prompts of one's own: every line is checked, and told by its number when it is wrong."""

import pytest

from locustfiles.journeys.prompt_file import FilePrompt, read_prompts
from locustfiles.protocols.checkout import BasketItem
from locustfiles.target.data_files import DataError
from locustfiles.target.target import Goods

GOODS = (Goods("tea", "Tea", vertical="drinks"), Goods("cake", "Cake"))


def test_lines() -> None:
    """What a line leaves out comes from its text and its first item."""
    data = """{"text":"一杯茶","items":[{"sku":"tea","quantity":2}]}
{"text":"hello","vertical":"talk","language":"zh"}
""".encode()

    assert read_prompts(data, GOODS) == (
        FilePrompt("一杯茶", (BasketItem("tea", 2),), "drinks", "zh"),
        FilePrompt("hello", (), "talk", "zh"),
    )
    assert read_prompts(b'{"text":"hi","items":[{"sku":"any","quantity":1}]}', ())[0].vertical == "other"


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        pytest.param("[]", "it is not an object", id="no object"),
        pytest.param('{"txt":"a"}', "txt: unknown; did you mean text?", id="a member"),
        pytest.param('{"text":" "}', "text is missing, blank or longer", id="no text"),
        pytest.param('{"text":"a"}', "items is missing; the journey buys", id="no items"),
        pytest.param('{"text":"a","items":[]}', "items is not a list of 1 to 50", id="an empty basket"),
        pytest.param('{"text":"a","items":[{"sku":"tea"}]}', "an item is not", id="no quantity"),
        pytest.param('{"text":"a","items":[{"sku":"tea","quantity":0}]}', "a quantity is not", id="nothing of it"),
        pytest.param('{"text":"a","items":[{"sku":"tea","quantity":true}]}', "a quantity is not", id="a flag"),
        pytest.param(
            '{"text":"a","items":[{"sku":"tea","quantity":1},{"sku":"tea","quantity":1}]}', "a sku twice", id="twice"
        ),
        pytest.param('{"text":"a","items":[{"sku":"teas","quantity":1}]}', "did you mean tea?", id="a sku"),
        pytest.param(
            '{"text":"a","items":[{"sku":"tea","quantity":1}],"language":"fr"}', "language is not", id="French"
        ),
        pytest.param(
            '{"text":"a","items":[{"sku":"tea","quantity":1}],"vertical":1}', "vertical is no text", id="a number"
        ),
    ],
)
def test_mistakes(line: str, sentence: str) -> None:
    """A line that is no prompt is told by its number."""
    good = '{"text":"a","items":[{"sku":"tea","quantity":1}]}'
    with pytest.raises(DataError) as raised:
        read_prompts(f"{good}\n{line}\n".encode(), GOODS, name="p.jsonl", needs_items=True)

    assert str(raised.value).startswith("p.jsonl line 2: ")
    assert sentence in str(raised.value)
