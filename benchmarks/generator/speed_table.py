"""The benchmark's result as Markdown: the README's speed table is this output and nothing else."""

from collections.abc import Callable
from typing import NamedTuple

from benchmarks.generator.contenders import CONTENDERS, FAST_HTTP, SPRINGTIDE
from benchmarks.generator.results import Line, Result
from benchmarks.generator.workload import WORKLOADS

_NONE = "-"
LIMIT = " (s)"
COMMAND = "python -m benchmarks.generator --table"
"""What prints the table; the README names it where the table begins."""


class Goal(NamedTuple):
    """One figure that is to be reached: at least or at most ``bound``."""

    name: str
    sign: str
    """``>=`` or ``<=``."""
    bound: float
    figure: Callable[[Result], float | None]
    form: str
    """How a value is written, unit included."""

    def is_met(self, value: float) -> bool:
        """Whether a value reaches the goal."""
        return value >= self.bound if self.sign == ">=" else value <= self.bound


W3_GOAL = Goal("W3 against FastHttpUser", ">=", 8, lambda result: result.w3_vs_fasthttp, "{:.1f} x")
GOALS = (
    W3_GOAL,
    Goal("W1 against FastHttpUser", ">=", 8, lambda result: result.w1_vs_fasthttp, "{:.1f} x"),
    Goal("W1 against wrk", ">=", 0.5, lambda result: result.w1_vs_wrk, "{:.2f} x"),
    Goal("W2 against FastHttpUser", ">=", 4, lambda result: result.w2_vs_fasthttp, "{:.1f} x"),
    Goal("first content off the server's clock, p99", "<=", 1, lambda result: result.w2_ttfc_off_p99_ms, "{:.2f} ms"),
    Goal("lateness at 2,000 arrivals/s, p99", "<=", 0.5, lambda result: result.lateness_p99_ms, "{:.2f} ms"),
    Goal("memory at 5,000 requests/s", "<=", 120, lambda result: result.rss_mb, "{:.0f} MB"),
    Goal("its growth after the first minute", "<=", 5, lambda result: result.rss_growth_mb, "{:.1f} MB"),
    Goal("recording's share of the CPU", "<=", 0.10, lambda result: result.recording_cpu_share, "{:.1%}"),
)


def markdown(result: Result) -> str:
    """The contenders' table, the goals' table, and how they were measured."""
    return "\n".join([*_contenders(result), "", *_goals(result), "", *_method(result)]) + "\n"


def _contenders(result: Result) -> list[str]:
    heads = [head for workload in WORKLOADS for head in (f"{workload} req/s", "CPU us")]
    rows = [row_of(["generator", *heads, "RSS MB"]), "|---" + "|---:" * (len(heads) + 1) + "|"]
    lines = {(line.contender, line.workload): line for line in result.lines}
    for contender in sorted({line.contender for line in result.lines}, key=CONTENDERS.index):
        cells = [cell for workload in WORKLOADS for cell in _cells(lines.get((contender, workload)))]
        rss_mb = max(line.rss_mb for line in result.lines if line.contender == contender)
        rows.append(row_of([contender, *cells, f"{rss_mb:.0f}"]))
    return rows


def _cells(line: Line | None) -> list[str]:
    if line is None:
        return [_NONE, _NONE]
    mark = LIMIT if line.is_at_the_servers_limit else ""
    return [f"{line.requests_per_s:,.0f}{mark}", f"{line.cpu_us_per_request:.1f}"]


def _goals(result: Result) -> list[str]:
    rows = [row_of(["figure", "goal", "measured", ""]), "|---|---:|---:|---|"]
    for goal in GOALS:
        value = goal.figure(result)
        told = "not measured" if value is None else goal.form.format(value)
        met = "" if value is None else "met" if goal.is_met(value) else "missed"
        rows.append(row_of([goal.name, f"{goal.sign} {goal.form.format(goal.bound)}", told, met]))
    return rows


def _method(result: Result) -> list[str]:
    medians = (
        f"Medians of {result.rounds} interleaved rounds of {result.seconds:g} s after {result.warm_up_s:g} s of warm-up, "
        f"{result.connections} connections, {result.cores}; {result.date}, {result.machine}."
    )
    said = [medians]
    if any(line.is_at_the_servers_limit for line in result.lines):
        said.append(f"{LIMIT.strip()}: the server's core was full, so the rate is its limit and not the generator's.")
    said += [
        f"Of {contender}'s CPU us per request the kernel takes "
        + ", ".join(f"{line.kernel_us_per_request:.1f} in {line.workload}" for line in lines)
        + "."
        for contender in (SPRINGTIDE, FAST_HTTP)
        if (lines := [line for line in result.lines if line.contender == contender])
    ]
    if result.purchases is not None:
        bought = result.purchases
        said.append(
            f"Purchases in all rounds of W3: {bought.confirmed:,} confirmed by Springtide's record, "
            f"{bought.paid_at_server:,} paid at the server, {bought.otherwise:,} ended otherwise."
        )
    if result.first_content_saturated is not None:
        busy = result.first_content_saturated
        said.append(
            f"First content at full speed ({busy.streams_per_s:,.0f} streams/s) was read {busy.p50_ms:.2f} ms (p99 "
            f"{busy.p99_ms:.2f} ms) after its write: a full core has a queue."
        )
    for what, late in (("one request", result.lateness), ("a whole purchase", result.lateness_purchases)):
        if late is not None:
            seen = f", as the server saw it p99 {late.server_p99_ms:.2f} ms" if late.server_p99_ms is not None else ""
            said.append(
                f"Lateness of {late.wishes_per_s:,.0f} arrivals/s of {what} each: p50 {late.p50_ms:.2f} ms, p99 "
                f"{late.p99_ms:.2f} ms{seen}; {late.arrivals:,} were begun and {late.dropped:,} dropped."
            )
    if result.memory is not None:
        said.append(
            f"Memory was watched for {result.memory.minutes:g} min at {result.memory.requests_per_s:,.0f} req/s."
        )
    return [*said, *result.notes]


def row_of(cells: list[str]) -> str:
    """A row of a Markdown table."""
    return "| " + " | ".join(cells) + " |"
