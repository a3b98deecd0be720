"""The options of a run: how one is offered to Locust, how its text is read, and those that every scenario has.

The same options stand on the command line, in ``[tool.locust]`` and in Locust's web form; a form delivers text, so every value
is parsed by its option and nowhere else. This module must not know scenarios or Locust's runners.
"""

import argparse
import math
import re
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from operator import add
from pathlib import Path
from typing import Any

from locustfiles.arrivals.arrival_process import LEAST_BURSTINESS, MOST_BURSTINESS, PROCESSES
from locustfiles.arrivals.rate_curve import RateCurve
from locustfiles.arrivals.trace_files import Recording, read_rates, read_recording
from locustfiles.target.allow_list import NOBODY, AllowList, AllowListError, read_allow_list
from locustfiles.target.permission import AUTHORISED_FLAG
from locustfiles.target.target import Journey
from locustfiles.target.target_file import read_target
from locustfiles.transport.tls import authorities_in

_SLOS = Path(__file__).resolve().parents[2] / "reports" / "slos"
DEFAULT_SLO = _SLOS / "festival.yaml"
JOURNEY_SLO, LOCUSTFILE_SLO = _SLOS / "journey.yaml", _SLOS / "locustfile.yaml"
"""Of journeys of one's own, and of users that Springtide only records."""
TARGET_SLOS: dict[Journey, Path] = {
    "whole": _SLOS / "service.yaml",
    "chat-only": _SLOS / "chat.yaml",
    "checkout-only": _SLOS / "checkout.yaml",
}
"""What judges a run against a target file's services when nothing else is asked for, by the target's journey."""
API_KEY_ENV = "SPRINGTIDE_API_KEY"
MOST_REPLICAS = 10_000
MAX_SEED = 2**63 - 1
"""Messages between the processes of a run carry integers of 64 bits."""
_SPAN = re.compile(r"(?P<number>\d+(\.\d+)?)\s*(?P<unit>ms|s|m|h)?")
_SPIKE = re.compile(r"(?P<rate>[^@+]+)@(?P<at>[^@+]+)\+(?P<lasts>[^@+]+)")
_UNIT_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, None: 1.0}


class UnusableError(ValueError):
    """A text that an option cannot take, with a sentence that says more than the option's meaning does."""


@dataclass(frozen=True, slots=True)
class Option:
    """One option of ours: its flag, default, what it means and how its text is read."""

    flag: str
    default: str
    meaning: str
    read: Callable[[str], Any]
    """Raises ``UnusableError``, or another ValueError or ArithmeticError that the option's meaning explains."""
    alias: str = ""
    """Another flag that means the same."""
    is_several: bool = False
    """Whether the flag may be given again, which adds to its text."""
    shapes: bool = False
    """Whether the option is one of those that say how much is offered when, whose place a recording takes."""

    @property
    def name(self) -> str:
        """The attribute under which Locust keeps the value."""
        return self.flag.lstrip("-").replace("-", "_")

    def text_in(self, parsed: Mapping[str, Any]) -> str:
        """What was given for the option, its default when nothing was."""
        given = parsed.get(self.name)
        return self.default if given is None else str(given)

    def mistake(self, text: str, error: Exception) -> str:
        """The sentence for a text that ``read`` has refused."""
        return f"{self.flag} {text!r} is not usable. {error if isinstance(error, UnusableError) else self.meaning}"


def positive(text: str) -> float:
    """A finite number above 0."""
    value = float(text)
    if not (math.isfinite(value) and value > 0):
        raise ValueError
    return value


def positive_fraction(text: str) -> float:
    """A number above 0 that may be told as a fraction such as ``1/3``."""
    return positive(str(float(Fraction(text))))


def span_s(text: str) -> float:
    """Seconds of a span such as ``90``, ``90s``, ``1.5m`` or ``800ms``; ValueError for anything else and for zero."""
    match = _SPAN.fullmatch(text.strip())
    if match is None:
        raise ValueError
    return positive(str(float(match["number"]) * _UNIT_S[match["unit"]]))


