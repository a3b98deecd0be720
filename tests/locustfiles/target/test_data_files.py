"""Files of data: bounded, read by line, and wrong lines are told by their numbers."""

from pathlib import Path

import pytest

from locustfiles.target.data_files import DataError, csv_lines, json_lines, read_bytes, read_lines


def test_lines_have_numbers() -> None:
    """Blank lines are passed over and counted, a byte order mark too, and empty columns are left out."""
    assert list(json_lines(b'\xef\xbb\xbf{"a":1}\r\n\n[2]')) == [(1, {"a": 1}), (3, [2])]
    assert list(csv_lines(b"\xef\xbb\xbfa,b\n1,\n2,3\n")) == [(2, {"a": "1"}), (3, {"a": "2", "b": "3"})]


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        pytest.param(json_lines(b"{}\n{x\n"), "f line 2: it is not a JSON value in UTF-8", id="no JSON"),
        pytest.param(json_lines(b"\xff\xfe"), "f line 1: it is not a JSON value in UTF-8", id="no UTF-8"),
        pytest.param(json_lines(b"[" * 9999), "f line 1: it is not a JSON value", id="a deep hole"),
        pytest.param(json_lines(b"x\n" * 8), "line 5: .*; and 3 more lines are wrong", id="many"),
        pytest.param(json_lines(b"\n\n"), "f has no lines", id="nothing"),
        pytest.param(json_lines(b"1\n" * 4), "f has more than 3 lines", id="too many"),
        pytest.param(csv_lines(b"a,b\n1\n"), "f line 2: it has not as many fields", id="a short row"),
        pytest.param(csv_lines(b"a,b\n1,2,3\n"), "f line 2: it has not as many fields", id="a long row"),
        pytest.param(csv_lines(b"\xff"), "f line 1: it is not UTF-8 text", id="no text"),
        pytest.param(csv_lines(b'a\n"x'), "it is no CSV", id="an open quotation"),
    ],
)
def test_mistakes(lines, sentence: str) -> None:
    """What is wrong with a file is one sentence that names the lines."""
    with pytest.raises(DataError, match=sentence):
        read_lines("f", lines, lambda value: value, most=3)


def test_bounds(tmp_path: Path) -> None:
    """A file beyond the bound, or none, is refused by name."""
    (tmp_path / "big").write_bytes(b"x" * 11)

    assert read_bytes(tmp_path / "big", most=11) == b"x" * 11
    with pytest.raises(DataError, match="big has more than 10 bytes"):
        read_bytes(tmp_path / "big", most=10)
    with pytest.raises(DataError, match=r"none cannot be read \(No such file or directory\)"):
        read_bytes(tmp_path / "none", most=10)
