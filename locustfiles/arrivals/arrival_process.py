"""When wishes start: intended times over a rate curve, even, random or in bursts, the same on every worker.

With R(t) the expected arrivals before t (``rate_curve``):

    even       arrival k starts where R(t) = k + 1/2, so n(t) = floor(R(t) + 1/2) and |n(t) - R(t)| <= 1/2
    poisson    second s holds N ~ Poisson(R(s+1) - R(s)) arrivals; given N, each lies at R^-1(U), U uniform between
               R(s) and R(s+1), independently: an inhomogeneous Poisson process, exactly
    gamma      arrival k starts where R(t) = x_k; the gaps x_k+1 - x_k are independent, Gamma(1/b, b): mean 1, variance b,
               the burstiness. So E n(t) = R(t) and, for long t, Var n(t) -> b R(t), the index of dispersion: above 1 arrivals
               come in bursts, below 1 they are more regular than Poisson's, and 1 is Poisson

    The renewals of gamma arrivals are stationary: x_0 = U G with U uniform in [0, 1) and G ~ Gamma(1/b + 1, b), the
    rest of the gap in which the run begins (Cox, Renewal Theory, 1962). Without it a bursty run begins with
    (b - 1) / 2 arrivals too many. For windows of expected length r then Var n = b r + (1 - b^2) / 6, up to what vanishes as r grows.

A second's Poisson draws depend on (seed, second) and nothing else, gamma gaps on the seed and their number. So workers need not
speak to each other, and only one second, with a block of gaps, is held in memory at a time. This module must not know clocks or workers.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from locustfiles.arrivals.rate_curve import RateCurve

PROCESSES = ("even", "poisson", "gamma")
LEAST_BURSTINESS, MOST_BURSTINESS = 0.01, 100.0
"""Outside of these gamma arrivals are as good as even, or a few crowds that no count of arrivals can be held to."""
_STREAM = 0x_A221_7A15
"""Keeps these draws apart from every other consumer of the run's seed."""
_GAPS = 1 << 31
"""The stream of gamma gaps, beside those of the seconds, which are numbered from 0 and fewer."""
_BLOCK = 256
"""Gaps that are drawn beyond what a second is expected to need."""
_NS = 1_000_000_000
LONGEST_S = 366 * 86_400.0
"""A year: far inside what int64 nanoseconds hold, and what a float holds to the nanosecond's order."""
_MOST_IN_A_SECOND = 10_000_000.0
"""80 MB of intended times; a rate above it is a mistyped scale, not a load that one process offers."""


class Chunk(NamedTuple):
    """The arrivals of one intended second, for all workers together."""

    second: int
    first_index: int
    """Index in the whole run of the first arrival here; the others follow one by one."""
    intended_ns: NDArray[np.int64]
    """Nanoseconds from the run's start, sorted, all within the second."""


class Arrivals(Protocol):
    """A run's arrivals, wherever they come from."""

    def chunks(self) -> Iterator[Chunk]:
        """One chunk for every second, in order, empty ones included; the same on every worker."""
        ...


@dataclass(frozen=True)
class Schedule:
    """All arrivals of a run as a function of curve, process, seed and burstiness; ValueError when there is no such schedule."""

    curve: RateCurve
    process: str = "poisson"
    seed: int = 0
    burstiness: float = 1.0
    """Index of dispersion of gamma arrivals; the other processes have their own, 0 and 1."""

    def __post_init__(self) -> None:
        """Refuse an unknown process, a negative seed, and a burstiness or curve that memory or int64 cannot hold."""
        if self.process not in PROCESSES:
            raise ValueError(f"Arrivals are {' or '.join(PROCESSES)}, but the process is {self.process!r}.")
        if self.seed < 0:
            raise ValueError(f"A seed is a whole number from 0, but it is {self.seed}.")
        if not LEAST_BURSTINESS <= self.burstiness <= MOST_BURSTINESS:
            raise ValueError(
                f"Burstiness is a number from {LEAST_BURSTINESS:g} to {MOST_BURSTINESS:g}, but it is {self.burstiness}."
            )
        if self.curve.duration_s > LONGEST_S:
            raise ValueError(
                f"A schedule lasts at most {LONGEST_S:.0f} s, but the curve has {self.curve.duration_s} s."
            )
        if self.curve.peak_per_s > _MOST_IN_A_SECOND:
            raise ValueError(
                f"A schedule holds at most {_MOST_IN_A_SECOND:.0f} arrivals a second,"
                f" but the curve reaches {self.curve.peak_per_s}; lower the scale or the rates."
            )

    @property
    def duration_s(self) -> float:
        """Length of the curve."""
        return self.curve.duration_s

    @property
    def expected_total(self) -> float:
        """Expected number of arrivals in the run."""
        return self.curve.expected_total

    def chunks(self) -> Iterator[Chunk]:
        """One chunk for every second of the curve, in order, empty ones included."""
        first_index = 0
        renewals = _Renewals(self.seed, self.burstiness)
        for second in range(math.ceil(self.curve.duration_s)):
            low, high = self.curve.expected(second), self.curve.expected(second + 1)
            match self.process:
                case "even":
                    levels = self._even(low, high)
                case "gamma":
                    levels = renewals.up_to(high)
                case _:
                    levels = self._poisson(second, low, high)
            intended_ns = self._intended_ns(second, levels)
            yield Chunk(second, first_index, intended_ns)
            first_index += len(intended_ns)

    def _even(self, low: float, high: float) -> NDArray[np.float64]:
        # Half-open as (low, high], because R^-1 gives the first second at which a level is reached.
        return np.arange(math.floor(low + 0.5), math.floor(high + 0.5), dtype=np.float64) + 0.5

    def _poisson(self, second: int, low: float, high: float) -> NDArray[np.float64]:
        rng = _draws(self.seed, second)
        return low + (high - low) * np.sort(rng.random(rng.poisson(high - low)))

    def _intended_ns(self, second: int, levels: NDArray[np.float64]) -> NDArray[np.int64]:
        times_ns = (self.curve.time_of(levels) * _NS).astype(np.int64)
        # Rounding may carry a time over the edge of its second, or past its neighbour where two segments meet.
        last_ns = min((second + 1) * _NS, math.ceil(self.curve.duration_s * _NS)) - 1
        return np.sort(np.clip(times_ns, second * _NS, last_ns))


class _Renewals:
    """The levels of a stationary renewal process with gamma gaps, handed out in order."""

    def __init__(self, seed: int, burstiness: float) -> None:
        self._rng = _draws(seed, _GAPS)
        self._shape, self._scale = 1 / burstiness, burstiness
        self._ahead = np.array([self._rng.random() * self._rng.gamma(self._shape + 1, self._scale)])

    def up_to(self, level: float) -> NDArray[np.float64]:
        """All levels that were not handed out and are at most ``level``; nothing where the rate is 0."""
        while self._ahead[-1] <= level:
            gaps = self._rng.gamma(self._shape, self._scale, int(level - self._ahead[-1]) + _BLOCK)
            self._ahead = np.concatenate((self._ahead, self._ahead[-1] + np.cumsum(gaps)))
        until = int(np.searchsorted(self._ahead, level, side="right"))
        taken, self._ahead = self._ahead[:until], self._ahead[until:]
        return taken


def _draws(seed: int, stream: int) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(np.random.SeedSequence(seed, spawn_key=(_STREAM, stream))))
