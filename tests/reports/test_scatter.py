"""How far neighbouring answers share their fate, seen in the batches in which they are slow."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.cells import Cells
from reports.run_record.schema import CurveSegment
from reports.scatter import slow_dispersion, stages

PARTS = np.array_split(np.arange(100), 20)


def cells(slow_seconds: list[int]) -> Cells:
    """A hundred seconds of ten answers: nine in bucket 50 and one in bucket 60; slow seconds have all ten in 250."""
    rows = []
    for second in range(100):
        rows += [(second, 250, 10)] if second in slow_seconds else [(second, 50, 9), (second, 60, 1)]
    seconds, buckets, counts = (np.array(column) for column in zip(*rows, strict=True))
    return Cells(seconds, np.zeros(len(rows), dtype=int), buckets, counts, ("done",))


def test_slow_answers_spread_evenly_scatter_like_chance() -> None:
    """One slow answer in each ten, in every second, gives phi 1."""
    assert slow_dispersion(cells([]), PARTS, np.zeros(100, dtype=int)) == 1.0


def test_slow_answers_in_one_stretch_scatter_more() -> None:
    """Eight slow seconds in a row are worth far fewer independent answers than their number."""
    assert slow_dispersion(cells(list(range(40, 48))), PARTS, np.zeros(100, dtype=int)) > 30


def test_a_load_that_is_slow_by_design_does_not_scatter() -> None:
    """Answers are compared with their own stage: a slow half of the run, evenly slow, gives phi 1."""
    slow_half = cells(list(range(50, 100)))

    assert slow_dispersion(slow_half, PARTS, np.array([0] * 50 + [1] * 50)) == 1.0


@pytest.mark.parametrize(
    ("limit_us", "scatters"),
    [
        pytest.param(None, True, id="without a limit, five medians are slow"),
        pytest.param(900.0, True, id="a quarter of the limit is below them: slow"),
        pytest.param(100_000.0, False, id="a jitter far below the limit says nothing about it"),
    ],
)
def test_slow_is_measured_by_the_limit(limit_us: float | None, scatters: bool) -> None:
    """A stretch of slower answers counts when it is slow by the limit's own measure."""
    stretch = slow_dispersion(cells(list(range(40, 48))), PARTS, np.zeros(100, dtype=int), limit_us)

    assert (stretch > 30) is scatters
    assert scatters or stretch == 1.0


def test_no_latencies_no_scatter() -> None:
    """Without a recorded latency nothing is known, and phi is 1."""
    assert slow_dispersion(Cells.none(), PARTS, np.zeros(100, dtype=int)) == 1.0


SECONDS = np.arange(100)


def test_long_segments_are_stages() -> None:
    """A segment of a batch or more is a stage; a shorter one belongs to the stage before it."""
    segments = [CurveSegment(0, 50, 1, 1), CurveSegment(50, 53, 9, 9), CurveSegment(53, 100, 3, 3)]

    assert stages(segments, SECONDS, 20).tolist() == [0] * 50 + [1] * 50
    assert stages([CurveSegment(0, 100, 1, 1)], SECONDS, 20).tolist() == [0] * 100
    assert stages([], SECONDS, 20).tolist() == [0] * 100


@given(
    lengths=st.lists(st.integers(1, 30), min_size=1, max_size=60),
    seconds=st.integers(1, 200),
    batches=st.integers(1, 20),
)
def test_there_are_never_too_many_stages(lengths: list[int], seconds: int, batches: int) -> None:
    """However many segments a curve has, stages are in order and at most a third as many as batches, one at least."""
    starts = np.concatenate(([0], np.cumsum(lengths)[:-1])).tolist()
    segments = [CurveSegment(start, start + length, 1, 1) for start, length in zip(starts, lengths, strict=True)]
    found = stages(segments, np.arange(seconds), batches)

    assert len(found) == seconds
    assert set(np.diff(found)) <= {0, 1}
    assert found[-1] + 1 <= max(1, batches // 3)
