"""What is measured on Springtide alone: first content against the server's clock, lateness, memory, the cost of recording."""

import json
import time
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.generator.bench_machine import BenchError, Cores, Program, Server
from benchmarks.generator.contenders import PURCHASES, SPRINGTIDE, Job, closed_loop, purchases
from benchmarks.generator.results import FirstContent, Lateness, Memory, RecordingShare, growth, quantile
from benchmarks.generator.rounds import RUN_CODES, Span
from benchmarks.generator.stopwatch import RECORDING, WRITE_AHEAD
from benchmarks.generator.workload import CONNECTIONS, W3
from locustfiles.arrivals.arrival_process import Schedule
from locustfiles.arrivals.rate_curve import RateCurve
from reports.run_record.histogram import Histogram
from reports.run_record.outcome import ARRIVAL, Clock
from reports.run_record.run_directory import Run, open_run

SHOPPERS = 512
"""Enough for the rates below with room for stalls; every idle shopper costs memory."""
HOLD_MS = 20.0
PACED_STREAMS_PER_S = 500.0
LATENESS_WISHES_PER_S = 2000.0
LATENESS_S = 30.0
LATENESS_WARM_UP_S = 2
MEMORY_WISHES_PER_S = 1000.0
RECORDING_WISHES_PER_S = 1000.0
RECORDING_S = 12.0
RECORDING_WARM_UP_S = 3
_NS_PER_S, _NS_PER_MS, _US_PER_MS = 1_000_000_000, 1_000_000, 1000
_RUN_ENDS_S = 60.0


def first_content(cores: Cores, span: Span, *, streams_per_s: float | None) -> FirstContent:
    """Stream by stream, first content at the generator minus its write at the server; without a rate as fast as it goes."""
    with TemporaryDirectory(prefix="springtide-bench-") as name:
        folder = Path(name)
        kept = folder / "streams"
        every_s = CONNECTIONS / streams_per_s if streams_per_s else 0.0
        environment = {"BENCH_STREAMS": str(kept), "BENCH_EVERY_S": f"{every_s:.6f}"}
        server = Server(folder, core=cores.server, hold_ms=HOLD_MS if streams_per_s else 0.0)
        with server:
            command = closed_loop("springtide_users", "SpringtideW2", server.url)
            output = folder / "generator.out"
            with Program(command, core=cores.generator, output=output, environment=environment) as generator:
                server.wait_for_load(generator)
                time.sleep(span.warm_up_s + span.seconds)
                generator.check_runs()
        seen = _columns(kept)
        written = {shopper: content_ns for shopper, (_, content_ns) in _columns(server.log).items()}
    return offsets({shopper: first_ns for shopper, (first_ns,) in seen.items()}, written, span)


def offsets(seen_ns: Mapping[str, int], written_ns: Mapping[str, int], span: Span) -> FirstContent:
    """The differences of the streams that both sides know, those of the warm-up left out; BenchError without any."""
    begin_ns = min(written_ns.values(), default=0) + int(span.warm_up_s * _NS_PER_S)
    off_ms = [
        (seen_ns[shopper] - written_ns[shopper]) / _NS_PER_MS
        for shopper in seen_ns.keys() & written_ns.keys()
        if written_ns[shopper] >= begin_ns
    ]
    if not off_ms:
        raise BenchError("No stream was seen by both the server and the generator.")
    return FirstContent(len(off_ms), len(off_ms) / span.seconds, quantile(off_ms, 0.5), quantile(off_ms, 0.99))


def _columns(path: Path) -> dict[str, list[int]]:
    rows = (line.split() for line in path.read_text(encoding="ascii").splitlines())
    return {shopper: [int(value) for value in values] for shopper, *values in rows}


def lateness(cores: Cores, locustfile: str = PURCHASES, *, seconds: float = LATENESS_S) -> Lateness:
    """How late Poisson arrivals are begun, in the record's own words and, of purchases, as the server saw it."""
    with TemporaryDirectory(prefix="springtide-bench-") as name:
        folder = Path(name)
        with Server(folder, core=cores.server, hold_ms=0.0) as server:
            span_s = seconds + LATENESS_WARM_UP_S
            job = Job(SPRINGTIDE, W3, server.url, folder, LATENESS_WISHES_PER_S, span_s)
            command = purchases(job, shoppers=SHOPPERS, locustfile=locustfile)
            with Program(command, core=cores.generator, output=folder / "generator.out") as generator:
                clocks_apart_ns = time.time_ns() - time.monotonic_ns()
                generator.wait(span_s + _RUN_ENDS_S, codes=RUN_CODES)
        run = open_run(folder / "runs" / "latest")
        own = lateness_in(run, from_second=LATENESS_WARM_UP_S)
        seen_ms: list[float] = []
        if locustfile == PURCHASES:
            started_ns = run.manifest.started_unix_ns - clocks_apart_ns
            schedule = Schedule(RateCurve.constant(LATENESS_WISHES_PER_S, span_s), "poisson", run.manifest.seed)
            seen_ms = seen_late_ms(_columns(server.log), schedule, started_ns)
    return Lateness(
        wishes_per_s=LATENESS_WISHES_PER_S,
        seconds=seconds,
        arrivals=own.n,
        dropped=run.finished.dropped if run.finished else 0,
        p50_ms=(own.quantile_us(500_000) or 0) / _US_PER_MS,
        p99_ms=(own.quantile_us(990_000) or 0) / _US_PER_MS,
        max_ms=own.max_us / _US_PER_MS,
        server_p50_ms=quantile(seen_ms, 0.5) if seen_ms else None,
        server_p99_ms=quantile(seen_ms, 0.99) if seen_ms else None,
    )


