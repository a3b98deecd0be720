"""``springtide check [SLO] [--require LINE]``: whether objectives can be judged, before there is a run.

Quick to start, since every run of the generator asks: it needs none of the libraries that judging needs.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from reports.exit_codes import ExitCode
from reports.one_liner import EXAMPLE, parse_line
from reports.render.plain import plain
from reports.run_record.outcome import ANY_STEP
from reports.slo import Objective, load_objectives, refuse_twins
from reports.slo_fields import SloError, unknown

MEANING = "whether objectives can be judged, before there is a run"
_SAID_LIMIT = 1000


def requested(slo: Path | None, lines: Sequence[str]) -> list[Objective]:
    """The objectives of an SLO file, then those of one-liners. Raises SloError with one sentence, also when there is none."""
    objectives = [] if slo is None else load_objectives(slo)
    objectives += [parse_line(line) for line in lines]
    if not objectives:
        raise SloError(
            f"There is nothing to judge by: give --slo FILE, such as reports/slos/festival.yaml, or --require '{EXAMPLE}'."
        )
    refuse_twins(objectives)
    return objectives


def add_require(parser: argparse.ArgumentParser) -> None:
    """The option that takes an objective on one line, as often as it is given."""
    parser.add_argument(
        "--require", metavar="LINE", action="append", default=[],
        help=f"an objective on one line, such as '{EXAMPLE}'; may be given again",
    )  # fmt: skip


def check_against(objectives: Sequence[Objective], steps: Sequence[str] | None, segments: int | None) -> None:
    """Raise SloError when an objective names a step or a stage that a run does not have.

    ``steps`` are those of the journey, ``segments`` the number of the curve's; None, or no step, = not known, and not checked.
    """
    for objective in objectives:
        for source in (objective.indicator.total, objective.indicator.part):
            if source.step and steps and source.step not in (*steps, ANY_STEP):
                raise SloError(f"{source.path}.step: {source.step} is {unknown(source.step, steps)}")
            if segments is not None and (source.stage or 0) > segments:
                raise SloError(f"{source.path}.stage: the curve has {segments} segments, got {source.stage}")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("slo", metavar="SLO", type=Path, nargs="?", help="the SLO file")
    add_require(parser)
    parser.add_argument("--steps", metavar="A,B", help="steps of the journey; default: not checked")
    parser.add_argument("--segments", metavar="N", type=int, help="segments of the curve; default: not checked")


def check(arguments: argparse.Namespace) -> int:
    """Read them as the gate will; SloError with one sentence when it cannot be judged."""
    objectives = requested(arguments.slo, arguments.require)
    check_against(objectives, arguments.steps.split(",") if arguments.steps else None, arguments.segments)
    where = f"{arguments.slo}: " if arguments.slo else ""
    can = "1 objective" if len(objectives) == 1 else f"{len(objectives)} objectives"
    sys.stdout.write(f"{where}{can} can be judged.\n")
    return ExitCode.PASS


def main(argv: Sequence[str] | None = None) -> int:
    """The command alone; returns the exit code."""
    parser = argparse.ArgumentParser(prog="springtide check", description=MEANING)
    add_arguments(parser)
    try:
        return check(parser.parse_args(argv))
    except SloError as error:
        sys.stderr.write(f"springtide: {plain(error, _SAID_LIMIT)}\n")
        return ExitCode.USAGE


if __name__ == "__main__":
    sys.exit(main())
