"""Columns of many histograms at once are those of one histogram after the other."""

import numpy as np
import pyarrow as pa

from benchmarks.reports.columns import Block, blocks_of, joined
from reports.run_record.histogram import Histogram


def test_a_row_for_each_second_of_each_block() -> None:
    """Sorted by second, each with the sparse histogram, the sum and the maximum of its values."""
    rng = np.random.default_rng(3)
    second, values = rng.integers(0, 5, 400), rng.integers(0, 10**6, 400)
    chat = Block("chat", "done", "response", second, values)
    gaps = Block("chat", "done", "gap", np.array([3, 1]), np.array([700, 9]), times=20)
    columns = pa.table(blocks_of([chat, gaps], 5)).to_pylist()

    assert [(row["second"], row["clock"]) for row in columns] == [
        (0, "response"), (1, "response"), (1, "gap"), (2, "response"), (3, "response"), (3, "gap"), (4, "response"),
    ]  # fmt: skip
    for row in (row for row in columns if row["clock"] == "response"):
        one = Histogram()
        one.add_values(values[second == row["second"]])
        assert (row["buckets"], row["counts"]) == one.sparse()
        assert (row["n"], row["sum_us"], row["max_us"]) == (one.n, one.sum_us, one.max_us)


def test_a_block_may_count_its_values_many_times() -> None:
    """Twenty gaps of 700 us are one value that counts twenty times."""
    (row,) = pa.table(
        blocks_of([Block("chat", "done", "gap", np.array([3]), np.array([100]), times=20)], 5)
    ).to_pylist()

    assert (row["n"], row["sum_us"], row["max_us"], row["buckets"], row["counts"]) == (20, 2_000, 100, [100], [20])


def test_strings_are_joined_row_by_row() -> None:
    """Arrays and fixed text."""
    assert joined("key-", pa.array(["7", "8"]), "").to_pylist() == ["key-7", "key-8"]
