"""The load at an onset is a mean of the last seconds, and never mixes two levels of the curve."""

import numpy as np
import pytest

from reports.onset_load import (
    Jump,
    borne_per_s,
    counted_rate,
    jumps_of,
    load_window,
    rises_gradually,
    scatter_of_arrivals,
    settled,
    whole_seconds,
)
from reports.run_record.schema import CurveSegment

DAY = [
    CurveSegment(0.0, 11.25, 44.4, 44.4),
    CurveSegment(11.25, 15.0, 133.3, 133.3),
    CurveSegment(15.0, 18.75, 400.0, 400.0),
    CurveSegment(18.75, 90.0, 166.7, 166.7),
]


def test_three_thousand_in_ten_seconds() -> None:
    """3,000 random arrivals in ten seconds are a rate of 300 +- 10.7 per second."""
    rate = counted_rate(np.full(10, 300), 1.0)

    assert (rate.per_s, rate.high - 300, 300 - rate.low) == pytest.approx((300, 10.7, 10.7), abs=0.05)


def test_even_arrivals_are_certain() -> None:
    """Arrivals without scatter have no interval, and a rate is never below zero."""
    assert counted_rate(np.full(10, 300), 0.0).low == 300
    assert counted_rate(np.array([1]), 1.0).low == 0


@pytest.mark.parametrize(
    ("segments", "expected"),
    [
        pytest.param(DAY, [(0, True), (11.25, True), (15, True), (18.75, False), (90, False)], id="steps"),
        pytest.param(
            [CurveSegment(0, 60, 0, 90), CurveSegment(60, 90, 90, 90)], [(90, False)], id="a ramp to a plateau"
        ),
        pytest.param(
            [CurveSegment(5, 10, 20, 20), CurveSegment(15, 20, 20, 20)],
            [(5, True), (10, False), (15, True), (20, False)],
            id="nothing is offered in gaps",
        ),
        pytest.param(
            [CurveSegment(0, 10, 1000, 1000), CurveSegment(10, 20, 1005, 1005)],
            [(0, True), (20, False)],
            id="too little",
        ),
        pytest.param([], [], id="no curve"),
    ],
)
def test_a_jump_is_a_discontinuity(segments: list[CurveSegment], expected: list[tuple[float, bool]]) -> None:
    """The curve jumps where its rate changes by more than 1 % from one instant to the next."""
    assert [(jump.at_s, jump.rises) for jump in jumps_of(segments)] == expected


@pytest.mark.parametrize(
    ("onset", "jumps", "expected"),
    [
        pytest.param(70, [], (60, 70), id="the ten seconds before"),
        pytest.param(4, [], (0, 4), id="what there is of them"),
        pytest.param(0, [Jump(0, True)], (0, 1), id="refused from the first second on"),
        pytest.param(0, [], (0, 1), id="even without a jump"),
        pytest.param(15, jumps_of(DAY), (15, 16), id="a jump at the onset is its cause"),
        pytest.param(15, [Jump(15.5, True)], (15.5, 17), id="also in the middle of its second"),
        pytest.param(15, [Jump(15.5, True), Jump(16.25, False)], (15.5, 16.25), id="to the next jump at most"),
        pytest.param(15, [Jump(15.9, False)], (5, 15), id="a fall at the onset is not"),
        pytest.param(18, jumps_of(DAY), (15, 18), id="since the last jump"),
        pytest.param(21, jumps_of(DAY), (18.75, 21), id="since the last jump, up or down"),
        pytest.param(40, jumps_of(DAY), (30, 40), id="an older jump is forgotten"),
    ],
)
def test_the_window_of_a_load(onset: int, jumps: list[Jump], expected: tuple[float, float]) -> None:
    """The load belongs to one level of the curve: that which refusals began under."""
    assert load_window(onset, jumps) == expected


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        pytest.param((5.0, 15.0), slice(5, 15), id="whole seconds"),
        pytest.param((15.5, 17.0), slice(16, 17), id="the whole second after a jump"),
        pytest.param((15.5, 16.25), slice(15, 16), id="none is whole"),
    ],
)
def test_counts_are_of_whole_seconds(span: tuple[float, float], expected: slice) -> None:
    """Released wishes are counted by second, so a span takes its whole seconds."""
    assert whole_seconds(span) == expected


def test_the_scatter_of_arrivals_is_told_from_the_run() -> None:
    """Even arrivals have an index of dispersion near 0, random ones near 1, and a short run is taken for random."""
    offered = np.full(200, 100.0)
    random = np.random.default_rng(1).poisson(offered)

    assert scatter_of_arrivals(np.full(200, 100), offered) == 0
    assert scatter_of_arrivals(random, offered) == pytest.approx(1, abs=0.3)
    assert scatter_of_arrivals(np.full(19, 100), np.full(19, 100.0)) == 1


