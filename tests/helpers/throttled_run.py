"""Runs that nobody ran against doors with a known rule: how many wishes each second let in and refused.

    token_bucket([10, 30, 30], rate=20, burst=20)      -> refused [0, 0, 10]

``write_counts`` makes a run of such counts, without histograms and purchases.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reports.run_record.run_directory import Run, RunWriter, open_run
from reports.run_record.schema import Batch, CurveFacts, CurveSegment, Finished, Manifest, OutcomeRow, SecondRow
from reports.timeline import expected_arrivals
from tests.helpers.synthetic_run import Wishes, manifest_of

Counts = NDArray[np.int64]


def steps(*levels: tuple[float, float]) -> list[CurveSegment]:
    """A curve of flat (seconds, wishes per second)."""
    ends = list(accumulate(seconds for seconds, _ in levels))
    return [CurveSegment(end - seconds, end, rate, rate) for end, (seconds, rate) in zip(ends, levels, strict=True)]


def arrivals(segments: Sequence[CurveSegment], seed: int) -> Counts:
    """Random arrivals by second of a curve that lasts whole seconds."""
    edges = np.arange(round(segments[-1].end_s) + 1, dtype=np.float64)
    expected = np.diff(expected_arrivals(segments, edges))
    return np.random.default_rng(seed).poisson(expected).astype(np.int64)


def token_bucket(arriving: Iterable[int], *, rate: int, burst: int) -> Counts:
    """How many of each second's wishes a full bucket refuses."""
    tokens, refused = burst, []
    for n in arriving:
        admitted = min(n, tokens + rate)
        refused.append(n - admitted)
        tokens = min(burst, tokens + rate - admitted)
    return np.array(refused, dtype=np.int64)


def write_counts(
    path: Path, segments: Sequence[CurveSegment], ended: Mapping[tuple[str, str], Counts], *, finished: bool = True
) -> Run:
    """The run whose wishes ended so: counts by second for each (outcome, reason)."""
    sums = sum(ended.values(), np.zeros(1, dtype=np.int64))
    manifest = manifest_of(Wishes())
    values = {name: getattr(manifest, name) for name in manifest.__struct_fields__}
    curve = {"curve": CurveFacts("made up", list(segments)), "duration_s": segments[-1].end_s}
    writer = RunWriter.create(path, Manifest(**{**values, **curve}))
    writer.add(
        Batch(
            "synthetic", "worker-1", 0, final=True,
            seconds=[SecondRow(second, int(n), int(n), 0) for second, n in enumerate(sums)],
            outcomes=[
                OutcomeRow(second, "order", outcome, reason, int(n))
                for (outcome, reason), counts in ended.items()
                for second, n in enumerate(counts)
                if n
            ],
        )
    )  # fmt: skip
    if finished:
        total = int(sums.sum())
        writer.finish(Finished("completed", True, 0, float(len(sums)), total, total, 0, 0, {}))
    else:
        writer.close()
    return open_run(path)
