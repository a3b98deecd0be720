"""Everything that one run is asked to do, as one frozen value: read from Locust's parsed options, with all mistakes told at once.

This module must not know Locust's runners.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from locustfiles.arrivals.arrival_process import Schedule
from locustfiles.journeys.retry import RetryMix, RetryPolicy, sole
from locustfiles.session.options import Option
from locustfiles.session.scenarios import Offer, Scenario
from locustfiles.transport.origin import Origin


class SettingsError(Exception):
    """Options that cannot be run; ``sentences`` holds one for every mistake."""

    def __init__(self, sentences: list[str]) -> None:
        """Keep the sentences."""
        super().__init__(" ".join(sentences))
        self.sentences = sentences


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that a run is asked to do, checked."""

    offer: Offer
    seed: int
    arrivals: str
    burstiness: float
    """1 unless arrivals are gamma."""
    incident: bool
    voice: str
    retry: RetryMix
    patience_s: float
    slo: Path
    runs: Path
    api_key_env: str
    host: str
    """Base URL of the target; empty = the embedded stub."""
    arguments: dict[str, str]
    """The options as given, for the manifest; none of them is a secret."""

    @property
    def duration_s(self) -> float:
        """Length of the offered curve."""
        return self.offer.curve.duration_s


def read_settings(parsed: Mapping[str, Any], scenario: Scenario) -> Settings:
    """The settings that Locust's parsed options give a scenario; SettingsError with a sentence for every mistake."""
    wrong: list[str] = []
    values: dict[str, Any] = {}
    given: dict[str, str] = {}
    for option in scenario.options:
        _read(option, parsed, values, given, wrong)
    host = str(parsed.get("host") or "")
    offer = _offer(scenario, values, wrong)
    wrong += _further_mistakes(values, host)
    if wrong or offer is None:
        raise SettingsError(wrong)
    incident = values["incident"] == "yes"
    given["slo"] = values["slo"].name
    return Settings(
        offer=offer,
        seed=values["seed"],
        arrivals=values["arrivals"],
        burstiness=values["burstiness"] if values["arrivals"] == "gamma" else 1.0,
        incident=incident,
        voice=values["voice"],
        retry=values["retry"] or sole(RetryPolicy.SDK if incident else RetryPolicy.LEAVE),
        patience_s=values["patience"],
        slo=values["slo"],
        runs=values["runs"],
        api_key_env=values["api_key_env"],
        host=host,
        arguments={**given, "host": _without_userinfo(host)},
    )


def _read(
    option: Option, parsed: Mapping[str, Any], values: dict[str, Any], given: dict[str, str], wrong: list[str]
) -> None:
    text = given[option.name] = option.text_in(parsed)
    try:
        values[option.name] = option.read(text)
    except (ValueError, ArithmeticError) as error:
        wrong.append(option.mistake(text, error))


def _offer(scenario: Scenario, values: Mapping[str, Any], wrong: list[str]) -> Offer | None:
    """What the scenario offers; None, with the reason in ``wrong``, when its options cannot be read or do not fit together."""
    if any(option.name not in values for option in scenario.own):
        return None
    try:
        offer = scenario.offer(values)
        Schedule(offer.curve)
    except ValueError as error:
        wrong.append(str(error))
        return None
    return offer


def _further_mistakes(values: Mapping[str, Any], host: str) -> list[str]:
    wrong: list[str] = []
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
