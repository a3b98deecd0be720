"""The program's lines."""

from benchmarks.capacity.__main__ import line
from tests.helpers.capacity_results import LIVE


def test_a_run_as_a_line() -> None:
    """What the stub says stands beside what was measured, or beside the reason why nothing was."""
    assert line(LIVE[0]) == "1 replicas, seed 1: the stub says 10.0 orders/s, measured 10.0"
    assert line(LIVE[-1]) == "4 replicas, seed 6: the stub says 40.0 orders/s, measured none: it never offered more"
