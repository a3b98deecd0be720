"""What is committed is finished, and comments speak of what is there."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.source_tree import comments, python_files, shown, text_files, tree_of

MARKS = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK", "WI" + "P"]) + r")\b")
HISTORY = re.compile(
    r"\b(previously|formerly|no longer|for now|used to be|was changed|has been (?:moved|renamed))\b", re.IGNORECASE
)
PLACEHOLDERS = {
    "NotImplementedError": "code that is not there",
    "xfail": "a test that may fail",
    "skip": "a test that does not run",
    "skipif": "a test that may not run",
    "importorskip": "a test that may not run",
}
MAY_NOT_RUN: dict[str, str] = {
    "tests/helpers/flower_shop.py": "another project's server, whose packages a machine without an index cannot install",
    "tests/load/test_page_in_browser.py": "a browser is the system's: make test installs it where it may, else the test says what to install",
}
"""File of tests: why a machine may lack what they need."""


def history_in_comments(source: str) -> list[str]:
    """The comments of a source that tell what once was; a docstring may, since a state of a session is no history."""
    return [f"{line}: {text}" for line, text in comments(source) if HISTORY.search(text)]


def placeholders(tree: ast.Module) -> Iterator[str]:
    """Line and meaning of every name that stands for missing work."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id="NotImplementedError" as name):
                yield f"{node.lineno}: {name}, {PLACEHOLDERS[name]}"
            case ast.Attribute(attr=name, value=owner) if name in PLACEHOLDERS and "pytest" in ast.unparse(owner):
                yield f"{node.lineno}: {name}, {PLACEHOLDERS[name]}"


def in_files(files: tuple[Path, ...], marks: re.Pattern[str]) -> list[str]:
    """Every line of the files in which a mark stands."""
    return [
        f"{shown(path)}:{number}"
        for path in files
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if marks.search(line)
    ]


def test_no_note_about_unfinished_work() -> None:
    """No file carries a mark for work that is still to do."""
    found = in_files(text_files(), MARKS)

    assert not found, "\n".join(found)


def test_comments_tell_no_history() -> None:
    """A comment tells what is, since git tells what was."""
    found = [
        f"{shown(path)}:{line}"
        for path in python_files()
        for line in history_in_comments(path.read_text(encoding="utf-8"))
    ]

    assert not found, "\n".join(found)


def test_no_placeholder_and_no_test_that_does_not_run() -> None:
    """Nothing raises NotImplementedError, and every test runs and must pass; the table has who may not run, each once."""
    found = [(shown(path), line) for path in python_files() for line in placeholders(tree_of(path))]
    excused = [path for path, _ in found if path in MAY_NOT_RUN]

    assert not [f"{path}:{line}" for path, line in found if path not in MAY_NOT_RUN]
    assert excused == list(MAY_NOT_RUN)


@pytest.mark.parametrize(
    ("source", "count"),
    [
        pytest.param("# previously a list\n", 1, id="a comment about the past"),
        pytest.param("x = 1  # No longer needed\n", 1, id="in any case, at the end of a line"),
        pytest.param("# used to draw arrivals\n", 0, id="a purpose is no history"),
        pytest.param('"""The session is no longer payable."""\n', 0, id="a docstring names a state"),
    ],
)
def test_what_counts_as_history(source: str, count: int) -> None:
    """The rule finds history in comments only, and not in purposes."""
    assert len(history_in_comments(source)) == count


def test_placeholders_are_found() -> None:
    """A missing body and each way to leave out a test are found; a method of ours called skip is not."""
    source = "raise NotImplementedError\n@pytest.mark.skip\ndef f(): pytest.importorskip('x')\nreader.skip(3)\n"

    assert [line.partition(":")[0] for line in placeholders(ast.parse(source))] == ["1", "2", "3"]
