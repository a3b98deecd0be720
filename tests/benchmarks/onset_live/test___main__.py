"""The runs go on where they were ended."""

import pytest

from benchmarks.onset_live.__main__ import chosen, main
from benchmarks.onset_live.live_table import markdown
from benchmarks.onset_live.results import RESULT, Result, Row, read

DONE = Result([Row("AIMD", "soft", "jump", 1, "refused", 12, 12.6, 132.0, 60.0)])


@pytest.mark.parametrize(
    ("only", "again", "loads"),
    [
        pytest.param("AIMD, soft", False, ["ramp", "stairs", "to spare"], id="what has no row"),
        pytest.param("AIMD, soft", True, ["jump", "ramp", "stairs", "to spare"], id="all of them again"),
        pytest.param("AIMD, softly", False, [], id="no such case"),
    ],
)
def test_only_what_is_missing_is_run(only: str, again: bool, loads: list[str]) -> None:
    """A case with a row is left out unless it is asked for."""
    assert [case.load for case in chosen(DONE, only, again=again)] == loads


def test_everything_is_run_at_first() -> None:
    """Without a result all thirty-four are due."""
    assert len(chosen(Result(), "", again=False)) == 34


def test_the_table_alone(capsys: pytest.CaptureFixture[str]) -> None:
    """--table prints what has been measured and runs nothing."""
    main(["--table"])

    assert capsys.readouterr().out == markdown(read(RESULT))
