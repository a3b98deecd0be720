"""When and at which load a target began to refuse, on runs whose truth is known."""

from pathlib import Path

import msgspec
import numpy as np
import pytest

from reports.run_record.run_directory import open_run
from reports.run_record.schema import CurveSegment
from reports.throttle_onset import Episode, OnsetReport, detect, first, first_turned_away
from tests.helpers.grouped_orders import grouped_run, hit
from tests.helpers.synthetic_run import Wishes, closed_of, write_run
from tests.helpers.throttled_run import Counts, arrivals, steps, token_bucket, write_counts

HARD, SOFT, SHED = ("refused_hard", "rate_limited"), ("refused_soft", "busy_canned"), ("shed", "timed_out")
CONFIRMED = ("confirmed", "")
FIRST_DAY = steps((11.25, 44.44), (3.75, 133.33), (3.75, 400.0), (15.0, 166.67), (56.25, 44.44))
"""The default festival: the plateau before the peak equals the capacity of 133.3/s, and the peak lasts from 15.0 s."""


def onset_of(
    path: Path, segments: list[CurveSegment], refused: Counts, n: Counts, *, mixed: bool = False
) -> OnsetReport:
    """The onsets of a run in which these wishes were refused, hard or in both voices, and the rest confirmed."""
    hard = refused - refused // 2 if mixed else refused
    return detect(write_counts(path / "run", segments, {CONFIRMED: n - refused, HARD: hard, SOFT: refused - hard}))


def the_first(report: OnsetReport) -> Episode:
    """The first episode of refusals, which there is."""
    episode = first(report)
    assert episode is not None
    return episode


def test_the_first_day_is_dated_at_its_peak(tmp_path: Path) -> None:
    """The default curve is refused from second 15 on: not on the plateau that equals the capacity, and by the step model."""
    n = arrivals(FIRST_DAY, seed=1)
    refused = token_bucket(n.tolist(), rate=133, burst=133)
    episode = the_first(onset_of(tmp_path, FIRST_DAY, refused, n, mixed=True))

    assert (episode.second, episode.set_first, episode.set_last, episode.method) == (15, 15, 15, "step")
    assert episode.alarm == 18
    assert episode.first_throttle_per_s is None
    assert (episode.offered_per_s, episode.offered_low, episode.offered_high) == (400.0, 400.0, 400.0)
    assert episode.released_low < episode.released_per_s == n[15] < episode.released_high
    assert episode.calm_per_s == pytest.approx(133.33)
    assert episode.wall_utc == "2026-02-06T07:30:15Z"
    assert (episode.refused, episode.of) == (refused.sum(), n[15:].sum())


def test_the_level_after_a_jump_was_not_borne(tmp_path: Path) -> None:
    """A bucket of 60/s gives its savings for two seconds after the jump to 100/s; only the calm load before it was borne."""
    segments = steps((20.4, 40.0), (40.0, 100.0))
    n = np.array([40] * 20 + [76] + [100] * 39)
    episode = the_first(onset_of(tmp_path, segments, token_bucket(n.tolist(), rate=60, burst=90), n))

    assert (episode.second, episode.calm_per_s) == (22, 40.0)


@pytest.mark.parametrize("seed", range(8))
def test_the_first_day_has_no_false_onset(tmp_path: Path, seed: int) -> None:
    """With capacity to spare the same day raises no alarm, whatever the arrivals."""
    n = arrivals(FIRST_DAY, seed)
    report = onset_of(tmp_path, FIRST_DAY, np.zeros_like(n), n)

    assert (report.ran, report.episodes, report.blips, report.note) == (True, [], [], "")
    assert first(report) is None


def test_an_episode_whose_end_is_too_late_stays_open(tmp_path: Path) -> None:
    """Calm must be long to be certain: the run ends before it is, and the last refusal is told instead."""
    n = arrivals(FIRST_DAY, seed=1)
    episode = the_first(onset_of(tmp_path, FIRST_DAY, token_bucket(n.tolist(), rate=133, burst=133), n))

    assert episode.end is None
    assert episode.last_seen in (32, 33)


