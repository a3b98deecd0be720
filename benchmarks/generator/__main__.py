"""Measures the generator beside its peers; prints the table and writes benchmarks/results/generator.json.

python -m benchmarks.generator                                        all of it, as `make bench` does
python -m benchmarks.generator --only rounds --workloads W3 --contenders Springtide    a part; then no JSON is written
python -m benchmarks.generator --table                                the last result as Markdown
python -m benchmarks.generator --paste README.md                      the same, put in its place in the README
"""

import argparse
import os
import signal
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.generator import contenders, rounds, single_runs
from benchmarks.generator.bench_machine import ROOT, BenchError, Cores, cores, machine
from benchmarks.generator.contenders import CONTENDERS, FAST_HTTP, ONE_REQUEST, SPRINGTIDE, WRK
from benchmarks.generator.results import Result, disturbance, lines_of, ratio, read, write
from benchmarks.generator.rounds import Span
from benchmarks.generator.speed_table import markdown, pasted
from benchmarks.generator.workload import CONNECTIONS, W1, W2, W3, WORKLOADS

RESULT = ROOT / "benchmarks" / "results" / "generator.json"
PARTS = ("rounds", "ttfc", "lateness", "memory", "recording")
FULL_MEMORY_MINUTES = 10.0
USAGE = 2
TERMINATED = 128 + signal.SIGTERM


def above_zero(text: str) -> float:
    """A number above 0; argparse tells what is none."""
    value = float(text)
    if not value > 0:
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return value


def at_least_one(text: str) -> int:
    """A whole number of rounds; argparse tells what is none."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not 1 or more")
    return value


def options() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=at_least_one, default=5, help="interleaved rounds (5)")
    parser.add_argument("--seconds", type=above_zero, default=5.0, help="length of each counted window (5)")
    parser.add_argument("--warm-up", type=above_zero, default=2.0, help="seconds before it (2)")
    parser.add_argument(
        "--memory-minutes", type=above_zero, default=FULL_MEMORY_MINUTES, help="how long memory is watched (10)"
    )
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="parts to measure (all)")
    parser.add_argument("--contenders", nargs="+", choices=CONTENDERS, default=CONTENDERS, help="who takes part (all)")
    parser.add_argument("--workloads", nargs="+", choices=WORKLOADS, default=WORKLOADS, help="what they do (all)")
    parser.add_argument("--table", action="store_true", help="print the last result as Markdown and measure nothing")
    parser.add_argument("--paste", type=Path, help="put the last result's table in its place in this file")
    parser.add_argument(
        "--result", type=Path, default=RESULT, help="the JSON file that is written, and read by --table"
    )
    return parser


def measured(chosen: argparse.Namespace, where: Cores) -> Result:
    """Measure what was chosen, one part after the other; BenchError when a program fails."""
    span = Span(chosen.warm_up, chosen.seconds)
    contenders.install(chosen.contenders, is_root=os.geteuid() == 0)
    here, notes = contenders.present(chosen.contenders)
    if not where.are_apart:
        notes.append(
            "This machine has one core, which server and generator shared: the rates are lower than they were apart."
        )
    for note in notes:
        tell(note)
    samples, bought, failed = _rounds(chosen, here, where, span)
    notes += failed
    disturbed = disturbance(samples, FAST_HTTP)
    notes += [disturbed] if disturbed else []
    parts = _single_parts(chosen, where, span, notes)
    memory, late, first = parts["memory"], parts["lateness"], parts["first_content"]
    if memory is not None and memory.minutes < FULL_MEMORY_MINUTES:
        notes.append(f"Memory's growth is that of {memory.minutes:g} min; the goal is for {FULL_MEMORY_MINUTES:g}.")
    recording = parts["recording"]
    return Result(
        date=f"{datetime.now(UTC):%Y-%m-%d}",
        machine=machine(),
        cores=f"server on core {where.server}, generator on core {where.generator}",
        rounds=chosen.rounds,
        seconds=span.seconds,
        warm_up_s=span.warm_up_s,
        connections=CONNECTIONS,
        w1_vs_fasthttp=ratio(samples, W1, SPRINGTIDE, FAST_HTTP),
        w1_vs_wrk=ratio(samples, W1, SPRINGTIDE, WRK),
        w2_vs_fasthttp=ratio(samples, W2, SPRINGTIDE, FAST_HTTP),
        w3_vs_fasthttp=ratio(samples, W3, SPRINGTIDE, FAST_HTTP),
        lateness_p99_ms=late and late.p99_ms,
        rss_mb=memory and memory.rss_mb,
        rss_growth_mb=memory and memory.rss_growth_mb,
        recording_cpu_share=recording and recording.recording,
        w2_ttfc_off_p50_ms=first and first.p50_ms,
        w2_ttfc_off_p99_ms=first and first.p99_ms,
        lines=lines_of(samples),
        samples=samples,
        purchases=bought,
        notes=notes,
        **parts,
    )


def _rounds(chosen: argparse.Namespace, here: Sequence[str], where: Cores, span: Span) -> rounds.Compared:
    """The rounds, if they were chosen; Springtide's W3 is offered more than a probe did."""
    if "rounds" not in chosen.only:
        return rounds.Compared([], None, [])
    offered_per_s = 0.0
    if SPRINGTIDE in here and W3 in chosen.workloads:
        offered_per_s = rounds.ABOVE_CAPACITY * rounds.capacity(where, span)
        tell(
            f"offered to Springtide's W3: {offered_per_s:.0f} wishes/s, {rounds.ABOVE_CAPACITY:g} times what a probe did"
        )
    run = partial(rounds.measure, span=span, cores=where, wishes_per_s=offered_per_s)
    return rounds.compare(here, chosen.workloads, rounds=chosen.rounds, run=run, tell=tell)


