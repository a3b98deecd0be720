"""Batches may be lost, repeated and overtaken: each counts once, and what is missing is known."""

from collections import Counter

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from locustfiles.recording.merge import (
    KEPT_BATCHES,
    MAX_AHEAD,
    MAX_BATCH_BYTES,
    RESEND_AFTER_S,
    Fold,
    Outbox,
    Receipt,
    decode_batch,
    encode_batch,
)
from reports.run_record.outcome import Outcome
from reports.run_record.said import TextRow, WordsRow
from reports.run_record.schema import AnnouncedRow, Batch, IntentRow, OutcomeRow, SecondRow, WorkerFacts

RUN = "run-1"


def batch(worker: str, sequence: int, *, final: bool = False, run_id: str = RUN) -> Batch:
    """A batch whose sums tell which one it is: a different power of two for each sequence number."""
    n = 1 << sequence % 30
    return Batch(
        run_id,
        worker,
        sequence,
        seconds=[SecondRow(sequence, 2 * n, n, n)],
        outcomes=[OutcomeRow(sequence, "order", "confirmed", "", n), OutcomeRow(sequence, "chat", "done", "", 5)],
        final=final,
    )


def fold_of(*workers: str) -> Fold:
    """A fold with these workers on its roster."""
    fold = Fold(RUN)
    for worker in workers:
        fold.enroll(worker)
    fold.is_closing = True
    return fold


def give(fold: Fold, one: Batch, sender: str | None = None) -> Receipt | None:
    """Give a batch to the fold as bytes."""
    return fold.add(encode_batch(one), sender or one.worker)


@given(st.data())
def test_any_order_with_repeats_gives_the_sum(data: st.DataObject) -> None:
    """However batches are shuffled and repeated, each is accepted once, and the totals are those of all."""
    sizes = {worker: data.draw(st.integers(1, 6), label=worker) for worker in ("a", "b")}
    sent = [batch(worker, number, final=number == size - 1) for worker, size in sizes.items() for number in range(size)]
    order = data.draw(st.permutations(sent + data.draw(st.lists(st.sampled_from(sent), max_size=8))))
    fold = fold_of("a", "b")
    accepted = [receipt.batch for one in order if (receipt := give(fold, one)) and receipt.batch]

    assert Counter((one.worker, one.sequence) for one in accepted) == Counter((o.worker, o.sequence) for o in sent)
    assert fold.totals.released == sum(one.seconds[0].released for one in sent) == fold.totals.dropped
    assert fold.totals.scheduled == 2 * fold.totals.released
    assert fold.totals.outcomes == {Outcome.CONFIRMED: fold.totals.released}
    assert fold.totals.in_flight == 0
    assert fold.is_complete
    assert fold.problems() == []


def test_announcements_add_up_over_workers() -> None:
    """What several workers heard the target announce is one row, and a batch that comes twice counts once."""
    fold = fold_of("a", "b")
    for worker, value in (("a", 5.0), ("b", 2.0)):
        one = batch(worker, 0)
        one.announced = [AnnouncedRow("chat", "retry-after", 3, value, value, value, value)]
        give(fold, one)
        give(fold, one)

    assert fold.announced.rows() == [AnnouncedRow("chat", "retry-after", 6, 5.0, 2.0, 2.0, 5.0)]


def test_what_was_said_comes_over() -> None:
    """What a worker heard reaches the master as it was kept, with the batch in which it came."""
    heard = [WordsRow(3, "chat", "refused_soft", "busy_canned", 7, 2, 1, "忙,#", "忙，12")]
    texts = [TextRow(3, 12, "chat", "done", "", 1, "好的", 0)]
    receipt = give(fold_of("a"), Batch(RUN, "a", 0, words=heard, texts=texts))

    assert receipt is not None
    assert receipt.batch is not None
    assert (receipt.batch.words, receipt.batch.texts) == (heard, texts)


