"""A scaled festival at the Flower Shop through the stock command, and its audit from the shop's own books."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.flower_shop.ledger import export
from benchmarks.flower_shop.shop import shelves, write_target

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
_SLO = Path(__file__).with_name("slo.yaml")
_RUN_SLO = ROOT / "reports" / "slos" / "journey.yaml"


@dataclass(frozen=True, slots=True)
class Bought:
    """A run and the shop's own books after it."""

    run: Path
    ledger: Path
    orders: int
    """In the shop's own books."""

    def audit(self) -> dict[str, Any]:
        """The report of ``springtide audit``."""
        told: dict[str, Any] = json.loads(
            _springtide("audit", str(self.run), "--ledger", str(self.ledger), "--json").stdout
        )
        return told

    def gate(self) -> tuple[int, str]:
        """Exit code and text of ``springtide gate`` on the objectives of this folder."""
        done = _springtide("gate", str(self.run), "--slo", str(_SLO), "--ledger", str(self.ledger))
        return done.returncode, done.stdout + done.stderr


def festival(folder: Path, url: str, *flags: str) -> Bought:
    """Run a festival with these flags against the shop at ``url``, whose books are in ``folder``/shop, and export them.

    ``folder`` holds the run directory and the ledger afterwards. Raises RuntimeError with what the festival said when it did not
    run.
    """
    runs, ledger = folder / "runs", folder / "ledger.sqlite"
    command = [str(BIN / "locust"), "-f", "locustfiles/festival.py", "--headless", "--skip-log-setup"]
    options = ["--target", str(write_target(folder, url)), "--runs", str(runs), "--slo", str(_RUN_SLO)]
    done = subprocess.run([*command, *options, *flags], cwd=ROOT, capture_output=True, text=True, check=False)
    if not (runs / "latest").exists():
        raise RuntimeError(f"The festival did not run: {done.stderr[-500:]}")
    orders = export(folder / "shop", ledger, supplied=shelves())
    return Bought((runs / "latest").resolve(), ledger, orders)


def _springtide(*words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([BIN / "springtide", *words], cwd=ROOT, capture_output=True, text=True, check=False)
