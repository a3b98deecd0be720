"""`python -m benchmarks.doors`: nine techniques at the same surge, in virtual time; prints and writes the comparison."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from benchmarks.doors.door_table import drawing, markdown, pasted
from benchmarks.doors.results import Result, line_of, write
from benchmarks.doors.surge import STEPS, Surge
from benchmarks.doors.techniques import TECHNIQUES, WISHES_PER_S, Technique

ROOT: Final = Path(__file__).resolve().parents[2]
RESULT: Final = ROOT / "benchmarks" / "results" / "doors.json"
DRAWING: Final = RESULT.with_suffix(".svg")
README: Final = ROOT / "README.md"
SEED: Final = 1


def compare(seed: int, techniques: Sequence[Technique] = TECHNIQUES) -> Result:
    """Run each technique at the surge of a seed."""
    lines = []
    for technique in techniques:
        surge = Surge(technique, seed)
        surge.run()
        lines.append(line_of(technique.name, surge))
    offered = [factor * WISHES_PER_S for duration_s, factor in STEPS for _ in range(round(duration_s))]
    return Result(seed, WISHES_PER_S, offered, lines)


def main() -> int:
    """Compare, write result, drawing and the README's table, and print the table."""
    result = compare(SEED)
    write(result, RESULT)
    DRAWING.write_text(drawing(result), encoding="utf-8")
    table = markdown(result)
    README.write_text(pasted(README.read_text(encoding="utf-8"), table), encoding="utf-8")
    print(table, end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
