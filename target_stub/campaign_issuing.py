r"""Whether a campaign hands out cards: its phases, which only move on, and the pause that lies over them.

    announced -> grey -> open -> closed           by the plan's times or by switch; a phase may be left out, none comes back
                   \      /
                    paused                         by any cause of `campaign_pause`; ends when the last cause has gone

Pure but for its own state: time, budget and queue come as a sample. It knows nothing of cards; redeeming is no business of
its own, so that whatever happens here, a card that is out can be spent.
"""

from enum import StrEnum
from typing import Final

import msgspec

from target_stub.campaign_pause import NO_CAUSE, Cause, PauseRule, PauseSample, causes_after


class Issuing(StrEnum):
    """What the campaign says of itself."""

    ANNOUNCED = "announced"
    GREY = "grey"
    """A grey release: a fixed number of cards, and then sold out."""
    OPEN = "open"
    PAUSED = "paused"
    CLOSED = "closed"


PHASES: Final = (Issuing.ANNOUNCED, Issuing.GREY, Issuing.OPEN, Issuing.CLOSED)
"""In the order in which a campaign goes through them."""
GIVING: Final = frozenset({Issuing.GREY, Issuing.OPEN})


class IssuingPlan(msgspec.Struct, frozen=True, kw_only=True):
    """When a campaign changes its phase by itself, in seconds since its start; None: not by itself."""

    grey_at_s: float | None = None
    opens_at_s: float = 0.0
    closes_at_s: float | None = None
    grey_quota: int = 50_000
    """Cards of the grey release (incident sheet 1.2)."""
    pause: PauseRule = PauseRule()

    def phase_at(self, since_start_s: float) -> Issuing:
        """The phase that the plan has reached."""
        if self.closes_at_s is not None and since_start_s >= self.closes_at_s:
            return Issuing.CLOSED
        if since_start_s >= self.opens_at_s:
            return Issuing.OPEN
        if self.grey_at_s is not None and since_start_s >= self.grey_at_s:
            return Issuing.GREY
        return Issuing.ANNOUNCED


class IssuingState:
    """Where a campaign stands."""

    def __init__(self, plan: IssuingPlan) -> None:
        self.plan = plan
        self.phase = plan.phase_at(0.0)
        self.causes: frozenset[Cause] = NO_CAUSE

    @property
    def told(self) -> Issuing:
        """The phase, or `paused` while a cause holds a campaign that would otherwise give cards."""
        return Issuing.PAUSED if self.causes and self.phase in GIVING else self.phase

    def observe(self, sample: PauseSample) -> bool:
        """Follow the plan and the pause rule; returns whether what is told has changed."""
        before = self.told
        self.phase = max(self.phase, self.plan.phase_at(sample.since_start_s), key=PHASES.index)
        self.causes = causes_after(self.plan.pause, self.causes, sample)
        return self.told is not before

    def switch(self, word: str) -> None:
        """Do what an operator says; raises ValueError with a sentence, changing nothing, for what is not possible.

        `paused` holds the campaign until `open` or `grey` is said; a pause by budget, time or queue outlasts both.
        """
        wanted = self._wanted(word)
        if wanted is Issuing.PAUSED:
            self.causes |= {"switch"}
            return
        self.phase = wanted
        self.causes -= {"switch"}

    def _wanted(self, word: str) -> Issuing:
        if word not in set(Issuing):
            raise ValueError(f"invalid_switch: issuing is {word!r}; give one of {', '.join(Issuing)}")
        wanted = Issuing(word)
        if wanted is Issuing.PAUSED:
            if self.phase not in GIVING:
                raise ValueError(f"invalid_switch: a campaign that is {self.phase} gives no cards and cannot be paused")
        elif PHASES.index(wanted) < PHASES.index(self.phase):
            raise ValueError(f"invalid_switch: a campaign that is {self.phase} cannot be {wanted} again")
        return wanted
