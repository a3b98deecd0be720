"""``springtide doctor [--target FILE]``: what this machine can carry, and whether one shopper can buy at the target.

Exit code 0 when all of it works, 2 when something does not: each with a sentence that says what to set.
"""

import argparse
import os
import sys
import uuid
from collections.abc import Sequence
from pathlib import Path

from locustfiles.doctor.advice import Seen, advice
from locustfiles.doctor.machine import findings, read_machine
from locustfiles.doctor.transcript import Clean, printable, reply_lines, request_lines
from locustfiles.doctor.walk import Leg, Walk, walk_through
from locustfiles.guard import GuardError, permits_for
from locustfiles.journeys.itinerary import spoken_to, steps_of
from locustfiles.session.discovery import discovered
from locustfiles.session.doors import GeneratorError
from locustfiles.target.allow_list import NOBODY, AllowListError, read_allow_list
from locustfiles.target.base_url import origins_of
from locustfiles.target.permission import AUTHORISED_FLAG
from locustfiles.target.target_file import TargetError, missing_secrets, read_target

GOOD, BAD = 0, 2
_WORDS_BYTES = 400


class _Mistake(Exception):  # noqa: N818 - it is told to the user, and is no error of the program
    """Sentences about what the doctor was given."""

    def __init__(self, sentences: Sequence[str]) -> None:
        super().__init__(" ".join(sentences))
        self.sentences = list(sentences)


def parser() -> argparse.ArgumentParser:
    """The command line."""
    one = argparse.ArgumentParser(
        prog="springtide doctor",
        description="Tell what this machine can carry, and walk one shopper through a target: it is a real purchase.",
    )
    one.add_argument(
        "--target", metavar="FILE", type=Path, help="the target file (TOML); without one, the machine alone"
    )
    one.add_argument(
        "--until", metavar="STEP", default="", help="end behind this step, such as create: nothing is paid"
    )
    one.add_argument("--allow", metavar="FILE", type=Path, help="the allow-list, when the target file names none")
    one.add_argument(AUTHORISED_FLAG, metavar="HOST", default="", dest="typed", help="the host typed again, as proof")
    one.add_argument(
        "--seed", metavar="N", type=int, help="which shopper walks; a new one by default, whose card no run will miss"
    )
    one.add_argument("--brief", action="store_true", help="leave requests and replies out where a step works")
    return one


def main(argv: Sequence[str] | None = None) -> int:
    """Examine and tell; the exit code."""
    arguments = parser().parse_args(argv)
    try:
        _tell_machine()
        return GOOD if arguments.target is None else _examine(arguments)
    except (_Mistake, TargetError) as error:
        for sentence in error.sentences:
            print(f"springtide doctor: {printable(sentence)}", file=sys.stderr)
    except (GuardError, GeneratorError, AllowListError) as error:
        print(f"springtide doctor: {printable(str(error))}", file=sys.stderr)
    except KeyboardInterrupt:
        print("springtide doctor: interrupted; the walk was not ended.", file=sys.stderr)
    except BrokenPipeError:
        # the reader of a pipe has seen enough; nothing more can be said to it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return BAD


def _tell_machine() -> None:
    print("This machine")
    for finding in findings(read_machine()):
        print(f"  {'ok' if finding.is_well else '!!'}  {finding.about:<11} {finding.sentence}")


def _examine(arguments: argparse.Namespace) -> int:
    target = read_target(arguments.target)
    steps = steps_of(target)
    wrong = missing_secrets(target, os.environ)
    if arguments.until and arguments.until not in steps:
        wrong.append(f"--until {arguments.until}: the journey has no such step; give one of {', '.join(steps)}.")
    if wrong:
        raise _Mistake(wrong)
    allow_file = Path(target.allow_file) if target.allow_file else arguments.allow
    permits = permits_for(
        *origins_of(target),
        allow=read_allow_list(allow_file) if allow_file else NOBODY,
        typed=[host for host in arguments.typed.split(",") if host],
        ca_pem=target.ca_pem,
    )
    target, profile = discovered(target, permits, target.ca_pem)
    print(f"\nTarget {printable(target.name)}: journey {target.journey}, {spoken_to(target)}")
    if profile is not None:
        print(f"  discovery says UCP {printable(profile.version)} at {printable(profile.endpoint)}")
    for permit in permits:
        print(f"  may be loaded: {permit.origin} at {', '.join(permit.addresses)} ({_why(permit.by, permit.owner)})")
    cleaners: list[Clean] = []
    run_id = uuid.uuid4().hex[:12]
    walk = walk_through(
        target,
        permits=permits,
        profile=profile,
        ca_pem=target.ca_pem,
        seed=int(run_id, 16) if arguments.seed is None else arguments.seed,
        until=arguments.until,
        run_id=run_id,
        tell=cleaners.append,
    )
    return _tell_walk(walk, cleaners[0], until=arguments.until, is_brief=arguments.brief)


def _why(by: str, owner: str) -> str:
    return f"{by}, {printable(owner)} answers for it" if owner else by


def _tell_walk(walk: Walk, clean: Clean, *, until: str, is_brief: bool) -> int:
    told: list[str] = []
    for number, leg in enumerate(walk.legs, 1):
        seen = _seen(leg, clean)
        said = advice(seen)
        print(f"\n{number}  {_headline(leg, seen)}")
        if said or not leg.verdict.outcome.is_good or not is_brief:
            _tell_exchange(leg, clean)
        if said:
            print(f"  -> {printable(said)}")
            told.append(f"{leg.step}: {said}")
    left = walk.missing
    if until:
        left = left[: max(0, left.index(until) + 1)] if until in left else []
    if not left and not told:
        where = f"as far as {until}" if until else "to the end"
        print(f"\nAll {len({leg.step for leg in walk.legs})} steps work, {where}.")
        return GOOD
    print(f"\nWorks: {', '.join(step for step in walk.expected if step not in walk.missing) or 'nothing'}.")
    if left:
        print(f"Does not work, or was not reached: {', '.join(left)}.")
    for sentence in told:
        print(f"Set: {printable(sentence)}")
    return BAD


def _headline(leg: Leg, seen: Seen) -> str:
    came = leg.exchange.fault.sentence if leg.exchange.fault is not None else str(leg.exchange.status)
    reason = f" ({leg.verdict.reason})" if leg.verdict.reason else ""
    first = ""
    if leg.first_content_ns is not None:
        first = f", first content after {(leg.first_content_ns - leg.exchange.ready_ns) / 1e6:.0f} ms"
    return f"{leg.step or 'request'}  {seen.origin}{seen.path}: {came}, {leg.verdict.outcome}{reason}, {leg.took_ms:.0f} ms{first}"


def _tell_exchange(leg: Leg, clean: Clean) -> None:
    for line in request_lines(leg.request, clean):
        print(f"    > {line}".rstrip())
    for line in reply_lines(leg.exchange.status, leg.exchange.headers, leg.body, clean):
        print(f"    < {line}".rstrip())


def _seen(leg: Leg, clean: Clean) -> Seen:
    headers = leg.exchange.headers
    path = leg.request.split(b" ", 2)[1].decode("latin-1")
    return Seen(
        step=leg.step,
        verdict=leg.verdict,
        status=leg.exchange.status,
        fault=leg.exchange.fault,
        origin=leg.origin,
        path=printable(clean(path)),
        content_type=headers.get("content-type", ""),
        location=printable(clean(headers.get("location", "")[:_WORDS_BYTES])),
        words=leg.body[:_WORDS_BYTES].decode("utf-8", "replace"),
    )


if __name__ == "__main__":
    sys.exit(main())
