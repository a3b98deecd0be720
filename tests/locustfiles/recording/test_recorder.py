"""What is recorded comes out as sums by intended second; counters and histograms agree exactly."""

from collections import Counter, defaultdict
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locustfiles.recording.health import Process
from locustfiles.recording.recorder import Recorder
from locustfiles.transport.exchange import Exchange
from reports.run_record.histogram import Histogram, bucket_of
from reports.run_record.outcome import ARRIVAL, ORDER, Clock, Outcome, Reason
from reports.run_record.schema import Batch, HistogramRow, PurchaseRow, SecondRow
from tests.helpers.exchanges import MS

S = 1000 * MS
STARTED_NS = 77 * S


def recorder() -> Recorder:
    """A recorder of a run that began at second 77 of the monotonic clock."""
    record = Recorder("run-1", "w1", clock=lambda: STARTED_NS, read=lambda: Process(0.0, 1))
    record.started_ns = STARTED_NS
    return record


def cut(
    recorder: Recorder, after_s: float = 1.0, *, seconds: list[SecondRow] | None = None, final: bool = True
) -> Batch:
    """A cut so long after the run's start."""
    return recorder.cut(
        STARTED_NS + int(after_s * S), seconds=seconds or [], in_flight=0, idle_shoppers=0, connections=0, final=final
    )


def exchange(intended_s: float, *, ready_ms: int = 1, sent_ms: int | None = 2, end_ms: int = 10) -> Exchange:
    """An exchange that should have started so many seconds into the run; the other instants count from there."""
    intended_ns = STARTED_NS + int(intended_s * S)
    sent_ns = None if sent_ms is None else intended_ns + sent_ms * MS
    return Exchange(intended_ns, intended_ns + ready_ms * MS, intended_ns + end_ms * MS, sent_ns=sent_ns)


def purchase(second: int, outcome: str, intent_us: int, wish: int = 0, reason: str = "") -> PurchaseRow:
    """How a wish of a second ended."""
    return PurchaseRow(
        wish, second, f"key-{wish}", "user", "milk_tea", outcome, reason, "pay", intent_us, 5, 1, True, "cs", "ord", "card",
        1, 1, 1, 1, True, True, True,
    )  # fmt: skip


def only(batch: Batch, step: str, clock: Clock) -> HistogramRow:
    """The one histogram of a step and a clock."""
    (row,) = [row for row in batch.histograms if (row.step, row.clock) == (step, clock)]
    return row


def test_each_clock_measures_its_two_instants() -> None:
    """Response counts from the intended start, step from ready, service from sent, first content from ready."""
    record = recorder()
    sample = exchange(3.5)
    record.record("chat", Outcome.DONE, Reason.NONE, sample, sample.ready_ns + 4 * MS)
    batch = cut(record)

    assert {row.clock: (row.second, row.sum_us) for row in batch.histograms} == {
        Clock.RESPONSE: (3, 10_000),
        Clock.STEP: (3, 9_000),
        Clock.SERVICE: (3, 8_000),
        Clock.FIRST_CONTENT: (3, 4_000),
    }
    assert only(batch, "chat", Clock.RESPONSE).buckets == [bucket_of(10_000)]


def test_a_request_that_was_never_sent_has_no_service_time() -> None:
    """Without a byte on the wire there is a response time, since the shopper waited, and no service time."""
    record = recorder()
    record.record("create", Outcome.SHED, Reason.CONNECT_FAILED, exchange(0, sent_ms=None))
    batch = cut(record)

    assert {row.clock for row in batch.histograms} == {Clock.RESPONSE, Clock.STEP}
    assert [(row.step, row.outcome, row.reason, row.n) for row in batch.outcomes] == [
        ("create", "shed", "connect_failed", 1)
    ]


def test_a_late_end_belongs_to_the_intended_second() -> None:
    """A request of second 5 that ends in second 12 is a row of second 5 in the batch of second 12."""
    record = recorder()
    assert cut(record, 6, final=False).outcomes == []
    record.record("chat", Outcome.SHED, Reason.TIMED_OUT, exchange(5.9, end_ms=6500))

    assert [row.second for row in cut(record, 13).outcomes] == [5]


