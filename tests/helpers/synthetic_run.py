"""Runs that nobody ran: records with a known truth, written with the ``RunWriter`` that every generator uses.

    Wishes()                     100 wishes/s for 60 s, every one confirmed
    Wishes(rates=..., capacity_per_s=50)        a door that lets 50/s in and refuses the rest, hard and soft in turn
    Wishes(..., collapses=True)  no door: the queue grows until every answer outlasts the shopper's patience of 8 s

``write_run`` makes the directory, ``write_ledger`` the order ledger that agrees with it.
"""

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from reports.run_record.histogram import Histogram
from reports.run_record.outcome import ARRIVAL, ORDER, PURCHASE_STEPS, Clock, Outcome, Reason
from reports.run_record.run_directory import RunWriter
from reports.run_record.schema import (
    CLOSED,
    Batch,
    CurveFacts,
    CurveSegment,
    Finished,
    HealthRow,
    HistogramRow,
    IntentRow,
    Manifest,
    OutcomeRow,
    PurchaseRow,
    SecondRow,
    TargetFacts,
    WorkerFacts,
)

STARTED_UNIX_NS = 1_770_363_000_000_000_000
PATIENCE_US = 8_000_000
LEDGER_SQL = Path(__file__).parents[2] / "target_stub" / "ledger.sql"
Request = tuple[str, Outcome, Reason, int]
"""Step, outcome, reason and response time in microseconds."""
REFUSES = ((Outcome.REFUSED_HARD, Reason.RATE_LIMITED), (Outcome.REFUSED_SOFT, Reason.BUSY_CANNED))
WAITS = ((Outcome.QUEUED, Reason.WAITING_ROOM),)
SHEDS = ((Outcome.SHED, Reason.CONNECTION_LOST),)
"""What a door does with whoever is too many: it says so in turn."""
PRICE_MINOR, FULFILLMENT_MINOR, DISCOUNT_MINOR = 3000, 300, 2500


@dataclass(frozen=True)
class Wishes:
    """What happens in a synthetic run; every field is the truth that a report is held to."""

    rates: tuple[tuple[int, float], ...] = ((60, 100.0),)
    """(seconds, wishes per second) of each flat segment."""
    capacity_per_s: float | None = None
    collapses: bool = False
    door: tuple[tuple[Outcome, Reason], ...] = REFUSES
    shut: range = range(0)
    """Seconds in which the door lets nobody in."""
    service_us: int = 300_000
    refusal_us: int = 4_000
    lateness_us: int = 500
    seed: int = 1
    manifest: dict[str, object] = field(default_factory=dict)
    """Fields of the manifest that differ."""


@dataclass(frozen=True)
class Wish:
    """One wish of the truth: what each of its requests did, as (step, outcome, reason, response time)."""

    index: int
    second: int
    requests: tuple[Request, ...]

    @property
    def outcome(self) -> Outcome:
        """The wish's own outcome."""
        return Outcome.CONFIRMED if self.requests[-1][0] == "pay" else self.requests[-1][1]


def wishes(truth: Wishes) -> Iterator[Wish]:
    """Every wish of the run, in order, evenly spread and with a few per cent of scatter in each latency."""
    rng = np.random.default_rng(truth.seed)
    index, start, backlog = 0, 0, 0.0
    for seconds, rate in truth.rates:
        for second in range(start, start + seconds):
            arriving, capacity = round(rate), truth.capacity_per_s or float("inf")
            for place in range(arriving):
                wait_us = int(1e6 * (backlog + place) / capacity) if truth.collapses else 0
                scatter = float(rng.uniform(0.9, 1.1))
                requests: tuple[Request, ...]
                if wait_us > PATIENCE_US:
                    requests = (("chat", Outcome.SHED, Reason.TIMED_OUT, PATIENCE_US),)
                elif second in truth.shut or (not truth.collapses and place >= capacity):
                    requests = (("chat", *truth.door[place % len(truth.door)], int(truth.refusal_us * scatter)),)
                else:
                    chat_us = wait_us + int(truth.service_us * scatter)
                    later = [(step, Outcome.DONE, Reason.NONE, int(20_000 * scatter)) for step in PURCHASE_STEPS[1:]]
                    requests = (("chat", Outcome.DONE, Reason.NONE, chat_us), *later)
                yield Wish(index, second, requests)
                index += 1
            backlog = max(0.0, backlog + arriving - capacity)
        start += seconds


