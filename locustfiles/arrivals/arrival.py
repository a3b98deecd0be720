"""One intended start of a shopper's wish."""

from typing import NamedTuple


class Arrival(NamedTuple):
    """A scheduled wish: its place in the whole run's schedule and when it should start.

    ``index`` is unique over all workers; ``intended_ns`` counts from the run's start (second 0 of the curve).
    """

    index: int  # type: ignore[assignment]  # the field of the design's vocabulary; nobody searches an arrival as a tuple
    intended_ns: int
