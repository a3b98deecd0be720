"""How a verdict came about, in sentences that a reader without statistics follows, with each number.

Numbers in, sentences out; the judges call it with what they computed. This module must not know runs or objectives.
"""

import math

import msgspec
import numpy as np
from numpy.typing import NDArray

from reports.error_budget import Budget
from reports.verdict import Interval, ShareJudgement, Verdict

Int64s = NDArray[np.int64]
HARDLY_MORE = 1.01
"""A phi below this is told as none at all."""
WIDE_SHARE = 0.2
"""Of a quantile: an interval that is wider makes the run too short for it."""
SAID_EXACTLY = 10
"""Numbers below this are written with decimals."""


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """Everything needed to say how a verdict came about; fields that a method has no use for keep their defaults."""

    method: str
    """``share test``, ``t interval``, ``exact``, ``onset``, ``audit``, or ``none`` when nothing could be judged."""
    lines: list[str]
    """The reasoning, a sentence or two each, in order."""
    seconds: int = 0
    """Seconds judged, and the first and the last of them."""
    first_second: int | None = None
    last_second: int | None = None
    warm_up_s: float = 0.0
    """Declared before the run."""
    n: int = 0
    """Events judged."""
    bad_min: int = 0
    bad_max: int = 0
    """Bad events at least and at most: a stored latency is known to within 0.8 %."""
    batches: int = 0
    """Equal spans of time whose scatter was looked at."""
    phi: float = 1.0
    """How many dependent events are worth one independent event: the larger of the next two."""
    phi_bad: float = 1.0
    phi_slow: float = 1.0
    n_effective: float = 0.0
    """n / phi."""
    allowed_share: float | None = None
    low: float | None = None
    high: float | None = None
    """The interval that decided, 95 %: of the bad share in a share test, else of the value."""
    margin: float | None = None
    """From the interval's end to the limit, positive where it passes, in the unit of ``low``."""
    events_needed: float | None = None
    """Events that a pass without a bad one takes at this phi."""


def percent(share: float) -> str:
    """A share with three digits that tell."""
    return f"{share * 100:.3g} %"


def amount(value: float, unit: str) -> str:
    """A number with its unit: ms, share, per s, s or a plain count."""
    if math.isinf(value):
        return "beyond an hour or never answered" if unit == "ms" else "without end"
    if unit in ("share", "of capacity"):
        return percent(value) + (" of capacity" if unit == "of capacity" else "")
    number = f"{value:,.0f}" if abs(value) >= SAID_EXACTLY or value == int(value) else f"{value:.3g}"
    return number + {"ms": " ms", "per s": "/s", "s": " s"}.get(unit, "")


def seconds_line(scope: str, seconds: Int64s, warm_up_s: float) -> str:
    """Which seconds and which events were judged."""
    first, last = int(seconds[0]), int(seconds[-1])
    gaps = "" if last - first + 1 == len(seconds) else ", with gaps between"
    cut = f"the warm-up of {warm_up_s:g} s was declared before the run" if warm_up_s else "no warm-up was declared"
    return f"Judged: {scope}, in {len(seconds):,} seconds from {first} to {last}{gaps}; {cut}."


def share_explanation(
    judged: ShareJudgement, target: float, phis: tuple[float, float], batches: int, needed: float, bad_means: str
) -> Explanation:
    """The reasoning of a share test; ``phis`` of bad and of slow events, ``bad_means`` what makes an event bad."""
    allowed, n = 1 - target, judged.n
    counted = f"{judged.bad_max:,}" if judged.bad_min == judged.bad_max else f"{judged.bad_min:,} to {judged.bad_max:,}"
    lines = [
        f"Counted: {n:,} events, {counted} of them bad ({percent(judged.bad_max / n)}). Bad is: {bad_means}.",
        f"Allowed: {percent(allowed)} bad, which is {allowed * n:,.0f} of {n:,}.",
    ]
    if judged.bad_min != judged.bad_max:
        lines[0] += " A latency is stored to within 0.8 %, so some lie on either side of the limit."
    lines.append(_dependence(judged.phi, phis, batches, n))
    lines.append(
        f"So the true share of bad events lies between {percent(judged.low)} and {percent(judged.high)}, with 95 % certainty: "
        "that is how far chance alone can move a count of this size."
    )
    lines.append(_share_decision(judged, allowed, needed))
    nearest = judged.low if judged.verdict is Verdict.FAIL else judged.high
    return Explanation(
        method="share test", lines=lines, n=n, bad_min=judged.bad_min, bad_max=judged.bad_max, batches=batches,
        phi=judged.phi, phi_bad=phis[0], phi_slow=phis[1], n_effective=n / judged.phi, allowed_share=allowed, low=judged.low,
        high=judged.high, margin=allowed - nearest, events_needed=None if math.isinf(needed) else needed,
    )  # fmt: skip


