"""Named curves of real surges, made from published figures only.

Most of what was published are *served* units (orders, cards, packets): goodput after throttling. The offered load of none of
these events is known, so a run declares ``demand``, the wishes offered for every served unit. Between two published points of
a cumulative count the rate is their mean: steps, because nothing is known about what lies inside.

Where levels are known but not how long they lasted, they share the run equally; where only ratios are known, 1 stands for
one wish per second; the note says so. This module must not know how arrivals are drawn from a curve.
"""

import difflib
import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from locustfiles.arrivals.published_figures import FIGURES, SOURCES, figure
from locustfiles.arrivals.rate_curve import RateCurve

_HOUR_S = 3600.0
_DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Festival:
    """One published surge, in real time and at its real rates."""

    name: str
    summary: str
    """What the curve is, in words that follow the name."""
    said: str
    """What the published figures are, as a clause that follows "the published figures are"."""
    figures: tuple[str, ...]
    """The published figures that the curve is made from."""
    published: Callable[[], RateCurve]
    has_real_time: bool = True
    """False: the sources do not say how long the parts of the curve lasted."""


@dataclass(frozen=True, slots=True)
class FestivalCurve:
    """A festival fitted into a run. Rates are per wall second of the run, scaled, and the peaks with them."""

    curve: RateCurve
    """Offered wishes per wall second."""
    note: str
    """Where the curve comes from and what was done to it, for the report."""
    peak_served_per_s: float
    """Highest published mean rate x scale."""
    peak_offered_per_s: float
    """Highest rate of the curve: the above x demand."""


def _through(points: list[tuple[float, str]]) -> RateCurve:
    """The mean rates between published points of a cumulative count: (seconds since the start, name of the figure)."""
    known = [(0.0, 0.0), *((at_s, figure(name)) for at_s, name in points)]
    return RateCurve.steps(
        (end_s - at_s, (total - count) / (end_s - at_s)) for (at_s, count), (end_s, total) in pairwise(known)
    )


def _levels(*rates_per_s: float) -> RateCurve:
    """Levels of unknown length, one unit of time each."""
    return RateCurve.steps((1.0, rate) for rate in rates_per_s)


def _qwen_until_9h() -> list[tuple[float, str]]:
    return [(3 * _HOUR_S, "qwen-3h"), (4 * _HOUR_S, "qwen-4h"), (5 * _HOUR_S, "qwen-5h"), (9 * _HOUR_S, "qwen-9h")]


def _tap_rounds() -> RateCurve:
    round_s = figure("tap-2016-round-s")
    rate = figure("tap-2016-packets") / round_s
    starts_s = [(20 * 60 + 36) * 60.0, (21 * 60 + 5) * 60.0, (22 * 60 + 12) * 60.0]
    steps = [(round_s, rate)]
    for before_s, start_s in pairwise(starts_s):
        steps += [(start_s - before_s - round_s, 0.0), (round_s, rate)]
    return RateCurve.steps(steps)


