"""Everything that one run is asked to do, as one frozen value: read from Locust's parsed options, with all mistakes told at once.

This module must not know Locust's runners.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from locustfiles.arrivals.arrival_process import Schedule
from locustfiles.arrivals.trace_files import Recording
from locustfiles.journeys.retry import RetryMix, RetryPolicy, sole
from locustfiles.session.crowd import crowd_mistake, longest_wish_s, most_in_flight, patience_with
from locustfiles.session.gate_options import Gate, gate_of, told, warm_up_mistake
from locustfiles.session.options import Option
from locustfiles.session.scenarios import Offer, Scenario, with_recording
from locustfiles.session.target_options import is_elsewhere, take_target
from locustfiles.target.allow_list import NOBODY, AllowList
from locustfiles.target.base_url import origins_of
from locustfiles.target.target import Target
from locustfiles.target.target_file import TargetError
from locustfiles.transport.connection_pool import Mode
from locustfiles.transport.origin import Origin
from reports.run_record.schema import CLOSED, TRACE

GateMistake = Callable[[Gate, int | None, tuple[str, ...]], str]
CLOSED_SHOPPERS = 10
"""Shoppers of a closed model without ``-u``."""


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
    """The process, as the run record names it."""
    burstiness: float
    """1 unless arrivals are gamma."""
    recording: Recording | None
    """The arrivals of a trace."""
    incident: bool
    voice: str
    replicas: int | None
    """Of the target; None = not told."""
    replica_contention: float
    retry: RetryMix
    patience_s: float
    connections: Mode
    ca_pem: str
    """Whom https targets are trusted by; empty = the system's authorities."""
    chat_host: str
    """Base URL of the assistant; empty = it lives at the shop's."""
    gate: Gate
    runs: Path
    api_key_env: str
    host: str
    """Base URL of the target; empty = the embedded stub."""
    target: Target | None
    """What the target file says; its origins are then ``host`` and ``chat_host`` too."""
    steps: tuple[str, ...]
    """The requests of a journey, in order; empty = not known before the run."""
    arguments: dict[str, str]
    """The options as given, for the manifest; none of them is a secret."""
    allow: AllowList = NOBODY
    """What may be loaded outside this machine."""
    typed_hosts: tuple[str, ...] = ()
    """Hosts that whoever starts the run has typed again."""
    stop_file: Path | None = None
    stop_after_onset_s: float | None = None
    """Seconds from an onset to the run's end; None = the whole curve."""
    returning_share: float = 0.0
    """The probability that a wish is by a shopper who has wished before."""
    keep_texts: float = 0.0
    """Share of the wishes whose answers of the assistant are kept as texts."""

    @property
    def duration_s(self) -> float:
        """Length of the offered curve."""
        return self.offer.curve.duration_s

    @property
    def longest_wish_s(self) -> float:
        """The longest that one wish is expected to last."""
        return longest_wish_s(patience_with(self.patience_s, self.target.waits if self.target else None), self.retry)

    @property
    def origins(self) -> tuple[str, ...]:
        """Base URLs of everything that is loaded, the first that of ``host``; none = the embedded stub."""
        return origins_of(self.target) if self.target is not None else tuple(filter(None, (self.host, self.chat_host)))

    @property
    def usual_shoppers(self) -> int:
        """Shoppers without ``-u``."""
        return _usual_shoppers(self.offer, self.recording, self.longest_wish_s, self.burstiness)


def read_settings(
    parsed: Mapping[str, Any], scenario: Scenario, *, gate_mistake: GateMistake = lambda _gate, _segments, _steps: ""
) -> Settings:
    """The settings that Locust's parsed options give a scenario; SettingsError with a sentence for every mistake.

    ``gate_mistake`` says what is wrong with objectives for a curve of so many segments and a journey of these steps, "" for nothing:
    a generator cannot read them.
    """
    wrong: list[str] = []
    values: dict[str, Any] = {}
    given: dict[str, str] = {}
    for option in scenario.options:
        _read(option, parsed, values, given, wrong)
    values["host"] = str(parsed.get("host") or "")
    steps = take_target(scenario, parsed, values, given, wrong)
    offer = _offer(scenario, values, wrong)
    recording = _recording(values, wrong)
    if offer is not None:
        offer = _full_offer(scenario, offer, recording, values, given, wrong)
    wrong += _further_mistakes(values)
    if "gate" in values and (mistake := gate_mistake(gate_of(values), _segments(offer), steps)):
        wrong.append(told(mistake))
    if offer is not None:
        wrong += filter(None, [warm_up_mistake(values.get("warm_up") or 0.0, offer.curve.duration_s)])
        wrong += _crowd_mistakes(offer, recording, values, parsed)
    if wrong or offer is None:
        raise SettingsError(wrong)
    return _settings(offer, recording, values, given, steps)


