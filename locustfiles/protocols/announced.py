"""What a target says of its limits in the headers of an answer: how much is allowed, how much is left, when to come back.

Read are `Retry-After`, OpenAI's and DashScope's `x-ratelimit-*`, Anthropic's `anthropic-ratelimit-*`, the IETF draft's `RateLimit` and
`RateLimit-Policy` and its three older headers. Every value becomes a number under a name of a closed set, so nothing that a target writes
is kept as text. Total: what cannot be read is left out.

Sources: RFC 9110 10.2.3; draft-ietf-httpapi-ratelimit-headers; the services' documentation of their rate limits.
"""

import re
from collections.abc import Mapping
from datetime import datetime

from locustfiles.protocols.service_error import MAX_NUMBER, header_unix_s, retry_after_s

RETRY_AFTER = "retry-after"
_WHAT = ("limit", "remaining", "reset")
_OF = ("", "requests", "tokens", "project-tokens", "input-tokens", "output-tokens")
_PREFIXES = ("x-ratelimit", "anthropic-ratelimit", "ratelimit")
NAMES = {
    "-".join(filter(None, (prefix, *order))): what
    for prefix in _PREFIXES
    for what in _WHAT
    for of in _OF
    for order in ((what, of), (of, what))
}
"""Name of a header that tells one number: what it tells. OpenAI puts the kind last, Anthropic first."""
_STRUCTURED = {"ratelimit": "rt", "ratelimit-policy": "qw"}
"""Structured fields: their parameters (remaining, reset; quota, window). Of several policies the tightest counts."""
_PARAMETER = re.compile(r";\s*([a-z])\s*=\s*(\d{1,15})(?=\s*(?:[;,]|$))")
_NUMBER = re.compile(r"\d{1,15}(?:\.\d{1,6})?")
_DURATION = re.compile(r"(?:\d{1,9}(?:\.\d{1,9})?(?:ms|s|m|h|d))+")
_PIECE = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_UNIT_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
_VALUE_CHARACTERS = 200


def announced_in(headers: Mapping[str, str]) -> dict[str, float]:
    """The numbers by name: header, or header;parameter of a structured field. Times are seconds from now where their unit is told.

    A bare number of `x-ratelimit-reset` is kept as it stands: seconds from now at one service, an instant at another.
    """
    found: dict[str, float] = {}
    told_s = retry_after_s(headers)
    if told_s is not None:
        found[RETRY_AFTER] = told_s
    for name in headers:
        text = headers[name][:_VALUE_CHARACTERS].strip()
        if name in _STRUCTURED:
            found.update(_structured(name, text))
        elif name in NAMES:
            value = _number(text, headers)
            if value is not None:
                found[name] = value
    return found


def reset_s(headers: Mapping[str, str]) -> float | None:
    """Seconds until what is used up is there again, by headers whose unit is known; None when none is told.

    For an answer that says no without a `Retry-After`, which wins. Bare numbers do not count: their unit is anybody's guess.
    """
    waits: list[float] = []
    found = announced_in(headers)
    if found.get("ratelimit;r") == 0 and "ratelimit;t" in found:
        waits.append(found["ratelimit;t"])
    for name, value in found.items():
        if NAMES.get(name) == "remaining" and value == 0:
            reset = name.replace("remaining", "reset")
            if reset in found and not _NUMBER.fullmatch(headers[reset].strip()):
                waits.append(found[reset])
    return max(waits, default=None)


def _structured(name: str, text: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for parameter, value in _PARAMETER.findall(text):
        if parameter in _STRUCTURED[name]:
            key = f"{name};{parameter}"
            found[key] = min(found.get(key, float(MAX_NUMBER)), float(value))
    return found


def _number(text: str, headers: Mapping[str, str]) -> float | None:
    """A number, a duration (``6m0s``) or a point in time (RFC 3339), which is taken from the answer's own date."""
    if _NUMBER.fullmatch(text):
        return float(text)
    if _DURATION.fullmatch(text):
        return sum(float(number) * _UNIT_S[unit] for number, unit in _PIECE.findall(text))
    now_s = header_unix_s(headers.get("date", ""))
    try:
        until = datetime.fromisoformat(text)
    except ValueError:
        return None
    if now_s is None or until.tzinfo is None:
        return None
    return max(0.0, until.timestamp() - now_s)
