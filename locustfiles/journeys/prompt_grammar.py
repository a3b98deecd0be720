"""The machinery of prompts: choices drawn from one hash, and sentences put together from tables.

A layout is a row of tables; a sentence takes one text of each. ``{order}`` stands for quantity and product, ``{place}`` for
the street. This module must not know a language or a product.
"""

from hashlib import blake2b
from typing import TypeVar

T = TypeVar("T")

Table = tuple[str, ...]
"""Texts of which a sentence takes one; a text that stands twice is taken twice as often."""
Layout = tuple[Table, ...]

ORDER = "{order}"
PLACE = "{place}"
_HASH = blake2b(person=b"springtideprompt")


class Draws:
    """Choices that depend on a key and nothing else.

    The 512 bits of the key's BLAKE2b hash are one large number; every choice takes its remainder, as digits are taken from a
    number in mixed radix. A prompt uses up fewer than 100 of the bits, so its choices are even to one part in 2^400.
    """

    __slots__ = ("_left",)

    def __init__(self, key: str) -> None:
        """``key`` names the place of the draws in the run, such as seed and index."""
        hashed = _HASH.copy()
        hashed.update(key.encode())
        self._left = int.from_bytes(hashed.digest(), "little")

    def pick(self, table: tuple[T, ...]) -> T:
        """One entry of ``table``."""
        self._left, at = divmod(self._left, len(table))
        return table[at]

    def pick_each(self, tables: tuple[tuple[T, ...], ...]) -> list[T]:
        """One entry of each table, drawn in their order."""
        left = self._left
        picked = []
        for table in tables:
            left, at = divmod(left, len(table))
            picked.append(table[at])
        self._left = left
        return picked

    def below(self, bound: int) -> int:
        """A whole number from 0, less than ``bound``."""
        self._left, at = divmod(self._left, bound)
        return at


def layout(*parts: str | Table) -> Layout:
    """A layout of tables and fixed texts."""
    return tuple((part,) if isinstance(part, str) else part for part in parts)


def sentence(tables: Layout, draws: Draws, order: str, place: str) -> str:
    """One sentence of a layout, with its order and place filled in."""
    text = "".join(draws.pick_each(tables))
    return text.replace(ORDER, order).replace(PLACE, place)
