"""A calibration as Markdown, for the README."""

from typing import Final

from benchmarks.onset_calibration.results import Result

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
    lines = [f"| {' | '.join(_HEADS)} |", "|---:" * len(_HEADS) + "|", *rows, "", f"False alarms of calm runs: {calm}."]
    return "\n".join([*lines, "", f"{missed} {method}", ""])
