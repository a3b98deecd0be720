"""What Locust does to a folder of scenarios must not hurt this one: names, imports and user classes."""

import subprocess
import sys
from pathlib import Path

from tests.helpers.source_tree import ROOT, package_modules, scenarios, shown

SCENARIO_LINES = 60
PARTS = [path for path in package_modules("locustfiles") if path not in scenarios() and path.name != "__init__.py"]

IMPORT_EACH = """
import importlib, sys, threading
import locust

hooks = {name: hook for name, hook in vars(locust.events).items() if hasattr(hook, "_handlers")}

def footprint():
    return {name: len(hook._handlers) for name, hook in hooks.items()} | {"threads": threading.active_count()}

def runnable(module):
    return [
        value.__name__ for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, locust.User) and not value.__dict__.get("abstract")
    ]

for name in sys.argv[1:]:
    before = footprint()
    module = importlib.import_module(name)
    for key, count in footprint().items():
        if count != before[key]:
            print(f"{name}: adds to {key}")
    for user in runnable(module):
        print(f"{name}: {user} is a user that Locust would run, it lacks abstract = True")
"""
"""A program that imports modules one after another and prints what each did to the process."""


def module_name(path: Path) -> str:
    """The dotted name under which a file of the repository is imported."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def import_each(names: list[str], folder: Path) -> list[str]:
    """What importing the named modules from a folder does, a line each."""
    done = subprocess.run(
        [sys.executable, "-c", IMPORT_EACH, *names],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_no_part_hides_a_module_of_the_standard_library() -> None:
    """No file or folder under locustfiles is named like a standard module, which Locust would replace by it."""
    hiding = [shown(path) for path in package_modules("locustfiles") if path.stem in sys.stdlib_module_names]
    folders = [shown(path.parent) for path in PARTS if path.parent.name in sys.stdlib_module_names]

    assert not hiding + folders, "\n".join(hiding + folders)


def test_a_scenario_fits_a_screen() -> None:
    """A scenario file has at most 60 lines, since it is what people copy to write their own."""
    found = [
        f"{shown(path)} has {lines} lines"
        for path in scenarios()
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > SCENARIO_LINES
    ]

    assert not found, "\n".join(found)


def test_parts_do_nothing_at_import() -> None:
    """Importing a part adds no listener and no thread, and offers Locust no user class to run."""
    found = import_each([module_name(path) for path in PARTS], ROOT)

    assert not found, "\n".join(found)


def test_a_part_that_registers_itself_is_found(tmp_path: Path) -> None:
    """A listener at import time and a user class without abstract are both named with their module."""
    source = "import locust\n@locust.events.test_start.add_listener\ndef f(**_): ...\nclass Buyer(locust.User): ...\n"
    (tmp_path / "eager.py").write_text(source)

    assert import_each(["eager"], tmp_path) == [
        "eager: adds to test_start",
        "eager: Buyer is a user that Locust would run, it lacks abstract = True",
    ]
