"""The overload of a run for a reader who knows no statistics: when, who said so, who was hit, what was full, what came after.

Pure functions of a report; they say what the report holds and, where it holds nothing, that this is not known.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby

import msgspec

from reports.first_full import BY_SIGNAL
from reports.gate import Report
from reports.onset_cohorts import CARD, HELD, NEW, NONE_YET, RETURNING, SHOPPER, VERTICAL, Cohort, are_all_new
from reports.render.story import SIGNAL_WORDS, begun, first_of_each, share
from reports.throttle_onset import Episode, OnsetReport

ROWS_SHOWN = 12
"""Cohorts of a table, those that were hit most."""
COHORT_WORDS = {
    VERTICAL: "kind of goods", CARD: "card in hand when the wish ended", SHOPPER: "new and returning shoppers",
}  # fmt: skip
NAME_WORDS = {
    (CARD, HELD): "held a card",
    (CARD, NONE_YET): "had no card yet",
    (SHOPPER, NEW): "came for the first time",
    (SHOPPER, RETURNING): "had come before",
}
NOT_SAID = "Not known: this report does not say."


class CohortRow(msgspec.Struct, frozen=True):
    """Shoppers who are alike in one respect."""

    name: str
    hit: str
    share: str
    began: str
    """The second in which it began for them."""


class CohortTable(msgspec.Struct, frozen=True):
    """Who was hit by one signal, told apart by one respect."""

    title: str
    column: str
    rows: list[CohortRow]
    left_out: int
    has_dates: bool = False
    """Whether it is known of any row in which second it began."""


class OverloadPart(msgspec.Struct, frozen=True):
    """One question about the overload, and what the run answers."""

    title: str
    sentences: list[str]
    tables: list[CohortTable] = []
    note: str = ""


def overload_parts(report: Report) -> list[OverloadPart]:
    """The five questions in their order; each has a sentence at least."""
    tables = [table for episode in first_of_each(report) for table in cohort_tables(episode)]
    bracketed = report.saturation is not None and report.saturation.capacity_per_s is not None
    return [
        OverloadPart("When and at what load", list(_when(report))),
        OverloadPart("Who said so first", list(_said(report))),
        OverloadPart("Who was hit", list(_hit(report)), tables, _reading(tables)),
        OverloadPart(
            "What was full first", list(_full(report)),
            note="In brackets: where the true figure most probably lies, 95 times in 100." if bracketed else "",
        ),
        OverloadPart("What came after", list(_after(report))),
    ]  # fmt: skip


def sentence(text: str) -> str:
    """A clause of a report as a sentence."""
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."


def cohort_tables(episode: Episode) -> list[CohortTable]:
    """A table for each respect in which the record tells the shoppers of the episode apart; none that only says that all are new."""
    all_new = are_all_new(episode.cohorts)
    return [
        _table(episode.signal, what, list(cohorts))
        for what, cohorts in groupby(episode.cohorts, key=lambda one: one.what)
        if what != SHOPPER or not all_new
    ]


def _table(signal: str, what: str, cohorts: Sequence[Cohort]) -> CohortTable:
    by = COHORT_WORDS.get(what, what)
    rows = [
        CohortRow(
            name=NAME_WORDS.get((what, one.name), one.name.replace("_", " ") or "not told"),
            hit=f"{one.turned_away:,} of {one.of:,}",
            share=share(one.turned_away, one.of),
            began="not certain" if one.first is None else f"{one.first}",
        )
        for one in cohorts[:ROWS_SHOWN]
    ]
    has_dates = any(one.first is not None for one in cohorts)
    title = f"{SIGNAL_WORDS[signal].capitalize()}, by {by}"
    return CohortTable(title, by.capitalize(), rows, max(0, len(cohorts) - ROWS_SHOWN), has_dates)


def _reading(tables: Sequence[CohortTable]) -> str:
    """What may not be concluded from the tables."""
    if not tables:
        return ""
    return (
        "A small difference between rows may be chance, and nothing is judged by it. Who is turned away at once has had no time "
        "to get a card, so a higher share among those without one does not mean that they were chosen for it."
    )


def _without_episode(onset: OnsetReport) -> Iterator[str]:
    """Why there is no episode to tell of; nothing where there is one."""
    if not onset.ran:
        yield sentence(f"not known: {onset.why_not}")
    elif not onset.episodes:
        where = " among all shoppers together" if onset.groups and onset.groups.episodes else ""
        yield (
            f"Nothing was found{where}: never were more than {onset.tolerated_share:.1%} of those who came affected for too long to be "
            "chance. Fewer, or for a shorter time, cannot be told from chance."
        )


def _when(report: Report) -> Iterator[str]:
    yield from _without_episode(report.onset)
    for episode in first_of_each(report):
        yield begun(episode)
        if episode.first_throttle_per_s is not None:
            between = ""
            if episode.first_throttle_low is not None and episode.first_throttle_high is not None:
                between = f" (between {episode.first_throttle_low:,.0f} and {episode.first_throttle_high:,.0f})"
            yield (
                f"As the load rose, it set in when about {episode.first_throttle_per_s:,.0f} shoppers a second wanted to "
                f"buy{between}."
            )


def _said(report: Report) -> Iterator[str]:
    yield from _without_episode(report.onset)
    for episode in first_of_each(report):
        what, said = SIGNAL_WORDS[episode.signal], episode.first_signal
        if said is None:
            yield f"{what.capitalize()}: not known, no request said so."
        else:
            why = (said.reason or said.outcome).replace("_", " ")
            yield f"{what.capitalize()}: step {said.step} said so first, in second {said.second} ({why})."


def _hit(report: Report) -> Iterator[str]:
    yield from _without_episode(report.onset)
    for episode in first_of_each(report):
        what = SIGNAL_WORDS[episode.signal].capitalize()
        if episode.cohorts:
            until = (
                "while it lasted" if episode.end is not None else f"from second {episode.second} to the end of the run"
            )
            yield f"{what}: {episode.refused:,} of {episode.of:,} wishes ({share(episode.refused, episode.of)}) {until}."
        else:
            yield f"{what}: whom it hit is not known, the record holds no purchase of these seconds."
    if are_all_new(cohort for episode in first_of_each(report) for cohort in episode.cohorts):
        yield "All shoppers of these seconds came for the first time."
    yield from _groups(report.onset)
    if report.onset.cohorts_not_recorded:
        yield f"Not known, since the record does not tell them apart: {', '.join(report.onset.cohorts_not_recorded)}."


def _groups(onset: OnsetReport) -> Iterator[str]:
    """Which groups differ from all shoppers together, and why that may not be known."""
    if onset.groups is not None:
        yield from map(sentence, onset.groups.sentences)
        if onset.groups.why_not and onset.episodes:
            yield sentence(f"in which second each group of shoppers was hit is not known: {onset.groups.why_not}")


def _full(report: Report) -> Iterator[str]:
    found = report.saturation
    yield from _told(found.sentences if found else [], found.why_not if found else "")
    if found is not None and found.ran and not found.first_by:
        yield from _not_counted(report)


def _after(report: Report) -> Iterator[str]:
    found = report.recovery
    yield from _told(found.sentences if found else [], found.why_not if found else "")
    if found is not None and found.ran and found.began is None:
        yield from _not_counted(report)


def _told(sentences: Sequence[str], why_not: str) -> Iterator[str]:
    """The sentences of a report; of one that has none, that it is not known."""
    if sentences:
        yield from map(sentence, sentences)
    else:
        yield sentence(f"not known: {why_not}") if why_not else NOT_SAID


def _not_counted(report: Report) -> Iterator[str]:
    """An all-clear of what shows a full target is none of the other signals, which it does not look at."""
    others = [SIGNAL_WORDS[one.signal] for one in first_of_each(report) if one.signal not in BY_SIGNAL]
    if others:
        yield (
            "This looks at refusals, waiting rooms, missing answers and growing queues only; it does not speak of "
            f"{', '.join(others)}."
        )
