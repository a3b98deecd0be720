"""One worker's record: what happened is appended to lists, and once a second the lists become a batch of sums.

The hot path is six numbers in an array for every request, and three for every wish. Whatever a batch holds belongs to the *intended* second of its
start, so a row of second 5 may come in the batch of second 12; memory is constant in the length of the run.

This module must not know how an outcome is decided, nor where batches go.
"""

import time
from array import array
from collections.abc import Callable, Sequence
from itertools import chain
from typing import TypeVar

import numpy as np

from locustfiles.recording.announcements import Announcements
from locustfiles.recording.binning import Int64s, Kind, histogram_rows, outcome_rows, zero_rows
from locustfiles.recording.health import HealthSampler, Process, StallProbe, read_process
from locustfiles.recording.packing import PACKED_ROWS, pack
from locustfiles.recording.parts import Parts, at_once
from locustfiles.transport.exchange import Exchange
from reports.run_record.outcome import ARRIVAL, ORDER, Clock, Outcome, Reason
from reports.run_record.schema import Batch, HealthRow, HistogramRow, PurchaseRow, SecondRow

_NS_PER_S = 1_000_000_000
_NS_PER_US = 1_000
_NEVER = -1
T = TypeVar("T")
_COLUMNS = 6
"""Kind; intended, ready, sent, first content, end in monotonic nanoseconds, ``_NEVER`` = not reached."""


