"""A check that cannot run says why, and one that runs names a bounded number of rows."""

from collections.abc import Iterator

import pandas as pd
import pytest

from reports.audit_rule import Case, Finding, Rule, found, quoted, why_not
from reports.ledger_reader import read_books
from reports.run_record.run_directory import open_run
from reports.told import what_was_told
from tests.helpers.histories import write_orders, write_wishes


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """A shared ledger with two orders, one of which is of the run."""
    folder = tmp_path_factory.mktemp("case")
    told = what_was_told(open_run(write_wishes(folder / "run", ["c1"])))
    return Case(told, read_books(write_orders(folder / "l.sqlite", [1, 9])), exclusive=False)


def numbers(count: int) -> Finding:
    """So many rows, each with its number as its sentence."""
    return pd.DataFrame({"n": range(count)}), lambda row: str(row.n)


@pytest.mark.parametrize(
    ("counts", "violations", "named"),
    [
        pytest.param((), 0, 0, id="nothing found"),
        pytest.param((3, 2), 5, 5, id="every row is named"),
        pytest.param((15, 15, 15), 45, 20, id="the first twenty are named, all are counted"),
    ],
)
def test_rows_are_counted_and_the_first_are_named(
    case: Case, counts: tuple[int, ...], violations: int, named: int
) -> None:
    """A check counts all contradicting rows and names twenty at most."""

    def find(_case: Case) -> Iterator[Finding]:
        yield from map(numbers, counts)

    number, sentences = found(Rule("a", "b", find), case)

    assert (number, len(sentences)) == (violations, named)


def test_the_first_missing_need_is_told(case: Case) -> None:
    """Needs are asked in order, and one that is there says nothing."""
    rule = Rule(
        "a", "b", lambda _case: iter(()), (lambda _case: "", lambda _case: "no stock", lambda _case: "no books")
    )

    assert why_not(rule, case) == "no stock"


def test_only_orders_of_the_run_are_its_own(case: Case) -> None:
    """Of a shared ledger those with a key of the run count, of an exclusive one all do."""
    assert case.orders_of_run["order_id"].tolist() == ["order-1"]
    assert len(Case(case.told, case.books, exclusive=True).orders_of_run) == 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("order-1", "'order-1'", id="plain"),
        pytest.param("\x1b[31m\r\n\u202e", r"'\x1b[31m\r\n\u202e'", id="what a terminal would obey"),
        pytest.param("奶茶", r"'\u5976\u8336'", id="not ASCII"),
        pytest.param("x" * 65, f"'{'x' * 61}...'", id="long"),
        pytest.param(None, "none", id="absent"),
        pytest.param(float("nan"), "none", id="absent, as pandas has it"),
    ],
)
def test_text_of_a_target_is_quoted(text: object, expected: str) -> None:
    """Hostile text cannot leave its quotes, its line or its length."""
    assert quoted(text) == expected