@given(st.data())
def test_rows_and_flights_of_each_worker(data: st.DataObject) -> None:
    """In any order, with repeats: the write-ahead rows are each worker's, each once, and so are its open wishes."""
    sent = []
    for worker in ("a", "b"):
        for number in range(data.draw(st.integers(1, 5), label=worker)):
            one = batch(worker, number)
            one.intents = [IntentRow(number, f"{worker}-{number}", worker, [], "cinema", 0)]
            one.seconds = [SecondRow(number, 0, data.draw(st.integers(1 << number, 99)), 0)]
            sent.append(one)
    order = data.draw(st.permutations(sent + data.draw(st.lists(st.sampled_from(sent), max_size=8))))
    fold = fold_of("a", "b", "c")
    taken = [receipt.batch for one in order if (receipt := give(fold, one)) and receipt.batch]

    keys = [row.idempotency_key for one in taken for row in one.intents]
    assert sorted(keys) == sorted(f"{one.worker}-{one.sequence}" for one in sent)
    for worker in ("a", "b", "c"):
        of_worker = [one for one in sent if one.worker == worker]
        ended = sum(row.n for one in of_worker for row in one.outcomes if row.step == "order")
        assert fold.in_flight_of(worker) == sum(one.seconds[0].released for one in of_worker) - ended


def test_a_dismissed_worker_is_no_stranger() -> None:
    """A worker that is taken from the roster before it did anything may send its last batch: it is left out in silence."""
    fold = fold_of("a", "b")
    fold.dismiss("b")

    assert give(fold, batch("b", 0, final=True)) is None
    give(fold, batch("a", 0, final=True))
    assert (fold.roster, fold.is_complete, fold.problems()) == (["a"], True, [])


@given(st.sets(st.integers(0, 40)))
def test_missing_numbers_are_named(came: set[int]) -> None:
    """The numbers of a record's gaps are told, the first ten of them, and are exactly those that never came."""
    fold = fold_of("a")
    for number in (*came, 41):
        give(fold, batch("a", number, final=number == 41))
    absent = sorted(set(range(41)) - came)
    told = [sentence for sentence in fold.problems() if "never came" in sentence]

    numbers = ", ".join(map(str, absent[:10])) + (", ..." if len(absent) > 10 else "")
    assert told == ([f"Of worker a's batches 0 to 41, {len(absent)} never came: {numbers}."] if absent else [])


def test_giving_up_is_not_arriving() -> None:
    """An outbox that had to let batches go is empty in the end, and says that not all has arrived."""
    outbox = Outbox()
    for number in range(KEPT_BATCHES + 1):
        outbox.put(batch("a", number), 0.0)
    for number in range(KEPT_BATCHES + 1):
        outbox.acknowledge(number, 1.0)

    assert (outbox.is_empty, outbox.has_all_arrived) == (True, False)


@given(st.integers(2, 8), st.data())
def test_a_lost_batch_is_known(size: int, data: st.DataObject) -> None:
    """Whatever subset of a worker's batches comes, the fold is complete exactly when it is all of them."""
    came = data.draw(st.sets(st.integers(0, size - 1)))
    fold = fold_of("a")
    for number in came:
        give(fold, batch("a", number, final=number == size - 1))
    (facts,) = fold.workers()

    assert fold.is_complete == fold.has_ended("a") == (len(came) == size)
    assert (fold.problems() == []) == fold.is_complete
    assert facts == WorkerFacts("a", len(came), max(came, default=-1), size - 1 in came)


@given(st.lists(st.sampled_from(["put", "lose", "deliver", "lose ack", "wait"]), max_size=40))
def test_what_is_sent_until_acknowledged_arrives(happenings: list[str]) -> None:
    """However many messages and acknowledgements are lost, sending again what is overdue brings every batch, once."""
    outbox, fold, now_s, sequence, taken = Outbox(), fold_of("a"), 0.0, 0, 0
    wire: list[bytes] = []

    def deliver(data: bytes, *, acknowledged: bool) -> int:
        receipt = fold.add(data, "a")
        assert receipt is not None
        if acknowledged:
            outbox.acknowledge(receipt.sequence, now_s)
        return receipt.batch is not None

    for happening in happenings:
        match happening:
            case "put":
                wire.append(outbox.put(batch("a", sequence), now_s))
                sequence += 1
            case "lose":
                wire.clear()
            case "wait":
                now_s += RESEND_AFTER_S + 0.1
                wire += outbox.overdue(now_s)
            case _:
                taken += sum(deliver(data, acknowledged=happening == "deliver") for data in wire)
                wire.clear()
    now_s += RESEND_AFTER_S + 0.1
    taken += sum(deliver(data, acknowledged=True) for data in [*wire, *outbox.overdue(now_s)])

    assert taken == sequence
    assert outbox.is_empty


