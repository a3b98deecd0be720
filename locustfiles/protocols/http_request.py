"""HTTP/1.1 request bytes from a template that is encoded once; only the varying bytes are filled in for each request.

This module must not know sockets nor any protocol above HTTP.
"""

import re
from collections.abc import Mapping, Sequence
from urllib.parse import quote

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_TARGET = re.compile(r"/[!-~]*")
_WITH_BODY = ("POST", "PUT", "PATCH")
_TRANSPORT = frozenset({"content-length", "transfer-encoding", "connection"})
_SLOT = "{}"
_SAFE = re.compile(r"[A-Za-z0-9_.~-]+").fullmatch
"""What percent-encoding leaves as it is."""


class RequestTemplate:
    """One kind of request: method, path, fixed headers, and the names of the headers whose values vary.

    Every ``{}`` in the path stands for a value, which is percent-encoded when filled in. ``Content-Length`` is added
    to the methods that carry a body. Raises ValueError for a method, path, name or value that would not stay in its
    place.
    """

    def __init__(self, method: str, path: str, *, headers: Mapping[str, str], varying: Sequence[str] = ()) -> None:
        """Encode everything that does not vary."""
        if not _TOKEN.fullmatch(method):
            raise ValueError(f"The method {method!r} is not an HTTP method.")
        if not _TARGET.fullmatch(path):
            raise ValueError(f"The path {path!r} must begin with / and hold only visible ASCII characters.")
        fixed = "".join(f"{checked_name(name)}: {checked_value(name, value)}\r\n" for name, value in headers.items())
        start = f"{method} {path} HTTP/1.1\r\n".replace("%", "%%").replace(_SLOT, "%s")
        told = "".join(f"{checked_name(name).replace('%', '%%')}: %s\r\n" for name in varying)
        self._head = (
            start + fixed.replace("%", "%%") + told + ("Content-Length: %d\r\n\r\n" if method in _WITH_BODY else "\r\n")
        )
        self._names = tuple(varying)
        self._slots = path.count(_SLOT)
        self._has_body = method in _WITH_BODY

    def fill(self, *values: str, body: bytes = b"", path_values: Sequence[str] = ()) -> bytes:
        """The bytes of one request.

        ``values`` belong to the varying headers and ``path_values`` to the slots of the path, both in order.
        ValueError when their number is wrong or a header value is not printable ASCII, which is how CR and LF would
        get in.
        """
        if len(values) != len(self._names) or len(path_values) != self._slots:
            raise ValueError(
                f"The template takes {len(self._names)} header values and {self._slots} path values, "
                f"not {len(values)} and {len(path_values)}."
            )
        told = "".join(values)
        if not (told.isascii() and told.isprintable()):
            for name, value in zip(self._names, values, strict=True):
                checked_value(name, value)
        if path_values:
            quoted = [value if _SAFE(value) else quote(value, safe="", errors="replace") for value in path_values]
            values = (*quoted, *values)
        if self._has_body:
            return (self._head % (*values, len(body))).encode("ascii") + body
        return (self._head % values).encode("ascii")


def common_headers(host: str, given: Mapping[str, str], **more: str) -> dict[str, str]:
    """What every request of a service says: our own lines, those that the service was ``given`` in their place, then ``more``.

    An underscore in a name of ``more`` stands for a dash. ValueError for a header that frames the message.
    """
    told = with_own({"Host": host, "User-Agent": "springtide", "Accept": "application/json"}, given)
    rest = {name.replace("_", "-"): value for name, value in more.items()}
    return {**told, **with_own(rest, told)}


def checked_base_path(path: str) -> str:
    """The path before a service's own paths, without its last slash; ValueError when it cannot stand in a request line."""
    bare = path.rstrip("/")
    if bare and not _TARGET.fullmatch(bare):
        raise ValueError(f"The path {path!r} must begin with / and hold only visible ASCII characters.")
    if "?" in bare or "#" in bare or _SLOT in bare:
        raise ValueError(f"The path {path!r} must be a path alone, without ?, # or {_SLOT}.")
    return bare


def with_own(usual: Mapping[str, str], own: Mapping[str, str]) -> dict[str, str]:
    """The usual headers, each replaced by the one of the same name among a user's own; ValueError for those of the transport."""
    names = {checked_name(name).lower() for name in own}
    if names & _TRANSPORT:
        raise ValueError("Content-Length, Transfer-Encoding and Connection are the transport's; leave them out.")
    return {**{name: value for name, value in usual.items() if name.lower() not in names}, **own}


def checked_name(name: str) -> str:
    """The header name itself; ValueError when it is not one."""
    if not _TOKEN.fullmatch(name):
        raise ValueError(f"The header name {name!r} is not an HTTP token.")
    return name


def checked_value(name: str, value: str) -> str:
    """The header value itself; ValueError, which does not repeat it (a secret?), when it is not printable ASCII."""
    if not (value.isascii() and value.isprintable()):
        raise ValueError(
            f"The value of the header {name} holds a line end or another character that is not printable ASCII."
        )
    return value
