"""Kinds of rows, numbered over the parts of a stream."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.run_record import alike as module
from reports.run_record.alike import KIND, Alike, read_alike
from reports.run_record.projection import Words

ROWS = st.lists(st.tuples(st.sampled_from("abc"), st.booleans(), st.sampled_from(["", "x"])), min_size=1, max_size=30)


def columns_of(rows: list[tuple[str, bool, str]]) -> list[np.ndarray | Words]:
    """Rows as columns; words in the order in which each part happens to have them."""
    first, flags, last = zip(*rows, strict=True)
    words = [sorted(set(column)) for column in (first, last)]
    codes = [
        np.array([known.index(word) for word in column]) for known, column in zip(words, (first, last), strict=True)
    ]
    return [Words(codes[0], words[0]), np.array(flags), Words(codes[1], words[1])]


@given(st.lists(ROWS, max_size=4))
@pytest.mark.parametrize(("table", "most"), [(1 << 18, 1 << 40), (0, 1)], ids=["by a table", "by sorting"])
def test_a_row_s_kind_is_the_row(table: int, most: int, parts: list[list[tuple[str, bool, str]]]) -> None:
    """Looked up again, a kind gives the row; equal rows are of one kind, over all parts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_TABLE_KEYS", table)
        patch.setattr(module, "_MOST_KEYS", most)
        kinds = Alike(["first", "flag", "last"])
        found = [kind for part in parts for kind in kinds.add(columns_of(part)).tolist()]
    rows = [row for part in parts for row in part]
    columns = [np.asarray(column).tolist() for column in kinds.columns().values()]

    assert [tuple(column[kind] for column in columns) for kind in found] == rows
    assert len(set(found)) == len(set(rows))


def test_a_stream_is_read_with_its_kinds(tmp_path: Path) -> None:
    """Over more batches than a part has; a column that it lacks is as told; a cut stream gives its whole batches and a sentence."""
    schema = pa.schema([("n", pa.int64()), ("word", pa.string()), ("ok", pa.bool_())])
    path = tmp_path / "t.arrows"
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, schema) as stream:
        for number in range(300):
            batch = {"n": [number, 7], "word": [f"word-{number % 3}", "same"], "ok": [True, False]}
            stream.write_batch(pa.RecordBatch.from_pydict(batch, schema=schema))
    rows, kinds, cut = read_alike(path, ["n"], ["word", "ok"])
    kind, words = np.asarray(rows[KIND]), np.asarray(kinds["word"])

    assert cut == ""
    assert np.asarray(rows["n"]).tolist() == [each for number in range(300) for each in (number, 7)]
    assert words[kind].tolist() == [each for number in range(300) for each in (f"word-{number % 3}", "same")]
    assert np.asarray(kinds["ok"])[kind].tolist() == [True, False] * 300

    rows, kinds, _ = read_alike(path, ["n"], ["later", "ok"], {"later": False, "ok": True})
    assert np.asarray(kinds["ok"])[np.asarray(rows[KIND])].tolist() == [True, False] * 300
    assert np.asarray(kinds["later"]).tolist() == [False, False]
    with pytest.raises(OSError, match="holds no readable table"):
        read_alike(path, ["n"], ["later"])

    path.write_bytes(path.read_bytes()[:-20])
    assert "t.arrows is cut" in read_alike(path, ["n"], ["word", "ok"])[2]
