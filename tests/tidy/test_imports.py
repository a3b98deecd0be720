"""Which libraries the three programs load: what import-linter's contracts cannot say."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.source_tree import PACKAGES, ROOT, modules_of_tests, package_modules, shown, tree_of

LEAF_LIBRARIES = {"msgspec", "nanoarrow", "numpy", "pyarrow"}
"""What the run record may import beside the standard library and itself."""

IMPORT_NAMES = {"markdown-it-py": "markdown_it", "pyyaml": "yaml"}
"""Distribution: the name under which it is imported, where the two differ."""

LOADED = "import importlib, sys; [importlib.import_module(name) for name in sys.argv[1:]]; print(*sys.modules)"


def imported(tree: ast.Module) -> Iterator[str]:
    """The dotted name of every module that a tree imports, also inside functions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or "."


def libraries(paths: tuple[Path, ...]) -> dict[str, Path]:
    """Third-party packages that the files import, with one file that does."""
    own = {*PACKAGES, "benchmarks", "tests", "."}
    tops = {name.partition(".")[0]: path for path in paths for name in imported(tree_of(path))}
    return {top: path for top, path in tops.items() if top not in sys.stdlib_module_names | own}


def declared(group: str) -> set[str]:
    """Import names of pyproject's ``dependencies``, or of its dependency group ``dev``."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    requirements = (
        project["project"]["dependencies"] if group == "dependencies" else project["dependency-groups"][group]
    )
    names = [re.split(r"[<>=!~ \[;]", requirement)[0] for requirement in requirements]
    return {IMPORT_NAMES.get(name, name.replace("-", "_")) for name in names}


def loaded_by(paths: tuple[Path, ...]) -> set[str]:
    """Top-level modules in a process that has imported the files; ``__main__`` files only run their imports."""
    names = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in paths if path.name != "__init__.py"]
    done = subprocess.run(
        [sys.executable, "-c", LOADED, *names], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return {name.partition(".")[0] for name in done.stdout.split()}


def test_every_library_is_declared() -> None:
    """What the packages import is a dependency of the project, what only tests import one of its dev group."""
    undeclared = {
        **{top: path for top, path in libraries(package_modules()).items() if top not in declared("dependencies")},
        **{
            top: path
            for top, path in libraries(modules_of_tests()).items()
            if top not in declared("dependencies") | declared("dev")
        },
    }

    assert not undeclared, "\n".join(f"{shown(path)} imports {top}" for top, path in undeclared.items())


def test_every_dependency_is_imported() -> None:
    """No dependency is declared that no module of the packages imports."""
    assert declared("dependencies") - set(libraries(package_modules())) == set()


def test_the_run_record_stays_a_leaf() -> None:
    """The run record imports the standard library, four small libraries and itself."""
    found = [
        f"{shown(path)} imports {name}"
        for path in package_modules("reports/run_record")
        for name in imported(tree_of(path))
        if name.partition(".")[0] not in sys.stdlib_module_names | LEAF_LIBRARIES
        and not name.startswith("reports.run_record")
    ]

    assert not found, "\n".join(found)


@pytest.mark.parametrize("package", ["target_stub", "reports"])
def test_stub_and_reports_run_unpatched(package: str) -> None:
    """A process that has imported a whole program other than the generator holds neither Locust nor gevent."""
    assert loaded_by(package_modules(package)) & {"locust", "gevent"} == set()


def test_the_generator_stays_light() -> None:
    """A generator that has imported all of its modules holds none of the heavy libraries of reports and stub."""
    assert (
        loaded_by(package_modules("locustfiles")) & {"pyarrow", "pandas", "scipy", "yaml", "uvicorn", "uvloop"} == set()
    )
