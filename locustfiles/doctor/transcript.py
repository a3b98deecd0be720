"""A request and its reply as text for a terminal: secrets redacted, hostile text escaped, every part bounded.

This module must not know sockets, nor what an answer means.
"""

from collections.abc import Callable, Mapping

import msgspec

from locustfiles.target.secret import MARK

Clean = Callable[[str], str]
"""Takes every known secret out of a text."""

REDACTED = MARK
SECRET_HEADERS = frozenset(
    {
        "authorization",
        "proxy-authorization",
        "cookie",
        "set-cookie",
        "x-api-key",
        "api-key",
        "signature",
        "request-signature",
    }
)
"""Never shown, whoever sent them: a target may hand out secrets of its own."""
BODY_CHARACTERS = 2000
_HEADER_CHARACTERS = 200
_MOST_HEADERS = 40


def request_lines(request: bytes, clean: Clean) -> list[str]:
    """Request line, headers and body of whole request bytes."""
    head, _, body = request.partition(b"\r\n\r\n")
    first, *headers = head.decode("latin-1").split("\r\n")
    pairs = [(name, value) for name, _, value in (line.partition(": ") for line in headers)]
    return [_line(first, clean), *_headers(pairs, clean), *_body(body, clean)]


def reply_lines(status: int, headers: Mapping[str, str], body: bytes, clean: Clean) -> list[str]:
    """Status, headers and body of an answer; one line when there is none."""
    if not status:
        return ["no answer"]
    return [str(status), *_headers(list(headers.items()), clean), *_body(body, clean)]


def printable(text: str) -> str:
    """Text on one line without what a terminal would obey: every other character as its escape."""
    if text.isprintable():
        return text
    return "".join(mark if mark.isprintable() else mark.encode("unicode_escape").decode("ascii") for mark in text)


def _headers(pairs: list[tuple[str, str]], clean: Clean) -> list[str]:
    shown = [
        _line(f"{name}: {REDACTED if name.lower() in SECRET_HEADERS else value[:_HEADER_CHARACTERS]}", clean)
        for name, value in pairs[:_MOST_HEADERS]
    ]
    more = len(pairs) - len(shown)
    return [*shown, f"... and {more} more headers"] if more else shown


def _body(body: bytes, clean: Clean) -> list[str]:
    if not body:
        return []
    text = clean(_text_of(body))
    cut = text[:BODY_CHARACTERS]
    lines = [printable(line) for line in cut.split("\n") if line.strip()]
    more = len(text) - len(cut)
    return ["", *lines, *([f"... and {more:,} more characters"] if more else [])]


def _text_of(body: bytes) -> str:
    """JSON indented, so that its members can be found; anything else as it is."""
    try:
        return msgspec.json.format(msgspec.json.encode(msgspec.json.decode(body)), indent=2).decode()
    except (ValueError, RecursionError, OverflowError):
        return body.decode("utf-8", "replace").replace("\r\n", "\n")


def _line(text: str, clean: Clean) -> str:
    return printable(clean(text))