def _single_parts(chosen: argparse.Namespace, where: Cores, span: Span, notes: list[str]) -> dict[str, Any]:
    """The parts that Springtide does alone; None for what was not chosen, and for what failed, which is noted."""
    paced = single_runs.PACED_STREAMS_PER_S
    runs: dict[str, tuple[str, Callable[[], object]]] = {
        "first_content": ("ttfc", lambda: single_runs.first_content(where, span, streams_per_s=paced)),
        "first_content_saturated": ("ttfc", lambda: single_runs.first_content(where, span, streams_per_s=None)),
        "lateness": ("lateness", lambda: single_runs.lateness(where, ONE_REQUEST)),
        "lateness_purchases": ("lateness", lambda: single_runs.lateness(where)),
        "recording": ("recording", lambda: single_runs.recording_share(where)),
        "memory": ("memory", lambda: single_runs.memory(where, minutes=chosen.memory_minutes)),
    }
    parts: dict[str, Any] = dict.fromkeys(runs)
    for name, (part, run) in runs.items():
        if part in chosen.only:
            try:
                parts[name] = run()
            except BenchError as error:
                notes.append(f"{name} failed: {error}")
            tell(f"{name}: {parts[name] or notes[-1]}")
    return parts


def is_whole(chosen: argparse.Namespace) -> bool:
    """Whether everything is measured, so that the result may stand in the repository."""
    return (
        set(chosen.only) == set(PARTS)
        and set(chosen.contenders) == set(CONTENDERS)
        and set(chosen.workloads) == set(WORKLOADS)
    )


def tell(line: str) -> None:
    """Say how far it is."""
    print(line, flush=True)


def show(result: Path, page: Path | None) -> int:
    """Print the table of a result, or put it in its place in a page; the exit code."""
    if not result.is_file():
        print(f"There is no result in {result}; make bench writes one.", file=sys.stderr)
        return USAGE
    table = markdown(read(result))
    if page is None:
        print(table, end="")
    else:
        page.write_text(pasted(page.read_text(encoding="utf-8"), table), encoding="utf-8")
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, or print the table of the last result; the exit code."""
    chosen = options().parse_args(arguments)
    if chosen.table or chosen.paste:
        return show(chosen.result, chosen.paste)
    signal.signal(
        signal.SIGTERM, lambda *_: sys.exit(TERMINATED)
    )  # an exception ends the children, the signal would not
    try:
        result = measured(chosen, cores())
    except BenchError as error:
        print(str(error), file=sys.stderr)
        return 1
    print(f"\n{markdown(result)}", end="")
    if is_whole(chosen):
        write(result, chosen.result)
    else:
        print("Only a part was measured, so no result was written.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
