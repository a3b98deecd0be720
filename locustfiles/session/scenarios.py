"""The scenarios of the open model: what each one offers, and the options that are its own.

A scenario turns its options into an ``Offer``; everything after that is the same for all of them. Its mistakes are told with
the options that can mend them. This module must not know how a run is carried out.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from locustfiles.arrivals.festivals import festival_curve, festival_named
from locustfiles.arrivals.rate_curve import RateCurve
from locustfiles.session.options import COMMON, Option, UnusableError, positive, positive_fraction, span_s

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


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scenario by name; ``offer`` takes the values of its options by name and raises ValueError with a sentence."""

    name: str
    own: tuple[Option, ...]
    offer: Callable[[Mapping[str, Any]], Offer]

    @property
    def options(self) -> tuple[Option, ...]:
        """The scenario's own options, then the common ones."""
        return (*self.own, *COMMON)


_RATE = "Takes a number of wishes per second above 0."
_CAPACITY = Option(
    "--capacity", "50", "Capacity of the embedded stub in orders per second. Takes a number above 0.", positive
)


def _festival(values: Mapping[str, Any]) -> Offer:
    try:
        told = festival_curve(
            values["curve"], demand=values["demand"], scale=values["scale"], duration_s=values["duration"]
        )
    except ValueError as error:
        raise ValueError(f"--curve: {error}") from error
    return Offer(told.curve, values["curve"], told.note, told.peak_offered_per_s * values["capacity_share"])


def _festival_name(text: str) -> str:
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
            "The festival whose published curve is offered (locustfiles/arrivals/festivals.py).",
            _festival_name,
        ),
        Option(
            "--demand",
            "3",
            "Wishes for every order that was served. Published figures are served orders; demand was never published, and "
            'capacity is reported as "about a third of the peak", hence 3. Takes a number above 0.',
            positive,
        ),
        Option("--scale", "0.16", "Share of the real rates that this run offers. Takes a number above 0.", positive),
        Option(
            "--duration",
            "90s",
            "Length into which the curve's hours are compressed; rates stay. Takes a span such as 90s or 2m.",
            span_s,
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
        Option("--rate", "50", f"The rate that is offered all the time. {_RATE}", positive),
        Option("--duration", "60s", "How long the rate is offered. Takes a span such as 60s or 2m.", span_s),
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
        Option("--from-rate", "20", f"The rate of the first step. {_RATE}", positive),
        Option(
            "--to-rate", "120", f"The rate of the last step; below --from-rate the stairs go down. {_RATE}", positive
        ),
        Option("--step-rate", "20", f"How far one step is from the next. {_RATE}", positive),
        Option("--step-length", "20s", "How long each step is offered. Takes a span such as 20s or 2m.", span_s),
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
        Option("--base-rate", "20", f"The rate before and after the spike. {_RATE}", positive),
        Option("--peak-rate", "150", f"The rate of the spike. {_RATE}", positive),
        Option("--spike-at", "20s", "When the spike begins. Takes a span such as 20s or 2m.", span_s),
        Option("--spike-length", "10s", "How long the spike lasts. Takes a span such as 10s.", span_s),
        Option("--duration", "60s", "Length of the whole run. Takes a span such as 60s or 2m.", span_s),
        _CAPACITY,
    ),
    _spike,
)
