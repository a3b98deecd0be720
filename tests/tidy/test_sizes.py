"""A file is read in one sitting, a function on one screen."""

import ast
from pathlib import Path

from tests.helpers.source_tree import FunctionNode, functions, python_files, shown, tree_of

MODULE_LINES = 350
TEST_LINES = 600
"""A test file follows its module, and bytes of the wire are long when they are written out."""

FUNCTION_LINES = 70


def length(node: FunctionNode) -> int:
    """Lines from ``def`` to the end of the body, docstring included, decorators not."""
    return (node.end_lineno or node.lineno) - node.lineno + 1


def long_functions(path: Path, tree: ast.Module) -> list[str]:
    """Name and length of every function of a file that is too long."""
    return [
        f"{shown(path)}:{node.lineno} {node.name} has {length(node)} lines"
        for node in functions(tree)
        if length(node) > FUNCTION_LINES
    ]


def allowed_lines(path: Path) -> int:
    """How long a Python file may be."""
    return TEST_LINES if path.name.startswith("test_") else MODULE_LINES


def test_no_file_is_too_long() -> None:
    """A module has at most 350 lines, a file of tests at most 600."""
    found = [
        f"{shown(path)} has {lines} lines"
        for path in python_files()
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > allowed_lines(path)
    ]

    assert not found, "\n".join(found)


def test_no_function_is_longer_than_70_lines() -> None:
    """Every function has at most 70 lines."""
    found = [line for path in python_files() for line in long_functions(path, tree_of(path))]

    assert not found, "\n".join(found)


def test_the_71st_line_of_a_function_is_found() -> None:
    """A function of 71 lines breaks the rule, one of 70 keeps it, and decorators are not counted."""
    here = Path(__file__)
    body = "    x = 1\n"

    assert long_functions(here, ast.parse("@cache\ndef f():\n" + body * 69)) == []
    assert long_functions(here, ast.parse("def f():\n" + body * 70)) == ["tests/tidy/test_sizes.py:1 f has 71 lines"]
