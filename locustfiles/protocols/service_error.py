"""How services say no in HTTP: the body shapes of their errors and the headers that tell when to come back.

Read here: ``{"error": {...}}`` and ``{"error": "text"}`` (OpenAI, vLLM, llama.cpp, Anthropic, Gemini), flat
``{"code", "message"}`` (DashScope, ACP, UCP, Baidu with ``msg``), ``{"detail", "code"}``, a ``detail`` that is an object or a
list of mistakes (FastAPI, a UCP shop), ``messages`` of which one is an error (UCP), bodies that are no JSON (Envoy, proxies)
and no body at all.

This module must not know what a code means (``recording.classify``).
"""

import email.utils
import re
from collections.abc import Mapping
from typing import Any

import msgspec

from locustfiles.protocols.checkout import ProtocolFault, ServiceError

EXCERPT_CHARACTERS = 200
MESSAGE_CHARACTERS = 1000
CODE_CHARACTERS = 120
_SECONDS = re.compile(r"\d{1,9}(\.\d{1,9})?")
_DURATION = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)s")
MAX_NUMBER = 2**53
"""No number of a target may be beyond this: JSON itself promises no more, and every column of the record holds it."""
_MS_PER_S = 1000.0
_MAX_ENTRIES = 100
_FLAT_CODES = ("code", "error_code", "errcode")


def whole_number(value: Any) -> int | None:
    """The value when it is a whole number that a record can hold, else None."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= MAX_NUMBER:
        return value
    return None


def excerpt(data: bytes | str) -> str:
    """The beginning of hostile bytes or text, bounded."""
    if isinstance(data, bytes):
        return data[: 4 * EXCERPT_CHARACTERS].decode("utf-8", "replace")[:EXCERPT_CHARACTERS]
    return data[:EXCERPT_CHARACTERS]


def parse_json(body: bytes | str) -> Any:
    """The JSON value, or a ``ProtocolFault`` that says where it breaks; never raises."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        found = re.search(r"byte (\d+)", str(error))
        return ProtocolFault("The body is not JSON.", int(found[1]) if found else 0, excerpt(body))


def service_error(status: int, headers: Mapping[str, str], body: bytes) -> ServiceError:
    """The error that an answer with a status other than 2xx tells; code "" when it names none."""
    value = parse_json(body) if body else None
    retry_s = retry_after_s(headers)
    told = error_in(status, value, retry_s)
    if told is not None:
        return told
    if isinstance(value, dict):
        inner = _inner(value)
        return ServiceError(status, _code(inner), _message(inner), retry_s)
    return ServiceError(status, "", excerpt(body), retry_s)


def error_in(status: int, value: Any, retry_s: float | None = None) -> ServiceError | None:
    """The error that a JSON value tells, None when it tells none."""
    if not isinstance(value, dict):
        return None
    error = value.get("error")
    if isinstance(error, str) and error:
        return ServiceError(status, _code(value), error[:MESSAGE_CHARACTERS], retry_s)
    if isinstance(error, dict):
        return ServiceError(status, _code(error), _message(error), retry_s if retry_s is not None else _delay_s(error))
    if any(value.get(name) not in (None, 0, "") for name in _FLAT_CODES) or value.get("object") == "error":
        return ServiceError(status, _code(value), _message(value), retry_s)
    return None


def _inner(value: dict[str, Any]) -> dict[str, Any]:
    """Where a body that is no flat error says what is wrong: its first error message, or what its ``detail`` holds; else itself.

    The first mistake of a list says where it is (``loc``) before it says what (``msg``).
    """
    messages, detail = value.get("messages"), value.get("detail")
    for message in messages[:_MAX_ENTRIES] if isinstance(messages, list) else []:
        if isinstance(message, dict) and message.get("type") == "error":
            return message
    listed = detail.get("errors") if isinstance(detail, dict) else detail
    first = listed[0] if isinstance(listed, list) and listed else detail
    if not isinstance(first, dict):
        return value
    loc = first.get("loc")
    place = ".".join(str(step) for step in loc[:_MAX_ENTRIES]) if isinstance(loc, list) else ""
    return {**first, "message": f"{place[:EXCERPT_CHARACTERS]}: {_message(first)}"} if place else first


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait as told by ``retry-after-ms`` or ``retry-after`` (seconds or a date); None = not told, unreadable.

    A date is taken relative to the answer's own ``date`` header, so that neither clock needs to be right; without
    that header it is unreadable. Never negative.
    """
    milliseconds = headers.get("retry-after-ms", "").strip()
    if _SECONDS.fullmatch(milliseconds):
        return float(milliseconds) / _MS_PER_S
    told = headers.get("retry-after", "").strip()
    if _SECONDS.fullmatch(told):
        return float(told)
    until, now = header_unix_s(told), header_unix_s(headers.get("date", ""))
    return None if until is None or now is None else max(0.0, until - now)


def header_unix_s(date: str) -> float | None:
    """The Unix time of an HTTP date, None when it is none."""
    try:
        return email.utils.parsedate_to_datetime(date[:CODE_CHARACTERS]).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError, OSError):
        return None


def _code(error: dict[str, Any]) -> str:
    """The most telling name: a detail's own code, then code, type and status as text, then a number."""
    details = error.get("details")
    names = [details.get("error_code")] if isinstance(details, dict) else []
    names += [error.get(name) for name in ("code", "type", "status", "error_code", "errcode")]
    for name in names:
        if isinstance(name, str) and name:
            return name[:CODE_CHARACTERS]
    for name in names:
        number = whole_number(name)
        if number is not None:
            return str(number)
    return ""


def _message(error: dict[str, Any]) -> str:
    for name in ("message", "msg", "detail", "errmsg", "content"):
        text = error.get(name)
        if isinstance(text, str) and text:
            return text[:MESSAGE_CHARACTERS]
    return ""


def _delay_s(error: dict[str, Any]) -> float | None:
    """Gemini's ``RetryInfo``: a detail ``{"retryDelay": "34s"}``."""
    details = error.get("details")
    for detail in details if isinstance(details, list) else []:
        delay = detail.get("retryDelay") if isinstance(detail, dict) else None
        if isinstance(delay, str) and (found := _DURATION.fullmatch(delay)):
            return float(found[1])
    return None
