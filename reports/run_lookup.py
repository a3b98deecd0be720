"""Finds the run that a command names: a directory, or ``latest``; and the objectives that a run names."""

from pathlib import Path

from reports.run_record.run_directory import Run, RunError, open_run

RUNS = Path("runs")
LATEST = "latest"
GATES_PARTED_BY = ";"
"""Parts the files and one-liners of one option."""
SLOS = Path(__file__).with_name("slos")


def find_run(name: str, runs: Path = RUNS) -> Run:
    """The run at path ``name``; ``latest`` = ``runs/latest`` when it exists, else the newest run below ``runs``.

    The newest is the last by name, since a run's name begins with its UTC start. Raises RunError with one sentence.
    """
    return open_run(_latest(runs) if name == LATEST and not Path(name).exists() else Path(name))


def _latest(runs: Path) -> Path:
    if (runs / LATEST).exists():
        return runs / LATEST
    found = sorted(path.parent for path in runs.glob("*/manifest.json"))
    if not found:
        msg = f"There is no run in {runs.resolve()}: make one first, or give the path of a run directory."
        raise RunError(msg)
    return found[-1]


def own_gate_of(run: Run) -> tuple[list[Path], list[str]]:
    """The SLO files of Springtide and the one-liners that the run was made with, by its recorded options; others' files are not known."""
    given = run.manifest.arguments
    named = [part.strip() for name in ("gate", "slo") for part in str(given.get(name) or "").split(GATES_PARTED_BY)]
    found = {part: SLOS / Path(part).name for part in dict.fromkeys(named) if part}
    slos = [path for path in found.values() if path.is_file()]
    return slos, [part for part, path in found.items() if not path.is_file() and ":" in part]
