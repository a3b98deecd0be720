"""Writes a whole run that nobody ran, in the run record's version 1, at millions of wishes a minute.

    write_day(path, published_day())        nine hours, ten million orders on the published curve of 6 Feb 2026
    write_day(path, Day(((60, 50.0), (60, 150.0)), capacity_per_s=100))      two minutes, refusals in the second

``python -m benchmarks.reports.synthetic FOLDER [SECONDS]`` does the first, or a steady run of so many seconds.

What is in it, all of it drawn from ``seed``:

    arrivals    Poisson in each second of a curve of flat stretches, at random instants of their second
    the door    lets ``capacity_per_s`` wishes into a second and refuses the later ones, hard and soft in turn, in about 4 ms
    a purchase  five requests with lognormal times about the medians of ``MEDIAN_MS``; the chat's median breathes by a few
                per cent, AR(1) from second to second; first content comes after half of the chat's time
    tables      as a generator writes them: a record batch for each second, purchases in the order and the second of their
                end, one histogram for each step, outcome and clock, a row of health for each worker
    no ledger   the manifest names none: the audit is off

The refusals of a stretch begin in its first second: the truth that an onset is held to. Columns are arrays from the draw
to the file; the ``RunWriter`` of generators, which takes rows, would take half an hour.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from benchmarks.reports.columns import Block, blocks_of, joined
from locustfiles.arrivals.published_figures import figure
from reports.run_record.outcome import ARRIVAL, CHAT, ORDER, PURCHASE_STEPS, Clock, Outcome, Reason
from reports.run_record.run_directory import INTENTS, TABLES, empty_table
from reports.run_record.schema import CurveFacts, CurveSegment, Finished, Manifest, TargetFacts, WorkerFacts, to_json

Int64s = NDArray[np.int64]
Floats = NDArray[np.float64]

STARTED_UNIX_NS = 1_770_363_000_000_000_000
MEDIAN_MS = {"chat": 600.0, "create": 20.0, "claim_card": 25.0, "apply_card": 20.0, "pay": 45.0}
SPREAD = 0.35
"""Standard deviation of the logarithm of a request's time."""
BREATH, BREATH_MEMORY = 0.05, 0.8
"""Standard deviation and lag-1 correlation of the logarithm of the chat's median, second by second."""
REFUSAL_MS = 4.0
CONNECTED_US, SENT_US = 200, 300
"""Response time - step time, response time - service time."""
GAPS = 20
"""Gaps between the events of a streamed answer."""
VERTICALS = ("milk_tea", "travel", "cinema", "flowers", "groceries", "gifts", "parcels")
"""Goods that are wished, in turn; each is a group of shoppers with charts of its own."""
PEAK_DEMAND = 1.25
"""Wishes offered for each order of the busiest hour; nobody has published how many there were."""
_CHUNK_S = 300
_PRICE, _FULFILLMENT, _DISCOUNT = 3000, 300, 2500


@dataclass(frozen=True, slots=True)
class Day:
    """A run to be written: (seconds, offered wishes per second) of each flat stretch, and the door's limit."""

    stretches: tuple[tuple[int, float], ...]
    capacity_per_s: int
    seed: int = 1
    workers: int = 4
    note: str = "flat stretches, made up"

    @property
    def seconds(self) -> int:
        """Length of the curve."""
        return sum(seconds for seconds, _ in self.stretches)


def published_day() -> Day:
    """Six Feb 2026 from the launch on: 1, 2, 5 and 10 million orders after 3, 4, 5 and 9 h; in the busiest hour a quarter more is wished.

    The published figures are orders, so what was served; the door lets just the busiest hour's rate in.
    """
    hour_s, hours, orders = 3600, (3, 4, 5, 9), [0.0, *(figure(f"qwen-{hours}h") for hours in (3, 4, 5, 9))]
    lengths_s = np.diff([0, *hours]) * hour_s
    served = np.diff(orders) / lengths_s
    peak = int(served.argmax())
    offered = [rate * (PEAK_DEMAND if place == peak else 1.0) for place, rate in enumerate(served)]
    note = "published orders of 3, 4, 5 and 9 h after the launch; a quarter more offered in the busiest hour"
    stretches = tuple((int(length), float(rate)) for length, rate in zip(lengths_s, offered, strict=True))
    return Day(stretches, int(served[peak]), note=note)


