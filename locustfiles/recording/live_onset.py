"""Says while a run goes on when the target begins to turn shoppers away, and when it stops.

The charts and the dating are those of the report (``reports.run_record``); what differs is that the last seconds are not known
yet. A second is closed when its wishes have outcomes, or after ten seconds; a wish that is open then counts as not refused, so
that slow answers never look like refusals. Every date is that of a step and of the few refusals that lead up to it; the report
recomputes it from the whole record, on a ramp by the load at which refusals begin.

Pure: batches and the run's clock in, sentences out. This module must not know Locust, files or how a line is shown.
"""

from array import array
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from reports.run_record.cusum import TOLERATED_SHARE, Rule, Watch
from reports.run_record.onset_dating import AFTER_ALARM_S, base_share, date_end, date_onset
from reports.run_record.outcome import ORDER, Outcome
from reports.run_record.schema import Batch

CLOSED_AFTER_S = 10.0
"""A second is waited for so long when its wishes have no outcomes."""
UNDER_WAY_S = 1.0
"""Batches of a second may be so late, since they are cut once a second."""
LOOK_BACK_S = 900
"""An onset is looked for in the last quarter of an hour: a bound for what one alarm costs."""
SILENT_S = 5
"""After so many seconds without a refusal the last one is told: at a low rate it takes long to be certain that it was the last."""
REFUSED, QUEUED = "throttling", "a waiting room"
_SIGNALS = {Outcome.REFUSED_HARD: REFUSED, Outcome.REFUSED_SOFT: REFUSED, Outcome.QUEUED: QUEUED}
_SAID = {str(outcome): signal for outcome, signal in _SIGNALS.items()}

Cause = tuple[str, str]
"""Step and reason."""


@dataclass(slots=True)
class _Second:
    """What is known of a second that is not closed."""

    scheduled: int = 0
    released: int = 0
    ended: int = 0
    bad: Counter[str] = field(default_factory=Counter)
    """Wishes by signal."""
    causes: dict[str, Counter[Cause]] = field(default_factory=dict)
    """Requests by step and reason, by signal; those of the wishes themselves under step ``order``."""


class LiveOnset:
    """Watches the wishes of one run; memory is some bytes a second."""

    def __init__(
        self, planned_s: int, *, warm_up_s: int = 0, offered_per_s: Callable[[int], float] | None = None
    ) -> None:
        """``offered_per_s``: what the curve offers in a second; None = what was scheduled in it."""
        rule = Rule(TOLERATED_SHARE, planned_s, len({*_SIGNALS.values()}), warm_up_s)
        self._offered_per_s = offered_per_s
        self._open: dict[int, _Second] = {}
        self._next = 0
        self._scheduled, self._ended = array("q"), array("q")
        self._series = [_Series(signal, rule, self._ended) for signal in dict.fromkeys(_SIGNALS.values())]

    @property
    def first_onset(self) -> int | None:
        """The second in which shoppers were first turned away or told to wait; None = not so far."""
        return min((one.first for one in self._series if one.first is not None), default=None)

    @property
    def standing(self) -> str:
        """What goes on now, in a clause; empty when nothing does."""
        return ", ".join(one.standing for one in self._series if one.onset is not None)

    def add(self, batches: Iterable[Batch], elapsed_s: float) -> list[str]:
        """Take what the workers saw and close the seconds that are over at ``elapsed_s``; what is new, a sentence each."""
        for batch in batches:
            self._count(batch)
        news: list[str] = []
        while self._next + 1 + UNDER_WAY_S <= elapsed_s:
            second = self._open.get(self._next) or _Second()
            if second.ended < second.released and self._next + 1 + CLOSED_AFTER_S > elapsed_s:
                break
            self._open.pop(self._next, None)
            news += self._close(second)
            self._next += 1
        return news

    def _count(self, batch: Batch) -> None:
        for row in batch.seconds:
            if row.second >= self._next:
                second = self._open.setdefault(row.second, _Second())
                second.scheduled += row.scheduled
                second.released += row.released
        for line in batch.outcomes:
            if line.second < self._next:
                continue  # its second is closed: the report counts it
            second = self._open.setdefault(line.second, _Second())
            signal = _SAID.get(line.outcome)
            if line.step == ORDER:
                second.ended += line.n
                if signal:
                    second.bad[signal] += line.n
            if signal:
                second.causes.setdefault(signal, Counter())[line.step, line.reason] += line.n

    def _close(self, second: _Second) -> list[str]:
        self._scheduled.append(second.scheduled)
        self._ended.append(max(second.released, second.ended))
        return [said for one in self._series if (said := one.close(second, self._offered))]

    def _offered(self, second: int) -> float:
        return self._scheduled[second] if self._offered_per_s is None else self._offered_per_s(second)


