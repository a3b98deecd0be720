"""A ladder's result with round numbers."""

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
from benchmarks.generator.ladder_table import Ladder
from benchmarks.generator.results import Sample, lines_of
from benchmarks.generator.workload import W1, W3

COSTS_US = {
    (FLOOR, W1): (4.0, 3.0),
    (CALLBACKS, W1): (5.0, 3.0),
    (GREENLETS, W1): (5.5, 3.0),
    (CALLBACKS_HTTPTOOLS, W1): (6.0, 3.0),
    (GREENLETS_HTTPTOOLS, W1): (6.75, 3.0),
    (TRANSPORT, W1): (9.0, 3.5),
    (TRANSPORT_RECORD, W1): (10.0, 3.5),
    (SPRINGTIDE, W1): (13.0, 3.5),
    (SPRINGTIDE, W3): (40.0, 8.0),
    (FAST_HTTP, W1): (90.0, 8.0),
    (FAST_HTTP, W3): (104.0, 8.0),
}
"""CPU us per request of each step, and the kernel's part."""


def sample_of(contender: str, workload: str, number: int = 1) -> Sample:
    """A step's window; the floor's is at the server's limit."""
    cpu_us, kernel_us = COSTS_US[contender, workload]
    server_share = 1.0 if contender == FLOOR else 0.5
    return Sample(contender, workload, number, 1e6 / cpu_us, cpu_us, 1.0, server_share, 75.0, kernel_us)


SAMPLES = [sample_of(contender, workload) for contender, workload in COSTS_US]

LADDER = Ladder(
    date="2026-02-06",
    machine="2 x Some CPU",
    cores="server on core 0, generator on core 1",
    rounds=1,
    seconds=3.0,
    warm_up_s=1.0,
    connections=64,
    rungs=lines_of(SAMPLES),
    samples=SAMPLES,
    notes=["transport failed in round 2 of W1: it ended with 1: no"],
)
