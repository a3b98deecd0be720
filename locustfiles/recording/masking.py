"""Text as it is compared, and what is left of it without what is one shopper's own.

This module must not know what a text means.
"""

import re
import unicodedata
from functools import lru_cache
from hashlib import blake2b

from locustfiles.recording.traditional import SIMPLIFIED

MAX_MASKED_CHARACTERS = 2000
"""A canned reply is short: what lies beyond is not masked."""
REMEMBERED_TEXTS = 512
"""A service that refuses says the same few texts thousands of times a second: they are worked out once."""
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_TOKEN = re.compile(r"[a-z0-9_-]+")
_SHORTEST_IDENTIFIER = 8
_NUMBERS = re.compile(r"#(?:[\s,.:]*#)*")
_BLANKS = re.compile(r"[\s~～]+")
_MARKS = ("So", "Sk", "Cf", "Cs", "Co", "Cn", "Mn", "Me", "Cc")
"""Unicode categories of emoji, their modifiers, format and control characters, and marks that only decorate."""


@lru_cache(maxsize=REMEMBERED_TEXTS)
def normalise(text: str) -> str:
    """Text as it is compared: NFKC, casefolded, simplified, without emoji and format characters; blanks and ~ as one blank."""
    folded = unicodedata.normalize("NFKC", text).casefold().translate(SIMPLIFIED)
    if not folded.isascii():
        folded = "".join(mark for mark in folded if mark.isspace() or unicodedata.category(mark) not in _MARKS)
    return _BLANKS.sub(" ", folded).strip()


@lru_cache(maxsize=REMEMBERED_TEXTS)
def masked(text: str, own_words: tuple[str, ...] = ()) -> str:
    """The normal form of a text with ``#`` for what is the shopper's own: ``own_words``, ids, prices and numbers."""
    bare = normalise(text[:MAX_MASKED_CHARACTERS])
    for word in sorted(filter(None, map(normalise, own_words)), key=len, reverse=True):
        bare = bare.replace(word, "#")
    return _NUMBERS.sub("#", _NUMBER.sub("#", _TOKEN.sub(_without_identifier, bare)))


def mask(text: str, own_words: tuple[str, ...] = ()) -> int:
    """The 64-bit hash (BLAKE2b) of a masked text."""
    return hashed(masked(text, own_words))


def hashed(bare: str) -> int:
    """64 bits of a text (BLAKE2b)."""
    return int.from_bytes(blake2b(bare.encode("utf-8", "replace"), digest_size=8).digest(), "big")


def _without_identifier(token: re.Match[str]) -> str:
    """``#`` for what looks like an id: it holds a digit, and is long or made of parts."""
    text = token[0]
    is_made = "-" in text or "_" in text or len(text) >= _SHORTEST_IDENTIFIER
    return "#" if is_made and any(mark.isdigit() for mark in text) else text
