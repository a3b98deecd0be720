"""The options of a festival run: how they are offered to Locust, and the one frozen value they become.

The same options stand on the command line, in ``[tool.locust]`` and in Locust's web form; a form delivers text, so every value
is parsed here and nowhere else. Locust's ``--help`` answers before it loads a scenario, so ``--show-options`` is ours. All mistakes are told at once. This module must not know Locust's runners.
"""

import math
import re
from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from locustfiles.arrivals.festivals import festival_curve
from locustfiles.arrivals.rate_curve import RateCurve
from locustfiles.journeys.retry import RetryPolicy
from locustfiles.transport.origin import Origin

DEFAULT_SLO = Path(__file__).resolve().parents[2] / "reports" / "slos" / "festival.yaml"
MAX_SEED = 2**63 - 1
"""Messages between the processes of a run carry integers of 64 bits."""
_SPAN = re.compile(r"(?P<number>\d+(\.\d+)?)\s*(?P<unit>ms|s|m|h)?")
_UNIT_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, None: 1.0}


class SettingsError(Exception):
    """Options that cannot be run; ``sentences`` holds one for every mistake."""

    def __init__(self, sentences: list[str]) -> None:
        """Keep the sentences."""
        super().__init__(" ".join(sentences))
        self.sentences = sentences


@dataclass(frozen=True, slots=True)
class Option:
    """One option of ours: its flag, default, what it means and how its text is read."""

    flag: str
    default: str
    meaning: str
    read: Callable[[str], Any]

    @property
    def name(self) -> str:
        """The attribute under which Locust keeps the value."""
        return self.flag.lstrip("-").replace("-", "_")


def _positive(text: str) -> float:
    value = float(text)
    if not (math.isfinite(value) and value > 0):
        raise ValueError
    return value


def span_s(text: str) -> float:
    """Seconds of a span such as ``90``, ``90s``, ``1.5m`` or ``800ms``; ValueError for anything else and for zero."""
    match = _SPAN.fullmatch(text.strip())
    if match is None:
        raise ValueError
    return _positive(match["number"]) * _UNIT_S[match["unit"]]


def _whole(text: str) -> int:
    value = int(text)
    if not 0 <= value <= MAX_SEED:
        raise ValueError
    return value


