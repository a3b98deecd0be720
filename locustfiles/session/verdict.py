"""Asks ``springtide`` what a run means, and before it whether it can be judged, in a process of its own: a generator does not judge
itself.
"""

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from locustfiles.session.gate_options import Gate
from reports.run_record.outcome import PURCHASE_STEPS

GATE_DEADLINE_S = 300.0
CHECK_DEADLINE_S = 60.0
CRASH, USAGE = 1, 2
COLUMNS = 100
"""Of an output that is no terminal."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the gate printed and its exit code."""

    text: str
    exit_code: int


def judge_for(output: TextIO, run_path: Path, gate: Gate) -> Judgement:
    """The gate's words on a finished run as ``output`` shows them best."""
    is_terminal = output.isatty()
    columns = shutil.get_terminal_size((COLUMNS, 40)).columns if is_terminal else COLUMNS
    return judge(run_path, gate, columns=columns, colour=is_terminal)


def judge(run_path: Path, gate: Gate, *, columns: int, colour: bool) -> Judgement:
    """Run the gate on a finished run; a gate that hangs or cannot start is a crash, never a pass."""
    environ = {**os.environ, "COLUMNS": str(columns), **({"FORCE_COLOR": "1"} if colour else {"NO_COLOR": "1"})}
    command = [sys.executable, "-P", "-m", "reports", "gate", str(run_path), *gate.words]
    try:
        done = subprocess.run(
            command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=GATE_DEADLINE_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        again = shlex.join(["springtide", "gate", str(run_path), *gate.words])
        text = f"The gate did not answer ({type(error).__name__}). Run: {again}"
        return Judgement(text, CRASH)
    return Judgement(done.stdout.decode("utf-8", "replace"), done.returncode)


def gate_mistake(gate: Gate, segments: int | None, steps: Sequence[str] = PURCHASE_STEPS) -> str:
    """What is wrong with objectives for a journey of these steps (none = not known) on a curve of so many segments (None = not known).

    "" when they can be judged.

    A check that cannot be made says nothing: the gate will say it after the run.
    """
    named = ["--steps", ",".join(steps)] if steps else []
    known = [] if segments is None else ["--segments", str(segments)]
    command = [sys.executable, "-P", "-m", "reports.slo_check", *gate.checked_words, *named, *known]
    try:
        done = subprocess.run(command, capture_output=True, timeout=CHECK_DEADLINE_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    said = done.stderr.decode("utf-8", "replace").strip()
    return said.removeprefix("springtide: ") if done.returncode == USAGE else ""
