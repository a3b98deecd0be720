"""Whether the onset estimators keep their promises, on hundreds of random series whose truth is known.

The goals are those of the design's statistics: false alarms in at most 1 % of runs, and with a share m = rate x rise a second a
median delay of max(4, 15/m) s, nine in ten onsets within max(1, 8/m) s, nine in ten sets that hold the truth.
"""

from dataclasses import dataclass

import numpy as np
import pytest

from reports.hinge import fit_hinge, hinge_window
from reports.onset_evidence import REFUSED
from reports.onset_model import date_fall, date_rise
from reports.run_record.cusum import Rule, scan
from reports.run_record.onset_dating import base_share, date_onset, date_step
from reports.truth_log import TruthRow, true_onset
from tests.helpers.counted_evidence import evidence_of

TOLERATED = 0.001
_NS = 1_000_000_000
SECONDS = 600
RULE = Rule(TOLERATED, SECONDS)


def calm_series(rng: np.random.Generator, kind: str, rate: float) -> tuple[list[int], list[int]]:
    """Ten minutes at the tolerated share: constant load, a ramp from .3 to 1.7 x, or blips to 5 % in .5 % of the seconds."""
    load = np.linspace(0.3, 1.7, SECONDS) * rate if kind == "ramp" else np.full(SECONDS, rate)
    n = rng.poisson(load)
    share = np.where(rng.random(SECONDS) < 0.005, 0.05, TOLERATED) if kind == "blips" else TOLERATED
    return rng.binomial(n, share).tolist(), n.tolist()


@pytest.mark.parametrize(
    ("kind", "rate", "runs", "allowed"),
    [
        pytest.param("constant", 50, 100, 2, id="50/s, as much as is tolerated"),
        pytest.param("constant", 300, 100, 2, id="300/s"),
        pytest.param("ramp", 300, 100, 2, id="300/s on average, on a ramp"),
        pytest.param("blips", 300, 100, 8, id="300/s with blips of a second"),
    ],
)
def test_false_alarms_are_rare(kind: str, rate: float, runs: int, allowed: int) -> None:
    """Runs that refuse all that is tolerated, and no more, seldom raise an alarm."""
    rng = np.random.default_rng(11)
    alarms = sum(bool(scan(*calm_series(rng, kind, rate), RULE).excursions) for _ in range(runs))

    assert alarms <= allowed


@dataclass(frozen=True, slots=True)
class Result:
    """One simulated step: by how many seconds alarm and date missed it, and whether the set holds it."""

    delay_s: int
    error_s: int
    covered: bool


def steps(rate: float, rise: float, runs: int) -> list[Result]:
    """Steps from the tolerated share by ``rise``, at a random second of the middle five minutes."""
    rng = np.random.default_rng(12)
    results = []
    for _ in range(runs):
        onset = int(rng.integers(150, 450))
        n = rng.poisson(np.full(SECONDS, rate)).tolist()
        share = np.where(np.arange(SECONDS) < onset, TOLERATED, TOLERATED + rise)
        bad = rng.binomial(n, share).tolist()
        seen = scan(bad, n, RULE).excursions
        if not seen:
            continue
        one = seen[0]
        base = base_share(bad, n, tolerated_share=TOLERATED, warm_up_s=0, alarm=one.alarm)
        dated = date_step(bad, n, floor=one.floor, alarm=one.alarm, base=base, phi=one.phi)
        results.append(Result(one.alarm - onset, abs(dated.second - onset), dated.first <= onset <= dated.last))
    return results


STEPS = [
    pytest.param(50, 0.02, id="50/s, one more refusal a second"),
    pytest.param(300, 0.005, id="300/s, 1.5 more a second"),
    pytest.param(50, 0.10, id="50/s, five more"),
    pytest.param(300, 0.30, id="300/s, ninety more"),
]


@pytest.mark.parametrize(("rate", "rise"), STEPS)
def test_steps_are_found_soon_and_dated_well(rate: float, rise: float) -> None:
    """Every rise is found, within the delay and the error that its size allows, and the 95 % set holds it."""
    results, m = steps(rate, rise, 100), rate * rise

    assert len(results) == 100
    assert np.median([one.delay_s for one in results]) <= max(4, 15 / m)
    assert np.quantile([one.error_s for one in results], 0.9) <= max(1, 8 / m)
    assert np.mean([one.covered for one in results]) >= 0.9


