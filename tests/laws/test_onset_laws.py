"""Laws of the onset estimators over generated series."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.run_record.cusum import Charts, Excursion, Rule, Scan, Watch, scan
from reports.run_record.onset_dating import date_end, date_onset, date_step, few_beyond
from reports.saturation import best_split

SECONDS = st.lists(st.tuples(st.integers(0, 400), st.floats(0, 1)), min_size=20, max_size=120)


def series(seconds: list[tuple[int, float]]) -> tuple[list[int], list[int]]:
    """Bad events and events by second, of (events, share)."""
    return [int(events * share) for events, share in seconds], [events for events, _ in seconds]


@given(seconds=SECONDS)
def test_excursions_are_in_order(seconds: list[tuple[int, float]]) -> None:
    """Whatever the counts, every excursion lies after the one before, and only the last can be open."""
    bad, n = series(seconds)
    found = scan(bad, n, Rule(0.001, len(n))).excursions

    bounds = [edge for one in found for edge in (one.floor, one.alarm, len(n) if one.closed is None else one.closed)]
    assert bounds == sorted(bounds)
    assert all(one.closed is not None for one in found[:-1])


@given(seconds=SECONDS, phi=st.floats(1, 5))
def test_the_charts_are_their_formula(seconds: list[tuple[int, float]], phi: float) -> None:
    """Whatever the counts, each second's highest sum and own evidence are those of the formula over all charts at once."""
    rule = Rule(0.001, 600)
    charts, higher = Charts(rule), np.array(rule.higher_shares)
    sums = np.zeros(len(higher))
    for k, n in zip(*series(seconds), strict=True):
        evidence = (k * np.log(higher / 0.001) + (n - k) * np.log((1 - higher) / 0.999)) / phi
        sums = np.maximum(0, sums + np.minimum(evidence, rule.threshold / 3))

        assert charts.step(k, n, phi) == (pytest.approx(sums.max(), abs=1e-9), pytest.approx(evidence.max(), abs=1e-9))


@given(seconds=SECONDS, calm_s=st.integers(0, 200), warm_up_s=st.integers(0, 60))
def test_a_whole_series_is_walked_as_second_by_second(
    seconds: list[tuple[int, float]], calm_s: int, warm_up_s: int
) -> None:
    """Whatever the counts, and whenever they begin, the report's walk over a whole series says what the live watch says."""
    bad, n = series([(300, 0.004)] * calm_s + seconds)
    rule = Rule(0.001, len(n), warm_up_s=warm_up_s)
    watch = Watch(rule)
    for k, m in zip(bad, n, strict=True):
        watch.step(k, m)
    still_open = [] if watch.alarm is None else [Excursion(watch.floor, watch.alarm, None, watch.phi)]

    assert scan(bad, n, rule) == (Scan(watch.excursions + still_open, watch.blips) if any(bad) else Scan([], []))


@given(seconds=SECONDS)
def test_nothing_bad_is_no_alarm(seconds: list[tuple[int, float]]) -> None:
    """Without a bad event there is neither an alarm nor a blip, whatever the load."""
    _, n = series(seconds)

    seen = scan([0] * len(n), n, Rule(0.001, len(n)))
    assert (seen.excursions, seen.blips) == ([], [])


@given(seconds=SECONDS, pause=st.integers(0, 19))
def test_an_idle_second_moves_dates_and_nothing_else(seconds: list[tuple[int, float]], pause: int) -> None:
    """A second without events moves what comes after it by one, and changes no decision."""
    bad, n = series(seconds)
    rule = Rule(0.001, 300)
    before = scan(bad, n, rule)
    after = scan([*bad[:pause], 0, *bad[pause:]], [*n[:pause], 0, *n[pause:]], rule)

    assert [one.alarm + (one.alarm >= pause) for one in before.excursions] == [one.alarm for one in after.excursions]


@given(seconds=SECONDS, alarm=st.integers(0, 19))
def test_a_date_lies_where_it_was_sought(seconds: list[tuple[int, float]], alarm: int) -> None:
    """The date and its set lie between the floor and the alarm."""
    bad, n = series(seconds)
    dated = date_step(bad, n, floor=0, alarm=alarm, base=0.0005)

    assert 0 <= dated.first <= dated.last <= alarm
    assert 0 <= dated.second <= alarm
    assert 0 < dated.weight <= 1 + 1e-12


@given(seconds=SECONDS, alarm=st.integers(0, 19))
def test_the_few_never_make_an_onset_later(seconds: list[tuple[int, float]], alarm: int) -> None:
    """An onset lies between the floor and the step of its episode, and an end between the step back and its proof."""
    bad, n = series(seconds)
    step = date_step(bad, n, floor=0, alarm=alarm, base=0.0005).second
    onset = date_onset(bad, n, floor=0, alarm=alarm, base=0.0005, tolerated_share=0.001)

    assert 0 <= onset <= step
    assert onset < date_end(bad, n, onset=onset, closed=len(n) - 1, base=0.0005, tolerated_share=0.001) <= len(n) - 1


@given(seconds=SECONDS, more=SECONDS)
def test_the_few_are_worse_than_what_is_tolerated(
    seconds: list[tuple[int, float]], more: list[tuple[int, float]]
) -> None:
    """Whatever the counts, the seconds that are given to an episode hold more than the tolerated share, and the set holds their number."""
    bad, n = series([*seconds, *more])
    few = few_beyond(bad, n, base=0.0005, tolerated_share=0.001)

    assert few.seconds == 0 or sum(bad[: few.seconds]) > 0.001 * sum(n[: few.seconds])
    assert 0 <= few.fewest <= few.seconds <= few.most <= len(n)


@given(
    pairs=st.lists(st.tuples(st.floats(1, 1000), st.floats(0, 1000)), min_size=1, max_size=40), factor=st.floats(0.5, 8)
)
def test_capacity_scales_with_its_unit(pairs: list[tuple[float, float]], factor: float) -> None:
    """In other units of rate the error of the best split scales by the square, and C lies within the offered rates."""
    offered, goodput = (np.array(column) for column in zip(*pairs, strict=True))
    capacity, error = best_split(offered, goodput)
    _, scaled = best_split(offered * factor, goodput * factor)

    assert 0 <= capacity <= offered.max()
    assert np.isclose(scaled, error * factor**2, rtol=1e-6, atol=1e-3)