def test_an_end_and_a_second_episode_are_found(tmp_path: Path) -> None:
    """Two stretches of refusals with enough calm between them are two episodes, each with its own dates."""
    segments = steps((40.0, 300.0), (20.0, 600.0), (120.0, 300.0), (20.0, 600.0))
    n = arrivals(segments, seed=2)
    report = onset_of(tmp_path, segments, token_bucket(n.tolist(), rate=400, burst=400), n)
    found = [episode for episode in report.episodes if episode.signal == "refused"]

    assert [(one.second, one.end) for one in found] == [(42, 60), (182, None)]
    assert report.blips == []


def test_every_signal_has_its_own_episodes(tmp_path: Path) -> None:
    """Hard and soft refusals are told apart and together, in the order of their onsets."""
    segments = steps((100.0, 200.0))
    refused = np.zeros(100, dtype=np.int64)
    refused[60:] = 40
    soft = np.zeros(100, dtype=np.int64)
    soft[30:] = 20
    n = np.full(100, 200)
    run = write_counts(tmp_path / "run", segments, {CONFIRMED: n - refused - soft, HARD: refused, SOFT: soft})
    report = detect(run)

    assert [(one.signal, one.second) for one in report.episodes] == [
        ("refused", 30), ("refused_soft", 30), ("refused_hard", 60),
    ]  # fmt: skip
    assert report.note == ""


def test_an_order_that_is_not_resolved_is_noted(tmp_path: Path) -> None:
    """Two different signals whose certain seconds overlap leave open which came first."""
    segments = steps((100.0, 200.0))
    some = np.zeros(100, dtype=np.int64)
    some[50:] = 20
    run = write_counts(tmp_path / "run", segments, {CONFIRMED: np.full(100, 200) - 2 * some, HARD: some, SHED: some})

    assert detect(run).note == "Which of refused and shed began first is not resolved."


RAMP = [CurveSegment(0.0, 60.0, 100.0, 100.0), CurveSegment(60.0, 660.0, 100.0, 500.0)]
"""Rises by .67 wishes/s a second: 300 wishes/s in second 360."""


@pytest.mark.parametrize("mixed", [False, True])
def test_a_ramp_is_dated_by_the_hinge(tmp_path: Path, mixed: bool) -> None:
    """While load rises gradually, the bucket's rate is found within 1 %, in either voice, though its burst delays refusals."""
    n = arrivals(RAMP, seed=3)
    refused = token_bucket(n.tolist(), rate=300, burst=300)
    report = onset_of(tmp_path, RAMP, refused, n, mixed=mixed)
    begun = int(np.flatnonzero(refused)[0])

    assert [one.signal for one in report.episodes if one.signal != "refused_soft"] == ["refused", "refused_hard"]
    for episode in report.episodes:
        assert (episode.method, episode.first_throttle_per_s) == ("hinge", pytest.approx(300, rel=0.01))
        assert (episode.first_throttle_low or 0) < 300 < (episode.first_throttle_high or 0)
        assert begun - 1 <= episode.second <= begun + 3
        assert episode.offered_low <= episode.offered_per_s <= episode.offered_high


