"""The stub's configuration: one frozen value, made at the edge from a preset, a TOML file and flags, in that order.

Everything that is wrong is told at once. A flag is a field's name with dashes; a TOML key is a field's name.
"""

import argparse
import difflib
import math
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Final, Literal, NoReturn, get_type_hints

import msgspec
from msgspec import Meta

from target_stub.admission.doors import Door, DoorKind, OpenDoor, TokenBucket
from target_stub.admission.voice import Voice
from target_stub.capacity.service_time import ServiceLaw

Preset = Literal["graceful", "incident"]
Port = Annotated[int, Meta(ge=0, le=65_535)]


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All that decides how the stub behaves; the descriptions are the help texts of the flags."""

    preset: Annotated[
        Preset,
        Meta(
            description="graceful: a token bucket in front of a station with room to spare; "
            "incident: an open door and a queue without end"
        ),
    ] = "graceful"
    capacity_per_s: Annotated[
        float, Meta(ge=0.001, le=20_000, description="orders a second the service is good for")
    ] = 200.0
    headroom: Annotated[float, Meta(gt=0, le=100, description="capacity of the station / capacity_per_s")] = 1.3
    admission: Annotated[DoorKind, Meta(description="who gets in")] = "token-bucket"
    bucket_burst_s: Annotated[float, Meta(gt=0, le=3600, description="burst of the bucket, in seconds of its rate")] = (
        1.0
    )
    queue_limit: (
        Annotated[
            int,
            Meta(ge=0, le=10_000_000, description="most shoppers waiting for a server; by default as the preset says"),
        ]
        | None
    ) = None
    voice: Annotated[Voice, Meta(description="how a refusal is said")] = "mixed"
    service_ms: Annotated[float, Meta(gt=0, le=600_000, description="mean service time of one answer")] = 250.0
    service_law: Annotated[ServiceLaw, Meta(description="distribution of the service time")] = "lognormal"
    service_cv: Annotated[float, Meta(ge=0, le=10, description="standard deviation / mean, lognormal only")] = 0.5
    seed: Annotated[int, Meta(ge=0, le=2**63 - 1, description="seed of every random number")] = 1
    host: Annotated[str, Meta(min_length=1, description="address of the public doors")] = "127.0.0.1"
    port: Annotated[Port, Meta(description="port of the public doors, 0 for a free one")] = 0
    control_port: Annotated[Port, Meta(description="port of the control door, on loopback only")] = 0
    ledger: Annotated[str, Meta(min_length=1, description="SQLite file of the orders; in memory without it")] | None = (
        None
    )
    truth: Annotated[str, Meta(min_length=1, description="JSON lines of what the chat door did")] | None = None
    api_key_env: (
        Annotated[
            str,
            Meta(
                min_length=1,
                description="environment variable that holds the key callers must send; any bearer token without it",
            ),
        ]
        | None
    ) = None
    until_stdin_closes: Annotated[bool, Meta(description="end when standard input reaches its end")] = False


# What a preset changes against the defaults above.
PRESETS: Final[dict[str, dict[str, object]]] = {
    "graceful": {"admission": "token-bucket", "voice": "mixed", "headroom": 1.3},
    "incident": {"admission": "open", "voice": "mixed", "headroom": 1.0},
}
# A queue that outlasts any client's patience, and still a bound.
_INCIDENT_QUEUE: Final = 1_000_000
_FIELDS: Final[dict[str, Any]] = get_type_hints(Config, include_extras=True)


class ConfigError(Exception):
    """The configuration cannot be used; `sentences` says everything that is wrong with it."""

    def __init__(self, sentences: Sequence[str]) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = list(sentences)


class Sizing(msgspec.Struct, frozen=True):
    """The station that a configuration asks for."""

    servers: int
    mean_ms: float
    queue_limit: int


def sizing(config: Config) -> Sizing:
    """Return c = ceil(capacity * service time) servers, with the mean stretched so that c / mean is the capacity exactly.

    Without the stretch a small station would be larger than asked: one server of 250 ms is already worth 4 orders/s.
    """
    capacity_per_s = config.capacity_per_s * config.headroom
    # The small amount absorbs binary fractions: 1.3 * 200 * 0.25 s is 65 servers, not 66.
    servers = max(1, math.ceil(capacity_per_s * config.service_ms / 1000 - 1e-9))
    limit = config.queue_limit
    if limit is None and config.preset == "incident":
        limit = _INCIDENT_QUEUE
    elif limit is None:
        # Room for a whole burst and one second more: with the bucket in front it is never reached.
        limit = math.ceil(config.capacity_per_s * (1 + config.bucket_burst_s))
    return Sizing(servers, servers / capacity_per_s * 1000, limit)


def door_of(config: Config) -> Door:
    """Return the door that a configuration asks for."""
    if config.admission == "open":
        return OpenDoor()
    return TokenBucket(config.capacity_per_s, config.bucket_burst_s)


class Invocation(msgspec.Struct, frozen=True):
    """What the command line asks for."""

    config: Config
    print_config: bool


def parse(arguments: Sequence[str]) -> Invocation:
    """Return the configuration of a command line; raises ConfigError with every sentence that applies."""
    errors: list[str] = []
    flags, unknown = _parser().parse_known_args(arguments)
    given: dict[str, object] = vars(flags)
    print_config = bool(given.pop("print_config", False))
    file = given.pop("config", None)
    errors.extend(_unknown(unknown))
    from_file = {} if file is None else _read(Path(str(file)), errors)
    values: dict[str, object] = {}
    for source, entries, strict in ((f"{file}: ", from_file, True), ("--", given, False)):
        for field, value in entries.items():
            shown = field if strict else field.replace("_", "-")
            try:
                values[field] = msgspec.convert(value, _FIELDS[field], strict=strict)
            except msgspec.ValidationError as error:
                errors.append(f"{source}{shown} is {str(value)[:80]!r}: {_reason(field, error)}")
    if errors:
        raise ConfigError(errors)
    defaults = PRESETS[str(values.get("preset", "graceful"))]
    return Invocation(msgspec.convert({**defaults, **values}, Config), print_config)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise ConfigError([message])


def _parser() -> argparse.ArgumentParser:
    about = "An AI-shopping service with a real capacity, real admission control and a real ledger, to load."
    parser = _Parser(prog="springtide-stub", description=about, allow_abbrev=False, argument_default=argparse.SUPPRESS)
    info = {field.encode_name: field for field in msgspec.structs.fields(Config)}
    for name, annotation in _FIELDS.items():
        flag = "--" + name.replace("_", "-")
        if info[name].default is False:
            parser.add_argument(flag, action="store_true", help=_help(annotation, None))
        else:
            parser.add_argument(flag, metavar=_metavar(annotation), help=_help(annotation, info[name].default))
    parser.add_argument("--config", metavar="FILE", help="TOML file with any of these; flags win over it")
    parser.add_argument("--print-config", action="store_true", help="print the configuration as TOML and end")
    return parser


def _help(annotation: object, default: object) -> str:
    description = str(_schema(annotation).get("description", ""))
    text = description if default is None else f"{description} (default {default})"
    return text.replace("%", "%%")


def _metavar(annotation: object) -> str:
    schema = _schema(annotation)
    choices: list[str] = schema.get("enum", [])
    return "|".join(choices) if choices else {"integer": "N", "number": "X"}.get(str(schema.get("type")), "TEXT")


def _schema(annotation: object) -> dict[str, Any]:
    schema = msgspec.json.schema(annotation)
    # An optional field is a choice between null and its value; the value's schema has the description.
    choices = [choice for choice in schema.get("anyOf", [schema]) if choice.get("type") != "null"]
    return {**schema, **choices[0]}


def _read(path: Path, errors: list[str]) -> dict[str, object]:
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        errors.append(f"cannot read the configuration {path}: {error.strerror}")
        return {}
    except ValueError as error:
        errors.append(f"{path} is not TOML: {error}")
        return {}
    unknown = [key for key in entries if key not in _FIELDS]
    known = f"known are {', '.join(_FIELDS)}"
    errors.extend(f"{path}: unknown key {key!r}{_nearest(key, list(_FIELDS), known)}" for key in unknown)
    return {key: value for key, value in entries.items() if key in _FIELDS}


def _unknown(arguments: list[str]) -> list[str]:
    """One sentence an unknown flag; a bare word right after one was meant as its value."""
    known = ["--" + field.replace("_", "-") for field in (*_FIELDS, "config", "print_config")]
    sentences = []
    after_flag = False
    for argument in arguments:
        if argument.startswith("-"):
            name = argument.split("=")[0]
            sentences.append(f"unknown argument {name!r}{_nearest(name, known, 'see --help')}")
        elif not after_flag:
            sentences.append(f"unexpected argument {argument!r}: every setting is a flag, see --help")
        after_flag = argument.startswith("-") and "=" not in argument
    return sentences


def _reason(field: str, error: msgspec.ValidationError) -> str:
    choices: list[str] = _schema(_FIELDS[field]).get("enum", [])
    if choices:
        return f"give one of {', '.join(choices)}"
    reason = str(error).replace("`", "")
    return reason[:1].lower() + reason[1:]


def _nearest(name: str, known: list[str], otherwise: str) -> str:
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f"; did you mean {close[0]!r}?" if close else f"; {otherwise}"


def as_toml(config: Config) -> str:
    """Return the configuration as a TOML file that `--config` accepts; what is not set is left out."""
    entries = msgspec.to_builtins(config)
    # JSON text of these types (text, number, truth value) is TOML text as well.
    return "".join(
        f"{key} = {msgspec.json.encode(value).decode()}\n" for key, value in entries.items() if value is not None
    )