def _within(least: float, most: float, kind: Callable[[str], float] = float) -> Callable[[str], float]:
    """Reads a number from ``least`` to ``most``."""

    def read(text: str) -> float:
        value = kind(text)
        if not least <= value <= most:
            raise ValueError
        return value

    return read


def one_of(*words: str) -> Callable[[str], str]:
    """Reads one of these words."""

    def read(text: str) -> str:
        if text not in words:
            raise ValueError
        return text

    return read


def optional(read: Callable[[str], float]) -> Callable[[str], float | None]:
    """Reads what ``read`` reads, and an empty text as None."""
    return lambda text: read(text) if text else None


def _arrivals(text: str) -> str | Recording:
    if text in PROCESSES:
        return text
    path = Path(text)
    if not path.is_file():
        raise UnusableError(f"It is neither {', '.join(PROCESSES)} nor a file of recorded arrivals.")
    try:
        return read_recording(path)
    except ValueError as error:
        raise UnusableError(str(error)) from error


def plus(text: str) -> RateCurve | None:
    """The sum of the curves to be added, which commas part; None for nothing."""
    return reduce(add, map(_one_more, text.split(","))) if text else None


def _one_more(text: str) -> RateCurve:
    """``150@20s+10s`` = 150 wishes/s from 20 s on for 10 s; anything else is a file of points."""
    if match := _SPIKE.fullmatch(text.strip()):
        rate_per_s, at_s, lasts_s = positive(match["rate"]), span_s(match["at"]), span_s(match["lasts"])
        return RateCurve.steps([(at_s, 0.0), (lasts_s, rate_per_s)])
    return rates_of(Path(text.strip()))


def rates_of(path: Path) -> RateCurve:
    """The curve of a file of points; UnusableError with a sentence."""
    try:
        return read_rates(path)
    except ValueError as error:
        raise UnusableError(str(error)) from error


def _ca_pem(text: str) -> str:
    try:
        return authorities_in(Path(text)) if text else ""
    except ValueError as error:
        raise UnusableError(str(error)) from error


def _allow(text: str) -> AllowList:
    if not text:
        return NOBODY
    try:
        return read_allow_list(Path(text))
    except AllowListError as error:
        raise UnusableError(str(error)) from error


def _hosts(text: str) -> tuple[str, ...]:
    return tuple(host.strip() for host in text.split(",") if host.strip())


ARRIVALS = (
    Option(
        "--arrivals",
        "poisson",
        "How arrivals lie on the curve: poisson, even or gamma. Or a CSV file of recorded arrivals, seconds from the recording's "
        "start in order of time, one a line (column arrival_s), which are replayed exactly in the place of the curve.",
        _arrivals,
    ),
    Option(
        "--burstiness",
        "3",
        "With --arrivals gamma, how much more the number of arrivals varies than Poisson's: 1 is Poisson, more comes in bursts, "
        f"less is more regular. Takes a number from {LEAST_BURSTINESS:g} to {MOST_BURSTINESS:g}.",
        _within(LEAST_BURSTINESS, MOST_BURSTINESS),
    ),
    Option(
        "--trace-speed",
        "1",
        "With --arrivals FILE, how many times as fast as recorded the arrivals come. Takes a number above 0.",
        positive,
    ),
    Option(
        "--plus",
        "",
        "What is offered on top of the scenario's curve, and not known to who sized the embedded stub: 150@20s+10s is 150 wishes/s "
        "from 20 s on for 10 s; a CSV file of points (columns t_s, rate_per_s) is the line through them, a jump where two have one time; commas part several.",
        plus,
        shapes=True,
    ),
)
"""The options of every scenario of the open model."""


