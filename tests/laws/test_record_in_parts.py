"""However a second's record is split, and whatever is recorded between the parts, the record is the same."""

import tempfile
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from locustfiles.recording.health import Process
from locustfiles.recording.merge import Fold, encode_batch
from locustfiles.recording.parts import Parts, at_once
from locustfiles.recording.recorder import Recorder
from locustfiles.transport.exchange import Exchange
from reports.run_record.histogram import Histogram
from reports.run_record.outcome import Outcome, Reason
from reports.run_record.run_directory import TABLES, RunWriter, open_run
from reports.run_record.schema import Batch, PurchaseRow, SecondRow
from tests.helpers.exchanges import MS
from tests.helpers.synthetic_run import Wishes, manifest_of

S = 1000 * MS
ENDS = st.sampled_from([(Outcome.DONE, Reason.NONE), (Outcome.SHED, Reason.TIMED_OUT), (Outcome.SHED, Reason.STALLED)])
REQUESTS = st.tuples(st.just("request"), ENDS, st.integers(0, 4), st.integers(0, 9_000_000))
WISHES = st.tuples(st.just("wishes"), ENDS, st.integers(0, 4), st.integers(1, 250))
"""As many at once as two packings hold, and one."""
HAPPENINGS = st.lists(
    st.one_of(
        REQUESTS,
        WISHES,
        st.tuples(st.just("cut")),
        st.tuples(st.just("part"), st.integers(0, 3)),
    ),
    max_size=25,
)


class Telling:
    """One worker's recorder, whose cuts are done a part at a time, several of them at once."""

    def __init__(self) -> None:
        """Nothing has happened."""
        self.recorder = Recorder("run-1", "w1", read=lambda: Process(0.0, 1))
        self.recorder._started_ns = 0
        self.wishes: list[PurchaseRow] = []
        self.unreported = 0
        self.open: list[Parts[Batch]] = []
        self.batches: dict[int, Batch] = {}

    def request(self, end: tuple[Outcome, Reason], second: int, took_us: int) -> None:
        """One request of the step chat, with two gaps in its stream, and its lateness."""
        begun_ns = second * S
        exchange = Exchange(begun_ns, begun_ns + 1000, begun_ns + took_us * 1000, sent_ns=begun_ns + 2000)
        self.recorder.record("chat", *end, exchange, begun_ns + 3000, (0, took_us))
        self.recorder.record_lateness(second, took_us)

    def wish(self, end: tuple[Outcome, Reason], second: int, n: int) -> None:
        """So many wishes of the second that end alike."""
        for _ in range(n):
            number = len(self.wishes)
            row = PurchaseRow(
                number, second, f"key-{number}", "user", "tea", *end, "pay", number, 5, 1, True, "cs", "", "", 1, 1, 1, 1,
                True, True, True,
            )  # fmt: skip
            self.wishes.append(row)
            self.recorder.end_wish(row)
        self.unreported += n

    def cut(self, *, final: bool = False) -> None:
        """Begin a cut; earlier ones may still be open."""
        seconds, self.unreported = [SecondRow(0, self.unreported, self.unreported, 0)], 0
        parts = self.recorder.cut_in_parts(
            9 * S, seconds=seconds, in_flight=0, idle_shoppers=0, connections=0, final=final
        )
        self.open.append(parts)
        self.part(len(self.open) - 1)

    def part(self, place: int) -> None:
        """Do the next part of an open cut, if there is one at the place."""
        if place < len(self.open):
            try:
                next(self.open[place])
            except StopIteration as end:
                self.batches[end.value.sequence] = end.value
                del self.open[place]

    def end(self) -> list[Batch]:
        """Finish what is open after a last cut; all batches in the order of their numbers."""
        self.cut(final=True)
        for parts in self.open:
            batch = at_once(parts)
            self.batches[batch.sequence] = batch
        return [batch for _, batch in sorted(self.batches.items())]


