"""Charts that notice when a share of bad events exceeds what is tolerated, and notice when it is over.

Each chart sums the evidence of one higher share against the tolerated one, second by second, and never falls below zero. For
any shares at or below the tolerated one and any load shape, an excursion reaches e^h with probability <= e^-h, so the
threshold h = ln(J T G / alpha) of J charts, T planned seconds and G series bounds the chance of one false alarm in the whole
run by alpha. A run that watches series of two sorts gives each sort a part of alpha: the parts add up (the union bound). One
second adds at most h/3, and an alarm is strictly above h: it takes four seconds, so a pause of the target
is a blip and no alarm. Source: Page 1954 (CUSUM), Ville 1939 (the bound).

Pure functions of counts by second. ``Watch`` takes one second at a time, in plain Python since nine charts are too few for an
array to pay; ``scan`` takes a whole series, where arrays over the seconds do. Both decide alike. This module must not know what
is counted, nor dates an onset (``onset_dating``).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

HIGHER_SHARES = (0.003, 0.005, 0.01, 0.02, 0.05, 0.10, 0.25, 0.50, 0.90)
"""Shares that have a chart each, where they lie clearly above the tolerated one."""
TOLERATED_SHARE = 0.001
"""The share of refusals that is tolerated where nobody says otherwise."""
CLEARLY_ABOVE = 1.5
FALSE_ALARM = 0.01
"""alpha: the chance of a false alarm in a run, over all series."""
OF_ALL = 0.9
"""The part of alpha that the series of all wishes have where groups of them are watched too; the groups' share the rest."""
CAP = 3
"""A second's evidence is at most h / CAP."""
ROUNDING = 1e-6
"""Capped seconds add up to h but for rounding, and h is no alarm; sums over thousands of seconds are rounded to about 1e-8."""
SETTLING_S = 120
"""Seconds after warm-up that the scatter of independent shoppers is told from that of clustered ones by."""
LAGS_S = 10
_BLOCK_S = 1024
"""Seconds that are added up together: few enough for what is rounded to stay far below ``ROUNDING``."""

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Rule:
    """What counts as an alarm in one series of a run."""

    tolerated_share: float
    planned_s: int
    """Length of the whole run in seconds, T."""
    series: int = 1
    """How many series are watched, G."""
    warm_up_s: int = 0
    alpha: float = FALSE_ALARM
    """The chance of a false alarm over these series."""

    @property
    def higher_shares(self) -> tuple[float, ...]:
        """The charted shares, J of them: those above 1.5 x the tolerated one."""
        return tuple(share for share in HIGHER_SHARES if share > CLEARLY_ABOVE * self.tolerated_share)

    @property
    def threshold(self) -> float:
        """The sum that an alarm exceeds: h = ln(J T G / alpha)."""
        return math.log(len(self.higher_shares) * self.planned_s * self.series / self.alpha)

    @property
    def end_threshold(self) -> float:
        """ln(T / alpha) with the run's whole alpha, for the mirror test that ends an episode: to end one is no alarm."""
        return math.log(self.planned_s / FALSE_ALARM)


@dataclass(frozen=True, slots=True)
class Excursion:
    """A stretch in which the share is above the tolerated one, as seen by the charts; seconds from the run's start."""

    floor: int
    """The first second in which it can have begun."""
    alarm: int
    closed: int | None
    """The second in which the mirror test was sure that it had ended; None while it is open."""
    phi: float
    """Overdispersion that the evidence was divided by."""


@dataclass(frozen=True, slots=True)
class Scan:
    """What the charts saw in one series."""

    excursions: list[Excursion]
    blips: list[int]
    """Seconds that alone hold more evidence than an alarm needs, and were not followed by an alarm at once."""


class Charts:
    """The running sums S_j of all charts."""

    def __init__(self, rule: Rule) -> None:
        """Start every sum at zero."""
        p0 = rule.tolerated_share
        self._weights = [(math.log(p1 / p0), math.log((1 - p1) / (1 - p0))) for p1 in rule.higher_shares]
        self._cap = rule.threshold / CAP
        self._sums = [0.0] * len(self._weights)

    def step(self, bad: int, n: int, phi: float = 1.0) -> tuple[float, float]:
        """Add one second of ``bad`` events of ``n``; the highest sum, and the second's own highest evidence, uncapped."""
        if not bad:
            # Every chart falls, and most are at zero: the case of nearly all seconds.
            if any(self._sums):
                self._sums = [
                    max(0.0, s + n * good / phi) for s, (_, good) in zip(self._sums, self._weights, strict=True)
                ]
            return max(self._sums), n * self._weights[0][1] / phi
        good_events = n - bad
        evidence = [(bad * b + good_events * g) / phi for b, g in self._weights]
        cap = self._cap
        self._sums = [max(0.0, s + min(z, cap)) for s, z in zip(self._sums, evidence, strict=True)]
        return max(self._sums), max(evidence)


