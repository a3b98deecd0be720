"""A sample of what the assistant answers, so that the verdicts can be audited afterwards: every answer of a share of the wishes.

Chosen by hash of seed and wish (``splitmix64``), so that workers agree and a rerun keeps the same wishes. Of each answer: its verdict, whether the basket
was understood, and a text of at most ``DETAIL_CHARACTERS``. Bounded: ``MOST_TEXTS`` and ``MOST_BYTES`` in a run of one worker; from the
first text that does not fit, texts are counted and not kept, since short ones that still fit would be no fair sample.

What a target says may quote our secrets: it is cleaned before it is cut, so that none stands across the cut.
"""

from collections import Counter
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from locustfiles.protocols.chat_completions import ChatReply
from locustfiles.recording.classify import DETAIL_CHARACTERS, Verdict, bounded
from locustfiles.transport.exchange import Exchange
from reports.run_record.outcome import CHAT, Outcome
from reports.run_record.said import NO_WISH, NOT_KNOWN, TextRow

MOST_TEXTS = 10_000
MOST_BYTES = 4 * 1024 * 1024
"""Of texts in UTF-8: 7,000 Chinese ones of full length."""
_CLEANED_CHARACTERS = 2 * DETAIL_CHARACTERS
_BLOCK_BITS = 12
"""Wishes are looked at 4,096 at a time, so that one that is not chosen costs next to nothing."""
_OPEN_BLOCKS = 8
"""Shoppers ask nearly in the order of their wishes."""
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def splitmix64(seed: int, first: int, n: int) -> NDArray[np.uint64]:
    """The outputs ``first`` to ``first + n - 1`` of SplitMix64 with this seed, from 0 to 2^63 - 1; output 0 is its first.

    Source: Steele, Lea, Flood, Fast Splittable Pseudorandom Number Generators, 2014.
    """
    z = np.arange(first + 1, first + n + 1, dtype=np.uint64) * _GOLDEN + np.uint64(seed)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


class TextSample:
    """Takes the answers of chosen wishes; ``take`` gives what has come since."""

    def __init__(self, seed: int = 0, share: float = 0.0, clean: Callable[[str], str] = str) -> None:
        """``share`` of the wishes, from 0 to 1, are chosen; ``clean`` blanks our secrets in a text of the target's."""
        self._seed = seed
        self._below = round(share * 2**64)
        self._chosen: dict[int, frozenset[int]] = {}
        self._clean = clean
        self._texts = self._bytes = 0
        self._is_full = False
        self._rows: list[TextRow] = []
        self._left_out: Counter[tuple[int, str, str]] = Counter()

    def chooses(self, wish: int) -> bool:
        """Whether the answers of the wish with this index are kept."""
        chosen = self._chosen.get(wish >> _BLOCK_BITS)
        return wish in (self._open(wish >> _BLOCK_BITS) if chosen is None else chosen)

    def keep(
        self, second: int, wish: int, exchange: Exchange, reply: object, verdict: Verdict, *, asked_for_call: bool
    ) -> None:
        """Keep one answer of a chosen wish; ``reply`` is what ``ChatDecoder.finish`` gave, ``second`` that of its intended start."""
        text = bounded(self._clean(_said(exchange, reply, verdict)[:_CLEANED_CHARACTERS]))
        size = len(text.encode())
        self._is_full = self._is_full or self._texts == MOST_TEXTS or self._bytes + size > MOST_BYTES
        if self._is_full:
            self._left_out[second, verdict.outcome, verdict.reason] += 1
            return
        self._texts += 1
        self._bytes += size
        is_known = asked_for_call and isinstance(reply, ChatReply)
        understood = int(verdict.outcome is Outcome.DONE) if is_known else NOT_KNOWN
        self._rows.append(TextRow(second, wish, CHAT, verdict.outcome, verdict.reason, understood, text, 0))

    def _open(self, block: int) -> frozenset[int]:
        """The chosen wishes of a block; the block that has been open longest is closed."""
        chosen: frozenset[int] = frozenset()
        if self._below:
            first = block << _BLOCK_BITS
            hashed = splitmix64(self._seed, first, 1 << _BLOCK_BITS)
            chosen = frozenset((np.flatnonzero(hashed <= np.uint64(self._below - 1)) + first).tolist())
        self._chosen[block] = chosen
        if len(self._chosen) > _OPEN_BLOCKS:
            del self._chosen[next(iter(self._chosen))]
        return chosen

    def take(self) -> list[TextRow]:
        """The rows since the last call: texts as they came, then what was left out."""
        rows, self._rows = self._rows, []
        left_out, self._left_out = self._left_out, Counter()
        for (second, outcome, reason), n in left_out.items():
            rows.append(TextRow(second, NO_WISH, CHAT, outcome, reason, NOT_KNOWN, "", n))
        return rows


def _said(exchange: Exchange, reply: object, verdict: Verdict) -> str:
    """The target's own words, "" when there are none: a fault is told in ours."""
    said = reply.text if isinstance(reply, ChatReply) else ""
    return said if said or exchange.fault is not None or not exchange.status else verdict.detail
