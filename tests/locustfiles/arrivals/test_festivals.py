"""Named curves of real surges."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locustfiles.arrivals.festivals import FESTIVALS, festival_curve
from locustfiles.arrivals.published_figures import FIGURES, SOURCES, figure

HOUR_S = 3600
DAY_S = 24 * HOUR_S


def real(name: str, real_s: float):
    """A festival at its real rates and in its real time."""
    return festival_curve(name, demand=1, scale=1, duration_s=real_s).curve


@pytest.mark.parametrize("name", ["qwen-day1", "qwen-day1-live"])
@pytest.mark.parametrize(
    ("after_h", "orders"),
    [
        pytest.param(3, 1_000_000, id="3 h => 1 million"),
        pytest.param(4, 2_000_000, id="4 h => 2 million"),
        pytest.param(5, 5_000_000, id="5 h => 5 million"),
        pytest.param(9, 10_000_000, id="9 h => 10 million"),
        pytest.param(30, 15_000_000, id="the end => 15 million"),
    ],
)
def test_day_1_goes_through_the_published_points(name: str, after_h: float, orders: float) -> None:
    """Both forms of day 1 have served what was published by each published hour."""
    live_h = {"qwen-day1": 24, "qwen-day1-live": 16.5}[name]
    assert real(name, live_h * HOUR_S).expected(after_h * HOUR_S) == pytest.approx(orders)


@pytest.mark.parametrize(
    ("name", "real_s", "at_s", "rate_per_s"),
    [
        pytest.param("qwen-day1", DAY_S, HOUR_S, 92.6, id="day 1, first hours => 92.6 orders/s"),
        pytest.param("qwen-day1", DAY_S, 3.5 * HOUR_S, 277.8, id="day 1, fourth hour => 278/s"),
        pytest.param("qwen-day1", DAY_S, 4.5 * HOUR_S, 833.3, id="day 1, busiest hour => 833/s"),
        pytest.param("qwen-day1", DAY_S, 7 * HOUR_S, 347.2, id="day 1, until 9 h => 347/s"),
        pytest.param("qwen-day1", DAY_S, 20 * HOUR_S, 92.6, id="day 1, the rest of 24 h => 92.6/s"),
        pytest.param("qwen-day1-live", 16.5 * HOUR_S, 12 * HOUR_S, 185.2, id="day 1 until midnight => 185/s"),
        pytest.param("qwen-planned-day", DAY_S, HOUR_S, 11.57, id="the plan => 11.6/s all day"),
        pytest.param("qwen-grey-drain", 480, 100, 104.2, id="the pre-release => 104 cards/s for 8 minutes"),
        pytest.param("qwen-plateau", 5 * DAY_S, DAY_S, 243.1, id="days 2 to 6 => 243/s"),
        pytest.param("double11-2011", 120, 30, 91.67, id="Double 11 2011, the minute before => 92 payments/s"),
        pytest.param("double11-2011", 120, 90, 916.7, id="Double 11 2011, minute 00:01 => 917 payments/s"),
        pytest.param("tap-rounds-2016", 6060, 100, 200_000, id="taps, round 1 => 200,000 packets/s"),
        pytest.param("tap-rounds-2016", 6060, 1000, 0, id="taps, between the rounds => nothing"),
        pytest.param("tap-rounds-2016", 6060, 1750, 200_000, id="taps, round 2 => 29 minutes after round 1"),
        pytest.param("tap-rounds-2016", 6060, 5770, 200_000, id="taps, round 3 => 96 minutes after round 1"),
        pytest.param("tap-smeared-2015", 156, 100, 6410, id="prizes => 6,410/s until they are gone"),
    ],
)
def test_rates_in_real_time(name: str, real_s: float, at_s: float, rate_per_s: float) -> None:
    """At demand 1 and scale 1, in its real time, a festival has the published rates."""
    assert real(name, real_s).rate_per_s(at_s) == pytest.approx(rate_per_s, rel=1e-3)


@pytest.mark.parametrize(
    ("name", "ratio"),
    [
        pytest.param("double11-2019", 36.4, id="Double 11 2019 => a step to 36 times the day's mean"),
        pytest.param("gala-cue-2016", 4.37, id="the gala of 2016 => 4.4 times the day's mean"),
        pytest.param("flash-10x", 10, id="a flash sale => 10 times normal"),
        pytest.param("diurnal-event", 10, id="a festival day => 10 times the mean"),
        pytest.param("presale-2022", 4, id="a pre-sale => 4 times the previous peak"),
        pytest.param("forecast-miss", 50, id="a missed forecast => 50 times the target"),
        pytest.param("double11-2011", 10, id="Double 11 2011 => 10 times the minute before"),
        pytest.param("qwen-day1", 9, id="day 1 => 9 times its first hours"),
    ],
)
def test_peak_against_the_start(name: str, ratio: float) -> None:
    """A festival rises from its first level to its peak by the published ratio."""
    curve = festival_curve(name, demand=2, scale=0.5, duration_s=60).curve
    assert curve.peak_per_s / curve.rate_per_s(0) == pytest.approx(ratio, rel=2e-3)


def test_prerelease_is_45_times_the_plan() -> None:
    """Cards for 6 hours went in 8 minutes."""
    assert figure("qwen-prerelease-planned-s") / figure("qwen-prerelease-s") == 45


@pytest.mark.parametrize("name", FESTIVALS)
@given(demand=st.floats(0.1, 10), scale=st.floats(1e-4, 2), duration_s=st.floats(10, 5000))
def test_demand_scale_and_duration_are_independent(name: str, demand: float, scale: float, duration_s: float) -> None:
    """Demand and scale change rates, duration changes times, and the peaks told are those of the curve."""
    fitted = festival_curve(name, demand=demand, scale=scale, duration_s=duration_s)
    plain = festival_curve(name, demand=1, scale=1, duration_s=duration_s)
    assert fitted.curve.duration_s == duration_s
    assert fitted.peak_offered_per_s == fitted.curve.peak_per_s
    assert fitted.peak_served_per_s == pytest.approx(plain.peak_served_per_s * scale)
    assert fitted.peak_offered_per_s == pytest.approx(plain.peak_served_per_s * scale * demand)
    assert fitted.curve.expected_total == pytest.approx(plain.curve.expected_total * scale * demand)


def test_day_1_at_a_third_of_the_capacity() -> None:
    """At demand 3 and scale 0.16 the busiest hour serves 133 orders/s and is offered 400 wishes/s."""
    fitted = festival_curve("qwen-day1", demand=3, scale=0.16, duration_s=90)
    assert fitted.peak_served_per_s == pytest.approx(133.33, abs=0.01)
    assert fitted.peak_offered_per_s == pytest.approx(400)


def test_the_note_says_what_was_done_to_the_figures() -> None:
    """The note names demand, scale, compression, grade and sources, and that demand was never published."""
    note = festival_curve("qwen-day1", demand=3, scale=0.16, duration_s=90).note
    for fact in (
        "served orders, at most 833.3 per second",
        "offered load was never published",
        "scale 0.16 x demand 3",
        "24 h of real time pass in 90 s (960 times as fast), rates stay",
        "grade N, as reported",
        SOURCES["hk01"],
    ):
        assert fact in note


def test_the_note_says_when_lengths_were_not_published() -> None:
    """A festival of which only levels are known says that its parts share the run."""
    note = festival_curve("double11-2019", demand=1, scale=0.001, duration_s=60).note
    assert "how long its parts lasted was not published, so they share 60 s equally" in note


@pytest.mark.parametrize("name", FESTIVALS)
def test_every_festival_is_made_of_published_figures(name: str) -> None:
    """A festival has a summary and rests on figures that have a source."""
    festival = FESTIVALS[name]
    assert festival.name == name
    assert festival.summary
    assert festival.figures
    assert set(festival.figures) <= FIGURES.keys()


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        pytest.param("qwen-dya1", "qwen-day1", id="swapped letters"),
        pytest.param("duoble11-2019", "double11-2019", id="swapped letters, longer"),
        pytest.param("flash", "flash-10x", id="the beginning only"),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest(name: str, nearest: str) -> None:
    """A name that does not exist is refused, and the nearest one is offered."""
    with pytest.raises(ValueError, match=f"{name!r}; did you mean {nearest!r}"):
        festival_curve(name, demand=1, scale=1, duration_s=60)


def test_a_name_like_no_other_is_refused_as_well() -> None:
    """Even an empty name gets an answer that lists all festivals."""
    with pytest.raises(ValueError, match="All: qwen-day1, qwen-day1-live"):
        festival_curve("", demand=1, scale=1, duration_s=60)


@pytest.mark.parametrize("what", ["demand", "scale", "duration_s"])
@pytest.mark.parametrize("value", [0.0, -1.0, math.nan, math.inf])
def test_impossible_values_are_refused(what: str, value: float) -> None:
    """Demand, scale and duration are finite numbers above 0; the refusal names which is not, and its value."""
    values = {"demand": 1.0, "scale": 1.0, "duration_s": 60.0, what: value}
    with pytest.raises(ValueError, match=f"{what} must be a finite number above 0, but it is {value}"):
        festival_curve("qwen-day1", **values)
