"""The overload in words: five questions, each with an answer, and where there is none, that it is not known."""

from typing import Any

import pytest
from msgspec.structs import replace

from reports.gate import Report
from reports.onset_cohorts import CARD, HELD, NONE_YET, SHOPPER, VERTICAL, Cohort, FirstSignal
from reports.onset_groups import GroupsReport
from reports.recovery_report import NOTHING as NO_RECOVERY
from reports.render.overload import cohort_tables, overload_parts, sentence
from reports.saturation_report import NOTHING as NO_SATURATION
from reports.throttle_onset import OnsetReport
from tests.helpers.sample_report import EPISODE, GROUPS, ONSET, REPORT

WHEN, SAID, HIT, FULL, AFTER = (
    "When and at what load", "Who said so first", "Who was hit", "What was full first", "What came after",
)  # fmt: skip
COHORTS = [
    Cohort(VERTICAL, "milk_tea", 90, 100), Cohort(VERTICAL, "", 1, 100), Cohort(CARD, NONE_YET, 80, 90), Cohort(CARD, HELD, 0, 10),
]  # fmt: skip
TOLD = replace(
    EPISODE, first_signal=FirstSignal(42, "chat", "refused_hard", "rate_limited"), cohorts=COHORTS, end=70,
    first_throttle_low=130.0, first_throttle_high=135.0,
)  # fmt: skip
CALM = {
    "onset": replace(ONSET, episodes=[]),
    "saturation": replace(NO_SATURATION, ran=True, sentences=["no step was full"]),
    "recovery": replace(NO_RECOVERY, ran=True, sentences=["nothing to recover from"]),
}
WAITING = CALM | {"onset": replace(ONSET, episodes=[replace(EPISODE, signal="queued", first_throttle_per_s=None)])}
STUCK = CALM | {"onset": replace(ONSET, episodes=[replace(EPISODE, signal="no_progress", first_throttle_per_s=None)])}
BLIND = {
    "onset": replace(ONSET, episodes=[], ran=False, why_not="it is too short"),
    "saturation": replace(NO_SATURATION, why_not="it is too short"),
    "recovery": replace(NO_RECOVERY, why_not="it is too short", sentences=["not known: it is too short"]),
}


def told(**fields: Any) -> dict[str, str]:
    """Each part's sentences of the sample report with some fields changed."""
    return {part.title: " ".join(part.sentences) for part in overload_parts(replace(REPORT, **fields))}


@pytest.mark.parametrize(
    ("fields", "title", "says"),
    [
        pytest.param({}, WHEN, "began between seconds 41 and 43, most likely in 42 (07:30:42 UTC)", id="when"),
        pytest.param({}, WHEN, "set in when about 133 shoppers a second wanted to buy (between 130 and 135).", id="load"),
        pytest.param({}, SAID, "Turning away: step chat said so first, in second 42 (rate limited).", id="who said so"),
        pytest.param({}, HIT, "Turning away: 900 of 1,800 wishes (50.0 %) while it lasted.", id="who was hit"),
        pytest.param({"onset": replace(ONSET, episodes=[replace(TOLD, end=None)])}, HIT,
                     "900 of 1,800 wishes (50.0 %) from second 42 to the end of the run.", id="an end that is not certain"),
        pytest.param({}, HIT, "does not tell them apart: new or returning shoppers.", id="whom nobody recorded"),
        pytest.param(
            {"saturation": replace(NO_SATURATION, ran=True, first_station="pay", first_by="queue", sentences=["pay was full first", "so be it"])},
            FULL, "Pay was full first. So be it.", id="what was full",
        ),
        pytest.param(
            {"saturation": replace(NO_SATURATION, ran=True, first_by="faults", sentences=["which step is not known"])},
            FULL, "Which step is not known.", id="a step that the record does not name",
        ),
        pytest.param(
            {"recovery": replace(NO_RECOVERY, ran=True, began=42, sentences=["over in second 80"])},
            AFTER, "Over in second 80.", id="what came after",
        ),
        pytest.param(WAITING, WHEN, "Making shoppers wait in line began between seconds 41 and 43", id="a waiting room"),
    ],
)  # fmt: skip
def test_what_is_known_is_said(fields: dict[str, Any], title: str, says: str) -> None:
    """Each question is answered in a sentence from the report's own figures."""
    onset = replace(ONSET, episodes=[TOLD])

    assert says in told(**{"onset": onset, **fields})[title]


@pytest.mark.parametrize(
    ("fields", "title", "says"),
    [
        pytest.param(BLIND, WHEN, "Not known: it is too short.", id="no onset could be looked for"),
        pytest.param(BLIND, SAID, "Not known: it is too short.", id="nor who said so"),
        pytest.param(BLIND, HIT, "Not known: it is too short.", id="nor who was hit"),
        pytest.param(BLIND, FULL, "Not known: it is too short.", id="only a reason"),
        pytest.param(BLIND, AFTER, "Not known: it is too short.", id="a reason as a sentence"),
        pytest.param({}, FULL, "Not known: this report does not say.", id="a report without saturation"),
        pytest.param({}, AFTER, "Not known: this report does not say.", id="a report without recovery"),
        pytest.param({}, SAID, "Turning away: not known, no request said so.", id="no request said so"),
        pytest.param({}, HIT, "Turning away: whom it hit is not known", id="an episode without purchases"),
        pytest.param(CALM, WHEN, "Nothing was found: never were more than 0.1%", id="a calm run"),
        pytest.param(CALM, HIT, "cannot be told from chance.", id="a calm run proves nothing more"),
        pytest.param(STUCK, FULL, "No step was full. This looks at refusals, waiting rooms, missing answers and growing queues only; it "
                     "does not speak of answering without progress.", id="answers without progress are no step with room"),
        pytest.param(STUCK, AFTER, "it does not speak of answering without progress.", id="nor nothing to recover from"),
    ],
)  # fmt: skip
def test_what_is_not_known_is_no_pass(fields: dict[str, Any], title: str, says: str) -> None:
    """Absent data are called not known, and an all-clear says what it does not cover."""
    assert says in told(**fields)[title]


