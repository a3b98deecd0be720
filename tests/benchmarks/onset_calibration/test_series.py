"""Simulated runs are what they say: so much load, and a share that rises where the truth says it does."""

import numpy as np
import pytest

from benchmarks.onset_calibration.series import SECONDS, Load, calm, step
from reports.onset_evidence import HARD, REFUSED

SEED = 5


@pytest.mark.parametrize(
    ("load", "first", "last", "share"),
    [
        pytest.param(Load.CONSTANT, 300, 300, 0.001, id="as much load in every second"),
        pytest.param(Load.RAMPED, 90, 510, 0.001, id="from .3 to 1.7 times the load"),
        pytest.param(Load.BLIPS, 300, 300, 0.001 + 0.005 * 0.049, id="one second of 200 at 5 %"),
    ],
)
def test_a_calm_run_refuses_what_is_tolerated(load: Load, first: float, last: float, share: float) -> None:
    """The load is the one asked for, and the refused share lies about the tolerated one."""
    evidence = calm(np.random.default_rng(SEED), load, 300.0)
    refused = evidence.signals[REFUSED].sum() / evidence.ended.sum()

    assert (evidence.offered[0], evidence.offered[-1]) == (pytest.approx(first, abs=1), pytest.approx(last, abs=1))
    assert evidence.ended.sum() == pytest.approx(300 * SECONDS, rel=0.02)
    assert refused == pytest.approx(share, rel=0.25)


def test_a_step_lasts_as_long_as_it_says() -> None:
    """Refusals are frequent from the onset to the end, which come with the run, and rare elsewhere."""
    one = step(np.random.default_rng(SEED), 300.0, 0.10, length_s=20)
    refused = one.evidence.signals[REFUSED]

    assert one.end - one.onset == 20
    assert one.refused == refused[one.onset : one.end].sum() == pytest.approx(20 * 300 * 0.101, rel=0.2)
    assert refused.sum() - one.refused < 300 * SECONDS * 0.002


def test_all_signals_of_a_record_are_watched() -> None:
    """The chance of a false alarm is that of all seven signals of a run, those that are never seen among them."""
    evidence = step(np.random.default_rng(SEED), 50.0, 0.02).evidence

    assert len(evidence.signals) == 7
    assert evidence.signals[HARD] is evidence.signals[REFUSED]
