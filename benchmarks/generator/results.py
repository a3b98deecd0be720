"""What the benchmark found, as one value with a JSON form, and the arithmetic of medians and ratios.

A ratio is made within a round, where both sides met the same machine, and the median over the rounds is told. None = not
measured. This module must not know processes.
"""

from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import TypeVar

import msgspec

T = TypeVar("T")
_FULL_SHARE = 0.93
"""Of a core: the rest is the time between a request and its answer."""


class Sample(msgspec.Struct, frozen=True):
    """One contender's one window of one round."""

    contender: str
    workload: str
    round: int
    requests_per_s: float
    cpu_us_per_request: float
    cpu_share: float
    """CPU seconds of the generator per second; 1 = its core was full."""
    server_share: float
    """Time of the server with something to do; 1 = the rate is the server's limit."""
    rss_mb: float
    kernel_us_per_request: float = 0.0
    """The part of ``cpu_us_per_request`` that is the kernel's."""


class Line(msgspec.Struct, frozen=True):
    """One contender's medians in one workload."""

    contender: str
    workload: str
    requests_per_s: float
    """Counted by the server; a stream is one request, a purchase five."""
    lowest_per_s: float
    highest_per_s: float
    cpu_us_per_request: float
    server_share: float
    rss_mb: float
    kernel_us_per_request: float = 0.0

    @property
    def user_us_per_request(self) -> float:
        """The part of ``cpu_us_per_request`` that is not the kernel's."""
        return self.cpu_us_per_request - self.kernel_us_per_request

    @property
    def is_at_the_servers_limit(self) -> bool:
        """Whether a faster server would have shown a higher rate."""
        return self.server_share >= _FULL_SHARE


class Lateness(msgspec.Struct, frozen=True):
    """How late arrivals were begun, in milliseconds; the server's view holds the way to it as well."""

    wishes_per_s: float
    seconds: float
    arrivals: int
    dropped: int
    """Arrivals of the whole run that found every shopper busy; they have no lateness."""
    p50_ms: float
    p99_ms: float
    max_ms: float
    server_p50_ms: float | None
    server_p99_ms: float | None


class FirstContent(msgspec.Struct, frozen=True):
    """First content as the generator saw it minus its write by the server, stream by stream on one clock."""

    streams: int
    streams_per_s: float
    p50_ms: float
    p99_ms: float


class Memory(msgspec.Struct, frozen=True):
    """Resident memory of one process at a steady rate, sampled each second."""

    requests_per_s: float
    minutes: float
    rss_mb: float
    """The highest sample."""
    rss_growth_mb: float
    """Median of the last ten seconds minus that of the ten after the first minute, or after a fifth of a shorter run."""


class RecordingShare(msgspec.Struct, frozen=True):
    """Share of the generator's CPU at a steady rate of purchases."""

    requests_per_s: float
    recording: float
    """Samples, their binning, the run directory and Locust's table."""
    write_ahead: float
    """The row that exists before a wish's first byte."""


class Purchases(msgspec.Struct, frozen=True):
    """Two counts of the same purchases over all rounds of W3."""

    confirmed: int
    """Wishes that Springtide's own record calls confirmed."""
    paid_at_server: int
    otherwise: int
    """Released wishes with any other outcome."""


class Result(msgspec.Struct, frozen=True):
    """Everything that one benchmark measured."""

    date: str
    machine: str
    cores: str
    rounds: int
    seconds: float
    warm_up_s: float
    connections: int
    w1_vs_fasthttp: float | None
    w1_vs_wrk: float | None
    w2_vs_fasthttp: float | None
    w3_vs_fasthttp: float | None
    lateness_p99_ms: float | None
    rss_mb: float | None
    rss_growth_mb: float | None
    recording_cpu_share: float | None
    w2_ttfc_off_p50_ms: float | None
    w2_ttfc_off_p99_ms: float | None
    lines: list[Line]
    samples: list[Sample]
    purchases: Purchases | None
    lateness: Lateness | None
    """Of arrivals of one request."""
    lateness_purchases: Lateness | None
    """Of arrivals of a whole purchase, five requests."""
    first_content: FirstContent | None
    first_content_saturated: FirstContent | None
    memory: Memory | None
    recording: RecordingShare | None
    notes: list[str]
    """What is missing or was shortened, a sentence each."""


def lines_of(samples: Sequence[Sample]) -> list[Line]:
    """The medians of each contender in each workload, in the order of their first samples."""
    kinds = dict.fromkeys((sample.workload, sample.contender) for sample in samples)
    return [_line(workload, contender, samples) for workload, contender in kinds]


def _line(workload: str, contender: str, samples: Sequence[Sample]) -> Line:
    own = [sample for sample in samples if (sample.workload, sample.contender) == (workload, contender)]
    rates = [sample.requests_per_s for sample in own]
    return Line(
        contender=contender,
        workload=workload,
        requests_per_s=median(rates),
        lowest_per_s=min(rates),
        highest_per_s=max(rates),
        cpu_us_per_request=median(sample.cpu_us_per_request for sample in own),
        server_share=median(sample.server_share for sample in own),
        rss_mb=median(sample.rss_mb for sample in own),
        kernel_us_per_request=median(sample.kernel_us_per_request for sample in own),
    )


def ratio(samples: Sequence[Sample], workload: str, ours: str, theirs: str) -> float | None:
    """The median over rounds of our rate by theirs; None when no round holds both."""
    rates = {
        (sample.round, sample.contender): sample.requests_per_s for sample in samples if sample.workload == workload
    }
    rounds = {number for number, _ in rates}
    both = [
        rates[number, ours] / rates[number, theirs]
        for number in rounds
        if (number, ours) in rates and (number, theirs) in rates
    ]
    return median(both) if both else None


def disturbance(samples: Sequence[Sample], contender: str) -> str | None:
    """A sentence when a contender that always fills its core did not: other programs ran, and all figures suffered."""
    shares = [sample.cpu_share for sample in samples if sample.contender == contender]
    if not shares or min(shares) >= _FULL_SHARE:
        return None
    return (
        f"This machine was not quiet: {contender}, which fills a core, had between {min(shares):.0%} and {max(shares):.0%} "
        "of it. Rates are low and ratios uncertain; CPU per request is less so."
    )


def quantile(values: Sequence[float], share: float) -> float:
    """Nearest rank: the value at max(1, ceil(n x share)) of the sorted ones; ValueError for none."""
    if not values:
        raise ValueError("There is no quantile of no values.")
    rank = max(1, -int(-len(values) * share // 1))
    return sorted(values)[rank - 1]


def growth(samples_mb: Sequence[float], *, per_minute: int = 60, width: int = 10) -> float:
    """How much the last ``width`` samples exceed those after the first minute, or after a fifth of a shorter run."""
    begin = min(per_minute, len(samples_mb) // 5)
    return median(samples_mb[-width:]) - median(samples_mb[begin : begin + width])


def write(result: msgspec.Struct, path: Path) -> None:
    """Write a result as JSON that people can read."""
    path.parent.mkdir(parents=True, exist_ok=True)
    encoded = msgspec.json.format(msgspec.json.encode(result), indent=2)
    path.write_bytes(encoded + b"\n")


def read(path: Path, kind: type[T]) -> T:
    """The result in a file; msgspec.DecodeError when it is none of this kind."""
    return msgspec.json.decode(path.read_bytes(), type=kind)
