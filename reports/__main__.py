"""``springtide {gate|onset|audit|show|texts|render} RUN``: what a run means. ``springtide check SLO``: whether it can be judged at all.
``springtide doctor``: whether a machine and a target are ready for one.

One small function a verb; each returns the exit code of ``exit_codes``. Bad input is one sentence on stderr and code
2, a fault of ours one sentence and code 1 (the traceback too when SPRINGTIDE_DEBUG=1).
"""

import argparse
import errno
import os
import subprocess
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from reports import capacity_command, ledger_audit, slo_check, texts_command
from reports.early_end import with_aborting
from reports.exit_codes import ExitCode, UsageError
from reports.gate import judge_run, ledger_of, onset_answer
from reports.render import files
from reports.render.console import print_report
from reports.render.console_details import print_audit, print_onset, print_show
from reports.render.console_explain import chosen_name, print_explanations
from reports.render.files import OutputError
from reports.render.html import page
from reports.render.junit import junit
from reports.render.markdown import markdown
from reports.render.plain import console_on, plain
from reports.run_lookup import find_run, own_gate_of
from reports.run_record.run_directory import RunError
from reports.run_record.schema import to_json
from reports.show import show
from reports.slo_check import add_require, requested
from reports.slo_fields import SloError
from reports.timeline import Timeline
from reports.truth_log import read_truth

DOCTOR = "doctor"
FULL = (errno.ENOSPC, errno.EDQUOT)
"""No room for the answer: nobody's fault but the place's, where it was asked to go."""
_SQLITE_MAGIC = b"SQLite format 3\x00"


def gate(arguments: argparse.Namespace) -> int:
    """Judge the run against an SLO file, one-liners, or both."""
    wanted = files.outputs(arguments, os.environ)
    objectives = requested(arguments.slo, arguments.require)
    named = chosen_name(arguments.explain, [objective.name for objective in objectives])
    run = find_run(arguments.run)
    report = judge_run(run, objectives, _ledger_file(arguments.ledger))
    wanted.write_junit(junit(report))
    text = markdown(report)
    wanted.write_markdown(text)
    if wanted.prints_markdown:
        sys.stdout.write(text)
        return report.exit_code
    _answer(report, arguments, print_report)
    if arguments.explain is not None and not arguments.json:
        print_explanations(report, named, console_on(sys.stdout))
    return report.exit_code


def onset(arguments: argparse.Namespace) -> int:
    """Say when and at which load refusals began; beside the target's own account, when it is given."""
    run = find_run(arguments.run)
    answer = onset_answer(run, read_truth(arguments.truth) if arguments.truth else None)
    _answer(answer, arguments, print_onset)
    return ExitCode.PASS if answer.onset.ran else ExitCode.INCONCLUSIVE


def audit(arguments: argparse.Namespace) -> int:
    """Compare the order ledger with what shoppers were told."""
    run = find_run(arguments.run)
    ledger, why_not = ledger_of(run, _ledger_file(arguments.ledger))
    if ledger is None:
        raise UsageError(f"There is nothing to audit: {why_not}.")
    report = ledger_audit.audit(run, ledger)
    _answer(report, arguments, print_audit)
    if any(check.state == "violated" for check in report.checks):
        return ExitCode.LEDGER_VIOLATION
    return ExitCode.PASS if report.ran else ExitCode.INCONCLUSIVE


def describe(arguments: argparse.Namespace) -> int:
    """Say what the run holds."""
    _answer(show(find_run(arguments.run)), arguments, print_show)
    return ExitCode.PASS


def render(arguments: argparse.Namespace) -> int:
    """Write the report as one HTML page, whatever its verdict; unless told by which objectives, by those of ours that the run names."""
    run = find_run(arguments.run)
    slos, lines = arguments.slo, arguments.require
    if not slos and not lines:
        slos, lines = own_gate_of(run)
    objectives = with_aborting(requested(slos, lines) if slos or lines else [], run)
    timeline = Timeline(run)
    report = judge_run(run, objectives, _ledger_file(arguments.ledger), timeline)
    text = page(report, timeline, objectives, judged_by=", ".join(slo.name for slo in slos))
    try:
        arguments.html.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"The page {arguments.html} cannot be written: {error.strerror}. Give another file with --html."
        ) from error
    by = ", ".join(map(str, (*slos, *lines))) or "no objective, give some with --slo FILE"
    print(plain(f"{arguments.html}: {report.verdict} by {by}", 1000))
    return ExitCode.PASS


@dataclass(frozen=True, slots=True)
class Verb:
    """A word of the command line, what it does and which options it takes."""

    run: Callable[[argparse.Namespace], int]
    meaning: str
    options: tuple[str, ...] = ()
    speaks_json: bool = True