@pytest.mark.parametrize(
    ("low", "high"), [pytest.param(200, 400, id="steep, a third of a wish a second"), pytest.param(270, 330, id="slow")]
)
def test_ramps_give_the_load_that_is_refused_first(low: float, high: float) -> None:
    """On a ramp through the limit of 300/s nine in ten estimates are within 1 %, and nine in ten intervals hold it."""
    rng = np.random.default_rng(13)
    offered = np.linspace(low, high, SECONDS)
    rule, errors, covered = Rule(TOLERATED, SECONDS), [], []
    for _ in range(30):
        n = rng.poisson(offered)
        bad = rng.binomial(n, np.maximum(TOLERATED / 5, 1 - 300 / offered))
        alarm = scan(bad.tolist(), n.tolist(), rule).excursions[0].alarm
        hinge = fit_hinge(
            bad, n, offered,
            window=hinge_window(0, alarm, SECONDS), alarm=alarm, base=TOLERATED / 5, tolerated_share=TOLERATED,
        )  # fmt: skip
        assert hinge is not None
        errors.append(abs(hinge.first_throttle_per_s / 300 - 1))
        covered.append(hinge.low <= 300 <= hinge.high)

    assert np.quantile(errors, 0.9) <= 0.01
    assert np.mean(covered) >= 0.9


def test_short_runs_with_an_early_onset_are_dated() -> None:
    """Runs of 90 s whose load triples in second 15 are dated there, within a second, in 19 of 20 cases."""
    rng = np.random.default_rng(14)
    rule, errors = Rule(TOLERATED, 90, 6), []
    for _ in range(100):
        n = rng.poisson(np.repeat([44.0, 133.0, 400.0, 167.0, 44.0], [11, 4, 4, 15, 56])).tolist()
        bad = rng.binomial(n, np.repeat([0.0, 0.0, 0.66, 0.2, 0.0], [11, 4, 4, 15, 56])).tolist()
        one = scan(bad, n, rule).excursions[0]
        base = base_share(bad, n, tolerated_share=TOLERATED, warm_up_s=0, alarm=one.alarm)
        onset = date_onset(bad, n, floor=0, alarm=one.alarm, base=base, tolerated_share=TOLERATED)
        errors.append(abs(onset - 15))

    assert np.mean(np.array(errors) <= 1) >= 0.95


def erlang_b(servers: int, offered: float) -> float:
    """The share of arrivals that find all servers busy, with ``offered`` arrivals in a service time."""
    blocked = 1.0
    for k in range(1, servers + 1):
        blocked = offered * blocked / (k + offered * blocked)
    return blocked


@pytest.mark.parametrize(
    ("highest", "cap", "rise_s"),
    [
        pytest.param(140, 60, 24, id="the live runs' ramp"),
        pytest.param(140, 60, 60, id="a slower one"),
        pytest.param(400, 200, 40, id="a larger service"),
        pytest.param(1000, 500, 40, id="a large one"),
    ],
)
def test_a_cap_on_concurrency_is_dated_where_it_refuses_its_first(highest: int, cap: int, rise_s: int) -> None:
    """Four in five onsets are within a second or the mean wait for a refusal by the truth log's rule, nine in ten ends within five."""
    rng = np.random.default_rng(15)
    low, calm_s, high_s, after_s = highest / 5, 60, 20, 600
    edges = np.cumsum([0, calm_s, rise_s, high_s, rise_s, after_s])
    at = np.arange(edges[-1]) + 0.5
    offered = np.interp(at, edges, [low, low, highest, highest, low, low])
    share = np.array([erlang_b(cap, load) for load in offered])
    rule, onsets, ends = Rule(TOLERATED, len(at), 7), [], []
    for _ in range(60):
        n = rng.poisson(offered)
        bad = rng.binomial(n, share)
        rows = [
            TruthRow(second, int(m), int(k), 0, 0, second * _NS if k else None)
            for second, (k, m) in enumerate(zip(bad, n, strict=True))
        ]
        truth = true_onset(rows, 0, TOLERATED)
        assert truth is not None
        (one,) = scan(bad.tolist(), n.tolist(), rule).excursions
        base = base_share(bad.tolist(), n.tolist(), tolerated_share=TOLERATED, warm_up_s=0, alarm=one.alarm)
        dated = date_rise(evidence_of(bad, offered, ended=n), rule, REFUSED, one, base)
        first_s = int(truth)
        wait_s = 10 / int(bad[first_s : first_s + 10].sum())
        onsets.append(abs(dated.second - first_s) <= max(1, wait_s))
        end = date_fall(evidence_of(bad, offered, ended=n), rule, REFUSED, one, base, dated.second)
        assert end is not None
        ends.append(abs(end - 1 - int(np.flatnonzero(bad)[-1])) <= 5)

    assert np.mean(onsets) >= 0.8
    assert np.mean(ends) >= 0.9
