"""A run as frames: what was offered, released, answered and how fast, by intended second.

Frames are computed once and kept. Seconds count from the run's start; rows of the record are increments, so every
frame is a sum. This module must not know what is good or bad (``population``, ``validity``).
"""

import math
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from reports.cells import Cells, Wanted, read_cells, read_histograms
from reports.counting import counted
from reports.memory import give_back_freed
from reports.orders import IN_FLIGHT, KIND_COLUMNS, ROW_COLUMNS, Orders, ends_of
from reports.run_record.alike import KIND
from reports.run_record.histogram import BUCKETS, Histogram
from reports.run_record.outcome import ANY_STEP, ARRIVAL, ORDER, Clock, Outcome
from reports.run_record.projection import Columns, Words
from reports.run_record.run_directory import Run
from reports.run_record.schema import CLOSED, TRACE, UNSCHEDULED, CurveSegment

Floats = NDArray[np.float64]
PPM = 1_000_000
"""A run of four months; what ends later has no second of its own."""
STILL_OPEN_SHARE = 0.05
"""Of a second's wishes, those that may be without an outcome when the second counts as closed."""
WISH_OUTCOMES = tuple(outcome.value for outcome in Outcome if outcome is not Outcome.DROPPED)
"""Outcomes that a released wish can have."""


def expected_arrivals(segments: Sequence[CurveSegment], at_s: Floats) -> Floats:
    """The curve's integral from 0 to each instant: wishes offered until then.

    Segments are linear and in order; gaps between them offer nothing.
    """
    if not segments:
        return np.zeros_like(at_s)
    pieces = np.array([(s.start_s, s.end_s, s.start_per_s, s.end_per_s) for s in segments], dtype=np.float64)
    starts, ends, first, last = pieces.T
    whole = (ends - starts) * (first + last) / 2
    before = np.concatenate(([0.0], np.cumsum(whole)[:-1]))
    index = np.clip(np.searchsorted(starts, at_s, side="right") - 1, 0, None)
    into = np.clip(at_s - starts[index], 0, (ends - starts)[index])
    slope = np.divide(last - first, ends - starts, out=np.zeros_like(starts), where=ends > starts)
    integral: Floats = before[index] + into * (first[index] + slope[index] * into / 2)
    return integral


def offered_per_s(segments: Sequence[CurveSegment], seconds: int) -> Floats:
    """The mean offered rate of each of the first ``seconds`` seconds, wishes per second."""
    return np.diff(expected_arrivals(segments, np.arange(seconds + 1, dtype=np.float64)))


def offered_range_per_s(segments: Sequence[CurveSegment], seconds: int) -> tuple[Floats, Floats]:
    """The lowest and the highest offered rate inside each of the first ``seconds`` seconds, wishes per second."""
    low, high = np.full(seconds, np.inf), np.zeros(seconds)
    for one in segments:
        slope = (one.end_per_s - one.start_per_s) / (one.end_s - one.start_s)
        for second in range(int(one.start_s), min(seconds, math.ceil(one.end_s))):
            inside = (max(second, one.start_s), min(second + 1, one.end_s))
            rates = [one.start_per_s + slope * (at - one.start_s) for at in inside]
            low[second], high[second] = min(low[second], *rates), max(high[second], *rates)
    return np.where(np.isinf(low), 0.0, low), high


_FILES = ("seconds", "outcomes", "histograms", "purchases", "health", "intents")
"""The files of a record in the order in which what is missing of them is told."""


def _file_of(sentence: str) -> int:
    """The place in ``_FILES`` of the file that a sentence of ``Run.truncated`` begins with."""
    return next((place for place, name in enumerate(_FILES) if sentence.startswith(name)), len(_FILES))