class MirrorTest:
    """The running sum R of a share at half the tolerated one against one at twice the tolerated one."""

    def __init__(self, rule: Rule) -> None:
        """Start at zero."""
        p0 = rule.tolerated_share
        self._bad, self._good = math.log(1 / 4), math.log((1 - p0 / 2) / (1 - 2 * p0))
        self._cap = rule.end_threshold / CAP
        self._sum = 0.0

    def step(self, bad: int, n: int, phi: float = 1.0) -> float:
        """Add one second; the sum."""
        evidence = (bad * self._bad + (n - bad) * self._good) / phi
        self._sum = max(0.0, self._sum + min(evidence, self._cap))
        return self._sum


def overdispersion(bad: Sequence[int], n: Sequence[int]) -> float:
    """How much more the counts scatter over time than independent events would: phi >= 1.

        x_t = k_t - p n_t,  p = (sum k + .5) / (sum n + 1),  g_j = mean(x_t x_{t-j})
        phi = max(1, (g_0 + 2 sum_{j=1..10} (1 - j/11) g_j) / (mean(n) p (1 - p)))

    The long-run variance with Bartlett weights, over that of independent events. 1 when nothing happened.
    """
    p = (sum(bad) + 0.5) / (sum(n) + 1)
    spread = sum(n) / len(n) * p * (1 - p) if len(n) else 0.0
    if not spread:
        return 1.0
    x = [k - p * m for k, m in zip(bad, n, strict=True)]
    covariance = _lagged(x, 0)
    for lag in range(1, min(LAGS_S, len(x) - 1) + 1):
        covariance += 2 * (1 - lag / (LAGS_S + 1)) * _lagged(x, lag)
    return max(1.0, covariance / spread)


def _lagged(x: list[float], lag: int) -> float:
    """The mean of x_t x_{t-lag}."""
    return sum(a * b for a, b in zip(x[lag:], x, strict=False)) / (len(x) - lag)


class Watch:
    """One series under watch, a second at a time; ``excursions`` and ``blips`` are those that are over.

    Evidence is divided by phi once 120 s after warm-up have passed without an alarm; before, and for good when an alarm
    falls inside, phi is 1.
    """

    def __init__(self, rule: Rule) -> None:
        """Nothing has been seen."""
        self.excursions: list[Excursion] = []
        self.blips: list[int] = []
        self.alarm: int | None = None
        """The second of the alarm while an excursion is open."""
        self.floor = 0
        self.phi = 1.0
        self._rule = rule
        self._threshold, self._end_threshold = rule.threshold, rule.end_threshold
        self._settled = rule.warm_up_s + SETTLING_S
        self._second = 0
        self._first: list[tuple[int, int]] = []
        self._charts, self._mirror = Charts(rule), MirrorTest(rule)

    def step(self, bad: int, n: int) -> None:
        """Add the next second, 0 first."""
        self._settle(bad, n)
        if self.alarm is None:
            self._watch_for_a_rise(bad, n)
        elif self._mirror.step(bad, n, self.phi) > self._end_threshold + ROUNDING:
            self.excursions.append(Excursion(self.floor, self.alarm, self._second, self.phi))
            self.floor, self.alarm, self._charts = self._second + 1, None, Charts(self._rule)
        self._second += 1

    def _watch_for_a_rise(self, bad: int, n: int) -> None:
        highest, alone = self._charts.step(bad, n, self.phi)
        if highest > self._threshold + ROUNDING:
            self.alarm, self._mirror = self._second, MirrorTest(self._rule)
        elif alone > self._threshold:
            self.blips.append(self._second)

    def _settle(self, bad: int, n: int) -> None:
        if self._second < self._settled:
            if self._second >= self._rule.warm_up_s:
                self._first.append((bad, n))
        elif self._first:
            if self.alarm is None and not self.excursions:
                bads, ns = zip(*self._first, strict=True)
                self.phi = overdispersion(bads, ns)
            self._first = []


