"""The scenarios: what each one offers, and the options that are its own.

A scenario turns its options into an ``Offer``; everything after that is the same for all of them. Its mistakes are told with
the options that can mend them. This module must not know how a run is carried out.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from locustfiles.arrivals.closed_loop import THINK_LAWS, Thinking
from locustfiles.arrivals.festivals import festival_curve, festival_named
from locustfiles.arrivals.rate_curve import RateCurve
from locustfiles.arrivals.trace_files import Recording
from locustfiles.session.gate_options import gate_options
from locustfiles.session.options import (
    ARRIVALS,
    COMMON,
    DEFAULT_SLO,
    Option,
    UnusableError,
    one_of,
    optional,
    positive,
    positive_fraction,
    rates_of,
    span_s,
)
from locustfiles.session.shopper_options import SHOPPERS
from locustfiles.session.text_options import KEEP_TEXTS
from reports.run_record.outcome import PURCHASE_STEPS

MOST_STEPS = 1000
"""Stairs with more steps are a mistyped step, and every step costs memory in each process."""
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Offer:
    """What a run offers, and what the embedded stub is built for."""

    curve: RateCurve
    """Wishes per wall second."""
    name: str
    note: str
    """Where the curve comes from, in words for the report."""
    capacity_per_s: float
    """Orders per second of the embedded stub."""
    thinking: Thinking | None = None
    """Of the closed model, in which no curve asks for anything: ``curve`` is then 0 as long as the run lasts."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scenario by name; ``offer`` takes the values of its options by name and raises ValueError with a sentence."""

    name: str
    own: tuple[Option, ...]
    offer: Callable[[Mapping[str, Any]], Offer]
    is_open: bool = True
    """Whether arrivals come by a curve, and not when a shopper has ended and thought."""
    steps: tuple[str, ...] = PURCHASE_STEPS
    """The requests of a journey, in order; empty = not known before the run."""
    slo: Path = DEFAULT_SLO
    """What judges a run when nothing else is asked for."""
    lives_target: bool = True
    """Whether shoppers live the journey that a target file names, and not one of their own."""

    @property
    def options(self) -> tuple[Option, ...]:
        """The scenario's own options, then those of arrivals and shoppers, the common ones, those of kept texts and of the gate."""
        options = (*self.own, *(ARRIVALS if self.is_open else ()), *SHOPPERS, *COMMON)
        return (*options, KEEP_TEXTS, *gate_options(self.slo))


_RATE = "Takes a number of wishes per second above 0."
_CAPACITY = Option(
    "--capacity", "50", "Capacity of the embedded stub in orders per second. Takes a number above 0.", positive
)


USUAL_DEMAND, USUAL_SCALE, USUAL_S = 3.0, 0.16, 90.0
"""What a published festival is offered with; a curve of one's own is offered as it stands."""


def _festival(values: Mapping[str, Any]) -> Offer:
    demand, scale, duration_s = values["demand"], values["scale"], values["duration"]
    if isinstance(values["curve"], _RatesFile):
        return _rates(values["curve"], (demand or 1.0) * (scale or 1.0), duration_s, values["capacity_share"])
    try:
        told = festival_curve(
            values["curve"],
            demand=demand or USUAL_DEMAND,
            scale=scale or USUAL_SCALE,
            duration_s=duration_s or USUAL_S,
        )
    except ValueError as error:
        raise ValueError(f"--curve: {error}") from error
    return Offer(told.curve, values["curve"], told.note, told.peak_offered_per_s * values["capacity_share"])


@dataclass(frozen=True, slots=True)
class _RatesFile:
    """A curve of one's own."""

    name: str
    curve: RateCurve


