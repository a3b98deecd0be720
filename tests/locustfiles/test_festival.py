"""The festival loads under the stock command, which shows its options and its one user."""

import subprocess
import sys
from pathlib import Path

from locustfiles.session.settings import OPTIONS
from tests.helpers.source_tree import ROOT

LOCUST = Path(sys.executable).with_name("locust")
FESTIVAL = ROOT / "locustfiles" / "festival.py"


def locust(*words: str) -> str:
    """What ``locust -f locustfiles/festival.py`` prints."""
    command = [str(LOCUST), "-f", str(FESTIVAL), *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    return done.stdout


def test_list() -> None:
    """Locust finds the one user to run and none of the bases."""
    assert locust("--list").split() == ["Available", "Users:", "FestivalShopper"]


def test_show_options() -> None:
    """The command explains every option of ours beside Locust's own, and why demand is three by default."""
    shown = " ".join(locust("--show-options").split())

    for option in OPTIONS:
        assert option.flag in shown
    assert "--users" in shown
    assert 'capacity is reported as "about a third of the peak", hence 3' in shown
