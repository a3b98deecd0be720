"""A calibration as Markdown, for the README."""

from pathlib import Path
from typing import Final

from benchmarks.generator.command_line import pasted
from benchmarks.onset_calibration.results import LIVE_CPU_SHARE, Result

README: Final = Path(__file__).resolve().parents[2] / "README.md"
COMMAND: Final = "make calibrate-onset"
"""What makes the table; the README names it where the table begins."""
_HEADS: Final = (
    "wishes/s",
    "refused share",
    "false alarms",
    "found",
    "delay, median s",
    "onset off, p90 s",
    "95 % set holds it",
)


def markdown(result: Result) -> str:
    """A row for each rate and share, the calm runs, and the goals that are missed."""
    rows = [
        f"| {cell.rate:,.0f} | {cell.share:.1%} | {cell.false_alarm:.1%} | {cell.detected:.1%} | "
        f"{cell.delay_median_s:g} (goal {cell.longest_delay_s:g}) | "
        f"{cell.onset_error_p90_s:g} (goal {cell.largest_error_s:.3g}) | {cell.coverage:.1%} |"
        for cell in result.cells
    ]
    calm = "; ".join(
        f"{one.rate:,.0f}/s, {one.load}: {one.false_alarm:.1%} of {one.runs:,} (goal {one.allowed:.0%})"
        for one in result.calm
    )
    missed = f"Goals missed: {'; '.join(result.misses)}." if result.misses else "No goal is missed."
    method = (
        f"{min(cell.runs for cell in result.cells):,} runs a row and as many short episodes, each run of {result.seconds} s, "
        f"of which {result.tolerated_share:.1%} is refused before the onset."
    )
    live = (
        "The cost of the live detector was not measured."
        if result.live_cpu_share is None
        else f"Watching a run of 10,000 outcomes/s while it goes on costs {result.live_cpu_share:.2%} of a core (goal {LIVE_CPU_SHARE:.0%})."
    )
    lines = [f"| {' | '.join(_HEADS)} |", "|---:" * len(_HEADS) + "|", *rows, "", f"False alarms of calm runs: {calm}."]
    return "\n".join([*lines, "", f"{missed} {method} {live}", ""])


def paste(result: Result) -> None:
    """Put the table in its place in the README."""
    README.write_text(pasted(README.read_text(encoding="utf-8"), markdown(result), COMMAND), encoding="utf-8")