def test_a_wish_counts_as_an_order() -> None:
    """The end of a wish is a count and an intent time of step order, and its own row."""
    record = recorder()
    row = purchase(2, "confirmed", 1_500_000)
    record.end_wish(row)
    batch = cut(record)

    assert [(o.second, o.step, o.outcome, o.n) for o in batch.outcomes] == [(2, ORDER, "confirmed", 1)]
    assert only(batch, ORDER, Clock.INTENT).sum_us == 1_500_000
    assert batch.purchases == [row]


def test_lateness_is_kept_by_second_and_in_the_health_row() -> None:
    """How late wishes were begun is a histogram of step arrival, and the second's quantiles in the health row."""
    record = recorder()
    for late_ms in (1, 2, 30):
        record.record_lateness(4, late_ms * MS)
    batch = cut(record, 5)
    row = only(batch, ARRIVAL, Clock.LATENESS)

    assert (row.second, row.outcome, row.n, row.max_us) == (4, "done", 3, 30_000)
    assert [(health.second, health.lateness_max_us) for health in batch.health] == [(4, 30_000)]


def test_a_cut_empties_the_recorder_and_counts_on() -> None:
    """Nothing is in two batches, and sequence numbers have no gap."""
    record = recorder()
    record.record("chat", Outcome.DONE, Reason.NONE, exchange(0))
    record.end_wish(purchase(0, "confirmed", 1))
    record.record_lateness(0, 1)
    rows = [SecondRow(0, 2, 1, 1)]
    first, second = cut(record, 1, seconds=rows, final=False), cut(record, 2)

    assert (first.sequence, second.sequence, first.final, second.final) == (0, 1, False, True)
    assert first.seconds == rows
    assert (second.seconds, second.outcomes, second.histograms, second.purchases) == ([], [], [], [])
    assert (first.run_id, first.worker) == ("run-1", "w1")


