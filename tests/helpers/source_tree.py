"""The repository as the tidy tests read it: its files, their syntax trees and their comments."""

import ast
import io
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("locustfiles", "target_stub", "reports")
BUILT = {".git", ".venv", "dist", "runs", "__pycache__"}
"""Folders that no commit holds; further ones are ``.venv-3.x``, and begin with a dot and end with ``_cache``."""

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


def is_built(path: Path) -> bool:
    """Whether a path lies in a folder that a tool made."""
    return any(
        part in BUILT or part == ".hypothesis" or part.startswith(".venv-") or part.endswith("_cache")
        for part in path.relative_to(ROOT).parts
    )


@cache
def text_files() -> tuple[Path, ...]:
    """Every file of the repository that holds text, hand-written or generated."""
    return tuple(sorted(path for path in ROOT.rglob("*") if path.is_file() and not is_built(path) and is_text(path)))


def is_text(path: Path) -> bool:
    """Whether the first bytes of a file are text."""
    with path.open("rb") as file:
        return b"\0" not in file.read(4096)


def package_modules(*packages: str) -> tuple[Path, ...]:
    """The Python files of the named packages (all three without a name), ``__init__`` files included."""
    folders = [ROOT / package for package in packages or PACKAGES]
    return tuple(path for path in python_files() if any(folder in path.parents for folder in folders))


def scenarios() -> tuple[Path, ...]:
    """The files that Locust runs: those directly in ``locustfiles``, the guard apart, which belongs to every scenario."""
    top = (path for path in package_modules("locustfiles") if path.parent == ROOT / "locustfiles")
    return tuple(path for path in top if path.name not in {"__init__.py", "guard.py"})


def modules_of_tests() -> tuple[Path, ...]:
    """The Python files under ``tests``, helpers included."""
    return tuple(path for path in python_files() if ROOT / "tests" in path.parents)


def python_files() -> tuple[Path, ...]:
    """Every Python file of the repository."""
    return tuple(path for path in text_files() if path.suffix == ".py")


@cache
def tree_of(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def functions(tree: ast.AST) -> Iterator[FunctionNode]:
    """Every function and method of a tree, inner ones too."""
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def comments(source: str) -> Iterator[tuple[int, str]]:
    """Line number and text of every comment of a Python source."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def shown(path: Path) -> str:
    """A path as a failure message names it, from the repository's root."""
    return str(path.relative_to(ROOT))
