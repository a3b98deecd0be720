"""Code that nobody calls is deleted; a test is no caller, and Locust calls what a scenario defines."""

import ast
import re
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from tests.helpers.source_tree import ROOT, package_modules, scenarios, shown, tree_of

CALLED_FROM_OUTSIDE: dict[str, str] = {
    "on_start": "Locust calls it when a user starts",
    "startup": "uvicorn's server calls it",
    "capture_signals": "uvicorn's server calls it",
    "wait_time": "Locust calls it between tasks",
    "on_header": "httptools' parser calls it",
    "on_headers_complete": "httptools' parser calls it",
    "on_body": "httptools' parser calls it",
    "on_message_begin": "httptools' parser calls it",
    "on_message_complete": "httptools' parser calls it",
    "write_intent": "a foreign generator writes its record with it: tests/contracts/test_foreign_generator.py",
    "add_values": "a foreign generator fills its histograms with it",
    "sparse": "a foreign generator fills its histograms with it",
    "delete": "journeys of one's own send it: tests/locustfiles/journeys/test_client.py",
    "patch": "the same",
    "elapsed_ms": "journeys of one's own look at it: README, tests/locustfiles/journeys/test_response.py",
    "decline": "the same",
    "carry_out": "a locustfile with journeys of one's own calls it: README, tests/load/test_own_journey.py",
    "RestShop": "a worked example of an adapter, which a target file names: tests/locustfiles/adapters/test_rest_shop.py",
    "GraphqlShop": "the same: tests/locustfiles/adapters/test_graphql_shop.py",
    "DELIVERY_MINOR": "the contract test compares it with the stub's",
}
"""Name: who calls it, where the caller is not in the packages."""


ANNOTATION = re.compile(r"[\w.\[\], |]+")
Function = ast.FunctionDef | ast.AsyncFunctionDef


class Definition(NamedTuple):
    """A public function, method, class or constant, and how often its own body says its name."""

    path: Path
    line: int
    name: str
    says_itself: int


def names_in(node: ast.AST) -> Counter[str]:
    """How often each identifier is read, called by keyword or named in an annotation below a node, docstrings apart."""
    said: Counter[str] = Counter()
    prose = {id(inner.value) for inner in ast.walk(node) if isinstance(inner, ast.Expr)}
    for inner in ast.walk(node):
        match inner:
            case ast.Name(id=name, ctx=ast.Load()) | ast.Attribute(attr=name, ctx=ast.Load()):
                said[name] += 1
            case ast.keyword(arg=str(name)):
                said[name] += 1
            case ast.alias(name=name, asname=str()):
                said[name] += 1
            case ast.Constant(value=str(text)) if id(inner) not in prose and ANNOTATION.fullmatch(text):
                said.update(re.findall(r"\w+", text))
    return said


def definitions(path: Path, tree: ast.Module) -> list[Definition]:
    """The public things that a module defines: at its top, and the methods of its classes."""
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    functions = [
        node for body in (tree.body, *(node.body for node in classes)) for node in body if isinstance(node, Function)
    ]
    assigned = [(node, node.targets[0]) for node in tree.body if isinstance(node, ast.Assign)]
    annotated = [(node, node.target) for node in tree.body if isinstance(node, ast.AnnAssign)]
    found = [
        *(Definition(path, node.lineno, node.name, names_in(node)[node.name]) for node in (*classes, *functions)),
        *(
            Definition(path, node.lineno, target.id, 0)
            for node, target in (*assigned, *annotated)
            if isinstance(target, ast.Name)
        ),
    ]
    return [definition for definition in found if not definition.name.startswith("_")]


def unused(trees: dict[Path, ast.Module], excused: dict[str, str]) -> list[str]:
    """Where something public is defined that is named nowhere but in its own body and in imports."""
    said = sum((names_in(tree) for tree in trees.values()), Counter[str]())
    return [
        f"{shown(found.path)}:{found.line} {found.name}"
        for path, tree in trees.items()
        for found in definitions(path, tree)
        if said[found.name] <= found.says_itself and found.name not in excused
    ]


def test_everything_public_is_used() -> None:
    """Each public function, method, class and constant of the packages is used in them, or the table says by whom."""
    found = unused({path: tree_of(path) for path in package_modules()}, CALLED_FROM_OUTSIDE)
    found = [line for line in found if ROOT / line.partition(":")[0] not in scenarios()]

    assert not found, "\n".join(found)


def test_the_table_of_outside_callers_is_true() -> None:
    """Every excused name is defined somewhere and is unused but for its outside caller."""
    unexcused = unused({path: tree_of(path) for path in package_modules()}, {})
    stale = set(CALLED_FROM_OUTSIDE) - {line.rpartition(" ")[2] for line in unexcused}

    assert stale == set()


def test_dead_code_is_found() -> None:
    """A recursive function, a method and a constant that nobody else names are found, a used one is not."""
    source = (
        "LIMIT = 3\n"
        "def walk(n):\n    return walk(n - 1)\n"
        "class Pool:\n    def take(self): ...\n    def give(self): ...\n"
        "Pool().take()\n"
    )
    found = unused({ROOT / "pool.py": ast.parse(source)}, {})

    assert sorted(found) == ["pool.py:1 LIMIT", "pool.py:2 walk", "pool.py:6 give"]
