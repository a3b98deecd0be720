"""What the ladder found, as one value with a JSON form, and its Markdown: where the CPU time of a request goes, rung by rung."""

from typing import Final, NamedTuple

import msgspec

from benchmarks.generator.contenders import (
    CALLBACKS,
    CALLBACKS_HTTPTOOLS,
    FAST_HTTP,
    FLOOR,
    GREENLETS,
    GREENLETS_HTTPTOOLS,
    SPRINGTIDE,
    TRANSPORT,
    TRANSPORT_RECORD,
)
from benchmarks.generator.results import Line, Sample
from benchmarks.generator.speed_table import LIMIT, W3_GOAL, row_of
from benchmarks.generator.workload import W1, W3

COMMAND: Final = "python -m benchmarks.generator.ladder --table"
"""What prints the table; the README names it where the table begins."""


class Ladder(msgspec.Struct, frozen=True):
    """Everything that one climb measured."""

    date: str
    machine: str
    cores: str
    rounds: int
    seconds: float
    warm_up_s: float
    connections: int
    rungs: list[Line]
    """The medians of every step."""
    samples: list[Sample]
    notes: list[str]
    """What was wrong with the measurement, a sentence each."""


class Step(NamedTuple):
    """One row of the table."""

    contender: str
    workload: str
    name: str
    what: str
    """What it runs, in words."""


STEPS: Final = tuple(
    Step(contender, workload, name or contender, what)
    for contender, workload, name, what in (
        (FLOOR, W1, "", "`select.epoll`, send, recv; nothing is read"),
        (CALLBACKS, W1, "", "gevent's hub calls a function; Content-Length is found, bytes are counted"),
        (GREENLETS, W1, "", "the same, but it wakes a greenlet"),
        (CALLBACKS_HTTPTOOLS, W1, "", "the second with Springtide's reader of answers"),
        (GREENLETS_HTTPTOOLS, W1, "", "the third with it"),
        (TRANSPORT, W1, "", "`ConnectionPool.exchange`: deadlines, instants, faults"),
        (TRANSPORT_RECORD, W1, "", "each exchange in the record, which is cut once a second"),
        (SPRINGTIDE, W1, "Locust task", "a Locust user's task that does this"),
        (SPRINGTIDE, W3, "purchase steps", "`locustfiles/steady.py`, W3, for one of a purchase's five requests"),
        (FAST_HTTP, W1, "", "W1"),
        (FAST_HTTP, W3, "", "W3"),
    )
)
"""From the bottom up; a rung's number is its place."""


def missing(rungs: list[Line]) -> list[str]:
    """The steps that have no line."""
    there = {(line.contender, line.workload) for line in rungs}
    return [f"{step.name} ({step.workload})" for step in STEPS if (step.contender, step.workload) not in there]


def markdown(ladder: Ladder) -> str:
    """The table, the answer, and how it was measured; KeyError when a step is missing."""
    lines = {(line.contender, line.workload): line for line in ladder.rungs}
    rows = [row_of(["rung", "what runs", "user us", "kernel us", "CPU us"]), "|---|---|---:|---:|---:|"]
    for number, step in enumerate(STEPS, 1):
        line = lines[step.contender, step.workload]
        rows.append(row_of([f"{number} {step.name}", step.what, *_cells(line)]))
    return "\n".join([*rows, "", answer(ladder), "", *_method(ladder)]) + "\n"


def answer(ladder: Ladder) -> str:
    """What the goal for W3 allows, what the transport and the purchase's steps take, and what hub callbacks save."""
    cost_us = {(line.contender, line.workload): line.cpu_us_per_request for line in ladder.rungs}
    place = {(step.contender, step.workload): number for number, step in enumerate(STEPS, 1)}
    peer_us, steps_us = cost_us[FAST_HTTP, W3], cost_us[SPRINGTIDE, W3]
    allowed_us = peer_us / W3_GOAL.bound
    greenlets, callbacks = (GREENLETS_HTTPTOOLS, W1), (CALLBACKS_HTTPTOOLS, W1)
    beyond_us = steps_us - allowed_us
    return (
        f"W3 at {W3_GOAL.bound:g} x {FAST_HTTP} allows {allowed_us:.1f} us of CPU per request "
        f"({peer_us:.1f} / {W3_GOAL.bound:g}). The transport alone takes {cost_us[TRANSPORT, W1]:.1f} "
        f"(rung {place[TRANSPORT, W1]}), a purchase's request {steps_us:.1f} (rung {place[SPRINGTIDE, W3]}): "
        f"{abs(beyond_us):.1f} {'more' if beyond_us > 0 else 'less'} than allowed. Hub callbacks instead of greenlets save "
        f"{cost_us[greenlets] - cost_us[callbacks]:.1f} (rung {place[greenlets]} - rung {place[callbacks]})."
    )


def _cells(line: Line) -> list[str]:
    mark = LIMIT if line.is_at_the_servers_limit else ""
    return [
        f"{line.user_us_per_request:.1f}",
        f"{line.kernel_us_per_request:.1f}",
        f"{line.cpu_us_per_request:.1f}{mark}",
    ]


def _method(ladder: Ladder) -> list[str]:
    medians = (
        f"Medians of {ladder.rounds} interleaved rounds of {ladder.seconds:g} s after {ladder.warm_up_s:g} s of warm-up, CPU time "
        f"by requests that the server counted, {ladder.connections} connections, W1 unless W3 is named, {ladder.cores}; "
        f"{ladder.date}, {ladder.machine}."
    )
    said = [medians]
    if any(line.is_at_the_servers_limit for line in ladder.rungs):
        said.append(
            f"{LIMIT.strip()}: the server's core was full; a rung that waits for it reads fewer answers at once, which costs more."
        )
    return [*said, *ladder.notes]
