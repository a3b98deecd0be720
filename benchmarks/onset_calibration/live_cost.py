"""`python -m benchmarks.onset_calibration.live_cost`: CPU time of the live detector of onsets at 10,000 outcomes a second.

Four workers' batches a second, as the master gets them: wishes of 10,000/s that end over eleven seconds, five steps each, an
episode of refusals in the middle. Puts the share of a core into `benchmarks/results/onset.json` and the README's table.
"""

import sys
import time
from typing import Final

import msgspec

from benchmarks.onset_calibration.onset_table import paste
from benchmarks.onset_calibration.results import RESULT, read, write
from locustfiles.recording.live_onset import LiveOnset
from reports.run_record.outcome import ORDER, PURCHASE_STEPS
from reports.run_record.schema import Batch, OutcomeRow, SecondRow

SECONDS: Final = 300
WISHES_PER_S: Final = 10_000
WORKERS: Final = 4
SPREAD_S: Final = 11
"""Wishes of so many seconds end in one."""
EPISODE: Final = range(100, 200)


def batches_of(second: int) -> list[Batch]:
    """What the workers saw in a second."""
    return [_batch(second, f"worker-{number}") for number in range(WORKERS)]


def _batch(now: int, worker: str) -> Batch:
    released = WISHES_PER_S // WORKERS
    rows = []
    for second in range(max(0, now + 1 - SPREAD_S), now + 1):
        ended = released // SPREAD_S
        refused = ended // 10 if second in EPISODE else 0
        rows += [OutcomeRow(second, step, "done", "", ended - refused) for step in PURCHASE_STEPS]
        rows += [OutcomeRow(second, ORDER, "confirmed", "", ended - refused)]
        if refused:
            rows += [
                OutcomeRow(second, step, "refused_hard", "rate_limited", refused) for step in (PURCHASE_STEPS[0], ORDER)
            ]
    return Batch("bench", worker, now, seconds=[SecondRow(now, released, released, 0)], outcomes=rows)


def cpu_share(seconds: int = SECONDS) -> float:
    """CPU seconds that the detector takes per second of a run; 1.0 = one core."""
    live = LiveOnset(3600, offered_per_s=lambda _: float(WISHES_PER_S))
    spent_ns = 0
    for second in range(seconds):
        batches = batches_of(second)
        begun_ns = time.thread_time_ns()
        live.add(batches, second + 1.0)
        spent_ns += time.thread_time_ns() - begun_ns
    return spent_ns / 1e9 / seconds


def main() -> int:
    """Measure, print, and put the figure into the result and the README."""
    share = cpu_share()
    sys.stdout.write(f"live onset detection at {WISHES_PER_S:,} outcomes/s: {share:.3%} of a core\n")
    if RESULT.is_file():
        write(msgspec.structs.replace(read(RESULT), live_cpu_share=share), RESULT)
        paste(read(RESULT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