def test_the_first_second_has_its_cpu_share() -> None:
    """The CPU time of the first row counts from the moment at which the start was told."""
    readings = iter([Process(1.0, 1), Process(1.3, 1)])
    record = Recorder("run-1", "w1", clock=lambda: STARTED_NS - S // 2, read=lambda: next(readings))
    record.started_ns = STARTED_NS
    (health,) = cut(record, 1).health

    assert (record.started_ns, health.second, health.cpu_share) == (STARTED_NS, 0, pytest.approx(0.2))


def test_before_the_run_there_is_no_health_row() -> None:
    """A cut before second 0 has no second to report on."""
    record = Recorder("run-1", "w1", read=lambda: Process(0.0, 1))

    assert record.cut(5 * S, seconds=[], in_flight=0, idle_shoppers=0, connections=0, final=True).health == []


SAMPLES = st.lists(
    st.tuples(
        st.sampled_from(["chat", "pay"]),
        st.sampled_from(
            [(Outcome.DONE, Reason.NONE), (Outcome.SHED, Reason.TIMED_OUT), (Outcome.SHED, Reason.STALLED)]
        ),
        st.floats(0, 4, exclude_max=True),
        st.one_of(st.none(), st.integers(1, 5)),
        st.integers(5, 9000),
    ),
    max_size=40,
)


@given(SAMPLES, st.integers(0, 40))
def test_histograms_agree_with_counters(samples: list[Any], cut_after: int) -> None:
    """For each second, step and outcome, the response and step clocks hold as many values as were counted, over all batches."""
    record = recorder()
    batches = []
    for number, (step, (outcome, reason), at_s, sent_ms, end_ms) in enumerate(samples):
        if number == cut_after:
            batches.append(cut(record, 1, final=False))
        record.record(step, outcome, reason, exchange(at_s, sent_ms=sent_ms, end_ms=end_ms))
    batches.append(cut(record, 9))
    counted: Counter[tuple[int, str, str]] = Counter()
    timed: dict[str, Counter[tuple[int, str, str]]] = defaultdict(Counter)
    for batch in batches:
        for row in batch.outcomes:
            counted[row.second, row.step, row.outcome] += row.n
        for histogram in batch.histograms:
            assert histogram.n == sum(histogram.counts)
            timed[histogram.clock][histogram.second, histogram.step, histogram.outcome] += histogram.n

    assert counted.total() == len(samples)
    assert timed[Clock.RESPONSE] == timed[Clock.STEP] == counted
    assert timed[Clock.SERVICE].total() == sum(sent_ms is not None for *_, sent_ms, _ in samples)


def test_what_the_target_announces() -> None:
    """Of each step, outcome and reason one answer between two cuts is looked at, and what it announces is in that batch alone."""
    record = recorder()
    for left, outcome in (("9", Outcome.DONE), ("8", Outcome.DONE), ("0", Outcome.REFUSED_HARD)):
        sample = exchange(0)
        sample.headers = {"x-ratelimit-remaining-requests": left, "retry-after": "2"}
        record.record("chat", outcome, Reason.NONE, sample)
    first, second = cut(record, 1, final=False), cut(record, 2)

    assert [(row.step, row.name, row.n, row.first, row.lowest, row.highest) for row in first.announced] == [
        ("chat", "retry-after", 2, 2.0, 2.0, 2.0),
        ("chat", "x-ratelimit-remaining-requests", 2, 9.0, 0.0, 9.0),
    ]
    assert second.announced == []


@given(st.lists(st.integers(0, 10_000_000), min_size=1, max_size=50))
def test_no_value_is_changed_on_the_way(intents_us: list[int]) -> None:
    """The intent times of wishes come out as one histogram of all of them, whatever the cuts."""
    record, merged, expected = recorder(), Histogram(), Histogram()
    for wish, intent_us in enumerate(intents_us):
        record.end_wish(purchase(0, "confirmed", intent_us, wish))
        if wish % 7 == 0:
            for row in cut(record, 1, final=False).histograms:
                merged.add_sparse(row.buckets, row.counts, row.sum_us, row.max_us)
        expected.counts[bucket_of(intent_us)] += 1
    for row in cut(record, 2).histograms:
        merged.add_sparse(row.buckets, row.counts, row.sum_us, row.max_us)

    assert merged.counts.tolist() == expected.counts.tolist()
    assert (merged.sum_us, merged.max_us) == (sum(intents_us), max(intents_us))


def test_the_clocks_of_a_stream() -> None:
    """The first event counts from ready, the time per token is a value of its own, and one that is undefined is none."""
    record = recorder()
    for first_event_ns, token_ns in ((4 * MS, 20 * MS), (6 * MS, None), (None, None)):
        sample = exchange(3.5)
        event_ns = None if first_event_ns is None else sample.ready_ns + first_event_ns
        record.record("chat", Outcome.DONE, Reason.NONE, sample, first_event_ns=event_ns, token_ns=token_ns)
    batch = cut(record)

    event, token = only(batch, "chat", Clock.FIRST_EVENT), only(batch, "chat", Clock.TPOT)
    assert (event.second, event.outcome, event.n, event.sum_us) == (3, "done", 2, 10_000)
    assert (token.second, token.outcome, token.n, token.sum_us) == (3, "done", 1, 20_000)


def test_gaps_between_streamed_events() -> None:
    """Gaps of a stream are values of their own clock; those of one read are 0, and all of them are counted."""
    record = recorder()
    for gaps_ns in ([0, 2 * MS, 0], [3 * MS], []):
        record.record("chat", Outcome.DONE, Reason.NONE, exchange(3.5), None, gaps_ns)
    rows = [row for row in cut(record).histograms if row.clock == Clock.GAP]

    values = Counter[int]()
    for row in rows:
        assert (row.second, row.step, row.outcome, row.n) == (3, "chat", "done", sum(row.counts))
        values.update(dict(zip(row.buckets, row.counts, strict=True)))
    assert values == {0: 2, bucket_of(2_000): 1, bucket_of(3_000): 1}
    assert sum(row.sum_us for row in rows) == 5_000
