"""Finds the run that a command names: a directory, or ``latest``; and the objectives that a run names."""

from pathlib import Path

from reports.run_record.run_directory import Run, RunError, open_run

RUNS = Path("runs")
LATEST = "latest"
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


def own_slo_of(run: Run) -> Path | None:
    """The SLO file of Springtide that the run was made with, by its recorded name; None when it was another file or none."""
    named = run.manifest.arguments.get("slo")
    found = SLOS / Path(str(named)).name
    return found if named and found.is_file() else None
