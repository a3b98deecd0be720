"""Batches on their way from workers to the master: kept until acknowledged on one side, counted once on the other.

Messages may be lost, repeated or overtaken. Laws: in whatever order and however often batches come, ``Fold`` accepts each
once, so the sum of what it accepted is the sum of what was cut; a batch that never comes is known as a gap.

This module must not know Locust (``messages``), nor what is done with a batch.
"""

from collections import Counter, OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

import msgspec

from locustfiles.recording.announcements import Announcements
from locustfiles.recording.packing import unpack
from reports.run_record.outcome import ORDER
from reports.run_record.schema import Batch, PurchaseRow, WorkerFacts

MAX_BATCH_BYTES = 64 * 1024 * 1024
"""Far above a second of any worker (about 700 bytes a wish); what is larger is not one of ours."""
MAX_AHEAD = 10_000
"""How far a sequence number may be ahead of the first that is missing: hours of batches, and a bound for hostile numbers."""
RESEND_AFTER_S = 2.0
KEPT_BATCHES = 900
"""Unacknowledged batches that a worker keeps, a quarter of an hour of them; the oldest goes first, and is then a gap."""

_NAMED_STRANGERS = 100
_NAMED_GAPS = 10

_decoder = msgspec.msgpack.Decoder(Batch)
_encoder = msgspec.msgpack.Encoder()


def encode_batch(batch: Batch) -> bytes:
    """The batch as MessagePack."""
    return _encoder.encode(batch)


def decode_batch(data: bytes) -> Batch | None:
    """The batch in the bytes, None when they are too many or hold none."""
    if len(data) > MAX_BATCH_BYTES:
        return None
    try:
        return _decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the master answers to a batch: acknowledge ``sequence`` to ``worker``; ``batch`` is None for a repeat."""

    worker: str
    sequence: int
    batch: Batch | None


@dataclass(slots=True)
class Totals:
    """Sums over every accepted batch."""

    scheduled: int = 0
    released: int = 0
    dropped: int = 0
    held_back: int = 0
    """Of the dropped, those that the guard's ceiling held back."""
    outcomes: Counter[str] = field(default_factory=Counter)
    """Outcomes of wishes."""

    @property
    def in_flight(self) -> int:
        """Released wishes without an outcome."""
        return self.released - self.outcomes.total()

    def add(self, batch: Batch) -> None:
        """Take a batch into the sums."""
        for second in batch.seconds:
            self.scheduled += second.scheduled
            self.released += second.released
            self.dropped += second.dropped
        self.held_back += batch.held_back
        for row in batch.outcomes:
            if row.step == ORDER:
                self.outcomes[row.outcome] += row.n


@dataclass(slots=True)
class _Seen:
    """Which sequence numbers of a worker have come: all below ``below``, and those in ``beyond``."""

    place: str = ""
    """Host and path of the worker's write-ahead rows, "" when they are in the run directory."""
    below: int = 0
    beyond: set[int] = field(default_factory=set)
    final: int | None = None
    left_early: bool = False
    """The final batch came before anybody asked for it."""
    totals: Totals = field(default_factory=Totals)

    @property
    def count(self) -> int:
        return self.below + len(self.beyond)

    @property
    def highest(self) -> int:
        return max(self.beyond, default=self.below - 1)

    @property
    def missing(self) -> int:
        return self.highest + 1 - self.count

    def missing_numbers(self) -> str:
        absent = (number for number in range(self.below, self.highest) if number not in self.beyond)
        first = ", ".join(map(str, islice(absent, _NAMED_GAPS)))
        return first if self.missing <= _NAMED_GAPS else f"{first}, ..."

    @property
    def is_complete(self) -> bool:
        return self.final is not None and self.count > self.final and not self.beyond

    def add(self, sequence: int) -> bool:
        """Whether the number is new."""
        if sequence < self.below or sequence in self.beyond:
            return False
        self.beyond.add(sequence)
        while self.below in self.beyond:
            self.beyond.remove(self.below)
            self.below += 1
        return True


