"""A test says in one sentence which behaviour it holds."""

import ast
import re

import pytest

from tests.helpers.source_tree import functions, modules_of_tests, shown, tree_of

SECOND_SENTENCE = re.compile(r"[.!?] +[A-Z]")


def complaint(docstring: str | None) -> str | None:
    """What is wrong with a test's docstring; None when it is one sentence with a full stop."""
    if docstring is None:
        return "has no docstring"
    text = " ".join(docstring.split())
    if not text.endswith("."):
        return "does not end in a full stop"
    if SECOND_SENTENCE.search(text):
        return "is more than one sentence"
    return None


def test_every_test_states_one_fact() -> None:
    """Every test function carries a one-sentence docstring that ends in a full stop."""
    complaints = [
        f"{shown(path)}:{node.lineno} {node.name} {why}"
        for path in modules_of_tests()
        if path.name.startswith("test_")
        for node in functions(tree_of(path))
        if node.name.startswith("test_") and (why := complaint(ast.get_docstring(node)))
    ]

    assert not complaints, "\n".join(complaints)


@pytest.mark.parametrize(
    ("docstring", "expected"),
    [
        pytest.param("A lost batch is known.", None, id="one sentence"),
        pytest.param("A rate of 0.5 per s, e.g. at night, is a rate.", None, id="points inside a sentence"),
        pytest.param("A sentence\n    over two lines.", None, id="a wrapped sentence"),
        pytest.param(None, "has no docstring", id="nothing"),
        pytest.param("Test the pacer", "does not end in a full stop", id="a title"),
        pytest.param("It stops. It says so.", "is more than one sentence", id="two sentences"),
    ],
)
def test_what_counts_as_one_sentence(docstring: str | None, expected: str | None) -> None:
    """The rule tells one sentence from none, from a title and from two."""
    assert complaint(docstring) == expected