def _rates(file: _RatesFile, factor: float, duration_s: float | None, capacity_share: float) -> Offer:
    curve = file.curve
    try:
        curve = curve if factor == 1.0 else curve.scaled(factor)
        curve = curve if duration_s is None else curve.compressed(duration_s)
    except ValueError as error:
        raise ValueError(f"--curve: {error}") from error
    if not curve.peak_per_s:
        raise ValueError(f"--curve: {file.name} offers nothing; give points with a rate above 0.")
    told = f"{file.name}: {len(curve.segments)} pieces in {curve.duration_s:g} s"
    if factor != 1.0:
        told += f", the file's rates times {factor:g}"
    if duration_s is not None:
        told += f"; the file's {file.curve.duration_s:g} s pass in {duration_s:g} s, rates stay"
    return Offer(curve, file.name, f"{told}.", curve.peak_per_s * capacity_share)


def _festival_name(text: str) -> str | _RatesFile:
    path = Path(text)
    if path.suffix == ".csv" or path.is_file():
        return _RatesFile(path.name, rates_of(path))
    try:
        return festival_named(text).name
    except ValueError as error:
        raise UnusableError(str(error)) from error


FESTIVAL = Scenario(
    "festival",
    (
        Option(
            "--curve",
            "qwen-day1",
            "The festival whose published curve is offered (locustfiles/arrivals/festivals.py), or a CSV file of points: "
            "columns t_s, rate_per_s, a line through them, a jump where two have one time.",
            _festival_name,
            shapes=True,
        ),
        Option(
            "--demand",
            "",
            "Wishes for every order that was served. Published figures are served orders; demand was never published, and "
            'capacity is reported as "about a third of the peak", hence 3. Takes a number above 0. Empty = 3, or 1 for a '
            "curve from a file.",
            optional(positive),
            shapes=True,
        ),
        Option(
            "--scale",
            "",
            "Share of the real rates that this run offers. Takes a number above 0. Empty = 0.16, or 1 for a curve from a file.",
            optional(positive),
            shapes=True,
        ),
        Option(
            "--duration",
            "",
            "Length into which the curve's hours are compressed; rates stay. Takes a span such as 90s or 2m. Empty = 90s, or "
            "the file's own for a curve from a file.",
            optional(span_s),
            shapes=True,
        ),
        Option(
            "--capacity-share",
            "1/3",
            "Capacity of the embedded stub as a share of the peak that is offered. Takes a number or fraction above 0.",
            positive_fraction,
        ),
    ),
    _festival,
)


def _steady(values: Mapping[str, Any]) -> Offer:
    rate_per_s, duration_s = values["rate"], values["duration"]
    note = f"steady: {rate_per_s:g} wishes/s for {duration_s:g} s."
    return Offer(RateCurve.constant(rate_per_s, duration_s), "steady", note, values["capacity"])


STEADY = Scenario(
    "steady",
    (
        Option("--rate", "50", f"The rate that is offered all the time. {_RATE}", positive, shapes=True),
        Option(
            "--duration", "60s", "How long the rate is offered. Takes a span such as 60s or 2m.", span_s, shapes=True
        ),
        _CAPACITY,
    ),
    _steady,
)


def _stairs(values: Mapping[str, Any]) -> Offer:
    first_per_s, last_per_s, rise_per_s = values["from_rate"], values["to_rate"], values["step_rate"]
    rises = abs(last_per_s - first_per_s) / rise_per_s
    if rises >= MOST_STEPS:
        raise ValueError(
            f"--step-rate {rise_per_s:g}: stairs have at most {MOST_STEPS} steps; give a larger --step-rate."
        )
    if abs(rises - round(rises)) > _ROUNDING * (1 + rises):
        raise ValueError(
            f"--step-rate {rise_per_s:g}: {first_per_s:g} and {last_per_s:g} wishes/s are not a whole number of such steps"
            " apart; give a --step-rate that divides the difference of --from-rate and --to-rate."
        )
    count = round(rises) + 1
    step_s, rise_per_s = values["step_length"], rise_per_s if last_per_s > first_per_s else -rise_per_s
    steps = "1 step" if count == 1 else f"{count} steps"
    note = f"stairs: {steps} of {step_s:g} s, from {first_per_s:g} to {last_per_s:g} wishes/s."
    return Offer(RateCurve.stairs(first_per_s, rise_per_s, step_s, count), "stairs", note, values["capacity"])


