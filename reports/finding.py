"""What one way of judging found about one objective: the verdict with its numbers, and how it came about."""

from dataclasses import dataclass

from reports.error_budget import Budget
from reports.explain import Explanation
from reports.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Finding:
    """Verdict, reason and numbers; ``value``, ``low``, ``high`` and ``margin`` are in ``unit``, None = not known."""

    verdict: Verdict
    sentence: str
    unit: str
    explain: Explanation
    value: float | None = None
    low: float | None = None
    high: float | None = None
    margin: float | None = None
    n: int = 0
    bad: int = 0
    bad_share_low: float | None = None
    bad_share_high: float | None = None
    phi: float = 1.0
    budget: Budget | None = None


def undecided(sentence: str, unit: str) -> Finding:
    """Data that is absent: INCONCLUSIVE, with what is missing."""
    lines = [
        f"Nothing could be judged: {sentence}.",
        "Absence of data is never a pass, so the verdict is INCONCLUSIVE.",
    ]
    return Finding(Verdict.INCONCLUSIVE, sentence, unit, Explanation(method="none", lines=lines))
