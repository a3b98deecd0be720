"""Strict reading of a TOML file's tables: every mistake is a sentence with its path, and all of them are collected.

A value that may be a secret is never quoted. This module must not know what the fields mean (``target_file``).
"""

import difflib
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from locustfiles.target.target import SecretSource

LONGEST_TEXT = 16_384
"""Characters of one text."""
LONGEST_S = 3600.0
_SHOWN = 40
_KINDS: dict[type, str] = {
    str: "text",
    bool: "true or false",
    int: "a number",
    float: "a number",
    list: "a list",
    dict: "a table",
}


class Fields:
    """One table of the file; ``path`` is its name, "" for the file itself. What it gives for a field that is wrong is the default."""

    def __init__(
        self, path: str, values: Mapping[str, Any], known: Iterable[str], *, folder: Path, wrong: list[str]
    ) -> None:
        """Take the values and say which of their names are unknown."""
        self.folder = folder
        self.wrong = wrong
        self._path = path
        self._values = values
        words = tuple(known)
        wrong += [f"{self.at(name)}: {unknown(name, words)}" for name in values if name not in words]

    def at(self, name: str) -> str:
        """The path of a field."""
        return f"{self._path}.{name}" if self._path else name

    def says(self, name: str) -> bool:
        """Whether the file has the field."""
        return name in self._values

    def mistake(self, name: str, sentence: str) -> None:
        """Note what is wrong with a field."""
        self.wrong.append(f"{self.at(name)}: {sentence}")

    def table(self, name: str, known: Iterable[str]) -> "Fields | None":
        """The table of that name; None when the file has none."""
        value = self._taken(name, dict)
        return None if value is None else Fields(self.at(name), value, known, folder=self.folder, wrong=self.wrong)

    def text(self, name: str, default: str = "", *, is_required: bool = False) -> str:
        """A text."""
        value = self._taken(name, str)
        if value is None:
            if is_required and not self.says(name):
                self.mistake(name, "missing")
            return default
        if is_required and not value.strip():
            self.mistake(name, "is empty")
        if len(value) > LONGEST_TEXT:
            self.mistake(name, f"has {len(value):,} characters; give at most {LONGEST_TEXT:,}")
            return default
        return str(value)

    def word(self, name: str, known: tuple[str, ...], default: str = "") -> str:
        """One of these words."""
        value = self.text(name, default, is_required=not default)
        if value not in known and value:
            near = nearest(value, known)
            shown = value if len(value) <= _SHOWN else f"{value[:_SHOWN]}..."
            self.mistake(
                name, f"{shown!r} is not one of {', '.join(known)}" + (f"; did you mean {near}?" if near else "")
            )
            return default
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts, none of them empty."""
        value = self._taken(name, list)
        if value is None:
            return ()
        if any(not isinstance(one, str) or not one or len(one) > LONGEST_TEXT for one in value):
            self.mistake(name, "takes a list of texts, none of them empty")
            return ()
        return tuple(value)

    def flag(self, name: str, default: bool) -> bool:
        """true or false."""
        value = self._taken(name, bool)
        return default if value is None else bool(value)

    def seconds(self, name: str) -> float | None:
        """A number of seconds above 0; None when the file has none."""
        value = self._taken(name, int, float)
        if value is None:
            return None
        if not (math.isfinite(value) and 0 < value <= LONGEST_S):
            self.mistake(name, f"{value:g} is not a number of seconds above 0, at most {LONGEST_S:g}")
            return None
        return float(value)

    def members(self, name: str) -> dict[str, Any]:
        """A table of any values that JSON has."""
        value = self._taken(name, dict)
        if value is None:
            return {}
        if not _is_json(value):
            self.mistake(name, "holds a date, a time or a number that is not finite, which JSON does not have")
            return {}
        return dict(value)

    def secret(self, name: str) -> SecretSource | None:
        """Where a secret is read: ``{ env = ... }`` or ``{ file = ... }``; a file's path is relative to the target file."""
        if not self.says(name):
            return None
        return self.source(name, self._values[name])

    def source(self, name: str, value: Any) -> SecretSource | None:
        """The same of a value that stands under ``name``."""
        if not isinstance(value, dict):
            self.mistake(
                name, 'a secret does not stand in the file; take it from { env = "NAME" } or { file = "path" }'
            )
            return None
        words = ("env", "file")
        wrong = [f"{self.at(name)}.{word}: {unknown(word, words)}" for word in value if word not in words]
        self.wrong += wrong
        given = [value[word] for word in words if word in value]
        if not wrong and (len(given) != 1 or not isinstance(given[0], str) or not given[0].strip() or "\0" in given[0]):
            self.mistake(name, 'takes { env = "NAME" } or { file = "path" }, one of them, as text')
            return None
        if wrong:
            return None
        return SecretSource(env=value["env"]) if "env" in value else SecretSource(file=str(self.folder / value["file"]))

    def path(self, name: str) -> Path | None:
        """A path relative to the target file; None when the file has none."""
        value = self.text(name)
        if self.says(name) and (not value or "\0" in value):
            self.mistake(name, "is no path")
            return None
        return self.folder / value if value else None

    def value(self, name: str) -> Any:
        """Whatever stands there."""
        return self._values.get(name)

    def _taken(self, name: str, *kinds: type) -> Any:
        """The value when it is of one of these kinds; None, with the mistake noted unless it is absent, when not."""
        if name not in self._values:
            return None
        value = self._values[name]
        if isinstance(value, kinds) and (bool in kinds or not isinstance(value, bool)):
            return value
        self.mistake(name, f"takes {_KINDS[kinds[0]]}, not {_KINDS.get(type(value), 'a date or time')}")
        return None


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word that is most like it; "" when none is."""
    return next(iter(difflib.get_close_matches(word.casefold(), known, n=1, cutoff=0.6)), "")


def unknown(word: str, known: tuple[str, ...]) -> str:
    """What to say of a name that is not known."""
    near = nearest(word, known)
    return f"unknown; did you mean {near}?" if near else f"unknown; known are {', '.join(known)}"


def _is_json(value: Any) -> bool:
    if isinstance(value, dict):
        return all(_is_json(one) for one in value.values())
    if isinstance(value, list):
        return all(_is_json(one) for one in value)
    return isinstance(value, str | int) or (isinstance(value, float) and math.isfinite(value))
