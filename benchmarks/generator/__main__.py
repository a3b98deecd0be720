"""Measures the generator beside its peers; prints the table and writes benchmarks/results/generator.json.

python -m benchmarks.generator                                        all of it, as `make bench` does
python -m benchmarks.generator --only rounds --workloads W3 --contenders Springtide    a part; then no JSON is written
python -m benchmarks.generator --table                                the last result as Markdown
python -m benchmarks.generator --paste README.md                      the same, put in its place in the README
"""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.generator import contenders, rounds, single_runs
from benchmarks.generator.bench_machine import ROOT, BenchError, Cores, cores, machine
from benchmarks.generator.command_line import above_zero, end_children_when_terminated, parser_of, show, tell
from benchmarks.generator.contenders import CONTENDERS, FAST_HTTP, ONE_REQUEST, SPRINGTIDE, WRK
from benchmarks.generator.results import Result, disturbance, lines_of, ratio, read, write
from benchmarks.generator.rounds import Span
from benchmarks.generator.speed_table import COMMAND, markdown
from benchmarks.generator.workload import CONNECTIONS, W1, W2, W3, WORKLOADS

RESULT = ROOT / "benchmarks" / "results" / "generator.json"
PARTS = ("rounds", "ttfc", "lateness", "memory", "recording")
FULL_MEMORY_MINUTES = 10.0


def options() -> argparse.ArgumentParser:
    """The command line."""
    parser = parser_of(__doc__, rounds=5, seconds=5.0, warm_up_s=2.0, result=RESULT)
    parser.add_argument(
        "--memory-minutes", type=above_zero, default=FULL_MEMORY_MINUTES, help="how long memory is watched (10)"
    )
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="parts to measure (all)")
    parser.add_argument("--contenders", nargs="+", choices=CONTENDERS, default=CONTENDERS, help="who takes part (all)")
    parser.add_argument("--workloads", nargs="+", choices=WORKLOADS, default=WORKLOADS, help="what they do (all)")
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
        offered_per_s = rounds.offer(where, span, tell)
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


def _table_of(path: Path) -> str:
    return markdown(read(path, Result))


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, or print the table of the last result; the exit code."""
    chosen = options().parse_args(arguments)
    if chosen.table or chosen.paste:
        return show(chosen.result, chosen.paste, markdown=_table_of, command=COMMAND, target="bench")
    end_children_when_terminated()
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
