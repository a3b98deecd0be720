"""Each group of shoppers has its own charts: when it was hit, whether with all others, and whether it was not."""

import numpy as np
import pytest

from reports import onset_groups as module
from reports.onset_group_words import sentences
from reports.onset_groups import ALONE, EARLIER, LATER, WITH_ALL, GroupsReport, Whole, beside, groups_of, watch_groups
from tests.helpers.grouped_orders import Counts, Ended, all_of, hit, orders_of

SECONDS = 200
BOTH = {"travel": np.full(SECONDS, 90), "gifts": np.full(SECONDS, 10)}
ALL = Whole("refused", 100, 100, 100, 103, 150)


def during(start: int, end: int, each: int) -> Counts:
    """So many refusals in each second of [start, end)."""
    counts = np.zeros(SECONDS, dtype=np.int64)
    counts[start:end] = each
    return counts


def watched(ended: Ended, *of_all: Whole, tolerated_share: float = 0.02) -> GroupsReport:
    """What the charts of groups say of these counts."""
    return watch_groups(orders_of(ended), all_of(ended), of_all, planned_s=SECONDS, tolerated_share=tolerated_share)


def test_a_group_that_is_hit_alone_is_found_and_dated() -> None:
    """Half of a tenth of the wishes is refused in seconds 100 to 150, of the others nobody."""
    (one,) = watched(hit(BOTH, {"gifts": during(100, 150, 5)})).episodes

    assert (one.signal, one.what, one.name, one.beside) == ("refused", "vertical", "gifts", ALONE)
    assert (one.second, one.set_first, one.set_last, one.end) == (100, 100, 100, 150)
    assert one.alarm == 103
    assert (one.turned_away, one.of, one.all_turned_away, one.all_of) == (250, 500, 250, 5000)


def test_new_and_returning_shoppers_are_groups() -> None:
    """Whoever wants gifts has come before: the charts of returning shoppers see it too, and those of new ones nothing."""
    ended = hit(BOTH, {"gifts": during(100, 150, 5)})
    told, untold = (
        watch_groups(orders_of(ended, returning), all_of(ended), [], planned_s=SECONDS, tolerated_share=0.02)
        for returning in ("gifts", "")
    )

    assert {(one.what, one.name, one.of) for one in told.watched} == {
        ("vertical", "gifts", 2000), ("vertical", "travel", 18000), ("shopper", "returning", 2000), ("shopper", "new", 18000),
    }  # fmt: skip
    assert [(one.what, one.name, one.second) for one in told.episodes] == [
        ("vertical", "gifts", 100), ("shopper", "returning", 100),
    ]  # fmt: skip
    assert sentences(told, [])[1].startswith("Returning shoppers were turned away from second 100 on")
    assert {one.what for one in untold.watched} == {"vertical"}


def test_episodes_are_in_the_order_of_their_onsets() -> None:
    """Of two groups that are hit at once the one that is hit harder comes first."""
    calm = {**BOTH, "cinema": np.full(SECONDS, 10)}
    refused = {"gifts": during(100, 150, 5), "cinema": during(60, 80, 5), "travel": during(100, 150, 30)}
    found = watched(hit(calm, refused)).episodes

    assert [(one.name, one.second) for one in found] == [("cinema", 60), ("gifts", 100), ("travel", 100)]


@pytest.mark.parametrize(
    ("second", "alarm", "end", "expected"),
    [
        pytest.param(100, 104, 150, WITH_ALL, id="in the same second"),
        pytest.param(97, 101, 150, WITH_ALL, id="three seconds before, but its alarm came later than the onset of all"),
        pytest.param(90, 94, 150, EARLIER, id="its alarm stood before all were hit"),
        pytest.param(90, 94, None, EARLIER, id="and it never ended"),
        pytest.param(103, 110, 150, WITH_ALL, id="before the alarm of all"),
        pytest.param(104, 110, 150, LATER, id="after it"),
        pytest.param(150, 154, None, ALONE, id="when all were calm again"),
        pytest.param(60, 64, 100, ALONE, id="and over before"),
    ],
)
def test_an_episode_lies_beside_those_of_all(second: int, alarm: int, end: int | None, expected: str) -> None:
    """All shoppers are hit from second 100 on, which is certain in second 103, until second 150."""
    assert beside(Whole("refused", second, second, second, alarm, end), [ALL]) == expected


def test_without_an_episode_of_all_a_group_is_alone() -> None:
    """There is nothing to be early or late for."""
    assert beside(ALL, []) == ALONE


