"""The verdict as JUnit XML, for the test view of a CI server. Decides nothing.

A suite for each stage that objectives ask about, one for the rules of validity, one for the ledger; a case for each objective
and each invariant. FAIL is a ``failure``, INCONCLUSIVE an ``error``, and a check that could not run ``skipped``: none of the
three is green. The figures are the element's text, since GitLab shows no ``message``. JUnit has no standard: elements, their
order and their attributes are those on which the schemas in use (Ant's, Jenkins') agree.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from reports.gate import Report
from reports.ledger_audit import Check
from reports.objectives import ObjectiveResult
from reports.render.console import figure, measured
from reports.render.plain import plain
from reports.validity import RULES
from reports.verdict import Verdict

LEDGER, VALIDITY = "ledger", "validity"
_TAGS = {Verdict.FAIL: "failure", Verdict.INCONCLUSIVE: "error"}
_SKIPPED = "skipped"
_NAME_LIMIT = 160
_SENTENCE_LIMIT = 1_000


@dataclass(frozen=True, slots=True)
class Case:
    """One line of the test view; ``tag`` is empty when it passed."""

    suite: str
    name: str
    tag: str = ""
    kind: str = ""
    """The word for the colour: ``FAIL``, ``INCONCLUSIVE``, ``INVALID``."""
    lines: tuple[str, ...] = ()
    """Why, with the figures."""


def junit(report: Report) -> bytes:
    """The whole report as a UTF-8 document."""
    cases = [*map(_objective, report.objectives), *_rules(report), *_checks(report)]
    root = ET.Element("testsuites")
    for number, suite in enumerate(dict.fromkeys(case.suite for case in cases)):
        root.append(_suite(report, suite, number, [case for case in cases if case.suite == suite]))
    ET.indent(root)
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document + b"\n"


def _objective(result: ObjectiveResult) -> Case:
    suite = result.stage or "all"
    if result.verdict is Verdict.PASS:
        return Case(suite, result.name)
    lines = [
        f"{result.verdict.value}: {result.display_name}",
        f"target:   {result.target}",
        f"measured: {measured(result)}"
        + ("" if result.margin is None else f", margin {figure(result.margin, result.unit)}"),
        f"events:   {result.n}, {result.bad} of them bad, phi {result.phi:.2f}",
        f"why:      {result.sentence}",
    ]
    return Case(suite, result.name, _TAGS[result.verdict], result.verdict.value, tuple(lines))


def _rules(report: Report) -> Iterator[Case]:
    """Each rule of validity; a breach makes every verdict inconclusive."""
    for name in dict.fromkeys([*(rule.__name__ for rule in RULES), *(breach.rule for breach in report.breaches)]):
        lines = tuple(breach.sentence for breach in report.breaches if breach.rule == name)
        yield Case(VALIDITY, name, "error", "INVALID", lines) if lines else Case(VALIDITY, name)


def _checks(report: Report) -> Iterator[Case]:
    """Each statement about the ledger, or one case that says why there was no audit."""
    audit = report.audit
    if audit is None or not audit.checks:
        why_not = report.audit_why_not if audit is None else audit.why_not
        yield Case(LEDGER, "audit", _SKIPPED, "", (f"not audited: {why_not}",))
        return
    for check in audit.checks:
        yield _check(check)


def _check(check: Check) -> Case:
    if check.state == "violated":
        lines = (f"violated {check.violations} times: {check.statement}", *check.rows)
        return Case(LEDGER, check.id, _TAGS[Verdict.FAIL], Verdict.FAIL.value, lines)
    if check.state == "clean":
        return Case(LEDGER, check.id)
    return Case(LEDGER, check.id, _SKIPPED, "", (f"not run: {check.why_not}",))


def _suite(report: Report, name: str, number: int, cases: list[Case]) -> ET.Element:
    package = f"springtide.{_dotless(report.run.scenario)}"
    tags = Counter(case.tag for case in cases)
    suite = ET.Element(
        "testsuite",
        {
            "id": str(number),
            "name": plain(name, _NAME_LIMIT),
            "package": package,
            "timestamp": report.run.started_utc.removesuffix("Z"),
            "hostname": "localhost",
            "tests": str(len(cases)),
            "failures": str(tags[_TAGS[Verdict.FAIL]]),
            "errors": str(tags[_TAGS[Verdict.INCONCLUSIVE]]),
            "skipped": str(tags[_SKIPPED]),
            "time": f"{report.run.duration_s:.3f}",
        },
    )
    properties = ET.SubElement(suite, "properties")
    facts = {"run_id": report.run.run_id, "verdict": report.verdict.value, "exit_code": report.exit_code}
    for key, value in facts.items():
        ET.SubElement(properties, "property", {"name": key, "value": plain(value)})
    seen: Counter[str] = Counter()
    for case in cases:
        seen[case.name] += 1
        # two checks of one name would be one line of a test view
        title = case.name if seen[case.name] == 1 else f"{case.name} ({seen[case.name]})"
        suite.append(_testcase(case, plain(title, _NAME_LIMIT), f"{package}.{_dotless(name)}"))
    for stream, text in (("system-out", f"run {plain(report.run.path)}"), ("system-err", "")):
        ET.SubElement(suite, stream).text = text
    return suite


def _testcase(case: Case, title: str, classname: str) -> ET.Element:
    # a verdict on a whole run has no duration of its own
    element = ET.Element("testcase", {"name": title, "classname": classname, "time": "0"})
    text = "\n".join(plain(line, _SENTENCE_LIMIT) for line in case.lines)
    if case.tag == _SKIPPED:
        ET.SubElement(element, _SKIPPED).text = text
    elif case.tag:
        attributes = {"message": plain(case.lines[0] if case.lines else case.kind), "type": case.kind}
        ET.SubElement(element, case.tag, attributes).text = text
    return element


def _dotless(text: str) -> str:
    """A part of a class name, which servers cut at dots."""
    return plain(text, _NAME_LIMIT).replace(".", "_")