def steady_day(seconds: int) -> Day:
    """A run of 100 wishes/s of which none is refused."""
    return Day(((seconds, 100.0),), capacity_per_s=200)


class Wishes(NamedTuple):
    """The wishes of some seconds, in the order of their arrival."""

    wish: Int64s
    intended_us: Int64s
    """From the run's start."""
    second: Int64s
    outcome: NDArray[np.int8]
    """0 confirmed, 1 refused hard, 2 refused soft."""
    times_us: dict[str, Int64s]
    """Response time of each request of the admitted wishes; of the chat also of the refused ones."""
    intent_us: Int64s


OUTCOMES = (Outcome.CONFIRMED, Outcome.REFUSED_HARD, Outcome.REFUSED_SOFT)
REASONS = (Reason.NONE, Reason.RATE_LIMITED, Reason.BUSY_CANNED)


def write_day(path: Path, day: Day) -> Path:
    """Write the run directory at ``path``, which must not exist yet."""
    path.mkdir(parents=True)
    (path / "manifest.json").write_bytes(to_json(manifest_of(day)))
    scheduled, requests, ended = 0, 0, np.zeros(3, dtype=np.int64)
    files = {name: _Stream(path / f"{name}.arrows", empty_table(row_type).schema) for name, row_type in TABLES.items()}
    with (path / INTENTS).open("wb") as intents:
        for first, wishes in draw(day):
            last = min(day.seconds, first + _CHUNK_S)
            scheduled += len(wishes.wish)
            by_outcome = np.bincount(wishes.outcome, minlength=3)
            ended += by_outcome
            requests += int(by_outcome[0]) * len(PURCHASE_STEPS) + int(by_outcome[1:].sum())
            intents.write(_intent_lines(wishes))
            files["seconds"].write(*_seconds(wishes, first, last))
            files["outcomes"].write(*_outcomes(wishes, first, last))
            files["histograms"].write(*_histograms(wishes, first, last, day.seed))
            files["purchases"].write(*_purchases(wishes))
            files["health"].write(*_health(day, first, last))
    for file in files.values():
        file.close()
    finished = Finished(
        ended_by="completed", complete=True, ended_unix_ns=STARTED_UNIX_NS + (day.seconds + 10) * 10**9,
        elapsed_s=day.seconds + 10.0, scheduled=scheduled, released=scheduled, dropped=0, in_flight=0,
        outcomes={outcome.value: int(n) for outcome, n in zip(OUTCOMES, ended, strict=True) if n},
        locust_requests=requests,
        workers=[WorkerFacts(f"worker-{one}", day.seconds, day.seconds - 1, True) for one in range(day.workers)],
    )  # fmt: skip
    (path / "finished.json").write_bytes(to_json(finished))
    return path


def manifest_of(day: Day) -> Manifest:
    """What the run was asked for."""
    segments, start = [], 0
    for seconds, rate in day.stretches:
        segments.append(CurveSegment(float(start), float(start + seconds), rate, rate))
        start += seconds
    return Manifest(
        run_id=f"synthetic-{day.seed}", scenario="synthetic", started_unix_ns=STARTED_UNIX_NS,
        duration_s=float(day.seconds), seed=day.seed, curve=CurveFacts("published", segments, note=day.note),
        target=TargetFacts("service", "http://127.0.0.1:1", "acp", float(day.capacity_per_s)),
        steps=list(PURCHASE_STEPS), workers=day.workers,
    )  # fmt: skip


