"""A window of each kind on real programs, short."""

from pathlib import Path

import pytest

from benchmarks.generator.bench_machine import cores
from benchmarks.stub.load import BARE, CHECKOUT, STREAMS
from benchmarks.stub.programs import measure


@pytest.mark.load
@pytest.mark.parametrize("mode", [BARE, CHECKOUT, STREAMS])
def test_a_window_is_measured(mode: str, tmp_path: Path) -> None:
    """Every answer is good, each stream has its writes, and the stub has counted what the load has."""
    sample = measure(mode, 1, cores(), tmp_path, warm_up_s=0.05, seconds=0.3)

    assert (sample.mode, sample.round) == (mode, 1)
    assert sample.requests_per_s > 0
    assert sample.cpu_us_per_request > 0
