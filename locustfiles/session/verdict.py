"""Asks ``springtide gate`` what a run means, in a process of its own: a generator does not judge itself."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

GATE_DEADLINE_S = 300.0
CRASH = 1


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the gate printed and its exit code."""

    text: str
    exit_code: int


def judge(run_path: Path, slo: Path, *, columns: int, colour: bool) -> Judgement:
    """Run the gate on a finished run; a gate that hangs or cannot start is a crash, never a pass."""
    environ = {**os.environ, "COLUMNS": str(columns), **({"FORCE_COLOR": "1"} if colour else {"NO_COLOR": "1"})}
    command = [sys.executable, "-P", "-m", "reports", "gate", str(run_path), "--slo", str(slo)]
    try:
        done = subprocess.run(
            command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=GATE_DEADLINE_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        text = f"The gate did not answer ({type(error).__name__}). Run: springtide gate {run_path} --slo {slo}"
        return Judgement(text, CRASH)
    return Judgement(done.stdout.decode("utf-8", "replace"), done.returncode)
