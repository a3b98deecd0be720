"""What the exit code of ``springtide`` means; one list, one sentence a code, and which one wins.

A ledger violation hides behind nothing, a failed objective is not excused by another that could not be judged, and a
run that cannot be judged never looks like a pass: 98 > 99 > 3 > 0.
"""

from enum import IntEnum


class ExitCode(IntEnum):
    """The exit codes of every verb."""

    PASS = 0
    """Every objective holds with its whole interval, and the run is valid."""
    CRASH = 1
    """Springtide itself failed; nothing is said about the run."""
    USAGE = 2
    """The command line, the run directory, the SLO file or the ledger file cannot be used as it is."""
    INCONCLUSIVE = 3
    """The run is invalid, or at least one objective can be neither passed nor failed on its data."""
    LEDGER_VIOLATION = 98
    """The order ledger and what shoppers were told contradict each other."""
    SLO_FAILED = 99
    """At least one objective is missed with its whole interval."""


PRECEDENCE = (ExitCode.LEDGER_VIOLATION, ExitCode.SLO_FAILED, ExitCode.INCONCLUSIVE, ExitCode.PASS)
"""Of the codes that one run earns, the first in this order is returned."""


def worst(codes: set[ExitCode]) -> ExitCode:
    """The code that wins among those earned; PASS when none was."""
    return next((code for code in PRECEDENCE if code in codes), ExitCode.PASS)


class UsageError(Exception):
    """One sentence about what a command was given, for exit code 2."""
