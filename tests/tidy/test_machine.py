"""Nothing in the repository belongs to one machine, and no test waits for a clock."""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.helpers.source_tree import modules_of_tests, shown, text_files, tree_of

HOMES = ("work", "tmp", "root", "home", "opt", "Users")
MACHINE_PATH = re.compile(rf"(?<![\w.\-/])/(?:{'|'.join(HOMES)})/")


def blocking_sleeps(tree: ast.Module) -> Iterator[str]:
    """Line and text of every call that halts a whole thread; a greenlet or a task that sleeps only stands aside."""
    bare = any(isinstance(node, ast.ImportFrom) and node.module == "time" for node in ast.walk(tree))
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(attr="sleep", value=ast.Name(id="time"))):
                yield f"{node.lineno}: {ast.unparse(node)}"
            case ast.Call(func=ast.Name(id="sleep")) if bare:
                yield f"{node.lineno}: {ast.unparse(node)}"


def test_no_path_of_somebodys_machine() -> None:
    """No text file names a folder that only one machine has."""
    found = [
        f"{shown(path)}:{number} {line.strip()[:100]}"
        for path in text_files()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if MACHINE_PATH.search(line)
    ]

    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        pytest.param("cd {}work/main", True, id="a checkout"),
        pytest.param("--find-links={}opt/wheels", True, id="a folder of wheels"),
        pytest.param("file://{}root/x", False, id="a file URL counts by its own slashes"),
        pytest.param("target_stub{}tmp/x", False, id="a folder of the repository"),
        pytest.param("GET {}checkout_sessions/1", False, id="a path of a service"),
    ],
)
def test_what_counts_as_a_machine_path(line: str, expected: bool) -> None:
    """A path that starts at the file system's root in a private folder is found, other slashes are not."""
    assert bool(MACHINE_PATH.search(line.format("/"))) is expected


def test_no_test_sleeps() -> None:
    """Tests wait for an event or move a virtual clock, they never sleep."""
    found = [f"{shown(path)}:{line}" for path in modules_of_tests() for line in blocking_sleeps(tree_of(path))]

    assert not found, "\n".join(found)


def test_blocking_sleeps_are_found() -> None:
    """Both spellings of a blocking sleep are found; a greenlet or a task that gives others a turn is none."""
    source = "from time import sleep\ntime.sleep(0.1)\nsleep(delay)\ngevent.sleep(0)\nawait asyncio.sleep(0)\n"

    assert [line.partition(":")[0] for line in blocking_sleeps(ast.parse(source))] == ["2", "3"]
