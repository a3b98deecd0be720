"""Text of others, made safe to show, and the console it is shown on.

What a target said may hold terminal escapes, direction overrides or rich markup. Every text goes through ``plain``
and is written as ``rich.text.Text``, never as markup.
"""

import os
import unicodedata
from collections.abc import Mapping
from typing import IO

from rich.console import Console
from rich.text import Text

WIDTH = 100
"""Columns where the output is no terminal and COLUMNS is not set."""
TEXT_LIMIT = 300
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
"""Unicode categories that a terminal obeys or hides instead of showing."""


def plain(text: object, limit: int = TEXT_LIMIT) -> str:
    r"""The text on one line, bounded, with every control or invisible character as \xNN or \uNNNN."""
    content = str(text)
    shown = content if len(content) <= limit else content[: limit - 3] + "..."
    return "".join(_escaped(char) if unicodedata.category(char) in _HIDDEN else char for char in shown)


def _escaped(char: str) -> str:
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"  # noqa: PLR2004 - the end of Latin-1


def words(text: object, style: str = "", limit: int = TEXT_LIMIT) -> Text:
    """Safe text in a style of ours."""
    return Text(plain(text, limit), style=style)


def console_on(stream: IO[str], environ: Mapping[str, str] = os.environ) -> Console:
    """A console that writes no markup, no emoji and, without a terminal or with NO_COLOR, no colour."""
    tty = stream.isatty() or bool(environ.get("FORCE_COLOR"))
    sized = stream.isatty() or environ.get("COLUMNS", "").isdigit()
    return Console(
        file=stream,
        width=None if sized else WIDTH,
        force_terminal=tty,
        no_color=bool(environ.get("NO_COLOR")),
        color_system="auto" if tty else None,
        markup=False,
        emoji=False,
        highlight=False,
        _environ=environ,
    )
