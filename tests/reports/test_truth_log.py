"""The target's own account dates the true onset, and is compared with the estimate."""

from pathlib import Path

import msgspec
import pytest

from reports.run_record.run_directory import RunError
from reports.truth_log import TruthComparison, TruthRow, compare, read_truth, true_onset

STARTED_S = 1_770_363_000
STARTED_UNIX_NS = STARTED_S * 10**9 + 250_000_000
"""The run began a quarter of a second into a wall-clock second."""


def row(second: int, refused: int = 0, *, at: float = 0.5, arrived: int = 100, overflowed: int = 0) -> TruthRow:
    """One second of the door, whose first refusal came ``at`` of it."""
    first = (STARTED_S + second) * 10**9 + int(at * 10**9) if refused or overflowed else None
    return TruthRow(STARTED_S + second, arrived, refused - refused // 2, refused // 2, overflowed, first)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param([row(n) for n in range(60)], None, id="nobody was turned away"),
        pytest.param([], None, id="the door saw nobody"),
        pytest.param([row(n, 0 if n < 15 else 60, at=0.97) for n in range(60)], 15.72, id="refused from a second on"),
        pytest.param(
            [row(n, 1 if n == 5 else 0) for n in range(60)], None, id="a lone refusal of a thousand is tolerated"
        ),
        pytest.param([row(n, 2 if n == 5 else 0) for n in range(60)], 5.25, id="two of a thousand are not"),
        pytest.param(
            [row(n, 1 if n in (5, 40, 41) else 0) for n in range(60)], 40.25, id="the window begins at the refusal"
        ),
        pytest.param(
            [row(n, 1 if n in (5, 15) else 0) for n in range(60)], None, id="the eleventh second is not in it"
        ),
        pytest.param([row(5, 1), row(400, 1)], 5.25, id="seconds in which the door saw nobody do not count"),
        pytest.param([row(n, overflowed=n // 20) for n in range(60)], 20.25, id="an overflow is a refusal too"),
        pytest.param(
            [row(-1, 50), row(0), row(1), row(30, 50)], 30.25, id="what happened before the run is not its own"
        ),
        pytest.param([row(0, 50, at=0.75)], 0.5, id="the run's first second is"),
    ],
)
def test_when_the_door_began_to_refuse(rows: list[TruthRow], expected: float | None) -> None:
    """The true onset is the first refusal from which on, over ten seconds, more than the tolerated share was turned away."""
    onset = true_onset(rows, STARTED_UNIX_NS, 0.001)

    assert onset == (None if expected is None else pytest.approx(expected))


@pytest.mark.parametrize(
    ("refused_from", "estimated", "expected"),
    [
        pytest.param(15, 15, TruthComparison(15.25, 15, -0.25), id="the second in which it lies"),
        pytest.param(15, 18, TruthComparison(15.25, 18, 2.75), id="late"),
        pytest.param(99, 18, TruthComparison(None, 18, None), id="a false alarm"),
        pytest.param(15, None, TruthComparison(15.25, None, None), id="a miss"),
        pytest.param(99, None, TruthComparison(None, None, None), id="both say never"),
    ],
)
def test_truth_and_estimate_side_by_side(refused_from: int, estimated: int | None, expected: TruthComparison) -> None:
    """The difference is the estimate minus the truth, and unknown when either is."""
    rows = [row(n, 0 if n < refused_from else 60) for n in range(60)]

    assert compare(rows, started_unix_ns=STARTED_UNIX_NS, tolerated_share=0.001, estimated_second=estimated) == expected


def test_a_truth_log_is_read_in_order_of_time(tmp_path: Path) -> None:
    """Lines of several processes are sorted, fields that are not needed are passed over, a cut last line is left out."""
    lines = [msgspec.json.encode(row(n, n)) for n in (3, 1, 2)]
    more = lines[0][:-1] + b',"in_system":4,"queue_wait_max_ms":1.5}'
    (tmp_path / "truth.jsonl").write_bytes(b"\n".join([more, *lines[1:], lines[0][:20]]))

    assert [one.second_unix - STARTED_S for one in read_truth(tmp_path / "truth.jsonl")] == [1, 2, 3]


def test_the_account_of_another_station_is_passed_over(tmp_path: Path) -> None:
    """A log may hold the rows of stations behind the first door; the onset is of the first door alone."""
    lines = [msgspec.json.encode(row(n, n)) for n in (1, 2)]
    other = msgspec.json.encode(msgspec.structs.replace(row(3, 3), station="payment"))
    (tmp_path / "truth.jsonl").write_bytes(b"\n".join([other, *lines, b""]))

    assert [one.second_unix - STARTED_S for one in read_truth(tmp_path / "truth.jsonl")] == [1, 2]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        pytest.param(None, "cannot be read: No such file or directory. Give the file with --truth.", id="no file"),
        pytest.param(b'{"second_unix": 1}\n', "is not readable at line 1", id="a field is missing"),
        pytest.param(b"\xff\xfe\n", "is not readable at line 1", id="no JSON"),
    ],
)
def test_a_log_that_is_none_is_said(tmp_path: Path, content: bytes | None, says: str) -> None:
    """What is no truth log is told in one sentence."""
    path = tmp_path / "truth.jsonl"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(RunError, match=f"The truth log {path} {says}"):
        read_truth(path)
