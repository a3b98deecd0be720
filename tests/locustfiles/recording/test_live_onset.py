"""While a run goes on, the onset of refusals is told with its second, load, step and reason, and its end too."""

from collections.abc import Iterable

import numpy as np
import pytest

from locustfiles.recording.live_onset import LiveOnset
from reports.run_record.cusum import Rule, scan
from reports.run_record.schema import Batch, OutcomeRow, SecondRow

CALM_S, PLANNED_S = 30, 600
SAID = {"refused_hard": "rate_limited", "refused_soft": "busy_canned", "queued": "waiting_room"}


def second_of(second: int, n: int, bad: int, outcome: str = "refused_hard", *, ended: int | None = None) -> Batch:
    """``n`` wishes of a second, ``bad`` of them turned away at the chat, and the rest confirmed; ``ended``: so many have ended."""
    good = (n if ended is None else ended) - bad
    rows = [OutcomeRow(second, "order", "confirmed", "", good), OutcomeRow(second, "chat", "done", "", good)]
    if bad:
        rows += [OutcomeRow(second, step, outcome, SAID.get(outcome, ""), bad) for step in ("order", "chat")]
    return Batch("r", "w", second, seconds=[SecondRow(second, n, n, 0)], outcomes=rows)


def told(live: LiveOnset, batches: Iterable[Batch]) -> list[tuple[int, str]]:
    """What is told, and in which second of the run, when each second's batch comes when the second is over."""
    return [
        (second, said) for second, batch in enumerate(batches, start=1) for said in live.add([batch], float(second))
    ]


def test_an_onset_and_its_end_are_told() -> None:
    """Four bad seconds are an onset, told a second after the alarm with its load and words; enough calm is its end."""
    live = LiveOnset(PLANNED_S, offered_per_s=lambda second: 400.0 if second >= CALM_S else 100.0)
    bad = [0] * CALM_S + [60] * 20 + [0] * 60
    news = told(live, (second_of(second, 300, k) for second, k in enumerate(bad)))

    assert news[0] == (35, "throttling since second 30, offered 400/s, chat: rate_limited")
    assert [said for _, said in news[1:]] == ["throttling since second 30 ended in second 50"]
    assert (live.first_onset, live.standing) == (30, "")


@pytest.mark.parametrize(
    ("outcome", "begun"),
    [
        pytest.param("refused_hard", "throttling since second 30, offered 300/s, chat: rate_limited", id="by a status"),
        pytest.param("refused_soft", "throttling since second 30, offered 300/s, chat: busy_canned", id="in words"),
        pytest.param("queued", "a waiting room since second 30, offered 300/s, chat: waiting_room", id="told to wait"),
    ],
)
def test_each_way_to_turn_away_is_named(outcome: str, begun: str) -> None:
    """Refusals in either voice are throttling, and being told to wait is a waiting room; without a curve what was scheduled is offered."""
    live = LiveOnset(PLANNED_S)
    news = told(live, (second_of(second, 300, 60 * (second >= CALM_S), outcome) for second in range(40)))

    assert [said for _, said in news] == [begun]
    assert live.standing == begun.split(",", maxsplit=1)[0]


def test_a_silent_episode_says_when_it_was_last_seen() -> None:
    """At a low rate the end is certain only long after it; meanwhile the last second with a refusal is told."""
    live = LiveOnset(PLANNED_S)
    bad = [0] * CALM_S + [60] * 20 + [0] * 12
    told(live, (second_of(second, 300 if k else 40, k) for second, k in enumerate(bad)))

    assert live.standing == "throttling since second 30, last seen in second 49"


@pytest.mark.parametrize("outcome", ["shed", "declined", "degraded", "unknown"])
def test_other_outcomes_are_no_throttling(outcome: str) -> None:
    """What broke or was out of stock is not told as throttling."""
    live = LiveOnset(PLANNED_S)

    assert told(live, (second_of(second, 300, 100, outcome) for second in range(60))) == []
    assert (live.first_onset, live.standing) == (None, "")


def test_open_wishes_never_look_like_refusals() -> None:
    """A second whose wishes are open waits for ten seconds; then what is open counts as not refused."""
    live = LiveOnset(PLANNED_S)
    slow = [second_of(second, 10_000, 1, ended=2) for second in range(60)]

    assert told(live, slow) == []
    assert live.first_onset is None


def test_a_second_is_not_closed_before_its_wishes_have_ended() -> None:
    """Refusals end sooner than orders: the alarm comes when the orders of its second have ended, or after ten seconds."""
    live = LiveOnset(PLANNED_S)
    quick = told(live, (second_of(second, 300, 60, ended=60) for second in range(30)))

    assert [second for second, _ in quick] == [14]


def test_late_batches_change_nothing() -> None:
    """What comes for a closed second is left to the report."""
    live = LiveOnset(PLANNED_S)
    told(live, (second_of(second, 300, 0) for second in range(20)))

    assert live.add([second_of(3, 300, 300) for _ in range(9)], 21.0) == []
    assert live.first_onset is None


def test_the_alarm_is_that_of_the_report() -> None:
    """The charts are the report's: at the same rule they alarm in the same second and close in the same one."""
    rng = np.random.default_rng(7)
    bad = np.concatenate([rng.binomial(300, share, 120) for share in (0.0008, 0.02, 0.0001)]).tolist()
    live = LiveOnset(PLANNED_S)
    news = told(live, (second_of(second, 300, k) for second, k in enumerate(bad)))
    (one,) = scan(bad, [300] * len(bad), Rule(0.001, PLANNED_S, series=2)).excursions

    assert one.closed is not None
    assert [second for second, _ in news] == [one.alarm + 2, one.closed + 2]
