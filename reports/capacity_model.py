"""The universal scalability law: what a target of N replicas holds, from runs with other numbers of replicas.

X(N) = g N / (1 + a (N - 1) + b N (N - 1)): g is what one replica holds, a the share of the work that replicas do one at a time
(contention), b what keeping each other informed costs every pair (coherence). Fitted to goodput of *correct orders* by number of
replicas; the law says nothing when N is a load, when refusals count as work, or when a quota that all replicas share is what
binds. Pure: no file, no clock, every random number from a seed.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

Floats = NDArray[np.float64]

TAILS = (0.025, 0.975)
RESAMPLES = 400
BEYOND = 2
"""A prediction reaches to so many times the largest measured number of replicas: with 2 % noise X(32) from N <= 8 is off by
-52 to +34 %."""
SPARE_RUNS = 4
"""So many more runs than numbers of replicas say how far runs differ: five ramps of one number, three and three of two."""
SURE_COUNTS = 6
"""Numbers of replicas from which the law's three values are well separated."""
_COLUMNS = {"contention": [0, 1], "coherence": [0, 2], "both": [0, 1, 2]}
"""Which terms of N / X each form has: 1, N - 1 and N (N - 1)."""
_TINY = 1e-12


@dataclass(frozen=True, slots=True)
class Usl:
    """One law: ``gain_per_s`` orders/s of one replica, and the shares a and b."""

    gain_per_s: float
    contention: float
    coherence: float

    def per_s(self, replicas: float) -> float:
        """X(N), orders per second that ``replicas`` hold together."""
        n = replicas
        return self.gain_per_s * n / (1 + self.contention * (n - 1) + self.coherence * n * (n - 1))

    def efficiency(self, replicas: float, base: float = 1) -> float:
        """What each of ``replicas`` holds, as a share of what each of ``base`` holds."""
        return self.per_s(replicas) / replicas * base / self.per_s(base)

    @property
    def best(self) -> float:
        """N*, the number of replicas beyond which one more lowers the whole; inf when there is none."""
        return math.sqrt((1 - self.contention) / self.coherence) if self.coherence > _TINY else math.inf


@dataclass(frozen=True, slots=True)
class Prediction:
    """Orders per second that ``replicas`` hold, with the 95 % interval; no interval when too few runs were repeated."""

    replicas: int
    per_s: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Scaling:
    """What the runs say about adding replicas."""

    law: Usl
    draws: tuple[tuple[Usl, ...], ...]
    """Laws that chance could as well have shown, one tuple for each form that fits; empty without repeated runs."""
    base: int
    """The smallest number of replicas measured."""
    largest: int
    counts: int
    """How many numbers of replicas were measured."""
    runs: int

    @property
    def limit(self) -> int:
        """The most replicas that anything is said of; only the measured number when there was but one."""
        return self.largest * BEYOND if self.counts > 1 else self.largest

    def predict(self, replicas: int) -> Prediction | str:
        """What ``replicas`` hold, or the sentence of a refusal: nothing is said beyond ``limit``."""
        if refusal := self.refusal(replicas):
            return refusal
        found = [np.quantile([law.per_s(replicas) for law in form], TAILS) for form in self.draws]
        low = min((float(one[0]) for one in found), default=None)
        high = max((float(one[1]) for one in found), default=None)
        return Prediction(replicas, self.law.per_s(replicas), low, high)

    def refusal(self, replicas: int) -> str:
        """Why nothing is said of so many replicas; empty when something is."""
        if self.counts == 1 and replicas != self.largest:
            return (
                f"only runs with {told(self.largest)} were given, and they cannot tell what another one adds: measure with "
                f"{told(2 * self.largest)} too"
            )
        if replicas > self.limit:
            return (
                f"{replicas} replicas are more than twice the {self.largest} that were measured, where the law is a guess: "
                f"measure with {math.ceil(replicas / BEYOND)} or more"
            )
        return ""


def told(replicas: int) -> str:
    """A number of replicas in words."""
    return "1 replica" if replicas == 1 else f"{replicas} replicas"


def fit(replicas: Sequence[float], per_s: Sequence[float], form: str = "both") -> Usl:
    """The law with the least squared relative error and 0 <= a, b <= 1.

    N / X is linear in 1/g, a/g and b/g, all at least 0, so the best law is found without a start (least squares with bounds,
    each equation divided by its own N / X). ``form`` holds b (``contention``) or a (``coherence``) at 0, for runs with two
    numbers of replicas, which tell only a + 2 b. ValueError for no runs or for a capacity that is not above 0.
    """
    n, x = np.asarray(replicas, dtype=np.float64), np.asarray(per_s, dtype=np.float64)
    if not len(n) or not (np.isfinite(x) & (x > 0)).all() or (n < 1).any():
        msg = f"a capacity above 0 of at least 1 replica is needed, got {list(per_s)} at {list(replicas)}"
        raise ValueError(msg)
    columns = np.stack([np.ones_like(n), n - 1, n * (n - 1)], axis=1)[:, _COLUMNS[form]]
    found, _ = nnls(columns * (x / n)[:, None], np.ones_like(n))
    values = dict(zip(_COLUMNS[form], found.tolist(), strict=True))
    return Usl(1 / values[0], *(min(1.0, values.get(place, 0.0) / values[0]) for place in (1, 2)))


def scaling_of(capacities: Mapping[int, Sequence[float]], seed: int, resamples: int = RESAMPLES) -> Scaling:
    """The law through replicate runs: orders per second of each run by number of replicas; ValueError when there is none.

    Chance is drawn by a parametric bootstrap over the replicate runs: one scatter of ln X for all numbers of replicas,
    s^2 df / chi^2_df with df = runs - numbers, and for each number the mean of its runs + that scatter / sqrt(n) x normal. A
    plain resampling of five runs would give intervals a tenth too narrow. With two numbers of replicas both one-sided forms
    fit alike, and the interval spans them.
    """
    counts = sorted(capacities)
    logs = {n: np.log(np.asarray(capacities[n], dtype=np.float64)) for n in counts}
    means = {n: float(one.mean()) for n, one in logs.items()}
    runs = sum(map(len, logs.values()))
    forms = ["both"] if len(counts) > len(("a", "b")) else ["contention", "coherence"]
    if len(counts) == 1:
        forms = ["contention"]
    centre = [math.exp(means[n]) for n in counts]
    law = Usl(centre[0] / counts[0], 0.0, 0.0) if len(counts) == 1 else fit(counts, centre, forms[0])
    freedom = runs - len(counts)
    draws: list[tuple[Usl, ...]] = []
    if freedom >= SPARE_RUNS:
        scatter = math.sqrt(sum(float(((one - one.mean()) ** 2).sum()) for one in logs.values()) / freedom)
        rng = np.random.default_rng(seed)
        spread = scatter * np.sqrt(freedom / rng.chisquare(freedom, resamples))
        root = np.sqrt([len(logs[n]) for n in counts])
        drawn = np.exp(
            [means[n] for n in counts] + spread[:, None] * rng.standard_normal((resamples, len(counts))) / root
        )
        if len(counts) == 1:
            draws = [tuple(Usl(float(one) / counts[0], 0.0, 0.0) for one in drawn[:, 0])]
        else:
            draws = [tuple(fit(counts, one.tolist(), form) for one in drawn) for form in forms]
    return Scaling(law, tuple(draws), counts[0], counts[-1], len(counts), runs)
