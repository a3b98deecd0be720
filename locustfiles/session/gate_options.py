"""What judges a run and what ends a hopeless one: the options ``--gate``, ``--require``, ``--abort-on`` and ``--warm-up``.

The first three take several, repeated or parted by ``;``, since an option of Locust is one text: on the command line, in ``[tool.locust]`` and in
the web form. The generator does not read objectives; ``reports.slo_check`` is asked whether they can be judged.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from locustfiles.session.options import Option, UnusableError, optional, span_s

EXAMPLE = "pay.step_ms: p(99) < 2s"
_PARTED_BY = ";"
_SIGNS = frozenset("<>=")


@dataclass(frozen=True, slots=True)
class Gate:
    """What a run is judged by, and what may end it early; the lines are as they were given."""

    slos: tuple[Path, ...] = ()
    lines: tuple[str, ...] = ()
    abort_on: tuple[str, ...] = ()
    warm_up_s: float = 0.0
    """Seconds from the start that objectives leave out."""

    @property
    def words(self) -> list[str]:
        """The arguments of ``springtide gate`` that say the same; what ended a run early, the run itself says."""
        return [
            *(word for slo in self.slos for word in ("--slo", str(slo))),
            *(word for line in self.lines for word in ("--require", line)),
        ]

    @property
    def checked_words(self) -> list[str]:
        """The arguments of ``reports.slo_check`` that ask whether all of it can be judged."""
        said = [*(("--require", line) for line in self.lines), *(("--abort-on", line) for line in self.abort_on)]
        return [*map(str, self.slos), *(word for pair in said for word in pair)]

    @property
    def recorded(self) -> dict[str, str]:
        """The options as the manifest names them: files by their names."""
        return {
            "gate": f"{_PARTED_BY} ".join([*(slo.name for slo in self.slos), *self.lines]),
            "abort_on": f"{_PARTED_BY} ".join(self.abort_on),
            "warm_up": f"{self.warm_up_s:g}s" if self.warm_up_s else "",
        }

    @property
    def state(self) -> tuple[object, ...]:
        """What a check's answer depends on: the lines, and each file as it is now."""
        return self, *(slo.stat().st_mtime_ns for slo in self.slos)


def parts_of(text: str) -> tuple[str, ...]:
    """What an option of several holds."""
    return tuple(part.strip() for part in text.split(_PARTED_BY) if part.strip())


def _read_gate(text: str, default: Path) -> Gate:
    files, lines = [], []
    for part in parts_of(text):
        if Path(part).is_file():
            files.append(Path(part))
        elif ":" in part and _SIGNS & set(part):
            lines.append(part)
        else:
            raise UnusableError(
                f"{part!r} is not a file. Give the path of an SLO file, or an objective on one line as in {EXAMPLE!r}."
            )
    return Gate(tuple(files), tuple(lines)) if files or lines else Gate((default,))


def gate_options(default: Path) -> tuple[Option, ...]:
    """The options of a scenario that ``default`` judges when nothing else is asked for."""
    return (
        Option(
            "--gate",
            "",
            "What judges the run, so that Locust's exit code is the verdict: SLO files, objectives on one line, or both; parted by ; or "
            f"given again. Empty = reports/slos/{default.name}.",
            lambda text: _read_gate(text, default),
            alias="--slo",
            is_several=True,
        ),
        Option(
            "--require",
            "",
            f"Objectives on one line, such as '{EXAMPLE}', beside those of --gate; parted by ; or given again.",
            parts_of,
            is_several=True,
        ),
        Option(
            "--abort-on",
            "",
            "Objectives on one line, as of --require, that end the run as soon as it has proven one of them missed; parted by ; or given "
            "again. Empty = none.",
            parts_of,
            is_several=True,
        ),
        Option(
            "--warm-up",
            "",
            "How long from the start objectives leave out, while caches fill and connections open: declared before the run, so that no "
            "result chooses it. Takes a span such as 30s; empty = nothing is left out.",
            optional(span_s),
        ),
    )


def gate_of(values: Mapping[str, Any]) -> Gate:
    """What the four options say together; a warm-up that could not be read is none."""
    asked: Gate = values["gate"]
    lines, warm_up_s = (*asked.lines, *values["require"]), values.get("warm_up") or 0.0
    return replace(asked, lines=lines, abort_on=values["abort_on"], warm_up_s=warm_up_s)


def warm_up_mistake(warm_up_s: float, duration_s: float) -> str:
    """What is wrong with a warm-up of a run that lasts so long, 0 = until somebody ends it; empty when nothing is."""
    if not duration_s or warm_up_s < duration_s:
        return ""
    return f"--warm-up {warm_up_s:g}s leaves nothing to judge of a run of {duration_s:g} s: give a shorter warm-up or a longer run."


def read_gate(options: Sequence[Option], parsed: Mapping[str, Any], wrong: list[str]) -> Gate | None:
    """The same from Locust's parsed options; None, with a sentence in ``wrong`` for every mistake, when it cannot be read."""
    values: dict[str, Any] = {}
    for option in options:
        text = option.text_in(parsed)
        try:
            values[option.name] = option.read(text)
        except ValueError as error:
            wrong.append(option.mistake(text, error))
    return None if wrong else gate_of(values)


def told(mistake: str) -> str:
    """The checker's sentence with the option that it is about."""
    return mistake if mistake.startswith("--") else f"--gate: {mistake}"
