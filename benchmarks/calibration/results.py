"""How often the gate is wrong at the limit: counts, shares, goals, the table of the README and the JSON file."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from benchmarks.calibration.runs import Judged
from reports.verdict import Verdict

FALSE_GOAL, COVERAGE_GOAL = 0.05, 0.90
COMMAND = "python -m benchmarks.calibration --table"
"""What prints the table; the README names it where the table begins."""


class Line(msgspec.Struct, frozen=True):
    """The runs of one autocorrelation."""

    autocorrelation: float
    runs: int
    false_pass: float
    false_fail: float
    coverage: float
    phi: float
    """Median of how many dependent wishes are worth an independent one."""


class Result(msgspec.Struct, frozen=True):
    """All of them. ``false_pass`` and ``false_fail`` are the highest of the lines, ``coverage`` is by autocorrelation."""

    false_pass: float
    false_fail: float
    coverage: dict[str, float]
    runs: int
    """Of each autocorrelation."""
    seed: int
    lines: list[Line]


def line_of(autocorrelation: float, found: Sequence[Judged]) -> Line:
    """Count what was said of runs whose truth is the limit."""
    n = len(found)
    return Line(
        autocorrelation,
        n,
        false_pass=sum(one.verdict is Verdict.PASS for one in found) / n,
        false_fail=sum(one.verdict is Verdict.FAIL for one in found) / n,
        coverage=sum(one.covers for one in found) / n,
        phi=round(sorted(one.phi for one in found)[n // 2], 2),
    )


def result_of(lines: list[Line], seed: int) -> Result:
    """The worst of the lines, and the lines."""
    return Result(
        max(line.false_pass for line in lines),
        max(line.false_fail for line in lines),
        {f"{line.autocorrelation:g}": line.coverage for line in lines},
        lines[0].runs,
        seed,
        lines,
    )


def missed(found: Result) -> list[str]:
    """A sentence for every goal that is not reached."""
    wrong = {"PASS": found.false_pass, "FAIL": found.false_fail}
    sentences = [
        f"{share:.1%} of the runs at the limit {verdict}, at most {FALSE_GOAL:.0%} may"
        for verdict, share in wrong.items()
        if share > FALSE_GOAL
    ]
    return sentences + [
        f"at autocorrelation {rho} the interval covers the truth in {share:.1%}, at least {COVERAGE_GOAL:.0%} is needed"
        for rho, share in found.coverage.items()
        if share < COVERAGE_GOAL
    ]


def markdown(found: Result) -> str:
    """The table, and how it was made."""
    wrong = [f"false {verdict} (<= {FALSE_GOAL:.0%})" for verdict in ("PASS", "FAIL")]
    heads = ["autocorrelation", *wrong, f"interval covers the truth (>= {COVERAGE_GOAL:.0%})", "phi"]
    rows = [f"| {' | '.join(heads)} |", "|---:" * len(heads) + "|"]
    rows += [
        f"| {line.autocorrelation:g} | {line.false_pass:.1%} | {line.false_fail:.1%} | {line.coverage:.1%} | {line.phi:.1f} |"
        for line in found.lines
    ]
    return "\n".join([*rows, "", f"{found.runs:,} runs a row, seed {found.seed}."]) + "\n"


def write(found: Result, path: Path) -> None:
    """Write it for people and machines."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=2) + b"\n")


def read(path: Path) -> Result:
    """The result in a file; msgspec.DecodeError when it is no result."""
    return msgspec.json.decode(path.read_bytes(), type=Result)
