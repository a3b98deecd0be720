"""How far a worker's wall clock is from the master's: bounds that hold whatever a message's way takes.

A question leaves the master at ``sent``, is answered with the worker's clock ``there`` and is back at ``back``, master's
clock. The worker read its clock somewhere between, so its offset lies in [there - back, there - sent]. Each further question narrows
the bounds, never widens them.
"""

from dataclasses import dataclass

QUESTIONS = 3
"""One slow answer is usual on a busy machine, three are not."""
MOST_UNCERTAIN_NS = 50_000_000
"""How much of a start may be unknown: beyond it seconds of different workers do not lie on each other."""


@dataclass(slots=True)
class ClockBounds:
    """The bounds of one worker's offset (its wall clock minus the master's), in nanoseconds."""

    answers: int = 0
    low_ns: int = 0
    high_ns: int = 0

    def add(self, sent_ns: int, there_ns: int, back_ns: int) -> None:
        """Take in one answer; clocks that jump between two questions leave the later bounds."""
        low_ns, high_ns = there_ns - back_ns, there_ns - sent_ns
        if self.answers and max(low_ns, self.low_ns) <= min(high_ns, self.high_ns):
            low_ns, high_ns = max(low_ns, self.low_ns), min(high_ns, self.high_ns)
        self.low_ns, self.high_ns = low_ns, high_ns
        self.answers += 1

    @property
    def is_settled(self) -> bool:
        """Whether enough questions have been answered."""
        return self.answers >= QUESTIONS

    @property
    def offset_ns(self) -> int:
        """What to add to an instant of the master's wall clock; 0 when both clocks may well be equal."""
        return 0 if self.low_ns <= 0 <= self.high_ns else (self.low_ns + self.high_ns) // 2

    @property
    def uncertain_ns(self) -> int:
        """How far the offset may be from the truth."""
        return (self.high_ns - self.low_ns + 1) // 2
