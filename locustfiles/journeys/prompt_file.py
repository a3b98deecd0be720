"""The prompts file: one JSON object a line, with what the shopper says and the basket that it means.

    {"text": "两杯奶茶", "items": [{"sku": "milk-tea", "quantity": 2}], "vertical": "milk_tea", "language": "zh"}

``text`` is needed; ``items`` too, but in a journey of the chat alone; the others may be left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast, get_args

from locustfiles.journeys.catalogue import Language
from locustfiles.protocols.checkout import BasketItem
from locustfiles.target.data_files import DataError, json_lines, read_lines
from locustfiles.target.fields import nearest, unknown
from locustfiles.target.target import Goods

MEMBERS = ("text", "items", "vertical", "language")
MOST_PROMPTS = 200_000
LONGEST_TEXT = 32_768
LONGEST_WORD = 255
MOST_ITEMS, MOST_QUANTITY = 50, 1_000
NO_VERTICAL = "other"
_FIRST_HAN, _LAST_HAN = "\u4e00", "\u9fff"


@dataclass(frozen=True, slots=True)
class FilePrompt:
    """One line."""

    text: str
    items: tuple[BasketItem, ...]
    vertical: str
    language: Language


def read_prompts(
    data: bytes, goods: Sequence[Goods], *, name: str = "the file", needs_items: bool = False
) -> tuple[FilePrompt, ...]:
    """Every line's prompt; DataError with one sentence that names the wrong lines.

    With ``goods`` every sku must be one of theirs, and a line without a vertical has its first item's.
    """
    verticals = {product.sku: product.vertical for product in goods}
    lines = read_lines(
        name,
        json_lines(data),
        lambda value: _prompt(value, verticals, needs_items=needs_items),
        most=MOST_PROMPTS,
    )
    return tuple(lines)


def _prompt(value: Any, verticals: dict[str, str], *, needs_items: bool) -> FilePrompt:
    if not isinstance(value, dict):
        raise DataError("it is not an object")
    for name in value:
        if name not in MEMBERS:
            raise DataError(f"{name}: {unknown(name, MEMBERS)}")
    text = value.get("text")
    if not isinstance(text, str) or not text.strip() or len(text) > LONGEST_TEXT:
        raise DataError(f"text is missing, blank or longer than {LONGEST_TEXT:,} characters")
    items = _items(value.get("items"), verticals)
    if needs_items and not items:
        raise DataError("items is missing; the journey buys, so say what")
    language = value.get("language", _language_of(text))
    if language not in get_args(Language):
        raise DataError(f"language is not one of {', '.join(get_args(Language))}")
    vertical = value.get("vertical", verticals.get(items[0].sku, NO_VERTICAL) if items else NO_VERTICAL)
    if not isinstance(vertical, str) or not vertical or len(vertical) > LONGEST_WORD:
        raise DataError("vertical is no text")
    return FilePrompt(text, items, vertical, cast("Language", language))


def _items(value: Any, verticals: dict[str, str]) -> tuple[BasketItem, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or not 1 <= len(value) <= MOST_ITEMS:
        raise DataError(f"items is not a list of 1 to {MOST_ITEMS}")
    items = tuple(_item(one, verticals) for one in value)
    if len({item.sku for item in items}) != len(items):
        raise DataError("items names a sku twice; add the quantities up")
    return items


def _item(value: Any, verticals: dict[str, str]) -> BasketItem:
    members = set(value) if isinstance(value, dict) else set()
    sku, quantity = (value.get("sku"), value.get("quantity")) if isinstance(value, dict) else (None, None)
    if members != {"sku", "quantity"} or not isinstance(sku, str) or not sku or len(sku) > LONGEST_WORD:
        raise DataError('an item is not {"sku": text, "quantity": number}')
    if isinstance(quantity, bool) or not isinstance(quantity, int) or not 1 <= quantity <= MOST_QUANTITY:
        raise DataError(f"a quantity is not a whole number from 1 to {MOST_QUANTITY:,}")
    if verticals and sku not in verticals:
        near = nearest(sku, verticals)
        raise DataError(f"sku {sku[:60]!r} is not in the catalogue" + (f"; did you mean {near}?" if near else ""))
    return BasketItem(sku, quantity)


def _language_of(text: str) -> Language:
    return "zh" if any(_FIRST_HAN <= mark <= _LAST_HAN for mark in text) else "en"
