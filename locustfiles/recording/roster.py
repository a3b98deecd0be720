"""What the master knows of one run's workers beside their batches: who is ready, who is left out and why, whose clock is off.

Sentences here end up in front of people: a worker that takes no part is never silent. This module must not know messages.
"""

from dataclasses import dataclass, field

from locustfiles.recording.clock_bounds import MOST_UNCERTAIN_NS, ClockBounds

LOCAL_WORKER = "local"
"""How Locust's local runner calls the one sender that it has."""
_MOST_WORDS = 400
_NAMED = 100
_MS = 1_000_000


@dataclass(slots=True)
class Roster:
    """The workers of one run, by the name under which the master knows them."""

    clocks: dict[str, ClockBounds] = field(default_factory=dict)
    """The workers that are ready, with the bounds of their clocks."""
    left_out: dict[str, str] = field(default_factory=dict)
    """The workers that cannot take part: a sentence each."""
    _late: list[str] = field(default_factory=list)

    def ready(self, worker: str) -> ClockBounds:
        """Note that a worker has built the run; what is known of its clock."""
        return self.clocks.setdefault(worker, ClockBounds())

    def leave_out(self, worker: str, why: str) -> None:
        """Note why a worker cannot take part; ``why`` is a sentence of its own, which may come from elsewhere."""
        if len(self.left_out) < _NAMED:
            who = "" if worker == LOCAL_WORKER else f"Worker {worker} cannot take part. "
            self.left_out[worker] = f"{who}{_bounded(why)}"

    def came_late(self, worker: str) -> str:
        """Note a worker that gets no load, since the run had begun without it; the sentence, "" when it is known already."""
        if worker in self._late or len(self._late) >= _NAMED:
            return ""
        self._late.append(worker)
        return _late_sentence(worker)

    def is_settled(self, worker: str) -> bool:
        """Whether it is known if the worker takes part, and by which clock."""
        return worker in self.left_out or (worker in self.clocks and self.clocks[worker].is_settled)

    def notes(self) -> list[str]:
        """What is worth knowing and no fault of the record, a sentence each."""
        corrected = [
            f"The wall clock of worker {worker} is {clock.offset_ns / _MS:+.1f} ms off the master's, known to "
            f"{clock.uncertain_ns / _MS:.1f} ms; its start is corrected by that."
            for worker, clock in self.clocks.items()
            if clock.offset_ns
        ]
        return [*map(_late_sentence, self._late), *corrected]

    def problems(self) -> list[str]:
        """What makes the record wrong, a sentence each: starts that may lie too far from each other."""
        return [
            f"The wall clock of worker {worker} is off the master's by {clock.low_ns / _MS:.0f} to "
            f"{clock.high_ns / _MS:.0f} ms, and {MOST_UNCERTAIN_NS // _MS} ms either way is the most that a start may be "
            "uncertain: set the clocks of both hosts by NTP."
            for worker, clock in self.clocks.items()
            if clock.offset_ns and clock.uncertain_ns > MOST_UNCERTAIN_NS
        ]


def _late_sentence(worker: str) -> str:
    return f"Worker {worker} came after the run had begun and gets no load; it takes part in the next one."


def _bounded(words: str) -> str:
    plain = "".join(character if character.isprintable() else " " for character in words[:_MOST_WORDS])
    return plain if len(words) <= _MOST_WORDS else f"{plain} ..."
