"""Reads the CSV files of arrivals and rates: columns of numbers, with or without a header, every mistake with its line.

A header names the columns that count, in any order and among others; without one a line holds exactly these. Empty lines are
passed over. This module must not know what the numbers mean.
"""

import csv
import math
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import gevent
import numpy as np
from numpy.typing import NDArray

_ROWS_A_TURN = 20_000
"""Rows, about 20 ms of work, between which the hub has a turn: a master that is silent for seconds loses its workers."""
_LONGEST_LINE = 65_536
"""Characters; a longer line is read in pieces, so that a file without line ends costs no memory."""
SHOWN_LIMIT = 40
"""Characters of a wrong value that a sentence quotes."""


class TableError(ValueError):
    """A file that holds no such table; the text is one sentence, with the line where there is one."""


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a file: ``values`` as (row, column), ``lines`` the line of each row, counted from 1."""

    values: NDArray[np.float64]
    lines: NDArray[np.int64]


def read_table(path: Path, names: Sequence[str], *, most: int) -> Table:
    """The columns ``names`` of a CSV file, finite and from 0 on, ``most`` rows at most; TableError for anything else."""
    numbers, lines = array("d"), array("q")
    try:
        if path.exists() and not path.is_file():
            raise TableError("It is not a file; give a CSV file.")
        with path.open(encoding="utf-8-sig", newline="") as text:
            for line, row in _rows(csv.reader(iter(partial(text.readline, _LONGEST_LINE), ""), strict=True), names):
                if len(lines) == most:
                    raise TableError(f"Line {line} is one too many: at most {most:,} rows are taken.")
                if len(lines) % _ROWS_A_TURN == 0:
                    gevent.sleep(0)
                lines.append(line)
                numbers.extend(row)
    except UnicodeDecodeError:
        raise TableError("The file is no text in UTF-8; give a CSV file.") from None
    except csv.Error as error:
        raise TableError(f"The file is no CSV file ({error}).") from None
    except OSError as error:
        raise TableError(f"The file cannot be read ({error.strerror or error}).") from None
    if not lines:
        raise TableError(f"The file holds no row; give lines of {','.join(names)}.")
    return Table(np.array(numbers).reshape(len(lines), len(names)), np.array(lines))


def _rows(reader: Any, names: Sequence[str]) -> Iterator[tuple[int, list[float]]]:
    """Line and numbers of each row of a ``csv.reader``."""
    places: list[int] | None = None
    for cells in reader:
        if not cells:
            continue
        if places is None:
            places, is_header = _places(cells, names, reader.line_num)
            if is_header:
                continue
        if len(cells) <= max(places):
            missing = names[next(at for at, place in enumerate(places) if place >= len(cells))]
            raise TableError(f"Line {reader.line_num} ends before its {missing}.")
        line = reader.line_num
        yield line, [_number(cells[place], name, line) for place, name in zip(places, names, strict=True)]


def _places(cells: list[str], names: Sequence[str], line: int) -> tuple[list[int], bool]:
    """Where the columns stand by the first line that is not empty, and whether that is a header."""
    if all(_is_number(cell) for cell in cells):
        if len(cells) != len(names):
            raise TableError(
                f"Line {line} has {len(cells)} columns where {','.join(names)} is expected; name them in a header."
            )
        return list(range(len(names))), False
    header = [cell.strip() for cell in cells]
    for name in names:
        if header.count(name) != 1:
            what = "more than one column" if name in header else "no column"
            raise TableError(f"Line {line} has {what} {name}: {_shown(','.join(header))}.")
    return [header.index(name) for name in names], True


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _number(text: str, name: str, line: int) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value >= 0):
        raise TableError(f"Line {line} holds {_shown(text)} for {name}, which is a finite number from 0 on.")
    return value


def _shown(text: str) -> str:
    return repr(text if len(text) <= SHOWN_LIMIT else text[:SHOWN_LIMIT] + "...")
