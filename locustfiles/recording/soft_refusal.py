"""Evidence that an ordinary answer without progress is a refusal: the same text to many shoppers, answers that collapse, and words.

    refused soft = no progress and (template or collapse or words)

**Template**: the same masked text, or one nearly the same, to at least five shoppers with five different baskets within a minute,
absent from the replies that made progress. **Collapse**: far fewer output tokens than that turn's good replies have
(``token_baseline``). **Words**: ``busy_words``; they name the reason. A reply is never judged by its words alone: the caller asks only about
replies without progress, and a business no, moderation or a question to many alike is no refusal.

This module must not know protocols, nor what else a reply may be.
"""

from collections import OrderedDict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

from locustfiles.recording.busy_words import says_something_else
from locustfiles.recording.masking import MAX_MASKED_CHARACTERS, hashed, masked
from locustfiles.recording.near_duplicates import NearDuplicates
from locustfiles.recording.token_baseline import TokenBaseline

WINDOW_S = 60.0
SHOPPERS = 5
MAX_MASKS = 1024
"""Different masked texts that a book remembers; a service whose every reply differs pushes out the oldest."""
LEARNT_REPLIES = 3000
"""Good replies of which every new text is learnt, ..."""
LEARN_EVERY = 16
"""... and one in so many beyond, since a model's every reply differs and each costs a tenth of a millisecond."""

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
        self._learnt = 0
        self._groups = NearDuplicates(MAX_MASKS)
        self._good_groups = NearDuplicates(MAX_MASKS)
        self._group_of: OrderedDict[int, int] = OrderedDict()
        self._tokens = TokenBaseline(window_s, shoppers)

    def note(
        self, text: str, *, shopper: str, basket: frozenset[tuple[str, int]], at_s: float, tokens: int | None = None
    ) -> bool:
        """Take in a reply without progress of so many output tokens; whether it is a template or part of a collapse by now.

        A blank reply is no template; a business no, moderation or a question is neither.
        """
        if says_something_else(text):
            return False
        has_collapsed = self._tokens.note(tokens, shopper=shopper, basket=basket, at_s=at_s)
        if not text.strip():
            return has_collapsed
        key = self._group(text, basket)
        if key is None:
            return has_collapsed
        given = _touched(self._seen, key, OrderedDict[Hashable, tuple[str, float]]())
        given.pop(basket, None)
        given[basket] = (shopper, at_s)
        while len(given) > 2 * self._shoppers:  # a shopper may come with several baskets
            given.popitem(last=False)
        recent = [name for name, seen_s in given.values() if at_s - seen_s <= self._window_s]
        return has_collapsed or (len(recent) >= self._shoppers and len(set(recent)) >= self._shoppers)

    def learn(
        self, text: str, *, basket: frozenset[tuple[str, int]], at_s: float = 0.0, tokens: int | None = None
    ) -> None:
        """Take in the text of a reply that made progress: what it says is no sign of a refusal."""
        self._tokens.learn(tokens, at_s=at_s)
        known = hash(text)  # most good replies repeat word for word, and masking costs twenty times as much as this
        if not text or known in self._good_texts:
            return
        self._learnt += 1
        if self._learnt > LEARNT_REPLIES and self._learnt % LEARN_EVERY:
            return
        _touched(self._good_texts, known, None)
        bare = self._masked(text, basket)
        key = hashed(bare)
        if key not in self._good:
            self._good_groups.group(key, bare)
        _touched(self._good, key, None)

    def own_words(self, skus: Iterable[str]) -> tuple[str, ...]:
        """The skus, and the words by which they are called, in one order."""
        return tuple(sorted({word for sku in skus for word in (sku, *self._names.get(sku, ()))}))

    def _masked(self, text: str, basket: frozenset[tuple[str, int]]) -> str:
        return masked(text[:MAX_MASKED_CHARACTERS], self.own_words(sku for sku, _ in basket))

    def _group(self, text: str, basket: frozenset[tuple[str, int]]) -> int | None:
        """The group of texts that are nearly the same; None when good replies say so too."""
        bare = self._masked(text, basket)
        key = hashed(bare)
        if key in self._good:
            return None
        group = self._group_of.get(key)
        if group is None:
            if self._good_groups.find(bare) is not None:
                return None
            group = _touched(self._group_of, key, self._groups.group(key, bare))
        return group


def _touched(memory: OrderedDict[int, V], key: int, fresh: V) -> V:
    """The value of a key, which becomes the youngest; the oldest beyond the bound are forgotten."""
    value = memory.setdefault(key, fresh)
    memory.move_to_end(key)
    while len(memory) > MAX_MASKS:
        memory.popitem(last=False)
    return value
