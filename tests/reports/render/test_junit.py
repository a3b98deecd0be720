"""The verdict as a CI server's test view: valid in the dialects in use, and red where the gate is."""

from xml.etree import ElementTree as ET

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.gate import Report
from reports.render.junit import junit
from reports.validity import RULES, Breach
from reports.verdict import Verdict
from tests.helpers.junit_schema import problems
from tests.helpers.sample_report import AUDIT, FIRST_WORDS, LOST, REPORT, filled_with


def parsed(report: Report) -> ET.Element:
    """The document, read again."""
    return ET.fromstring(junit(report))  # noqa: S314 - our own document


def case_of(report: Report, name: str) -> ET.Element:
    """The case of that name."""
    return next(case for case in parsed(report).iter("testcase") if case.get("name") == name)


def test_a_failed_objective_is_a_failure_whose_text_has_the_figures() -> None:
    """Target, value with interval, margin and events stand in the element's text."""
    case = case_of(REPORT, "first-words")
    failure = case.find("failure")

    assert case.get("classname") == "springtide.festival.all"
    assert failure is not None
    assert failure.get("type") == "FAIL"
    for part in (
        "95 % <= 1500 ms",
        "1,890 ms [1,700, never], margin -390",
        "12345, 30 of them bad",
        "30 of 100 are bad",
    ):
        assert part in (failure.text or "")


@pytest.mark.parametrize(
    ("verdict", "tags"),
    [
        pytest.param(Verdict.PASS, [], id="a pass has nothing inside"),
        pytest.param(Verdict.INCONCLUSIVE, ["error"], id="what cannot be decided is an error"),
        pytest.param(Verdict.FAIL, ["failure"], id="a miss is a failure"),
    ],
)
def test_each_verdict_has_its_element(verdict: Verdict, tags: list[str]) -> None:
    """Only a pass is green."""
    objective = msgspec.structs.replace(FIRST_WORDS, verdict=verdict)

    assert [
        inner.tag for inner in case_of(msgspec.structs.replace(REPORT, objectives=[objective]), "first-words")
    ] == tags


def test_a_suite_for_each_stage_for_validity_and_for_the_ledger() -> None:
    """Objectives stand in the suite of their stage; rules and checks have suites of their own."""
    stages = ["warm", "2", "warm", "ledger"]
    objectives = [
        msgspec.structs.replace(FIRST_WORDS, name=f"o{number}", stage=stage) for number, stage in enumerate(stages)
    ]
    root = parsed(msgspec.structs.replace(REPORT, objectives=objectives))
    suites = {suite.get("name"): [case.get("name") for case in suite.iter("testcase")] for suite in root}

    assert suites == {
        "warm": ["o0", "o2"],
        "2": ["o1"],
        "ledger": ["o3", "lost"],
        "validity": [rule.__name__ for rule in RULES],
    }


def test_a_breach_is_an_error_of_its_rule() -> None:
    """An invalid run shows which rule it broke."""
    report = msgspec.structs.replace(REPORT, valid=False, breaches=[Breach("late", "1 % of wishes were late")])
    error = case_of(report, "late").find("error")

    assert error is not None
    assert (error.get("type"), error.text) == ("INVALID", "1 % of wishes were late")


@pytest.mark.parametrize(
    ("state", "tag", "says"),
    [
        pytest.param("clean", None, "", id="clean"),
        pytest.param("violated", "failure", "key-7 is not in the ledger", id="violated: its rows"),
        pytest.param("not_run", "skipped", "not run: no card table", id="not run: why"),
    ],
)
def test_each_state_of_a_check_has_its_element(state: str, tag: str | None, says: str) -> None:
    """A check of the ledger that did not run is no success."""
    check = msgspec.structs.replace(LOST, state=state, why_not="no card table")
    report = msgspec.structs.replace(REPORT, audit=msgspec.structs.replace(AUDIT, checks=[check]))
    inside = list(case_of(report, "lost"))

    assert [element.tag for element in inside] == ([tag] if tag else [])
    assert all(says in (element.text or "") for element in inside)


def test_a_run_without_an_audit_says_why() -> None:
    """The ledger's suite has one case, skipped."""
    report = msgspec.structs.replace(REPORT, audit=None, audit_why_not="the run names no ledger")
    skipped = case_of(report, "audit").find("skipped")

    assert skipped is not None
    assert skipped.text == "not audited: the run names no ledger"


@given(text=st.text(max_size=40), times=st.integers(0, 3))
def test_any_text_gives_a_valid_document(text: str, times: int) -> None:
    """Whatever names and sentences hold, control characters and twins of names included, the document is JUnit."""
    assert problems(junit(filled_with(text or "x", times=times))) == []


@pytest.mark.parametrize(
    ("was", "becomes", "sentence"),
    [
        (b'name="first-words"', b"", "testcase has no name"),
        (b'tests="1"', b'tests="2"', "tells 2 tests"),
        (b"<properties>", b"<system-out/><properties>", "testsuite holds"),
        (b'type="FAIL"', b'typo="FAIL"', "failure takes no typo"),
        (b'time="0"', b'time="soon"', "testcase.time is 'soon'"),
    ],
)
def test_the_check_finds_what_is_wrong(was: bytes, becomes: bytes, sentence: str) -> None:
    """The table that documents are held to refuses a document that is broken on purpose."""
    assert sentence in "; ".join(problems(junit(REPORT).replace(was, becomes, 1)))
