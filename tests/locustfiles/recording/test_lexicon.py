"""The lexicon is data; what is held here is that it can work."""

import re

import pytest

from locustfiles.recording import lexicon
from locustfiles.recording.masking import normalise

GROUPS = (
    "CROWDED",
    "UNABLE",
    "LATER",
    "QUEUE",
    "CAPACITY",
    "RATE",
    "DEGRADED",
    "BUSINESS_NO",
    "MODERATION",
    "GOING_ON",
    "QUESTION",
)
PATTERNS = [
    pytest.param(pattern, id=f"{name} {place}")
    for name in GROUPS
    for place, pattern in enumerate(getattr(lexicon, name))
]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_pattern_is_written_as_texts_are_compared(pattern: str) -> None:
    """Letters that normalisation would change could never be found: no capitals, no traditional or full-width characters."""
    letters = re.sub(r"\\[A-Za-z]", "", pattern)
    literal = "".join(mark for mark in letters if mark.isalpha())

    assert normalise(literal) == literal


@pytest.mark.parametrize("pattern", PATTERNS)
def test_no_pattern_matches_nothing(pattern: str) -> None:
    """A pattern that the empty text has would hit every text."""
    assert re.search(pattern, "") is None


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_pattern_has_no_repetition_in_a_repetition(pattern: str) -> None:
    """Hostile text cannot make the search slow: nothing unbounded is repeated without bound."""
    assert re.search(r"[*+]\)[*+]", pattern) is None
    assert ".*" not in pattern.replace(r"\b.*\?", "")
