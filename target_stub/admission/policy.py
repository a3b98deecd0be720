"""From a configuration to the rules of admission, and from one rule to another at run time."""

import math
from typing import Any, Final, TypeVar, get_args

import msgspec

from target_stub.admission.dagor import Dagor
from target_stub.admission.doors import Door, OpenDoor
from target_stub.admission.limits import Aimd, FixedLimit, Gradient2, Limit, NoLimit, Vegas
from target_stub.admission.queue_discipline import Codel, Fifo, FollyCodel, Lifo, QueueDiscipline
from target_stub.admission.token_bucket import TokenBucket
from target_stub.admission.waiting_room import WaitingRoom
from target_stub.config import Config, ConfigError
from target_stub.sizing import prompts_per_s, sizing

Rule = TypeVar("Rule", Door, Limit, QueueDiscipline)
DOORS: Final = get_args(Door)
LIMITS: Final = get_args(Limit)
DISCIPLINES: Final = get_args(QueueDiscipline)
_INITIAL: Final = 20


def door_of(config: Config) -> Door:
    """Return the door that a configuration asks for; raises ValueError where its numbers contradict each other,
    ConfigError for a rate that no bucket has."""
    match config.admission:
        case "open":
            return OpenDoor()
        case "token-bucket":
            return _bucket(config)
        case "dagor":
            return Dagor(
                config.dagor_threshold_ms,
                config.dagor_window_s,
                config.dagor_window_requests,
                config.dagor_alpha,
                config.dagor_beta,
            )
        case "waiting-room":
            return WaitingRoom(
                config.room_sessions or math.ceil(prompts_per_s(config) * config.room_session_s),
                config.room_entries_per_s or prompts_per_s(config),
                config.room_session_s,
                config.room_refresh_s,
                config.room_keep_s,
                config.room_opens_at,
            )


def _bucket(config: Config) -> TokenBucket:
    try:
        return TokenBucket(prompts_per_s(config), config.bucket_burst_s)
    except ValueError as error:
        sentence = f"capacity_per_s * prompts_per_order over all replicas is too much or too little: {error}"
        raise ConfigError([sentence]) from None


def limit_of(config: Config) -> Limit:
    """Return the limit that a configuration asks for; raises ValueError as `door_of`."""
    initial, minimum, maximum = config.limit_initial or _INITIAL, config.limit_minimum, config.limit_maximum
    window_ms = config.limit_window_ms
    match config.limit:
        case "none":
            return NoLimit()
        case "fixed":
            # Little's law: as many as are in service when the capacity is used and nobody waits.
            return FixedLimit(config.limit_initial or sizing(config).servers)
        case "aimd":
            return Aimd(initial, minimum, maximum or 200, config.limit_backoff, config.limit_timeout_ms, window_ms)
        case "gradient2":
            smoothing = config.limit_smoothing or 0.2
            return Gradient2(
                initial,
                minimum,
                maximum or 200,
                config.limit_queue,
                smoothing,
                config.limit_long_window,
                config.limit_tolerance,
                window_ms,
            )
        case "vegas":
            return Vegas(initial, maximum or 1000, config.limit_smoothing or 1.0, config.limit_probe, window_ms)


def discipline_of(config: Config) -> QueueDiscipline:
    """Return the queue discipline that a configuration asks for; raises ValueError as `door_of`."""
    match config.queue_discipline:
        case "fifo":
            return Fifo()
        case "lifo":
            return Lifo()
        case "codel":
            return Codel(config.codel_target_ms, config.codel_interval_ms)
        case "codel-folly":
            return FollyCodel(config.codel_target_ms, config.codel_interval_ms, config.codel_lifo)


def switched(before: Rule, rules: tuple[type[Any], ...], change: dict[str, Any]) -> Rule:
    """Return the rule after a change of kind, of parameters or of both; raises ValueError with one sentence.

    Of the same kind, what is left out stays as it is; of another, it takes the published default, where there is one.
    """
    by_kind = {kind_of(rule): rule for rule in rules}
    kind = change.get("kind", kind_of(type(before)))
    if not isinstance(kind, str) or kind not in by_kind:
        raise ValueError(f"kind is one of {', '.join(by_kind)}, not {str(kind)[:40]}")
    fields = {field.name: field for field in msgspec.structs.fields(by_kind[kind])}
    unknown = sorted(set(change) - {"kind"} - set(fields))
    if unknown:
        has = f"it has {', '.join(fields)}" if fields else "it has no parameters"
        raise ValueError(f"{kind} has no {unknown[0][:40]}: {has}")
    values = {**msgspec.structs.asdict(before), **change} if isinstance(before, by_kind[kind]) else change
    missing = [name for name, field in fields.items() if field.required and name not in values]
    if missing:
        raise ValueError(f"{kind} needs {' and '.join(missing)}")
    made: Rule = msgspec.convert({**values, "kind": kind}, by_kind[kind])
    return made


def kind_of(rule: type[Any]) -> str:
    """Return the name of a rule's kind."""
    return str(rule.__struct_config__.tag)