FESTIVALS = {
    festival.name: festival
    for festival in (
        Festival(
            "qwen-day1",
            "6 Feb 2026 as steps of 3, 1, 1, 4 and 15 h after the launch, to 24 h",
            "served orders",
            ("qwen-3h", "qwen-4h", "qwen-5h", "qwen-9h", "qwen-day1"),
            lambda: _through([*_qwen_until_9h(), (_DAY_S, "qwen-day1")]),
        ),
        Festival(
            "qwen-day1-live",
            "6 Feb 2026 as steps of 3, 1, 1, 4 and 7.5 h, from the launch to midnight",
            "served orders",
            ("qwen-3h", "qwen-4h", "qwen-5h", "qwen-9h", "qwen-day1"),
            lambda: _through([*_qwen_until_9h(), (16.5 * _HOUR_S, "qwen-day1")]),
        ),
        Festival(
            "qwen-planned-day",
            "the forecast for 6 Feb 2026, flat over 24 h",
            "forecast orders",
            ("qwen-planned-day",),
            lambda: _through([(_DAY_S, "qwen-planned-day")]),
        ),
        Festival(
            "qwen-grey-drain",
            "the pre-release of 6 Feb 2026, cards meant for 6 h issued in 8 minutes",
            "served cards",
            ("qwen-prerelease-cards", "qwen-prerelease-s", "qwen-prerelease-planned-s"),
            lambda: _through([(figure("qwen-prerelease-s"), "qwen-prerelease-cards")]),
        ),
        Festival(
            "qwen-plateau",
            "days 2 to 6 of the campaign, flat at their mean",
            "served orders",
            ("qwen-day1", "qwen-6d"),
            lambda: RateCurve.constant((figure("qwen-6d") - figure("qwen-day1")) / (5 * _DAY_S), 5 * _DAY_S),
        ),
        Festival(
            "double11-2019",
            "the mean of the day, then a step to the peak (two counting units: an upper scenario)",
            "served orders",
            ("double11-2019-day", "double11-2019-peak"),
            lambda: _levels(figure("double11-2019-day") / _DAY_S, figure("double11-2019-peak")),
            has_real_time=False,
        ),
        Festival(
            "double11-2011",
            "the minute before and minute 00:01, ten times as high",
            "served payments",
            ("double11-2011-minute", "double11-2011-ratio"),
            lambda: RateCurve.steps(
                (60.0, figure("double11-2011-minute") / 60 / below) for below in (figure("double11-2011-ratio"), 1)
            ),
        ),
        Festival(
            "flash-10x",
            "normal, then ten times normal",
            "ratios to the normal rate, 1 read as one wish per second",
            ("flash-ratio",),
            lambda: _levels(1, figure("flash-ratio")),
            has_real_time=False,
        ),
        Festival(
            "gala-cue-2016",
            "the mean of the day, then the peak",
            "served packets",
            ("gala-2016-day", "gala-2016-peak"),
            lambda: _levels(figure("gala-2016-day") / _DAY_S, figure("gala-2016-peak")),
            has_real_time=False,
        ),
        Festival(
            "diurnal-event",
            "the mean, an ordinary day's peak, a festival's peak",
            "ratios to the mean rate, 1 read as one wish per second",
            ("diurnal-ordinary", "diurnal-festival"),
            lambda: _levels(1, figure("diurnal-ordinary"), figure("diurnal-festival")),
            has_real_time=False,
        ),
        Festival(
            "tap-rounds-2016",
            "three rounds of 5 minutes that began at 20:36, 21:05 and 22:12, nothing between them",
            "served packets",
            ("tap-2016-packets", "tap-2016-round-s", "tap-2016-first"),
            _tap_rounds,
        ),
        Festival(
            "tap-smeared-2015",
            "prizes that were gone after 156 s",
            "served prizes",
            ("tap-2015-prizes", "tap-2015-s"),
            lambda: _through([(figure("tap-2015-s"), "tap-2015-prizes")]),
        ),
        Festival(
            "presale-2022",
            "the previous peak, then four times that",
            "ratios to the previous peak, 1 read as one wish per second",
            ("presale-2022-ratio",),
            lambda: _levels(1, figure("presale-2022-ratio")),
            has_real_time=False,
        ),
        Festival(
            "forecast-miss",
            "a straight rise from the target to fifty times the target, ten times the worst case",
            "ratios to the target rate, 1 read as one wish per second",
            ("forecast-miss-ratio", "forecast-miss-worst"),
            lambda: RateCurve.ramp(1, figure("forecast-miss-ratio"), 1.0),
            has_real_time=False,
        ),
    )
}
"""The festivals by name."""


def festival_named(name: str) -> Festival:
    """The festival of a name; ValueError with the nearest name that exists for one that does not."""
    festival = FESTIVALS.get(name)
    if festival is None:
        near = difflib.get_close_matches(name, FESTIVALS, n=1, cutoff=0.0)[0]
        raise ValueError(f"There is no festival {name!r}; did you mean {near!r}? All: {', '.join(FESTIVALS)}.")
    return festival


def festival_curve(name: str, *, demand: float, scale: float, duration_s: float) -> FestivalCurve:
    """A named festival as the offered curve of a run of ``duration_s``: served rates x ``scale`` x ``demand``.

    ``demand`` is wishes offered for every served unit, ``scale`` the share of the real rates; the real duration is mapped to
    ``duration_s`` while rates stay per wall second. ValueError for an unknown name, with the nearest one that exists, and
    for values that are not finite and above 0.
    """
    festival = festival_named(name)
    for what, value in (("demand", demand), ("scale", scale), ("duration_s", duration_s)):
        if not (math.isfinite(value) and value > 0):
            raise ValueError(f"{what} must be a finite number above 0, but it is {value}.")
    real = festival.published()
    served = real.scaled(scale).compressed(duration_s)
    offered = served.scaled(demand)
    return FestivalCurve(
        curve=offered,
        note=_note(festival, real, demand=demand, scale=scale, duration_s=duration_s),
        peak_served_per_s=served.peak_per_s,
        peak_offered_per_s=offered.peak_per_s,
    )


def _note(festival: Festival, real: RateCurve, *, demand: float, scale: float, duration_s: float) -> str:
    facts = [FIGURES[name] for name in festival.figures]
    sources = "; ".join(dict.fromkeys(SOURCES[key] for fact in facts for key in fact.sources))
    grades = ", ".join(sorted({fact.grade for fact in facts}))
    if festival.has_real_time:
        faster = real.duration_s / duration_s
        time = f"{_span(real.duration_s)} of real time pass in {_span(duration_s)} ({_number(faster)} times as fast), rates stay"
    else:
        time = f"how long its parts lasted was not published, so they share {_span(duration_s)} equally"
    return (
        f"{festival.name}: {festival.summary}. The published figures are {festival.said}, at most"
        f" {_number(real.peak_per_s)} per second; the offered load was never published."
        f" Offered = published x scale {scale:g} x demand {demand:g}; {time}."
        f" Computed from figures of grade {grades}, as reported by {sources}."
    )


def _number(value: float) -> str:
    return f"{value:,.1f}".removesuffix(".0")


def _span(seconds: float) -> str:
    for unit, length in (("d", _DAY_S), ("h", _HOUR_S), ("min", 60.0)):
        if seconds >= 2 * length:
            return f"{seconds / length:.4g} {unit}"
    return f"{seconds:.4g} s"
