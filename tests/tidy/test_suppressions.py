"""Every rule that is switched off says why, in the same line."""

import re

import pytest

from tests.helpers.source_tree import ROOT, comments, python_files, shown

SWITCHES = re.compile(r"noqa|type:\s*ignore|pyright:|pragma:|nosec|mypy:")
MARKERS = re.compile(r"#\s*(?:noqa(?::\s*[A-Z]+\d+(?:\s*,\s*[A-Z]+\d+)*)?|type:\s*ignore(?:\[[\w\-, ]+\])?)|[#:;,()-]")
REASON_WORDS = 3
REASONED_LISTS = ("dependencies", "dev", "select", "ignore", '"tests/**"', '"**/__main__.py"', '"**/__init__.py"')


def is_unreasoned(comment: str) -> bool:
    """Whether a comment switches a rule off without at least three words of why."""
    return bool(SWITCHES.search(comment)) and len(MARKERS.sub(" ", comment).split()) < REASON_WORDS


def unreasoned_entries(toml: str) -> list[str]:
    """The lines of a TOML text's reasoned lists that end without a comment; a wrapped list counts line by line."""
    found: list[str] = []
    inside = False
    for line in toml.splitlines():
        name, _, rest = line.partition(" = ")
        inside = inside and line != "]"
        if inside and "#" not in line:
            found.append(line.strip())
        if name in REASONED_LISTS:
            inside = rest == "["
            if not inside and "#" not in rest:
                found.append(line)
    return found


def test_every_suppression_carries_its_reason() -> None:
    """Each noqa and each type: ignore is followed by why it is right there."""
    found = [
        f"{shown(path)}:{line} {text}"
        for path in python_files()
        for line, text in comments(path.read_text(encoding="utf-8"))
        if is_unreasoned(text)
    ]

    assert not found, "\n".join(found)


def test_every_dependency_and_every_rule_carries_its_reason() -> None:
    """Each dependency and each line of ruff's lists in pyproject.toml says what it is for."""
    assert unreasoned_entries((ROOT / "pyproject.toml").read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("comment", "unreasoned"),
    [
        pytest.param("# noqa: BLE001", True, id="a bare switch"),
        pytest.param("# type: ignore[attr-defined]  # noqa: SLF001", True, id="two bare switches"),
        pytest.param("# noqa: BLE001, S110 - later", True, id="a word is no reason"),
        pytest.param("# noqa: BLE001 - a listener's fault must not end the run", False, id="a reason after the code"),
        pytest.param("# type: ignore[misc]  # Locust ships Any here", False, id="a reason in a second comment"),
        pytest.param("# why the loop runs backwards", False, id="an ordinary comment"),
    ],
)
def test_what_counts_as_a_reason(comment: str, unreasoned: bool) -> None:
    """A reason is at least three words beside the code."""
    assert is_unreasoned(comment) is unreasoned


def test_entries_without_reason_are_found() -> None:
    """A dependency without a comment is found, one with a comment and the lines of other lists are not."""
    toml = 'dependencies = [\n  "numpy", # arrays\n  "rich",\n]\nkeywords = [\n  "load",\n]\n"tests/**" = ["S101"]\n'

    assert unreasoned_entries(toml) == ['"rich",', '"tests/**" = ["S101"]']
