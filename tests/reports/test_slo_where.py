"""The languages of ``where`` and ``while``: what they accept, what they mean and how they refuse."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.slo_fields import SloError
from reports.slo_where import (
    And,
    Comparison,
    Everything,
    Expression,
    Flag,
    Not,
    OfferedLoad,
    Or,
    evaluate,
    leaves,
    parse_where,
    parse_while,
    written,
)

EVENTS = {
    "confirmed": np.array([True, True, False, False]),
    "refused": np.array([False, False, True, False]),
    "correct": np.array([True, False, False, False]),
    "intent_ms": np.array([800.0, 9000.0, 5.0, np.inf]),
}


def fold(where: str) -> list[bool]:
    """Evaluate on four events: a quick order, a slow and wrong one, a refusal, one that never ended."""

    def leaf(one: Flag | Comparison) -> np.ndarray:
        if isinstance(one, Flag):
            return EVENTS[one.name]
        operators = {"<=": np.less_equal, "<": np.less, ">=": np.greater_equal, ">": np.greater}
        found: np.ndarray = operators[one.op](EVENTS[one.measure], one.limit)
        return found

    tree = parse_where(where, "where")
    return [bool(value) for value in evaluate(tree, leaf, np.ones(4, dtype=bool))]


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        pytest.param("", [1, 1, 1, 1], id="blank is everything"),
        pytest.param("confirmed", [1, 1, 0, 0], id="a flag"),
        pytest.param("not confirmed", [0, 0, 1, 1], id="not"),
        pytest.param("confirmed and intent_ms <= 8000", [1, 0, 0, 0], id="a flag and a limit"),
        pytest.param("refused or correct", [1, 0, 1, 0], id="or"),
        pytest.param("refused or confirmed and correct", [1, 0, 1, 0], id="and binds closer than or"),
        pytest.param("(refused or confirmed) and correct", [1, 0, 0, 0], id="brackets"),
        pytest.param("not (refused or confirmed)", [0, 0, 0, 1], id="not of brackets"),
        pytest.param("not not confirmed", [1, 1, 0, 0], id="twice not"),
        pytest.param("intent_ms > 8 s", [0, 1, 0, 1], id="a limit in seconds, exceeded by what never ended"),
        pytest.param("intent_ms<0.8s", [0, 0, 1, 0], id="without blanks, with a decimal"),
        pytest.param("intent_ms >= 800000 us", [1, 1, 0, 1], id="microseconds"),
    ],
)
def test_what_a_where_means(where: str, expected: list[int]) -> None:
    """Each form of the grammar picks the events that it says."""
    assert fold(where) == [bool(one) for one in expected]


@pytest.mark.parametrize(
    ("where", "sentence"),
    [
        pytest.param(
            "confirmd",
            "unknown flag or measure confirmd at column 1 of 'confirmd'; did you mean confirmed?",
            id="misspelt",
        ),
        pytest.param("correct and sparkling", "at column 13", id="the column of the wrong word"),
        pytest.param("correct and", "ends where a flag, a measure, `not` or `(` is expected", id="half a sentence"),
        pytest.param("(correct", "ends where `)` is expected", id="an open bracket"),
        pytest.param("correct confirmed", "`and`, `or` or the end expected at column 9", id="two flags"),
        pytest.param("intent_ms 8000", "<=, <, >= or > expected at column 11", id="no operator"),
        pytest.param("intent_ms <= soon", "a number expected at column 14", id="no number"),
        pytest.param("correct & confirmed", "cannot read '& confirmed' at column 9", id="a foreign sign"),
        pytest.param("late", "write what late means, as in `intent_ms > 8000`", id="late has no limit of its own"),
    ],
)
def test_a_where_that_cannot_be_read_says_where(where: str, sentence: str) -> None:
    """The error holds the path, the column and what is expected there."""
    with pytest.raises(SloError) as caught:
        parse_where(where, "spec.where")

    assert str(caught.value).startswith("spec.where: ")
    assert sentence in str(caught.value)


def test_leaves_are_listed_in_reading_order() -> None:
    """Flags and comparisons are found wherever they stand."""
    found = leaves(parse_where("not (refused or intent_ms > 8s) and correct", "where"))

    assert found == [Flag("refused"), Comparison("intent_ms", ">", 8000.0), Flag("correct")]
    assert leaves(Everything()) == []


@pytest.mark.parametrize(
    ("text", "op", "limit", "of_capacity"),
    [
        pytest.param("offered > capacity", ">", 1.0, True, id="the capacity itself"),
        pytest.param("offered > 1.2 capacity", ">", 1.2, True, id="a multiple of it"),
        pytest.param("offered <= 300/s", "<=", 300.0, False, id="a rate"),
        pytest.param("offered >= 0.5 /s", ">=", 0.5, False, id="a rate with a blank"),
    ],
)
def test_what_a_while_means(text: str, op: str, limit: float, of_capacity: bool) -> None:
    """A while compares the offered rate with a rate or with the declared capacity."""
    assert parse_while(text, "while") == OfferedLoad(op, limit, of_capacity, text)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        pytest.param("load > capacity", "`offered` expected at column 1", id="another word"),
        pytest.param("offered > 300", "ends where `/s` or `capacity` is expected", id="no unit"),
        pytest.param("offered > 300/s please", "or the end expected at column 17", id="more than one condition"),
    ],
)
def test_a_while_that_cannot_be_read_says_where(text: str, sentence: str) -> None:
    """The error names what is expected."""
    with pytest.raises(SloError) as caught:
        parse_while(text, "spec.while")

    assert sentence in str(caught.value)


LEAVES: st.SearchStrategy[Expression] = st.sampled_from(
    [Flag("confirmed"), Flag("refused"), Flag("correct"), Comparison("intent_ms", "<=", 8000.0)]
)
TREES: st.SearchStrategy[Expression] = st.recursive(
    LEAVES,
    lambda parts: st.builds(Not, parts) | st.builds(And, parts, parts) | st.builds(Or, parts, parts),
    max_leaves=8,
)


@given(TREES)
def test_a_tree_that_is_written_means_the_same_when_it_is_read(tree: Expression) -> None:
    """Brackets stand where they must: the text picks the same events."""

    def leaf(one: Flag | Comparison) -> np.ndarray:
        found: np.ndarray = EVENTS[one.name] if isinstance(one, Flag) else EVENTS[one.measure] <= one.limit
        return found

    picked, again = (
        evaluate(one, leaf, np.ones(4, dtype=bool)).tolist() for one in (tree, parse_where(written(tree), "x"))
    )
    assert picked == again
    assert written(Everything()) == ""
