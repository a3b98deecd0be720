"""Files of recorded arrivals and of rates: what they become, and the line of every mistake."""

from hashlib import sha256
from pathlib import Path

import pytest

from locustfiles.arrivals.number_table import TableError
from locustfiles.arrivals.trace_files import read_rates, read_recording


def file(folder: Path, text: str) -> Path:
    """A file with this text."""
    path = folder / "seen.csv"
    path.write_text(text)
    return path


def test_a_recording(tmp_path: Path) -> None:
    """Arrivals are kept to the microsecond, beside the file's name and hash."""
    path = file(tmp_path, "arrival_s,user\n0.000001,a\n0.3,b\n0.3,c\n1234567.8901234,d\n")
    read = read_recording(path)

    assert read.schedule.intended_us.tolist() == [1, 300_000, 300_000, 1_234_567_890_123]
    assert (read.name, read.sha256) == ("seen.csv", sha256(path.read_bytes()).hexdigest())


def test_a_file_that_changed_is_read_again(tmp_path: Path) -> None:
    """An unchanged file is read once, a changed one anew."""
    path = file(tmp_path, "1\n")
    once = read_recording(path)

    assert read_recording(path) is once
    path.write_text("1\n2\n")
    assert len(read_recording(path).schedule.intended_us) == 2


def test_rates(tmp_path: Path) -> None:
    """Points are joined by straight lines; two at one time are a jump, and nothing is offered before the first."""
    curve = read_rates(file(tmp_path, "t_s,rate_per_s\n2,10\n4,30\n4,5\n6,5\n"))

    assert [(s.start_s, s.end_s, s.start_per_s, s.end_per_s) for s in curve.segments] == [
        (0, 2, 0, 0),
        (2, 4, 10, 30),
        (4, 6, 5, 5),
    ]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        pytest.param("0.5\n\n0.25\n", "Line 3 goes back in time: 0.25 s follows 0.5 s; sort the file.", id="unsorted"),
        pytest.param(
            "1770363000\n", "Line 1 puts its arrival at 1770363000 s; times are seconds from the start", id="a date"
        ),
    ],
)
def test_mistakes_in_a_recording(tmp_path: Path, text: str, sentence: str) -> None:
    """What goes back in time or is a date is told with its line."""
    with pytest.raises(TableError, match=sentence):
        read_recording(file(tmp_path, text))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        pytest.param("0,1\n5,1\n4,1\n", "Line 3 goes back in time: 4 s follows 5 s", id="unsorted"),
        pytest.param("0,1\n", "needs two points at different times", id="a single point"),
        pytest.param(
            "0,1\n1,1\n1,2\n1,3\n", "at most two points at one time, but more at 1.0 s", id="a third at one time"
        ),
        pytest.param("0,1e308\n9,1e308\n", "finite number of arrivals", id="endless"),
    ],
)
def test_mistakes_in_rates(tmp_path: Path, text: str, sentence: str) -> None:
    """What makes no curve is told."""
    with pytest.raises(TableError, match=sentence):
        read_rates(file(tmp_path, text))


def test_no_file(tmp_path: Path) -> None:
    """A file that is not there is told."""
    with pytest.raises(TableError, match=r"cannot be read \(No such file or directory\)"):
        read_recording(tmp_path / "none.csv")
