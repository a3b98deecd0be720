"""A run on disk: the manifest first, rows as they come, ``finished.json`` last.

    manifest.json        Manifest     everything known before the first request
    intents.jsonl        IntentRow    one line a wish, written before its first byte is sent
    seconds.arrows       SecondRow    scheduled, released, dropped by intended second (increments)
    outcomes.arrows      OutcomeRow   counts by second, step, outcome and reason (increments)
    histograms.arrows    HistogramRow log-linear histograms by second, step, outcome and clock (increments)
    purchases.arrows     PurchaseRow  one row an ended wish
    health.arrows        HealthRow    the generator, by worker and wall-clock second
    words.arrows         WordsRow     in which words shoppers were turned away, by second, step and template (increments)
    texts.arrows         TextRow      a sample of what the assistant answered, of chosen wishes
    finished.json        Finished     totals and how the run ended; its absence means that the run did not finish

Whatever kills the writer, the run stays readable up to the last flush, and says so. This module must not know what a run
means (``reports.gate``) nor who writes one.
"""

import contextlib
import os
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, TypeVar

import msgspec
import numpy as np

from reports.run_record.alike import KIND, read_alike
from reports.run_record.arrow_stream import StreamFile, read_stream
from reports.run_record.intent_log import IntentTimes, read_intents
from reports.run_record.intents_beside import TimesBeside
from reports.run_record.projection import Beside, Columns, Scan, Words, read_columns
from reports.run_record.said import TextRow, WordsRow
from reports.run_record.schema import (
    SCHEMA_VERSION,
    Batch,
    Finished,
    HealthRow,
    HistogramRow,
    IntentRow,
    Manifest,
    OutcomeRow,
    PurchaseRow,
    SecondRow,
    to_json,
)

if TYPE_CHECKING:
    import pyarrow as pa

T = TypeVar("T")

TABLES: dict[str, type[msgspec.Struct]] = {
    "seconds": SecondRow,
    "outcomes": OutcomeRow,
    "histograms": HistogramRow,
    "purchases": PurchaseRow,
    "health": HealthRow,
    "words": WordsRow,
    "texts": TextRow,
}
OPTIONAL = frozenset({"words", "texts"})
"""Tables that a record of another generator need not have: nothing is missing when they are not there."""
_RECORD_BATCH_ROWS = 1_000
"""At most; one costs half a millisecond and two kilobytes however few rows it has."""
_PART_INTENTS = 20
"""Lines that are written at a time: a tenth of a millisecond."""
_MANIFEST = "manifest.json"
_FINISHED = "finished.json"
INTENTS = "intents.jsonl"


class RunError(Exception):
    """A run that cannot be read; the text is one sentence for the user."""