def manifest_of(truth: Wishes, run_id: str = "synthetic") -> Manifest:
    """The manifest of the run."""
    segments, start = [], 0
    for seconds, rate in truth.rates:
        segments.append(CurveSegment(start, start + seconds, rate, rate))
        start += seconds
    manifest = Manifest(
        run_id=run_id,
        scenario="synthetic",
        started_unix_ns=STARTED_UNIX_NS,
        duration_s=float(start),
        seed=truth.seed,
        curve=CurveFacts("stairs", segments, process="even", note="flat segments, made up for a test"),
        target=TargetFacts("stub", "http://127.0.0.1:1", "acp", truth.capacity_per_s),
        steps=list(PURCHASE_STEPS),
    )
    return replace_struct(manifest, **truth.manifest)


def replace_struct(manifest: Manifest, **changes: object) -> Manifest:
    """The manifest with some fields changed."""
    values = {name: getattr(manifest, name) for name in manifest.__struct_fields__}
    return Manifest(**{**values, **changes})


def batch_of(truth: Wishes, run_id: str = "synthetic") -> Batch:
    """Everything that one worker would have sent, in one batch."""
    batch = Batch(run_id, "worker-1", 0, final=True)
    released: Counter[int] = Counter()
    counts: Counter[tuple[int, str, str, str]] = Counter()
    times: defaultdict[tuple[int, str, str, str], list[int]] = defaultdict(list)
    for wish in wishes(truth):
        released[wish.second] += 1
        last_reason, total_us = wish.requests[-1][2], sum(request[3] for request in wish.requests)
        for step, outcome, reason, micros in wish.requests:
            counts[wish.second, step, outcome, reason] += 1
            for clock in (Clock.RESPONSE, Clock.SERVICE, Clock.STEP):
                times[wish.second, step, outcome, clock].append(micros)
            if step == "chat" and outcome is Outcome.DONE:
                times[wish.second, step, outcome, Clock.FIRST_CONTENT].append(micros * 2 // 3)
        counts[wish.second, ORDER, wish.outcome, last_reason] += 1
        times[wish.second, ORDER, wish.outcome, Clock.INTENT].append(total_us)
        times[wish.second, ARRIVAL, Outcome.DONE, Clock.LATENESS].append(truth.lateness_us)
        batch.purchases.append(purchase_of(wish, last_reason, total_us))
    batch.seconds = [SecondRow(second, n, n, 0) for second, n in released.items()]
    batch.outcomes = [OutcomeRow(*key, n) for key, n in counts.items()]
    batch.histograms = [histogram_row(*key, values) for key, values in times.items()]
    batch.health = [health_row(second) for second in released]
    return batch


def histogram_row(second: int, step: str, outcome: str, clock: str, values_us: list[int]) -> HistogramRow:
    """Values in microseconds as a row of the record."""
    histogram = Histogram()
    histogram.add_values(np.array(values_us, dtype=np.int64))
    buckets, counts = histogram.sparse()
    return HistogramRow(second, step, outcome, clock, histogram.n, histogram.sum_us, histogram.max_us, buckets, counts)


def health_row(second: int, stalls: int = 0, stall_max_us: int = 0) -> HealthRow:
    """One second of a generator that keeps its time."""
    return HealthRow(second, "worker-1", 300, 500, 800, stalls, stall_max_us, 0.2, 90 << 20, 0, 100, 10)


def purchase_of(wish: Wish, reason: Reason, intent_us: int) -> PurchaseRow:
    """The purchase row of a wish."""
    bought = wish.outcome is Outcome.CONFIRMED
    amounts = (PRICE_MINOR, FULFILLMENT_MINOR, DISCOUNT_MINOR, PRICE_MINOR + FULFILLMENT_MINOR - DISCOUNT_MINOR)
    return PurchaseRow(
        wish=wish.index, second=wish.second, idempotency_key=f"key-{wish.index}", user_id=f"user-{wish.index}",
        vertical="milk_tea", outcome=wish.outcome, reason=reason, last_step=wish.requests[-1][0], intent_us=intent_us,
        requests=len(wish.requests), prompts=1, pay_sent=bought, session_id=f"session-{wish.index}" if bought else "",
        order_id=f"order-{wish.index}" if bought else "", card_code=f"card-{wish.index}" if bought else "",
        price_minor=amounts[0] if bought else -1, fulfillment_minor=amounts[1] if bought else -1,
        discount_minor=amounts[2] if bought else -1, amount_minor=amounts[3] if bought else -1,
        coupon_due=bought, coupon_ok=bought, correct=bought,
    )  # fmt: skip


def finished_of(truth: Wishes, batch: Batch) -> Finished:
    """The last file of a run that completed."""
    outcomes = Counter(row.outcome for row in batch.purchases)
    requests = sum(row.n for row in batch.outcomes if row.step != ORDER)
    duration_s = sum(seconds for seconds, _ in truth.rates)
    return Finished(
        ended_by="completed", complete=True, ended_unix_ns=STARTED_UNIX_NS + duration_s * 10**9,
        elapsed_s=duration_s + 1.0,
        scheduled=sum(row.scheduled for row in batch.seconds), released=sum(row.released for row in batch.seconds),
        dropped=sum(row.dropped for row in batch.seconds), in_flight=0, outcomes=dict(outcomes),
        locust_requests=requests,
        workers=[WorkerFacts("worker-1", 1, 0, True)],
    )  # fmt: skip


def write_run(path: Path, truth: Wishes | None = None, *, batch: Batch | None = None, end: bool = True) -> Path:
    """Write the run at ``path``; ``batch`` replaces what happened, ``end`` False leaves it unfinished."""
    truth = truth or Wishes()
    batch = batch or batch_of(truth)
    writer = RunWriter.create(path, manifest_of(truth))
    for row in batch.purchases:
        items: list[dict[str, str | int]] = [{"sku": "pearl-milk-tea", "quantity": 2}]
        second_us = row.second * 1_000_000
        writer.write_intent(IntentRow(row.wish, row.idempotency_key, row.user_id, items, row.vertical, second_us))
    writer.add(batch)
    if end:
        writer.finish(finished_of(truth, batch))
    else:
        writer.close()
    return path


def write_ledger(path: Path, batch: Batch) -> Path:
    """The books of a target that did exactly what its shoppers were told."""
    path.parent.mkdir(parents=True, exist_ok=True)
    expires = STARTED_UNIX_NS + 10**15
    with closing(sqlite3.connect(path)) as books, books:
        books.executescript(LEDGER_SQL.read_text())
        books.execute(
            "INSERT INTO campaign_events VALUES (1, 'open', 'open', ?, 21, ?, ?)", (10**12, expires, STARTED_UNIX_NS)
        )
        for row in batch.purchases:
            if row.order_id:
                _book(books, row, expires)
    books.close()
    return path


def _book(books: sqlite3.Connection, row: PurchaseRow, expires: int) -> None:
    at = STARTED_UNIX_NS + row.second * 10**9
    books.execute(
        "INSERT INTO orders VALUES (NULL, ?, ?, ?, ?, ?, 'CNY', ?, ?, ?, ?, ?, ?)",
        (row.order_id, row.idempotency_key, row.session_id, row.user_id, '[{"sku": "pearl-milk-tea", "quantity": 2}]',
         row.price_minor, row.fulfillment_minor, row.discount_minor, row.amount_minor, row.card_code, at),
    )  # fmt: skip
    books.execute(
        "INSERT INTO payments VALUES (NULL, ?, ?, ?, ?)", (f"pay-{row.wish}", row.order_id, row.amount_minor, at)
    )
    for event, session, order in (
        ("issued", None, None), ("reserved", row.session_id, None), ("used", row.session_id, row.order_id),
    ):  # fmt: skip
        books.execute(
            "INSERT INTO card_events VALUES (NULL, ?, ?, ?, 2500, ?, ?, ?, ?)",
            (row.card_code, row.user_id, event, expires, session, order, at),
        )


def changed(truth: Wishes, **fields: object) -> Wishes:
    """The truth with some fields changed."""
    return replace(truth, **fields)  # type: ignore[arg-type]  # the fields' own types are checked by the dataclass


def closed_of(truth: Wishes) -> Wishes:
    """The same wishes as those of a closed model: no curve asked for them."""
    return changed(truth, manifest={**truth.manifest, "curve": CurveFacts("closed-loop", [], process=CLOSED)})
