"""Thirty-four cases: every technique in each of its voices, at each load."""

from benchmarks.onset_live.matrix import CALM_PER_S, CAPACITY_PER_S, RAMP, STAIRS, TECHNIQUES, cases
from target_stub.command_line import parse


def test_there_are_thirty_four_different_runs() -> None:
    """Each technique and voice meets each of its loads once."""
    names = [case.name for case in cases()]

    assert len(names) == len(set(names)) == 34
    assert len(names) == sum(len(technique.voices) * len(technique.loads) for technique in TECHNIQUES)


def test_every_flag_is_one_of_the_stub() -> None:
    """The stub takes the flags of each case, and the voice is the one that the case names."""
    for case in cases():
        assert parse(case.stub_flags).config.voice == case.voice


def test_the_loads_lie_around_the_capacity() -> None:
    """Calm is far below the capacity, the ramp crosses it, and the first stair is above it."""
    assert CALM_PER_S * 4 < CAPACITY_PER_S < CALM_PER_S + RAMP[-1][1]
    assert CAPACITY_PER_S * 1.3 < CALM_PER_S + STAIRS[2][1]
