"""Requests in flight by step follow from when each was due and how long it took."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from reports.run_record.run_directory import open_run
from reports.station_load import in_flight, mean_latency_s, station_loads
from reports.timeline import Timeline
from tests.helpers.synthetic_run import Wishes, write_run


def heads(*rows: tuple[int, float, int], outcome: str = "done") -> pd.DataFrame:
    """Histogram heads of (second, duration in s, count)."""
    columns = {"second": [row[0] for row in rows], "n": [row[2] for row in rows]}
    return pd.DataFrame({**columns, "outcome": outcome, "sum_us": [round(row[1] * 1e6) * row[2] for row in rows]})


def test_requests_are_in_flight_at_the_ends_of_seconds() -> None:
    """Ten requests due in second 1 that take 2.5 s: all at its end, all a second later, half of them after that."""
    assert in_flight(heads((1, 2.5, 10)), 6).tolist() == [0, 10, 10, 5, 0, 0]


def test_quick_requests_are_seldom_seen() -> None:
    """Of requests that take 0.2 s a fifth is in flight at the end of their second: Little's law."""
    assert in_flight(heads((0, 0.2, 100)), 2) == pytest.approx([20, 0])


def test_nothing_runs_past_the_end() -> None:
    """A request that outlasts the run counts as far as the run goes."""
    assert in_flight(heads((2, 3000.0, 1)), 4).tolist() == [0, 0, 1, 1]


@pytest.mark.parametrize("quick", ["refused_hard", "refused_soft", "queued"])
def test_refusals_do_not_hide_slow_answers(quick: str) -> None:
    """The mean latency is of what was neither refused nor told to wait; a second without any has none."""
    both = pd.concat([heads((0, 2.0, 1)), heads((0, 0.001, 99), (1, 0.001, 5), outcome=quick)])
    found = mean_latency_s(both, 2)

    assert found[0] == 2.0
    assert np.isnan(found[1])


def test_every_recorded_step_has_its_load(tmp_path: Path) -> None:
    """A run of 100 wishes/s whose chat takes 0.3 s holds 30 chats; the steps are in the journey's order."""
    found = station_loads(Timeline(open_run(write_run(tmp_path / "run", Wishes(rates=((12, 100.0),))))))

    assert list(found) == ["chat", "create", "claim_card", "apply_card", "pay"]
    assert found["chat"].in_flight[2:10] == pytest.approx([30] * 8, rel=0.1)
    assert found["chat"].latency_s[2:10] == pytest.approx([0.3] * 8, rel=0.1)
