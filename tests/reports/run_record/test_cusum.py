"""Charts alarm on a share that stays above the tolerated one, and on nothing less."""

import numpy as np
import pytest

from reports.run_record.cusum import FALSE_ALARM, OF_ALL, Charts, MirrorTest, Rule, overdispersion, scan

RULE = Rule(0.001, 600)
RISING = [0] * 60 + [0, 1, 0, 0, 0, 0, 1, 0, 0, 0] + [3, 5, 4, 6, 3, 5, 4, 5, 6, 4] + [5] * 30
"""A share that rises from almost nothing to 1.5 % in second 70, of 300 events a second."""


def steady(n: int, seconds: int) -> list[int]:
    """The same number of events in every second."""
    return [n] * seconds


@pytest.mark.parametrize(
    ("planned_s", "series", "expected"),
    [
        pytest.param(600, 1, 13.199, id="ten minutes, one series"),
        pytest.param(3600, 6, 16.783, id="an hour, six series"),
        pytest.param(3600, 102, 19.616, id="an hour, a hundred series"),
    ],
)
def test_the_threshold_grows_with_what_is_watched(planned_s: int, series: int, expected: float) -> None:
    """Longer runs and more series need more evidence, so that all of them together stay below one false alarm in 100."""
    assert Rule(0.001, planned_s, series).threshold == pytest.approx(expected, abs=5e-4)


def test_series_of_two_sorts_share_alpha() -> None:
    """A part of alpha asks for as much evidence as so many times the series, and the parts add up to the whole; an end asks for no more."""
    all_wishes, groups = (Rule(0.001, 600, alpha=part * FALSE_ALARM) for part in (OF_ALL, 1 - OF_ALL))

    assert all_wishes.threshold == pytest.approx(RULE.threshold + np.log(10 / 9))
    assert groups.threshold == pytest.approx(Rule(0.001, 600, 10).threshold)
    assert all_wishes.alpha + groups.alpha == pytest.approx(RULE.alpha)
    assert groups.end_threshold == RULE.end_threshold


@pytest.mark.parametrize(
    ("tolerated", "charts"),
    [
        pytest.param(0.001, 9, id="all charts"),
        pytest.param(0.002, 8, id="a chart at 1.5 x the tolerated share is none"),
        pytest.param(0.01, 6, id="higher ones only"),
        pytest.param(0.25, 2, id="a quarter tolerated"),
    ],
)
def test_charts_lie_clearly_above_what_is_tolerated(tolerated: float, charts: int) -> None:
    """A share is charted when it is more than 1.5 times the tolerated one."""
    assert len(Rule(tolerated, 600).higher_shares) == charts


def test_sums_grow_as_the_reference_says() -> None:
    """The highest sum climbs 4.2200, 8.6197, 13.0195, 17.4193 in the seconds after the rise, by at most h/3 each."""
    charts = Charts(RULE)
    highest = [charts.step(k, 300)[0] for k in RISING[:74]]

    assert highest[70:] == pytest.approx([4.2200, 8.6197, 13.0195, 17.4193], abs=5e-5)


def test_a_rise_alarms_in_its_fourth_second() -> None:
    """Four seconds of a clear rise are an alarm, which stays open while the share stays high."""
    seen = scan(RISING, steady(300, len(RISING)), RULE)

    assert [(one.floor, one.alarm, one.closed, one.phi) for one in seen.excursions] == [(0, 73, None, 1.0)]
    assert seen.blips == []


@pytest.mark.parametrize(
    ("seconds", "alarms", "blips"),
    [
        pytest.param(1, [], [50], id="a pause of a second"),
        pytest.param(3, [], [50, 51, 52], id="three seconds make h exactly"),
        pytest.param(4, [53], [50, 51, 52], id="the fourth is an alarm"),
    ],
)
def test_a_short_outage_is_a_blip(seconds: int, alarms: list[int], blips: list[int]) -> None:
    """However bad a second is, it counts for a third of an alarm, and alone it is a blip."""
    bad = [0] * 50 + [300] * seconds + [0] * (250 - seconds)
    seen = scan(bad, steady(300, 300), RULE)

    assert [one.alarm for one in seen.excursions] == alarms
    assert seen.blips == blips


def test_the_mirror_test_ends_an_episode_and_a_second_one_begins() -> None:
    """After enough calm the charts watch again from zero; the first second that can begin an episode is the next one."""
    bad = [0] * 50 + [15] * 30 + [0] * 120 + [15] * 30 + [0] * 170
    one, two = scan(bad, steady(300, 400), RULE).excursions

    assert (one.alarm, two.floor, two.closed is None) == (53, (one.closed or 0) + 1, False)
    assert 80 + 9000 / 300 - 10 < (one.closed or 0) < 80 + 9000 / 300 + 10


def test_calm_counts_for_little_and_at_most_a_third() -> None:
    """A second without a bad event adds ln((1 - p0/2)/(1 - 2 p0)) for each event, and never more than a third of h_end."""
    assert MirrorTest(RULE).step(0, 100) == pytest.approx(100 * np.log(0.9995 / 0.998))
    assert MirrorTest(RULE).step(0, 1_000_000) == pytest.approx(RULE.end_threshold / 3)
    assert MirrorTest(RULE).step(100, 100) == 0


def test_seconds_without_events_change_nothing() -> None:
    """A gap in the traffic is no evidence for anything."""
    n = steady(300, len(RISING))
    bad, n = ([*counts[:71], *[0] * 20, *counts[71:]] for counts in (RISING, n))

    assert scan(bad, n, RULE).excursions[0].alarm == 93


def test_independent_events_have_no_overdispersion() -> None:
    """Binomial counts have a phi near 1, and no count at all has exactly 1."""
    rng = np.random.default_rng(5)
    n = steady(300, 120)

    assert overdispersion(rng.binomial(n, 0.01).tolist(), n) < 1.6
    assert overdispersion([0] * 120, n) == 1
    assert overdispersion([], []) == 1


def test_bursts_are_overdispersed() -> None:
    """Bad events that come in bursts of five seconds are worth several times fewer independent ones."""
    bad = [0] * 20 + [12] * 5 + [0] * 45 + [12] * 5 + [0] * 45

    assert overdispersion(bad, steady(300, 120)) > 5


def test_phi_holds_from_the_120th_second_and_only_when_those_were_calm() -> None:
    """Evidence is divided by the scatter of the first 120 s after warm-up; an alarm inside them leaves it at 1."""
    rng = np.random.default_rng(6)
    n = steady(300, 400)
    clustered = np.repeat(rng.binomial(300, 0.0006, size=80), 5).tolist()
    late = clustered[:200] + [k + 12 for k in clustered[200:]]
    early = clustered[:60] + [k + 12 for k in clustered[60:]]
    rule = Rule(0.001, 400, warm_up_s=20)

    (seen,) = scan(late, n, rule).excursions
    assert seen.phi == pytest.approx(overdispersion(clustered[20:140], n[20:140]))
    assert seen.phi > 1
    assert scan(early, n, rule).excursions[0].phi == 1.0
