"""What the assistant said to the wishes that were chosen for an audit, beside the verdicts on it; and how far a reader's finding reaches.

Texts are the target's own words, hostile and bounded: who shows them escapes them. This module must not know terminals.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec
import pyarrow.compute as pc

from reports.run_record.outcome import CHAT
from reports.run_record.run_directory import Run
from reports.run_record.said import NOT_KNOWN
from reports.verdict import clopper_pearson

OPTION = "keep_texts"
MOST_CHARACTERS = 400
"""Of a text; what a foreign record has beyond is cut."""
BOUND_TAIL = 0.05
"""What is left beyond a one-sided bound of 95 %."""
Kind = tuple[str, str]
"""Outcome and reason."""


class KeptText(msgspec.Struct, frozen=True):
    """One answer that was kept."""

    second: int
    """Of its request's intended start."""
    wish: int
    understood: bool | None
    """Whether it is the tool call for the wished basket; None = no call was asked for, or no assistant answered."""
    text: str
    """"" = without words, as a call alone."""


class TextGroup(msgspec.Struct, frozen=True):
    """The answers of one outcome and reason."""

    outcome: str
    reason: str
    answers: int
    """By the record's own count."""
    answers_share: float | None
    """Of all answers; None where the record counts none."""
    kept: int
    left_out: int
    """Chosen, and left out for the writer's bound."""
    sample_share: float
    """Of the chosen answers: the estimate of ``answers_share``."""
    texts: list[KeptText]
    """In the order of their seconds, at most as many as were asked for."""


class Bound(msgspec.Struct, frozen=True):
    """What a reader's finding says of all answers of the kind that was shown."""

    found: int
    """Texts that are something else than they were called."""
    texts: int
    """That were shown."""
    wishes: int
    """Whose they are: answers to one wish may share their fate, so wishes are counted."""
    at_most: float | None
    """Upper one-sided 95 % bound of the share of such wishes; None = nothing was shown."""


class KeptTexts(msgspec.Struct, frozen=True):
    """The sample of one run."""

    run_id: str
    share: float | None
    """Of the wishes, that was to be kept; None = the record does not say."""
    answers: int
    """At step chat, of any outcome, by the record's own count."""
    kept: int
    wishes: int
    """Whose answers the kept ones are."""
    left_out: int
    left_out_from: int | None
    """Second of the first answer that was left out."""
    why_none: str
    """A sentence when no text was kept; else ""."""
    groups: list[TextGroup]
    """Those that were asked for, the most answers first."""
    bound: Bound | None
    """When a finding was told."""
    notes: list[str]
    """Sentences: what is missing from the sample."""


class Chosen(msgspec.Struct, frozen=True):
    """Which texts are asked for."""

    outcome: str | None = None
    reason: str | None = None
    limit: int | None = None
    """The most texts of each outcome; None = all."""

    def takes(self, kind: Kind) -> bool:
        """Whether answers of this kind are asked for."""
        return self.outcome in (None, kind[0]) and self.reason in (None, kind[1])


def kept_texts(run: Run, chosen: Chosen, found: int | None = None) -> KeptTexts:
    """The texts of a run that are asked for; with ``found``, how many of those shown are no such answers, also the bound."""
    answers = _answers(run)
    rows: list[dict[str, Any]] = run.table("texts").to_pylist()
    gaps = [row for row in rows if row["left_out"]]
    rows = sorted((row for row in rows if not row["left_out"]), key=lambda row: (row["second"], row["wish"]))
    asked = [row for row in rows if chosen.takes(_kind(row))]
    shown = [
        row
        for outcome in {row["outcome"]: None for row in asked}
        for row in _spread([one for one in asked if one["outcome"] == outcome], chosen.limit)
    ]
    kept, left_out = Counter(map(_kind, rows)), Counter[Kind]()
    for row in gaps:
        left_out[_kind(row)] += row["left_out"]
    sampled, total = kept.total() + left_out.total(), answers.total()
    groups = [
        TextGroup(
            *kind,
            answers=answers[kind],
            answers_share=answers[kind] / total if total else None,
            kept=kept[kind],
            left_out=left_out[kind],
            sample_share=(kept[kind] + left_out[kind]) / sampled if sampled else 0.0,
            texts=[_text(row) for row in shown if _kind(row) == kind],
        )
        for kind in sorted({*answers, *kept, *left_out}, key=lambda kind: (-answers[kind], -kept[kind], kind))
        if chosen.takes(kind)
    ]
    share = _share(run)
    return KeptTexts(
        run_id=run.manifest.run_id,
        share=share,
        answers=total,
        kept=len(rows),
        wishes=len({row["wish"] for row in rows}),
        left_out=left_out.total(),
        left_out_from=min((row["second"] for row in gaps), default=None),
        why_none="" if rows else _why_none(share, total),
        groups=groups,
        bound=None if found is None else _bound(found, shown),
        notes=_notes(run),
    )


def _kind(row: dict[str, Any]) -> Kind:
    return row["outcome"], row["reason"]


def _answers(run: Run) -> Counter[Kind]:
    """How many answers at the chat step came to what."""
    table = run.table("outcomes")
    rows = table.filter(pc.equal(table["step"], CHAT)).group_by(["outcome", "reason"]).aggregate([("n", "sum")])
    return Counter({_kind(row): row["n_sum"] for row in rows.to_pylist()})


def _spread(rows: Sequence[dict[str, Any]], limit: int | None) -> list[dict[str, Any]]:
    """At most so many rows, evenly from the whole run: the first ones would be of its beginning only."""
    if limit is None or len(rows) <= limit:
        return list(rows)
    return [rows[place * len(rows) // limit] for place in range(limit)]


def _text(row: dict[str, Any]) -> KeptText:
    understood = None if row["understood"] == NOT_KNOWN else bool(row["understood"])
    return KeptText(row["second"], row["wish"], understood, row["text"][:MOST_CHARACTERS])


def _bound(found: int, shown: Sequence[dict[str, Any]]) -> Bound:
    wishes = len({row["wish"] for row in shown})
    at_most = clopper_pearson(min(found, wishes), wishes, BOUND_TAIL)[1] if wishes else None
    return Bound(found, len(shown), wishes, at_most)


def _share(run: Run) -> float | None:
    try:
        share = float(str(run.manifest.arguments.get(OPTION)))
    except ValueError:
        return None
    return share if 0 <= share <= 1 else None


def _why_none(share: float | None, answers: int) -> str:
    if share is None:
        return "This record holds no texts: it was written by an older Springtide, or by a generator that keeps none."
    if not share:
        return "This record holds no texts: the run was told to keep none (--keep-texts 0)."
    if not answers:
        return "This record holds no texts: no assistant was asked anything."
    return f"This record holds no texts: none of the {answers:,} answers at chat was to a chosen wish."


def _notes(run: Run) -> list[str]:
    """What may be missing from the sample."""
    if run.finished is None:
        return [*run.truncated, "The run did not finish: the last answers are not in the record."]
    return [*run.truncated, *run.finished.problems]
