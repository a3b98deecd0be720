"""Evidence that an ordinary answer without progress is a refusal: the same text to many shoppers, and words.

    refused soft = no progress and (template or words)

**Template**: the same masked text to at least five shoppers with five different baskets within a minute, absent from the
replies that made progress. **Words**: a phrase of the lexicon; it names the reason. A reply is never judged by its words alone:
the caller asks only about replies without progress. Collapse (far fewer tokens than that turn's baseline) is no evidence here,
since it needs a calibrated baseline.

This module must not know protocols, nor what else a reply may be.
"""

import re
import unicodedata
from collections import OrderedDict
from collections.abc import Hashable, Mapping, Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import TypeVar

from locustfiles.recording.lexicon import BUSINESS_NO, BUSY, DEGRADED, TRADITIONAL, Words
from reports.run_record.outcome import Reason

WINDOW_S = 60.0
SHOPPERS = 5
MAX_MASKS = 1024
"""Different masked texts that a book remembers; a service whose every reply differs pushes out the oldest."""
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
    folded = unicodedata.normalize("NFKC", text).casefold().translate(TRADITIONAL)
    if not folded.isascii():
        folded = "".join(mark for mark in folded if mark.isspace() or unicodedata.category(mark) not in _MARKS)
    return _BLANKS.sub(" ", folded).strip()


@lru_cache(maxsize=REMEMBERED_TEXTS)
def mask(text: str, own_words: tuple[str, ...] = ()) -> int:
    """The 64-bit hash (BLAKE2b) of a text without what is the shopper's own: ``own_words``, ids, prices and numbers."""
    bare = normalise(text[:MAX_MASKED_CHARACTERS])
    for word in sorted(filter(None, map(normalise, own_words)), key=len, reverse=True):
        bare = bare.replace(word, "#")
    bare = _NUMBERS.sub("#", _NUMBER.sub("#", _TOKEN.sub(_without_identifier, bare)))
    return int.from_bytes(blake2b(bare.encode("utf-8", "replace"), digest_size=8).digest(), "big")


def _without_identifier(token: re.Match[str]) -> str:
    """``#`` for what looks like an id: it holds a digit, and is long or made of parts."""
    text = token[0]
    is_made = "-" in text or "_" in text or len(text) >= _SHORTEST_IDENTIFIER
    return "#" if is_made and any(mark.isdigit() for mark in text) else text


def busy_reason(text: str) -> Reason | None:
    """The reason that the text's words name for a refusal, None when none do or when they also tell a business no."""
    normal = normalise(text[:MAX_MASKED_CHARACTERS])
    if any(phrase in normal for phrase in BUSINESS_NO):
        return None
    return _reason_in(normal, BUSY)


def sounds_degraded(text: str) -> bool:
    """Whether the words are those of an assistant that has lost its tools."""
    return _reason_in(normalise(text[:MAX_MASKED_CHARACTERS]), DEGRADED) is not None


def _reason_in(normal: str, lexicon: Sequence[Words]) -> Reason | None:
    return next((words.reason for words in lexicon if any(phrase in normal for phrase in words.phrases)), None)


V = TypeVar("V")


class TemplateBook:
    """Which masked texts went to which shoppers lately; bounded in memory, the clock is an argument.

    ``names`` are the words by which a basket's skus are called, so that they can be masked. The book is one worker's: with
    n workers a template is seen n times as late.
    """

    def __init__(
        self, window_s: float = WINDOW_S, shoppers: int = SHOPPERS, *, names: Mapping[str, Sequence[str]] | None = None
    ) -> None:
        self._window_s = window_s
        self._shoppers = shoppers
        self._names = names or {}
        self._seen: OrderedDict[int, OrderedDict[Hashable, tuple[str, float]]] = OrderedDict()
        self._good: OrderedDict[int, None] = OrderedDict()
        self._good_texts: OrderedDict[int, None] = OrderedDict()

    def note(self, text: str, *, shopper: str, basket: frozenset[tuple[str, int]], at_s: float) -> bool:
        """Take in a reply without progress; whether it is a template by now. A blank reply never is."""
        if not text.strip():
            return False
        key = self._mask(text, basket)
        if key in self._good:
            return False
        given = _touched(self._seen, key, OrderedDict[Hashable, tuple[str, float]]())
        given.pop(basket, None)
        given[basket] = (shopper, at_s)
        while len(given) > 2 * self._shoppers:  # a shopper may come with several baskets
            given.popitem(last=False)
        recent = [name for name, seen_s in given.values() if at_s - seen_s <= self._window_s]
        return len(recent) >= self._shoppers and len(set(recent)) >= self._shoppers

    def learn(self, text: str, *, basket: frozenset[tuple[str, int]]) -> None:
        """Take in the text of a reply that made progress: what it says is no sign of a refusal."""
        known = hash(text)  # most good replies repeat word for word, and masking costs twenty times as much as this
        if not text or known in self._good_texts:
            return
        _touched(self._good_texts, known, None)
        _touched(self._good, self._mask(text, basket), None)

    def _mask(self, text: str, basket: frozenset[tuple[str, int]]) -> int:
        own = (word for sku, _ in basket for word in (sku, *self._names.get(sku, ())))
        return mask(text[:MAX_MASKED_CHARACTERS], tuple(sorted(own)))


def _touched(memory: OrderedDict[int, V], key: int, fresh: V) -> V:
    """The value of a key, which becomes the youngest; the oldest beyond the bound are forgotten."""
    value = memory.setdefault(key, fresh)
    memory.move_to_end(key)
    while len(memory) > MAX_MASKS:
        memory.popitem(last=False)
    return value
