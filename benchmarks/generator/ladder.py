"""Measures one request on every rung between bare system calls and a whole purchase; writes benchmarks/results/ladder.json.

The answer to a speed goal that is missed: what the kernel takes, what each layer adds, and what another way of waiting would save.

python -m benchmarks.generator.ladder                      all of it, as `make bench-ladder` does, in four minutes
python -m benchmarks.generator.ladder --table              the last result as Markdown
python -m benchmarks.generator.ladder --paste README.md    the same, put in its place in the README
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from benchmarks.generator import rounds
from benchmarks.generator.bench_machine import ROOT, BenchError, Cores, cores, machine
from benchmarks.generator.command_line import end_children_when_terminated, parser_of, show, tell
from benchmarks.generator.contenders import FAST_HTTP, RUNGS, SPRINGTIDE
from benchmarks.generator.ladder_table import COMMAND, Ladder, markdown, missing
from benchmarks.generator.results import Sample, disturbance, lines_of, read, write
from benchmarks.generator.rounds import Measured, Span
from benchmarks.generator.workload import CONNECTIONS, W1, W3, posts

_KEPT_UP = 0.95
"""Of what was offered: arrivals are Poisson, so a window may hold fewer."""
RESULT = ROOT / "benchmarks" / "results" / "ladder.json"


def options() -> argparse.ArgumentParser:
    """The command line."""
    return parser_of(__doc__, rounds=3, seconds=3.0, warm_up_s=1.0, result=RESULT)


def climbed(
    chosen: argparse.Namespace, where: Cores, run: Callable[[str, str], Measured], *, offered_per_s: float
) -> Ladder:
    """All rounds of all rungs; BenchError when a rung failed in every round. ``offered_per_s`` are W3's purchases."""
    compared = rounds.compare((*RUNGS, SPRINGTIDE, FAST_HTTP), (W1, W3), rounds=chosen.rounds, run=run, tell=tell)
    lines = lines_of(compared.samples)
    if away := missing(lines):
        raise BenchError(f"No round measured {', '.join(away)}, so no result was written.")
    notes = [disturbance(compared.samples, FAST_HTTP), idleness(compared.samples, offered_per_s)]
    return Ladder(
        date=f"{datetime.now(UTC):%Y-%m-%d}",
        machine=machine(),
        cores=f"server on core {where.server}, generator on core {where.generator}",
        rounds=chosen.rounds,
        seconds=chosen.seconds,
        warm_up_s=chosen.warm_up,
        connections=CONNECTIONS,
        rungs=lines,
        samples=compared.samples,
        notes=compared.notes + [note for note in notes if note],
    )


def idleness(samples: Sequence[Sample], offered_per_s: float) -> str | None:
    """A sentence when Springtide's W3 kept up with what it was offered: then it idled, and a request costs more."""
    offered = offered_per_s * len(posts(W3))
    rates = [one.requests_per_s for one in samples if (one.contender, one.workload) == (SPRINGTIDE, W3)]
    if not rates or max(rates) < _KEPT_UP * offered:
        return None
    return (
        f"{SPRINGTIDE}'s W3 was offered {offered:,.0f} requests/s, which it did: its core was not full, and its CPU time per "
        "request is higher than at full speed."
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, or print the table of the last result; the exit code."""
    chosen = options().parse_args(arguments)
    if chosen.table or chosen.paste:
        return show(chosen.result, chosen.paste, markdown=_table_of, command=COMMAND, target="bench-ladder")
    end_children_when_terminated()
    where, span = cores(), Span(chosen.warm_up, chosen.seconds)
    try:
        offered_per_s = rounds.offer(where, span, tell)
        run = partial(rounds.measure, span=span, cores=where, wishes_per_s=offered_per_s)
        ladder = climbed(chosen, where, run, offered_per_s=offered_per_s)
    except BenchError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    write(ladder, chosen.result)
    sys.stdout.write(f"\n{markdown(ladder)}")
    return 0


def _table_of(path: Path) -> str:
    return markdown(read(path, Ladder))


if __name__ == "__main__":
    sys.exit(main())