def _settings(
    offer: Offer,
    recording: Recording | None,
    values: Mapping[str, Any],
    given: dict[str, str],
    steps: tuple[str, ...],
) -> Settings:
    arrivals = values.get("arrivals", CLOSED)
    hosts = {name: without_userinfo(values[name]) for name in ("host", "chat_host")}
    gate = gate_of(values)
    names = {"target": Path(given["target"]).name, **gate.recorded} | (
        {} if recording is None else {"arrivals": recording.name}
    )
    return Settings(
        offer=offer,
        seed=values["seed"],
        arrivals=TRACE if recording is not None else arrivals,
        burstiness=_burstiness(values),
        recording=recording,
        incident=values["incident"] == "yes",
        voice=values["voice"],
        replicas=values["replicas"],
        replica_contention=values["replica_contention"],
        retry=_retry(values),
        patience_s=values["patience"],
        connections=values["connections"],
        ca_pem=values["ca_file"],
        chat_host=values["chat_host"],
        gate=gate,
        runs=values["runs"],
        api_key_env=values["api_key_env"],
        host=values["host"],
        target=values["target"],
        steps=steps,
        arguments={**given, **names, **hosts},
        allow=values["allow"],
        typed_hosts=values["i_am_authorised"],
        stop_file=values["stop_file"],
        stop_after_onset_s=values["stop_after_onset"],
        returning_share=values["returning"],
        keep_texts=values["keep_texts"],
    )


def _read(
    option: Option, parsed: Mapping[str, Any], values: dict[str, Any], given: dict[str, str], wrong: list[str]
) -> None:
    text = given[option.name] = option.text_in(parsed)
    try:
        values[option.name] = option.read(text)
    except TargetError as error:
        wrong += [f"{option.flag} {text}: {sentence}" for sentence in error.sentences]
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


def _recording(values: Mapping[str, Any], wrong: list[str]) -> Recording | None:
    """The recorded arrivals at the speed that is asked for; None when arrivals follow a curve, or could not be read."""
    recording, speed = values.get("arrivals"), values.get("trace_speed", 1.0)
    if not isinstance(recording, Recording):
        if speed != 1.0 and recording is not None:
            wrong.append(f"--trace-speed {speed:g}: there is no recording to speed up; give --arrivals FILE.")
        return None
    try:
        return recording if speed == 1.0 else replace(recording, schedule=recording.schedule.faster(speed))
    except ValueError as error:
        wrong.append(f"--trace-speed {speed:g}: {error}")
        return None


def _full_offer(
    scenario: Scenario,
    offer: Offer,
    recording: Recording | None,
    values: Mapping[str, Any],
    given: Mapping[str, str],
    wrong: list[str],
) -> Offer:
    """The scenario's offer with what is added to it, or the recording that takes its place."""
    if recording is not None:
        wrong += [
            f"{option.flag} {given[option.name]!r} says nothing beside --arrivals {recording.name}, whose arrivals take the place of "
            "the curve; leave it out."
            for option in scenario.options
            if option.shapes and given[option.name] != option.default
        ]
        return with_recording(offer, recording, values)
    added = values.get("plus")
    if added is None:
        return offer
    full = replace(offer, curve=offer.curve + added, note=f"{offer.note} On top of it {given['plus']}.")
    try:
        Schedule(full.curve)
    except ValueError as error:
        wrong.append(f"--plus: {error}")
    return full


def _segments(offer: Offer | None) -> int | None:
    """How many segments the record's curve will have; None when that is not known."""
    if offer is None:
        return None
    return 0 if offer.thinking is not None else len(offer.curve.segments)


def _further_mistakes(values: Mapping[str, Any]) -> list[str]:
    wrong: list[str] = []
    for flag, url in (("--host", values["host"]), ("--chat-host", values.get("chat_host"))):
        if url:
            try:
                Origin.parse(url)
            except ValueError as error:
                wrong.append(f"{flag}: {error}")
    if values.get("chat_host") and not values["host"]:
        wrong.append("--chat-host: the embedded stub has an assistant of its own; give the shop's --host too.")
    return wrong


def _crowd_mistakes(
    offer: Offer, recording: Recording | None, values: Mapping[str, Any], parsed: Mapping[str, Any]
) -> list[str]:
    """What is wrong with the number of shoppers. Of workers elsewhere this process knows nothing, so they are not judged."""
    if is_elsewhere(parsed) or not {"patience", "retry", "incident", "target"} <= values.keys():
        return []
    asked = parsed.get("num_users")
    target: Target | None = values["target"]
    longest_s = longest_wish_s(patience_with(values["patience"], target.waits if target else None), _retry(values))
    mistake = crowd_mistake(
        _usual_shoppers(offer, recording, longest_s, _burstiness(values)),
        int(asked) if asked else None,
        origins=len(origins_of(target)) if target else 2 if values["chat_host"] else 1,
        processes=max(1, parsed.get("processes") or 1),
        longest_s=longest_s,
    )
    return [mistake] if mistake else []


def _retry(values: Mapping[str, Any]) -> RetryMix:
    told: RetryMix | None = values["retry"]
    return told or sole(RetryPolicy.SDK if values["incident"] == "yes" else RetryPolicy.LEAVE)


def _burstiness(values: Mapping[str, Any]) -> float:
    return float(values.get("burstiness", 1.0)) if values.get("arrivals") == "gamma" else 1.0


def _usual_shoppers(offer: Offer, recording: Recording | None, longest_s: float, burstiness: float) -> int:
    """So many that none is missing however slow the target gets; a few in the closed model."""
    if offer.thinking is not None:
        return CLOSED_SHOPPERS
    if recording is not None:
        return recording.schedule.most_within(longest_s)
    return most_in_flight(offer.curve, longest_s, burstiness)


def without_userinfo(url: str) -> str:
    """A base URL without a name and password in it."""
    return re.sub(r"//[^/@]*@", "//", url)
