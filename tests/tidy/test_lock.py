"""What is installed is what the lock names, from the public index, byte for byte."""

import re
import tomllib
from importlib.metadata import version
from importlib.util import find_spec

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.helpers.source_tree import ROOT
from tests.helpers.ucp_models import FOLDER, RELEASES

LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
PIN = re.compile(
    r"^([A-Za-z0-9][\w.\-]*)==([^\s;]+)((?: ; [^\\\n]+)?)((?: \\\n    --hash=sha256:[0-9a-f]{64})+)$", re.MULTILINE
)
PINNED = {canonicalize_name(name): number for name, number, _, _ in PIN.findall(LOCK)}


def requirements() -> list[Requirement]:
    """Everything that pyproject.toml asks for, to run and to develop."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    texts = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    return [Requirement(text) for text in texts]


def test_the_lock_holds_pins_and_nothing_else() -> None:
    """Every line is part of a pin with hashes or a comment: no index, no folder of wheels, no local file."""
    rest = [line for line in PIN.sub("", LOCK).splitlines() if line and not line.startswith("#")]

    assert rest == []


@pytest.mark.parametrize("release", RELEASES.values())
def test_a_release_of_the_ucp_models_is_pinned_alone(release: str) -> None:
    """Each release of ucp-sdk has a lock of its own with that one pin, and stands beside the environment, not in it."""
    text = (ROOT / "tests" / "contracts" / "ucp_sdk" / f"{release}.lock").read_text(encoding="utf-8")

    assert [pin[:2] for pin in PIN.findall(text)] == [("ucp-sdk", release)]
    assert [line for line in PIN.sub("", text).splitlines() if line and not line.startswith("#")] == []
    assert (FOLDER / release / f"ucp_sdk-{release}.dist-info").is_dir()
    assert find_spec("ucp_sdk") is None


def test_the_lock_satisfies_the_project() -> None:
    """Each requirement of pyproject.toml is pinned to a release that it allows."""
    unmet = [
        str(requirement)
        for requirement in requirements()
        if not requirement.specifier.contains(PINNED.get(canonicalize_name(requirement.name), "0"), prereleases=True)
    ]

    assert unmet == [], "make lock"


def test_what_runs_is_what_is_pinned() -> None:
    """The environment of this test run holds the pinned release of each requirement."""
    names = [requirement.name for requirement in requirements()]

    assert {name: version(name) for name in names} == {name: PINNED[canonicalize_name(name)] for name in names}
