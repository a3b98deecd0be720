r"""The offered rate over time, its integral, and the inverse of the integral.

A curve is a row of linear pieces that touch in time but may jump in rate:

    rate
     q |        /|
       |       / |________        piece i lies on [a, b), runs from rate p to rate q,
     p |______/  |        \       and has the slope m = (q - p) / (b - a)
       +------+--+--------+--> t
       0      a  b        T

    r(t)    = p + m u                            u = t - a, seconds into the piece
    R(t)    = R(a) + p u + m u^2 / 2             expected arrivals before t: the area under r
    R^-1(x) = a + 2 y / (p + sqrt(p^2 + 2 m y))  y = x - R(a)

The inverse is the root of the quadratic in the form that divides instead of subtracting, so that a flat piece (m -> 0)
gives u = y / p without a special case and without cancellation.

This module must not know clocks, randomness or where a curve comes from.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Segment:
    """One linear piece: from ``start_per_s`` at ``start_s`` to ``end_per_s`` at ``end_s``; ValueError when impossible."""

    start_s: float
    end_s: float
    start_per_s: float
    end_per_s: float

    def __post_init__(self) -> None:
        """Refuse times that do not advance and rates that no arrivals can have."""
        for name, value in (("start_s", self.start_s), ("end_s", self.end_s)):
            if not math.isfinite(value):
                raise ValueError(f"A rate curve needs finite times, but {name} is {value}.")
        for name, value in (("start_per_s", self.start_per_s), ("end_per_s", self.end_per_s)):
            if not (math.isfinite(value) and value >= 0):
                raise ValueError(f"A rate must be finite and not negative, but {name} is {value}.")
        if self.end_s <= self.start_s:
            raise ValueError(f"A piece of a rate curve must last, but it runs from {self.start_s} s to {self.end_s} s.")

    @property
    def slope(self) -> float:
        """The slope m = (q - p) / (b - a), in arrivals per second squared."""
        return (self.end_per_s - self.start_per_s) / (self.end_s - self.start_s)

    @property
    def area(self) -> float:
        """The area R(b) - R(a) = (p + q) (b - a) / 2, in arrivals."""
        return (self.start_per_s / 2 + self.end_per_s / 2) * (self.end_s - self.start_s)

    def rate_at(self, t_s: float) -> float:
        """r(t) = p + m u, held between p and q against rounding."""
        low, high = sorted((self.start_per_s, self.end_per_s))
        return min(max(self.start_per_s + self.slope * (t_s - self.start_s), low), high)


class _Columns(NamedTuple):
    """The segments as arrays, one value a segment; ``reached`` has one more: R at every knot."""

    starts_s: Floats
    ends_s: Floats
    starts_per_s: Floats
    slopes: Floats
    reached: Floats


@dataclass(frozen=True)
class RateCurve:
    """A rate over time that starts at 0 s and has no gaps; ValueError when the segments do not make one."""

    segments: tuple[Segment, ...]

    def __post_init__(self) -> None:
        """Refuse an empty curve, a late start, a gap or overlap, and an area that no float holds."""
        if not self.segments:
            raise ValueError("A rate curve needs at least one segment, but none was given.")
        if self.segments[0].start_s != 0:
            raise ValueError(f"A rate curve starts at 0 s, but this one starts at {self.segments[0].start_s} s.")
        for before, after in pairwise(self.segments):
            if before.end_s != after.start_s:
                raise ValueError(
                    f"The segments of a rate curve must touch, but one ends at {before.end_s} s"
                    f" and the next starts at {after.start_s} s."
                )
        if not math.isfinite(self.expected_total):
            raise ValueError(f"A rate curve needs a finite number of arrivals, but this one has {self.expected_total}.")

    @classmethod
    def constant(cls, rate_per_s: float, duration_s: float) -> "RateCurve":
        """The same rate from 0 s to ``duration_s``."""
        return cls.ramp(rate_per_s, rate_per_s, duration_s)

    @classmethod
    def ramp(cls, start_per_s: float, end_per_s: float, duration_s: float) -> "RateCurve":
        """A straight line from one rate to another."""
        return cls((Segment(0.0, _span(duration_s, "duration_s"), float(start_per_s), float(end_per_s)),))

    @classmethod
    def steps(cls, steps: Iterable[tuple[float, float]]) -> "RateCurve":
        """Constant rates one after the other: ``(duration_s, rate_per_s)`` for each."""
        segments: list[Segment] = []
        now_s = 0.0
        for duration_s, rate_per_s in steps:
            end_s = now_s + _span(duration_s, "duration_s of a step")
            segments.append(Segment(now_s, end_s, float(rate_per_s), float(rate_per_s)))
            now_s = end_s
        return cls(tuple(segments))

    @classmethod
    def from_points(cls, points: Iterable[tuple[float, float]]) -> "RateCurve":
        """Straight lines through ``(t_s, rate_per_s)`` in order of time; two points at one time are a jump.

        Before the first point nothing is offered. ValueError for a time that goes back, a third point at one time, and points
        between which no time passes.
        """
        told = [(float(t_s), float(rate_per_s)) for t_s, rate_per_s in points]
        if told and told[0][0] > 0:
            told = [(0.0, 0.0), (told[0][0], 0.0), *told]
        for earlier, _, later in zip(told, told[1:], told[2:], strict=False):
            if later[0] == earlier[0]:
                raise ValueError(f"A rate curve has at most two points at one time, but more at {later[0]} s.")
        segments = []
        for before, after in pairwise(told):
            if after[0] < before[0]:
                raise ValueError(
                    f"The points of a rate curve go forward in time, but {after[0]} s follows {before[0]} s."
                )
            if after[0] > before[0]:
                segments.append(Segment(before[0], after[0], before[1], after[1]))
        if not segments:
            raise ValueError("A rate curve needs two points at different times.")
        return cls(tuple(segments))

    @classmethod
    def stairs(cls, first_per_s: float, rise_per_s: float, step_s: float, count: int) -> "RateCurve":
        """``count`` equally long steps, each ``rise_per_s`` above the one before; a negative rise goes down."""
        if count < 1:
            raise ValueError(f"Stairs need at least one step, but count is {count}.")
        return cls.steps((step_s, first_per_s + at * rise_per_s) for at in range(count))

    @classmethod
    def spike(
        cls, base_per_s: float, peak_per_s: float, *, at_s: float, spike_s: float, duration_s: float
    ) -> "RateCurve":
        """``base_per_s`` with one jump to ``peak_per_s`` at ``at_s`` that lasts ``spike_s``, inside ``duration_s``."""
        after_s = _span(duration_s, "duration_s") - _span(at_s, "at_s") - _span(spike_s, "spike_s")
        if after_s <= 0:
            raise ValueError(f"A spike must end inside the curve, but it ends at {at_s + spike_s} s of {duration_s} s.")
        return cls.steps([(at_s, base_per_s), (spike_s, peak_per_s), (after_s, base_per_s)])

    @property
    def duration_s(self) -> float:
        """T, where the last segment ends."""
        return self.segments[-1].end_s

    @property
    def peak_per_s(self) -> float:
        """The highest rate that the curve reaches."""
        return max(max(piece.start_per_s, piece.end_per_s) for piece in self.segments)

    @cached_property
    def expected_total(self) -> float:
        """R(T), the expected number of arrivals of the whole curve."""
        return float(self._columns.reached[-1])

    @cached_property
    def _columns(self) -> _Columns:
        starts_s, ends_s, starts_per_s, slopes, areas = (
            np.array(column, dtype=np.float64)
            for column in zip(
                *((s.start_s, s.end_s, s.start_per_s, s.slope, s.area) for s in self.segments), strict=True
            )
        )
        return _Columns(starts_s, ends_s, starts_per_s, slopes, np.concatenate(([0.0], np.cumsum(areas))))

    def rate_per_s(self, t_s: float) -> float:
        """r(t); at a jump the rate of the later segment, and 0 before 0 s and from ``duration_s`` on."""
        if not 0 <= t_s < self.duration_s:
            return 0.0
        return self.segments[self._piece_at(t_s)].rate_at(t_s)

    def expected(self, t_s: float) -> float:
        """R(t), the expected arrivals before ``t_s``; 0 before the curve, ``expected_total`` after it."""
        if t_s <= 0:
            return 0.0
        if t_s >= self.duration_s:
            return self.expected_total
        at = self._piece_at(t_s)
        piece, columns = self.segments[at], self._columns
        u = t_s - piece.start_s
        area = u * (piece.start_per_s + piece.slope * u / 2)
        return float(columns.reached[at]) + min(max(area, 0.0), float(columns.reached[at + 1] - columns.reached[at]))

    def time_of(self, expected: Floats) -> Floats:
        """R^-1: the first second at which ``expected`` arrivals are reached; any shape in, the same shape out.

        Values outside of [0, ``expected_total``] are held to the ends. Where the rate is 0, R stands still, and the first of
        the possible seconds is given.
        """
        columns = self._columns
        x = np.clip(np.asarray(expected, dtype=np.float64), 0.0, self.expected_total)
        piece = np.maximum(np.searchsorted(columns.reached, x, side="left") - 1, 0)
        p, m = columns.starts_per_s[piece], columns.slopes[piece]
        y = x - columns.reached[piece]
        # On a falling piece p^2 + 2 m y reaches 0 at the end, and rounding may carry it below.
        divisor = p + np.sqrt(np.maximum(p * p + 2.0 * m * y, 0.0))
        u = np.divide(2.0 * y, divisor, out=np.zeros_like(y), where=divisor > 0)
        return np.minimum(columns.starts_s[piece] + u, columns.ends_s[piece])

    def scaled(self, factor: float) -> "RateCurve":
        """Every rate times ``factor``; the time axis stays."""
        if not (math.isfinite(factor) and factor > 0):
            raise ValueError(f"A rate curve is scaled by a finite factor above 0, but the factor is {factor}.")
        return RateCurve(
            tuple(Segment(s.start_s, s.end_s, s.start_per_s * factor, s.end_per_s * factor) for s in self.segments)
        )

    def compressed(self, duration_s: float) -> "RateCurve":
        """The same rates with the time axis mapped to ``duration_s``.

        Rates stay per wall second, so the expected arrivals shrink with the time: scale and duration are independent.
        """
        wanted_s, length_s = _span(duration_s, "duration_s"), self.duration_s
        # Divided first: the last segment then ends at duration_s exactly, without a second that holds a rounding error.
        return RateCurve(
            tuple(
                Segment(s.start_s / length_s * wanted_s, s.end_s / length_s * wanted_s, s.start_per_s, s.end_per_s)
                for s in self.segments
            )
        )

    def __add__(self, other: "RateCurve") -> "RateCurve":
        """r(t) + s(t), as long as the longer of both; a curve has the rate 0 after its end."""
        knots = sorted({s.start_s for s in self.segments + other.segments} | {self.duration_s, other.duration_s})
        pieces = []
        for start_s, end_s in pairwise(knots):
            (p, q), (v, w) = self._ends_between(start_s, end_s), other._ends_between(start_s, end_s)
            pieces.append(Segment(start_s, end_s, p + v, q + w))
        return RateCurve(tuple(pieces))

    def _piece_at(self, t_s: float) -> int:
        return int(np.searchsorted(self._columns.starts_s, t_s, side="right")) - 1

    def _ends_between(self, start_s: float, end_s: float) -> tuple[float, float]:
        """The rates just after ``start_s`` and just before ``end_s``, which lie on one segment or behind the curve."""
        if start_s >= self.duration_s:
            return 0.0, 0.0
        piece = self.segments[self._piece_at(start_s)]
        return piece.rate_at(start_s), piece.rate_at(end_s)


def _span(value_s: float, name: str) -> float:
    if not (math.isfinite(value_s) and value_s > 0):
        raise ValueError(f"{name} must be a finite number of seconds above 0, but it is {value_s}.")
    return float(value_s)