def quantile_line(value_ms: float, low_ms: float, high_ms: float) -> str:
    """The latency at the target, which is shown and does not decide; and whether the run is too short to tell it well."""
    said = f"Shown beside it: the latency at the target is {amount(value_ms, 'ms')}, 95 % from {amount(low_ms, 'ms')} to {amount(high_ms, 'ms')}."
    if math.isfinite(value_ms) and high_ms - low_ms > WIDE_SHARE * value_ms:
        said += f" That is wider than {percent(WIDE_SHARE)} of it: the run is too short to tell it well."
    return said


def _dependence(phi: float, phis: tuple[float, float], batches: int, n: int) -> str:
    how = f"Neighbours share their fate: when one waits, the next waits too. In {batches} equal spans of time"
    if phi < HARDLY_MORE:
        return f"{how} the events scatter no more than independent ones would, so all {n:,} count."
    return (
        f"{how} bad events scatter {phis[0]:.3g} times and slow ones {phis[1]:.3g} times as much as independent ones would. By the larger of "
        f"the two (phi {phi:.3g}) the {n:,} events tell as much as {n / phi:,.0f} independent ones."
    )


def _share_decision(judged: ShareJudgement, allowed: float, needed: float) -> str:
    if judged.verdict is Verdict.PASS:
        return f"Even the high end, {percent(judged.high)}, is within the {percent(allowed)} allowed: PASS."
    if judged.verdict is Verdict.FAIL:
        return f"Even the low end, {percent(judged.low)}, is beyond the {percent(allowed)} allowed: FAIL."
    said = f"The {percent(allowed)} allowed lie inside of that range, so the data prove neither side: INCONCLUSIVE."
    if judged.too_few:
        return f"{said} A pass without one bad event takes {needed:,.0f} events; run longer or offer more."
    return f"{said} A longer run narrows the range."


def interval_explanation(
    method: str,
    verdict: Verdict,
    interval: Interval,
    limit_text: str,
    *,
    unit: str,
    n: int,
    batches: int,
    limit: float,
    sign: int,
) -> Explanation:
    """The reasoning of a mean or a rate with a t interval, or of an exact number.

    ``sign`` 1 = the limit is a floor, -1 = a ceiling; ``limit_text`` is as in ``<= 1.3``.
    """
    value, low, high = (amount(each, unit) for each in (interval.value, interval.low, interval.high))
    if method == "exact":
        known = (
            value if interval.low == interval.high else f"between {low} and {high}, which is as exactly as it is stored"
        )
        lines = [f"Counted: {n:,} events. The number is exact, so no chance is in it: {known}."]
    else:
        lines = [
            f"Measured: {value}, from {n:,} events in {batches} equal spans of time.",
            (
                f"The spans differ among each other; from that, the true value lies between {low} and {high}, with 95 % certainty "
                f"(t interval of {batches - 1} degrees of freedom)."
            ),
        ]
    whole = "It" if interval.low == interval.high else "All of that range"
    lines.append(
        {
            Verdict.PASS: f"{whole} keeps the limit {limit_text}: PASS.",
            Verdict.FAIL: f"{whole} breaks the limit {limit_text}: FAIL.",
            Verdict.INCONCLUSIVE: f"The limit {limit_text} lies inside of that range, so the data prove neither side: INCONCLUSIVE.",
        }[verdict]
    )
    near = interval.low if (sign > 0) is (verdict is not Verdict.FAIL) else interval.high
    return Explanation(
        method=method, lines=lines, n=n, batches=batches, low=interval.low, high=interval.high, margin=sign * (near - limit)
    )  # fmt: skip


def budget_lines(budget: Budget) -> list[str]:
    """What is spent, and how fast."""
    allowance = budget.allowed_share * budget.planned_events
    lines = [
        (
            f"Error budget: {budget.planned_events:,.0f} events were planned, {percent(budget.allowed_share)} of them, {allowance:,.1f}, may be bad; "
            f"{budget.bad:,} were, so {percent(budget.spent)} of the budget is spent."
        ),
        f"Burn rate: {budget.burn_rate:.3g} times as fast as the budget allows" + _lasts(budget),
    ]
    for window in budget.windows:
        pair = f"Windows of {_span(window.long_s)} and {_span(window.short_s)} alert above {window.limit:.3g}"
        if window.worst is None:
            lines.append(f"{pair}: the run is shorter than the window.")
        else:
            state = "ALERT" if window.alerts else "no alert"
            lines.append(f"{pair}: at worst {window.worst:.3g}, up to second {window.worst_second}: {state}.")
    if not budget.windows:
        lines.append(f"A period of {_span(budget.period_s)} is too short for windows of burn rates.")
    return lines


def _lasts(budget: Budget) -> str:
    whose = "the time window" if budget.period_is_window else "the run"
    if not budget.burn_rate:
        return "."
    return f"; at this rate the budget of {whose} ({_span(budget.period_s)}) would last {_span(budget.period_s / budget.burn_rate)}."


def _span(seconds: float) -> str:
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds:.3g} s"
