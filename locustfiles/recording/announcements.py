"""What the target announced of its limits, kept as numbers: by step and header how often it was seen, first, last, lowest, highest.

Looked at is one answer of each step, outcome and reason between two cuts of the recorder: announcements repeat, and reading all headers
of every answer would cost the generator a tenth of its speed. So ``n`` counts the answers looked at, not those that were sent.

Bounded: the names are a closed set (``protocols.announced``), and beyond ``MAX_STEPS`` steps nothing new is kept.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from locustfiles.protocols.announced import announced_in
from reports.run_record.schema import AnnouncedRow

MAX_STEPS = 32


@dataclass(slots=True)
class _Seen:
    n: int
    first: float
    last: float
    lowest: float
    highest: float


class Announcements:
    """Sums up what was announced; a worker's since its last cut, or the whole run's on the master."""

    def __init__(self) -> None:
        """Nothing was announced."""
        self._seen: dict[str, dict[str, _Seen]] = {}

    def note(self, step: str, headers: Mapping[str, str]) -> None:
        """Take in the headers of one answer to a step."""
        if headers:
            self.add(
                [
                    AnnouncedRow(step, name, 1, value, value, value, value)
                    for name, value in announced_in(headers).items()
                ]
            )

    def add(self, rows: Iterable[AnnouncedRow]) -> None:
        """Take in sums that came later than those here."""
        for row in rows:
            names = self._seen.get(row.step)
            if names is None:
                if len(self._seen) >= MAX_STEPS:
                    continue
                names = self._seen[row.step] = {}
            known = names.get(row.name)
            if known is None:
                names[row.name] = _Seen(row.n, row.first, row.last, row.lowest, row.highest)
                continue
            known.n += row.n
            known.last = row.last
            known.lowest, known.highest = min(known.lowest, row.lowest), max(known.highest, row.highest)

    def rows(self) -> list[AnnouncedRow]:
        """The sums, by step and name."""
        return [
            AnnouncedRow(step, name, seen.n, seen.first, seen.last, seen.lowest, seen.highest)
            for step, names in sorted(self._seen.items())
            for name, seen in sorted(names.items())
        ]
