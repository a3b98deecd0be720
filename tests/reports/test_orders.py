"""Wishes as kinds say the same as wishes one by one."""

from pathlib import Path

import msgspec
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from reports import orders as module
from reports.orders import KIND_COLUMNS, Orders
from reports.run_record.histogram import buckets_of
from reports.run_record.run_directory import open_run
from reports.timeline import Timeline
from tests.helpers.synthetic_run import Wishes, batch_of, write_run

KINDS = pd.DataFrame(
    [
        ("confirmed", "", "pay", "tea", True, True, True, True),
        ("shed", "reset", "chat", "tea", False, False, False, False),
    ],
    columns=list(KIND_COLUMNS),
)


def orders() -> Orders:
    """Four wishes of three seconds."""
    one = np.array([1, 1, 1, 1], dtype=np.int8)
    return Orders(
        np.array([0, 2, 2, 2], np.int32), np.array([900, 5, 7, -1], np.int32), one, one, np.array([0, 0, 1, 0]), KINDS
    )


@pytest.mark.parametrize("most", [1 << 23, 1], ids=["from a table", "row by row"])
def test_kinds_are_counted_by_second(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Over at least the seconds that are asked for."""
    monkeypatch.setattr(module, "_MOST_COUNTS", most)

    assert orders().by_second(np.array([True, False]), 5).tolist() == [1, 0, 2, 0, 0]
    assert orders().by_second(np.array([True, True]), 1).tolist() == [1, 0, 3]
    assert orders().by_outcome() == {"confirmed": 3, "shed": 1}


@pytest.mark.parametrize("most", [1 << 23, 5, 1], ids=["from the table", "in one pass", "label by label"])
def test_labels_are_counted_by_second(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every kind has one of the labels; each has a row, also one that no kind has."""
    monkeypatch.setattr(module, "_MOST_COUNTS", most)

    assert orders().by_second_and_label(np.array([1, 0]), 3, 5).tolist() == [
        [0, 0, 1, 0, 0], [1, 0, 2, 0, 0], [0, 0, 0, 0, 0],
    ]  # fmt: skip
    assert orders().by_second_and_label(np.array([0, 0]), 1, 1).tolist() == [[1, 0, 3]]


def test_buckets_are_those_of_the_times() -> None:
    """A wish without a time is in the first."""
    assert orders().buckets.tolist() == buckets_of(np.array([900, 5, 7, 0])).tolist()


def test_ghosts_are_kinds_of_their_own() -> None:
    """What was dropped or never ended has its second, no time and no request; without any nothing is copied."""
    alone = orders()
    both = alone.with_ghosts({"dropped": np.array([0, 2]), "in_flight": np.array([1, 0])})

    assert alone.with_ghosts({"dropped": np.zeros(3, dtype=int)}) is alone
    assert both.second.tolist() == [0, 2, 2, 2, 1, 1, 0]
    assert both.kinds["outcome"][both.kind].tolist()[4:] == ["dropped", "dropped", "in_flight"]
    assert (both.intent_us[4:].tolist(), both.requests[4:].tolist()) == ([-1, -1, -1], [0, 0, 0])
    assert both.are_ghosts.tolist() == [False, False, True, True]


def test_a_run_s_wishes_keep_their_words(tmp_path: Path) -> None:
    """Each row's kind has the columns of its purchase row."""
    truth = Wishes(rates=((3, 10.0),))
    batch = batch_of(truth)
    batch.purchases = [msgspec.structs.replace(row, returning=row.wish % 3 == 0) for row in batch.purchases]
    found = Timeline(open_run(write_run(tmp_path / "run", truth, batch=batch))).orders

    rows = [tuple(getattr(row, name) for name in KIND_COLUMNS) for row in batch.purchases]
    assert [*found.kinds.iloc[found.kind].itertuples(index=False, name=None)] == rows


def test_a_record_without_the_last_column(tmp_path: Path) -> None:
    """Purchases that were written before shoppers returned are read whole, each by a shopper who does not."""
    run = write_run(tmp_path / "run", Wishes(rates=((3, 10.0),)))
    path = run / "purchases.arrows"
    with pa.ipc.open_stream(path.read_bytes()) as stream:
        older = stream.read_all().drop_columns(["returning"])
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, older.schema) as stream:
        stream.write_table(older)
    read = open_run(run)
    found = Timeline(read).orders

    assert (len(found), found.by_outcome()) == (30, {"confirmed": 30})
    assert found.kinds["returning"].tolist() == [False]
    assert read.truncated == []