def told(happenings: Sequence[tuple[Any, ...]], *, in_parts: bool) -> tuple[Telling, list[Batch]]:
    """What was recorded, and its batches; not in parts: all of it in one."""
    telling = Telling()
    for kind, *what in happenings:
        if kind == "request":
            telling.request(*what)
        elif kind == "wishes":
            telling.wish(*what)
        elif in_parts and kind == "cut":
            telling.cut()
        elif in_parts:
            telling.part(*what)
    return telling, telling.end()


def carried(batches: Sequence[Batch]) -> tuple[Fold, list[Batch]]:
    """The batches as the master has them after their way, with their rows unpacked."""
    fold = Fold("run-1")
    fold.enroll("w1")
    fold.is_closing = True
    arrived = []
    for batch in batches:
        receipt = fold.add(encode_batch(batch), "w1")
        assert receipt is not None
        assert receipt.batch is not None
        for _ in fold.unpack_in_parts(receipt.batch):
            pass
        arrived.append(receipt.batch)
    return fold, arrived


def sums(batches: Sequence[Batch]) -> tuple[Any, ...]:
    """Counts, histograms and wishes, whatever rows they were spread over."""
    counts = Counter[tuple[int, str, str, str]]()
    histograms: dict[tuple[int, str, str, str], Histogram] = defaultdict(Histogram)
    for batch in batches:
        for row in batch.outcomes:
            counts[row.second, row.step, row.outcome, row.reason] += row.n
        for one in batch.histograms:
            histograms[one.second, one.step, one.outcome, one.clock].add_sparse(
                one.buckets, one.counts, one.sum_us, one.max_us
            )
    timed = {key: (one.sparse(), one.sum_us, one.max_us) for key, one in histograms.items()}
    return counts, timed, [row for batch in batches for row in batch.purchases]


@given(HAPPENINGS)
def test_a_cut_in_parts_loses_nothing_and_doubles_nothing(happenings: list[tuple[Any, ...]]) -> None:
    """Cuts that are interrupted, and overlap, add up to one that is not; each batch's wishes are as many as it counts."""
    telling, batches = told(happenings, in_parts=True)
    fold, arrived = carried(batches)

    assert sums(arrived) == sums(carried(told(happenings, in_parts=False)[1])[1])
    assert [row for batch in arrived for row in batch.purchases] == telling.wishes
    assert [batch.final for batch in arrived] == [False] * (len(arrived) - 1) + [True]
    for batch in arrived:
        assert len(batch.purchases) == sum(row.n for row in batch.outcomes if row.step == "order")
        assert len(batch.purchases) == sum(row.n for row in batch.histograms if row.clock == "intent")
    assert (fold.is_complete, fold.problems(), fold.totals.in_flight) == (True, [], 0)


@given(HAPPENINGS)
def test_the_files_hold_the_same(happenings: list[tuple[Any, ...]]) -> None:
    """A table written in parts from many batches has the rows of one that is written batch by batch."""
    _, arrived = carried(told(happenings, in_parts=True)[1])
    with tempfile.TemporaryDirectory() as folder:
        together, apart = (
            RunWriter.create(Path(folder) / name, manifest_of(Wishes())) for name in ("together", "apart")
        )
        for _ in together.add_in_parts(arrived):
            pass
        for batch in arrived:
            apart.add(batch)
        together.close()
        apart.close()
        runs = [open_run(writer.path) for writer in (together, apart)]
        for table in TABLES:
            rows, same = (run.table(table).to_pylist() for run in runs)
            assert rows == same
        assert len(runs[0].table("purchases")) == sum(len(batch.purchases) for batch in arrived)


def test_a_part_that_holds_no_rows_is_a_problem() -> None:
    """Rows that cannot be read are left out and told; the rows beside them stay, and the run is not called whole."""
    telling, batches = told([("wishes", (Outcome.DONE, Reason.NONE), 0, 250)], in_parts=False)
    batches[0].packed[1] = b"\xc1"
    fold, (batch,) = carried(batches)

    assert batch.purchases == telling.wishes[:100] + telling.wishes[200:]
    assert fold.problems() == [
        "1 part(s) of batches hold no rows of wishes: those wishes are counted, and are in no table."
    ]
