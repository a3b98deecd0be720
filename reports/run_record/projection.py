"""Some columns of a stream, read a part at a time: what is not asked for costs no memory, and hardly any time.

Long runs have more in their streams than fits into memory. A stream is mapped, a few record batches are looked at, and their
pages are given back before the next. This module must not know which tables a run has (``run_directory``).
"""

import mmap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pyarrow as pa

_PART_BATCHES = 256
"""Record batches that are looked at together: minutes of a run, megabytes of its longest table."""
_SMALL = np.iinfo(np.int32)
_LONG = ("sum_us", "_bytes", "_minor")
"""Columns whose sums are asked for: they stay wide."""
_FIRST_ROWS = 1024


@dataclass(frozen=True, slots=True)
class Words:
    """A column of few different strings: ``words[codes[row]]`` is a row's."""

    codes: NDArray[Any]
    words: list[str]


Columns = dict[str, NDArray[Any] | Words]


class Scan:
    """Some columns of a stream, part by part; afterwards ``cut`` is a sentence when the file is cut (else "")."""

    def __init__(self, path: Path, columns: Sequence[str] | None = None) -> None:
        """Open ``path``; None = all columns. OSError when it cannot be opened, or lacks its schema or a column."""
        import pyarrow as pa  # noqa: PLC0415 - 50 MB that only a reader should pay for

        self.cut = ""
        self._name = path.name
        self._invalid = (pa.ArrowInvalid, OSError)
        try:
            with path.open("rb") as file:
                self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            self.schema = pa.ipc.open_stream(pa.BufferReader(pa.py_buffer(self._map))).schema
            wanted = None if columns is None else [self.schema.names.index(name) for name in columns]
        except (*self._invalid, ValueError) as error:
            msg = f"{path.name} holds no readable table ({type(error).__name__})"
            raise OSError(msg) from error
        options = pa.ipc.IpcReadOptions(included_fields=wanted, use_threads=False)
        self._source = pa.BufferReader(pa.py_buffer(self._map))
        self._reader = pa.ipc.open_stream(self._source, options=options)

    def __iter__(self) -> Iterator["pa.Table"]:
        """The rows in order, as tables that are valid until the next one is asked for."""
        import pyarrow as pa  # noqa: PLC0415 - 50 MB that only a reader should pay for

        seen = 0
        while batches := list(islice(self._whole_batches(), _PART_BATCHES)):
            yield pa.Table.from_batches(batches)
            read = self._source.tell() // mmap.PAGESIZE * mmap.PAGESIZE
            if read > seen:
                self._map.madvise(mmap.MADV_DONTNEED, seen, read - seen)
                seen = read

    def _whole_batches(self) -> Iterator["pa.RecordBatch"]:
        while not self.cut:
            try:
                yield self._reader.read_next_batch()
            except StopIteration:
                return
            except self._invalid:
                self.cut = f"{self._name} is cut: its last batch is incomplete and left out"


def read_columns(path: Path, columns: Sequence[str] | None = None) -> tuple[Columns, str]:
    """Whole columns of a stream (None = all), and a sentence when the file is cut (else ""); OSError as of ``Scan``.

    Strings are ``Words``, numbers and flags are arrays; numbers take 32 bits where all of them fit.
    """
    scan = Scan(path, columns)
    whole = {name: Growing() for name in columns or scan.schema.names}
    known: dict[str, dict[str, int]] = {name: {} for name in whole}
    for part in scan:
        for name, growing in whole.items():
            growing.add(_piece(part[name], known[name], narrow=not name.endswith(_LONG)))
    found = {name: growing.values() for name, growing in whole.items()}
    return {
        name: Words(values, list(known[name])) if _is_text(scan.schema, name) else values
        for name, values in found.items()
    }, scan.cut


class Growing:
    """An array that pieces are added to. Growing moves pages and not values, so the peak is the array and one piece."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._held: NDArray[Any] | None = None
        self._length = 0

    def add(self, piece: NDArray[Any]) -> None:
        """Put a piece at the end; the wider type of the two is kept."""
        held, end = self._held, self._length + len(piece)
        if held is None:
            held = np.empty(max(end, _FIRST_ROWS), dtype=piece.dtype)
        elif not np.can_cast(piece.dtype, held.dtype):
            held = held.astype(np.promote_types(piece.dtype, held.dtype))
        if end > len(held):
            held.resize(end + end // 8, refcheck=False)
        held[self._length : end] = piece
        self._held, self._length = held, end

    def values(self) -> NDArray[Any]:
        """Everything that was added; to be asked for once, at the end."""
        if self._held is None:
            return np.zeros(0, dtype=np.int64)
        self._held.resize(self._length, refcheck=False)
        return self._held


def _is_text(schema: "pa.Schema", name: str) -> bool:
    return str(schema.field(name).type) == "string"


def _piece(column: "pa.ChunkedArray", known: dict[str, int], *, narrow: bool) -> NDArray[Any]:
    """One part of a column, as small as it may be; of strings the codes, new ones taken into ``known``."""
    if str(column.type) == "string":
        encoded = column.combine_chunks().dictionary_encode()
        place = [known.setdefault(word, len(known)) for word in encoded.dictionary.to_pylist()]
        codes: NDArray[Any] = np.array(place, dtype=np.int32)[encoded.indices.to_numpy()]
        return codes.astype(np.min_scalar_type(-max(1, len(known))))
    values: NDArray[Any] = column.to_numpy()
    return small(values) if narrow else values


def small(values: NDArray[Any]) -> NDArray[Any]:
    """Whole numbers in 32 bits where all of them fit, else as they are."""
    fit = values.dtype == np.int64 and len(values) and _SMALL.min <= values.min() and values.max() <= _SMALL.max
    return values.astype(np.int32) if fit else values
