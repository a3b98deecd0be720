"""An episode says which request said no first, and who was turned away as far as the record tells shoppers apart."""

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from reports.onset_cohorts import (
    CARD,
    NEW,
    NOT_RECORDED,
    RETURNING,
    SHOPPER,
    VERTICAL,
    Cohort,
    FirstSignal,
    are_all_new,
    cohorts_of,
    first_signal,
    not_recorded,
)
from reports.run_record.run_directory import open_run
from reports.run_record.schema import OutcomeRow, PurchaseRow
from reports.timeline import Timeline
from tests.helpers.synthetic_run import Wishes, batch_of, write_run

CALM = Wishes(rates=((20, 4.0),))
REFUSED_ROWS = [
    OutcomeRow(12, "chat", "refused_soft", "busy_canned", 2),
    OutcomeRow(12, "create", "refused_hard", "rate_limited", 3),
    OutcomeRow(11, "chat", "shed", "timed_out", 1),
    OutcomeRow(11, "order", "refused_hard", "rate_limited", 9),
    OutcomeRow(13, "chat", "refused_hard", "overloaded", 50),
    OutcomeRow(14, "claim_card", "degraded", "coupon_missing", 1),
]


def timeline_of(
    path: Path, rows: list[OutcomeRow], purchases: list[PurchaseRow] | None = None, **arguments: str
) -> Timeline:
    """A calm run with more rows, other purchases where they are given, and these options."""
    batch = batch_of(CALM)
    batch.outcomes += rows
    batch.purchases = batch.purchases if purchases is None else purchases
    truth = replace(CALM, manifest={"arguments": arguments})
    return Timeline(open_run(write_run(path / "run", truth, batch=batch)))


@pytest.mark.parametrize(
    ("signal", "expected"),
    [
        pytest.param("refused", FirstSignal(12, "create", "refused_hard", "rate_limited"), id="the most frequent of the first second"),
        pytest.param("refused_soft", FirstSignal(12, "chat", "refused_soft", "busy_canned"), id="in words"),
        pytest.param("shed", FirstSignal(11, "chat", "shed", "timed_out"), id="a deadline"),
        pytest.param("coupon_missing", FirstSignal(14, "claim_card", "degraded", "coupon_missing"), id="by its reason"),
        pytest.param("queued", None, id="nobody was told to wait"),
    ],
)  # fmt: skip
def test_the_first_request_that_said_so(tmp_path: Path, signal: str, expected: FirstSignal | None) -> None:
    """It is a request and no wish, of the first second that has any."""
    assert first_signal(timeline_of(tmp_path, REFUSED_ROWS), signal, 10, 20) == expected


def test_what_came_before_the_onset_is_not_its_signal(tmp_path: Path) -> None:
    """A refusal before the episode, or after it, is none of its own."""
    assert first_signal(timeline_of(tmp_path, REFUSED_ROWS), "refused", 13, 20) == FirstSignal(
        13, "chat", "refused_hard", "overloaded"
    )
    assert first_signal(timeline_of(tmp_path / "other", REFUSED_ROWS), "refused", 14, 20) is None


def test_shares_by_vertical_and_card(tmp_path: Path) -> None:
    """Each value of vertical and card has its share of the episode's wishes, the most turned away first."""
    told = batch_of(CALM).purchases

    def of(second: int, vertical: str, outcome: str, due: bool) -> PurchaseRow:
        return msgspec.structs.replace(told[0], second=second, vertical=vertical, outcome=outcome, coupon_due=due)

    rows = [
        of(9, "travel", "refused_hard", False),
        of(10, "travel", "refused_hard", False),
        of(10, "travel", "confirmed", True),
        of(11, "cinema", "refused_soft", False),
        of(19, "milk_tea", "confirmed", True),
        of(20, "milk_tea", "refused_soft", False),
    ]
    timeline = timeline_of(tmp_path, [], [msgspec.structs.replace(row, wish=wish) for wish, row in enumerate(rows)])

    assert cohorts_of(timeline, "refused", 10, 20) == [
        Cohort(VERTICAL, "cinema", 1, 1),
        Cohort(VERTICAL, "travel", 1, 2),
        Cohort(VERTICAL, "milk_tea", 0, 1),
        Cohort(CARD, "none", 2, 2),
        Cohort(CARD, "held", 0, 2),
    ]
    assert [one.turned_away for one in cohorts_of(timeline, "refused_soft", 10, 20)[:3]] == [1, 0, 0]


@pytest.mark.parametrize(
    ("signal", "change"),
    [
        pytest.param("coupon_missing", {"coupon_ok": False}, id="a card that is silently not there"),
        pytest.param(
            "coupon_missing", {"outcome": "refused_soft", "reason": "coupon_missing"}, id="and one that is told"
        ),
        pytest.param(
            "no_progress", {"outcome": "degraded", "reason": "no_progress"}, id="an answer that leads nowhere"
        ),
        pytest.param("queued", {"outcome": "queued", "reason": "waiting_room"}, id="told to wait"),
        pytest.param("shed", {"outcome": "unknown", "reason": "timed_out"}, id="no answer"),
    ],
)
def test_every_signal_is_found_in_the_purchases(tmp_path: Path, signal: str, change: dict[str, object]) -> None:
    """A wish that shows the signal counts for it, and the others do not."""
    first, *rest = batch_of(CALM).purchases
    timeline = timeline_of(tmp_path, [], [msgspec.structs.replace(first, **change), *rest])

    (vertical,) = [one for one in cohorts_of(timeline, signal, 0, 20) if one.what == VERTICAL]
    assert (vertical.turned_away, vertical.of) == (1, len(rest) + 1)


def test_without_purchases_there_are_no_cohorts(tmp_path: Path) -> None:
    """A record without a purchase row of the episode tells nobody apart."""
    assert cohorts_of(timeline_of(tmp_path, [], []), "refused", 0, 20) == []


def some_return(count: int) -> list[PurchaseRow]:
    """The calm run's purchases, of which the first two are refused and the first ``count`` by returning shoppers."""
    return [
        msgspec.structs.replace(row, returning=place < count, outcome="refused_hard" if place < 2 else row.outcome)
        for place, row in enumerate(batch_of(CALM).purchases)
    ]


@pytest.mark.parametrize(
    ("returning", "arguments", "expected"),
    [
        pytest.param(
            20, {"returning": "0.3"}, [Cohort(SHOPPER, RETURNING, 2, 20), Cohort(SHOPPER, NEW, 0, 60)], id="some return",
        ),
        pytest.param(0, {"returning": "0"}, [Cohort(SHOPPER, NEW, 2, 80)], id="all are new"),
        pytest.param(0, {"returning": "0.01"}, [Cohort(SHOPPER, NEW, 2, 80)], id="none has happened to return"),
        pytest.param(0, {}, [], id="a record that knows nothing of it"),
        pytest.param(
            1, {}, [Cohort(SHOPPER, RETURNING, 1, 1), Cohort(SHOPPER, NEW, 1, 79)], id="only the rows know",
        ),
    ],
)  # fmt: skip
def test_shares_by_new_and_returning(
    tmp_path: Path, returning: int, arguments: dict[str, str], expected: list[Cohort]
) -> None:
    """Shoppers are told apart where options or rows say that some may return; a record without both says nothing of them."""
    timeline = timeline_of(tmp_path, [], some_return(returning), **arguments)
    found = cohorts_of(timeline, "refused", 0, 20)

    assert [one for one in found if one.what == SHOPPER] == expected
    assert not_recorded(timeline) == (() if expected else NOT_RECORDED)
    assert are_all_new(found) == ([one.name for one in expected] == [NEW])
