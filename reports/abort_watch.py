"""``python -m reports.abort_watch RUN --on LINE``: looks at a run that is being written, and ends when a line is proven missed.

A process of its own beside the generator, which gives it the lowest priority: a generator does not judge itself, and does not pay for what
judging needs. It says ``ready`` when it has started, and ends with the proof as one line of JSON and exit code 99, or with 0 when its standard input closes, which is how
the run's owner says that it has ended, whatever ended it.
"""

import argparse
import os
import select
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from reports.abort_line import FLAG, parse_abort_line
from reports.early_end import first_miss
from reports.exit_codes import ExitCode
from reports.run_record.run_directory import RunError, open_run
from reports.run_record.schema import Aborted
from reports.slo import Objective
from reports.slo_fields import SloError
from reports.timeline import Timeline

LOOK_EVERY_S = 5.0
FROM_INPUT = "-"
RESTS_PER_WORK = 20
"""A look rests so many times as long as it took: on a run of hours, which takes seconds to read, looks become rare."""


def watch(
    path: Path,
    objectives: Sequence[Objective],
    wait: Callable[[float], bool],
    *,
    clock: Callable[[], float] = time.process_time,
) -> Aborted | None:
    """Look until a line is proven missed; None when ``wait``, given seconds, says that the run has ended.

    Raises RunError when the run cannot be read.
    """
    look, rest_s = 0, LOOK_EVERY_S
    while wait(rest_s):
        look += 1
        begun_s = clock()
        found = first_miss(Timeline(open_run(path), is_open=True), objectives, look)
        if found is not None:
            return found
        rest_s = max(LOOK_EVERY_S, RESTS_PER_WORK * (clock() - begun_s))
    return None


def _wait(seconds: float) -> bool:
    """Wait so long; whether standard input is still open then."""
    until_s = time.monotonic() + seconds
    while (left_s := until_s - time.monotonic()) > 0:
        if select.select([sys.stdin.buffer], [], [], left_s)[0] and not os.read(sys.stdin.fileno(), 4096):
            return False
    return True


def main(argv: Sequence[str] | None = None) -> int:
    """The command; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m reports.abort_watch", description="Watch a run for --abort-on.")
    parser.add_argument(
        "run",
        metavar="RUN",
        help=f"the run directory that is being written; {FROM_INPUT} = a line of standard input names it",
    )
    parser.add_argument("--on", metavar="LINE", action="append", required=True, help=f"as {FLAG} takes it")
    arguments = parser.parse_args(argv)
    try:
        objectives = [parse_abort_line(line) for line in arguments.on]
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        named = arguments.run if arguments.run != FROM_INPUT else sys.stdin.readline().strip()
        found = watch(Path(named), objectives, _wait) if named else None
    except (SloError, RunError) as error:
        sys.stderr.write(f"{error}\n")
        return ExitCode.USAGE
    if found is None:
        return ExitCode.PASS
    sys.stdout.write(f"{msgspec.json.encode(found).decode()}\n")
    return ExitCode.SLO_FAILED


if __name__ == "__main__":
    sys.exit(main())
