"""Charts that notice when a share of bad events exceeds what is tolerated, and notice when it is over.

Each chart sums the evidence of one higher share against the tolerated one, second by second, and never falls below zero. For
any shares at or below the tolerated one and any load shape, an excursion reaches e^h with probability <= e^-h, so the
threshold h = ln(J T G / alpha) of J charts, T planned seconds and G series bounds the chance of one false alarm in the whole
run by alpha. One second adds at most h/3, and an alarm is strictly above h: it takes four seconds, so a pause of the target
is a blip and no alarm. Source: Page 1954 (CUSUM), Ville 1939 (the bound).

Pure functions of counts by second; this module must not know what is counted, nor dates an onset (``onset_dating``).
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]

HIGHER_SHARES = (0.003, 0.005, 0.01, 0.02, 0.05, 0.10, 0.25, 0.50, 0.90)
"""Shares that have a chart each, where they lie clearly above the tolerated one."""
CLEARLY_ABOVE = 1.5
FALSE_ALARM = 0.01
"""alpha: the chance of a false alarm in a run, over all series."""
CAP = 3
"""A second's evidence is at most h / CAP."""
ROUNDING = 1e-9
"""Capped seconds add up to h but for rounding, and h is no alarm."""
SETTLING_S = 120
"""Seconds after warm-up that the scatter of independent shoppers is told from that of clustered ones by."""
LAGS_S = 10


@dataclass(frozen=True, slots=True)
class Rule:
    """What counts as an alarm in one series of a run."""

    tolerated_share: float
    planned_s: int
    """Length of the whole run in seconds, T."""
    series: int = 1
    """How many series are watched, G."""
    warm_up_s: int = 0

    @property
    def higher_shares(self) -> Floats:
        """The charted shares, J of them: those above 1.5 x the tolerated one."""
        return np.array([share for share in HIGHER_SHARES if share > CLEARLY_ABOVE * self.tolerated_share])

    @property
    def threshold(self) -> float:
        """The sum that an alarm exceeds: h = ln(J T G / alpha)."""
        return math.log(len(self.higher_shares) * self.planned_s * self.series / FALSE_ALARM)

    @property
    def end_threshold(self) -> float:
        """ln(T / alpha), for the mirror test that ends an episode."""
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
        p0, higher = rule.tolerated_share, rule.higher_shares
        self._bad, self._good = np.log(higher / p0), np.log((1 - higher) / (1 - p0))
        self._cap = rule.threshold / CAP
        self._sums = np.zeros(len(higher))
        self.highest = 0.0
        """The highest sum."""

    def step(self, bad: int, n: int, phi: float = 1.0) -> tuple[float, float]:
        """Add one second of ``bad`` events of ``n``; the highest sum, and the second's own highest evidence, uncapped."""
        evidence = (bad * self._bad + (n - bad) * self._good) / phi
        self._sums = np.maximum(0.0, self._sums + np.minimum(evidence, self._cap))
        self.highest = float(self._sums.max())
        return self.highest, float(evidence.max())


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


def overdispersion(bad: Counts, n: Counts) -> float:
    """How much more the counts scatter over time than independent events would: phi >= 1.

        x_t = k_t - p n_t,  p = (sum k + .5) / (sum n + 1),  g_j = mean(x_t x_{t-j})
        phi = max(1, (g_0 + 2 sum_{j=1..10} (1 - j/11) g_j) / (mean(n) p (1 - p)))

    The long-run variance with Bartlett weights, over that of independent events. 1 when nothing happened.
    """
    p = (bad.sum() + 0.5) / (n.sum() + 1)
    spread = float(n.mean() * p * (1 - p)) if len(n) else 0.0
    if not spread:
        return 1.0
    x = bad - p * n
    lags = range(1, min(LAGS_S, len(x) - 1) + 1)
    covariance = float(np.mean(x * x))
    covariance += 2 * sum((1 - lag / (LAGS_S + 1)) * float(np.mean(x[lag:] * x[:-lag])) for lag in lags)
    return max(1.0, covariance / spread)


def scan(bad: Counts, n: Counts, rule: Rule) -> Scan:
    """Walk through the seconds of a series; ``bad`` and ``n`` are equally long, second 0 first.

    Evidence is divided by phi once 120 s after warm-up have passed without an alarm; before, and for good when an alarm
    falls inside, phi is 1.
    """
    excursions: list[Excursion] = []
    blips: list[int] = []
    charts, mirror = Charts(rule), MirrorTest(rule)
    phi, floor, alarm = 1.0, 0, -1
    threshold, settled = rule.threshold, rule.warm_up_s + SETTLING_S
    for second, (k, m) in enumerate(zip(bad.tolist(), n.tolist(), strict=True)):
        if second == settled and alarm < 0 and not excursions:
            phi = overdispersion(bad[rule.warm_up_s : settled], n[rule.warm_up_s : settled])
        if alarm < 0 and not k and not charts.highest:
            continue  # good events leave sums of zero at zero
        if alarm < 0:
            highest, alone = charts.step(k, m, phi)
            if highest > threshold + ROUNDING:
                alarm, mirror = second, MirrorTest(rule)
            elif alone > threshold:
                blips.append(second)
        elif mirror.step(k, m, phi) > rule.end_threshold + ROUNDING:
            excursions.append(Excursion(floor, alarm, second, phi))
            floor, alarm, charts = second + 1, -1, Charts(rule)
    if alarm >= 0:
        excursions.append(Excursion(floor, alarm, None, phi))
    return Scan(excursions, blips)
