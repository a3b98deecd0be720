"""In which words a target turned shoppers away: the evidence of a run, one value a template, step, outcome and reason.

This module must not know terminals or pages. Templates and samples are the target's own words, hostile and bounded: who shows them escapes
them.
"""

import msgspec

from reports.run_record.run_directory import Run
from reports.run_record.said import OTHER_WORDS

MOST_WORDS = 200
"""Values at most, those that most shoppers saw."""
MOST_CHARACTERS = 400
"""Of a template and of a sample; what a foreign record has beyond is cut."""


class RefusalWords(msgspec.Struct, frozen=True):
    """One text in which shoppers were turned away at one step."""

    template: str
    """Without names, ids, prices and numbers; "" = other texts, beyond the number that a record keeps."""
    sample: str
    """As one shopper read it."""
    step: str
    outcome: str
    reason: str
    first_second: int
    shoppers: int
    """Wishes that met it; a wish that met it at two steps counts at the first."""
    n: int
    """Answers."""


def refusal_words(run: Run) -> list[RefusalWords]:
    """The texts of a run, those that most shoppers saw first; empty when none were kept."""
    sums: dict[tuple[int, str, str, str], list[int]] = {}
    texts: dict[int, tuple[str, str]] = {}
    for row in run.table("words").to_pylist():
        key = (row["key"], row["step"], row["outcome"], row["reason"])
        known = sums.setdefault(key, [row["second"], 0, 0])
        known[0] = min(known[0], row["second"])
        known[1] += row["wishes"]
        known[2] += row["n"]
        if row["template"] and row["key"] != OTHER_WORDS:
            texts.setdefault(row["key"], (row["template"][:MOST_CHARACTERS], row["sample"][:MOST_CHARACTERS]))
    found = [
        RefusalWords(*texts.get(key, ("", "")), step, outcome, reason, second, wishes, n)
        for (key, step, outcome, reason), (second, wishes, n) in sums.items()
    ]
    return sorted(found, key=lambda one: (-one.shoppers, -one.n, one.first_second, one.template))[:MOST_WORDS]
