"""``springtide texts RUN``: what the assistant said to the wishes that were chosen for an audit, by the verdict on it."""

import argparse
import sys

from reports.exit_codes import ExitCode, UsageError
from reports.kept_texts import Chosen, KeptTexts, kept_texts
from reports.render.console_texts import print_texts
from reports.render.plain import console_on
from reports.run_lookup import find_run
from reports.run_record.outcome import Outcome, Reason
from reports.run_record.schema import to_json
from reports.slo_fields import shown, unknown

MEANING = "what the assistant said, by the verdict on it: a sample, to audit the verdicts"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments; what they take is read by ``texts``, which has one sentence for each mistake."""
    parser.add_argument("run", metavar="RUN", help="a run directory, or `latest` for the newest below ./runs")
    parser.add_argument("--outcome", metavar="O", help="only answers of this outcome, such as done or degraded")
    parser.add_argument("--reason", metavar="R", help='only answers of this reason; "" = those without one')
    parser.add_argument(
        "--limit", metavar="N", help="at most so many texts of each outcome, spread evenly over the run"
    )
    parser.add_argument(
        "--found",
        metavar="K",
        help="so many of the texts shown of one outcome are none: the upper 95 %% bound for all such answers",
    )
    parser.add_argument("--json", action="store_true", help="print the whole answer as JSON")


def texts(arguments: argparse.Namespace) -> int:
    """Print the texts; UsageError with one sentence for what cannot be asked."""
    _word("--outcome", arguments.outcome, Outcome)
    _word("--reason", arguments.reason, Reason)
    chosen = Chosen(arguments.outcome, arguments.reason, _whole("--limit", arguments.limit, 1))
    found = _whole("--found", arguments.found, 0)
    if found is not None and chosen.outcome is None:
        raise UsageError("--found counts among the texts of one outcome: say which with --outcome, such as done.")
    sample = kept_texts(find_run(arguments.run), chosen, found)
    if sample.bound is not None and sample.bound.texts < sample.bound.found:
        raise UsageError(f"--found {found}: the number of such texts shown is {sample.bound.texts}; give at most that.")
    if arguments.json:
        sys.stdout.write(to_json(sample).decode())
    else:
        print_texts(sample, console_on(sys.stdout))
    return _code(sample)


def _code(sample: KeptTexts) -> int:
    has_answer = bool(sample.kept) and (sample.bound is None or sample.bound.at_most is not None)
    return ExitCode.PASS if has_answer else ExitCode.INCONCLUSIVE


def _word(flag: str, given: str | None, known: type[Outcome] | type[Reason]) -> None:
    if given is not None and given not in list(known):
        told = unknown(given, filter(None, known))
        raise UsageError(f"{flag} {shown(given)} is {told}{'' if told.endswith('?') else '.'}")


def _whole(flag: str, given: str | None, least: int) -> int | None:
    if given is None:
        return None
    try:
        value = int(given)
    except ValueError:
        value = least - 1
    if value < least:
        raise UsageError(f"{flag} {shown(given)} is not usable: give a whole number of at least {least}.")
    return value
