"""``springtide capacity RUN...``: how many replicas a festival needs, from runs with one or more numbers of them."""

import argparse
import math
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from reports.capacity_review import CapacityReview, Question, review
from reports.exit_codes import ExitCode
from reports.render.capacity_plot import plot
from reports.render.capacity_text import print_review
from reports.render.plain import console_on
from reports.replicas import Plan
from reports.run_capacity import run_capacity
from reports.run_lookup import find_run
from reports.run_record.run_directory import RunError
from reports.run_record.schema import to_json
from reports.verdict import Verdict

MEANING = "how many replicas a festival needs, from runs with one or more numbers of them"
MOST_PEAKS = 20


def number(*, above: float = 0.0, most: float = math.inf) -> Callable[[str], float]:
    """Reads a finite number above ``above`` and at most ``most``."""

    def read(text: str) -> float:
        value = float(text)
        if not (math.isfinite(value) and above < value <= most):
            limits = f"above {above:g}" + (f" and at most {most:g}" if math.isfinite(most) else "")
            raise argparse.ArgumentTypeError(f"{text!r} is not a number {limits}")
        return value

    read.__name__ = "number"
    return read


def whole(least: int) -> Callable[[str], int]:
    """Reads a whole number of at least ``least``."""

    def read(text: str) -> int:
        value = int(text)
        if value < least:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least {least}")
        return value

    read.__name__ = "whole number"
    return read


def numbers(text: str) -> tuple[float, ...]:
    """Numbers above 0 with commas between."""
    found = tuple(number()(one) for one in text.split(","))
    if len(found) > MOST_PEAKS:
        raise argparse.ArgumentTypeError(f"{len(found)} numbers are too many, give at most {MOST_PEAKS}")
    return found


def attempts(text: str) -> tuple[float, float, float]:
    """One number of at least 1, or the least, the likeliest and the most."""
    found = numbers(text)
    if len(found) == 1:
        found *= 3
    if len(found) != 3 or not 1 <= found[0] <= found[1] <= found[2]:  # noqa: PLR2004 - least, likeliest, most
        raise argparse.ArgumentTypeError(
            f"{text!r} is neither a number of at least 1 nor three in order, such as 1.05,1.15,1.3"
        )
    return found[0], found[1], found[2]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument(
        "runs", metavar="RUN", nargs="+", help="run directories that offered more than the target holds"
    )
    parser.add_argument(
        "--orders", metavar="N", type=number(), required=True, help="orders of the whole event, such as 10e6"
    )
    parser.add_argument("--hours", metavar="H", type=number(), required=True, help="how long it lasts")
    parser.add_argument(
        "--peak-to-mean", metavar="A,B", type=numbers, default=(3.0, 6.0, 12.0, 36.0),
        help="how many times the mean its busiest second is; several are each answered (default 3,6,12,36)",
    )  # fmt: skip
    parser.add_argument(
        "--utilisation",
        metavar="U",
        type=number(most=1),
        default=0.7,
        help="how full a replica is planned (default .7)",
    )
    parser.add_argument("--spare", metavar="N", type=whole(0), default=1, help="replicas that may be lost (default 1)")
    parser.add_argument("--zones", metavar="Z", type=whole(2), help="zones, one of which may be lost")
    parser.add_argument(
        "--prompts-per-order",
        metavar="A,B",
        type=numbers,
        default=(),
        help="also plan for orders that take so many chat requests",
    )
    parser.add_argument(
        "--attempts", metavar="A[,B,C]", type=attempts, help="attempts that a wish costs; default: as in the runs"
    )
    parser.add_argument(
        "--scatter",
        metavar="V",
        type=number(),
        default=2.0,
        help="variance / mean of arrivals in a second: 1 random, 2 to 5 a flash crowd (default 2)",
    )
    parser.add_argument(
        "--efficiency",
        metavar="E",
        type=number(most=1),
        help="assume what each replica holds among the others, instead of measuring it",
    )
    parser.add_argument("--replicas", metavar="N", type=whole(1), help="replicas of runs whose record does not say")
    parser.add_argument(
        "--within",
        metavar="S",
        type=number(),
        default=8.0,
        help="seconds after which an order is too late to be good (default 8)",
    )
    parser.add_argument("--plot", metavar="FILE.svg", type=Path, help="draw what was measured and predicted")
    parser.add_argument("--json", action="store_true", help="print the whole answer as JSON")


def question_of(arguments: argparse.Namespace) -> Question:
    """The question as given."""
    plan = Plan(
        utilisation=arguments.utilisation,
        scatter=arguments.scatter,
        spare=arguments.spare,
        zones=arguments.zones,
        efficiency=arguments.efficiency,
    )
    if arguments.attempts is not None:
        plan = replace(plan, amplification=arguments.attempts)
    return Question(
        orders=arguments.orders,
        hours=arguments.hours,
        peak_to_mean=arguments.peak_to_mean,
        plan=plan,
        prompts_per_order=arguments.prompts_per_order,
        within_s=arguments.within,
        attempts_given=arguments.attempts is not None,
    )


def capacity(arguments: argparse.Namespace) -> int:
    """Answer; RunError when a run cannot be read or the plot not be written."""
    runs = [find_run(name) for name in arguments.runs]
    if len({run.path.resolve() for run in runs}) < len(runs):
        raise RunError("The same run is given twice: each counts as one witness, give every run once.")
    measured = [run_capacity(run, within_s=arguments.within, replicas=arguments.replicas) for run in runs]
    answer = review(measured, question_of(arguments))
    if arguments.plot is not None:
        _draw(answer, arguments.plot)
    if arguments.json:
        sys.stdout.write(to_json(answer).decode())
    else:
        print_review(answer, console_on(sys.stdout))
    return ExitCode.PASS if answer.verdict is Verdict.PASS else ExitCode.INCONCLUSIVE


def _draw(answer: CapacityReview, path: Path) -> None:
    try:
        path.write_text(plot(answer), encoding="utf-8")
    except OSError as error:
        raise RunError(f"The plot {path} cannot be written: {error.strerror}. Give another --plot FILE.svg.") from error