STAIRS = Scenario(
    "stairs",
    (
        Option("--from-rate", "20", f"The rate of the first step. {_RATE}", positive, shapes=True),
        Option(
            "--to-rate",
            "120",
            f"The rate of the last step; below --from-rate the stairs go down. {_RATE}",
            positive,
            shapes=True,
        ),
        Option("--step-rate", "20", f"How far one step is from the next. {_RATE}", positive, shapes=True),
        Option(
            "--step-length",
            "20s",
            "How long each step is offered. Takes a span such as 20s or 2m.",
            span_s,
            shapes=True,
        ),
        _CAPACITY,
    ),
    _stairs,
)


def _spike(values: Mapping[str, Any]) -> Offer:
    base_per_s, peak_per_s, at_s, spike_s = (
        values[name] for name in ("base_rate", "peak_rate", "spike_at", "spike_length")
    )
    try:
        curve = RateCurve.spike(base_per_s, peak_per_s, at_s=at_s, spike_s=spike_s, duration_s=values["duration"])
    except ValueError as error:
        raise ValueError(f"--spike-at, --spike-length, --duration: {error}") from error
    note = f"spike: {base_per_s:g} wishes/s, and {peak_per_s:g} from {at_s:g} s on for {spike_s:g} s."
    return Offer(curve, "spike", note, values["capacity"])


SPIKE = Scenario(
    "spike",
    (
        Option("--base-rate", "20", f"The rate before and after the spike. {_RATE}", positive, shapes=True),
        Option("--peak-rate", "150", f"The rate of the spike. {_RATE}", positive, shapes=True),
        Option("--spike-at", "20s", "When the spike begins. Takes a span such as 20s or 2m.", span_s, shapes=True),
        Option("--spike-length", "10s", "How long the spike lasts. Takes a span such as 10s.", span_s, shapes=True),
        Option("--duration", "60s", "Length of the whole run. Takes a span such as 60s or 2m.", span_s, shapes=True),
        _CAPACITY,
    ),
    _spike,
)


def _closed_loop(values: Mapping[str, Any]) -> Offer:
    think_s, law, duration_s = values["think"], values["think_law"], values["duration"]
    note = (
        f"closed-loop: every shopper thinks {think_s:g} s ({law}), buys to the end and thinks again, for {duration_s:g} s; no curve "
        "asks for anything."
    )
    thinking = Thinking(think_s, law, duration_s)
    return Offer(RateCurve.constant(0.0, duration_s), "closed-loop", note, values["capacity"], thinking)


CLOSED_LOOP = Scenario(
    "closed-loop",
    (
        Option(
            "--think", "1s", "How long a shopper thinks before a wish, on average. Takes a span such as 1s.", span_s
        ),
        Option("--think-law", "exponential", "How long thoughts differ: exponential or fixed.", one_of(*THINK_LAWS)),
        Option("--duration", "60s", "How long wishes are begun. Takes a span such as 60s or 2m.", span_s),
        _CAPACITY,
    ),
    _closed_loop,
    is_open=False,
)
"""The closed model: ``-u`` says how many shoppers there are."""


def with_recording(offer: Offer, recording: Recording, values: Mapping[str, Any]) -> Offer:
    """Recorded arrivals in the place of a scenario's curve; a stub whose capacity is a share of the peak gets that of the recording's."""
    curve = recording.schedule.curve()
    arrivals = len(recording.schedule.intended_us)
    note = f"{recording.name}: {arrivals:,} recorded arrivals in {curve.duration_s:g} s, replayed exactly"
    if values["trace_speed"] != 1.0:
        note += f", {values['trace_speed']:g} times as fast"
    share = values.get("capacity_share")
    capacity_per_s = offer.capacity_per_s if share is None else share * curve.peak_per_s
    return Offer(curve, recording.name, f"{note}.", capacity_per_s)
