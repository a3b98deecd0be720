"""The target's own account of its refusals, where it keeps one: the answer key of an onset estimate.

A truth log holds one JSON line for each wall-clock second in which the target's first door saw anything. It is read beside the
estimate and never into it. This module must not know how an onset is estimated.
"""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from reports.run_record.run_directory import RunError

_NS = 1_000_000_000
WINDOW_S = 10
"""A share is one of the ten seconds from a refusal on: a lone refusal in a calm stretch is no onset."""


class TruthRow(msgspec.Struct, frozen=True):
    """What a door did in one wall-clock second; arrived = admitted + the ways of being turned away.

    The first door's rows name no station; a target that keeps accounts of others names theirs.
    """

    second_unix: int
    arrived: int
    refused_hard: int
    refused_soft: int
    overflowed: int
    first_refusal_unix_ns: int | None
    refused_queued: int = 0
    refused_shed: int = 0
    station: str | None = None

    @property
    def turned_away(self) -> int:
        """Shoppers refused in any manner, or because the queue was full."""
        refused = self.refused_hard + self.refused_soft + self.refused_queued + self.refused_shed
        return refused + self.overflowed


class TruthComparison(msgspec.Struct, frozen=True):
    """An estimated onset beside the true one, in seconds from the run's start; None where there is no onset."""

    true_second: float | None
    estimated_second: int | None
    difference_s: float | None
    """Estimate - truth. The estimate names a whole second: from -1 to 0 it names the one in which the truth lies."""


def read_truth(path: Path) -> list[TruthRow]:
    """The first door's rows of a truth log in order of time; RunError with one sentence when there is none or a line is not of it.

    A last line without its end is left out: the target was killed while it wrote.
    """
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise RunError(f"The truth log {path} cannot be read: {error.strerror}. Give the file with --truth.") from error
    decoder = msgspec.json.Decoder(TruthRow)
    rows = []
    for number, line in enumerate(lines[:-1], start=1):
        try:
            rows.append(decoder.decode(line))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise RunError(f"The truth log {path} is not readable at line {number}: {error}.") from error
    return sorted((row for row in rows if row.station is None), key=lambda row: row.second_unix)


def true_onset(rows: Sequence[TruthRow], started_unix_ns: int, tolerated_share: float) -> float | None:
    """When the target began to turn more than the tolerated share away, in seconds from the run's start; None = never.

    The instant of the first refusal of the first second that holds one and from which on, over ten seconds,
    turned away / arrived exceeds the share. Seconds that ended before the run began belong to nobody here.
    """
    of_run = [row for row in rows if (row.second_unix + 1) * _NS > started_unix_ns]
    for place, row in enumerate(of_run):
        if row.first_refusal_unix_ns is None:
            continue
        window = [other for other in of_run[place : place + WINDOW_S] if other.second_unix < row.second_unix + WINDOW_S]
        if sum(other.turned_away for other in window) > tolerated_share * sum(other.arrived for other in window):
            return (row.first_refusal_unix_ns - started_unix_ns) / _NS
    return None


def compare(
    rows: Sequence[TruthRow], *, started_unix_ns: int, tolerated_share: float, estimated_second: int | None
) -> TruthComparison:
    """Put the estimate, the first second in which wishes were refused or told to wait, beside the truth."""
    true_second = true_onset(rows, started_unix_ns, tolerated_share)
    if true_second is None or estimated_second is None:
        return TruthComparison(true_second, estimated_second, None)
    return TruthComparison(true_second, estimated_second, estimated_second - true_second)
