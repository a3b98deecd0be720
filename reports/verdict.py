"""Whether an estimate is good enough: the verdict lattice and the intervals that verdicts stand on.

A verdict is given on an interval, never on a point: PASS needs the whole interval on the good side, FAIL needs all of
it on the bad side, everything else is INCONCLUSIVE. Pure functions of counts and numbers; this module must not know
runs, files or objectives.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

Counts = NDArray[np.int64]
BATCHES = 20
"""Equal time batches that a stage is cut into; their scatter tells how far neighbouring events share their fate."""
CONFIDENCE_TAIL = 0.975
"""Upper quantile of a two-sided 95 % interval."""


class Verdict(StrEnum):
    """PASS < INCONCLUSIVE < FAIL."""

    PASS = "PASS"  # noqa: S105 - a verdict, not a password
    INCONCLUSIVE = "INCONCLUSIVE"
    FAIL = "FAIL"


_RANK = {Verdict.PASS: 0, Verdict.INCONCLUSIVE: 1, Verdict.FAIL: 2}


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst of the verdicts; of none at all INCONCLUSIVE, since absence of judgement is not success."""
    return max(verdicts, key=_RANK.__getitem__, default=Verdict.INCONCLUSIVE)


def dispersion(bad: Counts, n: Counts, expected_share: NDArray[np.float64] | None = None, fitted: int = 1) -> float:
    """How much more the batches scatter than independent events would: phi >= 1.

        phi = max(1, sum_b (x_b - n_b p)^2 / (n_b p (1 - p)) / (B - fitted))     p = sum x / sum n

    ``expected_share`` replaces p by a share for each batch, when the batches belong to ``fitted`` different stages.
    1 when no event or every event is bad, or when there are not more batches than fitted shares.
    """
    used = n > 0
    x, size = bad[used].astype(np.float64), n[used].astype(np.float64)
    if not size.size or x.sum() in (0, size.sum()) or size.size <= fitted:
        return 1.0
    p = np.full(size.size, x.sum() / size.sum()) if expected_share is None else expected_share[used]
    spread = size * p * (1 - p)
    terms = np.divide((x - size * p) ** 2, spread, out=np.zeros_like(x), where=spread > 0)
    return max(1.0, float(terms.sum()) / (size.size - fitted))