def test_a_target_that_breaks_on_a_ramp_has_no_hinge(tmp_path: Path) -> None:
    """A door that shuts at an instant of a ramp is dated by the step, since no rate limit explains it."""
    n = arrivals(RAMP, seed=4)
    refused = np.where(np.arange(len(n)) >= 200, n // 2, 0)
    episode = the_first(onset_of(tmp_path, RAMP, refused, n))

    assert (episode.second, episode.method, episode.first_throttle_per_s) == (200, "step", None)


@pytest.mark.parametrize(
    ("length", "blips"),
    [pytest.param(1, [50], id="one second"), pytest.param(3, [50, 51, 52], id="three seconds")],
)
def test_a_short_outage_is_told_as_blips(tmp_path: Path, length: int, blips: list[int]) -> None:
    """Less than four bad seconds are no episode, and are not hidden."""
    n = np.full(100, 200)
    refused = np.zeros(100, dtype=np.int64)
    refused[50 : 50 + length] = 100
    report = onset_of(tmp_path, steps((100.0, 200.0)), refused, n)

    assert (report.episodes, report.blips) == ([], blips)


def test_a_partial_second_belongs_to_its_episode(tmp_path: Path) -> None:
    """When refusals begin late in a second, that second is the onset, though its own share is smaller."""
    n = np.full(100, 200)
    refused = np.zeros(100, dtype=np.int64)
    refused[50], refused[51:] = 10, 150
    episode = the_first(onset_of(tmp_path, steps((100.0, 200.0)), refused, n))

    assert (episode.second, episode.set_first <= 50 <= episode.set_last) == (50, True)


def test_a_queue_without_a_door_is_seen_as_shed(tmp_path: Path) -> None:
    """A target that refuses nobody but answers too late has an onset of shed, and none of refused."""
    report = detect(open_run(write_run(tmp_path / "run", Wishes(((20, 40.0), (40, 300.0)), 60, collapses=True))))

    assert [(one.signal, one.second) for one in report.episodes] == [("shed", 21)]
    assert first(report) is None


def test_the_capacity_stands_beside_the_onset(tmp_path: Path) -> None:
    """Good orders at saturation are estimated with an interval, on the episode of all refusals only."""
    run = open_run(write_run(tmp_path / "run", Wishes(rates=((20, 40.0), (40, 150.0)), capacity_per_s=60)))
    report = detect(run)

    assert (the_first(report).capacity_per_s, the_first(report).capacity_low, the_first(report).capacity_high) == (
        60,
        60,
        60,
    )
    assert [one.capacity_per_s for one in report.episodes if one.signal != "refused"] == [None, None]


def test_an_unfinished_run_is_analysed_as_far_as_it_goes(tmp_path: Path) -> None:
    """A killed generator leaves an onset that can be dated, and a note."""
    n = np.full(60, 200)
    refused = np.where(np.arange(60) >= 30, 50, 0)
    run = write_counts(tmp_path / "run", steps((600.0, 200.0)), {CONFIRMED: n - refused, HARD: refused}, finished=False)
    report = detect(run)

    assert (report.ran, report.planned_s, the_first(report).second) == (True, 600, 30)
    assert report.note == "The run did not finish; its first 60 s are analysed."


@pytest.mark.parametrize(
    ("truth", "why_not"),
    [
        pytest.param(Wishes(rates=((60, 0.0),)), "the record holds no outcome of a wish", id="no wishes"),
        pytest.param(Wishes(rates=((9, 5.0),)), "the record covers 9 s, and an onset needs 10", id="nine seconds"),
    ],
)
def test_no_data_is_not_none(tmp_path: Path, truth: Wishes, why_not: str) -> None:
    """A run that cannot be analysed has not run, says why, and has no episodes to be taken for calm."""
    report = detect(open_run(write_run(tmp_path / "run", truth)))

    assert (report.ran, report.why_not, report.episodes) == (False, why_not, [])


def test_the_tolerated_share_decides(tmp_path: Path) -> None:
    """A share of 2 % is an onset where .1 % is tolerated, and none where 5 % is."""
    n = np.full(100, 500)
    refused = np.where(np.arange(100) >= 50, 10, 0)
    run = write_counts(tmp_path / "run", steps((100.0, 500.0)), {CONFIRMED: n - refused, HARD: refused})

    assert the_first(detect(run)).second == 50
    assert detect(run, tolerated_share=0.05).episodes == []


@pytest.mark.parametrize("share", [0.0, -0.1, 0.26, 1.0, float("nan")])
def test_an_impossible_share_is_refused(tmp_path: Path, share: float) -> None:
    """A tolerated share outside (0, .25] is told with its value."""
    run = open_run(write_run(tmp_path / "run", Wishes(rates=((10, 5.0),))))

    with pytest.raises(ValueError, match=f"at most 0.25, got {share}"):
        detect(run, tolerated_share=share)


def test_a_report_becomes_json(tmp_path: Path) -> None:
    """Every field is a plain number or text."""
    n = np.full(100, 200)
    report = onset_of(tmp_path, steps((100.0, 200.0)), np.where(np.arange(100) >= 50, 20, 0), n)

    assert msgspec.json.decode(msgspec.json.encode(report), type=OnsetReport) == report


def test_a_closed_model_is_noted(tmp_path: Path) -> None:
    """What is called offered in a closed model is what was begun, and the note says so."""
    report = detect(
        open_run(write_run(tmp_path / "run", closed_of(Wishes(rates=((20, 5.0), (20, 50.0)), capacity_per_s=20))))
    )

    assert (the_first(report).second, the_first(report).offered_per_s) == (20, 50.0)
    assert report.note.startswith("The model is closed: what is called offered is the wishes that were begun")


def test_a_waiting_room_is_a_signal_of_its_own(tmp_path: Path) -> None:
    """Who is told to wait is no refusal, and turned away all the same: the earliest of both is the target's own onset."""
    n, some = np.full(100, 200), np.zeros(100, dtype=np.int64)
    some[40:] = 20
    later = np.where(np.arange(100) >= 60, 20, 0)
    ended = {CONFIRMED: n - some - later, ("queued", "waiting_room"): some, HARD: later}
    report = detect(write_counts(tmp_path / "run", steps((100.0, 200.0)), ended))
    turned_away = first_turned_away(report)

    assert [(one.signal, one.second) for one in report.episodes] == [
        ("queued", 40), ("refused", 60), ("refused_hard", 60),
    ]  # fmt: skip
    assert turned_away is not None
    assert (turned_away.signal, the_first(report).second) == ("queued", 60)


def test_the_first_episode_of_a_signal_says_who_was_turned_away(tmp_path: Path) -> None:
    """Purchases are told apart by vertical and card, requests say who refused first, and what no column holds is named."""
    truth = Wishes(((20, 40.0), (40, 300.0)), 60)
    report = detect(open_run(write_run(tmp_path / "run", truth)))
    episode = the_first(report)

    assert episode.first_signal is not None
    assert (episode.first_signal.step, episode.first_signal.second) == ("chat", episode.second)
    assert {(one.what, one.name) for one in episode.cohorts} == {
        ("vertical", "milk_tea"), ("card", "none"), ("card", "held"),
    }  # fmt: skip
    assert sum(one.of for one in episode.cohorts if one.what == "card") == episode.of
    assert report.cohorts_not_recorded == ("new or returning shoppers",)


@pytest.mark.parametrize(
    ("seconds", "ran"), [pytest.param(60, True, id="analysed"), pytest.param(5, False, id="too short")]
)
def test_a_record_that_tells_who_returns_lacks_nothing(tmp_path: Path, seconds: int, ran: bool) -> None:
    """Its report names no cohort that it could not tell, whether there is enough of it to analyse or not."""
    truth = Wishes(((seconds, 40.0),), manifest={"arguments": {"returning": "0"}})
    report = detect(open_run(write_run(tmp_path / "run", truth)))

    assert (report.ran, report.cohorts_not_recorded) == (ran, ())


def test_a_group_that_is_hit_before_all_is_told(tmp_path: Path) -> None:
    """Each cohort of an episode has its own first second, and a sentence says who was hit first and who was not hit."""
    calm = {"gifts": np.full(120, 5), "travel": np.full(120, 60), "cinema": np.full(120, 35)}
    refused = {"gifts": np.repeat([0, 5], [40, 80]), "travel": np.repeat([0, 30], [80, 40])}
    report = detect(grouped_run(tmp_path / "run", hit(calm, refused)), tolerated_share=0.1)

    assert [(one.signal, one.second) for one in report.episodes] == [("refused", 80), ("refused_hard", 80)]
    assert {one.name: one.first for one in report.episodes[0].cohorts} == {
        "gifts": 40, "travel": 80, "cinema": None, "held": None,
    }  # fmt: skip
    assert report.groups is not None
    assert [(one.name, one.beside) for one in report.groups.episodes] == [("gifts", "earlier"), ("travel", "with")]
    assert report.groups.sentences == [
        "Shoppers of vertical gifts were turned away from second 40 on, 400 of 400; all shoppers together only from second 80 on",
        "From second 80 on 53.8% of the others were turned away, but not shoppers of vertical cinema (0 of 1,400)",
    ]


def test_without_purchases_groups_are_not_known(tmp_path: Path) -> None:
    """Counts alone tell nobody apart, and the report says so."""
    n = np.full(100, 200)
    report = onset_of(tmp_path, steps((100.0, 200.0)), np.zeros_like(n), n)

    assert report.groups is not None
    assert report.groups.why_not.endswith("there are 0 of 20,000 wishes that ended")
