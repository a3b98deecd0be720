"""The comparison as a whole: a seed repeats the figures of the file."""

from benchmarks.doors.__main__ import RESULT, SEED, compare
from benchmarks.doors.results import read
from benchmarks.doors.techniques import TECHNIQUES


def test_the_figures_are_those_of_the_present_code() -> None:
    """Two techniques, run again, give the lines of the file, so that the README tells of the stub as it is."""
    of_the_file = {line.technique: line for line in read(RESULT).lines}
    assert list(of_the_file) == [technique.name for technique in TECHNIQUES]

    for line in compare(SEED, TECHNIQUES[-1:]).lines:
        assert line == of_the_file[line.technique]