def draw(day: Day) -> Iterator[tuple[int, Wishes]]:
    """The wishes of 300 s at a time, with the first of those seconds."""
    rng = np.random.default_rng(day.seed)
    rates = np.repeat([rate for _, rate in day.stretches], [seconds for seconds, _ in day.stretches])
    breath = np.zeros(day.seconds)
    for second in range(1, day.seconds):
        fresh = rng.standard_normal() * BREATH * np.sqrt(1 - BREATH_MEMORY**2)
        breath[second] = BREATH_MEMORY * breath[second - 1] + fresh
    begun = 0
    for first in range(0, day.seconds, _CHUNK_S):
        arriving = rng.poisson(rates[first : first + _CHUNK_S])
        intended_second = first + np.repeat(np.arange(len(arriving)), arriving)
        n = len(intended_second)
        place = np.arange(n) - np.repeat(np.cumsum(arriving) - arriving, arriving)
        refused = place >= day.capacity_per_s
        outcome = np.where(refused, 1 + place % 2, 0).astype(np.int8)
        intended_us = np.sort(intended_second * 1_000_000 + rng.integers(0, 1_000_000, n))
        times = {step: _lognormal(rng, MEDIAN_MS[step] * 1000, n) for step in PURCHASE_STEPS}
        chat = np.where(refused, _lognormal(rng, REFUSAL_MS * 1000, n), times[CHAT] * np.exp(breath[intended_second]))
        times[CHAT] = chat.astype(np.int64)
        whole = sum(times.values(), np.zeros(n, dtype=np.int64))
        yield first, Wishes(
            begun + np.arange(n), intended_us, intended_second, outcome, times, np.where(refused, times[CHAT], whole)
        )  # fmt: skip
        begun += n


def _lognormal(rng: np.random.Generator, median_us: float, n: int) -> Int64s:
    times_us = median_us * np.exp(SPREAD * rng.standard_normal(n, dtype=np.float32))
    return np.asarray(times_us, dtype=np.int64)


def _verticals(wish: Int64s) -> Any:
    return pc.take(pa.array(VERTICALS), pa.array(wish % len(VERTICALS)))


class _Stream:
    """A table that is written as generators do: one record batch for each second."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._file = pa.OSFile(str(path), "wb")
        self._writer = pa.ipc.new_stream(self._file, schema)
        self._schema = schema

    def write(self, columns: dict[str, Any], second: Int64s) -> None:
        """Write rows, which are sorted by the second in which they are written."""
        batch = pa.RecordBatch.from_arrays(
            [pa.array(columns[name]) for name in self._schema.names], schema=self._schema
        )
        starts = np.flatnonzero(np.diff(second, prepend=-1))
        for start, end in zip(starts.tolist(), [*starts[1:].tolist(), len(second)], strict=True):
            self._writer.write_batch(batch.slice(start, end - start))

    def close(self) -> None:
        """End the stream."""
        self._writer.close()
        self._file.close()


def _intent_lines(wishes: Wishes) -> memoryview:
    """``IntentRow`` as JSON lines, keys in the struct's order."""
    index = pc.cast(pa.array(wishes.wish), pa.string())
    lines = joined(
        '{"wish":', index, ',"idempotency_key":"key-', index, '","user_id":"shopper-1-', index,
        '","items":[{"sku":"pearl-milk-tea","quantity":2}],"vertical":"', _verticals(wishes.wish), '","intended_us":',
        pc.cast(pa.array(wishes.intended_us), pa.string()), "}\n",
    )  # fmt: skip
    return memoryview(lines.buffers()[2])[: int(pc.sum(pc.binary_length(lines)).as_py())]


def _seconds(wishes: Wishes, first: int, last: int) -> tuple[dict[str, Any], Int64s]:
    n = np.bincount(wishes.second - first, minlength=last - first)
    second = np.arange(first, last)
    return {"second": second, "scheduled": n, "released": n, "dropped": np.zeros_like(n)}, second


def _outcomes(wishes: Wishes, first: int, last: int) -> tuple[dict[str, Any], Int64s]:
    found = []
    for code, (outcome, reason) in enumerate(zip(OUTCOMES, REASONS, strict=True)):
        n = np.bincount(wishes.second[wishes.outcome == code] - first, minlength=last - first)
        steps = ((step, Outcome.DONE) for step in PURCHASE_STEPS) if code == 0 else ((CHAT, outcome),)
        for step, how in (*steps, (ORDER, outcome)):
            seconds = np.flatnonzero(n)
            found.append((first + seconds, step, how.value, reason.value, n[seconds]))
    second = np.concatenate([rows[0] for rows in found])
    words = [np.repeat([rows[column] for rows in found], [len(rows[0]) for rows in found]) for column in (1, 2, 3)]
    order = np.argsort(second, kind="stable")
    texts = dict(zip(("step", "outcome", "reason"), (pa.array(word[order].tolist()) for word in words), strict=True))
    return {"second": second[order], **texts, "n": np.concatenate([rows[4] for rows in found])[order]}, second[order]