def tail_probability(batches: int, tail: float = CONFIDENCE_TAIL) -> float:
    """The a of the share test, P(Z > t(.975, B - 1)): .018174 for 20 batches."""
    return float(special.ndtr(-special.stdtrit(batches - 1, tail)))


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with its interval, in the unit of the estimate."""

    value: float
    low: float
    high: float


def clopper_pearson(bad: float, n: float, a: float) -> tuple[float, float]:
    """Both ends of a share's interval, with probability ``a`` beyond each; counts may be effective ones, and n is above 0.

    Source: Clopper, Pearson 1934.
    """
    low = 0.0 if bad == 0 else float(special.betaincinv(bad, n - bad + 1, a))
    high = 1.0 if bad == n else float(special.betaincinv(bad + 1, n - bad, 1 - a))
    return low, high


def share_interval(bad: int, n: int, phi: float, batches: int, tail: float = CONFIDENCE_TAIL) -> Interval:
    """The Clopper-Pearson interval of a share on phi times fewer events: k/phi of n/phi, tails from the t of B - 1.

    ``batches`` >= 2 and n >= 1; ``tail`` = the interval's upper quantile.
    """
    return Interval(bad / n, *clopper_pearson(bad / phi, n / phi, tail_probability(batches, tail)))


@dataclass(frozen=True, slots=True)
class ShareJudgement:
    """The share of bad events, counted at least and at most where a histogram bucket straddles the limit."""

    verdict: Verdict
    bad_min: int
    bad_max: int
    n: int
    phi: float
    low: float
    high: float
    too_few: bool
    """Even without one bad event the sample could not pass."""

    @property
    def share(self) -> float | None:
        """Bad share, pessimistic; None without events."""
        return self.bad_max / self.n if self.n else None


def events_needed(target: float, batches: int = BATCHES) -> float:
    """Independent events that a share objective needs to pass without a bad one: 399 for 99 %, 4,006 for 99.9 %."""
    return math.inf if target >= 1 else math.log(tail_probability(batches)) / math.log(target)


def share_test(bad_min: Counts, bad_max: Counts, n: Counts, target: float, slow_phi: float = 1.0) -> ShareJudgement:
    """Judge "the share of bad events is at most 1 - target" on time batches.

    ``bad_min`` and ``bad_max`` are per batch, as is ``n``; ``slow_phi`` is the dispersion of slow answers, which
    keeps a run that happens to see few bad events from claiming a narrow interval. PASS must hold with ``bad_max``,
    FAIL with ``bad_min``.
    """
    total, fewest, most = int(n.sum()), int(bad_min.sum()), int(bad_max.sum())
    batches, allowed = int((n > 0).sum()), 1 - target
    if batches < 2:  # noqa: PLR2004 - two points are the least that have a scatter
        return ShareJudgement(Verdict.INCONCLUSIVE, fewest, most, total, 1.0, 0.0, 1.0, too_few=True)
    phi = max(dispersion(bad_max, n), slow_phi)
    low = share_interval(fewest, total, phi, batches).low
    high = share_interval(most, total, phi, batches).high
    # 1 - .99 is a little above .01 in floats: compare with the rounding of the target's own digits
    slack = 1e-12
    verdict = Verdict.INCONCLUSIVE
    if high <= allowed + slack:
        verdict = Verdict.PASS
    elif low > allowed + slack:
        verdict = Verdict.FAIL
    return ShareJudgement(verdict, fewest, most, total, phi, low, high, total / phi < events_needed(target, batches))


def t_interval(values: Sequence[float] | NDArray[Any]) -> Interval:
    """The mean of batch means with its 95 % t interval; needs two values or more."""
    means = np.asarray(values, dtype=np.float64)
    half = float(special.stdtrit(means.size - 1, CONFIDENCE_TAIL)) * float(means.std(ddof=1)) / math.sqrt(means.size)
    return Interval(float(means.mean()), float(means.mean()) - half, float(means.mean()) + half)


def ratio_interval(totals: NDArray[Any], counts: NDArray[Any]) -> Interval:
    """The mean of all events, sum of ``totals`` over sum of ``counts`` of batches, with its 95 % t interval.

    It is that of ``t_interval`` when all batches hold equally many events; else a batch weighs as its events do. Needs two
    batches or more, none of them empty. Source: Cochran, Sampling Techniques, 1977, chapter 6 (ratio estimates).
    """
    n, batches = float(counts.sum()), len(counts)
    mean = float(totals.sum()) / n
    off = totals - mean * counts
    half = (
        float(special.stdtrit(batches - 1, CONFIDENCE_TAIL))
        * math.sqrt(batches / (batches - 1) * float((off**2).sum()))
        / n
    )
    return Interval(mean, mean - half, mean + half)


def threshold_verdict(interval: Interval, op: str, limit: float) -> Verdict:
    """Judge an interval against "value ``op`` limit", with op one of lt, lte, gt, gte."""
    holds = {"lt": float.__lt__, "lte": float.__le__, "gt": float.__gt__, "gte": float.__ge__}[op]
    ends = {holds(float(end), float(limit)) for end in (interval.low, interval.high)}
    if ends == {True}:
        return Verdict.PASS
    return Verdict.FAIL if ends == {False} else Verdict.INCONCLUSIVE


def quantile_ranks(n: int, q: float, phi: float) -> tuple[int, int, int | None]:
    """Ranks, from 1, of a quantile and of its interval's ends; the upper end is None where it does not exist.

    floor(n (q - d)) and ceil(n (q + d)) + 1 with d = 2.093 sqrt(q (1 - q) phi / n). For display, never a verdict.
    """
    ppm = round(q * 1_000_000)
    d = 2.093 * math.sqrt(q * (1 - q) * phi / n)
    low = max(1, math.floor(n * (q - d)))
    high = math.ceil(n * (q + d)) + 1
    return max(1, -(-n * ppm // 1_000_000)), low, None if q + d >= 1 or high > n else high
