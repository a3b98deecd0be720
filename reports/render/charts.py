"""The figures of the report's page about the target: who came and what became of them, how long it took, what it held.

Pure functions of a timeline and a report; the generator's own figures are in ``charts_generator``. This module must not know
HTML.
"""

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd

from reports.first_full import BY_SIGNAL
from reports.gate import Report
from reports.onset_evidence import DISTINCT
from reports.population import GOOD_OUTCOMES
from reports.render.bins import Bins, Counts, Floats, Int64s, Key, bins_of, latencies_of, quantiles_ms
from reports.render.chart import Chart, Level, Numbers, Series, Span, View, numbers
from reports.render.plain import plain
from reports.render.story import SIGNAL_WORDS
from reports.run_record.outcome import ANY_STEP, CLAIM_CARD, ORDER, Clock, Outcome, Reason
from reports.throttle_onset import first
from reports.timeline import Timeline

STACK = (
    (Outcome.CONFIRMED, "got their order"),
    (Outcome.DONE, "done"),
    (Outcome.DECLINED, "declined (a correct no)"),
    (Outcome.DEGRADED, "a wrong or useless answer"),
    (Outcome.QUEUED, "told to wait"),
    (Outcome.REFUSED_SOFT, "turned away politely (soft)"),
    (Outcome.REFUSED_HARD, "turned away openly (hard)"),
    (Outcome.SHED, "no answer (shed)"),
    (Outcome.UNKNOWN, "unknown whether bought"),
)
"""Outcomes of a wish from the bottom of the stack to its top, and what a reader calls them."""
NINES = np.concatenate((np.linspace(0, 1, 21), np.linspace(1, 5, 81)[1:]))
"""Where percentile curves are drawn: -log10(1 - share), evenly."""
CLOCK_WORDS = {
    Clock.INTENT: ("intent", "from the wish"),
    Clock.RESPONSE: ("response", "response"),
    Clock.SERVICE: ("service", "service"),
    Clock.FIRST_CONTENT: ("first", "first words"),
}
SCATTER_POINTS = 600
LATENCY_POINTS = 1_000
"""Fewer than of counts: each holds a histogram."""
CURVE_PPM = 1_000_000


def by_second(line: tuple[str, str, str], values: Floats, bins: Bins) -> Series:
    """Values of each second as a series of (name, colour, style), with the extremes where several share a point."""
    name, colour, style = line
    extremes = (bins.low(values), bins.high(values)) if bins.width_s > 1 else ()
    low, high = (numbers(side) for side in extremes) if extremes else ([], [])
    return Series(name, colour, numbers(bins.mean(values)), style, low, high)


def traffic(timeline: Timeline, report: Report) -> Chart:
    """What was offered and released, and what became of it, by the second in which shoppers wanted to begin.

    Of an unscheduled run, which has no wishes, what became of all requests.
    """
    bins = bins_of(timeline.length_s)
    counted = timeline.requests(ANY_STEP if timeline.is_unscheduled else ORDER)
    series = []
    for outcome, words in STACK:
        rows = counted[counted["outcome"] == outcome.value]
        if len(rows):
            series.append(by_second((words, outcome.value, "area"), _counted(rows, timeline.length_s), bins))
    lines = (("offered", "offered_per_s", "line"), ("released", "released", "dashed"), ("dropped", "dropped", "line"))
    for name, column, style in () if timeline.is_unscheduled else lines:
        values = timeline.seconds[column].to_numpy(dtype=np.float64)
        if name != "dropped" or values.any():
            series.append(by_second((name, name, style), values, bins))
    who = "how many requests were sent" if timeline.is_unscheduled else "how many shoppers wanted to buy"
    named = dict.fromkeys(SIGNAL_WORDS[one.signal] for one in report.onset.episodes if one.signal in DISTINCT)
    shaded = f" Shaded: {', '.join(named)}." if named else ""
    return Chart(
        id="traffic",
        title="Who came, and what became of them",
        caption=f"Each second of the run: {who}, and how that ended.{shaded}",
        x_kind="time",
        unit="requests/s" if timeline.is_unscheduled else "wishes/s",
        views=[View("", numbers(bins.starts.astype(np.float64)), series, capacity_levels(report))],
        spans=spans(report, timeline.length_s),
        bin_s=bins.width_s,
    )