def test_a_calm_run_is_not_said_to_be_uncovered() -> None:
    """Where no other signal was found, the all-clear of refusals and queues stands alone."""
    assert told(**CALM)[FULL] == "No step was full."
    assert told(**CALM)[AFTER] == "Nothing to recover from."


def test_who_was_hit_is_a_table_for_each_respect() -> None:
    """Goods and cards have a table each, with counts and shares, and the part says what may not be concluded."""
    goods, cards = cohort_tables(TOLD)

    assert (goods.title, goods.column, goods.left_out) == ("Turning away, by kind of goods", "Kind of goods", 0)
    assert [(row.name, row.hit, row.share) for row in (*goods.rows, *cards.rows)] == [
        ("milk tea", "90 of 100", "90.0 %"),
        ("not told", "1 of 100", "1.0 %"),
        ("had no card yet", "80 of 90", "88.9 %"),
        ("held a card", "0 of 10", "0 %"),
    ]
    hit = overload_parts(replace(REPORT, onset=replace(ONSET, episodes=[TOLD])))[2]
    assert hit.tables == [goods, cards]
    assert "may be chance" in hit.note
    assert overload_parts(REPORT)[2].note == ""


@pytest.mark.parametrize(
    ("shoppers", "rows", "sentence_told"),
    [
        pytest.param(
            [Cohort(SHOPPER, "returning", 30, 40), Cohort(SHOPPER, "new", 6, 60)],
            [("had come before", "30 of 40", "75.0 %"), ("came for the first time", "6 of 60", "10.0 %")], False, id="some return",
        ),
        pytest.param([Cohort(SHOPPER, "new", 36, 100)], [], True, id="all are new"),
    ],
)  # fmt: skip
def test_who_had_come_before(shoppers: list[Cohort], rows: list[tuple[str, str, str]], sentence_told: bool) -> None:
    """New and returning shoppers have a table of their own, or one sentence where all are new; neither is then called unknown."""
    onset = replace(ONSET, episodes=[replace(TOLD, cohorts=[*COHORTS, *shoppers])], cohorts_not_recorded=())
    hit = overload_parts(replace(REPORT, onset=onset))[2]
    told = " ".join(hit.sentences)

    assert [(row.name, row.hit, row.share) for table in hit.tables[2:] for row in table.rows] == rows
    assert [table.title for table in hit.tables[2:]] == ["Turning away, by new and returning shoppers"] * bool(rows)
    assert ("All shoppers of these seconds came for the first time." in told) is sentence_told
    assert "Not known" not in told


def test_a_table_says_when_each_group_was_hit() -> None:
    """Where one has a date there is a column of them; who has none may have been hit too little to tell."""
    dated, undated = replace(COHORTS[0], first=42), COHORTS[1]
    (table,) = cohort_tables(replace(EPISODE, cohorts=[dated, undated]))
    (without,) = cohort_tables(replace(EPISODE, cohorts=[undated]))

    assert (table.has_dates, [row.began for row in table.rows]) == (True, ["42", "not certain"])
    assert not without.has_dates


@pytest.mark.parametrize(
    ("onset", "title", "says"),
    [
        pytest.param(replace(ONSET, groups=GROUPS), HIT, "Shoppers of vertical gifts were turned away.", id="who differs"),
        pytest.param(
            replace(ONSET, groups=GroupsReport(why_not="no row")), HIT, "each group of shoppers was hit is not known: no row.", id="nobody knows"
        ),
        pytest.param(
            replace(ONSET, episodes=[], groups=GROUPS), WHEN, "Nothing was found among all shoppers together: never", id="only a group"
        ),
    ],
)  # fmt: skip
def test_groups_that_differ_are_told(onset: OnsetReport, title: str, says: str) -> None:
    """Beside what all shoppers went through."""
    assert says in told(onset=onset)[title]


def test_a_long_table_is_cut_and_says_so() -> None:
    """Of many kinds of goods those that were hit most are shown, and the others counted."""
    many = [Cohort(VERTICAL, f"v{number}", 20 - number, 20) for number in range(15)]
    (table,) = cohort_tables(replace(EPISODE, cohorts=many))

    assert ([row.name for row in table.rows][-1], len(table.rows), table.left_out) == ("v11", 12, 3)


def test_brackets_are_explained_where_there_are_some() -> None:
    """An interval in brackets is said to be one; without a capacity there is none."""
    measured: Report = replace(
        REPORT, saturation=replace(NO_SATURATION, ran=True, capacity_per_s=25.0, sentences=["at most 25 [24, 26]"])
    )

    assert "95 times in 100" in overload_parts(measured)[3].note
    assert overload_parts(REPORT)[3].note == ""


@pytest.mark.parametrize(("text", "words"), [("not known: x", "Not known: x."), ("It is.", "It is.")])
def test_a_clause_becomes_a_sentence(text: str, words: str) -> None:
    """It begins with a capital and ends with one stop."""
    assert sentence(text) == words
