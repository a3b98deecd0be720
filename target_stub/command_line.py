"""Makes the configuration at the edge, from a preset, a TOML file and flags, in that order, and writes it as TOML.

Everything that is wrong is told at once. A flag is a field's name with dashes; a TOML key is a field's name.
"""

import argparse
import difflib
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NoReturn, get_type_hints

import msgspec

from target_stub.admission.policy import discipline_of, door_of, limit_of
from target_stub.config import PRESETS, Config, ConfigError
from target_stub.ledger_postgres import is_postgres, without_password

_FIELDS: Final[dict[str, Any]] = get_type_hints(Config, include_extras=True)


class Invocation(msgspec.Struct, frozen=True):
    """What the command line asks for."""

    config: Config
    print_config: bool
    export_ledger: Path | None = None


def parse(arguments: Sequence[str]) -> Invocation:
    """Return the configuration of a command line; raises ConfigError with every sentence that applies."""
    errors: list[str] = []
    flags, unknown = _parser().parse_known_args(arguments)
    given: dict[str, object] = vars(flags)
    print_config = bool(given.pop("print_config", False))
    export = given.pop("export_ledger", None)
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
    if export is not None and not is_postgres(str(values.get("ledger", ""))):
        errors.append(
            "--export-ledger copies the books of a postgresql:// --ledger; a SQLite ledger is such a file already"
        )
    if errors:
        raise ConfigError(errors)
    defaults = PRESETS[str(values.get("preset", "graceful"))]
    config = msgspec.convert({**defaults, **values}, Config)
    for rule_of in (door_of, limit_of, discipline_of):
        try:
            rule_of(config)
        except ValueError as error:
            errors.append(str(error))
    if errors:
        raise ConfigError(errors)
    return Invocation(config, print_config, None if export is None else Path(str(export)))


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
    parser.add_argument(
        "--export-ledger", metavar="FILE", help="copy a postgresql:// ledger to a new SQLite file and end"
    )
    parser.add_argument("--print-config", action="store_true", help="print the configuration as TOML and end")
    return parser


def _help(annotation: object, default: object) -> str:
    description = str(_schema(annotation).get("description", ""))
    text = description if default is None else f"{description} (default {default})"
    return text.replace("%", "%%")


def _metavar(annotation: object) -> str:
    schema = _schema(annotation)
    choices: list[str] = schema.get("enum", [])
    if "x-names" in schema:
        return "NAME[,NAME...]"
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
    known = ["--" + field.replace("_", "-") for field in (*_FIELDS, "config", "print_config", "export_ledger")]
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
    names: list[str] = _schema(_FIELDS[field]).get("x-names", [])
    if names:
        return f"give one or more of {', '.join(names)}, with commas between"
    reason = str(error).replace("`", "")
    return reason[:1].lower() + reason[1:]


def _nearest(name: str, known: list[str], otherwise: str) -> str:
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f"; did you mean {close[0]!r}?" if close else f"; {otherwise}"


def as_toml(config: Config) -> str:
    """Return the configuration as a TOML file that `--config` accepts; what is not set, and a password, is left out."""
    entries = msgspec.to_builtins(config)
    if config.ledger is not None:
        entries["ledger"] = without_password(config.ledger)
    # JSON text of these types (text, number, truth value) is TOML text as well.
    return "".join(
        f"{key} = {msgspec.json.encode(value).decode()}\n" for key, value in entries.items() if value is not None
    )
