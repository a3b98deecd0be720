"""What a fresh installation gets: every file of the packages, and two commands that start."""

import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from tests.helpers.source_tree import PACKAGES, ROOT, is_built, shown

SCRIPTS: dict[str, str] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]


def test_the_wheel_holds_every_file_of_the_packages(tmp_path: Path) -> None:
    """SQL, YAML and templates travel with the Python files, and nothing else travels."""
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, capture_output=True, timeout=120, check=True)
    (wheel,) = tmp_path.glob("springtide-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}

    files = (path for package in PACKAGES for path in (ROOT / package).rglob("*"))
    assert packed == {shown(path) for path in files if path.is_file() and not is_built(path)}


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_console_script_leads_to_a_function(name: str) -> None:
    """Each console script that pyproject.toml promises can be loaded and called."""
    assert callable(EntryPoint(name, SCRIPTS[name], "console_scripts").load())


@pytest.mark.parametrize("program", ["reports", "target_stub"])
def test_a_program_explains_itself(program: str) -> None:
    """`--help` of each program exits 0 and shows how it is called, whatever the folder."""
    done = subprocess.run(
        [sys.executable, "-m", program, "--help"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert "usage" in done.stdout.lower()
