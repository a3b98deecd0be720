"""Rows of one struct type as an Arrow IPC stream: appended batch by batch, readable up to the last whole batch.

Written with nanoarrow, since pyarrow costs a generator 50 MB; read with pyarrow, which is imported only when a table is
read. This module must not know which tables a run has (``run_directory``).
"""

import io
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, get_type_hints

import msgspec
import nanoarrow as na
import numpy as np
from nanoarrow import ipc

if TYPE_CHECKING:
    import pyarrow as pa

_NUMPY_TYPES: dict[Any, Any] = {int: np.int64, float: np.float64}
_ARROW_TYPES: dict[Any, Any] = {
    int: na.int64(),
    float: na.float64(),
    bool: na.bool_(),
    str: na.string(),
    list[int]: na.list_(na.int64()),
}
_SCHEMAS = {hint: na.c_schema(kind) for hint, kind in _ARROW_TYPES.items()}
"""The same as nanoarrow wants them, since making one costs as much as a column of a few rows."""
_PART_ROWS = 200
"""Rows that are turned into columns at a time: a tenth of a millisecond."""


class StreamFile:
    """An open stream of one row type; every append is a record batch handed to the operating system."""

    def __init__(self, path: Path, row_type: type[msgspec.Struct]) -> None:
        """Open ``path`` for writing and write the schema, so that an empty stream is a readable table."""
        self._columns = {name: hint for name, hint in get_type_hints(row_type).items() if hint in _ARROW_TYPES}
        self._schema = na.c_schema(na.struct({name: _ARROW_TYPES[hint] for name, hint in self._columns.items()}))
        self._name = path.name
        self._file: BinaryIO = path.open("wb")
        self._ready = io.BytesIO()
        self._writer = ipc.StreamWriter.from_writable(self._ready)
        for _ in self.append_in_parts([]):
            pass

    def append_in_parts(self, rows: Sequence[msgspec.Struct]) -> Iterator[None]:
        """Write rows as one record batch and flush it; OSError when the disk refuses.

        A part at a time, to be exhausted: the last part writes the whole batch, so that none is ever on disk in part.
        """
        pieces = []
        for begin in range(0, len(rows), _PART_ROWS):
            some = map(msgspec.structs.astuple, rows[begin : begin + _PART_ROWS])
            pieces.append(list(zip(*some, strict=True)))
            yield
        children = []
        for place, hint in enumerate(self._columns.values()):
            children.append(_array(hint, list(chain.from_iterable(piece[place] for piece in pieces))))
            yield
        batch = na.c_array_from_buffers(self._schema, length=len(rows), buffers=[None], children=children)
        self._writer.write_array(batch)
        yield
        self._write_ready()

    def _write_ready(self) -> None:
        """Hand what is ready to the operating system in one call, where nanoarrow would make several for each column."""
        data = self._ready.getvalue()
        self._ready.seek(0)
        self._ready.truncate()
        try:
            self._file.write(data)
            self._file.flush()
        except OSError as error:
            msg = f"{self._name} cannot be written: {error}"
            raise OSError(msg) from error

    def close(self) -> None:
        """End the stream."""
        self._writer.close()
        self._write_ready()
        self._file.close()


def _array(hint: Any, values: Sequence[Any]) -> Any:
    if hint is str:
        joined = "".join(values)
        if joined.isascii():  # as ids and names are: then a character is a byte, and one call encodes the column
            buffers = [None, _offsets(map(len, values)), joined.encode("ascii")]
        else:
            encoded = [value.encode("utf-8", "replace") for value in values]
            buffers = [None, _offsets(map(len, encoded)), b"".join(encoded)]
        return na.c_array_from_buffers(_SCHEMAS[str], length=len(values), buffers=buffers)
    if hint == list[int]:
        flat = np.array([item for value in values for item in value], dtype=np.int64)
        items = na.c_array_from_buffers(_SCHEMAS[int], length=len(flat), buffers=[None, flat])
        return na.c_array_from_buffers(
            _SCHEMAS[hint], length=len(values), buffers=[None, _offsets(map(len, values))], children=[items]
        )
    if hint is bool:
        bits = np.packbits(np.array(values, dtype=np.bool_), bitorder="little")
        return na.c_array_from_buffers(_SCHEMAS[bool], length=len(values), buffers=[None, bits])
    numbers = np.array(values, dtype=_NUMPY_TYPES[hint])
    return na.c_array_from_buffers(_SCHEMAS[hint], length=len(values), buffers=[None, numbers])


def _offsets(lengths: Any) -> Any:
    return np.concatenate(([0], np.cumsum(np.fromiter(lengths, dtype=np.int64)))).astype(np.int32)


def read_stream(path: Path) -> tuple["pa.Table", str]:
    """The whole record batches of a stream, and a sentence when the file is cut (else "").

    Raises OSError when the file cannot be opened or does not even hold its schema.
    """
    import pyarrow as pa  # noqa: PLC0415 - 50 MB that only a reader should pay for

    with pa.memory_map(str(path)) as source:
        try:
            reader = pa.ipc.open_stream(source)
        except (pa.ArrowInvalid, OSError) as error:
            msg = f"{path.name} holds no readable table ({type(error).__name__})"
            raise OSError(msg) from error
        batches: list[pa.RecordBatch] = []
        cut = ""
        while True:
            try:
                batches.append(reader.read_next_batch())
            except StopIteration:
                break
            except (pa.ArrowInvalid, OSError):
                cut = f"{path.name} is cut: its last batch is incomplete and left out"
                break
        return pa.Table.from_batches(batches, schema=reader.schema), cut
