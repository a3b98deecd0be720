"""Load ends by a file that appears or by a window that closes, and what cannot be looked at counts as there."""

from pathlib import Path

import gevent
import pytest

from locustfiles.session.stop_file import (
    LAST_REQUESTS_S,
    STOPPED,
    WINDOW_CLOSED,
    is_there,
    stop_file_mistake,
    watch,
    why_to_end,
)

NS = 1_000_000_000
CLOSES_NS = 100 * NS
LAST_NS = int(LAST_REQUESTS_S * NS)


def test_what_counts_as_there(tmp_path: Path) -> None:
    """A file, a folder and a link to nowhere are there; a missing name is not, and a name that cannot be looked at is."""
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")

    assert [is_there(tmp_path / name) for name in ("file", "folder", "link")] == [True, True, True]
    assert not is_there(tmp_path / "none")
    assert not is_there(tmp_path / "file" / "below")
    assert is_there(tmp_path / ("x" * 5000))
    assert is_there(Path("with\0zero"))


def test_before_the_start(tmp_path: Path) -> None:
    """A run does not start when its stop file is there, nor when nobody could put it there."""
    path = tmp_path / "stop"
    assert stop_file_mistake(path) == ""
    assert "does not exist" in stop_file_mistake(tmp_path / "none" / "stop")
    path.touch()
    assert (
        stop_file_mistake(path)
        == f"The stop file {path} is there, so nothing is loaded; remove it, or leave --stop-file out."
    )


@pytest.mark.parametrize(
    ("closes_ns", "now_ns", "why"),
    [
        pytest.param(None, 10**30, "", id="no window"),
        pytest.param(CLOSES_NS, CLOSES_NS - LAST_NS - 1, "", id="before the last requests"),
        pytest.param(
            CLOSES_NS, CLOSES_NS - LAST_NS, WINDOW_CLOSED, id="so early that the last requests are out in time"
        ),
        pytest.param(CLOSES_NS, CLOSES_NS + NS, WINDOW_CLOSED, id="after it"),
    ],
)
def test_why(tmp_path: Path, closes_ns: int | None, now_ns: int, why: str) -> None:
    """The window ends the load by the clock, the file by being there."""
    path = tmp_path / "stop"
    assert why_to_end(None, closes_ns, now_ns) == why
    assert why_to_end(path, closes_ns, now_ns) == why
    path.touch()
    assert why_to_end(path, closes_ns, now_ns) == why or STOPPED


def test_watching_for_the_file(tmp_path: Path) -> None:
    """Whoever watches is told once, soon after the file has appeared."""
    told: list[str] = []
    watcher = watch(tmp_path / "stop", None, told.append)
    assert watcher is not None
    gevent.sleep(0)
    assert told == []
    (tmp_path / "stop").symlink_to("nowhere")
    watcher.join(10)

    assert told == [STOPPED]


def test_watching_the_clock() -> None:
    """The window closes by the clock that is given."""
    told: list[str] = []
    watcher = watch(None, CLOSES_NS, told.append, clock=iter([0, CLOSES_NS]).__next__)
    assert watcher is not None
    watcher.join(10)

    assert told == [WINDOW_CLOSED]


def test_nothing_to_watch() -> None:
    """Without file and window nobody watches."""
    assert watch(None, None, lambda _why: None) is None