def test_counts_jump_when_chance_does_not_explain_it() -> None:
    """Counts of 100 and 130 are one load as far as anybody can tell, four deviations of their difference being 61; 180 are not."""
    counts = [CurveSegment(second, second + 1, n, n) for second, n in enumerate([100, 130, 100, 180, 170])]

    assert [jump.at_s for jump in jumps_of(counts, is_counted=True)] == [0, 3, 5]
    assert [jump.at_s for jump in jumps_of(counts)] == [0, 1, 2, 3, 4, 5]


def test_three_seconds_after_a_rise_are_left_out() -> None:
    """A bucket gives what it saved: three seconds, or a third of a short step; a fall of the load leaves nothing out."""
    jumps = [Jump(0.0, rises=True), Jump(10.0, rises=True), Jump(13.0, rises=False)]

    assert np.flatnonzero(~settled(jumps, 20)).tolist() == [0, 1, 2, 10]


RISES = [Jump(0.0, rises=True), Jump(20.4, rises=True), Jump(50.0, rises=False)]
"""The load of ``OFFERED``: 12 wishes/s, from second 20.4 on 132, from second 50 on 12."""
OFFERED = np.repeat([12.0, 84.0, 132.0, 12.0], [20, 1, 29, 30])


@pytest.mark.parametrize(
    ("began", "borne"),
    [
        pytest.param(20, 12.0, id="in the second of the jump"),
        pytest.param(26, 12.0, id="a queue that takes six seconds to show"),
        pytest.param(40, 132.0, id="a level that held for twenty seconds was borne"),
        pytest.param(5, 0.0, id="soon after the beginning nothing is known to be borne"),
        pytest.param(0, 0.0, id="from the beginning"),
        pytest.param(200, 132.0, id="after the run's end"),
    ],
)
def test_what_was_borne_is_the_load_before_the_jump(began: int, borne: float) -> None:
    """A load that was followed by the overload within ten seconds was not borne, however calm its first seconds were."""
    assert borne_per_s(OFFERED, RISES, began) == borne


def test_on_a_ramp_all_that_came_before_was_borne() -> None:
    """Without a jump the last second before the overload counts."""
    assert borne_per_s(np.arange(100.0), [], 60) == 59.0


def test_what_was_borne_since_a_second() -> None:
    """Seconds before an earlier overload do not count."""
    assert borne_per_s(OFFERED, RISES, 70, since=60) == 12.0
    assert borne_per_s(OFFERED, RISES, 70, since=70) == 0.0


def test_only_the_last_jump_was_not_borne() -> None:
    """On stairs of four seconds the step below the one that was refused was borne."""
    jumps = [Jump(0.0, rises=True), Jump(4.0, rises=True), Jump(8.0, rises=True)]

    assert borne_per_s(np.repeat([44.0, 133.0, 400.0], 4), jumps, 8) == 133.0


RAMP = np.linspace(50.0, 149.0, 100)


@pytest.mark.parametrize(
    ("offered", "expected"),
    [
        pytest.param(np.full(100, 80.0), False, id="flat"),
        pytest.param(np.linspace(80, 81, 100), False, id="as good as flat"),
        pytest.param(RAMP, True, id="a ramp"),
        pytest.param(RAMP[::-1], False, id="a load that falls"),
        pytest.param(np.where(np.arange(100) < 50, 40.0, 150.0), False, id="a jump"),
        pytest.param(50.0 + 10 * (np.arange(100) // 30), False, id="stairs of 30 s"),
        pytest.param(50.0 + 5 * (np.arange(100) // 3), True, id="a ramp in steps of 3 s"),
        pytest.param(
            np.repeat([44.4, 133.3, 400.0, 166.7, 44.4], [35, 10, 8, 15, 32]), False, id="the first day's steps"
        ),
    ],
)
def test_what_a_gradual_rise_is(offered: np.ndarray, expected: bool) -> None:
    """Flat, falling and jumping curves are none; the onset lies in second 50."""
    assert rises_gradually(offered, 50) is expected


@pytest.mark.parametrize(
    ("onset", "jumps", "expected"),
    [
        pytest.param(70, [], (65, 76), id="five seconds on either side"),
        pytest.param(3, [], (0, 7), id="as many after as before"),
        pytest.param(98, [], (97, 100), id="as many before as the record has after"),
        pytest.param(70, [Jump(67.5, True)], (68, 73), id="none beyond an earlier jump"),
        pytest.param(70, [Jump(73.0, False)], (68, 73), id="none beyond a later one"),
        pytest.param(70, [Jump(70.5, False)], (70, 71), id="a fall in the onset's own second"),
        pytest.param(70, [Jump(70.5, True)], (70.5, 72), id="a jump at the onset is its cause here too"),
    ],
)
def test_the_window_of_a_rising_load(onset: int, jumps: list[Jump], expected: tuple[float, float]) -> None:
    """Of 100 known seconds, those lie evenly about the onset's middle whose mean is the rate there."""
    assert load_window(onset, jumps, rising_until=100) == expected


def test_on_a_ramp_the_load_is_that_of_the_onset() -> None:
    """Ten wishes a second more in every second: in the middle of second 70 they are 705, and no second before it says so."""
    start, end = load_window(70, [], rising_until=100)

    assert (start + end) / 2 * 10 == 705
