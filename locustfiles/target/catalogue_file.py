"""The catalogue file: a shop's goods as CSV or as JSON lines, with the members of ``Goods``.

sku,name,name_zh,title,vertical,price_minor        the first two are needed, the others may be left out
"""

from pathlib import Path
from typing import Any

from locustfiles.target.data_files import DataError, csv_lines, json_lines, read_bytes, read_lines
from locustfiles.target.fields import unknown
from locustfiles.target.target import Goods

MOST_BYTES = 4 * 1024 * 1024
MOST_GOODS = 20_000
"""Each costs memory in every process, and all of them travel in one message."""
LONGEST_TEXT = 255
COLUMNS = ("sku", "name", "name_zh", "title", "vertical", "price_minor")


def read_goods(path: Path) -> tuple[Goods, ...]:
    """The goods of a ``.csv`` or ``.jsonl`` file; DataError with one sentence that names the lines."""
    if path.suffix not in (".csv", ".jsonl"):
        raise DataError(f"{path.name} is neither .csv nor .jsonl")
    data = read_bytes(path, most=MOST_BYTES)
    lines = csv_lines(data) if path.suffix == ".csv" else json_lines(data)
    known: set[str] = set()

    def read(value: Any) -> Goods:
        goods = _goods(value)
        if goods.sku in known:
            raise DataError(f"sku {goods.sku!r} has a line already")
        known.add(goods.sku)
        return goods

    return tuple(read_lines(path.name, lines, read, most=MOST_GOODS))


def _goods(value: Any) -> Goods:
    if not isinstance(value, dict):
        raise DataError("it is not an object with the members of a product")
    for name in value:
        if name not in COLUMNS:
            raise DataError(f"{name}: {unknown(str(name), COLUMNS)}")
    for name in ("sku", "name"):
        if not value.get(name):
            raise DataError(f"{name} is missing")
    texts = {name: value[name] for name in COLUMNS[:-1] if name in value}
    for name, text in texts.items():
        if not isinstance(text, str) or len(text) > LONGEST_TEXT or not text.isprintable():
            raise DataError(f"{name} is not a printable text of at most {LONGEST_TEXT} characters")
    return Goods(**texts, price_minor=_price(value.get("price_minor")))


def _price(value: Any) -> int | None:
    if value is None:
        return None
    if isinstance(value, str) and value.isdecimal() and value.isascii():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**53:
        raise DataError("price_minor is not a whole number of minor units from 0")
    return value
