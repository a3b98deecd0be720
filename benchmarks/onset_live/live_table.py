"""The live runs as Markdown, for the README."""

from pathlib import Path
from typing import Final

from benchmarks.generator.command_line import pasted
from benchmarks.onset_live.matrix import cases
from benchmarks.onset_live.results import Result, Row

README: Final = Path(__file__).resolve().parents[2] / "README.md"
COMMAND: Final = "make onset-live"
"""What makes the table; the README names it where the table begins."""
_HEADS: Final = ("technique", "voice", "load", "signal", "reported s", "true s", "off s", "allowed s", "offered/s", "")


def markdown(result: Result) -> str:
    """A row a run, in the order of the cases, and how many of them agree with the truth."""
    rows = {row.key: row for row in result.rows}
    names = [(case.technique, case.voice, case.load) for case in cases()]
    measured = [rows[name] for name in names if name in rows]
    right = sum(row.is_right for row in measured)
    lines = [f"| {' | '.join(_HEADS)} |", "|---|---|---|---|" + "---:|" * 5 + "---|", *map(_line, measured), ""]
    return "\n".join(
        [*lines, f"{len(measured)} of {len(names)} runs measured, {right} of them agree with the stub's truth log.", ""]
    )


def _line(row: Row) -> str:
    off = "-" if row.reported_s is None or row.true_s is None else f"{row.off_s:+.2f}"
    cells = (
        *row.key, row.signal or "none", _shown(row.reported_s, "d"), _shown(row.true_s, ".2f"), off,
        f"{row.allowed_s:.1f}", _shown(row.offered_per_s, ".0f"), "ok" if row.is_right else "WRONG",
    )  # fmt: skip
    return f"| {' | '.join(cells)} |"


def _shown(value: float | None, form: str) -> str:
    return "none" if value is None else format(value, form)


def paste(result: Result) -> None:
    """Put the table in its place in the README."""
    README.write_text(pasted(README.read_text(encoding="utf-8"), markdown(result), COMMAND), encoding="utf-8")
