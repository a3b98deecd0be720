"""Runs in memory whose truth lies exactly on the limit of an objective, so that every PASS and every FAIL is false.

Ten minutes of Poisson arrivals at 30 wishes/s, 18,000 wishes, all confirmed. How long a wish takes is lognormal, and 1 % of all
wishes take longer than the objective's 2 s. Wishes of one second share a part of their fate, and so do neighbouring seconds:

    x_t = rho x_{t-1} + sqrt(1 - rho^2) e_t          a standard normal level of each second, autocorrelation rho
    z_i = sqrt(c) x_t(i) + sqrt(1 - c) e_i           a standard normal value of each wish, c = .25 of its variance shared
    time = median exp(.5 z_i)                        median chosen so that P(time > 2 s) = 1 %

(a latent Gaussian copula). With rho = 0 the wishes of a second still share c. What is judged is a Timeline as of a run on disk, by
the gate's own ``objectives.judge``.
"""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from reports.objectives import judge
from reports.run_record.alike import KIND, Alike
from reports.run_record.outcome import ORDER, PURCHASE_STEPS, Outcome
from reports.run_record.projection import Beside, Columns, Words
from reports.run_record.run_directory import TABLES, Run, empty_table
from reports.run_record.schema import CurveFacts, CurveSegment, Manifest, TargetFacts
from reports.slo import Objective, parse_objectives
from reports.timeline import Timeline
from reports.verdict import Verdict

SECONDS, WISHES_PER_S = 600, 30.0
LIMIT_MS, BAD_SHARE = 2000.0, 0.01
SHARED, SPREAD = 0.25, 0.5
MEDIAN_MS = LIMIT_MS / math.exp(SPREAD * float(stats.norm.isf(BAD_SHARE)))
OBJECTIVE = f"""
apiVersion: openslo/v1
kind: SLO
metadata: {{name: within-2-s}}
spec:
  indicator:
    spec:
      thresholdMetric: {{metricSource: {{type: springtide, spec: {{event: order, measure: intent_ms}}}}}}
  objectives: [{{op: lte, value: {LIMIT_MS}, target: {1 - BAD_SHARE}}}]
"""


class Judged(NamedTuple):
    """What the gate said of one run whose truth is the limit."""

    verdict: Verdict
    covers: bool
    """Whether the interval of the bad share holds the true one."""
    phi: float


class MemoryRun(Run):
    """A run that was never on disk: the tables that an objective on orders asks for."""

    def __init__(self, tables: dict[str, Columns]) -> None:
        """Hold the columns by table."""
        segment = CurveSegment(0.0, float(SECONDS), WISHES_PER_S, WISHES_PER_S)
        super().__init__(
            Path("memory"),
            Manifest(
                "calibration", "calibration", 0, float(SECONDS), 1, CurveFacts("constant", [segment]),
                TargetFacts("service", "http://127.0.0.1:1"), list(PURCHASE_STEPS),
            ),
            None,
        )  # fmt: skip
        self._columns = tables

    def alike(self, name: str, columns: Sequence[str], alike: Sequence[str]) -> tuple[Columns, Columns]:
        """Columns of a table, the kind of each row, and the kinds."""
        held, kinds = self._columns[name], Alike(alike)
        number = kinds.add([held[column] for column in alike])
        return {column: held[column] for column in columns} | {KIND: number}, kinds.columns()

    def columns(self, name: str, columns: Sequence[str] | None = None, beside: Beside | None = None) -> Columns:
        """The columns of a table; one that is not held is empty."""
        del beside
        held = self._columns.get(name, {})
        names = columns or empty_table(TABLES[name]).column_names
        return {column: held.get(column, np.zeros(0, dtype=np.int64)) for column in names}


def objective() -> Objective:
    """99 % of all wishes end within 2 s."""
    return parse_objectives(OBJECTIVE)[0]


def times_us(second: NDArray[np.int64], autocorrelation: float, rng: np.random.Generator) -> NDArray[np.int64]:
    """How long each wish takes, by the second of its arrival."""
    fresh = rng.standard_normal(SECONDS)
    level = np.empty(SECONDS)
    level[0] = fresh[0]
    for at in range(1, SECONDS):
        level[at] = autocorrelation * level[at - 1] + math.sqrt(1 - autocorrelation**2) * fresh[at]
    own = rng.standard_normal(len(second))
    value = math.sqrt(SHARED) * level[second] + math.sqrt(1 - SHARED) * own
    return np.asarray(MEDIAN_MS * 1000 * np.exp(SPREAD * value), dtype=np.int64)


def run_at_the_limit(autocorrelation: float, seed: int) -> MemoryRun:
    """One run; the same one for the same seed."""
    rng = np.random.default_rng((seed, round(autocorrelation * 100)))
    arrived = rng.poisson(WISHES_PER_S, SECONDS)
    second = np.repeat(np.arange(SECONDS), arrived)
    n = len(second)
    busy = np.flatnonzero(arrived)

    def same(word: str, length: int) -> Words:
        return Words(np.zeros(length, dtype=np.int8), [word])

    purchases: Columns = {
        "wish": np.arange(n), "second": second, "outcome": same(Outcome.CONFIRMED.value, n), "reason": same("", n),
        "last_step": same("pay", n), "vertical": same("", n), "intent_us": times_us(second, autocorrelation, rng),
        "requests": np.full(n, 5), "prompts": np.ones(n, dtype=np.int64),
        **{name: np.ones(n, dtype=bool) for name in ("coupon_due", "coupon_ok", "correct")},
        "returning": np.zeros(n, dtype=bool),
    }  # fmt: skip
    outcomes: Columns = {
        "second": busy, "step": same(ORDER, len(busy)), "outcome": same(Outcome.CONFIRMED.value, len(busy)),
        "reason": same("", len(busy)), "n": arrived[busy],
    }  # fmt: skip
    seconds: Columns = {
        "second": np.arange(SECONDS), "scheduled": arrived, "released": arrived, "dropped": np.zeros_like(arrived),
    }  # fmt: skip
    return MemoryRun({"purchases": purchases, "outcomes": outcomes, "seconds": seconds})


def judged(autocorrelation: float, seed: int) -> Judged:
    """What the gate says of one run."""
    result = judge(objective(), Timeline(run_at_the_limit(autocorrelation, seed)), None)
    low, high = result.bad_share_low, result.bad_share_high
    covers = low is not None and high is not None and low <= BAD_SHARE <= high
    return Judged(result.verdict, covers, result.phi)
