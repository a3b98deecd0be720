"""The detector's figures are those of the runs that were put before it."""

import numpy as np

from benchmarks.onset_calibration.measure import measure_calm, measure_cell
from benchmarks.onset_calibration.results import Calm
from benchmarks.onset_calibration.series import Load

QUIET = [Calm(300.0, "constant", 10, 0.0), Calm(300.0, "ramped", 10, 0.1), Calm(300.0, "one-second blips", 10, 0.4)]


def test_a_rise_that_nobody_can_miss_is_found_at_once() -> None:
    """A tenth of 300/s is dated to the second in every run, alarms in the fourth, and the worse calm load gives the false alarms."""
    cell = measure_cell(np.random.default_rng(1), 300.0, 0.10, 20, QUIET)

    assert (cell.detected, cell.delay_median_s, cell.onset_error_p90_s, cell.coverage) == (1.0, 3.0, 0.0, 1.0)
    assert (cell.false_alarm, cell.runs) == (0.1, 20)
    assert cell.episodes > 10
    assert cell.misses == ["300/s, 10.0%: false alarms"]


def test_a_rise_that_drowns_in_the_calm_is_not_found() -> None:
    """A rise far below the tolerated share raises no alarm, and what was not found is late by the whole run."""
    cell = measure_cell(np.random.default_rng(1), 300.0, 0.0001, 6, QUIET[:1])

    assert (cell.delay_median_s, cell.onset_error_p90_s, cell.coverage) == (600.0, 600.0, 0.0)


def test_calm_runs_raise_few_alarms() -> None:
    """Ten runs that refuse what is tolerated raise none."""
    assert measure_calm(np.random.default_rng(1), 50.0, Load.CONSTANT, 10) == Calm(50.0, "constant", 10, 0.0)