def capacity_levels(report: Report) -> list[Level]:
    """What the target was declared to hold, and what it was measured to hold."""
    declared, episode = report.run.capacity_orders_per_s, first(report.onset)
    levels = [] if declared is None else [Level("declared capacity", declared, "level")]
    if episode is not None and episode.capacity_per_s is not None:
        levels.append(Level("measured capacity", episode.capacity_per_s, "measured"))
    return levels


def spans(report: Report, length_s: int) -> list[Span]:
    """The onset's 95 % band, then every episode of signals that do not contain another."""
    found = []
    for episode in report.onset.episodes:
        if episode.signal in DISTINCT:
            seen = length_s if episode.last_seen is None else episode.last_seen + 1
            end = float(seen if episode.end is None else episode.end)
            found.append(Span(SIGNAL_WORDS[episode.signal], float(episode.second), end, episode.signal))
    begun = first(report.onset) or next((one for one in report.onset.episodes if one.signal in BY_SIGNAL), None)
    if begun is not None:
        band = (float(begun.set_first), float(begun.set_last + 1))
        found.append(Span(f"{SIGNAL_WORDS[begun.signal]} began in second {begun.second}", *band, "onset"))
    return found


def latency(timeline: Timeline, report: Report) -> tuple[Chart, Chart]:
    """Latency over time and as percentile curves, a view for each step: of those that went well, and of all where they differ."""
    bins = bins_of(timeline.length_s, LATENCY_POINTS)
    found = latencies_of(timeline.run, frozenset(CLOCK_WORDS), bins, timeline.histogram_columns)
    over_time, curves = [], []
    # the first step comes first: it has both clocks, and of a chat the first words
    for step in (*timeline.steps[:1], ORDER, *timeline.steps[1:]):
        what = "the whole wish" if step == ORDER else plain(step)
        clocks = (Clock.INTENT,) if step == ORDER else (Clock.RESPONSE, Clock.SERVICE, Clock.FIRST_CONTENT)
        well, other = ({clock: found.get(Key(step, clock, good)) for clock in clocks} for good in (True, False))
        everybody = {clock: _sum(well[clock], other[clock]) for clock in clocks}
        for which, counts in (("those that went well", well), ("all, however they ended", everybody)):
            known = {clock: one for clock, one in counts.items() if one is not None}
            if known and (counts is well or any(one is not None for one in other.values())):
                view, curve = _latency_views(f"{what}: {which}", known, bins)
                over_time.append(view)
                curves.append(curve)
    timed = Chart(
        id="latency",
        title="How long shoppers waited",
        caption="The median (dashed) and the slowest hundredth (solid) of each second. Response counts from when the shopper wanted to "
        "start, service from when the request was sent: a gap between the two is waiting that closed-loop tools hide.",
        x_kind="time",
        unit="ms",
        views=over_time,
        spans=spans(report, timeline.length_s),
        bin_s=bins.width_s,
    )
    shares = Chart(
        id="percentiles",
        title="How long the slowest waited",
        caption="Of the whole run: how many shoppers in a hundred waited at most so long. To the right stand the unlucky few.",
        x_kind="percentile",
        unit="ms",
        views=curves,
    )
    return timed, shares


def _sum(one: Counts | None, other: Counts | None) -> Counts | None:
    """Both together; None where there is neither."""
    if one is None or other is None:
        return other if one is None else one
    return one + other


