"""Batches of several workers, repeated and in any order, make the histogram of all values, bit for bit."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from locustfiles.recording.merge import Fold, encode_batch
from reports.run_record.histogram import Histogram
from reports.run_record.schema import Batch, HistogramRow

RUN = "run-1"
WORKERS = ("a", "b", "c")
DURATIONS = st.lists(st.integers(0, 4_000_000_000), min_size=1, max_size=20)


def filled(values: list[int]) -> Histogram:
    """The histogram of the values."""
    histogram = Histogram()
    histogram.add_values(np.array(values, dtype=np.int64))
    return histogram


def batch(worker: str, sequence: int, values: list[int], *, final: bool) -> Batch:
    """A batch with one histogram."""
    one = filled(values)
    row = HistogramRow(sequence, "chat", "done", "response", one.n, one.sum_us, one.max_us, *one.sparse())
    return Batch(RUN, worker, sequence, histograms=[row], final=final)


@given(st.data())
def test_any_order_with_repeats_gives_the_histogram_of_all(data: st.DataObject) -> None:
    """Whatever worker recorded a value, and however its batch travelled, the record counts it once, in its bucket."""
    parts = {worker: data.draw(st.lists(DURATIONS, min_size=1, max_size=4), label=worker) for worker in WORKERS}
    sent = [
        batch(worker, place, values, final=place == len(of_worker) - 1)
        for worker, of_worker in parts.items()
        for place, values in enumerate(of_worker)
    ]
    order = data.draw(st.permutations(sent + data.draw(st.lists(st.sampled_from(sent), max_size=6))))
    fold, merged = Fold(RUN), Histogram()
    for worker in WORKERS:
        fold.enroll(worker)
    for one in order:
        receipt = fold.add(encode_batch(one), one.worker)
        if receipt is not None and receipt.batch is not None:
            for row in receipt.batch.histograms:
                merged.add_sparse(row.buckets, row.counts, row.sum_us, row.max_us)
    whole = filled([value for of_worker in parts.values() for values in of_worker for value in values])

    assert fold.is_complete
    assert np.array_equal(merged.counts, whole.counts)
    assert (merged.sum_us, merged.max_us) == (whole.sum_us, whole.max_us)
