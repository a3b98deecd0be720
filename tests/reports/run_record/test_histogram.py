"""The log-linear histogram: layout, merge, quantiles and shares."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.run_record.histogram import BUCKETS, OVERFLOW, Histogram, bounds, bucket_of, buckets_of

durations = st.lists(st.integers(min_value=0, max_value=4_000_000_000), max_size=60)


def filled(values: list[int]) -> Histogram:
    """A histogram of the values."""
    histogram = Histogram()
    histogram.add_values(np.array(values, dtype=np.int64))
    return histogram


@pytest.mark.parametrize(
    ("value_us", "index", "low", "up"),
    [
        pytest.param(0, 0, 0, 1, id="zero has a bucket of its own"),
        pytest.param(255, 255, 255, 256, id="the last value of the linear part is exact"),
        pytest.param(256, 256, 256, 258, id="the first octave has buckets of two"),
        pytest.param(1000, 506, 1000, 1004, id="a millisecond is known to four microseconds"),
        pytest.param(2_000_000, 1908, 1_998_848, 2_007_040, id="two seconds are known to eight milliseconds"),
        pytest.param(3_600_000_000, 3286, 3_590_324_224, 3_607_101_440, id="an hour is the last bucket"),
        pytest.param(3_607_101_440, OVERFLOW, 3_607_101_440, math.inf, id="beyond the last bucket is the overflow"),
    ],
)
def test_layout(value_us: int, index: int, low: int, up: float) -> None:
    """A value lies in the bucket that the layout gives, alone and in an array."""
    assert (bucket_of(value_us), bounds(index)) == (index, (low, up))
    assert buckets_of(np.array([value_us])).tolist() == [index]


@given(st.integers(min_value=0, max_value=3_600_000_000))
def test_relative_error(value_us: int) -> None:
    """A bucket holds its value and is no wider than 1/128 of it."""
    low, up = bounds(bucket_of(value_us))

    assert low <= value_us < up
    assert up - low <= max(1, value_us / 128)


def test_negative() -> None:
    """A negative duration is refused, never recorded."""
    with pytest.raises(ValueError, match="no negative duration, got -1 us"):
        bucket_of(-1)
    with pytest.raises(ValueError, match="no negative duration, got -5 us"):
        buckets_of(np.array([3, -5]))


def test_quantiles_of_one_to_thousand() -> None:
    """Quantiles are nearest ranks at the upper end of their bucket, so never optimistic."""
    histogram = filled(list(range(1, 1001)))

    assert [histogram.quantile_us(ppm) for ppm in (500_000, 990_000, 999_000, 1_000_000)] == [501, 991, 999, 1000]


def test_empty_and_overflow() -> None:
    """An empty histogram has no quantile, and the overflow reads as infinite."""
    assert Histogram().quantile_us(500_000) is None
    assert filled([4_000_000_000]).quantile_us(500_000) == math.inf


@given(durations, durations)
def test_merge_is_exact(left: list[int], right: list[int]) -> None:
    """Two merged histograms are the histogram of all their values, bit for bit, in either order."""
    one, two = filled(left), filled(right)
    one.merge(filled(right))
    two.merge(filled(left))
    whole = filled(left + right)

    for merged in (one, two):
        assert np.array_equal(merged.counts, whole.counts)
        assert (merged.sum_us, merged.max_us, merged.n) == (whole.sum_us, whole.max_us, len(left) + len(right))


@given(durations)
def test_sparse_round_trip(values: list[int]) -> None:
    """A histogram survives its sparse form."""
    histogram, copy = filled(values), Histogram()
    buckets, counts = histogram.sparse()
    copy.add_sparse(buckets, counts, histogram.sum_us, histogram.max_us)

    assert np.array_equal(copy.counts, histogram.counts)
    assert len(copy.counts) == BUCKETS


@given(st.lists(durations, min_size=1, max_size=8), st.data())
def test_merge_in_any_order_and_grouping(parts: list[list[int]], data: st.DataObject) -> None:
    """However histograms are merged, two of them at a time and some in sparse form, the last is that of all values."""
    left = [filled(part) for part in parts]
    while len(left) > 1:
        one = left.pop(data.draw(st.integers(0, len(left) - 1)))
        other = left[data.draw(st.integers(0, len(left) - 1))]
        if data.draw(st.booleans()):
            other.merge(one)
        else:
            other.add_sparse(*one.sparse(), one.sum_us, one.max_us)
    whole = filled([value for part in parts for value in part])

    assert np.array_equal(left[0].counts, whole.counts)
    assert (left[0].sum_us, left[0].max_us) == (whole.sum_us, whole.max_us)