class _Series:
    """One signal under watch."""

    def __init__(self, signal: str, rule: Rule, ended: "array[int]") -> None:
        self.signal = signal
        self.first: int | None = None
        self.onset: int | None = None
        """Of the episode that goes on."""
        self._last = 0
        """The last second with the signal."""
        self._rule = rule
        self._watch = Watch(rule)
        self._ended = ended
        self._bad = array("q")
        self._causes: dict[int, Counter[Cause]] = {}
        self._base: float | None = None

    @property
    def standing(self) -> str:
        """Since when the episode goes on, and when it was last seen if that is a while ago."""
        since = f"{self.signal} since second {self.onset}"
        is_silent = len(self._bad) - 1 - self._last >= SILENT_S
        return f"{since}, last seen in second {self._last}" if is_silent else since

    def close(self, second: _Second, offered: Callable[[int], float]) -> str:
        """Add a closed second; a sentence when an episode begins or ends."""
        bad, n = second.bad[self.signal], self._ended[-1]
        self._bad.append(bad)
        if bad:
            self._last = len(self._bad) - 1
        self._keep(second.causes.get(self.signal))
        was_open = self._watch.alarm is not None
        self._watch.step(bad, n)
        alarm = self._watch.alarm
        if alarm is None:
            return self._end() if was_open else ""
        if not was_open or len(self._bad) - 1 == alarm + AFTER_ALARM_S:
            return self._begin(alarm, offered)
        return ""

    def _begin(self, alarm: int, offered: Callable[[int], float]) -> str:
        """Date the episode, at the alarm and once more when more of it is known; a sentence when that says something new."""
        before = self.onset
        self.onset = onset = self._dated(alarm)
        if self.first is None or self.first == before:
            self.first = onset
        if onset == before:
            return ""
        cause = self._cause(onset, alarm)
        began = f"{self.signal} since second {onset}, offered {offered(onset):.0f}/s{cause}"
        return began if before is None else f"{began} (first dated {before})"

    def _dated(self, alarm: int) -> int:
        watch, bad, n = self._watch, self._bad, self._ended
        if self._base is None:
            self._base = base_share(
                bad, n, tolerated_share=self._rule.tolerated_share, warm_up_s=self._rule.warm_up_s, alarm=alarm
            )
        floor = max(watch.floor, alarm - LOOK_BACK_S)
        tolerated = self._rule.tolerated_share
        return date_onset(bad, n, floor=floor, alarm=alarm, base=self._base, tolerated_share=tolerated, phi=watch.phi)

    def _end(self) -> str:
        over = self._watch.excursions[-1]
        onset, self.onset = self.onset, None
        if onset is None or self._base is None or over.closed is None:
            return ""
        from_second = max(onset, over.closed - LOOK_BACK_S)
        end = date_end(
            self._bad, self._ended,
            onset=from_second, closed=over.closed, base=self._base, tolerated_share=self._rule.tolerated_share, phi=over.phi,
        )  # fmt: skip
        return f"{self.signal} since second {onset} ended in second {end}"

    def _keep(self, causes: "Counter[Cause] | None") -> None:
        """Remember what was said in this second, for as long as an onset can be dated back to it."""
        second = len(self._bad) - 1
        self._causes.pop(second - LOOK_BACK_S - AFTER_ALARM_S, None)
        if causes:
            self._causes[second] = causes

    def _cause(self, onset: int, alarm: int) -> str:
        """The step and the reason that were most frequent in the episode's first second with any."""
        said = next((self._causes[second] for second in range(onset, alarm + 1) if second in self._causes), None)
        if said is None:
            return ""
        at_steps = Counter({cause: n for cause, n in said.items() if cause[0] != ORDER}) or said
        ((step, reason), _), *_ = at_steps.most_common(1)
        return f", {step}: {reason}" if reason else f", {step}"
