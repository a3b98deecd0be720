"""A capacity review on a console, for readers who know no statistics. Decides nothing."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from reports.capacity_review import CapacityReview, Held, PeakAnswer
from reports.render.console import STYLES, labelled
from reports.render.plain import words
from reports.run_capacity import RunCapacity


def print_review(answer: CapacityReview, console: Console) -> None:
    """Write the whole review: question, what binds, what replicas hold, the peaks, what is missing, every input."""
    console.print(
        Text.assemble((answer.verdict.value, STYLES[answer.verdict]), words(f"  capacity for {answer.question}"))
    )
    console.print(labelled("What binds", answer.binding_sentence))
    for one in answer.held:
        console.print(labelled(_replicas(one.replicas), held_line(one)))
    if answer.best_replicas is not None:
        console.print(
            labelled("Too many", f"beyond {answer.best_replicas:,.0f} replicas one more would lower the whole")
        )
    if answer.hysteresis:
        console.print(
            labelled(
                "Once overloaded",
                f"shoppers were refused or kept waiting until the load was {answer.hysteresis:.0%} lower than at the beginning",
            )
        )
    if answer.peaks:
        console.print(_peak_table(answer.peaks))
        console.print(
            words(
                "  worst second: the peak and its chance. needed: without the spare. 9 in 10: in nine of ten cases the true number lies "
                "there. order: with the spare."
            )
        )
    for sentence in dict.fromkeys(peak.sentence for peak in answer.peaks if peak.sentence):
        console.print(labelled("Not known", sentence))
    for sentence in answer.missing:
        console.print(labelled("Missing", sentence, "bold yellow"))
    console.print(_input_table(answer))
    console.print(_run_table(answer.runs))


def _replicas(count: int) -> str:
    return "1 replica" if count == 1 else f"{count} replicas"


def held_line(one: Held) -> str:
    """What so many replicas hold, measured or predicted."""
    if one.measured:
        runs = "1 run" if one.runs == 1 else f"{one.runs} runs, {one.low:,.1f} to {one.high:,.1f}"
        return f"held {one.per_s:,.1f} good orders/s together ({runs})"
    if one.low is None:
        return (
            f"would hold {one.per_s:,.1f} good orders/s by the law of these runs; too few runs to say how sure that is"
        )
    return f"would hold {one.low:,.1f} to {one.high:,.1f} good orders/s by the law of these runs (95 % sure)"


def _table(*columns: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for column in columns:
        table.add_column(column, justify="left" if column in ("run", "input", "where from", "full first") else "right")
    return table


def _peak_table(peaks: list[PeakAnswer]) -> Table:
    table = _table("peak", "prompts an order", "orders/s", "worst second", "needed", "9 in 10", "order")
    for peak in peaks:
        table.add_row(
            f"{peak.peak_to_mean:g} x mean",
            "as in the runs" if peak.prompts_per_order is None else f"{peak.prompts_per_order:g}",
            f"{peak.rate_per_s:,.0f}",
            f"{peak.design_per_s:,.0f}",
            needed(peak),
            "not known" if peak.low is None or peak.high is None else f"{peak.low:,} to {peak.high:,}",
            "not known" if peak.total is None else f"{peak.total:,}",
        )
    return table


def needed(peak: PeakAnswer) -> str:
    """The replicas before the spare, or the least that it can be, or that nobody knows."""
    if peak.replicas is not None:
        return f"{peak.replicas:,}"
    return "not known" if peak.at_least is None else f"at least {peak.at_least:,}"


def _input_table(answer: CapacityReview) -> Table:
    table = _table("input", "value", "where from")
    for one in answer.inputs:
        table.add_row(words(one.name), words(one.value), words(one.source))
    return table


def _run_table(runs: list[RunCapacity]) -> Table:
    table = _table("run", "replicas", "good orders/s", "95 % within the run", "full first")
    for one in runs:
        said = one.capacity_per_s is not None
        table.add_row(
            words(one.run),
            f"{one.replicas}",
            f"{one.capacity_per_s:,.1f}" if said else "none",
            f"{one.low:,.1f} to {one.high:,.1f}" if said else "",
            words(one.station or "not known") if said else words(f"left out: {one.why_not}"),
        )
    return table