class Fold:
    """The master's side of one run: who takes part, which batches came, and the totals; constant memory."""

    def __init__(self, run_id: str) -> None:
        """Nobody takes part yet."""
        self.run_id = run_id
        self.totals = Totals()
        self.is_closing = False
        """Whether the workers have been told to send their last batch."""
        self.announced = Announcements()
        self._seen: dict[str, _Seen] = {}
        self._strangers: set[str] = set()
        self._unreadable = 0
        self._dismissed: set[str] = set()

    def enroll(self, worker: str, place: str = "") -> None:
        """Put a worker on the roster, and say where its write-ahead rows lie; a second call does nothing."""
        self._seen.setdefault(worker, _Seen(place))

    def dismiss(self, worker: str) -> None:
        """Take a worker that has done nothing from the roster; what it may still send is left out in silence."""
        self._seen.pop(worker, None)
        self._dismissed.add(worker)

    def in_flight_of(self, worker: str) -> int:
        """Wishes that a worker of the roster has released and not ended, by its batches."""
        return self._seen[worker].totals.in_flight

    @property
    def places(self) -> dict[str, str]:
        """Host and path of the write-ahead rows of each worker that does not see the run directory."""
        return {worker: seen.place for worker, seen in self._seen.items() if seen.place}

    @property
    def roster(self) -> list[str]:
        """The workers that take part, in the order in which they came."""
        return list(self._seen)

    def add(self, data: bytes, sender: str) -> Receipt | None:
        """Take in a batch that ``sender`` sent; None, without any effect on the sums, when it is not one of this run.

        Left out are: bytes that are no batch, other runs, senders that are not on the roster or speak for another worker,
        and sequence numbers beyond all reason.
        """
        batch = decode_batch(data)
        if batch is None or batch.run_id != self.run_id:
            return None
        seen = self._seen.get(sender)
        if seen is None or batch.worker != sender:
            if sender not in self._dismissed and len(self._strangers) < _NAMED_STRANGERS:
                self._strangers.add(sender)
            return None
        if not 0 <= batch.sequence < seen.below + MAX_AHEAD:
            return None
        if not seen.add(batch.sequence):
            return Receipt(sender, batch.sequence, None)
        if batch.final:
            seen.final = batch.sequence
            seen.left_early = not self.is_closing
        self.totals.add(batch)
        self.announced.add(batch.announced)
        seen.totals.add(batch)
        return Receipt(sender, batch.sequence, batch)

    def unpack_in_parts(self, batch: Batch) -> Iterator[None]:
        """Turn an accepted batch's packed purchases into rows, yielding between parts; what cannot be read becomes a problem."""
        rows: list[PurchaseRow] = []
        for data in batch.packed:
            some = unpack(data)
            self._unreadable += some is None
            rows += some or ()
            yield
        batch.purchases, batch.packed = rows + batch.purchases, []

    def has_ended(self, worker: str) -> bool:
        """Whether the worker's final batch and all before it have come; False for a stranger."""
        seen = self._seen.get(worker)
        return seen is not None and seen.is_complete

    @property
    def is_complete(self) -> bool:
        """Whether every worker of the roster has ended with nothing missing; False without workers."""
        return bool(self._seen) and all(seen.is_complete for seen in self._seen.values())

    def workers(self) -> list[WorkerFacts]:
        """What is known of each worker."""
        return [
            WorkerFacts(worker, seen.count, seen.highest, seen.final is not None) for worker, seen in self._seen.items()
        ]

    def problems(self) -> list[str]:
        """What is missing from the record, a sentence each; empty when it is whole."""
        sentences = [] if self._seen else ["No worker took part in the run."]
        for worker, seen in self._seen.items():
            if seen.final is None:
                sentences.append(_loss(worker, seen))
            if seen.missing:
                sentences.append(
                    f"Of worker {worker}'s batches 0 to {seen.highest}, {seen.missing} never came: {seen.missing_numbers()}."
                )
            if seen.left_early:
                sentences.append(
                    f"Worker {worker} left before the run had ended: batch {seen.final} was its last, and nobody had asked for "
                    "it. What was left of its share was not offered; run again."
                )
        if self._unreadable:
            sentences.append(
                f"{self._unreadable} part(s) of batches hold no rows of wishes: those wishes are counted, and are in no table."
            )
        if self._strangers:
            names = ", ".join(sorted(self._strangers)[:3])
            sentences.append(
                f"{len(self._strangers)} sender(s) outside the run sent batches, which are left out: {names}."
            )
        return sentences


def _loss(worker: str, seen: _Seen) -> str:
    last = f"batch {seen.highest} is the last that came" if seen.count else "it sent no batch"
    released = seen.totals.in_flight
    open_wishes = f", and {released} released wish(es) have no outcome" if released else ""
    rows = f"are on its host: copy {seen.place} into the run directory" if seen.place else "are in intents.jsonl"
    return (
        f"Worker {worker} was lost before it had sent everything: {last}{open_wishes}. What it did after that is in no table; "
        f"its write-ahead rows {rows}. Audit the ledger, and run again."
    )


class Outbox:
    """The worker's side of one run: encoded batches, kept until the master has acknowledged them."""

    def __init__(self) -> None:
        self._kept: OrderedDict[int, tuple[bytes, float]] = OrderedDict()
        self._gave_up = False
        self._silent_since_s: float | None = None

    def put(self, batch: Batch, now_s: float) -> bytes:
        """Keep a batch and return the bytes that are to be sent now."""
        data = encode_batch(batch)
        if not self._kept:
            self._silent_since_s = now_s
        self._kept[batch.sequence] = (data, now_s)
        while len(self._kept) > KEPT_BATCHES:
            self._kept.popitem(last=False)
            self._gave_up = True
        return data

    def acknowledge(self, sequence: int, now_s: float) -> None:
        """Forget a batch that has arrived; an unknown number is ignored."""
        self._kept.pop(sequence, None)
        self._silent_since_s = now_s

    def silence_s(self, now_s: float) -> float:
        """For how long the master has owed an acknowledgement without giving any; 0 when it owes none."""
        return now_s - self._silent_since_s if self._kept and self._silent_since_s is not None else 0.0

    def overdue(self, now_s: float) -> list[bytes]:
        """The batches that were last sent more than ``RESEND_AFTER_S`` ago; they count as sent now."""
        late = [number for number, (_, sent_s) in self._kept.items() if now_s - sent_s > RESEND_AFTER_S]
        for number in late:
            self._kept[number] = (self._kept[number][0], now_s)
        return [self._kept[number][0] for number in late]

    @property
    def is_empty(self) -> bool:
        """Whether everything that was put in has been acknowledged or given up."""
        return not self._kept

    @property
    def has_all_arrived(self) -> bool:
        """Whether everything that was put in has been acknowledged."""
        return self.is_empty and not self._gave_up
