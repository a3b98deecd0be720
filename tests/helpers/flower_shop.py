"""The UCP Flower Shop for tests: installed once beside the environment, or a stated skip."""

import subprocess
import sys
from functools import cache

import pytest

from benchmarks.flower_shop.shop import PACKAGES
from tests.helpers.source_tree import ROOT

INSTALL_DEADLINE_S = 240


@cache
def why_not_installed() -> str:
    """Install the shop's packages, which takes no time when they are there; "" or why that cannot be done."""
    ready = PACKAGES / ".ready"
    make = ["make", "--no-print-directory", f"VENV={sys.prefix}", str(ready)]
    try:
        done = subprocess.run(make, cwd=ROOT, capture_output=True, text=True, timeout=INSTALL_DEADLINE_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return "" if ready.exists() and not done.returncode else (done.stderr.strip().splitlines() or ["no reason"])[-1]


def need_flower_shop() -> None:
    """Skip the test, with the reason, when the packages cannot be installed."""
    if why := why_not_installed():
        pytest.skip(f"the packages of the UCP Flower Shop cannot be installed: {why}")
