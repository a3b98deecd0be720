"""A wish is on disk before its first byte: in the run directory, or on the worker's own host until it is there."""

from pathlib import Path

import msgspec
import pytest

from locustfiles.recording.intents import SPOOL_VARIABLE, IntentSpool, leave_token, open_intents, remove_token
from reports.run_record.run_directory import IntentLog
from reports.run_record.schema import IntentRow

RUN = "run-1"


def row(wish: int) -> IntentRow:
    """A wish."""
    return IntentRow(wish, f"k-{wish}", f"u-{wish}", [{"sku": "eggs-30", "quantity": 1}], "groceries", wish * 1000)


def lines(path: Path) -> list[IntentRow]:
    """The rows of a file."""
    return [msgspec.json.decode(line, type=IntentRow) for line in path.read_bytes().splitlines()]


def spool_in(folder: Path) -> IntentSpool:
    """A spool in a folder."""
    return IntentSpool(folder, RUN, "a")


def test_who_sees_the_run_directory_writes_there(tmp_path: Path) -> None:
    """With this run's token before its eyes a worker appends to the run's own log."""
    leave_token(tmp_path, RUN)
    log = open_intents(tmp_path, RUN, "a")
    log.write(row(1))
    log.close()

    assert type(log) is IntentLog
    assert lines(tmp_path / "intents.jsonl") == [row(1)]


@pytest.mark.parametrize(
    ("token", "why"),
    [
        pytest.param(None, "the folder holds no run", id="no token"),
        pytest.param("run-0", "the path is the same, the folder another", id="another run's token"),
    ],
)
def test_a_folder_of_the_same_path_is_not_the_run_directory(tmp_path: Path, token: str | None, why: str) -> None:
    """A path that exists here too proves nothing: the worker spools on its own host and touches nothing there."""
    if token is not None:
        leave_token(tmp_path, token)
    log = open_intents(tmp_path, RUN, "a")
    log.write(row(1))
    log.close()

    assert isinstance(log, IntentSpool), why
    assert not (tmp_path / "intents.jsonl").exists()
    host, _, path = log.place.partition(":")
    assert host
    assert lines(Path(path)) == [row(1)]
    log.discard()
    assert not Path(path).exists()


def test_a_spool_folder_of_the_users_choice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the variable set, the worker spools there whatever it sees; the folder is made."""
    monkeypatch.setenv(SPOOL_VARIABLE, str(tmp_path / "deep" / "spool"))
    leave_token(tmp_path, RUN)
    log = open_intents(tmp_path, RUN, "a")
    log.write(row(1))
    log.close()

    assert lines(tmp_path / "deep" / "spool" / "run-1-a.jsonl") == [row(1)]


def test_rows_are_taken_once(tmp_path: Path) -> None:
    """Each row goes with one batch; the file keeps all of them until it is discarded."""
    spool = spool_in(tmp_path)
    spool.write(row(1))
    first = spool.take()
    spool.write(row(2))
    spool.write(row(3))

    assert (first, spool.take(), spool.take()) == ([row(1)], [row(2), row(3)], [])
    assert lines(tmp_path / "run-1-a.jsonl") == [row(1), row(2), row(3)]
    spool.close()


def test_the_token_goes(tmp_path: Path) -> None:
    """A run that has begun leaves no token behind, and removing it twice does nothing."""
    leave_token(tmp_path, RUN)
    remove_token(tmp_path)
    remove_token(tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A spool that cannot be made is an OSError, which the worker tells its master."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv(SPOOL_VARIABLE, str(tmp_path / "file" / "spool"))

    with pytest.raises(OSError, match="Not a directory"):
        open_intents(tmp_path, RUN, "a")
