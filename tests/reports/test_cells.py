"""Histogram cells of several steps and clocks, read in one pass."""

from pathlib import Path

from reports.cells import Cells, read_cells
from reports.run_record.histogram import OVERFLOW
from reports.run_record.run_directory import open_run
from reports.run_record.schema import Batch, HistogramRow
from tests.helpers.synthetic_run import Wishes, write_run


def rows_of(cells: Cells) -> list[tuple[int, str, int, int]]:
    """Cells as (second, outcome, bucket, count)."""
    columns = (cells.second.tolist(), cells.outcome.tolist(), cells.bucket.tolist(), cells.count.tolist())
    return [(second, cells.outcomes[code], bucket, n) for second, code, bucket, n in zip(*columns, strict=True)]


def test_each_key_gets_its_own_cells(tmp_path: Path) -> None:
    """Sparse histograms are laid flat in the order of the record, by step and clock, several steps under one name."""
    histograms = [
        HistogramRow(0, "chat", "done", "response", 3, 9, 5, [5, 20], [1, 2]),
        HistogramRow(0, "chat", "done", "service", 1, 4, 4, [4], [1]),
        HistogramRow(1, "pay", "shed", "response", 1, 7, 7, [7], [1]),
        HistogramRow(-2, "chat", "done", "response", 2, 9, 5, [-1, 70_000], [1, 2**40]),
    ]
    run = open_run(write_run(tmp_path / "run", Wishes(), batch=Batch("r", "w", 0, histograms=histograms)))
    found = read_cells(
        run, {("chat", "response"): ["chat"], ("any", "response"): ["chat", "pay"], ("pay", "step"): ["pay"]}
    )
    chat = [(0, "done", 5, 1), (0, "done", 20, 2), (0, "done", OVERFLOW, 1), (0, "done", OVERFLOW, 2**40)]

    assert rows_of(found["chat", "response"]) == chat
    assert rows_of(found["any", "response"]) == [*chat[:2], (1, "shed", 7, 1), *chat[2:]]
    assert rows_of(found["pay", "step"]) == []
    assert rows_of(found["any", "response"].of(["shed"])) == [(1, "shed", 7, 1)]
