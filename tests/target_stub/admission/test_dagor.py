"""DAGOR's priorities, its cut and its windows."""

import pytest

from target_stub.admission.arrival import YES, Arrival, No
from target_stub.admission.dagor import LEVELS, USER_LEVELS, Dagor, DagorGate, level_of, next_cut
from target_stub.clock import NS_PER_MS, NS_PER_S

HOUR_NS = 3600 * NS_PER_S


def test_a_shopper_keeps_a_level_for_an_hour() -> None:
    """The draw is the same for all that a shopper asks for within an hour, and another in the next."""
    levels = [level_of(Arrival("chat", "user-7"), at_ns) for at_ns in (0, HOUR_NS - 1, HOUR_NS)]

    assert levels[0] == levels[1] != levels[2]
    assert level_of(Arrival("payment", "user-7"), 0) == levels[0] - 3 * USER_LEVELS


def test_levels_are_drawn_evenly() -> None:
    """A thousand shoppers fill the lower half of the user levels as often as the upper."""
    users = [level_of(Arrival("payment", f"user-{number}"), 0) for number in range(1000)]

    assert sum(user < USER_LEVELS // 2 for user in users) == pytest.approx(500, abs=50)


def test_who_says_no_name_comes_last() -> None:
    """Without a shopper id a request has the last user level of its step."""
    assert level_of(Arrival("chat"), 0) == LEVELS - 1


@pytest.mark.parametrize(
    ("cut", "overloaded", "after"),
    [
        pytest.param(9, True, 8, id="overloaded: at most 95 of 100 came up to level 8"),
        pytest.param(4, True, 3, id="overloaded: at most 47 of 50"),
        pytest.param(0, True, 0, id="somebody always gets in"),
        pytest.param(4, False, 5, id="otherwise: at least one more than 50"),
        pytest.param(9, False, 9, id="otherwise: all levels"),
    ],
)
def test_the_cut_follows_the_histogram(cut: int, overloaded: bool, after: int) -> None:
    """With ten arrivals a level the cut moves by as few levels as the shares allow."""
    assert next_cut(Dagor(), cut, [10] * 10, overloaded=overloaded) == after


def test_a_quiet_window_opens_the_door() -> None:
    """Where nobody came there is nothing to cut."""
    assert next_cut(Dagor(), 3, [0] * 10, overloaded=False) == 9


def after_window(mean_wait_ms: float) -> DagorGate:
    """A gate after one window of 100 requests that waited so long."""
    gate = DagorGate(Dagor(window_requests=100), 0)
    for number in range(100):
        gate.ask(Arrival("chat", f"user-{number}"), number, 0)
        gate.queued(round(mean_wait_ms * NS_PER_MS), number)
    gate.ask(Arrival("chat", "user-x"), 101, 0)
    return gate


def test_a_mean_wait_past_the_threshold_is_overload() -> None:
    """21 ms cut, 20 do not."""
    assert after_window(20.0).cut == LEVELS - 1
    assert after_window(21.0).cut < LEVELS - 1


def test_a_window_ends_by_time_as_well() -> None:
    """After a second the window is judged with as many requests as there were."""
    gate = DagorGate(Dagor(), 0)
    gate.ask(Arrival("chat", "user-1"), 0, 0)
    gate.queued(30 * NS_PER_MS, NS_PER_S - 1)
    assert gate.cut == LEVELS - 1

    gate.queued(0, NS_PER_S)

    assert gate.cut < LEVELS - 1


def test_the_cut_decides() -> None:
    """Requests up to the cut get in, those past it are told that their priority keeps them out."""
    gate = DagorGate(Dagor(), 0)
    gate.cut = USER_LEVELS - 1

    assert gate.ask(Arrival("payment", "a"), 0, 0) is YES
    assert gate.ask(Arrival("chat", "a"), 0, 0) == No("priority", 1)


def test_other_parameters_keep_the_cut() -> None:
    """A switch changes the rule and not the level."""
    gate = DagorGate(Dagor(), 0)
    gate.cut = 5
    gate.switch(Dagor(alpha=0.2))

    assert (gate.cut, gate.rule.alpha) == (5, 0.2)
