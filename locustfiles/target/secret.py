"""Secrets: values that print as ``***``, how each is read, and the blanking of texts that a hostile service fills with them.

This module must not know what a secret is sent for.
"""

import base64
import html
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NoReturn
from urllib.parse import quote, quote_plus

from locustfiles.target.target import SecretSource

MARK = "***"
"""What stands in a secret's place."""
SHORTEST_CHARACTERS = 4
"""A shorter secret could not be blanked without blanking half of every text."""
LONGEST_BYTES = 8 * 1024
_LEAST_PART = 8
"""So much of a secret at the end of a text is taken for a secret that was cut."""
_CUT_FROM_CHARACTERS = 60
"""Texts are cut to no less than this; a shorter one is whole."""


class SecretError(ValueError):
    """A secret that cannot be read or sent; the text is one sentence with its source, never its value."""


class Secret:
    """A secret whose every print is ``***``; ``reveal`` is for the one place that sends it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        """Keep the text."""
        self._text = text

    def reveal(self) -> str:
        """The text itself."""
        return self._text

    def __repr__(self) -> str:
        """What stands for it wherever it is printed."""
        return MARK

    def __reduce__(self) -> NoReturn:
        """A secret travels in no message."""
        raise TypeError("A secret is not pickled; each process reads its own.")


def told_source(source: SecretSource) -> str:
    """Where a secret is read from, in words."""
    return f"the environment variable {source.env}" if source.env else f"the file {source.file}"


def read_secret(source: SecretSource, environ: Mapping[str, str]) -> Secret:
    """The secret of a source; SecretError when there is none or no header can carry it. A file's last line end is not part of it."""
    text = _in_environment(source.env, environ) if source.env else _in_file(Path(source.file))
    if not (text.isascii() and text.isprintable()):
        msg = (
            f"The secret in {told_source(source)} holds a line end or another character that no header can carry; set it "
            "again without."
        )
        raise SecretError(msg)
    if not SHORTEST_CHARACTERS <= len(text) <= LONGEST_BYTES:
        msg = (
            f"The secret in {told_source(source)} has {len(text)} characters; give one of {SHORTEST_CHARACTERS} to "
            f"{LONGEST_BYTES:,}."
        )
        raise SecretError(msg)
    return Secret(text)


def _in_environment(name: str, environ: Mapping[str, str]) -> str:
    text = environ.get(name, "")
    if not text:
        raise SecretError(f"The environment variable {name} is not set; export it where this process is started.")
    return text


def _in_file(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(LONGEST_BYTES + 3)
    except OSError as error:
        msg = f"The secret file {path} cannot be read ({error.strerror or type(error).__name__}); give one that can."
        raise SecretError(msg) from None
    return data.decode("latin-1").removesuffix("\n").removesuffix("\r")


class Redactor:
    """Blanks known secrets in any text: as they are and as URLs, JSON, HTML, Python, base64 and hex write them, in either case."""

    def __init__(self, secrets: Iterable[Secret]) -> None:
        """Prepare the search; without secrets nothing is ever blanked."""
        forms = {form for secret in secrets for form in _forms_of(secret.reveal())}
        self._forms = sorted((form.casefold() for form in forms), key=len, reverse=True)
        self._found = re.compile("|".join(map(re.escape, sorted(forms, key=len, reverse=True))), re.IGNORECASE)

    def clean(self, text: str) -> str:
        """The text with every secret blanked, one that was cut at the text's end too."""
        if not self._forms:
            return text
        text = self._found.sub(MARK, text)
        return self._without_part(text) if len(text) >= _CUT_FROM_CHARACTERS else text

    def clean_error(self, error: BaseException) -> None:
        """Blank what an exception and those it came from say, in place; what cannot be blanked says nothing any more."""
        seen: set[int] = set()
        here: BaseException | None = error
        while here is not None and id(here) not in seen:
            seen.add(id(here))
            self._clean_one(here)
            here = here.__cause__ or here.__context__

    def _clean_one(self, error: BaseException) -> None:
        if self.clean(_said(error)) != _said(error):
            error.args = tuple(self.clean(str(arg)) for arg in error.args)
        if self.clean(_said(error)) != _said(error):
            for name in list(vars(error)):
                setattr(error, name, MARK)
            error.args = (MARK,)

    def _without_part(self, text: str) -> str:
        folded = text.casefold()
        for form in self._forms:
            for kept in range(min(len(form), len(folded)) - 1, _LEAST_PART - 1, -1):
                if folded.endswith(form[:kept]):
                    return text[: len(text) - kept] + MARK
        return text


def _said(error: BaseException) -> str:
    try:
        return f"{error!s} {error!r} {getattr(error, '__notes__', '')}"
    except Exception:  # noqa: BLE001 - an exception of the user's may not even print
        return ""


def _forms_of(text: str) -> set[str]:
    """The secret as it may stand in a text: raw, escaped and encoded; base64 at each of the three places in a longer text."""
    data = text.encode()
    plain = {
        text,
        quote(text, safe=""),
        quote(text),
        quote_plus(text),
        json.dumps(text)[1:-1],
        json.dumps(text)[1:-1].replace("/", "\\/"),
        json.dumps(json.dumps(text)[1:-1])[1:-1],
        html.escape(text),
        repr(text)[1:-1],
        data.hex(),
    }
    return plain | {form for form in _in_base64(data) if len(form) >= _LEAST_PART}


def _in_base64(data: bytes) -> set[str]:
    """What is the same of the secret's base64 whatever stands before and behind it."""
    forms = set()
    for before in range(3):
        coded = base64.b64encode(bytes(before) + data).decode().rstrip("=")
        first = (before * 8 + 5) // 6  # characters that hold bits of what stands before
        whole = (before + len(data)) * 8 // 6
        forms |= {coded[first:whole], coded[first:whole].replace("+", "-").replace("/", "_")}
    return forms
