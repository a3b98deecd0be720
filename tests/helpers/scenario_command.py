"""The stock locust command with a scenario, for what it prints without running."""

import subprocess
import sys
from pathlib import Path

from tests.helpers.source_tree import ROOT

LOCUST = Path(sys.executable).with_name("locust")


def locust(scenario: str, *words: str) -> str:
    """What ``locust -f locustfiles/<scenario>.py`` prints."""
    command = [str(LOCUST), "-f", str(ROOT / "locustfiles" / f"{scenario}.py"), *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    return done.stdout