def _latency_views(name: str, counts: Mapping[Clock, Counts], bins: Bins) -> tuple[View, View]:
    """The lines of each clock over time, and its curve over the whole run."""
    series, curve = [], []
    for clock, one in counts.items():
        colour, words = CLOCK_WORDS[clock]
        median, p99 = quantiles_ms(one, [500_000, 990_000])
        # response lies on service where nothing waited to be sent: the wide line shows below the other
        style = "wide" if clock is Clock.SERVICE else "line"
        series.append(Series(f"{words}, 99 of 100", colour, numbers(p99), style))
        series.append(Series(f"{words}, median", colour, numbers(median), "dashed"))
        curve.append(Series(words, colour, _curve(one.sum(axis=0, dtype=np.int64)), style))
    return (
        View(name, numbers(bins.starts.astype(np.float64)), series),
        View(name, numbers(NINES), curve),
    )


def _curve(counts: Int64s) -> Numbers:
    """Quantiles at NINES; none beyond what the number of values can tell."""
    ppm = [round(CURVE_PPM * (1 - 10.0**-one)) for one in NINES]
    values = quantiles_ms(counts[None, :], ppm)[:, 0]
    most = math.log10(max(1, int(counts.sum())))
    return numbers(np.where(NINES <= most, values, np.nan))


def throughput(timeline: Timeline, report: Report) -> Chart | None:
    """Orders against offered load, a point a second, beside the line on which everybody is served; None where nothing was offered."""
    bins = bins_of(timeline.length_s, SCATTER_POINTS)
    frame = timeline.seconds
    offered = bins.mean(frame["offered_per_s"].to_numpy(dtype=np.float64))
    good = bins.mean(frame[GOOD_OUTCOMES].sum(axis=1).to_numpy(dtype=np.float64))
    refused = bins.mean(frame["refused"].to_numpy(dtype=np.float64))
    order = np.argsort(offered, kind="stable")
    order = order[offered[order] > 0]
    if not len(order):
        return None
    series = [
        Series("everybody served", "level", numbers(offered[order]), "dashed"),
        Series("got their order", "confirmed", numbers(good[order]), "points"),
    ]
    if refused.any():
        series.append(Series("turned away", "refused_hard", numbers(refused[order]), "points"))
    return Chart(
        id="throughput",
        title="What the service held",
        caption="To the right more shoppers came, upwards more got their order. Below the line, some did not.",
        x_kind="rate",
        unit="wishes/s",
        views=[View("", numbers(offered[order]), series, capacity_levels(report))],
        bin_s=bins.width_s,
    )


def cards(timeline: Timeline, report: Report) -> Chart | None:
    """Free-order cards by second: issued, withheld in so many words, and silently missing; None where there were none."""
    asked = timeline.requests(CLAIM_CARD)
    if not len(asked):
        return None
    bins = bins_of(timeline.length_s)
    groups = (
        ("issued", "confirmed", asked["outcome"].isin(GOOD_OUTCOMES)),
        ("refused because of load", "refused_hard", asked["outcome"].isin((Outcome.REFUSED_HARD, Outcome.REFUSED_SOFT))),
        ("none left, or no right to one", "declined", asked["outcome"] == Outcome.DECLINED),
    )  # fmt: skip
    series = [
        by_second((name, colour, "area"), _counted(asked[which], timeline.length_s), bins)
        for name, colour, which in groups
        if which.any()
    ]
    wishes = timeline.requests(ORDER)
    missing = wishes[wishes["reason"] == Reason.COUPON_MISSING]
    if len(missing):
        line = ("ordered without the card that was due", "coupon_missing", "line")
        series.append(by_second(line, _counted(missing, timeline.length_s), bins))
    return Chart(
        id="cards",
        title="Free-order cards",
        caption="Requests for a card in each second, and how they ended.",
        x_kind="time",
        unit="cards/s",
        views=[View("", numbers(bins.starts.astype(np.float64)), series)],
        spans=spans(report, timeline.length_s),
        bin_s=bins.width_s,
    )


def _counted(rows: pd.DataFrame, length_s: int) -> Floats:
    """The sum of ``n`` by second."""
    counts = np.bincount(rows["second"].to_numpy(dtype=np.int64), rows["n"].to_numpy(), minlength=length_s)
    return counts[:length_s].astype(np.float64)