def _one_of(*words: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in words:
            raise ValueError
        return text

    return read


OPTIONS = (
    Option(
        "--curve",
        "qwen-day1",
        "The festival whose published curve is offered (locustfiles/arrivals/festivals.py).",
        str,
    ),
    Option(
        "--demand",
        "3",
        "Wishes for every order that was served. Published figures are served orders; demand was never published, and "
        'capacity is reported as "about a third of the peak", hence 3. Takes a number above 0.',
        _positive,
    ),
    Option("--scale", "0.16", "Share of the real rates that this run offers. Takes a number above 0.", _positive),
    Option(
        "--duration",
        "90s",
        "Length into which the curve's hours are compressed; rates stay. Takes a span such as 90s or 2m.",
        span_s,
    ),
    Option(
        "--seed", "1", "Same seed, same arrivals and same prompts. Takes a whole number from 0 to 2^63 - 1.", _whole
    ),
    Option("--arrivals", "poisson", "How arrivals lie on the curve: poisson or even.", _one_of("poisson", "even")),
    Option(
        "--capacity-share",
        "1/3",
        "Capacity of the embedded stub as a share of the peak that is offered. Takes a number or fraction above 0.",
        lambda text: _positive(str(float(Fraction(text)))),
    ),
    Option(
        "--incident",
        "no",
        "yes = the embedded stub has no admission control, as in February 2026, and shoppers retry as SDKs do.",
        _one_of("yes", "no"),
    ),
    Option("--voice", "mixed", "How the embedded stub refuses: hard, soft or mixed.", _one_of("hard", "soft", "mixed")),
    Option(
        "--retry",
        "",
        "What a refused shopper does: leave, obey, sdk or hammer. Empty = leave, or sdk with --incident yes.",
        _one_of("", *RetryPolicy),
    ),
    Option("--patience", "8s", "How long a shopper waits for an answer to begin. Takes a span such as 8s.", span_s),
    Option(
        "--slo",
        "",
        "The SLO file that judges the run. Empty = reports/slos/festival.yaml.",
        lambda text: Path(text) if text else DEFAULT_SLO,
    ),
    Option("--runs", "runs", "The folder that run directories are made in.", Path),
    Option(
        "--api-key-env",
        "SPRINGTIDE_API_KEY",
        "Name of the environment variable that holds the target's API key; the key itself is never an option.",
        str,
    ),
)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that a run is asked to do, checked."""

    curve: str
    demand: float
    scale: float
    duration_s: float
    seed: int
    arrivals: str
    capacity_share: float
    incident: bool
    voice: str
    retry: RetryPolicy
    patience_s: float
    slo: Path
    runs: Path
    api_key_env: str
    host: str
    """Base URL of the target; empty = the embedded stub."""
    arguments: dict[str, str]
    """The options as given, for the manifest; none of them is a secret."""

    @property
    def rate_curve(self) -> RateCurve:
        """The offered curve, wishes per wall second."""
        return festival_curve(self.curve, demand=self.demand, scale=self.scale, duration_s=self.duration_s).curve


def add_options(parser: ArgumentParser) -> None:
    """Offer the options on Locust's parser, for the command line, ``[tool.locust]`` and the web form alike."""
    parser.add_argument(
        "--show-options", action="help", help="Show all options, those of the scenario included, and exit."
    )
    for option in OPTIONS:
        if option.flag == "--incident":
            parser.add_argument(
                option.flag, nargs="?", const="yes", default=option.default, metavar="yes|no", help=option.meaning
            )
        else:
            shown = f"{option.meaning} Default: {option.default or 'empty'}"
            parser.add_argument(option.flag, type=str, default=option.default, metavar="VALUE", help=shown)


def read_settings(parsed: Mapping[str, Any]) -> Settings:
    """The settings that Locust's parsed options give; SettingsError with a sentence for every mistake."""
    wrong: list[str] = []
    values: dict[str, Any] = {}
    given: dict[str, str] = {}
    for option in OPTIONS:
        text = str(parsed.get(option.name) if parsed.get(option.name) is not None else option.default)
        given[option.name] = text
        try:
            values[option.name] = option.read(text)
        except (ValueError, ZeroDivisionError, OverflowError):
            wrong.append(f"{option.flag} {text!r} is not usable. {option.meaning}")
    host = str(parsed.get("host") or "")
    wrong += _further_mistakes(values, host)
    if wrong:
        raise SettingsError(wrong)
    incident = values["incident"] == "yes"
    given["slo"] = values["slo"].name
    return Settings(
        curve=values["curve"],
        demand=values["demand"],
        scale=values["scale"],
        duration_s=values["duration"],
        seed=values["seed"],
        arrivals=values["arrivals"],
        capacity_share=values["capacity_share"],
        incident=incident,
        voice=values["voice"],
        retry=RetryPolicy(values["retry"] or (RetryPolicy.SDK if incident else RetryPolicy.LEAVE)),
        patience_s=values["patience"],
        slo=values["slo"],
        runs=values["runs"],
        api_key_env=values["api_key_env"],
        host=host,
        arguments={**given, "host": _without_userinfo(host)},
    )


def _further_mistakes(values: Mapping[str, Any], host: str) -> list[str]:
    wrong: list[str] = []
    if "curve" in values:
        try:
            festival_curve(
                values["curve"],
                demand=values.get("demand", 1.0),
                scale=values.get("scale", 1.0),
                duration_s=values.get("duration", 60.0),
            )
        except ValueError as error:
            wrong.append(f"--curve: {error}")
    if "slo" in values and not values["slo"].is_file():
        wrong.append(f"--slo {str(values['slo'])!r} is not a file. Give the path of an SLO file.")
    if host:
        try:
            Origin.parse(host)
        except ValueError as error:
            wrong.append(f"--host: {error}")
    return wrong


def _without_userinfo(url: str) -> str:
    return re.sub(r"//[^/@]*@", "//", url)
