"""What a chart of the report's page is: plain values that become JSON; how it looks is the page's own matter."""

import msgspec
import numpy as np

from reports.render.bins import Floats

DIGITS = 4
"""Significant digits of a drawn number; tables of the page print exact totals."""
Numbers = list[float | int | None]


class Series(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line, area or cloud of points. ``None`` in its values is a gap."""

    name: str
    colour: str
    """Name of a colour of the page, such as ``confirmed``."""
    values: Numbers
    style: str = "line"
    """``line``, ``wide``, ``dashed``, ``area`` (areas of a view are stacked, in order) or ``points``."""
    low: Numbers = []
    high: Numbers = []
    """The lowest and the highest second of each point, where a point stands for several."""


class Level(msgspec.Struct, frozen=True):
    """A horizontal line that values are held against."""

    name: str
    value: float
    colour: str


class Span(msgspec.Struct, frozen=True):
    """A stretch of time that is shaded, in seconds from the run's start."""

    name: str
    start_s: float
    end_s: float
    colour: str


class View(msgspec.Struct, frozen=True):
    """One choice of a chart: a shared x and the series over it."""

    name: str
    x: Numbers
    series: list[Series]
    levels: list[Level] = []


class Chart(msgspec.Struct, frozen=True):
    """One figure of the page; a reader chooses among its views."""

    id: str
    title: str
    caption: str
    """What is to be seen, for everybody: also the text that a screen reader says first."""
    x_kind: str
    """``time`` (seconds from the run's start), ``percentile`` (nines: -log10(1 - share)) or ``rate`` (wishes per second)."""
    unit: str
    views: list[View]
    spans: list[Span] = []
    bin_s: int = 1
    """Seconds that one point stands for."""


def numbers(values: Floats) -> Numbers:
    """An array as short numbers of JSON, NaN and infinity as None."""
    finite = np.isfinite(values)
    safe = np.where(finite & (values != 0), values, 1.0)
    scale = 10.0 ** (DIGITS - 1 - np.floor(np.log10(np.abs(safe))))
    rounded = np.where(values == 0, 0.0, np.round(np.where(finite, values, 0.0) * scale) / scale)
    return [
        None if not known else int(value) if value.is_integer() else value
        for value, known in zip(rounded.tolist(), finite.tolist(), strict=True)
    ]
