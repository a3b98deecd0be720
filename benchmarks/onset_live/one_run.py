"""Carries out one live run against a stub of its own, and holds the reported onset against the stub's truth log."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from benchmarks.onset_live.matrix import CALM_PER_S, CAPACITY_PER_S, DURATION_S, JUMP, RAMP, STAIRS, Case
from benchmarks.onset_live.results import Row
from reports.run_record.run_directory import open_run
from reports.truth_log import WINDOW_S, TruthRow, read_truth

ROOT: Final = Path(__file__).resolve().parents[2]
BIN: Final = Path(sys.executable).parent
POINTS: Final = {"ramp": RAMP, "stairs": STAIRS}
LONGEST_S: Final = 180.0
_NS: Final = 1_000_000_000


@contextmanager
def stub(flags: Sequence[str], truth: Path) -> Iterator[str]:
    """A stub of the matrix' capacity; its URL. It ends when the block does."""
    command = [
        sys.executable, "-P", "-m", "target_stub", "--capacity-per-s", str(CAPACITY_PER_S), "--truth", str(truth),
        "--until-stdin-closes", *flags,
    ]  # fmt: skip
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None  # noqa: S101 - stdout is a pipe by the call above
        yield str(json.loads(process.stdout.readline())["url"])
        process.communicate(timeout=30)


def load_flags(load: str, folder: Path) -> list[str]:
    """The scenario's options of a load."""
    if load == "jump":
        return ["--plus", JUMP]
    if load in POINTS:
        points = folder / f"{load}.csv"
        lines = [f"{at},{rate}\n" for at, rate in POINTS[load]]
        points.write_text("".join(["t_s,rate_per_s\n", *lines]), encoding="utf-8")
        return ["--plus", str(points)]
    return []


def measure(case: Case, seed: int, folder: Path) -> Row:
    """Run the case in a folder of its own; subprocess.CalledProcessError when the report cannot be made."""
    truth, runs = folder / "truth.jsonl", folder / "runs"
    with stub(case.stub_flags, truth) as url:
        steady = [
            str(BIN / "locust"), "-f", "locustfiles/steady.py", "--headless", "--host", url, "--runs", str(runs),
            "--rate", str(CALM_PER_S), "--duration", f"{DURATION_S}s", "--seed", str(seed), *load_flags(case.load, folder),
        ]  # fmt: skip
        subprocess.run(steady, cwd=ROOT, capture_output=True, check=False, timeout=LONGEST_S)
    onset = [str(BIN / "springtide"), "onset", str(runs / "latest"), "--truth", str(truth), "--json"]
    told = json.loads(subprocess.run(onset, cwd=ROOT, capture_output=True, check=True).stdout)
    run, account = open_run(runs / "latest"), told["truth"]
    row = row_of(case, seed, told["onset"]["episodes"], account)
    if row.true_s is None:
        return row
    at_ns = run.manifest.started_unix_ns + round(row.true_s * _NS)
    return row.with_rate(turned_away_per_s(read_truth(truth), at_ns))


def row_of(case: Case, seed: int, episodes: Sequence[dict[str, object]], truth: dict[str, float | None]) -> Row:
    """The row of a run by its report and the comparison with the truth log."""
    first = next((one for one in episodes if one["signal"] in ("refused", "queued")), {})
    offered = first.get("offered_per_s")
    second = first.get("second")
    return Row(
        technique=case.technique,
        voice=case.voice,
        load=case.load,
        seed=seed,
        signal=str(first.get("signal", "")),
        reported_s=second if isinstance(second, int) else None,
        true_s=truth["true_second"],
        offered_per_s=offered if isinstance(offered, float) else None,
        turned_away_per_s=None,
    )


def turned_away_per_s(rows: Sequence[TruthRow], at_unix_ns: int) -> float:
    """m: how many the target turned away a second, in the ten seconds from an instant on."""
    first = at_unix_ns // _NS
    return sum(row.turned_away for row in rows if first <= row.second_unix < first + WINDOW_S) / WINDOW_S
