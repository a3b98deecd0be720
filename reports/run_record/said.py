"""What a target said, as rows of the run record: in which words it turned shoppers away, and a sample of its assistant's texts.

All of it is the target's own and hostile: whoever shows it escapes it.
"""

import msgspec

OTHER_WORDS = 0
"""The key of words beyond the bound of templates, which are counted and not kept."""
NOT_KNOWN = -1
NO_WISH = -1


class WordsRow(msgspec.Struct, frozen=True, gc=False):
    """In which words the target turned shoppers away: refusals of one second, step, outcome, reason and template (increments)."""

    second: int
    """Of the request's intended start, as in `outcomes`."""
    step: str
    outcome: str
    """`refused_hard`, `refused_soft` or `queued`."""
    reason: str
    key: int
    """Of the template: a positive 63-bit hash; 0 = templates beyond the writer's bound, together."""
    n: int
    """Answers."""
    wishes: int
    """Of them, those whose wish met the template for the first time: their sum is the number of shoppers who saw it."""
    template: str
    """The text without names, ids, prices and numbers; "" when an earlier row of the key has it."""
    sample: str
    """One shopper's text as it came, bounded, without secrets; "" when an earlier row of the key has it. Hostile: escape it."""


class TextRow(msgspec.Struct, frozen=True, gc=False):
    """What came of one request at step `chat` of a chosen wish; or how many of them were left out for the writer's bound."""

    second: int
    """Of the request's intended start, as in `outcomes`."""
    wish: int
    """As in `purchases`; -1 in a row of answers that were left out."""
    step: str
    outcome: str
    reason: str
    understood: int
    """Whether the answer is the tool call for the wished basket: 1 yes, 0 no, -1 = not known: no call was asked for, or no assistant answered."""
    text: str
    """What was said, bounded, without secrets; "" = nothing, as with a call alone or a fault. Hostile: escape it."""
    left_out: int
    """0, or of how many answers of the second, outcome and reason the text was left out (increments)."""
