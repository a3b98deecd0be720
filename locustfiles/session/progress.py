"""The one live line of a run: what is offered, confirmed and refused, how often shoppers ask, how late the generator is.

Pure: values in, text out. On a terminal the line rewrites itself; elsewhere it is printed every few seconds.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from reports.run_record.outcome import ORDER, Outcome
from reports.run_record.schema import Batch, HealthRow, SecondRow

WINDOW_S = 5
"""Rates in the line are means over the last seconds, so that they can be read."""
PLAIN_EVERY_S = 5
"""Without a terminal, one line every so many seconds."""


@dataclass(slots=True)
class Progress:
    """What the line shows, fed with batches; its counts are those of the run record."""

    duration_s: float
    is_terminal: bool
    load: str = "offered"
    """What the scheduled wishes are called: ``begun`` in a closed model, where no curve offers any."""
    served: str = "confirmed"
    """What the wishes that ended well are called: a journey of one's own may confirm nothing."""
    _confirmed: deque[int] = field(default_factory=lambda: deque(maxlen=WINDOW_S))
    _refused: deque[int] = field(default_factory=lambda: deque(maxlen=WINDOW_S))
    _ended: deque[int] = field(default_factory=lambda: deque(maxlen=WINDOW_S))
    _offered: deque[int] = field(default_factory=lambda: deque(maxlen=WINDOW_S))
    _wishes: deque[int] = field(default_factory=lambda: deque(maxlen=WINDOW_S))
    _prompts: deque[int] = field(default_factory=lambda: deque(maxlen=WINDOW_S))
    _lateness_us: int = 0
    _in_flight: int = 0
    _dropped: int = 0
    _printed: int = 0

    def add(self, batches: Sequence[Batch]) -> None:
        """Take what all workers saw in one second."""
        rows = [row for batch in batches for row in batch.outcomes if row.step == ORDER]
        self._confirmed.append(sum(row.n for row in rows if Outcome(row.outcome).is_good))
        self._refused.append(sum(row.n for row in rows if Outcome(row.outcome).is_refused))
        self._ended.append(sum(row.n for row in rows))
        purchases = [row for batch in batches for row in batch.purchases]
        self._wishes.append(len(purchases))
        self._prompts.append(sum(row.prompts for row in purchases))
        seconds: list[SecondRow] = [row for batch in batches for row in batch.seconds]
        self._offered.append(sum(row.scheduled for row in seconds))
        self._dropped += sum(row.dropped for row in seconds)
        health: list[HealthRow] = [row for batch in batches for row in batch.health]
        if health:
            self._lateness_us = max(row.lateness_p99_us for row in health)
            self._in_flight = sum(row.in_flight for row in health)

    def line(self, elapsed_s: float, standing: str = "") -> str:
        """The line for ``elapsed_s`` seconds into the run; ``standing``: what goes on, in a clause."""
        ended = sum(self._ended)
        refused = f"{100 * sum(self._refused) / ended:.1f} %" if ended else "-"
        dropped = f"  dropped {self._dropped}" if self._dropped else ""
        return (
            f"{min(elapsed_s, self.duration_s):3.0f} s of {self.duration_s:.0f} s"
            f"  {self.load} {_rate(self._offered)}/s"
            f"  {self.served} {_rate(self._confirmed)}/s"
            f"  refused {refused}{self._amplification()}"
            f"  in flight {self._in_flight}"
            f"  generator late {self._lateness_us / 1000:.1f} ms{dropped}"
            f"{standing and '  ' + standing}"
        )

    def _amplification(self) -> str:
        """Chat attempts of the wishes that ended over those wishes, when shoppers ask more than once."""
        wishes, prompts = sum(self._wishes), sum(self._prompts)
        return f"  attempts x{prompts / wishes:.2f}" if prompts > wishes > 0 else ""

    def news(self, sentences: Sequence[str]) -> str:
        """What to write when something begins or ends: a line each, which stays."""
        rewind = "\r\x1b[2K" if self.is_terminal else ""
        return "".join(f"{rewind}{one[0].upper()}{one[1:]}.\n" for one in sentences)

    def text(self, elapsed_s: float, standing: str = "") -> str:
        """What to write to the output in this second, "" when nothing."""
        if self.is_terminal:
            return f"\r\x1b[2K{self.line(elapsed_s, standing)}"
        due = round(elapsed_s) // PLAIN_EVERY_S
        if due <= self._printed:
            return ""
        self._printed = due
        return f"{self.line(elapsed_s, standing)}\n"


def _rate(counts: deque[int]) -> str:
    return f"{sum(counts) / len(counts):.0f}" if counts else "0"
