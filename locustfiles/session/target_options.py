"""What ``--target`` makes of a run's other options: it takes the place of those that say where the services are, and refuses them beside it.

This module must not know Locust's runners.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from locustfiles.adapters.load_adapter import AdapterError, load_adapter
from locustfiles.journeys.itinerary import steps_of
from locustfiles.session.options import API_KEY_ENV, TARGET_SLOS
from locustfiles.session.scenarios import Scenario
from locustfiles.target.allow_list import AllowListError, read_allow_list
from locustfiles.target.base_url import origins_of
from locustfiles.target.target import Target
from locustfiles.target.target_file import missing_secrets


def is_elsewhere(parsed: Mapping[str, Any]) -> bool:
    """Whether the load comes from processes of which this one knows nothing."""
    return bool(parsed.get("worker") or parsed.get("master")) and not parsed.get("processes")


def take_target(
    scenario: Scenario,
    parsed: Mapping[str, Any],
    values: dict[str, Any],
    given: Mapping[str, str],
    wrong: list[str],
) -> tuple[str, ...]:
    """Make what the target file says the values of the options that it stands for; the steps of the run's journeys."""
    target: Target | None = values.setdefault("target", None)
    if given["target"]:
        wrong += _beside(values, given)
    if target is None:
        return scenario.steps
    origins = origins_of(target)
    values["host"], values["chat_host"] = origins[0], origins[1] if len(origins) > 1 else ""
    values["ca_file"] = target.ca_pem or values.get("ca_file", "")
    if target.checkout is not None and target.checkout.adapter:
        try:
            load_adapter(target.checkout.adapter)
        except AdapterError as error:
            wrong.append(f"--target {given['target']}: checkout.adapter: {error}")
    if target.allow_file:
        _take_allow_list(Path(target.allow_file), values, given, wrong)
    if not is_elsewhere(parsed):
        wrong += [f"--target {given['target']}: {sentence}" for sentence in missing_secrets(target, os.environ)]
    if not scenario.lives_target:
        return scenario.steps
    if not given["slo"]:
        values["slo"] = TARGET_SLOS[target.journey]
    return steps_of(target)


def _take_allow_list(path: Path, values: dict[str, Any], given: Mapping[str, str], wrong: list[str]) -> None:
    if given["allow"]:
        wrong.append(f"--allow says the same as guard.allow of {given['target']}; leave one of them out.")
        return
    try:
        values["allow"] = read_allow_list(path)
    except AllowListError as error:
        wrong.append(f"--target {given['target']}: guard.allow: {error}")


def _beside(values: Mapping[str, Any], given: Mapping[str, str]) -> list[str]:
    """What says the same as the target file, or nothing beside it."""
    told = {"--host": values["host"], "--chat-host": values.get("chat_host"), "--ca-file": given["ca_file"]}
    target = values["target"]
    if target is not None and not target.ca_pem:
        del told["--ca-file"]
    if given["api_key_env"] != API_KEY_ENV:
        told["--api-key-env"] = given["api_key_env"]
    if given["incident"] == "yes":
        told["--incident"] = "yes"
    return [
        f"{flag} says nothing beside --target {given['target']}, which says what is loaded; leave one of them out."
        for flag, text in told.items()
        if text
    ]