def _histograms(wishes: Wishes, first: int, last: int, seed: int) -> tuple[dict[str, Any], Int64s]:
    bought, second = wishes.outcome == 0, wishes.second - first
    found: list[Block] = []
    for code, outcome in enumerate(OUTCOMES):
        which = wishes.outcome == code
        if not which.any():
            continue
        for step in PURCHASE_STEPS if code == 0 else (CHAT,):
            how, times = (Outcome.DONE if code == 0 else outcome), wishes.times_us[step][which]
            for clock, shift in ((Clock.RESPONSE, 0), (Clock.SERVICE, SENT_US), (Clock.STEP, CONNECTED_US)):
                found.append(Block(step, how.value, clock.value, second[which], np.maximum(times - shift, 0)))
        found.append(Block(ORDER, outcome.value, Clock.INTENT.value, second[which], wishes.intent_us[which]))
    half = wishes.times_us[CHAT][bought] // 2
    found += [
        Block(CHAT, Outcome.DONE.value, Clock.FIRST_CONTENT.value, second[bought], half),
        Block(CHAT, Outcome.DONE.value, Clock.GAP.value, second[bought], half // GAPS, GAPS),
    ]
    late = np.random.default_rng((seed, first)).exponential(200.0, len(second)).astype(np.int64)
    found.append(Block(ARRIVAL, Outcome.DONE.value, Clock.LATENESS.value, second, late))
    columns = blocks_of(found, last - first)
    columns["second"] = columns["second"] + first
    return columns, columns["second"]


def _purchases(wishes: Wishes) -> tuple[dict[str, Any], Int64s]:
    order = np.argsort(wishes.intended_us + wishes.intent_us, kind="stable")
    index, code = pc.cast(pa.array(wishes.wish[order]), pa.string()), wishes.outcome[order]
    bought = code == 0

    def told(prefix: str) -> Any:
        return pc.if_else(pa.array(bought), joined(prefix, index, ""), "")

    def words(*texts: str) -> Any:
        return pc.take(pa.array(texts), pa.array(code))

    n = len(order)
    columns = {
        "wish": wishes.wish[order], "second": wishes.second[order], "idempotency_key": joined("key-", index, ""),
        "user_id": joined("shopper-1-", index, ""), "vertical": _verticals(wishes.wish[order]), "outcome": words(*OUTCOMES),
        "reason": words(*REASONS), "last_step": words("pay", CHAT, CHAT), "intent_us": wishes.intent_us[order],
        "requests": np.where(bought, len(PURCHASE_STEPS), 1), "prompts": np.ones(n, dtype=np.int64), "pay_sent": bought,
        "session_id": told("session-"), "order_id": told("order-"), "card_code": told("card-"),
        "price_minor": np.where(bought, _PRICE, -1), "fulfillment_minor": np.where(bought, _FULFILLMENT, -1),
        "discount_minor": np.where(bought, _DISCOUNT, -1),
        "amount_minor": np.where(bought, _PRICE + _FULFILLMENT - _DISCOUNT, -1), "coupon_due": bought,
        "coupon_ok": bought, "correct": bought, "returning": np.zeros(n, dtype=bool),
    }  # fmt: skip
    return columns, (wishes.intended_us + wishes.intent_us)[order] // 1_000_000


def _health(day: Day, first: int, last: int) -> tuple[dict[str, Any], Int64s]:
    second = np.repeat(np.arange(first, last), day.workers)
    n = len(second)
    numbers = {
        "lateness_p50_us": 140, "lateness_p99_us": 900, "lateness_max_us": 1500, "stalls": 0, "stall_max_us": 0,
        "rss_bytes": 90 << 20, "in_flight": 0, "idle_shoppers": 100, "connections": 50,
    }  # fmt: skip
    columns: dict[str, Any] = {name: np.full(n, value, dtype=np.int64) for name, value in numbers.items()}
    workers = [f"worker-{one}" for one in range(day.workers)] * (last - first)
    return {"second": second, "worker": pa.array(workers), "cpu_share": np.full(n, 0.4), **columns}, second


if __name__ == "__main__":
    write_day(Path(sys.argv[1]), published_day() if len(sys.argv) == 2 else steady_day(int(sys.argv[2])))  # noqa: PLR2004 - the program's name and the folder
