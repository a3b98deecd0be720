"""What judging and rendering a long run cost, its goals, and its JSON file."""

from pathlib import Path

import msgspec

GATE_GOAL_S, GATE_GOAL_MB = 10.0, 1024.0
RENDER_GOAL_S, PAGE_GOAL_MB = 20.0, 5.0


class Result(msgspec.Struct, frozen=True):
    """One measurement. MB of memory are MiB, MB of the page are millions of bytes."""

    gate_s: float
    """From the start of the command to its end, with everything that it imports."""
    gate_rss_mb: float
    """The most memory that the command held at once."""
    gate_cpu_s: float
    """Processor time of the same; above ``gate_s`` where it used two cores, below where others used them."""
    gate_exit_code: int
    render_s: float | None
    """None: not measured."""
    page_mb: float | None
    orders: int
    seconds: int
    run_mb: float
    write_s: float | None
    """What writing the run took; None when an older one was used."""
    machine: str
    date: str


def missed(found: Result) -> list[str]:
    """A sentence for every goal that is not reached, and for what was not measured."""
    goals = (
        ("the gate took", found.gate_s, GATE_GOAL_S, "s"),
        ("the gate held", found.gate_rss_mb, GATE_GOAL_MB, "MB"),
        ("the page took", found.render_s, RENDER_GOAL_S, "s"),
        ("the page weighs", found.page_mb, PAGE_GOAL_MB, "MB"),
    )
    sentences = [
        f"{what} {value:,.1f} {unit}, at most {goal:,.0f} are allowed"
        for what, value, goal, unit in goals
        if value is not None and value > goal
    ]
    return sentences if found.render_s is not None else [*sentences, "the page was not measured"]


def write(found: Result, path: Path) -> None:
    """Write it for people and machines."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=2) + b"\n")
