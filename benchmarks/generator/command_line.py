"""What the two measuring programs share: options, the end by a signal, and a result's table on a page."""

import argparse
import signal
import sys
from collections.abc import Callable
from pathlib import Path

USAGE = 2
TERMINATED = 128 + signal.SIGTERM
END = "<!-- end of the table -->\n"


def above_zero(text: str) -> float:
    """A number above 0; argparse tells what is none."""
    value = float(text)
    if not value > 0:
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return value


def at_least_one(text: str) -> int:
    """A whole number of rounds; argparse tells what is none."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not 1 or more")
    return value


def parser_of(
    about: str | None, *, rounds: int, seconds: float, warm_up_s: float, result: Path
) -> argparse.ArgumentParser:
    """The options that both programs have, with each one's own defaults."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=at_least_one, default=rounds, help=f"interleaved rounds ({rounds})")
    parser.add_argument(
        "--seconds", type=above_zero, default=seconds, help=f"length of each counted window ({seconds:g})"
    )
    parser.add_argument("--warm-up", type=above_zero, default=warm_up_s, help=f"seconds before it ({warm_up_s:g})")
    parser.add_argument("--table", action="store_true", help="print the last result as Markdown and measure nothing")
    parser.add_argument("--paste", type=Path, help="put the last result's table in its place in this file")
    parser.add_argument(
        "--result", type=Path, default=result, help="the JSON file that is written, and read by --table"
    )
    return parser


def end_children_when_terminated() -> None:
    """Make SIGTERM an exception, which ends the programs that were started; the signal alone would not."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED))


def tell(line: str) -> None:
    """Say how far it is."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def begin(command: str) -> str:
    """The mark before a table in a page: the command that prints it."""
    return f"<!-- {command} -->\n"


def pasted(page: str, table: str, command: str) -> str:
    """The page with the table of a command between its marks; ValueError when it has no such place."""
    before, mark, rest = page.partition(begin(command))
    _, end, after = rest.partition(END)
    if not (mark and end):
        raise ValueError(f"The page has no place for the table between {begin(command).strip()!r} and {END.strip()!r}.")
    return f"{before}{mark}{table}{end}{after}"


def show(result: Path, page: Path | None, *, markdown: Callable[[Path], str], command: str, target: str) -> int:
    """Print the table of a result, or put it in its place in a page; the exit code. ``target`` is make's that measures."""
    if not result.is_file():
        sys.stderr.write(f"There is no result in {result}; make {target} writes one.\n")
        return USAGE
    table = markdown(result)
    if page is None:
        sys.stdout.write(table)
    else:
        page.write_text(pasted(page.read_text(encoding="utf-8"), table, command), encoding="utf-8")
    return 0
