"""The calibration as a whole: every rate and share, and the figures of the file are the present code's."""

import numpy as np

from benchmarks.onset_calibration.__main__ import CALM_RUNS, RATES, RUNS, SEED, SHARES, calibrate
from benchmarks.onset_calibration.measure import measure_calm
from benchmarks.onset_calibration.results import RESULT, read
from benchmarks.onset_calibration.series import Load


def test_every_rate_meets_every_share_and_every_calm_load() -> None:
    """The file holds a cell for each rate and share and a line for each rate and calm load, of enough runs."""
    result = read(RESULT)

    assert [(cell.rate, cell.share) for cell in result.cells] == [(rate, share) for rate in RATES for share in SHARES]
    assert [(one.rate, one.load) for one in result.calm] == [(rate, load.value) for rate in RATES for load in Load]
    assert {(cell.runs, result.calm[0].runs, result.seed) for cell in result.cells} == {(RUNS, CALM_RUNS, SEED)}
    assert min(cell.episodes for cell in result.cells) >= 300


def test_a_seed_repeats_its_figures() -> None:
    """Two small calibrations are equal, and each rate has its own random numbers."""
    small = calibrate(SEED, 1, 1)

    assert small == calibrate(SEED, 1, 1)
    assert small.calm[0] == measure_calm(np.random.default_rng([SEED, 0, 0]), RATES[0], Load.CONSTANT, 1)
