"""The benchmark's command line."""

from benchmarks.stub.__main__ import PARTS, options, row
from benchmarks.stub.programs import Sample


def test_everything_is_measured_unless_told_otherwise() -> None:
    """Five rounds and twenty kills by default."""
    chosen = options().parse_args([])
    assert (chosen.rounds, chosen.kills, tuple(chosen.only)) == (5, 20, PARTS)


def test_a_sample_is_a_line() -> None:
    """With rate, cost and shares."""
    line = row(Sample("checkout", 2, 12_345.6, 66.66, 0.99, 0.5, 99.4))
    assert line == "round 2  checkout    12,346 /s    66.7 us CPU   99% of its core, load 50%    99 MB"
