"""The lexicon is data; what is held here is that it can work."""

import pytest

from locustfiles.recording.lexicon import BUSINESS_NO, BUSY, DEGRADED
from locustfiles.recording.soft_refusal import normalise

PHRASES = [phrase for words in (*BUSY, *DEGRADED) for phrase in words.phrases] + list(BUSINESS_NO)


@pytest.mark.parametrize("phrase", PHRASES)
def test_a_phrase_is_written_as_texts_are_compared(phrase: str) -> None:
    """A phrase that normalisation would change could never be found."""
    assert normalise(phrase) == phrase


def test_no_phrase_is_both_busy_and_a_business_no() -> None:
    """The phrases that cancel a busy text are not part of one."""
    assert [no for no in BUSINESS_NO for words in BUSY if no in words.phrases] == []
