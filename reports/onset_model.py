"""Puts the beginning and the end of an episode into a second: a step between two shares, or a hinge where the load rises gradually.

Pure: counts in, dates out. This module must not know how an alarm is raised (``run_record.cusum``), nor what is reported of an
episode (``throttle_onset``).
"""

from dataclasses import dataclass

from reports.hinge import Hinge, fit_hinge, hinge_window
from reports.onset_evidence import HARD, REFUSED, SOFT, Evidence
from reports.onset_load import rises_gradually
from reports.run_record.cusum import Excursion, Rule
from reports.run_record.onset_dating import base_share, date_end, date_step, few_before

VOICES = (REFUSED, HARD, SOFT)
"""Signals that a rate limit gives; the others follow no hinge."""


@dataclass(frozen=True, slots=True)
class Dating:
    """Where a model puts an onset."""

    second: int
    first: int
    last: int
    hinge: Hinge | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """A dated episode."""

    rise: Dating
    end: int | None
    """The first second after it; None when it is not certain that it ended."""

    @property
    def inside(self) -> slice:
        """Its seconds."""
        return slice(self.rise.second, self.end)


def date_episode(evidence: Evidence, rule: Rule, signal: str, excursion: Excursion, first_alarm: int) -> Span:
    """The beginning and the end of an excursion; ``first_alarm`` is that of the run's first one with this signal."""
    bad, n = evidence.signals[signal].tolist(), evidence.ended.tolist()
    base = base_share(bad, n, tolerated_share=rule.tolerated_share, warm_up_s=rule.warm_up_s, alarm=first_alarm)
    rise = date_rise(evidence, rule, signal, excursion, base)
    return Span(rise, date_fall(evidence, rule, signal, excursion, base, rise.second))


def date_rise(evidence: Evidence, rule: Rule, signal: str, excursion: Excursion, base: float) -> Dating:
    """The step's date, or the hinge's where the load rises gradually and the hinge explains the counts at least as well.

    A target that breaks at an instant of a ramp has no hinge: there the step is the likelier of the two. Neither knows of a few
    refusals before the many; where there are some, the date is theirs, and the hinge's limit stays only if its interval
    explains them.
    """
    bads, ns = evidence.signals[signal].tolist(), evidence.ended.tolist()
    floor, alarm, phi = excursion.floor, excursion.alarm, excursion.phi
    step = date_step(bads, ns, floor=floor, alarm=alarm, base=base, phi=phi)
    dated = _by_hinge(evidence, rule, signal, excursion, base, step.second) or Dating(
        step.second, step.first, step.last
    )
    second, tolerated_share = dated.second, rule.tolerated_share
    few = few_before(bads, ns, floor=floor, second=second, base=base, tolerated_share=tolerated_share, phi=phi)
    onset = second - few.seconds
    last = second - few.fewest if few.fewest else dated.last
    return Dating(onset, min(dated.first, second - few.most), last, dated.hinge if onset >= dated.first else None)


def _by_hinge(
    evidence: Evidence, rule: Rule, signal: str, excursion: Excursion, base: float, onset: int
) -> Dating | None:  # fmt: skip
    """The date of the hinge; None where the load does not rise gradually around ``onset``, or the step is likelier."""
    if signal not in VOICES or not rises_gradually(evidence.offered, onset):
        return None
    bad, n = evidence.signals[signal], evidence.ended
    alarm, phi = excursion.alarm, excursion.phi
    window = hinge_window(excursion.floor, alarm, evidence.seconds)
    voice = float(bad[window].sum() / evidence.signals[REFUSED][window].sum())
    hinge = fit_hinge(
        bad, n, evidence.offered,
        window=window, alarm=alarm, base=base, tolerated_share=rule.tolerated_share, voice=voice, phi=phi,
    )  # fmt: skip
    rival = date_step(
        bad[: window.stop].tolist(), n[: window.stop].tolist(),
        floor=window.start, alarm=alarm, base=base, phi=phi, after_s=window.stop - 1 - alarm,
    )  # fmt: skip
    if hinge is None or hinge.second > alarm or hinge.log_likelihood < rival.log_likelihood:
        return None
    return Dating(hinge.second, hinge.first, hinge.last, hinge)


def date_fall(
    evidence: Evidence, rule: Rule, signal: str, excursion: Excursion, base: float, onset: int
) -> int | None:  # fmt: skip
    """The first second after an episode that began in second ``onset``; None when it is not certain that it ended."""
    if excursion.closed is None:
        return None
    bads, ns = evidence.signals[signal].tolist(), evidence.ended.tolist()
    return date_end(
        bads, ns,
        onset=onset, closed=excursion.closed, base=base, tolerated_share=rule.tolerated_share, phi=excursion.phi,
    )  # fmt: skip
