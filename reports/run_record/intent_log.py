"""Reads the write-ahead log of a run: whole rows, or of millions of wishes only their number and their time.

A line that is cut or garbled is left out and told. This module must not know how a run's logs add up (``run_directory``).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import Annotated, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from reports.run_record.projection import Growing, small
from reports.run_record.schema import IntentRow

T = TypeVar("T", bound=msgspec.Struct)
Int64s = NDArray[np.int64]
_CHUNK_BYTES = 1 << 18
"""Lines that are decoded together fit into a core's own cache, which doubles the speed."""


_Int64 = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]


class _Timed(msgspec.Struct, frozen=True, gc=False):
    wish: _Int64
    intended_us: _Int64


_WISH, _INTENDED_US = attrgetter("wish"), attrgetter("intended_us")


@dataclass(frozen=True, slots=True)
class IntentTimes:
    """Which wishes were written ahead, in the order of the log, and their scheduled arrivals from the run's start."""

    wish: Int64s
    intended_us: Int64s

    @classmethod
    def none(cls) -> "IntentTimes":
        """No wish at all."""
        return cls(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))

    def with_unknown_of(self, other: "IntentTimes") -> "IntentTimes":
        """These, and those of ``other`` whose wish is not among them."""
        if not len(self.wish):
            return other
        new = ~np.isin(other.wish, self.wish)
        return IntentTimes(
            *(
                np.concatenate((mine, its[new]))
                for mine, its in ((self.wish, other.wish), (self.intended_us, other.intended_us))
            )
        )


def read_intents(path: Path, tell: Callable[[str], None]) -> list[IntentRow]:
    """Every whole row; ``tell`` gets a sentence for each line that is not one."""
    return [row for rows in _decoded(path, IntentRow, tell) for row in rows]


def read_times(path: Path, tell: Callable[[str], None]) -> IntentTimes:
    """The same with two fields of each row; lines are checked to be JSON, the other fields are not looked at."""
    wish, intended_us = Growing(), Growing()
    for rows in _decoded(path, _Timed, tell):
        wish.add(np.fromiter(map(_WISH, rows), np.int64, len(rows)))
        intended_us.add(np.fromiter(map(_INTENDED_US, rows), np.int64, len(rows)))
    return IntentTimes(small(wish.values()), intended_us.values())


def _decoded(path: Path, kind: type[T], tell: Callable[[str], None]) -> Iterator[list[T]]:
    decoder = msgspec.json.Decoder(kind)
    lines = 0
    for chunk in _chunks(path):
        try:
            rows = decoder.decode_lines(chunk)
        except msgspec.DecodeError:
            rows, garbled = _one_by_one(chunk, decoder)
            for number in garbled:
                tell(f"{path.name} is cut or garbled at line {lines + number}")
            lines += len(garbled)
        yield rows
        lines += len(rows)


def _chunks(path: Path) -> Iterator[bytes]:
    """The file in pieces that end where a line does."""
    rest = b""
    with path.open("rb") as file:
        while read := file.read(_CHUNK_BYTES):
            end = read.rfind(b"\n") + 1
            if end:
                yield rest + read[:end]
                rest = read[end:]
            else:
                rest += read
    if rest:
        yield rest


def _one_by_one(chunk: bytes, decoder: "msgspec.json.Decoder[T]") -> tuple[list[T], list[int]]:
    """The rows of the lines that are whole, and the numbers, from 1, of the others."""
    rows, garbled = [], []
    for number, line in enumerate(chunk.removesuffix(b"\n").split(b"\n"), start=1):
        try:
            rows.append(decoder.decode(line))
        except msgspec.DecodeError:
            garbled.append(number)
    return rows, garbled
