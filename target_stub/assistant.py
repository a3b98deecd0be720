"""What the shop's assistant says to a prompt: a pure function from words to words.

It knows the catalogue and the languages of the shoppers, and nothing of HTTP, time or load.
"""

import re
from functools import lru_cache
from typing import Final

import msgspec

from target_stub.catalogue import CATALOGUE, Language, Product

TOOL: Final = "create_checkout"
QUANTITY_MAX: Final = 3

# Longest first: a name that contains another one ("茉莉轻乳茶") must win over what it contains.
_NAMES: Final[tuple[tuple[str, Product], ...]] = tuple(
    sorted(
        ((name.lower(), product) for product in CATALOGUE.values() for name in (product.zh, product.en)),
        key=lambda pair: -len(pair[0]),
    )
)
_QUANTITIES: Final = {
    "一": 1, "两": 2, "二": 2, "三": 3, "1": 1, "2": 2, "3": 3, "a": 1, "an": 1, "one": 1, "two": 2, "three": 3,
}  # fmt: skip
_CHINESE: Final = re.compile("[\u3400-\u9fff]")
_ZH_NUMBER: Final = "([一两二三]|(?<![0-9.])[123](?![0-9.]))"
_EN_NUMBER: Final = r"(?<![\w.])(an?|one|two|three|[123])(?![\w.])"
_ADJACENT: Final = re.compile(f"(?:{_ZH_NUMBER}|{_EN_NUMBER})\\s*[x×]?\\s*$")
_MEASURED: Final = re.compile(f"{_ZH_NUMBER}\\s*[杯张份件盒袋箱个]")
_SPOKEN: Final = re.compile(_EN_NUMBER)


class Answer(msgspec.Struct, frozen=True):
    """What the assistant says, and the basket it orders: `sku` is None when it only talks."""

    text: str
    sku: str | None = None
    quantity: int = 0

    @property
    def arguments(self) -> str:
        """The tool call's arguments as JSON text; empty when there is no call."""
        if self.sku is None:
            return ""
        basket = {"items": [{"sku": self.sku, "quantity": self.quantity}]}
        return msgspec.json.encode(basket).decode()


def language_of(text: str) -> Language:
    """Return zh as soon as the text has one Chinese character."""
    return "zh" if _CHINESE.search(text) else "en"


def answer(prompt: str, *, may_order: bool = True) -> Answer:
    """Return the answer to a shopper's prompt; without the tool (`may_order` false) it recommends and does not order."""
    language = language_of(prompt)
    found = product_in(prompt)
    if found is None:
        return ask_back(language)
    product, before, after = found
    return _confirm(language, product.sku, quantity_in(before, after), may_order)


def ask_back(language: Language) -> Answer:
    """Return the question that follows a prompt without a product."""
    if language == "zh":
        return Answer("请问您想买什么？告诉我商品名称和数量，我来为您下单。")
    return Answer("What would you like to buy? Tell me the product and how many, and I will order it.")


def after_tool(language: Language) -> Answer:
    """Return what follows the result of a tool call: the checkout itself is not the assistant's business."""
    return Answer(
        "结账单已经建好，请确认并付款。" if language == "zh" else "The checkout is ready: please confirm and pay."
    )


@lru_cache(maxsize=4 * len(CATALOGUE) * QUANTITY_MAX)
def _confirm(language: Language, sku: str, quantity: int, may_order: bool) -> Answer:
    product = CATALOGUE[sku]
    if not may_order:
        return Answer(f"推荐您试试{product.zh}。" if language == "zh" else f"I would suggest the {product.en}.")
    if language == "zh":
        return Answer(f"好的，马上为您下单：{product.zh}，{quantity}份。", sku, quantity)
    return Answer(f"Sure, I am ordering this for you: {product.en}, quantity {quantity}.", sku, quantity)


def product_in(prompt: str) -> tuple[Product, str, str] | None:
    """Return the product with the longest name in the text, with the lower-case text before and after that name."""
    text = prompt.lower()
    for name, product in _NAMES:
        before, found, after = text.partition(name)
        if found:
            return product, before, after
    return None


def quantity_in(before: str, after: str) -> int:
    """Return how many are asked for, 1 when nothing says so.

    In this order: the number right before the product, the last number with a measure word before it, the first such
    number after it, the last English number word before it.
    """
    for numbers in (
        _ADJACENT.findall(before)[-1:],
        _MEASURED.findall(before)[-1:],
        _MEASURED.findall(after)[:1],
        _SPOKEN.findall(before)[-1:],
    ):
        for number in numbers:
            return _QUANTITIES[number if isinstance(number, str) else number[0] or number[1]]
    return 1