class Recorder:
    """Takes what one worker's shoppers did in one run; nothing may be recorded before ``started_ns`` is set."""

    def __init__(
        self,
        run_id: str,
        worker: str,
        *,
        clock: Callable[[], int] = time.monotonic_ns,
        read: Callable[[], Process] = read_process,
    ) -> None:
        """``clock`` gives monotonic nanoseconds, ``read`` what the operating system says of this process."""
        self._run_id = run_id
        self._worker = worker
        self._clock = clock
        self._read = read
        self._started_ns = 0
        self._sequence = 0
        self.methods: dict[str, str] = {}
        """HTTP methods of steps that are not all POST, for Locust's table."""
        self._kinds: dict[Kind, int] = {}
        self._samples = array("q")
        self._streams = array("q")
        self._announced = Announcements()
        self._looked: set[int] = set()
        """Kinds of which an answer's headers were looked at since the last cut."""
        self._gaps: list[tuple[int, int, int, Sequence[int]]] = []
        self._lateness = array("q")
        self._endings = array("q")
        self._purchases: list[PurchaseRow] = []
        self._packed: list[bytes] = []
        self._health: HealthSampler | None = None
        self._probe: StallProbe | None = None

    @property
    def started_ns(self) -> int:
        """The run's start on the monotonic clock, 0 while it is not known; setting it begins the watch over this process."""
        return self._started_ns

    @started_ns.setter
    def started_ns(self, started_ns: int) -> None:
        self._started_ns = started_ns
        if self._health is None:
            self._health = HealthSampler(self._worker, now_ns=self._clock(), read=self._read)
            self._probe = StallProbe(self._health.stalls)
            self._probe.start()

    def record(
        self,
        step: str,
        outcome: Outcome,
        reason: Reason,
        exchange: Exchange,
        first_content_ns: int | None = None,
        gaps_ns: Sequence[int] = (),
        *,
        first_event_ns: int | None = None,
        token_ns: int | None = None,
    ) -> None:
        """One attempt of one step; the exchange itself is not kept.

        Of a stream alone: ``gaps_ns`` between its events, the instant of its first event, and ``token_ns``, its time per output token.
        """
        kind = (step, outcome, reason)
        number = self._kinds.get(kind)
        if number is None:
            number = self._kinds[kind] = len(self._kinds)
        if number not in self._looked:
            self._looked.add(number)
            self._announced.note(step, exchange.headers)
        sent_ns = exchange.sent_ns
        self._samples.extend(
            (
                number,
                exchange.intended_ns,
                exchange.ready_ns,
                _NEVER if sent_ns is None else sent_ns,
                _NEVER if first_content_ns is None else first_content_ns,
                exchange.end_ns,
            )
        )
        if gaps_ns:
            apart_ns = [gap_ns for gap_ns in gaps_ns if gap_ns]
            self._gaps.append((number, exchange.intended_ns, len(gaps_ns) - len(apart_ns), apart_ns))
        if first_event_ns is not None:
            to_event_ns = first_event_ns - exchange.ready_ns
            self._streams.extend((number, exchange.intended_ns, to_event_ns, _NEVER if token_ns is None else token_ns))

    def record_lateness(self, second: int, lateness_ns: int) -> None:
        """How late a wish of the intended ``second`` was begun: ready - intended of its first request."""
        self._lateness.extend((second, lateness_ns))

    def end_wish(self, row: PurchaseRow) -> None:
        """How one released wish ended; it counts as step ``order`` in its own second."""
        kind = (ORDER, row.outcome, row.reason)
        number = self._kinds.get(kind)
        if number is None:
            number = self._kinds[kind] = len(self._kinds)
        self._endings.extend((number, row.second, row.intent_us))
        self._purchases.append(row)
        if len(self._purchases) == PACKED_ROWS:
            self._packed.append(pack(self._purchases))
            self._purchases.clear()

    def cut(
        self,
        now_ns: int,
        *,
        seconds: list[SecondRow],
        in_flight: int,
        idle_shoppers: int,
        connections: int,
        final: bool = False,
    ) -> Batch:
        """Everything since the last cut, as one batch with the next sequence number; to be called once a second.

        ``seconds`` come from the pacer. The final cut ends the watch over event-loop stalls.
        """
        return at_once(
            self.cut_in_parts(
                now_ns,
                seconds=seconds,
                in_flight=in_flight,
                idle_shoppers=idle_shoppers,
                connections=connections,
                final=final,
            )
        )

    def cut_in_parts(
        self,
        now_ns: int,
        *,
        seconds: list[SecondRow],
        in_flight: int,
        idle_shoppers: int,
        connections: int,
        final: bool = False,
    ) -> Parts[Batch]:
        """The same a part at a time; what is recorded once the work has begun belongs to the next batch."""
        batch = Batch(
            run_id=self._run_id,
            worker=self._worker,
            sequence=self._sequence,
            seconds=seconds,
            purchases=self._purchases,
            packed=self._packed,
            methods=dict(self.methods),
            announced=self._announced.rows(),
            final=final,
        )
        self._sequence += 1
        self._purchases, self._packed = [], []
        self._announced, self._looked = Announcements(), set()
        samples, self._samples = self._samples, array("q")
        streams, self._streams = self._streams, array("q")
        gaps, self._gaps = self._gaps, []
        lateness, self._lateness = self._lateness, array("q")
        endings, self._endings = self._endings, array("q")
        late_seconds, late_ns = _columns(lateness, 2)
        late_us = late_ns // _NS_PER_US
        batch.health = self._health_rows(now_ns, late_us, in_flight, idle_shoppers, connections)
        if final:
            self._end_probe()
        yield
        yield from self._bin_requests(samples, batch)
        batch.histograms += self._bin_gaps(gaps)
        yield
        yield from self._bin_streams(streams, batch)
        self._bin_wishes(endings, batch)
        yield
        arrivals = [(ARRIVAL, Outcome.DONE.value)]
        batch.histograms += histogram_rows(
            late_seconds, np.zeros_like(late_seconds), arrivals, Clock.LATENESS.value, late_us
        )
        return batch

    def _bin_requests(self, samples: "array[int]", batch: Batch) -> Parts[None]:
        if not samples:
            return
        kind_of, intended, ready, sent, first_content, end = _columns(samples, _COLUMNS)
        groups, group_of = self._groups(kind_of)
        seconds = (intended - self._started_ns) // _NS_PER_S
        batch.outcomes += outcome_rows(seconds, kind_of, list(self._kinds))
        for clock, since, until, holds in (
            (Clock.RESPONSE, intended, end, None),
            (Clock.STEP, ready, end, None),
            (Clock.SERVICE, sent, end, sent != _NEVER),
            (Clock.FIRST_CONTENT, ready, first_content, first_content != _NEVER),
        ):
            which = slice(None) if holds is None or holds.all() else holds
            values_us = (until[which] - since[which]) // _NS_PER_US
            batch.histograms += histogram_rows(seconds[which], group_of[which], groups, clock.value, values_us)
            yield

    def _bin_streams(self, streams: "array[int]", batch: Batch) -> Parts[None]:
        if not streams:
            return
        kind_of, intended, to_event, token = _columns(streams, 4)
        groups, group_of = self._groups(kind_of)
        seconds = (intended - self._started_ns) // _NS_PER_S
        for clock, values_ns in ((Clock.FIRST_EVENT, to_event), (Clock.TPOT, token)):
            batch.histograms += histogram_rows(seconds, group_of, groups, clock.value, values_ns // _NS_PER_US)
            yield

    def _bin_wishes(self, endings: "array[int]", batch: Batch) -> None:
        kind_of, seconds, intent_us = _columns(endings, 3)
        groups, group_of = self._groups(kind_of)
        batch.outcomes += outcome_rows(seconds, kind_of, list(self._kinds))
        batch.histograms += histogram_rows(seconds, group_of, groups, Clock.INTENT.value, intent_us)

    def _bin_gaps(self, gaps: Sequence[tuple[int, int, int, Sequence[int]]]) -> list[HistogramRow]:
        """Most events come together with others in one read, so gaps of 0 are counted and the rest are binned."""
        if not gaps:
            return []
        numbers, intended_ns, together, apart_ns = zip(*gaps, strict=True)
        groups, group_of = self._groups(np.array(numbers, dtype=np.int64))
        seconds = (np.array(intended_ns, dtype=np.int64) - self._started_ns) // _NS_PER_S
        rows = zero_rows(seconds, group_of, groups, Clock.GAP.value, np.array(together, dtype=np.int64))
        each = np.array([len(some) for some in apart_ns], dtype=np.int64)
        values_us = np.array(list(chain.from_iterable(apart_ns)), dtype=np.int64) // _NS_PER_US
        where = (np.repeat(seconds, each), np.repeat(group_of, each))
        return rows + histogram_rows(*where, groups, Clock.GAP.value, values_us)

    def _groups(self, kind_of: Int64s) -> tuple[list[tuple[str, str]], Int64s]:
        """The (step, outcome) pairs of all kinds, and for each sample the place of its pair."""
        groups, group_of_kind = _indexed([(step, outcome) for step, outcome, _ in self._kinds])
        return groups, group_of_kind[kind_of]

    def _health_rows(
        self, now_ns: int, late_us: Int64s, in_flight: int, idle_shoppers: int, connections: int
    ) -> list[HealthRow]:
        """No row before the run has started: there is no second to put it in."""
        if self._health is None or now_ns <= self._started_ns:
            return []
        row = self._health.sample(
            now_ns,
            started_ns=self._started_ns,
            lateness_us=late_us,
            in_flight=in_flight,
            idle_shoppers=idle_shoppers,
            connections=connections,
        )
        return [row]

    def _end_probe(self) -> None:
        if self._probe is not None:
            self._probe.stop()


def _columns(numbers: "array[int]", width: int) -> list[Int64s]:
    """What was appended ``width`` numbers at a time, as so many arrays."""
    return [np.ascontiguousarray(column) for column in np.frombuffer(numbers, dtype=np.int64).reshape(-1, width).T]


def _indexed(items: Sequence[T]) -> tuple[list[T], Int64s]:
    """The distinct items, and for each item its place among them."""
    places = {item: place for place, item in enumerate(dict.fromkeys(items))}
    return list(places), np.array([places[item] for item in items], dtype=np.int64)
