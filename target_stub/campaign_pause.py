r"""When a campaign stops handing out cards: by budget, by time, by the length of a queue, or by switch.

Pure: what holds the campaign paused is a function of the rule, of what held it before, and of one sample. Each cause is on
its own: the campaign gives cards again when the last one has gone. Pausing is admission control at the campaign's door:
a card that is not given is a shopper who does not come to the shop with it.

    queue length   ......high.............      paused from `high` on
                        /     \                and until it is at `low`: between the two, what was stays,
                   .low/.......\low.......      so that a queue that trembles does not switch the campaign on and off
"""

from collections.abc import Set as AbstractSet
from typing import Final, Literal

import msgspec

Cause = Literal["budget", "time", "queue", "switch"]
NO_CAUSE: Final[frozenset[Cause]] = frozenset()


class PauseRule(msgspec.Struct, frozen=True, kw_only=True):
    """When to pause; what is None never does. Times in seconds since the campaign's start, budget as a share of it."""

    budget_share: float | None = None
    from_s: float | None = None
    until_s: float | None = None
    """None with `from_s` given: for good."""
    queue_high: int | None = None
    queue_low: int | None = None
    """None: half of `queue_high`."""

    @property
    def queue_resumes_at(self) -> int:
        """The longest queue with which a pause by queue length ends."""
        return (self.queue_high or 0) // 2 if self.queue_low is None else self.queue_low


class PauseSample(msgspec.Struct, frozen=True, gc=False):
    """What the rule looks at, at one instant."""

    since_start_s: float
    budget_share: float
    """Of the budget, the share that is spent or promised to cards that are out."""
    queue: int


def causes_after(rule: PauseRule, causes: AbstractSet[Cause], sample: PauseSample) -> frozenset[Cause]:
    """What holds the campaign paused after a sample; `switch` is the operator's and stays as it was."""
    held: set[Cause] = {"switch"} if "switch" in causes else set()
    if rule.budget_share is not None and sample.budget_share >= rule.budget_share:
        held.add("budget")
    until_s = float("inf") if rule.until_s is None else rule.until_s
    if rule.from_s is not None and rule.from_s <= sample.since_start_s < until_s:
        held.add("time")
    if rule.queue_high is not None:
        limit = rule.queue_resumes_at + 1 if "queue" in causes else rule.queue_high
        if sample.queue >= limit:
            held.add("queue")
    return frozenset(held)
