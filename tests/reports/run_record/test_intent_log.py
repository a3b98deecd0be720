"""The write-ahead log, whole or only its times: the same wishes, the same sentences about what is garbled."""

from pathlib import Path

import numpy as np
import pytest

from reports.run_record.intent_log import IntentTimes, read_intents, read_times


def line(wish: int, due_us: int = 7) -> bytes:
    """A row as generators write it."""
    return (
        b'{"wish":%d,"idempotency_key":"k","user_id":"u","items":[{"sku":"tea","quantity":2}],"vertical":"v","intended_us":%d}\n'
        % (wish, due_us)
    )


def test_both_readers_see_the_same(tmp_path: Path) -> None:
    """Over more lines than are decoded at once."""
    log = tmp_path / "intents.jsonl"
    log.write_bytes(b"".join(line(wish, 10 * wish) for wish in range(5_000)))
    told: list[str] = []
    rows, times = read_intents(log, told.append), read_times(log, told.append)

    assert told == []
    assert times.wish.tolist() == [row.wish for row in rows] == list(range(5_000))
    assert times.intended_us.tolist() == [row.intended_us for row in rows]


@pytest.mark.parametrize(
    ("content", "wishes", "numbers"),
    [
        pytest.param(line(0) + line(1)[:40], [0], [2], id="a cut last line"),
        pytest.param(line(0) + b"\x00\x01\n" + line(2), [0, 2], [2], id="a garbled line between"),
        pytest.param(line(0) * 4_000 + b"[]\n" + line(2), [0] * 4_000 + [2], [4_001], id="far into the file"),
        pytest.param(line(2**70), [], [1], id="a number that no integer of ours holds"),
        pytest.param(b"", [], [], id="an empty log"),
        pytest.param(line(5).rstrip(), [5], [], id="a last line without its end"),
    ],
)
def test_what_is_garbled_is_left_out_and_told(
    tmp_path: Path, content: bytes, wishes: list[int], numbers: list[int]
) -> None:
    """By the number of its line."""
    log = tmp_path / "log"
    log.write_bytes(content)
    told: list[str] = []
    times = read_times(log, told.append)

    assert times.wish.tolist() == wishes
    assert told == [f"log is cut or garbled at line {number}" for number in numbers]


def test_a_worker_s_copy_adds_what_is_new() -> None:
    """A wish that is known already keeps its own time."""
    mine, its = (IntentTimes(np.array(wish), np.array(due)) for wish, due in (([1, 2], [10, 20]), ([2, 3], [99, 30])))
    both = mine.with_unknown_of(its)

    assert (both.wish.tolist(), both.intended_us.tolist()) == ([1, 2, 3], [10, 20, 30])