def test_a_batch_that_was_just_sent_is_not_sent_again() -> None:
    """Only what has waited two seconds is overdue, and it is overdue again two seconds later."""
    outbox = Outbox()
    data = outbox.put(batch("a", 0), 10.0)

    assert outbox.overdue(11.9) == []
    assert outbox.overdue(12.1) == [data]
    assert outbox.overdue(12.2) == []
    assert outbox.overdue(14.2) == [data]


def test_an_outbox_is_bounded() -> None:
    """A worker whose master never answers keeps its newest batches, and the fold knows the others as missing."""
    outbox, fold = Outbox(), fold_of("a")
    for number in range(KEPT_BATCHES + 5):
        outbox.put(batch("a", number), 0.0)
    for data in outbox.overdue(RESEND_AFTER_S + 1):
        fold.add(data, "a")

    assert fold.workers()[0].batches == KEPT_BATCHES
    assert fold.problems()[1] == f"Of worker a's batches 0 to {KEPT_BATCHES + 4}, 5 never came: 0, 1, 2, 3, 4."


@pytest.mark.parametrize(
    ("one", "sender", "why"),
    [
        pytest.param(batch("a", 0, run_id="run-0"), "a", "it is of an earlier run", id="another run"),
        pytest.param(batch("b", 0), "b", "nobody enrolled it", id="a worker that is not on the roster"),
        pytest.param(batch("a", 0), "b", "b speaks for a", id="a sender that speaks for another"),
        pytest.param(batch("a", -1), "a", "no batch has this number", id="a negative number"),
        pytest.param(batch("a", MAX_AHEAD), "a", "no worker is so far ahead", id="a number beyond all reason"),
    ],
)
def test_what_is_left_out(one: Batch, sender: str, why: str) -> None:
    """A batch that is not of this run's workers changes no sum and is not acknowledged."""
    fold = fold_of("a")

    assert give(fold, one, sender) is None, why
    assert fold.totals.scheduled == 0
    assert fold.workers() == [WorkerFacts("a", 0, -1, False)]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\xc1\xff", id="no MessagePack"),
        pytest.param(msgspec.msgpack.encode({"run_id": RUN}), id="members are missing"),
        pytest.param(msgspec.msgpack.encode({"run_id": RUN, "worker": "a", "sequence": "0"}), id="a number as text"),
        pytest.param(b"\xa1\xff" * 3, id="no UTF-8"),
        pytest.param(b"\x91" * 100_000, id="deeper than the stack"),
        pytest.param(bytes(MAX_BATCH_BYTES + 1), id="too long"),
    ],
)
def test_bytes_that_are_no_batch(data: bytes) -> None:
    """Whatever comes to the port, decoding gives a batch or None."""
    assert decode_batch(data) is None
    assert fold_of("a").add(data, "a") is None


def test_a_batch_survives_the_wire() -> None:
    """Decoding what was encoded gives the same batch."""
    one = batch("a", 3, final=True)

    assert decode_batch(encode_batch(one)) == one


def test_problems_are_sentences() -> None:
    """What is missing from a record is told by worker: the lost, the gaps, the strangers."""
    fold = fold_of("a", "b", "c")
    give(fold, batch("a", 0))
    give(fold, batch("b", 2, final=True))
    give(fold, batch("x", 0))

    assert fold.problems() == [
        (
            "Worker a was lost before it had sent everything: batch 0 is the last that came. What it did after that is in no "
            "table; its write-ahead rows are in intents.jsonl. Audit the ledger, and run again."
        ),
        "Of worker b's batches 0 to 2, 2 never came: 0, 1.",
        (
            "Worker c was lost before it had sent everything: it sent no batch. What it did after that is in no table; its "
            "write-ahead rows are in intents.jsonl. Audit the ledger, and run again."
        ),
        "1 sender(s) outside the run sent batches, which are left out: x.",
    ]
    assert Fold(RUN).problems() == ["No worker took part in the run."]
    assert not Fold(RUN).is_complete


def test_what_the_guard_held_back_adds_up() -> None:
    """The totals know how many of the dropped wishes the ceiling held back, over all workers."""
    fold = fold_of("a", "b")
    for worker in "ab":
        give(fold, msgspec.structs.replace(batch(worker, 0), held_back=3))

    assert fold.totals.held_back == 6
