"""Request heads of journeys that are written by hand: encoded once for each method, path and set of headers, and kept.

What varies from request to request is the body alone, so a request that was sent before costs a look-up. This module must not
know sockets nor what is asked for.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import quote

from locustfiles.protocols.http_request import checked_value, with_own
from locustfiles.transport.content_coding import asks_for_gzip

KEPT_HEADS = 1024
"""Beyond so many the cache starts anew: paths that never come again must not fill the memory."""
HEADER_LIMIT, BODY_LIMIT = 64 * 1024, 8 * 1024 * 1024
"""Bytes of one head and of one body that are sent; the bounds are those for answers."""
_UNESCAPED = "".join(chr(code) for code in range(0x21, 0x7F))
_ID = re.compile(r"\d+|(?=[^/]*\d)[0-9A-Za-z_-]{16,}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
_WITH_BODY = ("POST", "PUT", "PATCH")


class Head(NamedTuple):
    """An encoded head without ``Content-Length`` and the empty line."""

    data: bytes
    name: str
    """What the request is called when its journey gives it no name."""
    asks_gzip: bool
    needs_length: bool
    """Whether the length is told of an empty body too."""

    def __repr__(self) -> str:
        """Without the bytes, which hold the key."""
        return f"Head({self.name!r})"

    def with_body(self, body: bytes) -> bytes:
        """The bytes of one request; ValueError when the body is beyond the limit."""
        if len(body) > BODY_LIMIT:
            raise ValueError(f"The body has {len(body):,} bytes; at most {BODY_LIMIT:,} are sent.")
        if body or self.needs_length:
            return b"%bContent-Length: %d\r\n\r\n%b" % (self.data, len(body), body)
        return self.data + b"\r\n"


class RequestHeads:
    """Heads for one origin; ``headers`` go with every request."""

    def __init__(self, host_header: str, headers: Mapping[str, str]) -> None:
        """Encode what every request says."""
        self._usual = with_own({"Host": host_header, "User-Agent": "springtide", "Accept": "*/*"}, headers)
        self._kept: dict[tuple[str, str, bool, tuple[tuple[str, str], ...]], Head] = {}

    def head(self, method: str, path: str, *, is_json: bool, headers: Mapping[str, str] | None) -> Head:
        """The head of a request; what the journey's headers say takes the place of the usual. ValueError for what cannot be sent."""
        key = (method, path, is_json, tuple(headers.items()) if headers else ())
        found = self._kept.get(key)
        if found is None:
            found = self._encoded(method, path, is_json, headers or {})
            if len(self._kept) >= KEPT_HEADS:
                self._kept.clear()
            self._kept[key] = found
        return found

    def _encoded(self, method: str, path: str, is_json: bool, headers: Mapping[str, str]) -> Head:
        if method not in _METHODS:
            raise ValueError(f"The method {method!r} is not one of {', '.join(_METHODS)}.")
        if not path.startswith("/"):
            raise ValueError(f"The path {path!r} must begin with /; the origin is the run's --host.")
        said = with_own({**self._usual, **({"Content-Type": "application/json"} if is_json else {})}, headers)
        lines = "".join(f"{name}: {checked_value(name, value)}\r\n" for name, value in said.items())
        data = f"{method} {quote(path, safe=_UNESCAPED)} HTTP/1.1\r\n{lines}".encode("ascii")
        if len(data) > HEADER_LIMIT:
            raise ValueError(f"The request's head has {len(data):,} bytes; at most {HEADER_LIMIT:,} are sent.")
        return Head(data, usual_name(path), asks_for_gzip(headers), method in _WITH_BODY)


def usual_name(path: str) -> str:
    """A path without its query, and with ``{id}`` for every segment that is a number or another key: one name for all baskets."""
    segments = path.partition("?")[0].split("/")
    return "/".join("{id}" if _ID.fullmatch(segment) else segment for segment in segments)
