"""What the words of an answer without progress name: a refusal's reason, a business no, moderation, an assistant without tools.

    refusal = queue | capacity | crowded & (later | unable | crowded twice | short) | unable & later,   unless the words also tell of something else

``else`` is a business no, moderation, an order that goes on, or a question about the wish. Words never decide alone: callers ask about
answers that lack what they must produce. Patterns are data (``lexicon``); the texts they are judged on are in the tests.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import islice

from locustfiles.recording import lexicon
from locustfiles.recording.masking import REMEMBERED_TEXTS, normalise
from reports.run_record.outcome import Reason

MAX_CHARACTERS = 400
"""Looked at: who turns a shopper away says so at once."""
SHORT_CHARACTERS = 40
"""A crowd that is told of in one short line, and nothing else, is a refusal also without "later"."""


def _any(patterns: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))


_CROWDED, _UNABLE, _LATER = _any(lexicon.CROWDED), _any(lexicon.UNABLE), _any(lexicon.LATER)
_QUEUE, _CAPACITY, _DEGRADED = _any(lexicon.QUEUE), _any(lexicon.CAPACITY), _any(lexicon.DEGRADED)
_SOMETHING_ELSE = _any((*lexicon.BUSINESS_NO, *lexicon.MODERATION, *lexicon.GOING_ON, *lexicon.QUESTION))
_NO_TEMPLATE = _any((*lexicon.BUSINESS_NO, *lexicon.MODERATION, *lexicon.QUESTION))
_REASONS = tuple((reason, _any(patterns)) for reason, patterns in lexicon.REASONS)


@lru_cache(maxsize=REMEMBERED_TEXTS)
def busy_reason(text: str) -> Reason | None:
    """The reason that the text's words name for a refusal; None when they name none, or also tell of something else."""
    normal = normalise(text[:MAX_CHARACTERS])
    if not _turns_away(normal) or _SOMETHING_ELSE.search(normal):
        return None
    return next((reason for reason, pattern in _REASONS if pattern.search(normal)), Reason.BUSY_CANNED)


def _turns_away(normal: str) -> bool:
    if _QUEUE.search(normal) or _CAPACITY.search(normal):
        return True
    is_later, is_unable = _LATER.search(normal) is not None, _UNABLE.search(normal) is not None
    crowds = len(list(islice(_CROWDED.finditer(normal), 2)))
    if crowds:
        return is_later or is_unable or crowds > 1 or len(normal) <= SHORT_CHARACTERS
    return is_later and is_unable


@lru_cache(maxsize=REMEMBERED_TEXTS)
def says_something_else(text: str) -> bool:
    """Whether the words are a business no, moderation or a question about the wish: to many alike, still no refusal."""
    return _NO_TEMPLATE.search(normalise(text[:MAX_CHARACTERS])) is not None


@lru_cache(maxsize=REMEMBERED_TEXTS)
def sounds_degraded(text: str) -> bool:
    """Whether the words are those of an assistant that has lost its tools."""
    return _DEGRADED.search(normalise(text[:MAX_CHARACTERS])) is not None