class Timeline:
    """The frames of one run, each made when first asked for."""

    def __init__(self, run: Run, *, is_open: bool = False) -> None:
        """Frame ``run``; ``is_open`` = what has no outcome in the record may still end well: the run goes on, or was ended by us."""
        self.run = run
        self.is_open = is_open
        self.manifest = run.manifest
        self._cells: dict[Wanted, Cells] = {}
        self._expected: list[Wanted] = []
        self._frames: dict[str, pd.DataFrame] = {}
        self._lowest: dict[tuple[str, str], int] = {}
        self._is_read = False

    @cached_property
    def length_s(self) -> int:
        """Seconds of the frames: the curve's, and any later one in which a wish or a request was due."""
        return max(math.ceil(self.manifest.duration_s), self._recorded_s)

    @cached_property
    def covered_s(self) -> int:
        """Seconds that the record speaks of: all of them when the run is complete, else up to the last that is recorded.

        Of an open record the closed ones: up to the last second whose wishes have all but a few ended.
        """
        if self.is_open:
            return self._closed_s
        finished = self.run.finished
        return self.length_s if finished is not None and finished.complete else self._recorded_s

    @cached_property
    def _recorded_s(self) -> int:
        due = [self._table("seconds")["second"], self.outcomes["second"], self._histogram_heads["second"]]
        return max((int(one.max()) + 1 for one in due if len(one)), default=0)

    @cached_property
    def _closed_s(self) -> int:
        """The last recorded second may be written in part, so it is not closed."""
        whole_s = max(0, self._recorded_s - 1)
        if self.is_unscheduled:
            return whole_s
        frame = self.seconds.iloc[:whole_s]
        waiting = (frame["released"] - frame["ended"]).to_numpy()
        released = frame["released"].to_numpy()
        closed = np.flatnonzero((released > 0) & (waiting <= STILL_OPEN_SHARE * released))
        return int(closed[-1]) + 1 if len(closed) else 0

    @cached_property
    def segments(self) -> list[CurveSegment]:
        """The offered rate: the curve's pieces; of a closed model, whose wishes no curve asks for, those begun in each second."""
        if self.manifest.curve.process != CLOSED:
            return self.manifest.curve.segments
        begun = self._counts["scheduled"].tolist()
        return [CurveSegment(second, second + 1, n, n) for second, n in enumerate(begun)]

    @cached_property
    def offered_range_per_s(self) -> tuple[Floats, Floats]:
        """The lowest and the highest offered rate inside each second."""
        return offered_range_per_s(self.segments, self.length_s)

    @cached_property
    def is_unscheduled(self) -> bool:
        """Whether the record holds requests and no wishes, since nothing scheduled them."""
        return self.manifest.curve.process == UNSCHEDULED

    @cached_property
    def steps(self) -> list[str]:
        """The request steps: those that the manifest names, in its order, then others that were recorded."""
        named = self.manifest.steps
        recorded = (step for step in self.outcomes["step"].unique() if step not in (ORDER, ARRIVAL, *named))
        return [*named, *sorted(recorded)]

    @cached_property
    def is_counted(self) -> bool:
        """Whether the offered rate is a count of arrivals, which strays by chance, and not what asked for them."""
        return self.manifest.curve.process in (CLOSED, TRACE, UNSCHEDULED)

    @cached_property
    def _counts(self) -> pd.DataFrame:
        """Scheduled, released and dropped wishes by second."""
        counts = self._table("seconds").groupby("second")[["scheduled", "released", "dropped"]].sum()
        return counts.reindex(pd.RangeIndex(self.length_s, name="second"), fill_value=0)

    @cached_property
    def seconds(self) -> pd.DataFrame:
        """One row a second, index ``second`` from 0.

        offered_per_s (mean of the curve over the second, wishes/s); scheduled, released, dropped (wishes); in_flight
        (wishes released and not ended at the second's end, summed over workers, NaN where no worker reported); one
        column for each outcome of a released wish; refused (hard and soft); ended (sum of the outcomes). Counts are
        int64.
        """
        frame, index = self._counts.copy(), self._counts.index
        frame.insert(0, "offered_per_s", offered_per_s(self.segments, self.length_s))
        frame["in_flight"] = self.health.groupby("second")["in_flight"].sum().reindex(index).astype("float64")
        wishes = self.outcomes[self.outcomes["step"] == ORDER]
        by_outcome = wishes.pivot_table(index="second", columns="outcome", values="n", aggfunc="sum", fill_value=0)
        by_outcome = by_outcome.reindex(index=index, columns=list(WISH_OUTCOMES), fill_value=0).astype("int64")
        frame = frame.join(by_outcome)
        frame["refused"] = frame[Outcome.REFUSED_HARD] + frame[Outcome.REFUSED_SOFT]
        frame["ended"] = frame[list(WISH_OUTCOMES)].sum(axis=1)
        return frame

    @cached_property
    def outcomes(self) -> pd.DataFrame:
        """Columns second, step, outcome, reason, n: requests (wishes, for step ``order``) that ended so; unique keys."""
        keys = ["second", "step", "outcome", "reason"]
        return self._table("outcomes").groupby(keys, observed=True)["n"].sum().reset_index()

    @cached_property
    def purchases(self) -> pd.DataFrame:
        """One row for each ended wish: ``ROW_COLUMNS`` of ``PurchaseRow``, durations in us, and the number of its kind."""
        rows, kinds = self.run.alike("purchases", ROW_COLUMNS, KIND_COLUMNS)
        self._kinds = pd.DataFrame(kinds)
        return self._framed("purchases", rows)

    @cached_property
    def orders(self) -> Orders:
        """The ended wishes, in the order of ``purchases``."""
        rows = self.purchases
        second, intent_us, requests, prompts, kind = (
            rows[name].to_numpy() for name in ("second", "intent_us", "requests", "prompts", KIND)
        )
        return Orders(second, intent_us, requests, prompts, kind, self._kinds)

    @cached_property
    def scheduled_orders(self) -> Orders:
        """Every scheduled wish: ``orders``, then the dropped and those that were released and have no outcome in the record."""
        frame = self.seconds
        unended = (frame["released"] - frame["ended"]).clip(lower=0)
        return self.orders.with_ghosts(
            {Outcome.DROPPED.value: frame["dropped"].to_numpy(), IN_FLIGHT: unended.to_numpy()}
        )

    @cached_property
    def intents(self) -> pd.DataFrame:
        """One row for each wish that was written ahead: wish, intended_us (its scheduled arrival from the run's start)."""
        times = self.run.intent_times()
        return pd.DataFrame({"wish": times.wish, "intended_us": times.intended_us}, copy=False)

    @cached_property
    def purchase_ends(self) -> NDArray[np.int32]:
        """The second in which each row of ``purchases`` ended: its scheduled arrival, as it was written ahead, + the time from wish
        to end; -1 where nothing was written ahead.
        """
        times, rows = self.run.intent_times(), self.purchases
        return ends_of(rows["wish"].to_numpy(), rows["intent_us"].to_numpy(), times.wish, times.intended_us)

    @cached_property
    def health(self) -> pd.DataFrame:
        """One row for each worker and wall-clock second, columns of ``HealthRow``."""
        return self._table("health")

    def requests(self, step: str) -> pd.DataFrame:
        """The rows of ``outcomes`` of one step, or of all requests for step ``any``."""
        which = self.outcomes["step"].isin(self.steps) if step == ANY_STEP else self.outcomes["step"] == step
        return self.outcomes[which]

    def cells(self, step: str, clock: str) -> Cells:
        """The histogram of a step (``any`` = all requests) and clock, cell by cell."""
        if (step, clock) not in self._cells:
            self._cells |= read_cells(self.run, self._unread({(step, clock), *self._expected}))
        return self._cells[step, clock]

    def _unread(self, keys: Iterable[Wanted]) -> dict[Wanted, list[str]]:
        """The steps that are summed for each of ``keys`` whose cells are not known yet."""
        return {key: self.steps if key[0] == ANY_STEP else [key[0]] for key in keys if key not in self._cells}

    def expect(self, wanted: Iterable[Wanted]) -> None:
        """Say which cells will be asked for, so that one pass over the record reads them all."""
        self._expected = list(wanted)

    def histogram(self, step: str, clock: Clock, outcomes: Iterable[str] | None = None) -> Histogram:
        """The whole run's histogram of a step (``any`` = all requests) and clock, of some outcomes or of all; empty when there is none."""
        chosen = self.histogram_heads(step, clock.value)
        cells = self.cells(step, clock)
        if outcomes is not None:
            names = list(outcomes)
            chosen, cells = chosen[chosen["outcome"].isin(names)], cells.of(names)
        result = Histogram()
        if len(chosen):
            counts = counted(cells.bucket, BUCKETS, weights=cells.count)
            result.add_sparse(np.arange(BUCKETS), counts, int(chosen["sum_us"].sum()), int(chosen["max_us"].max()))
        return result

    def histogram_heads(self, step: str, clock: str) -> pd.DataFrame:
        """Columns second, step, outcome, clock, n, sum_us, max_us of one step's (``any`` = every request's) histograms by one clock."""
        frame = self._histogram_heads
        steps = self.steps if step == ANY_STEP else [step]
        return frame[frame["step"].isin(steps) & (frame["clock"] == clock)]

    @cached_property
    def histogram_totals(self) -> pd.DataFrame:
        """Columns second, step, outcome, clock, n: values recorded in each histogram, as its rows declare."""
        keys = ["second", "step", "outcome", "clock"]
        return self._histogram_heads.groupby(keys, observed=True)["n"].sum().reset_index()

    def quantiles_ms(self, step: str, clock: Clock, shares: Sequence[float]) -> pd.DataFrame:
        """Quantiles by second: index second, one column for each share (as in .99), in ms, inf beyond an hour.

        Nearest rank on the buckets' upper ends, so never optimistic; seconds without a value have no row.
        """
        cells = self.cells(step, clock)
        rows: dict[int, list[float | None]] = {}
        order = np.argsort(cells.second, kind="stable")
        seconds, starts = np.unique(cells.second[order], return_index=True)
        ends = [*starts[1:].tolist(), len(order)]
        for second, start, end in zip(seconds.tolist(), starts.tolist(), ends[: len(seconds)], strict=True):
            part = order[start:end]
            one = Histogram(np.bincount(cells.bucket[part], cells.count[part], BUCKETS).astype(np.int64), 0, 2**62)
            quantiles = [one.quantile_us(round(share * PPM)) for share in shares]
            rows[second] = [None if value is None else value / 1000 for value in quantiles]
        frame = pd.DataFrame.from_dict(rows, orient="index", columns=list(shares), dtype="float64")
        return frame.rename_axis("second")

    @cached_property
    def _histogram_heads(self) -> pd.DataFrame:
        return self._framed("histograms", self.histogram_columns)

    @cached_property
    def histogram_columns(self) -> Columns:
        """The columns ``HEADS`` as they were recorded, a row for each row of the histograms' table."""
        heads, cells = read_histograms(self.run, self._unread(self._expected))
        self._cells |= cells
        return heads

    def read_tables(self) -> None:
        """Read every table, and who was written ahead: ``run.truncated`` is complete then, in the order of ``_FILES``.

        The histograms, which are half of it, are read in a thread: most of the work is arrow's and numpy's, outside of Python.
        """
        if self._is_read:
            return
        _ = (self._table("seconds"), self.steps)
        with ThreadPoolExecutor(max_workers=1) as beside:
            histograms = beside.submit(lambda: self._histogram_heads)
            _ = (self.purchases, self.health, self.intents)
            histograms.result()
        give_back_freed()
        self.run.truncated.sort(key=_file_of)
        self._is_read = True

    def lowest(self, table: str, column: str) -> int | None:
        """The lowest value of a column as it was recorded; None when there is none."""
        self.read_tables()
        return self._lowest.get((table, column))

    def _table(self, name: str, columns: Sequence[str] | None = None) -> pd.DataFrame:
        if name not in self._frames:
            self._frames[name] = self._framed(name, self.run.columns(name, columns))
        return self._frames[name]

    def _framed(self, name: str, columns: Columns) -> pd.DataFrame:
        """A table as a frame; a negative second, which ``validity`` reports, is counted in second 0."""
        series: dict[str, Any] = {}
        for column, found in columns.items():
            if isinstance(found, Words):
                words = pd.Categorical.from_codes(found.codes, categories=pd.Index(found.words, dtype="str"))
                series[column] = words.astype("str")
            else:
                series[column] = found
                if len(found) and found.dtype.kind == "i":
                    self._lowest[name, column] = int(found.min())
        if "second" in series:
            series["second"] = np.maximum(series["second"], 0, dtype=np.promote_types(series["second"].dtype, np.int32))
        return pd.DataFrame(series, copy=False)