OPTIONS = {
    "--slo": "an SLO file (OpenSLO v1 subset), such as reports/slos/festival.yaml; may be given again",
    "--ledger": "the order ledger, a SQLite file; default: the one that the run names",
    "--html": "the file that is written: one page that needs no other file and no network",
    "--truth": "the target's own truth log, to compare with",
}
EXPLAIN = "also say how the verdict on the objective NAME came about; without NAME, on every one"
VERBS = {
    "gate": Verb(gate, "judge a run: objectives, validity, onset, ledger", ("--slo", "--ledger")),
    "onset": Verb(onset, "when and at which load the target began to refuse", ("--truth",)),
    "audit": Verb(audit, "compare the order ledger with what shoppers were told", ("--ledger",)),
    "show": Verb(describe, "what a run holds, without judging it"),
    "render": Verb(render, "write the report as an HTML page", ("--html", "--slo", "--ledger"), speaks_json=False),
}


def parser() -> argparse.ArgumentParser:
    """The command line, made from the table of verbs."""
    top = argparse.ArgumentParser(prog="springtide", description="What a load-test run means.")
    verbs = top.add_subparsers(dest="verb", metavar="VERB", required=True)
    checking = verbs.add_parser("check", help=slo_check.MEANING, description=slo_check.MEANING)
    slo_check.add_arguments(checking)
    checking.set_defaults(run_verb=slo_check.check)
    planning = verbs.add_parser("capacity", help=capacity_command.MEANING, description=capacity_command.MEANING)
    capacity_command.add_arguments(planning)
    planning.set_defaults(run_verb=capacity_command.capacity)
    reading = verbs.add_parser("texts", help=texts_command.MEANING, description=texts_command.MEANING)
    texts_command.add_arguments(reading)
    reading.set_defaults(run_verb=texts_command.texts)
    verbs.add_parser(
        DOCTOR, help="walk one shopper through a target, and tell what this machine can carry", add_help=False
    )
    for name, verb in VERBS.items():
        one = verbs.add_parser(name, help=verb.meaning, description=verb.meaning)
        one.add_argument("run", metavar="RUN", help="a run directory, or `latest` for the newest below ./runs")
        for flag in verb.options:
            if flag == "--slo":
                one.add_argument(flag, metavar="FILE", type=Path, action="append", default=[], help=OPTIONS[flag])
            else:
                one.add_argument(flag, metavar="FILE", type=Path, required=flag == "--html", help=OPTIONS[flag])
        if verb.run in (gate, render):
            add_require(one)
        if verb.run is gate:
            one.add_argument("--explain", metavar="NAME", nargs="?", const="", help=EXPLAIN)
        one.set_defaults(run_verb=verb.run)
        if verb.speaks_json:
            one.add_argument("--json", action="store_true", help="print the whole report as JSON")
        if verb.run is gate:
            files.add_arguments(one)
    return top


def _ledger_file(path: Path | None) -> Path | None:
    if path is None:
        return None
    try:
        with path.open("rb") as file:
            magic = file.read(len(_SQLITE_MAGIC))
    except OSError as error:
        raise UsageError(
            f"The ledger {path} cannot be read: {error.strerror}. Give a SQLite file with --ledger."
        ) from error
    if magic != _SQLITE_MAGIC:
        raise UsageError(f"The ledger {path} is not a SQLite file. Give the target's order ledger with --ledger.")
    return path


def _answer(report: msgspec.Struct, arguments: argparse.Namespace, print_it: Callable[[Any, Any], None]) -> None:
    if arguments.json:
        sys.stdout.write(to_json(report).decode())
    else:
        print_it(report, console_on(sys.stdout))


def doctor(argv: Sequence[str]) -> int:
    """Let the generator's doctor answer, in a process of its own: it speaks with targets, which reports never do."""
    try:
        return subprocess.run([sys.executable, "-P", "-m", "locustfiles.doctor", *argv], check=False).returncode
    except KeyboardInterrupt:
        return ExitCode.USAGE


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code, and leaves only argparse's own mistakes to SystemExit 2."""
    given = list(sys.argv[1:] if argv is None else argv)
    if given[:1] == [DOCTOR]:
        return doctor(given[1:])
    arguments = parser().parse_args(given)
    try:
        code = int(arguments.run_verb(arguments))
        sys.stdout.flush()  # or a full disk is noticed when nobody can say it any more
    except (UsageError, SloError, RunError, OutputError) as error:
        print(f"springtide: {plain(error, 1000)}", file=sys.stderr)
        return ExitCode.USAGE
    except BrokenPipeError:
        # the reader of a pipe has seen enough; nothing more can be said to it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.CRASH
    except Exception as error:  # noqa: BLE001 - a fault of ours must not look like a verdict
        if isinstance(error, OSError) and error.errno in FULL:
            print(
                f"springtide: the answer cannot be written: {error.strerror}. Make room, or write it elsewhere.",
                file=sys.stderr,
            )
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return ExitCode.USAGE
        if os.environ.get("SPRINGTIDE_DEBUG") == "1":
            traceback.print_exc()
        what = plain(f"{type(error).__name__}: {error}")
        print(f"springtide: failed with {what}. Set SPRINGTIDE_DEBUG=1 to see where.", file=sys.stderr)
        return ExitCode.CRASH
    return code


if __name__ == "__main__":
    sys.exit(main())
