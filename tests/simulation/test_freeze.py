"""A target that freezes for 6 s of a 60 s run: the record holds every wait, as the arithmetic of queues has it.

Arrivals are those of the schedule, the shop serves one after the other and stands still while it is frozen, and what comes of it goes
through recorder and histogram; only the clock is scripted. With utilisation rho the share slower than x is (S - x) / (T (1 - rho)),
hence the quantile q is S - (1 - q) T (1 - rho) while that is positive.
"""

import itertools

import numpy as np
import pytest

from locustfiles.arrivals.arrival_process import Schedule
from locustfiles.arrivals.rate_curve import RateCurve
from locustfiles.recording.recorder import Recorder
from locustfiles.transport.exchange import Exchange
from reports.run_record.histogram import Histogram
from reports.run_record.outcome import CHAT, Clock, Outcome, Reason

NS, US = 1_000_000_000, 1_000_000
RUN_S, FROZEN_S, FROZEN_FROM_S = 60, 6, 20
RATE_PER_S = 200


def arrivals_ns() -> list[int]:
    """The intended instants of the run."""
    schedule = Schedule(RateCurve.constant(RATE_PER_S, RUN_S), "even", 1)
    return list(itertools.chain.from_iterable(chunk.intended_ns.tolist() for chunk in schedule.chunks()))


def ends_ns(intended_ns: list[int], service_ns: int) -> list[int]:
    """When each is answered by a shop that serves one at a time, in order, and not while it is frozen."""
    frozen_ns, thawed_ns = FROZEN_FROM_S * NS, (FROZEN_FROM_S + FROZEN_S) * NS
    ends: list[int] = []
    free_ns = 0
    for arrived_ns in intended_ns:
        begin_ns = max(arrived_ns, free_ns)
        end_ns = begin_ns + service_ns
        if begin_ns < thawed_ns and end_ns > frozen_ns:
            end_ns = thawed_ns + (end_ns - max(begin_ns, frozen_ns))
        ends.append(end_ns)
        free_ns = end_ns
    return ends


def recorded(intended_ns: list[int], ends: list[int]) -> Histogram:
    """The response times as the recorder has them, a batch a second."""
    recorder = Recorder("run-1", "w1", clock=lambda: 0)
    histogram = Histogram()
    for place, (start_ns, end_ns) in enumerate(zip(intended_ns, ends, strict=True)):
        exchange = Exchange(start_ns, start_ns, end_ns, sent_ns=start_ns, first_byte_ns=end_ns, status=200)
        recorder.record(CHAT, Outcome.DONE, Reason.NONE, exchange)
        if place % RATE_PER_S == RATE_PER_S - 1:
            for row in recorder.cut(place, seconds=[], in_flight=0, idle_shoppers=0, connections=0).histograms:
                if row.clock == Clock.RESPONSE:
                    histogram.add_sparse(row.buckets, row.counts, row.sum_us, row.max_us)
    return histogram


@pytest.mark.parametrize(
    ("utilisation", "expected_s"),
    [
        pytest.param(0.01, {990_000: 5.4, 950_000: 3.0}, id="a shop that drains at once: p99 5.4 s, p95 3.0 s"),
        pytest.param(0.1, {990_000: 5.46, 950_000: 3.30, 900_000: 0.60}, id="a tenth busy"),
        pytest.param(0.5, {990_000: 5.70, 950_000: 4.50, 900_000: 3.00}, id="half busy"),
    ],
)
def test_freeze(utilisation: float, expected_s: dict[int, float]) -> None:
    """Nothing is left out: the quantiles are those of the arrivals that the freeze made wait, within 1 %."""
    intended_ns = arrivals_ns()
    histogram = recorded(intended_ns, ends_ns(intended_ns, int(utilisation * NS / RATE_PER_S)))
    exact_s = {ppm: FROZEN_S - (1 - ppm / US) * RUN_S * (1 - utilisation) for ppm in expected_s}

    assert histogram.n == RUN_S * RATE_PER_S
    assert {ppm: (histogram.quantile_us(ppm) or 0.0) / US for ppm in exact_s} == pytest.approx(exact_s, rel=0.015)
    assert exact_s == pytest.approx(expected_s, rel=0.012)


def test_freeze_within_one_percent() -> None:
    """At a utilisation of a thousandth p99 is 5.4 s and p95 3.0 s, within 1 %; the median knows nothing of the freeze."""
    intended_ns = arrivals_ns()
    histogram = recorded(intended_ns, ends_ns(intended_ns, NS // RATE_PER_S // 1000))

    assert (histogram.quantile_us(990_000) or 0.0) / US == pytest.approx(5.4, rel=0.01)
    assert (histogram.quantile_us(950_000) or 0.0) / US == pytest.approx(3.0, rel=0.01)
    assert (histogram.quantile_us(500_000) or 0.0) / US < 0.001


def test_a_closed_model_would_hide_the_freeze() -> None:
    """Ten users who wait for their answers show ten slow samples among thousands: their p99 is of the calm."""
    calm, slow = 10 * RATE_PER_S * (RUN_S - FROZEN_S), 10
    histogram = Histogram()
    histogram.add_values(np.array([1_000] * calm + [FROZEN_S * US] * slow, dtype=np.int64))

    assert histogram.quantile_us(990_000) == 1_003
