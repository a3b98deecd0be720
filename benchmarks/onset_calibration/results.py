"""What a calibration gives: figures by rate and share, the goals that they are held to, and their JSON form."""

from pathlib import Path

import msgspec

from reports.run_record.schema import to_json

RESULT = Path(__file__).resolve().parents[1] / "results" / "onset.json"
FALSE_ALARM = 0.01
FALSE_ALARM_WITH_BLIPS = 0.05
SHORTEST_DELAY_S, DELAY_REFUSALS = 4.0, 15.0
"""The median delay is at most max(4 s, 15 / m), m = rate x share: the mean time to so many refusals."""
SMALLEST_ERROR_S, ERROR_REFUSALS = 1.0, 8.0
"""Nine in ten onsets are at most max(1 s, 8 / m) off."""
COVERAGE = 0.90
LIVE_CPU_SHARE = 0.01
"""Of a core, for watching a run of 10,000 outcomes/s while it goes on."""
DETECTED = 0.99


class Calm(msgspec.Struct, frozen=True):
    """Runs without an onset."""

    rate: float
    """Wishes a second; of a ramp, on average."""
    load: str
    runs: int
    false_alarm: float
    """Share of the runs with an episode of any signal."""

    @property
    def allowed(self) -> float:
        """The goal."""
        return FALSE_ALARM_WITH_BLIPS if "blips" in self.load else FALSE_ALARM

    @property
    def misses(self) -> list[str]:
        """The goals that are missed."""
        return [f"{self.rate:g}/s, {self.load}: false alarms"] if self.false_alarm > self.allowed else []


class Cell(msgspec.Struct, frozen=True):
    """Runs whose refused share rises by ``share`` at a known second."""

    rate: float
    share: float
    false_alarm: float
    """Of calm runs at this rate, constant or ramped: the worse of the two."""
    detected: float
    """Of episodes that last long enough for 60 refusals, and hold as many."""
    delay_median_s: float
    """From the onset to the alarm."""
    onset_error_p90_s: float
    """Nine in ten dates are at most so far from the onset."""
    coverage: float
    """How often the 95 % set holds the onset."""
    runs: int
    """Runs whose share stays high, of which delay, error and coverage are."""
    episodes: int
    """Episodes that ``detected`` is a share of."""

    @property
    def per_s(self) -> float:
        """m, refusals a second above what is tolerated."""
        return self.rate * self.share

    @property
    def longest_delay_s(self) -> float:
        """The goal of the median delay."""
        return max(SHORTEST_DELAY_S, DELAY_REFUSALS / self.per_s)

    @property
    def largest_error_s(self) -> float:
        """The goal of the onset's error."""
        return max(SMALLEST_ERROR_S, ERROR_REFUSALS / self.per_s)

    @property
    def misses(self) -> list[str]:
        """The goals that are missed."""
        checks = {
            "false alarms": self.false_alarm <= FALSE_ALARM,
            "detection": self.detected >= DETECTED,
            "delay": self.delay_median_s <= self.longest_delay_s,
            "onset error": self.onset_error_p90_s <= self.largest_error_s,
            "coverage": self.coverage >= COVERAGE,
        }
        return [f"{self.rate:g}/s, {self.share:.1%}: {name}" for name, is_met in checks.items() if not is_met]


class Result(msgspec.Struct, frozen=True):
    """A whole calibration."""

    seed: int
    seconds: int
    """Length of a run."""
    tolerated_share: float
    cells: list[Cell]
    calm: list[Calm]
    live_cpu_share: float | None = None
    """CPU seconds per second that watching a run of 10,000 outcomes/s costs the generator; None = not measured."""

    @property
    def misses(self) -> list[str]:
        """The goals that are missed, a clause each."""
        live = self.live_cpu_share
        cost = ["cost of the live detector"] if live is not None and live >= LIVE_CPU_SHARE else []
        return (
            cost
            + [miss for cell in self.cells for miss in cell.misses]
            + [miss for one in self.calm for miss in one.misses]
        )


def write(result: Result, path: Path) -> None:
    """Write the result as JSON."""
    path.write_bytes(to_json(result))


def read(path: Path) -> Result:
    """Read a result back."""
    return msgspec.json.decode(path.read_bytes(), type=Result)
