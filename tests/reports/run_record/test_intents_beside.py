"""The times of a long log, read by another process, are those that are read here."""

import io
import sys
from pathlib import Path

import numpy as np
import pytest

from reports.run_record import intents_beside
from reports.run_record.intent_log import IntentTimes, read_times
from reports.run_record.intents_beside import TimesBeside, main

LINE = b'{"wish":%d,"idempotency_key":"k","user_id":"u","items":[],"vertical":"v","intended_us":%d}\n'
CONTENT = b"".join(LINE % (wish, 2**40 + wish) for wish in range(3_000)) + b"garbled\n" + LINE % (9, 9)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A log with a line that is none."""
    path = tmp_path / "intents.jsonl"
    path.write_bytes(CONTENT)
    return path


def same(one: IntentTimes, other: IntentTimes) -> bool:
    """Whether both hold the same numbers in the same types."""
    pairs = ((one.wish, other.wish), (one.intended_us, other.intended_us))
    return all(mine.dtype == its.dtype and np.array_equal(mine, its) for mine, its in pairs)


@pytest.mark.parametrize("least", [0, 1 << 30], ids=["by another process", "here"])
def test_the_times_and_the_sentences_are_the_same(log: Path, least: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever reads them."""
    monkeypatch.setattr(intents_beside, "LONG_BYTES", least)
    expected: list[str] = []
    told: list[str] = []
    times = read_times(log, expected.append)
    beside = TimesBeside(log)
    try:
        assert same(beside.result(told.append), times)
    finally:
        beside.stop()
    assert told == expected == ["intents.jsonl is cut or garbled at line 3001"]


def test_a_helper_that_fails_is_replaced(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no process can be begun, or it dies, the log is read here."""
    monkeypatch.setattr(intents_beside, "LONG_BYTES", 0)
    told: list[str] = []
    for interpreter in ("/nowhere/python", "/bin/false"):
        monkeypatch.setattr(sys, "executable", interpreter)
        beside = TimesBeside(log)
        assert len(beside.result(told.append).wish) == 3_001
        beside.stop()
        beside.stop()


def test_a_log_that_is_missing_is_an_error(tmp_path: Path) -> None:
    """As of a log that is read here."""
    told: list[str] = []
    with pytest.raises(OSError, match="none"):
        TimesBeside(tmp_path / "none").result(told.append)


def test_what_the_helper_writes_is_read_back(log: Path) -> None:
    """Two arrays, then the sentences."""
    out = io.BytesIO()
    main(log, out)
    out.seek(0)

    assert (len(np.load(out)), int(np.load(out)[-1])) == (3_001, 9)
    assert out.read() == b'["intents.jsonl is cut or garbled at line 3001"]'
