"""The result of the reports' benchmark: its goals and its file."""

import json
from pathlib import Path

import msgspec

from benchmarks.reports.results import Result, missed, write

GOOD = Result(9.0, 900.0, 12.0, 3, 15.0, 4.2, 10_000_000, 32_400, 5_700.0, 40.0, "m", "2026-02-06")


def test_the_file_has_the_goals_figures(tmp_path: Path) -> None:
    """Under the names that the goals are checked by."""
    write(GOOD, tmp_path / "results" / "reports.json")
    told = json.loads((tmp_path / "results" / "reports.json").read_bytes())
    names = ("gate_s", "gate_rss_mb", "render_s", "page_mb", "machine", "date")

    assert [told[name] for name in names] == [9.0, 900.0, 15.0, 4.2, "m", "2026-02-06"]


def test_every_missed_goal_is_a_sentence() -> None:
    """Too slow, too large, and what was not measured; nothing when all is well."""
    bad = msgspec.structs.replace(GOOD, gate_s=11.0, gate_rss_mb=1500.0, render_s=30.0, page_mb=6.0)

    assert missed(GOOD) == []
    assert [sentence[:8] for sentence in missed(bad)] == ["the gate", "the gate", "the page", "the page"]
    assert missed(msgspec.structs.replace(GOOD, render_s=None, page_mb=None)) == ["the page was not measured"]
