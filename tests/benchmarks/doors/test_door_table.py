"""The comparison as Markdown and as a drawing, and the README's copy."""

import xml.etree.ElementTree as ET

import pytest

from benchmarks.doors.__main__ import DRAWING, RESULT
from benchmarks.doors.door_table import BEGIN, END, drawing, markdown, pasted
from benchmarks.doors.results import Line, Result, read
from tests.helpers.source_tree import ROOT

TWO = Result(
    1,
    100.0,
    [50.0, 300.0],
    [Line("open", 11.4, 5.6, 0.0, 0.85, 60.0, 14625, [35, 0]), Line("AIMD", 99.9, 1.2, 0.8, 0.3, 4.0, 9, [35, 99])],
)


def test_the_table() -> None:
    """A technique is a row."""
    lines = markdown(TWO).splitlines()

    assert lines[2] == "| open | 11 | 5.6 | 0% | 0.85 | 60 | 14,625 |"
    assert len(lines) == 4


def test_the_drawing_is_an_image() -> None:
    """The SVG is well-formed, has a strip and a name for each technique, and draws zero at the bottom of the strip."""
    root = ET.fromstring(drawing(TWO))  # noqa: S314 - our own drawing
    words = [text.text for text in root.iter("{http://www.w3.org/2000/svg}text")]
    lines = [line.get("points") for line in root.iter("{http://www.w3.org/2000/svg}polyline")]

    assert words[:2] == ["open", "AIMD"]
    assert len(lines) == 4
    assert lines[1] == "130.0,75.8 750.0,84.0"


def test_the_table_is_pasted_between_its_marks() -> None:
    """What stood between the marks goes, everything else stays."""
    assert pasted(f"before\n{BEGIN}old\n{END}after\n", "new\n") == f"before\n{BEGIN}new\n{END}after\n"
    with pytest.raises(ValueError, match="no place for the table"):
        pasted("before\n", "new\n")


def test_the_readme_holds_the_last_result() -> None:
    """The README's table and the drawing are those of the JSON file."""
    result = read(RESULT)

    assert f"{BEGIN}{markdown(result)}{END}" in (ROOT / "README.md").read_text(encoding="utf-8")
    assert DRAWING.read_text(encoding="utf-8") == drawing(result)
