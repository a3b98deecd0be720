"""Where the gate's report goes beside the console: Markdown and JUnit, to files, standard output or a job's summary.

This module must not know what a report says (``markdown``, ``junit``).
"""

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

SUMMARY_VARIABLE = "GITHUB_STEP_SUMMARY"
"""Names the file in which GitHub Actions collects what the steps of a job say."""
STANDARD_OUTPUT = "-"
_THE_SUMMARY = ""


class OutputError(Exception):
    """One sentence about an output that cannot be written."""


@dataclass(frozen=True, slots=True)
class Outputs:
    """What was asked for; None = not wanted."""

    markdown: Path | None = None
    junit: Path | None = None
    prints_markdown: bool = False
    """Markdown goes to standard output, instead of the console's report."""
    summary: Path | None = None
    """The job's summary, to which several steps append."""

    def write_markdown(self, text: str) -> None:
        """Write or append the Markdown where it was asked for; OutputError when that cannot be done."""
        if self.markdown is not None:
            _write(self.markdown, text.encode(), "ab" if self.markdown == self.summary else "wb")

    def write_junit(self, document: bytes) -> None:
        """Write the XML where it was asked for; OutputError when that cannot be done."""
        if self.junit is not None:
            _write(self.junit, document, "wb")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the gate's outputs."""
    parser.add_argument(
        "--markdown",
        metavar="FILE",
        nargs="?",
        const=_THE_SUMMARY,
        help=f"write the report as Markdown; - is standard output; without FILE it is added to ${SUMMARY_VARIABLE}",
    )
    parser.add_argument("--junit", metavar="FILE", type=Path, help="write the report as JUnit XML")


def outputs(arguments: argparse.Namespace, environ: Mapping[str, str]) -> Outputs:
    """What the command line asks for. Empties the files, so that nothing old is taken for this run's when the gate fails.

    Raises OutputError when one cannot be written, before anything is judged.
    """
    named = environ.get(SUMMARY_VARIABLE)
    if arguments.markdown == _THE_SUMMARY and not named:
        raise OutputError(
            f"--markdown without a file needs ${SUMMARY_VARIABLE}, which is not set: give a file, or - for standard output."
        )
    printed = arguments.markdown == STANDARD_OUTPUT
    if printed and arguments.json:
        raise OutputError("--json and --markdown - both want standard output: give --markdown a file.")
    markdown = None if printed or arguments.markdown is None else Path(arguments.markdown or named or "")
    found = Outputs(markdown, arguments.junit, printed, Path(named) if named else None)
    if found.markdown is not None and found.markdown == found.junit:
        raise OutputError(f"--markdown and --junit both name {found.junit}: give each a file of its own.")
    found.write_markdown("")
    found.write_junit(b"")
    return found


def _write(path: Path, content: bytes, mode: str) -> None:
    try:
        with path.open(mode) as file:
            file.write(content)
    except OSError as error:
        raise OutputError(
            f"{path} cannot be written: {error.strerror}. Name a file in a folder that exists."
        ) from error