class IntentLog:
    """The write-ahead log of a run; several processes may append to one, a line at a time."""

    def __init__(self, path: Path, name: str = INTENTS) -> None:
        """Open the log of the run directory at ``path``, or a file of another name that will be added to one."""
        self._fd = os.open(path / name, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        self._encode = msgspec.json.Encoder().encode

    def write(self, row: IntentRow) -> None:
        """Hand one wish to the operating system in one call; OSError when the disk refuses."""
        os.write(self._fd, self._encode(row) + b"\n")

    def close(self) -> None:
        """Close the log."""
        os.close(self._fd)


class RunWriter:
    """Writes one run. Open with ``create``, feed with ``write_intent`` and ``add``, end with ``finish``."""

    def __init__(self, path: Path) -> None:
        """Open the tables of a run directory that has its manifest."""
        self.path = path
        self._intents = IntentLog(path)
        self._streams = {name: StreamFile(path / f"{name}.arrows", row_type) for name, row_type in TABLES.items()}
        self._closed = False

    @classmethod
    def create(cls, path: Path, manifest: Manifest) -> "RunWriter":
        """Make the run directory at ``path`` and write its manifest; RunError when it holds a run already."""
        path.mkdir(parents=True, exist_ok=True)
        if (path / _MANIFEST).exists():
            msg = f"{path} already holds a run; choose another directory."
            raise RunError(msg)
        _write_whole(path / _MANIFEST, to_json(manifest))
        return cls(path)

    def write_intent(self, row: IntentRow) -> None:
        """Hand one wish to the operating system before its first byte is sent: a killed generator cannot lose it."""
        self._intents.write(row)

    def add(self, batch: Batch) -> None:
        """Append a batch's rows to their tables; OSError when the disk refuses."""
        for _ in self.add_in_parts([batch]):
            pass

    def add_in_parts(self, batches: Sequence[Batch]) -> Iterator[None]:
        """The same with several, a part at a time, for a caller that has other work to do between parts; to be exhausted.

        ``packed`` purchases are to be unpacked before.
        """
        for name, stream in self._streams.items():
            rows = list(chain.from_iterable(getattr(batch, name) for batch in batches))
            for begin in range(0, len(rows), _RECORD_BATCH_ROWS):
                yield from stream.append_in_parts(rows[begin : begin + _RECORD_BATCH_ROWS])
                yield
        for number, intent in enumerate(chain.from_iterable(batch.intents for batch in batches), start=1):
            self._intents.write(intent)
            if not number % _PART_INTENTS:
                yield

    def finish(self, finished: Finished) -> None:
        """Close the tables, then write ``finished.json``; a second call does nothing."""
        if self._closed:
            return
        self.close()
        _write_whole(self.path / _FINISHED, to_json(finished))

    def close(self) -> None:
        """Close the files of a run that stays unfinished; a second call does nothing."""
        if not self._closed:
            self._closed = True
            for stream in self._streams.values():
                stream.close()
            self._intents.close()


class Run:
    """A run that is read: the manifest, what is known of the end, and tables on demand."""

    def __init__(self, path: Path, manifest: Manifest, finished: Finished | None) -> None:
        """Hold what ``open_run`` read."""
        self.path = path
        self.manifest = manifest
        self.finished = finished
        self.truncated: list[str] = []
        """Sentences about files that are missing or cut, found while reading tables."""
        self._tables: dict[str, pa.Table] = {}
        self._times: IntentTimes | None = None
        self._beside: TimesBeside | None = None

    def table(self, name: str) -> "pa.Table":
        """One of ``TABLES`` as a pyarrow table; empty, with a sentence in ``truncated``, when its file cannot be read."""
        if name not in self._tables:
            self._tables[name] = self._read(name)
        return self._tables[name]

    def _read(self, name: str) -> "pa.Table":
        path = self.path / f"{name}.arrows"
        try:
            table, cut = read_stream(path)
        except OSError:
            self._note_missing(name)
            return empty_table(TABLES[name])
        if cut:
            self._note(cut)
        return table

    def columns(self, name: str, columns: Sequence[str] | None = None, beside: Beside | None = None) -> Columns:
        """Columns of one of ``TABLES``, all of them with None, as arrays; empty, with a sentence in ``truncated``, as of ``table``."""
        path = self.path / f"{name}.arrows"
        try:
            found, cut = read_columns(path, columns, beside)
        except OSError:
            self._note_missing(name)
            return empty_columns(name, columns)
        if cut:
            self._note(cut)
        return found

    def alike(self, name: str, columns: Sequence[str], alike: Sequence[str]) -> tuple[Columns, Columns]:
        """Columns of one of ``TABLES`` with ``kind`` for those in ``alike``, and these for each kind (``read_alike``).

        A column of an older record is the default of its row's field throughout.
        """
        path = self.path / f"{name}.arrows"
        absent = {one.name: one.default for one in msgspec.structs.fields(TABLES[name]) if not one.required}
        try:
            rows, kinds, cut = read_alike(path, columns, alike, absent)
        except OSError:
            self._note_missing(name)
            return empty_columns(name, columns) | {KIND: np.zeros(0, dtype=np.int8)}, empty_columns(name, alike)
        if cut:
            self._note(cut)
        return rows, kinds

    def _note_missing(self, name: str) -> None:
        path = self.path / f"{name}.arrows"
        if name not in OPTIONAL or path.exists():
            self._note(f"{path.name} is missing or holds no readable table")

    def scan(self, name: str, columns: Sequence[str]) -> Iterator["pa.Table"]:
        """The same part by part, for a table that is larger than memory; each part is valid until the next."""
        with contextlib.suppress(OSError):
            yield from Scan(self.path / f"{name}.arrows", columns)

    def intents(self) -> list[IntentRow]:
        """The wishes written ahead; a line that is cut or garbled is left out, with a sentence in ``truncated``.

        Rows of a worker on another host that never came with its batches are read from a copy of its own file, where that
        has been put into the run directory; without one, ``truncated`` says what is lacking.
        """
        rows: list[IntentRow] = []
        for path in self._intent_files():
            known = {row.wish for row in rows}
            rows += [row for row in read_intents(path, self._note) if row.wish not in known]
        return rows

    def intent_times(self) -> IntentTimes:
        """Of the same wishes only which they are and when they were due: what a long run's memory can hold."""
        if self._times is None:
            found = IntentTimes.none()
            for path in self._intent_files():
                log = self._beside if self._beside and path.name == INTENTS else TimesBeside(path)
                found = found.with_unknown_of(log.result(self._note))
                log.stop()
            self._times = found
        return self._times

    @contextlib.contextmanager
    def reading_times(self) -> Iterator[None]:
        """Within it a long log is being read by another process, for a caller who will ask for ``intent_times`` in the end."""
        self._beside = None if self._times else TimesBeside(self.path / INTENTS)
        try:
            yield
        finally:
            if self._beside:
                self._beside.stop()
            self._beside = None

    def _intent_files(self) -> Iterator[Path]:
        """The log, then the copies of workers' own files that it lacks."""
        if not (self.path / INTENTS).exists():
            self._note(f"{INTENTS} is missing")
            return
        yield self.path / INTENTS
        for worker, place in self.manifest.spools.items():
            if self._has_everything_of(worker):
                continue
            copy = self.path / PurePosixPath(place).name
            if copy.is_file():
                yield copy
            else:
                self._note(f"{INTENTS} lacks rows of worker {worker}: copy {place} into the run directory")

    def _has_everything_of(self, worker: str) -> bool:
        facts = [one for one in self.finished.workers if one.worker == worker] if self.finished else []
        return any(one.final_received and one.batches == one.highest_sequence + 1 for one in facts)

    def _note(self, sentence: str) -> None:
        if sentence not in self.truncated:
            self.truncated.append(sentence)


def open_run(path: Path) -> Run:
    """The run at ``path``; RunError with one sentence when there is none, or none that this version can read."""
    if not path.exists():
        msg = f"There is no run at {path}: the path does not exist."
        raise RunError(msg)
    if not (path / _MANIFEST).is_file():
        msg = f"{path} is not a run: it holds no {_MANIFEST}. Give a directory that a run has written, such as runs/latest."
        raise RunError(msg)
    manifest = _decode(path / _MANIFEST, Manifest)
    finished = _decode(path / _FINISHED, Finished) if (path / _FINISHED).is_file() else None
    return Run(path, manifest, finished)


def _decode(path: Path, kind: type[T]) -> T:
    raw = path.read_bytes()
    try:
        version = msgspec.json.decode(raw, type=_Versioned).schema_version
        if version > SCHEMA_VERSION:
            msg = (
                f"{path.parent} was written in version {version} of the run record, and this springtide reads up to "
                f"{SCHEMA_VERSION}: use a newer springtide."
            )
            raise RunError(msg)
        return msgspec.json.decode(raw, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        msg = f"{path} is not readable as a {kind.__name__.lower()} of a run: {error}"
        raise RunError(msg) from error


class _Versioned(msgspec.Struct):
    schema_version: int = SCHEMA_VERSION


def empty_table(row_type: type[msgspec.Struct]) -> "pa.Table":
    """A table without a row, whose schema is the row type's."""
    import pyarrow as pa  # noqa: PLC0415 - 50 MB that only a reader should pay for

    kinds = {int: pa.int64(), float: pa.float64(), bool: pa.bool_(), str: pa.string(), list[int]: pa.list_(pa.int64())}
    fields = msgspec.structs.fields(row_type)
    return pa.schema([(field.name, kinds[field.type]) for field in fields]).empty_table()


def empty_columns(name: str, columns: Sequence[str] | None = None) -> Columns:
    """Columns of one of ``TABLES`` without a row."""
    table = empty_table(TABLES[name])
    return {
        column: Words(np.zeros(0, dtype=np.int8), [])
        if str(table[column].type) == "string"
        else table[column].to_numpy()
        for column in columns or table.column_names
    }


def _write_whole(path: Path, content: bytes) -> None:
    """Write a file so that it is there whole or not at all, even after a power cut."""
    beside = path.with_suffix(".part")
    with beside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
