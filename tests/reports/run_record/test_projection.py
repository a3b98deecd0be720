"""Columns read part by part are the columns of the whole table."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.run_record.projection import Growing, Scan, Words, read_columns, small


def written(path: Path, batches: list[dict[str, list[object]]], *, cut: int = 0) -> Path:
    """A stream of these batches, without its last ``cut`` bytes."""
    schema = pa.schema([("second", pa.int64()), ("step", pa.string()), ("ok", pa.bool_()), ("sum_us", pa.int64())])
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, schema) as stream:
        for batch in batches:
            stream.write_batch(pa.RecordBatch.from_pydict(batch, schema=schema))
    content = path.read_bytes()
    path.write_bytes(content[: len(content) - cut])
    return path


def batch(first: int, n: int = 3) -> dict[str, list[object]]:
    """A batch of n rows."""
    seconds = range(first, first + n)
    steps = [f"step-{second % 200}" for second in seconds]
    return {"second": [*seconds], "step": [*steps], "ok": [True] * n, "sum_us": [5] * n}


def test_columns_are_those_of_the_table(tmp_path: Path) -> None:
    """Over more batches than a part has, and more words than a byte has places."""
    path = written(tmp_path / "t.arrows", [batch(3 * number) for number in range(300)])
    columns, cut = read_columns(path, ["step", "second"])
    steps = columns["step"]

    assert cut == ""
    assert list(columns) == ["step", "second"]
    assert np.asarray(columns["second"]).tolist() == list(range(900))
    assert isinstance(steps, Words)
    assert [steps.words[code] for code in steps.codes] == [f"step-{second % 200}" for second in range(900)]


def test_numbers_are_small_where_all_fit(tmp_path: Path) -> None:
    """A number that needs 64 bits keeps its column wide, also when it comes late; sums stay wide."""
    columns, _ = read_columns(written(tmp_path / "t.arrows", [batch(0), batch(2**40)] * 200))
    seconds = np.asarray(columns["second"])

    assert seconds.dtype == np.int64
    assert (int(seconds[0]), int(seconds[-1])) == (0, 2**40 + 2)
    assert np.asarray(columns["sum_us"]).dtype == np.int64
    assert np.asarray(read_columns(written(tmp_path / "s.arrows", [batch(0)]))[0]["second"]).dtype == np.int32


@pytest.mark.parametrize("cut", [1, 100, 200])
def test_a_cut_stream_gives_its_whole_batches(tmp_path: Path, cut: int) -> None:
    """What is whole is read, and a sentence tells the rest."""
    columns, sentence = read_columns(written(tmp_path / "t.arrows", [batch(0), batch(3)], cut=9 + cut), ["second"])

    assert np.asarray(columns["second"]).tolist() == [0, 1, 2]
    assert "t.arrows is cut" in sentence


@pytest.mark.parametrize("content", [b"", b"no table", None])
def test_what_is_no_table_is_told(tmp_path: Path, content: bytes | None) -> None:
    """An empty file, another one and none at all are an OSError."""
    if content is not None:
        (tmp_path / "t.arrows").write_bytes(content)
    with pytest.raises(OSError, match=r"t\.arrows"):
        Scan(tmp_path / "t.arrows")


def test_a_column_that_is_missing_is_told(tmp_path: Path) -> None:
    """A table of another make is not read as one of ours."""
    with pytest.raises(OSError, match="holds no readable table"):
        read_columns(written(tmp_path / "t.arrows", [batch(0)]), ["second", "reason"])


@given(st.lists(st.lists(st.integers(-(2**63), 2**63 - 1), max_size=5), max_size=8))
def test_growing_is_joining(pieces: list[list[int]]) -> None:
    """Any pieces, small or wide, come out one after the other."""
    growing = Growing()
    for piece in pieces:
        growing.add(small(np.array(piece, dtype=np.int64)))

    assert growing.values().tolist() == [value for piece in pieces for value in piece]
