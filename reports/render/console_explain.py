"""``springtide gate --explain``: how verdicts came about, on a console. Decides nothing."""

from collections.abc import Sequence

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from reports.gate import Report
from reports.render.console import STYLES, measured
from reports.render.plain import plain, words
from reports.slo_fields import SloError, unknown

LINE_LIMIT = 1000


def chosen_name(wanted: str | None, known: Sequence[str]) -> str:
    """The objective to explain, empty for every one. Raises SloError with the nearest name when there is none so called."""
    name = " ".join((wanted or "").split())
    if name and name not in known:
        raise SloError(f"--explain: {name} is {unknown(name, known)}")
    return name


def print_explanations(report: Report, name: str, console: Console) -> None:
    """Write how the verdict on the objective ``name``, or on each of them, came about: numbered sentences."""
    for result in report.objectives:
        if result.explain is None or (name and result.name != name):
            continue
        head = Text.assemble(
            "\n", words(result.name, "bold"), ": ", words(result.target), ", measured ", words(measured(result)), ": ",
            (result.verdict.value, STYLES[result.verdict]),
        )  # fmt: skip
        console.print(head)
        for number, line in enumerate(result.explain.lines, start=1):
            console.print(Padding(Text(f"{number}. {plain(line, LINE_LIMIT)}"), (0, 0, 0, 2), expand=False))