def lateness_in(run: Run, *, from_second: int) -> Histogram:
    """The record's histogram of lateness from a second on."""
    late = Histogram()
    for row in run.table("histograms").to_pylist():
        if row["step"] == ARRIVAL and row["clock"] == Clock.LATENESS and row["second"] >= from_second:
            late.add_sparse(row["buckets"], row["counts"], row["sum_us"], row["max_us"])
    return late


def seen_late_ms(log: Mapping[str, list[int]], schedule: Schedule, started_ns: int) -> list[float]:
    """When the server saw a wish's first request minus when the schedule wanted it; the warm-up is left out."""
    intended_ns = np.concatenate([chunk.intended_ns for chunk in schedule.chunks()])
    late_ms = []
    for shopper, (came_ns, _) in log.items():
        due_ns = int(intended_ns[int(shopper.rpartition("-")[2])])
        if due_ns >= LATENESS_WARM_UP_S * _NS_PER_S:
            late_ms.append((came_ns - started_ns - due_ns) / _NS_PER_MS)
    return late_ms


def memory(cores: Cores, *, minutes: float) -> Memory:
    """Resident memory of a run of 1,000 purchases a second, sampled each second from its first request on."""
    with TemporaryDirectory(prefix="springtide-bench-") as name:
        folder = Path(name)
        with Server(folder, core=cores.server) as server:
            job = Job(SPRINGTIDE, W3, server.url, folder, MEMORY_WISHES_PER_S, minutes * 60 + 5)
            command = purchases(job, shoppers=SHOPPERS)
            with Program(command, core=cores.generator, output=folder / "generator.out") as generator:
                server.wait_for_load(generator)
                first = server.read(generator)
                sampled_mb = []
                for _ in range(round(minutes * 60)):
                    time.sleep(1.0)
                    generator.check_runs()
                    sampled_mb.append(generator.rss_mb())
                last = server.read(generator)
                generator.wait(_RUN_ENDS_S, codes=RUN_CODES)
    rate_per_s = (last.requests - first.requests) / (last.at_ns - first.at_ns) * _NS_PER_S
    return Memory(rate_per_s, minutes, max(sampled_mb), growth(sampled_mb))


def recording_share(cores: Cores) -> RecordingShare:
    """How much of a run's CPU goes into its record, by a stopwatch inside it."""
    with TemporaryDirectory(prefix="springtide-bench-") as name:
        folder = Path(name)
        with Server(folder, core=cores.server) as server:
            job = Job(SPRINGTIDE, W3, server.url, folder, RECORDING_WISHES_PER_S, RECORDING_S + RECORDING_WARM_UP_S)
            command = purchases(job, shoppers=SHOPPERS, locustfile="benchmarks/generator/timed_recording.py")
            times = folder / "times"
            environment = {"BENCH_TIMES": str(times)}
            output = folder / "generator.out"
            with Program(command, core=cores.generator, output=output, environment=environment) as generator:
                server.wait_for_load(generator)
                begun_ns, before = time.monotonic_ns(), server.counts()["requests"]
                time.sleep(RECORDING_WARM_UP_S)
                first = _last_line(times)
                time.sleep(RECORDING_S - RECORDING_WARM_UP_S)
                last = _last_line(times)
                requests_per_s = (server.counts()["requests"] - before) / (time.monotonic_ns() - begun_ns) * _NS_PER_S
                generator.wait(_RUN_ENDS_S, codes=RUN_CODES)
    spent_s = {kind: last[kind] - first[kind] for kind in last}
    return RecordingShare(requests_per_s, spent_s[RECORDING] / spent_s["cpu"], spent_s[WRITE_AHEAD] / spent_s["cpu"])


def _last_line(path: Path) -> dict[str, float]:
    told: dict[str, float] = json.loads(path.read_text(encoding="ascii").splitlines()[-1])
    return told
