"""The JUnit dialects of Ant and Jenkins as one table, written from their published fields: what both of them accept.

problems(b"<testsuites>...")   -> sentences, none when the document is valid
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET

NUMBER, COUNT, WORDS = r"\d+(\.\d+)?", r"\d+", r"[\s\S]*"
NAME = r"[^\s][\s\S]*"
TIMESTAMP = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"


@dataclass(frozen=True)
class Element:
    """What one element holds. Children come in the order of ``children``: (name, fewest, most); None = any number."""

    required: dict[str, str] = field(default_factory=dict)
    optional: dict[str, str] = field(default_factory=dict)
    children: tuple[tuple[str, int, int | None], ...] = ()
    has_text: bool = False


_PROBLEM = Element({"type": NAME}, {"message": WORDS}, has_text=True)
ELEMENTS = {
    "testsuites": Element(children=(("testsuite", 0, None),)),
    "testsuite": Element(
        {
            "id": COUNT, "name": NAME, "package": NAME, "timestamp": TIMESTAMP, "hostname": NAME, "tests": COUNT,
            "failures": COUNT, "errors": COUNT, "time": NUMBER,
        },
        {"skipped": COUNT},
        (("properties", 1, 1), ("testcase", 0, None), ("system-out", 1, 1), ("system-err", 1, 1)),
    ),
    "properties": Element(children=(("property", 0, None),)),
    "property": Element({"name": NAME, "value": WORDS}),
    "testcase": Element(
        {"name": NAME, "classname": NAME, "time": NUMBER},
        children=(("skipped", 0, 1), ("error", 0, 1), ("failure", 0, 1)),
    ),
    "skipped": Element(has_text=True),
    "error": _PROBLEM,
    "failure": _PROBLEM,
    "system-out": Element(has_text=True),
    "system-err": Element(has_text=True),
}  # fmt: skip


def problems(document: bytes) -> list[str]:
    """Every way in which the document is not JUnit; ParseError when it is not even XML."""
    root = ET.fromstring(document)  # noqa: S314 - our own document
    found = [] if root.tag == "testsuites" else [f"the root is {root.tag}"]
    found += [sentence for element in root.iter() for sentence in _element(element)]
    for suite in root.iter("testsuite"):
        found += _counts(suite)
    names = Counter((case.get("classname"), case.get("name")) for case in root.iter("testcase"))
    return found + [f"{name} is there {n} times" for name, n in names.items() if n > 1]


def _element(element: ET.Element) -> list[str]:
    known = ELEMENTS.get(element.tag)
    if known is None:
        return [f"{element.tag} is unknown"]
    found = [f"{element.tag} has no {name}" for name in known.required if name not in element.attrib]
    forms = known.required | known.optional
    for name, value in element.attrib.items():
        if name not in forms:
            found.append(f"{element.tag} takes no {name}")
        elif not re.fullmatch(forms[name], value):
            found.append(f"{element.tag}.{name} is {value!r}")
    order = [name for name, _, _ in known.children]
    tags = [child.tag for child in element]
    if [tag for tag in tags if tag not in order] or sorted(tags, key=order.index) != tags:
        found.append(f"{element.tag} holds {tags}")
    for name, fewest, most in known.children:
        if not fewest <= tags.count(name) <= (len(tags) if most is None else most):
            found.append(f"{element.tag} holds {name} {tags.count(name)} times")
    if not known.has_text and (element.text or "").strip():
        found.append(f"{element.tag} holds text")
    return found


def _counts(suite: ET.Element) -> list[str]:
    told = {"tests": "testcase", "failures": "failure", "errors": "error", "skipped": "skipped"}
    return [
        f"{suite.get('name')} tells {suite.get(name)} {name}"
        for name, tag in told.items()
        if suite.get(name) != str(sum(1 for _ in suite.iter(tag)))
    ]
