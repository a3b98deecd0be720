"""The figures of the report's page about the generator itself: whether it was on time, or was the bottleneck.

Pure functions of a timeline. This module must not know HTML, nor what makes a run invalid (``validity``).
"""

import numpy as np
import pandas as pd

from reports.render.bins import Bins, Floats, bins_of
from reports.render.chart import Chart, Level, Series, View, numbers
from reports.render.charts import by_second
from reports.timeline import Timeline


def generator(timeline: Timeline, allowed_ms: float) -> list[Chart]:
    """Lateness, stalls, CPU and shoppers in flight; none where no worker reported. ``allowed_ms`` is the lateness that a valid run may have."""
    if not len(timeline.health):
        return []
    bins, rows = bins_of(timeline.length_s), timeline.health.groupby("second")
    late = [
        Series("99 of 100 wishes, worst worker", "late", _worst(rows["lateness_p99_us"].max() / 1000, bins)),
        Series("the latest wish", "latest", _worst(rows["lateness_max_us"].max() / 1000, bins), "dashed"),
    ]
    cpu = _by_second(rows["cpu_share"].max() * 100, bins)
    flying = [
        by_second((name, colour, style), _by_second(rows[column].sum(), bins), bins)
        for name, colour, style, column in (
            ("shoppers in flight", "in_flight", "line", "in_flight"),
            ("open connections", "connections", "dashed", "connections"),
        )
    ]
    return [
        _chart("lateness", "Lateness", "How long after its time the generator started a wish.", "ms", bins, late,
               [Level("allowed", allowed_ms, "level")]),
        _chart("stalls", "Stalls", "The longest time in which the generator did nothing, where it was above 100 ms.", "ms", bins,
               [Series("longest stall", "stall", _worst(rows["stall_max_us"].max() / 1000, bins), "area")], []),
        _chart("cpu", "CPU", "Of one core, the busiest worker. Near 100 % the generator itself would queue.", "%", bins,
               [by_second(("busiest worker", "cpu", "line"), cpu, bins)], [Level("one core", 100.0, "level")]),
        _chart("flight", "In flight", "Wishes that have begun and not ended: where this grows, a queue grows.", "", bins, flying, []),
    ]  # fmt: skip


def _chart(
    name: str, title: str, caption: str, unit: str, bins: Bins, series: list[Series], levels: list[Level]
) -> Chart:
    view = View("", numbers(bins.starts.astype(np.float64)), series, levels)
    return Chart(name, title, caption, "time", unit, [view], bin_s=bins.width_s)


def _by_second(values: "pd.Series[float]", bins: Bins) -> Floats:
    return np.asarray(values.reindex(range(bins.length_s)), dtype=np.float64)


def _worst(values: "pd.Series[float]", bins: Bins) -> list[float | int | None]:
    """A bad second must not hide in a mean: the highest of each stretch."""
    return numbers(bins.high(_by_second(values, bins)))
