"""Rows are sums of samples: nothing is lost, nothing counted twice."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from locustfiles.recording.binning import histogram_rows, outcome_rows
from reports.run_record.histogram import OVERFLOW, Histogram
from reports.run_record.outcome import Outcome
from tests.helpers.exchanges import column

KINDS = [("chat", "done", ""), ("chat", "shed", "timed_out"), ("pay", "confirmed", "")]
GROUPS = [("chat", "done"), ("pay", "confirmed")]
SAMPLES = st.lists(st.tuples(st.integers(-3, 40_000), st.integers(0, 2)), max_size=60)
TIMES = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 1), st.integers(-5, 4_000_000_000)), min_size=1, max_size=60
)


@given(SAMPLES)
def test_counts_are_those_of_the_samples(samples: list[tuple[int, int]]) -> None:
    """Each (second, step, outcome, reason) has one row with exactly its number of samples."""
    rows = outcome_rows(column([second for second, _ in samples]), column([kind for _, kind in samples]), KINDS)
    counts = Counter({(row.second, row.step, row.outcome, row.reason): row.n for row in rows})

    assert counts == Counter((second, *KINDS[kind]) for second, kind in samples)
    assert len(rows) == len(counts)


@given(TIMES)
def test_histograms_are_those_of_the_values(times: list[tuple[int, int, int]]) -> None:
    """Each (second, group) has one histogram, equal to one that took its values one by one; negative values are left out."""
    seconds, groups, values = (column(list(values)) for values in zip(*times, strict=True))
    rows = histogram_rows(seconds, groups, GROUPS, "response", values)
    expected: dict[tuple[int, str, str], Histogram] = {}
    for second, group, us in times:
        if us >= 0:
            expected.setdefault((second, *GROUPS[group]), Histogram()).add_values(column([us]))

    assert {(row.second, row.step, row.outcome) for row in rows} == set(expected)
    for row in rows:
        histogram = expected[row.second, row.step, row.outcome]
        assert (row.buckets, row.counts) == histogram.sparse()
        assert (row.n, row.sum_us, row.max_us) == (histogram.n, histogram.sum_us, histogram.max_us)


def test_an_hour_and_more_is_in_the_overflow() -> None:
    """A value beyond the range is counted, in the last bucket."""
    (row,) = histogram_rows(column([0]), column([0]), GROUPS, "response", column([4_000_000_000]))

    assert (row.n, row.buckets, row.max_us) == (1, [OVERFLOW], 4_000_000_000)


def test_members_of_an_enum_become_plain_text() -> None:
    """Rows hold text and no enum, so every encoder takes them."""
    (row,) = outcome_rows(column([0]), column([0]), [("chat", Outcome.DONE, "")])

    assert type(row.outcome) is str


def test_nothing_gives_no_rows() -> None:
    """Without samples, or with negative values only, there is no row."""
    nothing = column([])

    assert outcome_rows(nothing, nothing, []) == []
    assert histogram_rows(nothing, nothing, GROUPS, "step", nothing) == []
    assert histogram_rows(column([1]), column([0]), GROUPS, "step", column([-1])) == []
