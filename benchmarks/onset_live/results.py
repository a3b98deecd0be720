"""What the live runs gave: a row each, and their JSON form."""

from pathlib import Path
from typing import Final

import msgspec

from reports.run_record.schema import to_json

RESULT: Final = Path(__file__).resolve().parents[1] / "results" / "onset-live.json"
LARGEST_ERROR_S: Final = 1.0


class Row(msgspec.Struct, frozen=True):
    """One live run; seconds from its start, None = no onset."""

    technique: str
    voice: str
    load: str
    seed: int
    signal: str
    """``refused`` or ``queued``; empty without an onset."""
    reported_s: int | None
    true_s: float | None
    """Of the stub's truth log."""
    offered_per_s: float | None
    turned_away_per_s: float | None
    """m: by the truth log, in the ten seconds from the true onset on."""

    @property
    def key(self) -> tuple[str, str, str]:
        """Which case it is of."""
        return self.technique, self.voice, self.load

    def with_rate(self, per_s: float) -> "Row":
        """The same with m."""
        return msgspec.structs.replace(self, turned_away_per_s=per_s)

    @property
    def off_s(self) -> float:
        """How far the truth lies outside the reported second: 0 within it, negative when the report is early; 0 without both."""
        if self.reported_s is None or self.true_s is None:
            return 0.0
        return max(self.reported_s - self.true_s, 0.0) + min(self.reported_s + 1 - self.true_s, 0.0)

    @property
    def allowed_s(self) -> float:
        """A second, or the mean wait 1/m for the first refusal where that is longer."""
        return max(LARGEST_ERROR_S, 1 / self.turned_away_per_s) if self.turned_away_per_s else LARGEST_ERROR_S

    @property
    def is_right(self) -> bool:
        """Whether the report agrees with the truth."""
        if self.reported_s is None or self.true_s is None:
            return self.reported_s is None and self.true_s is None
        return abs(self.off_s) <= self.allowed_s


class Result(msgspec.Struct, frozen=True):
    """The rows that have been measured."""

    rows: list[Row] = []

    def with_row(self, row: Row) -> "Result":
        """The same with a row, which takes the place of the one of its case."""
        return Result([*(one for one in self.rows if one.key != row.key), row])


def write(result: Result, path: Path) -> None:
    """Write the result as JSON."""
    path.write_bytes(to_json(result))


def read(path: Path) -> Result:
    """Read a result back; empty when there is none."""
    return msgspec.json.decode(path.read_bytes(), type=Result) if path.is_file() else Result()
