"""The interleaved rounds: every contender does every workload once a round, each against a fresh server, in turning order.

What is counted lies between two readings of the server's counters, the first one a warm-up after the first request.
"""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from benchmarks.generator.bench_machine import BenchError, Cores, Program, Server, Window, between
from benchmarks.generator.contenders import SPRINGTIDE, Job, can_do, command
from benchmarks.generator.results import Purchases, Sample
from benchmarks.generator.workload import W3
from reports.run_record.run_directory import open_run

PROBE_WISHES_PER_S = 20_000.0
ABOVE_CAPACITY = 2.0
"""A probe finds half of what can be done when another program has half of its core; what is offered too much costs little."""
_WARM_FROM_START_S = 3.0
"""A run of purchases goes on for so long beyond warm-up and window, since it begins before its first request is seen."""
_RUN_ENDS_S = 60.0
RUN_CODES = (0, 3, 99)
"""Above capacity a run drops arrivals, which makes it invalid; its counts hold all the same."""


class Span(NamedTuple):
    """How long a measurement warms up and lasts."""

    warm_up_s: float
    seconds: float


class Measured(NamedTuple):
    """One window, and for a run of purchases what its record and the server say of the whole run."""

    window: Window
    journeys_per_s: float
    purchases: Purchases | None


def measure(contender: str, workload: str, *, span: Span, cores: Cores, wishes_per_s: float = 0.0) -> Measured:
    """Run one contender against a server of its own; BenchError when either fails."""
    with TemporaryDirectory(prefix="springtide-bench-") as name:
        folder = Path(name)
        with Server(folder, core=cores.server) as server:
            span_s = span.warm_up_s + span.seconds + _WARM_FROM_START_S
            job = Job(contender, workload, server.url, folder, wishes_per_s, span_s)
            with Program(command(job), core=cores.generator, output=folder / "generator.out") as generator:
                server.wait_for_load(generator)
                time.sleep(span.warm_up_s)
                first = server.read(generator)
                time.sleep(span.seconds)
                last = server.read(generator)
                purchases = None
                if (contender, workload) == (SPRINGTIDE, W3):
                    generator.wait(_RUN_ENDS_S, codes=RUN_CODES)
                    purchases = purchases_in(folder / "runs" / "latest", server.counts()["journeys"])
        if first.requests == last.requests:
            raise BenchError(f"{contender} sent nothing of {workload} in {span.seconds:g} s.")
        seconds = (last.at_ns - first.at_ns) / 1e9
        return Measured(between(first, last), (last.journeys - first.journeys) / seconds, purchases)


def purchases_in(run: Path, paid_at_server: int) -> Purchases:
    """What a run's record says of its released wishes, beside the server's count of payments."""
    finished = open_run(run).finished
    if finished is None:
        raise BenchError(f"The run {run} did not close its record.")
    confirmed = finished.outcomes.get("confirmed", 0)
    return Purchases(confirmed, paid_at_server, finished.released - confirmed)


def capacity(cores: Cores, span: Span) -> float:
    """Purchases per second that Springtide does here, from one run far above it."""
    return measure(SPRINGTIDE, W3, span=span, cores=cores, wishes_per_s=PROBE_WISHES_PER_S).journeys_per_s


def offer(cores: Cores, span: Span, tell: Callable[[str], None]) -> float:
    """Wishes per second that are more than Springtide can do here."""
    wishes_per_s = ABOVE_CAPACITY * capacity(cores, span)
    tell(f"offered to Springtide's W3: {wishes_per_s:.0f} wishes/s, {ABOVE_CAPACITY:g} times what a probe did")
    return wishes_per_s


class Compared(NamedTuple):
    """What all rounds gave."""

    samples: list[Sample]
    purchases: Purchases | None
    notes: list[str]
    """Who failed, a sentence each."""


def compare(
    contenders: Sequence[str],
    workloads: Sequence[str],
    *,
    rounds: int,
    run: Callable[[str, str], Measured],
    tell: Callable[[str], None],
) -> Compared:
    """All samples of all rounds, and the purchases of Springtide's W3 added up; who fails in a round is told and left out of it."""
    samples: list[Sample] = []
    totals: list[Purchases] = []
    notes: list[str] = []
    for number in range(1, rounds + 1):
        for workload in workloads:
            able = [contender for contender in contenders if can_do(contender, workload)]
            for contender in turned(able, number):
                try:
                    done = run(contender, workload)
                except BenchError as error:
                    notes.append(f"{contender} failed in round {number} of {workload}: {error}")
                    tell(notes[-1])
                    continue
                samples.append(Sample(contender, workload, number, *done.window))
                totals += [done.purchases] if done.purchases else []
                tell(row(samples[-1]))
    return Compared(samples, added(totals), notes)


def turned(contenders: Sequence[str], number: int) -> list[str]:
    """The order of a round: each begins with another contender, so that nobody always follows the same one."""
    begin = number % len(contenders) if contenders else 0
    return [*contenders[begin:], *contenders[:begin]]


def added(purchases: Sequence[Purchases]) -> Purchases | None:
    """The sums; None of nothing."""
    if not purchases:
        return None
    return Purchases(
        sum(one.confirmed for one in purchases),
        sum(one.paid_at_server for one in purchases),
        sum(one.otherwise for one in purchases),
    )


def row(sample: Sample) -> str:
    """A sample as one line of text."""
    return (
        f"round {sample.round}  {sample.workload}  {sample.contender:<26}{sample.requests_per_s:>10,.0f} req/s"
        f"{sample.cpu_us_per_request:>9.1f} us CPU{100 * sample.cpu_share:>6.0f} % busy"
        f"{100 * sample.server_share:>6.0f} % server{sample.rss_mb:>7.0f} MB"
    )
