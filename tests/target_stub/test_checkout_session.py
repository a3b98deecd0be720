"""The session's table of transitions, its totals, and what it lacks."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from target_stub.checkout_session import (
    TERMINAL,
    TRANSITIONS,
    CheckoutSession,
    Event,
    EventRefusedError,
    Line,
    Status,
    Transition,
    next_status,
    totals_of,
)

NOT_READY, READY, IN_PROGRESS = Status.NOT_READY, Status.READY, Status.IN_PROGRESS
COMPLETED, CANCELED, EXPIRED = Status.COMPLETED, Status.CANCELED, Status.EXPIRED


def new_session() -> CheckoutSession:
    """A session of one milk tea that was just opened."""
    return CheckoutSession("cs_1", "u1", (Line("pearl-milk-tea", 1, 1500),), 300, "Standard delivery", 10)


STORIES = [
    ("a purchase", [Event.LACKING, Event.FILLED, Event.PAY, Event.PAID], COMPLETED),
    ("paid at once", [Event.FILLED, Event.PAY, Event.PAID], COMPLETED),
    ("declined, then paid", [Event.FILLED, Event.PAY, Event.DECLINED, Event.PAY, Event.PAID], COMPLETED),
    ("the books fail, then take it", [Event.FILLED, Event.PAY, Event.UNSETTLED, Event.PAY, Event.PAID], COMPLETED),
    ("paid too early", [Event.LACKING, Event.PAY], NOT_READY),
    ("two payments at once", [Event.FILLED, Event.PAY, Event.PAY, Event.PAID], COMPLETED),
    ("an update breaks it", [Event.FILLED, Event.LACKING], NOT_READY),
    ("given up", [Event.LACKING, Event.CANCEL], CANCELED),
    ("given up when payable", [Event.FILLED, Event.CANCEL], CANCELED),
    ("forgotten", [Event.LACKING, Event.EXPIRE], EXPIRED),
    ("time runs out while paying", [Event.FILLED, Event.PAY, Event.EXPIRE, Event.PAID], COMPLETED),
]


@pytest.mark.parametrize(("events", "end"), [story[1:] for story in STORIES], ids=[story[0] for story in STORIES])
def test_a_session_goes_where_its_story_says(events: list[Event], end: Status) -> None:
    """A session that meets these events in this order ends in this status."""
    session = new_session()
    for event in events:
        session.take(event)

    assert session.status is end


@pytest.mark.parametrize(
    ("status", "event"),
    [pytest.param(status, event, id=f"{status}, {event}") for status in sorted(TERMINAL) for event in Event],
)
def test_nothing_happens_after_the_end(status: Status, event: Event) -> None:
    """A completed, canceled or expired session refuses every event and stays as it is."""
    session = new_session()
    session.status = status

    with pytest.raises(EventRefusedError):
        session.take(event)
    assert session.status is status


@pytest.mark.parametrize(
    ("event", "why"),
    [
        (Event.FILLED, "the amount being charged must not move"),
        (Event.LACKING, "the amount being charged must not move"),
        (Event.CANCEL, "money may be on its way"),
    ],
)
def test_a_running_payment_is_left_alone(event: Event, why: str) -> None:
    """An update or a cancel of a session that is being paid is refused."""
    with pytest.raises(EventRefusedError):
        next_status(IN_PROGRESS, event)
    assert why


@pytest.mark.parametrize("row", TRANSITIONS, ids=lambda row: row.why)
def test_each_row_says_why_and_stands_once(row: Transition) -> None:
    """Every row of the table leads to its status, carries a sentence, and has no rival for its status and event."""
    assert next_status(row.status, row.event) is row.next_status
    assert row.why.endswith(".")
    assert [(other.status, other.event) for other in TRANSITIONS].count((row.status, row.event)) == 1


@given(st.lists(st.sampled_from(Event), max_size=30))
def test_a_session_is_completed_only_by_a_payment_that_ran(events: list[Event]) -> None:
    """Whatever events come in whatever order, completed follows from in progress alone, and only once."""
    session = new_session()
    path = [session.status]
    for event in events:
        try:
            session.take(event)
        except EventRefusedError:
            continue
        path.append(session.status)

    completions = [before for before, after in pairwise(path) if after is COMPLETED]
    assert completions in ([], [IN_PROGRESS])


@pytest.mark.parametrize(
    ("lines", "fulfillment", "face", "expected"),
    [
        pytest.param((Line("a", 1, 1500),), 0, 0, (1500, 0, 0, 1500), id="no delivery, no card"),
        pytest.param((Line("a", 2, 1500),), 300, 0, (3000, 300, 0, 3300), id="two with delivery"),
        pytest.param((Line("a", 2, 1500),), 300, 2500, (3000, 300, 2500, 800), id="the card pays its face value"),
        pytest.param((Line("a", 1, 1500),), 300, 2500, (1500, 300, 1799, 1), id="the card leaves one fen"),
        pytest.param((Line("a", 1, 2500),), 0, 2500, (2500, 0, 2499, 1), id="a basket of exactly the face value"),
        pytest.param((Line("a", 1, 2501),), 0, 2500, (2501, 0, 2500, 1), id="one fen above it"),
        pytest.param((Line("a", 1, 1),), 0, 2500, (1, 0, 0, 1), id="a basket of one fen takes no discount"),
        pytest.param((Line("a", 1, 0),), 0, 2500, (0, 0, 0, 1), id="nothing is free"),
    ],
)
def test_totals_are_these(
    lines: tuple[Line, ...], fulfillment: int, face: int, expected: tuple[int, int, int, int]
) -> None:
    """Price, delivery, discount and charge of a basket, in fen."""
    assert totals_of(lines, fulfillment, face) == expected


BASKETS = st.lists(st.builds(Line, st.text(max_size=3), st.integers(1, 5), st.integers(1, 10_000)), min_size=1)


@given(BASKETS, st.integers(0, 1000), st.sampled_from([0, 2500]))
def test_totals_add_up(lines: list[Line], fulfillment_minor: int, face_minor: int) -> None:
    """The charge is price plus delivery minus discount, at least one fen, and the discount at most the face value."""
    totals = totals_of(tuple(lines), fulfillment_minor, face_minor)

    assert totals.amount_minor == totals.price_minor + totals.fulfillment_minor - totals.discount_minor
    assert totals.amount_minor >= 1
    assert 0 <= totals.discount_minor <= face_minor
    assert totals.discount_minor == face_minor or totals.amount_minor == 1


def test_a_session_lacks_what_was_not_given() -> None:
    """A session names every gap by its place, in the order in which a buyer fills them."""
    session = new_session()
    session.lines = ()

    assert [notice.param for notice in session.lacks()] == [
        "$.line_items",
        "$.fulfillment_details",
        "$.selected_fulfillment_options",
    ]


def test_delivery_is_charged_once_it_is_chosen() -> None:
    """The total has no delivery before an option is chosen, and has it afterwards."""
    session = new_session()
    before = session.totals.amount_minor
    session.has_option = True

    assert (before, session.totals.amount_minor) == (1500, 1800)
