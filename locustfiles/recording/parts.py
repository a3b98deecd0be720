"""Work that yields between its parts, so that whoever does it may do something else in between.

This module must not know what is done in between (``session.breath``).
"""

from collections.abc import Generator
from typing import TypeVar

T = TypeVar("T")
Parts = Generator[None, None, T]
"""Work to be done to its end, which returns a value."""


def at_once(parts: Parts[T]) -> T:
    """Do the work without a pause; what it returns."""
    while True:
        try:
            next(parts)
        except StopIteration as end:
            result: T = end.value
            return result
