"""Counts, goals and the table of the calibration, and the README's copy."""

from pathlib import Path

from benchmarks.calibration.results import COMMAND, line_of, markdown, missed, read, result_of, write
from benchmarks.calibration.runs import Judged
from reports.verdict import Verdict
from tests.helpers.source_tree import ROOT

RESULT = ROOT / "benchmarks" / "results" / "calibration.json"
FOUND = [
    Judged(Verdict.PASS, False, 3.0),
    *[Judged(Verdict.INCONCLUSIVE, True, 2.0)] * 8,
    Judged(Verdict.FAIL, False, 4.0),
]


def test_shares_are_counted(tmp_path: Path) -> None:
    """The worst line counts, and the file says the same again."""
    result = result_of([line_of(0.0, FOUND), line_of(0.8, FOUND[1:9])], 1)
    write(result, tmp_path / "c.json")

    assert (result.false_pass, result.false_fail, result.coverage) == (0.1, 0.1, {"0": 0.8, "0.8": 1.0})
    assert read(tmp_path / "c.json") == result
    assert "| 0 | 10.0% | 10.0% | 80.0% | 2.0 |" in markdown(result)


def test_every_missed_goal_is_a_sentence() -> None:
    """Wrong too often either way, or an interval that misses the truth."""
    bad, good = result_of([line_of(0.0, FOUND)], 1), result_of([line_of(0.5, FOUND[1:9])], 1)

    assert [sentence.split()[0] for sentence in missed(bad)] == ["10.0%", "10.0%", "at"]
    assert missed(good) == []


def test_the_readme_holds_the_last_result() -> None:
    """The README's table is that of the JSON file."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    assert f"<!-- {COMMAND} -->\n{markdown(read(RESULT))}" in readme
