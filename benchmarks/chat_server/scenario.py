"""A run as a user has one: `locustfiles/closed_loop.py --target` with one shopper who only talks, beside the server's /metrics.

One shopper at a time, so that the server's counters, which count what slots do together once, are the sum over the answers.
"""

import json
import subprocess
from collections.abc import Sequence
from itertools import count, islice
from pathlib import Path
from typing import NamedTuple

import msgspec

from benchmarks.chat_server.shoppers import MEMBERS, SEED, SYSTEM_TEXT
from benchmarks.generator.bench_machine import BIN, ROOT, BenchError
from locustfiles.journeys.prompts import prompt_for
from reports.run_record.outcome import CHAT, Clock, Outcome
from reports.run_record.run_directory import Run, open_run

PROMPTS = 200
_GATE_CODES = (0, 3, 99)
"""Whether the run meets an SLO is not asked here; a run that was not valid or not finished has another code."""
_DRAIN_S = 120.0
_US_PER_MS = 1000


class Recorded(NamedTuple):
    """Means of the record over the answers that were done."""

    answers: int
    first_content_ms: float
    tpot_ms: float


def write_target(folder: Path, url: str, model: str) -> Path:
    """The target file and its prompts, which are English: a token of theirs shows as soon as it is there."""
    wishes = (prompt for number in count() if (prompt := prompt_for("bench-chat", SEED, number)).language == "en")
    lines = (json.dumps({"text": prompt.text}) for prompt in islice(wishes, PROMPTS))
    (folder / "prompts.jsonl").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    members = ", ".join(f"{name} = {json.dumps(value)}" for name, value in MEMBERS.items())
    path = folder / "target.toml"
    path.write_text(
        f'name = "{model}"\njourney = "chat-only"\n\n[chat]\nurl = "{url}"\nmodel = "{model}"\ntool = false\n'
        f'system = {json.dumps(SYSTEM_TEXT)}\nmembers = {{ {members} }}\n\n[data]\nprompts = "prompts.jsonl"\n',
        encoding="utf-8",
    )
    return path


def command(target: Path, seconds: int) -> Sequence[str | Path]:
    """One shopper for so long."""
    scenario: list[str | Path] = [
        BIN / "locust",
        "-f",
        ROOT / "locustfiles" / "closed_loop.py",
        "--headless",
        "--target",
        target,
    ]
    options = ["-u", "1", "--think", "0.2s", "--duration", f"{seconds}s", "--connections", "fresh", "--patience", "60s"]
    return [*scenario, *options]


def run(folder: Path, url: str, model: str, seconds: int) -> Recorded:
    """Carry it out in a folder of its own; BenchError when it does not end as a run does."""
    done = subprocess.run(
        [str(part) for part in command(write_target(folder, url, model), seconds)],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=seconds + _DRAIN_S,
        check=False,
    )
    if done.returncode not in _GATE_CODES:
        raise BenchError(f"closed_loop.py ended with {done.returncode}: {done.stderr.strip()[-500:]}")
    return recorded(open_run(folder / "runs" / "latest"))


def recorded(found: Run) -> Recorded:
    """The means of a run; BenchError when another answer than a done one is on record, which the server counts too."""
    others = [
        row for row in found.table("outcomes").to_pylist() if row["step"] == CHAT and row["outcome"] != Outcome.DONE
    ]
    if others:
        raise BenchError(f"answers that are not done cannot be compared: {msgspec.json.encode(others).decode()}")
    means: dict[str, float] = {}
    answers = 0
    for clock in (Clock.FIRST_CONTENT, Clock.TPOT):
        rows = [row for row in found.table("histograms").to_pylist() if (row["step"], row["clock"]) == (CHAT, clock)]
        answers = sum(row["n"] for row in rows)
        if not answers:
            raise BenchError(f"the record holds no {clock} of {CHAT}")
        means[clock] = sum(row["sum_us"] for row in rows) / answers / _US_PER_MS
    return Recorded(answers, means[Clock.FIRST_CONTENT], means[Clock.TPOT])