def test_a_group_is_compared_with_the_same_signal_only() -> None:
    """That all were told to wait meanwhile says nothing of refusals."""
    (one,) = watched(hit(BOTH, {"gifts": during(100, 150, 5)}), ALL._replace(signal="queued")).episodes

    assert one.beside == ALONE


def test_a_group_that_is_spared_is_told_with_the_others() -> None:
    """A third of travel is refused and none of the 500 gifts: chance does not give that; which share the others had stands beside it."""
    (one,) = watched(hit(BOTH, {"travel": during(100, 150, 30)}), ALL).spared

    assert (one.signal, one.what, one.name, one.second) == ("refused", "vertical", "gifts", 100)
    assert (one.turned_away, one.of, one.others_turned_away, one.others_of) == (0, 500, 1500, 4500)


def test_spared_groups_do_not_count_among_the_others() -> None:
    """Where one group of many is hit, the others of each spared group are those that were hit."""
    calm = {name: np.full(SECONDS, 10) for name in ("gifts", "cinema", "flowers", "travel")}
    found = watched(hit(calm, {"travel": during(100, 150, 8)}), ALL).spared

    assert [(one.name, one.others_turned_away, one.others_of) for one in found] == [
        ("cinema", 400, 500), ("flowers", 400, 500), ("gifts", 400, 500),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("n", "gifts"),
    [
        pytest.param(during(100, 110, 1), during(0, 1, 0), id="ten wishes, too few to tell"),
        pytest.param(np.full(SECONDS, 4), during(100, 150, 1) * (np.arange(SECONDS) % 3 == 0), id="hit a little, without an alarm"),
        pytest.param(np.full(SECONDS, 10), during(100, 150, 3), id="hit as the others"),
    ],
)  # fmt: skip
def test_who_may_have_been_hit_is_not_called_spared(n: Counts, gifts: Counts) -> None:
    """While a third of travel is refused."""
    found = watched(hit({**BOTH, "gifts": n}, {"travel": during(100, 150, 30), "gifts": gifts}), ALL)

    assert found.spared == []


def test_only_who_can_raise_an_alarm_can_be_calm() -> None:
    """Three wishes have charts, which would have been silent had all three been refused."""
    found = watched(hit({**BOTH, "gifts": during(100, 103, 1)}, {}))

    assert [(one.name, one.of, one.can_alarm) for one in found.watched] == [
        ("gifts", 3, False),
        ("travel", 18000, True),
    ]


def test_one_group_is_all_shoppers() -> None:
    """Its charts would be those of all, so it has none."""
    assert watched(hit({"travel": np.full(SECONDS, 90)}, {"travel": during(100, 150, 30)})) == GroupsReport()


@pytest.mark.parametrize(("rows", "told"), [(0.0, "0 of 20,000"), (0.9, "18,000 of 20,000")])
def test_a_record_without_all_purchases_knows_no_groups(rows: float, told: str) -> None:
    """Who is missing could be of any group."""
    there = hit({name: (n * rows).astype(np.int64) for name, n in BOTH.items()}, {})
    found = watch_groups(orders_of(there), all_of(hit(BOTH, {})), [], planned_s=SECONDS, tolerated_share=0.001)

    assert (found.watched, found.episodes) == ([], [])
    assert told in found.why_not


def test_the_largest_groups_have_charts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Others are counted, and belong to no group."""
    monkeypatch.setattr(module, "MOST_GROUPS", 2)
    calm = {name: np.full(SECONDS, n) for name, n in (("gifts", 1), ("cinema", 20), ("travel", 30))}
    found = watched(hit(calm, {}))

    assert ([one.name for one in found.watched], found.left_out) == (["cinema", "travel"], 1)


def test_groups_hold_every_wish_once() -> None:
    """Whichever way it ended, in its second; and the signals are those of its kind."""
    ended = {**hit(BOTH, {"gifts": during(100, 150, 5)}), ("gifts", "queued"): during(10, 12, 7)}
    groups, _ = groups_of(orders_of(ended), 150)
    gifts, travel = groups

    assert ([gifts.name, travel.name], len(gifts.ended)) == (["gifts", "travel"], 150)
    assert (int(gifts.ended.sum()), int(travel.ended.sum())) == (1514, 13500)
    assert {signal: int(counts.sum()) for signal, counts in gifts.signals.items() if counts.any()} == {
        "refused": 250, "queued": 14,
    }  # fmt: skip


def test_seconds_that_are_not_analysed_do_not_count() -> None:
    """Of an unfinished run the last seconds may lack wishes."""
    groups, _ = groups_of(orders_of(hit(BOTH, {})), 3)

    assert [one.ended.tolist() for one in groups] == [[10, 10, 10], [90, 90, 90]]
