"""What the Makefile offers, what the README says of it, and what CI runs."""

import os
import re
import subprocess

import pytest

from tests.helpers.source_tree import ROOT, is_built, shown

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = re.findall(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)[0].split()
README = ROOT / "README.md"
LINK = re.compile(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)")
CODE_PATH = re.compile(r"`((?:locustfiles|target_stub|reports|tests|benchmarks)/[\w/.\-]*)`")


def readme() -> str:
    """The README's text."""
    return README.read_text(encoding="utf-8")


def test_make_alone_explains_every_target() -> None:
    """`make` without a target prints a sentence for each target, and nothing runs."""
    done = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    explained = dict(re.findall(r"^  make ([\w-]+) +(.+)$", done.stdout, re.MULTILINE))

    assert sorted(explained) == sorted(TARGETS)
    assert all(sentence.endswith(".") for sentence in explained.values()), explained


@pytest.mark.parametrize("target", [target for target in TARGETS if target != "help"])
def test_the_readme_mentions_every_target(target: str) -> None:
    """A reader of the README meets each thing that make can do."""
    assert f"make {target}" in readme()


def test_the_readme_maps_every_folder() -> None:
    """Each top-level folder of the repository stands in the README with its slash."""
    folders = [path.name for path in ROOT.iterdir() if path.is_dir() and path.name[0] != "." and not is_built(path)]
    missing = [folder for folder in folders if f"{folder}/" not in readme()]

    assert missing == []


def test_the_readme_names_only_what_exists() -> None:
    """Each relative link and each path into a folder of the repository leads somewhere."""
    named = {*LINK.findall(readme()), *CODE_PATH.findall(readme())}

    assert sorted(name for name in named if not (ROOT / name).exists()) == []


def test_ci_runs_what_a_person_runs() -> None:
    """.ci/run is executable, works from any folder and is nothing but `make test`."""
    script = ROOT / ".ci" / "run"

    assert os.access(script, os.X_OK), f"chmod 755 {shown(script)}"
    assert script.read_text(encoding="utf-8").splitlines() == [
        "#!/usr/bin/env bash",
        "set -euo pipefail",
        'cd "$(dirname "${BASH_SOURCE[0]}")/.."',
        "exec make test",
    ]
