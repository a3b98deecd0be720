"""CSV files of numbers: which are read, and which line is named when one is not."""

from pathlib import Path

import pytest

from locustfiles.arrivals.number_table import TableError, read_table

NAMES = ("t_s", "rate_per_s")


def table(folder: Path, text: str | bytes, *, most: int = 100) -> tuple[list[list[float]], list[int]]:
    """The rows and lines of a file with this content."""
    path = folder / "table.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    read = read_table(path, NAMES, most=most)
    return read.values.tolist(), read.lines.tolist()


@pytest.mark.parametrize(
    ("text", "rows", "lines"),
    [
        pytest.param("0,1\n2,3\n", [[0, 1], [2, 3]], [1, 2], id="no header"),
        pytest.param("t_s,rate_per_s\n0,1\n", [[0, 1]], [2], id="a header"),
        pytest.param(
            "rate_per_s,who, t_s \n5,me,0.5\n6,,1e1\n", [[0.5, 5], [10, 6]], [2, 3], id="in any order, among others"
        ),
        pytest.param(
            "\r\n0,1\r\n\r\n2,3", [[0, 1], [2, 3]], [2, 4], id="empty lines, ends of another system, none at the end"
        ),
        pytest.param("\ufefft_s,rate_per_s\n0,1\n", [[0, 1]], [2], id="a byte order mark"),
        pytest.param('"t_s","rate_per_s","a\nb"\n"0","1",""\n', [[0, 1]], [3], id="quoted, over two lines"),
    ],
)
def test_tables(tmp_path: Path, text: str, rows: list[list[float]], lines: list[int]) -> None:
    """Columns are found by their header or by their place, and every row knows its line."""
    assert table(tmp_path, text) == (rows, lines)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        pytest.param("", "The file holds no row; give lines of t_s,rate_per_s.", id="nothing"),
        pytest.param("t_s,rate_per_s\n\n", "The file holds no row; give lines of t_s,rate_per_s.", id="a header only"),
        pytest.param(
            "0,1\n0,-1\n", "Line 2 holds '-1' for rate_per_s, which is a finite number from 0 on.", id="below 0"
        ),
        pytest.param("0,1\nnan,1\n", "Line 2 holds 'nan' for t_s, which", id="no number"),
        pytest.param("0,1\n0,inf\n", "Line 2 holds 'inf' for rate_per_s, which", id="no end"),
        pytest.param("0,1\n0,much\n", "Line 2 holds 'much' for rate_per_s, which", id="a word"),
        pytest.param("0,1\n0," + "9x" * 400 + "\n", "...' for rate_per_s, which", id="a long word"),
        pytest.param(
            "0,1,2\n", "Line 1 has 3 columns where t_s,rate_per_s is expected; name them in a header.", id="too many"
        ),
        pytest.param("0,1\n2\n", "Line 2 ends before its rate_per_s.", id="too few"),
        pytest.param("time,rate_per_s\n0,1\n", "Line 1 has no column t_s: 'time,rate_per_s'.", id="no such column"),
        pytest.param("t_s,t_s,rate_per_s\n", "Line 1 has more than one column t_s:", id="twice the same column"),
        pytest.param("0,1\n" * 101, "Line 101 is one too many: at most 100 rows are taken.", id="too long"),
        pytest.param(b"0,1\n\xff\xfe\n", "The file is no text in UTF-8; give a CSV file.", id="no text"),
        pytest.param(
            "7" * 200_000, "Line 1 has 1 columns where t_s,rate_per_s is expected", id="a line without an end"
        ),
        pytest.param('0,"1\n', "The file is no CSV file (unexpected end of data).", id="an open quote"),
    ],
)
def test_mistakes(tmp_path: Path, text: str | bytes, sentence: str) -> None:
    """What is no table of numbers from 0 on is told in a short sentence, with the line where there is one."""
    with pytest.raises(TableError) as raised:
        table(tmp_path, text)

    assert sentence in str(raised.value)
    assert len(str(raised.value)) < 120


def test_no_file(tmp_path: Path) -> None:
    """Neither a folder nor a device is read."""
    for path in (tmp_path, Path("/dev/zero")):
        with pytest.raises(TableError, match="It is not a file; give a CSV file"):
            read_table(path, NAMES, most=1)
