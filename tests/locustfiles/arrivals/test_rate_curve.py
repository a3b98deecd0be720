"""The offered rate, the area under it and the inverse of the area."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from locustfiles.arrivals.rate_curve import RateCurve, Segment
from tests.helpers.curves import curves

RAMP = RateCurve.ramp(0, 10, 10)
FALL = RateCurve.ramp(10, 0, 10)
STAIRS = RateCurve.stairs(10, 5, 60, 3)
SPIKE = RateCurve.spike(2, 20, at_s=3, spike_s=1, duration_s=10)
PAUSE = RateCurve.steps([(2, 5), (3, 0), (2, 5)])

RATES = [
    pytest.param(RateCurve.constant(2, 5), 4.9, 2, id="2 wishes/s, at 4.9 s => 2/s"),
    pytest.param(RateCurve.constant(2, 5), 5.0, 0, id="2 wishes/s for 5 s, at 5 s => over, 0/s"),
    pytest.param(RateCurve.constant(2, 5), -0.1, 0, id="before the curve => 0/s"),
    pytest.param(RAMP, 2.5, 2.5, id="0 to 10/s in 10 s, at 2.5 s => 2.5/s"),
    pytest.param(FALL, 9.0, 1, id="10/s to 0 in 10 s, at 9 s => 1/s"),
    pytest.param(STAIRS, 59.9, 10, id="stairs from 10 by 5 each minute, at 59.9 s => 10/s"),
    pytest.param(STAIRS, 60.0, 15, id="stairs, at the edge => already the next step, 15/s"),
    pytest.param(STAIRS, 179.0, 20, id="stairs, on the third step => 20/s"),
    pytest.param(SPIKE, 3.5, 20, id="spike to 20/s from 3 to 4 s, at 3.5 s => 20/s"),
    pytest.param(SPIKE, 4.0, 2, id="spike, at its end => the base again, 2/s"),
]


@pytest.mark.parametrize(("curve", "t_s", "rate_per_s"), RATES)
def test_rate_at_a_time(curve: RateCurve, t_s: float, rate_per_s: float) -> None:
    """The rate is linear within a piece, and at a jump it is that of the later piece."""
    assert curve.rate_per_s(t_s) == pytest.approx(rate_per_s)


AREAS = [
    pytest.param(RateCurve.constant(2, 5), 4.9, 9.8, id="2 wishes/s for 4.9 s => 9.8 expected"),
    pytest.param(RateCurve.constant(2, 5), 60.0, 10, id="2 wishes/s for 5 s, long after => 10 expected"),
    pytest.param(RateCurve.constant(2, 5), -1.0, 0, id="before the curve => 0 expected"),
    pytest.param(RAMP, 10.0, 50, id="0 to 10/s in 10 s => a triangle of 50"),
    pytest.param(RAMP, 4.0, 8, id="0 to 10/s, after 4 s => a triangle of 8"),
    pytest.param(FALL, 4.0, 32, id="10/s to 0, after 4 s => 50 minus a triangle of 18"),
    pytest.param(STAIRS, 90.0, 1050, id="60 s of 10/s and 30 s of 15/s => 1050"),
    pytest.param(SPIKE, 10.0, 38, id="9 s of 2/s and 1 s of 20/s => 38"),
    pytest.param(PAUSE, 4.0, 10, id="in the pause => what came before it"),
]


@pytest.mark.parametrize(("curve", "t_s", "expected"), AREAS)
def test_expected_arrivals_by_a_time(curve: RateCurve, t_s: float, expected: float) -> None:
    """The expected arrivals are the area under the rate."""
    assert curve.expected(t_s) == pytest.approx(expected)


TIMES = [
    pytest.param(RateCurve.constant(2, 5), 5, 2.5, id="2 wishes/s, the 5th => after 2.5 s"),
    pytest.param(RAMP, 8, 4, id="0 to 10/s in 10 s, the 8th => after 4 s"),
    pytest.param(RAMP, 0, 0, id="a ramp from 0, none yet => 0 s"),
    pytest.param(FALL, 50, 10, id="a ramp to 0, the last => at its very end"),
    pytest.param(STAIRS, 1050, 90, id="stairs, the 1050th => after 90 s"),
    pytest.param(PAUSE, 10, 2, id="a level on which the curve rests => the first second that reaches it"),
    pytest.param(PAUSE, 10.5, 5.1, id="just above the rest => after the pause"),
    pytest.param(RateCurve.steps([(4, 0), (1, 3)]), 1.5, 4.5, id="a curve that begins with nothing => after it"),
    pytest.param(RateCurve.constant(2, 5), 11, 5, id="more than the curve has => its end"),
    pytest.param(RateCurve.constant(2, 5), -1, 0, id="less than nothing => its start"),
]


@pytest.mark.parametrize(("curve", "level", "t_s"), TIMES)
def test_time_of_a_level(curve: RateCurve, level: float, t_s: float) -> None:
    """The inverse tells when a number of arrivals is reached."""
    assert curve.time_of(np.array([level], dtype=np.float64)) == pytest.approx([t_s])


def test_time_of_keeps_the_shape_of_its_argument() -> None:
    """A table of levels becomes a table of times."""
    assert RAMP.time_of(np.array([[0.0, 8.0], [50.0, 2.0]])) == pytest.approx(np.array([[0, 4], [10, 2]]))


def test_inverse_is_stable_on_a_nearly_flat_piece() -> None:
    """A slope of one part in 10^15 gives the times of a flat piece, without cancellation."""
    nearly_flat = RateCurve.ramp(100, 100 * (1 + 1e-15), 1000)
    assert nearly_flat.time_of(np.array([12_345.0])) == pytest.approx([123.45], rel=1e-12)


@given(curves(), st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_expected_undoes_time_of(curve: RateCurve, shares: list[float]) -> None:
    """As many arrivals as asked for are expected by the time that the inverse gives."""
    levels = np.array(shares) * curve.expected_total
    again = [curve.expected(float(t_s)) for t_s in curve.time_of(levels)]
    assert again == pytest.approx(levels.tolist(), rel=1e-9, abs=1e-6)


@given(curves(), st.lists(st.floats(0, 1), min_size=2, max_size=20))
def test_time_of_rises_and_stays_on_the_curve(curve: RateCurve, shares: list[float]) -> None:
    """A higher level is never reached earlier, and none before 0 s or after the end."""
    times_s = curve.time_of(np.sort(np.array(shares)) * curve.expected_total)
    assert 0 <= times_s[0]
    assert times_s[-1] <= curve.duration_s
    assert np.all(np.diff(times_s) >= -1e-9)


@given(curves(), st.floats(-1, 70))
def test_expected_is_the_integral_of_the_rate(curve: RateCurve, end_s: float) -> None:
    """Adding up trapezes under the rate, split at every jump, gives the expected arrivals."""
    edges_s = sorted({0.0, max(end_s, 0.0), *(p.end_s for p in curve.segments if p.end_s < end_s)})
    area = 0.0
    for start_s, stop_s in itertools.pairwise(edges_s):
        middle_s = (start_s + stop_s) / 2
        # The midpoint rule is exact for a straight line.
        area += curve.rate_per_s(middle_s) * (stop_s - start_s)
    assert curve.expected(end_s) == pytest.approx(area, rel=1e-9, abs=1e-9)


@given(curves(), curves(), st.floats(0, 70))
def test_a_sum_adds_rates_and_areas(one: RateCurve, other: RateCurve, t_s: float) -> None:
    """The sum of two curves has the sum of their rates and of their arrivals, and lasts as long as the longer."""
    both = one + other
    assert both.duration_s == max(one.duration_s, other.duration_s)
    assert both.expected(t_s) == pytest.approx(one.expected(t_s) + other.expected(t_s), rel=1e-9, abs=1e-9)
    assert both.rate_per_s(t_s) == pytest.approx(one.rate_per_s(t_s) + other.rate_per_s(t_s), rel=1e-6, abs=1e-6)


@given(curves(), st.floats(0.01, 100), st.floats(0, 60))
def test_scaling_changes_rates_only(curve: RateCurve, factor: float, t_s: float) -> None:
    """A scaled curve has factor times the rate at every time, and the same length."""
    scaled = curve.scaled(factor)
    assert scaled.duration_s == curve.duration_s
    assert scaled.rate_per_s(t_s) == pytest.approx(factor * curve.rate_per_s(t_s), rel=1e-6, abs=1e-6)
    assert scaled.expected_total == pytest.approx(factor * curve.expected_total)


@given(curves(), st.floats(0.5, 1000))
def test_compressing_changes_the_time_axis_only(curve: RateCurve, duration_s: float) -> None:
    """A compressed curve lasts exactly as asked, reaches the same rates, and expects arrivals as the time shrank."""
    compressed = curve.compressed(duration_s)
    assert compressed.duration_s == duration_s
    assert [(p.start_per_s, p.end_per_s) for p in compressed.segments] == [
        (p.start_per_s, p.end_per_s) for p in curve.segments
    ]
    assert compressed.expected_total == pytest.approx(curve.expected_total * duration_s / curve.duration_s)


@pytest.mark.parametrize(
    ("curve", "peak_per_s"),
    [
        pytest.param(STAIRS, 20, id="stairs => the last step"),
        pytest.param(FALL, 10, id="a fall => its start"),
        pytest.param(SPIKE, 20, id="a spike => its top"),
        pytest.param(RateCurve.constant(0, 5), 0, id="nothing at all => 0"),
    ],
)
def test_peak(curve: RateCurve, peak_per_s: float) -> None:
    """The peak is the highest rate of any piece."""
    assert curve.peak_per_s == peak_per_s


SAD = [
    pytest.param(lambda: RateCurve.constant(-1, 5), "start_per_s is -1", id="a negative rate"),
    pytest.param(lambda: RateCurve.constant(math.nan, 5), "start_per_s is nan", id="a rate that is no number"),
    pytest.param(lambda: RateCurve.ramp(1, math.inf, 5), "end_per_s is inf", id="an endless rate"),
    pytest.param(lambda: RateCurve.constant(1, 0), "it is 0", id="no duration"),
    pytest.param(lambda: RateCurve.constant(1, math.inf), "it is inf", id="an endless duration"),
    pytest.param(lambda: RateCurve.steps([]), "none was given", id="no steps"),
    pytest.param(lambda: RateCurve.steps([(1, 1), (-2, 1)]), "it is -2", id="a step that lasts less than nothing"),
    pytest.param(lambda: RateCurve.stairs(1, 1, 60, 0), "count is 0", id="stairs without a step"),
    pytest.param(lambda: RateCurve.stairs(10, -6, 60, 3), "start_per_s is -2", id="stairs that go below 0"),
    pytest.param(
        lambda: RateCurve.spike(1, 2, at_s=8, spike_s=2, duration_s=10), "ends at 10 s of 10 s", id="a spike too late"
    ),
    pytest.param(lambda: RateCurve((Segment(1, 2, 1, 1),)), "starts at 1 s", id="a curve that starts late"),
    pytest.param(
        lambda: RateCurve((Segment(0, 1, 1, 1), Segment(2, 3, 1, 1))), "one ends at 1 s and the next starts", id="a gap"
    ),
    pytest.param(
        lambda: RateCurve((Segment(0, 2, 1, 1), Segment(1, 3, 1, 1))), "one ends at 2 s and the next", id="an overlap"
    ),
    pytest.param(lambda: Segment(math.nan, 1, 1, 1), "start_s is nan", id="a time that is no number"),
    pytest.param(lambda: Segment(3, 3, 1, 1), "from 3 s to 3 s", id="a piece that does not last"),
    pytest.param(lambda: RateCurve.constant(1e308, 1e10), "this one has inf", id="more arrivals than a float holds"),
    pytest.param(lambda: STAIRS.scaled(0), "the factor is 0", id="scaled to nothing"),
    pytest.param(lambda: STAIRS.scaled(math.nan), "the factor is nan", id="scaled by no number"),
    pytest.param(lambda: STAIRS.compressed(-3), "it is -3", id="compressed to less than nothing"),
]


@pytest.mark.parametrize(("make", "told"), SAD)
def test_impossible_curves_are_refused(make, told: str) -> None:
    """A curve that cannot be is refused in one sentence that names the value."""
    with pytest.raises(ValueError, match=told) as caught:
        make()
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)


@given(curves())
def test_points_of_a_curve_make_it_again(curve: RateCurve) -> None:
    """The ends of a curve's pieces, in order, are points whose curve is that curve: as much has been offered at every knot."""
    points = [point for s in curve.segments for point in ((s.start_s, s.start_per_s), (s.end_s, s.end_per_s))]
    again = RateCurve.from_points(dict.fromkeys(points))

    assert again.duration_s == curve.duration_s
    for segment in curve.segments:
        assert again.expected(segment.end_s) == pytest.approx(curve.expected(segment.end_s))
