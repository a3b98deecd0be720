"""Files of data that a target file names: bounded bytes, and lines of CSV or JSON whose mistakes name the line.

This module must not know what the lines mean.
"""

import csv
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import msgspec

MOST_TOLD = 5
"""Mistakes of one file that are told; the others are counted."""
T = TypeVar("T")


class DataError(ValueError):
    """A file that cannot be used: one sentence, with line numbers where it has lines."""


def read_bytes(path: Path, *, most: int) -> bytes:
    """The whole file; DataError when it cannot be read or has more bytes."""
    try:
        with path.open("rb") as file:
            data = file.read(most + 1)
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror or type(error).__name__})") from None
    if len(data) > most:
        raise DataError(f"{path.name} has more than {most:,} bytes")
    return data


def json_lines(data: bytes) -> Iterator[tuple[int, Any]]:
    """The line's number, from 1, and its value, for every line that is not blank; a line that is no JSON gives a ``DataError``."""
    for number, line in enumerate(data.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        if line.strip():
            try:
                yield number, msgspec.json.decode(line)
            except (msgspec.DecodeError, UnicodeError, RecursionError):
                yield number, DataError("it is not a JSON value in UTF-8")


def csv_lines(data: bytes) -> Iterator[tuple[int, Any]]:
    """The same for CSV with a head: each value is a mapping from column to text, without the columns that are empty in it."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        yield 1, DataError("it is not UTF-8 text")
        return
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        for row in reader:
            if None in row or None in row.values():
                yield reader.line_num, DataError("it has not as many fields as the first line")
            else:
                yield (
                    reader.line_num,
                    {(name or "").strip(): value.strip() for name, value in row.items() if value.strip()},
                )
    except csv.Error as error:
        yield reader.line_num, DataError(f"it is no CSV ({error})")


def read_lines(name: str, lines: Iterator[tuple[int, Any]], read: Callable[[Any], T], *, most: int) -> list[T]:
    """What ``read`` makes of every line; DataError with the first wrong lines when it raises ValueError, or when there is none."""
    found: list[T] = []
    wrong: list[str] = []
    for number, value in lines:
        try:
            if isinstance(value, DataError):
                raise value
            found.append(read(value))
        except ValueError as error:
            wrong.append(f"line {number}: {error}")
        if len(found) > most:
            raise DataError(f"{name} has more than {most:,} lines")
    if wrong:
        more = f"; and {len(wrong) - MOST_TOLD} more lines are wrong" if len(wrong) > MOST_TOLD else ""
        raise DataError(f"{name} {'; '.join(wrong[:MOST_TOLD])}{more}")
    if not found:
        raise DataError(f"{name} has no lines")
    return found
