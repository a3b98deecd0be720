"""Strict reading of a document's fields: every error names its path, an unknown name also its nearest known one.

Works on what ``yaml.safe_load`` gives. This module must not know what the fields mean (``slo``).
"""

import math
from collections.abc import Iterable
from typing import Any

REFUSED_FIELDS = {
    "alertPolicies": "alert policies are not read: the gate judges one run, nobody is paged",
    "calendar": "calendar windows are not read: write a rolling window such as `duration: 9h`",
    "metricSourceRef": "references to data sources are not read: write the metricSource in place",
    "raw": "raw ratios are not read: write `good` (or `bad`) and `total`",
    "rawType": "raw ratios are not read: write `good` (or `bad`) and `total`",
    "compositeWeight": "composite objectives are not read: write one SLO for each part",
    "timeSliceTarget": "time slices are not read: write `budgetingMethod: Occurrences`",
    "timeSliceWindow": "time slices are not read: write `budgetingMethod: Occurrences`",
}
"""Fields of OpenSLO v1 that are known and refused, with the sentence that says what to do."""

SHOWN_LIMIT = 60
"""Characters of a wrong value that an error quotes."""


class SloError(Exception):
    """One sentence: where in the SLO file, what is wrong with which value, what to do."""


def edit_distance(left: str, right: str) -> int:
    """Insertions, deletions and replacements that turn one word into the other (Levenshtein 1966)."""
    row = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        row, above = [i], row
        for j, b in enumerate(right, 1):
            row.append(min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (a != b)))
    return row[-1]


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word at the least edit distance, None when that is more than max(2, len/3)."""
    ranked = sorted((edit_distance(word, other), other) for other in known)
    return ranked[0][1] if ranked and ranked[0][0] <= max(2, len(word) / 3) else None


def unknown(word: str, known: Iterable[str]) -> str:
    """``unknown; did you mean target?``, or the known words when none is near."""
    words = sorted(known)
    near = nearest(word, words)
    return f"unknown; did you mean {near}?" if near else f"unknown; known are {', '.join(words)}"


def shown(value: object) -> str:
    """A value as an error quotes it, bounded."""
    text = repr(value)
    return text if len(text) <= SHOWN_LIMIT else text[: SHOWN_LIMIT - 3] + "..."


def fields(value: Any, path: str, known: set[str], required: set[str] | frozenset[str] = frozenset()) -> dict[str, Any]:
    """The mapping at ``path``, after its keys were found known and the required ones present."""
    if not isinstance(value, dict):
        raise SloError(f"{path}: must be a mapping, got {shown(value)}")
    for key in value:
        here = f"{path}.{key}" if path else str(key)
        if key not in known:
            raise SloError(f"{here}: {REFUSED_FIELDS.get(str(key)) or unknown(str(key), known)}")
    for key in sorted(required - value.keys()):
        raise SloError(f"{path}.{key}: missing" if path else f"{key}: missing")
    return value


def text(value: Any, path: str) -> str:
    """The non-empty text at ``path``."""
    if not isinstance(value, str) or not value.strip():
        raise SloError(f"{path}: must be a text, got {shown(value)}")
    return value.strip()


def number(value: Any, path: str) -> float:
    """The number at ``path``."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise SloError(f"{path}: must be a number, got {shown(value)}")
    if not math.isfinite(value):
        raise SloError(f"{path}: must be a finite number, got {shown(value)}")
    return float(value)


def items(value: Any, path: str) -> list[Any]:
    """The non-empty list at ``path``."""
    if not isinstance(value, list) or not value:
        raise SloError(f"{path}: must be a list with at least one entry, got {shown(value)}")
    return value


def one_of(value: Any, path: str, known: Iterable[str]) -> str:
    """The word at ``path``, one of the known ones."""
    words = list(known)
    word = text(value, path)
    if word not in words:
        raise SloError(f"{path}: {word} is {unknown(word, words)}")
    return word