RUNS = Option("--runs", "runs", "The folder that run directories are made in.", Path)
COMMON = (
    Option(
        "--seed",
        "1",
        "Same seed, same arrivals and same prompts. Takes a whole number from 0 to 2^63 - 1.",
        _within(0, MAX_SEED, int),
    ),
    Option(
        "--incident",
        "no",
        "yes = the embedded stub has no admission control, as in February 2026, and shoppers retry as SDKs do.",
        one_of("yes", "no"),
    ),
    Option(
        "--replicas",
        "",
        "How many replicas the target has. The embedded stub gets so many, each of its capacity, and at most 100; of a service it is "
        f"only recorded. Takes a whole number from 1 to {MOST_REPLICAS:,}. Empty = 1, or not known of a service.",
        optional(_within(1, MOST_REPLICAS, int)),
    ),
    Option(
        "--replica-contention",
        "0",
        "Share of the embedded stub's work that its replicas do one at a time, so that more of them hold less each. Takes a "
        "number from 0 to 1.",
        _within(0, 1),
    ),
    Option("--voice", "mixed", "How the embedded stub refuses: hard, soft or mixed.", one_of("hard", "soft", "mixed")),
    Option(
        "--connections",
        "pooled",
        "pooled = connections are kept and reused; fresh = every request opens one of its own, as new visitors do.",
        one_of("pooled", "fresh"),
    ),
    Option(
        "--ca-file",
        "",
        "PEM file of the certificate authorities that https targets are trusted by. Empty = the system's.",
        _ca_pem,
    ),
    Option(
        "--chat-host",
        "",
        "Base URL of the assistant when it lives at another origin than the shop at --host; it gets the same API key. Empty = at --host.",
        str,
    ),
    Option(
        "--target",
        "",
        "TOML file that says which services are loaded and how they are spoken to (locustfiles/target/README.md), in the place of "
        "--host and --chat-host. Empty = the embedded stub, or --host.",
        lambda text: read_target(Path(text)) if text else None,
    ),
    Option(
        "--allow",
        "",
        "The allow-list (TOML): which hosts outside this machine may be loaded, how hard, when, and who answers for each. Empty = none.",
        _allow,
    ),
    Option(
        AUTHORISED_FLAG,
        "",
        "The host outside this machine typed again, in the place of a proof file there; commas part several. It needs its entry in --allow too.",
        _hosts,
    ),
    Option(
        "--stop-file",
        "",
        "Load ends within two seconds on every worker when this file appears, and does not begin when it is there.",
        lambda text: Path(text).absolute() if text else None,
    ),
    Option(
        "--stop-after-onset",
        "",
        "The run ends in order so long after the target begins to turn shoppers away, and is judged as far as it goes. Takes a "
        "span such as 60s; empty = the whole curve is offered.",
        optional(span_s),
    ),
    RUNS,
    Option(
        "--api-key-env",
        API_KEY_ENV,
        "Name of the environment variable that holds the target's API key; the key itself is never an option.",
        str,
    ),
)
"""The options that every scenario has, open or closed, beside those of its shoppers (``shopper_options``) and its gate."""


class _Joined(argparse._AppendAction):
    """Adds to the text instead of taking its place, so that no objective is lost; a list in ``[tool.locust]`` is several."""

    def __call__(self, _parser: Any, namespace: Namespace, values: Any, _option_string: str | None = None) -> None:
        given = (getattr(namespace, self.dest, None), values)
        setattr(namespace, self.dest, "; ".join(text for text in given if text))


def offer_on(parser: ArgumentParser, options: Iterable[Option]) -> None:
    """Offer the options on Locust's parser, for the command line, ``[tool.locust]`` and the web form alike.

    Locust's ``--help`` answers before it loads a scenario, so ``--show-options`` is ours.
    """
    parser.add_argument(
        "--show-options", action="help", help="Show all options, those of the scenario included, and exit."
    )
    for option in options:
        if option.flag == "--incident":
            parser.add_argument(
                option.flag, nargs="?", const="yes", default=option.default, metavar="yes|no", help=option.meaning
            )
        else:
            shown = f"{option.meaning} Default: {option.default or 'empty'}"
            flags = filter(None, (option.flag, option.alias))
            action: Any = _Joined if option.is_several else "store"
            parser.add_argument(*flags, type=str, default=option.default, metavar="VALUE", help=shown, action=action)