def scan(bad: Sequence[int] | Counts, n: Sequence[int] | Counts, rule: Rule) -> Scan:
    """Walk through the seconds of a whole series; ``bad`` and ``n`` are equally long, second 0 first."""
    ks, ms = np.asarray(bad, dtype=np.int64), np.asarray(n, dtype=np.int64)
    if not ks.any():
        return Scan([], [])
    settled = rule.warm_up_s + SETTLING_S
    walk = _Walk(ks, ms, rule)
    walk.until(min(settled, len(ks)))
    if walk.alarm is None and not walk.excursions and settled < len(ks):
        first = slice(rule.warm_up_s, settled)
        walk.phi = overdispersion(ks[first].tolist(), ms[first].tolist())
    walk.until(len(ks))
    still_open = [] if walk.alarm is None else [Excursion(walk.floor, walk.alarm, None, walk.phi)]
    return Scan(walk.excursions + still_open, walk.blips)


class _Walk:
    """What ``Watch`` does, over blocks of seconds: a sum that never falls below zero is a running sum less its lowest so far."""

    def __init__(self, bad: Counts, n: Counts, rule: Rule) -> None:
        self.excursions: list[Excursion] = []
        self.blips: list[int] = []
        self.alarm: int | None = None
        self.floor = 0
        self.phi = 1.0
        self._second = 0
        self._bad, self._good = bad, n - bad
        self._threshold, self._end_threshold = rule.threshold, rule.end_threshold
        p0, p1 = rule.tolerated_share, np.array(rule.higher_shares)[:, np.newaxis]
        self._rise = np.log(p1 / p0), np.log((1 - p1) / (1 - p0))
        self._fall = np.array([[math.log(1 / 4)]]), np.array([[math.log((1 - p0 / 2) / (1 - 2 * p0))]])
        self._calm_sums, self._mirror_sum = np.zeros_like(p1), np.zeros((1, 1))

    def until(self, end: int) -> None:
        """Walk on to second ``end``."""
        while self._second < end:
            block = slice(self._second, min(end, self._second + _BLOCK_S))
            if self.alarm is None:
                self._look_for_a_rise(block)
            else:
                self._look_for_an_end(block, self.alarm)

    def _look_for_a_rise(self, block: slice) -> None:
        evidence = self._evidence(block, self._rise)
        sums = _sums(self._calm_sums, np.minimum(evidence, self._threshold / CAP))
        place = _first(sums.max(axis=0) > self._threshold + ROUNDING)
        alone = np.flatnonzero(evidence.max(axis=0)[:place] > self._threshold)
        self.blips += (block.start + alone).tolist()
        if place is None:
            self._calm_sums, self._second = sums[:, -1:], block.stop
        else:
            self.alarm, self._second = block.start + place, block.start + place + 1
            self._mirror_sum = np.zeros((1, 1))

    def _look_for_an_end(self, block: slice, alarm: int) -> None:
        evidence = self._evidence(block, self._fall)
        sums = _sums(self._mirror_sum, np.minimum(evidence, self._end_threshold / CAP))
        place = _first(sums[0] > self._end_threshold + ROUNDING)
        if place is None:
            self._mirror_sum, self._second = sums[:, -1:], block.stop
        else:
            closed = block.start + place
            self.excursions.append(Excursion(self.floor, alarm, closed, self.phi))
            self.alarm, self.floor, self._second = None, closed + 1, closed + 1
            self._calm_sums = np.zeros_like(self._calm_sums)

    def _evidence(self, block: slice, weights: tuple[Floats, Floats]) -> Floats:
        """A row for each chart, a column for each second."""
        of_bad, of_good = weights
        return (self._bad[block] * of_bad + self._good[block] * of_good) / self.phi


def _sums(before: Floats, evidence: Floats) -> Floats:
    """The sums after each second, from ``before`` on."""
    total = evidence.cumsum(axis=1)
    sums: Floats = total - np.minimum(np.minimum.accumulate(total, axis=1), -before)
    return sums


def _first(holds: NDArray[np.bool_]) -> int | None:
    """The first place where it holds."""
    place = int(holds.argmax())
    return place if holds[place] else None
